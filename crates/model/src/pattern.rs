//! String predicates, as Envoy and ztunnel apply them.

use regex::RegexBuilder;

/// One way in which a string can match.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Pattern {
    /// The whole string.
    Exact(String),
    /// The first characters.
    Prefix(String),
    /// The last characters.
    Suffix(String),
    /// The first path segments: `/foo` matches `/foo` and `/foo/x`, not `/foobar`.
    SegmentPrefix(String),
    /// Any string but the empty one.
    NonEmpty,
    /// A full match of an RE2 expression.
    Regex(String),
    /// An Istio path template with `{*}` and `{**}`.
    Template(String),
}

/// Some patterns, one of which must match.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TextMatch {
    /// The patterns.
    pub any_of: Vec<Pattern>,
    /// Whether letter case is ignored. It does not affect regular expressions.
    pub ignore_case: bool,
}

impl TextMatch {
    /// A match of one pattern, case-sensitive.
    #[must_use]
    pub fn of(pattern: Pattern) -> Self {
        TextMatch { any_of: vec![pattern], ignore_case: false }
    }

    /// A match of several patterns, case-sensitive.
    pub fn any(patterns: impl IntoIterator<Item = Pattern>) -> Self {
        TextMatch { any_of: patterns.into_iter().collect(), ignore_case: false }
    }

    /// Whether `text` matches one of the patterns. A regular expression that cannot be compiled matches nothing.
    #[must_use]
    pub fn matches(&self, text: &str) -> bool {
        self.any_of.iter().any(|pattern| pattern.matches(text, self.ignore_case))
    }
}

impl Pattern {
    /// Reads the wildcard syntax of AuthorizationPolicy: `*`, `*suffix`, `prefix*` or the string itself, tested in
    /// this order (istio/istio `pilot/pkg/security/authz/matcher/string.go`).
    #[must_use]
    pub fn from_wildcard(value: &str) -> Self {
        if value == "*" {
            Pattern::NonEmpty
        } else if let Some(suffix) = value.strip_prefix('*') {
            Pattern::Suffix(suffix.to_owned())
        } else if let Some(prefix) = value.strip_suffix('*') {
            Pattern::Prefix(prefix.to_owned())
        } else {
            Pattern::Exact(value.to_owned())
        }
    }

    /// Whether `text` matches.
    #[must_use]
    pub fn matches(&self, text: &str, ignore_case: bool) -> bool {
        let fold = |value: &str| if ignore_case { value.to_ascii_lowercase() } else { value.to_owned() };
        match self {
            Pattern::Exact(value) => fold(text) == fold(value),
            Pattern::Prefix(value) => fold(text).starts_with(&fold(value)),
            Pattern::Suffix(value) => fold(text).ends_with(&fold(value)),
            Pattern::SegmentPrefix(value) => segment_prefix(&fold(text), &fold(value)),
            Pattern::NonEmpty => !text.is_empty(),
            Pattern::Regex(source) => full_match(source, text),
            Pattern::Template(template) => full_match(&template_regex(template), text),
        }
    }
}

fn segment_prefix(path: &str, prefix: &str) -> bool {
    path.strip_prefix(prefix).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

fn full_match(source: &str, text: &str) -> bool {
    RegexBuilder::new(&format!("^(?:{source})$"))
        .unicode(true)
        .size_limit(1 << 20)
        .build()
        .is_ok_and(|regex| regex.is_match(text))
}

/// The regular expression of a path template: `{*}` is one or more characters of one segment, `{**}` any run of
/// characters, also an empty one (Envoy's `uri_template` matcher).
#[must_use]
fn template_regex(template: &str) -> String {
    let segments = template.split('/').map(|segment| match segment {
        "{*}" => "[^/]+".to_owned(),
        "{**}" => ".*".to_owned(),
        literal => regex::escape(literal),
    });
    segments.collect::<Vec<_>>().join("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wildcards_are_tried_in_istios_order() {
        assert_eq!(Pattern::from_wildcard("*"), Pattern::NonEmpty);
        assert_eq!(Pattern::from_wildcard("*a*"), Pattern::Suffix("a*".into()));
        assert_eq!(Pattern::from_wildcard("a*"), Pattern::Prefix("a".into()));
        assert_eq!(Pattern::from_wildcard("a*b"), Pattern::Exact("a*b".into()));
    }

    #[test]
    fn templates_match_as_envoy_does() {
        let template = |text: &str| Pattern::Template(text.into());
        assert!(template("/allow/admin/{**}").matches("/allow/admin/", false));
        assert!(!template("/allow/admin/{**}").matches("/allow/admin", false));
        assert!(!template("/foo/{*}/bar/{**}").matches("/foo//bar/b", false));
        assert!(template("/foo/{*}/bar/{**}").matches("/foo/z/bar/b/c", false));
        assert!(!template("/store/{**}/cart").matches("/store/cart", false));
        assert!(template("/store/{**}/cart").matches("/store//cart", false));
    }

    #[test]
    fn segment_prefixes_end_at_slashes() {
        let foo = Pattern::SegmentPrefix("/foo".into());
        assert!(foo.matches("/foo", false) && foo.matches("/foo/x", false));
        assert!(!foo.matches("/foobar", false));
    }
}
