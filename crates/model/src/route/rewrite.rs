//! Path rewrites: what each API says, and the one form in which they are compared.

use crate::{Pattern, TextMatch};

/// A path rewrite as an API states it. What it does depends on the path that the rule matched.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Rewrite {
    /// VirtualService `rewrite.uri`: replaces what the match names, by characters.
    Uri(String),
    /// VirtualService `rewrite.uriRegexRewrite`.
    Regex {
        /// What is looked for, anywhere in the path.
        pattern: String,
        /// What takes its place, with `\\1` for a group.
        substitution: String,
    },
    /// HTTPRoute `ReplaceFullPath`.
    FullPath(String),
    /// HTTPRoute `ReplacePrefixMatch`: replaces the matched segments.
    PrefixMatch(String),
}

/// What a rewrite does to a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PathRewrite {
    /// Nothing.
    Keep,
    /// The whole path becomes this.
    Full(String),
    /// The first characters are replaced.
    Prefix {
        /// What is taken off.
        strip: String,
        /// What is put in its place.
        add: String,
    },
    /// The first segments are taken off, and one slash with them.
    StripSegments(String),
    /// A regular expression decides.
    Regex {
        /// What is looked for, anywhere in the path.
        pattern: String,
        /// What takes its place, with `\\1` for a group.
        substitution: String,
    },
}

impl Rewrite {
    /// What the rewrite does to a path that `matched` holds for.
    #[must_use]
    pub fn resolve(&self, matched: &TextMatch) -> PathRewrite {
        match self {
            Rewrite::Uri(uri) => resolve_uri(uri, matched.any_of.first()),
            Rewrite::Regex { pattern, substitution } => {
                if let Some(plain) = self.plain(matched) {
                    return plain.resolve(matched);
                }
                PathRewrite::Regex { pattern: pattern.clone(), substitution: substitution.clone() }
            }
            Rewrite::FullPath(path) if path.is_empty() => PathRewrite::Keep,
            Rewrite::FullPath(path) => PathRewrite::Full(path.clone()),
            Rewrite::PrefixMatch(path) => resolve_prefix_match(path, matched.any_of.first()),
        }
    }

    /// What a regular expression that is none comes to: one that replaces the whole path by a text, or that takes off the
    /// segments which the match names.
    #[must_use]
    pub fn plain(&self, matched: &TextMatch) -> Option<Rewrite> {
        let Rewrite::Regex { pattern, substitution } = self else { return None };
        let body = pattern.strip_prefix('^').unwrap_or(pattern);
        let body = body.strip_suffix('$').unwrap_or(body);
        if matches!(body, "/.*" | "/(.*)" | "(/.*)") && !substitution.contains('\\') {
            return Some(Rewrite::FullPath(substitution.clone()));
        }
        let (Some(Pattern::Prefix(prefix)), true) = (matched.any_of.first(), pattern.starts_with('^')) else {
            return None;
        };
        let segments = prefix.strip_suffix('/').filter(|rest| rest.len() > 1 && is_literal(rest))?;
        let forms = [("(/|$)(.*)", r"/\2"), ("(/?)(.*)", r"/\2"), ("/(.*)", r"/\1")];
        let rest = body.strip_prefix(segments).filter(|_| !matched.ignore_case)?;
        forms.contains(&(rest, substitution)).then(|| Rewrite::Uri("/".to_owned()))
    }

    /// What it does in a redirect: there a prefix is replaced as it stands, by both APIs; an empty one says nothing.
    #[must_use]
    pub fn resolve_for_redirect(&self, matched: &TextMatch) -> PathRewrite {
        match self {
            Rewrite::Uri(path) | Rewrite::PrefixMatch(path) if path.is_empty() => PathRewrite::Keep,
            Rewrite::Uri(path) | Rewrite::PrefixMatch(path) => resolve_uri(path, matched.any_of.first()),
            Rewrite::FullPath(_) | Rewrite::Regex { .. } => self.resolve(matched),
        }
    }
}

impl PathRewrite {
    /// The rewritten path.
    #[must_use]
    pub fn apply(&self, path: &str) -> String {
        match self {
            PathRewrite::Keep => path.to_owned(),
            PathRewrite::Full(full) => full.clone(),
            PathRewrite::Prefix { strip, add } => {
                format!("{add}{}", path.get(strip.len()..).unwrap_or_default())
            }
            PathRewrite::StripSegments(prefix) => {
                let rest = path.get(prefix.len()..).unwrap_or_default();
                format!("/{}", rest.strip_prefix('/').unwrap_or(rest))
            }
            PathRewrite::Regex { pattern, substitution } => substitute(path, pattern, substitution),
        }
    }
}

/// Whether a regular expression of this text matches just it.
fn is_literal(text: &str) -> bool {
    text.chars().all(|it| it.is_ascii_alphanumeric() || matches!(it, '/' | '-' | '_'))
}

/// Envoy replaces every match and writes groups as `\\1`.
fn substitute(path: &str, pattern: &str, substitution: &str) -> String {
    let mut replacement = String::new();
    let mut characters = substitution.chars();
    while let Some(character) = characters.next() {
        match character {
            '\\' => match characters.next() {
                Some(digit) if digit.is_ascii_digit() => replacement.push_str(&format!("${{{digit}}}")),
                Some(other) => replacement.push(other),
                None => {}
            },
            '$' => replacement.push_str("$$"),
            other => replacement.push(other),
        }
    }
    regex::Regex::new(pattern)
        .map_or_else(|_| path.to_owned(), |regex| regex.replace_all(path, replacement.as_str()).into_owned())
}

/// Envoy's `prefix_rewrite`: a prefix match loses its prefix, any other match the whole path.
fn resolve_uri(uri: &str, matched: Option<&Pattern>) -> PathRewrite {
    match matched {
        Some(Pattern::Prefix(prefix)) => replace(prefix, uri),
        None => replace("/", uri),
        Some(Pattern::SegmentPrefix(prefix)) => replace(prefix, uri),
        Some(Pattern::Exact(_) | Pattern::Regex(_) | Pattern::Suffix(_) | Pattern::NonEmpty | Pattern::Template(_)) => {
            PathRewrite::Full(uri.to_owned())
        }
    }
}

/// istio/istio `pilot/pkg/config/kube/gateway/conversion.go`: one trailing slash of the value is cut; an empty rest
/// strips the prefix and one slash behind it.
fn resolve_prefix_match(value: &str, matched: Option<&Pattern>) -> PathRewrite {
    let value = value.strip_suffix('/').unwrap_or(value);
    match matched {
        Some(Pattern::SegmentPrefix(prefix)) if value.is_empty() => PathRewrite::StripSegments(prefix.clone()),
        Some(Pattern::SegmentPrefix(prefix)) => replace(prefix, value),
        Some(Pattern::Prefix(prefix)) if value.is_empty() && prefix == "/" => PathRewrite::Keep,
        Some(Pattern::Prefix(prefix)) => replace(prefix, value),
        Some(Pattern::Exact(_) | Pattern::Regex(_) | Pattern::Suffix(_) | Pattern::NonEmpty | Pattern::Template(_))
        | None => PathRewrite::Keep,
    }
}

/// A slash that both sides end in says nothing.
fn replace(strip: &str, add: &str) -> PathRewrite {
    let (strip, add) = match (strip.strip_suffix('/'), add.strip_suffix('/')) {
        (Some(strip), Some(add)) => (strip, add),
        _ => (strip, add),
    };
    if strip == add { PathRewrite::Keep } else { PathRewrite::Prefix { strip: strip.to_owned(), add: add.to_owned() } }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rewritten(rewrite: &Rewrite, matched: Pattern, path: &str) -> String {
        rewrite.resolve(&TextMatch::of(matched)).apply(path)
    }

    #[test]
    fn virtual_service_replaces_characters() {
        let bar = Rewrite::Uri("/bar".into());
        assert_eq!(rewritten(&bar, Pattern::Prefix("/foo".into()), "/foobar"), "/barbar");
        assert_eq!(rewritten(&Rewrite::Uri("/".into()), Pattern::Prefix("/foo".into()), "/foo/x"), "//x");
        assert_eq!(rewritten(&bar, Pattern::Exact("/foo".into()), "/foo"), "/bar");
        assert_eq!(rewritten(&Rewrite::Uri("/v2/".into()), Pattern::Prefix("/".into()), "/x"), "/v2/x");
    }

    #[test]
    fn regular_expressions_replace_groups() {
        let rewrite = Rewrite::Regex { pattern: "^/v1/([^/]+)/(.*)$".into(), substitution: r"/\2/\1".into() };
        assert_eq!(rewritten(&rewrite, Pattern::Prefix("/".into()), "/v1/acme/settings"), "/settings/acme");
    }

    #[test]
    fn plain_regular_expressions_are_read() {
        let regex = |pattern: &str, to: &str| Rewrite::Regex { pattern: pattern.into(), substitution: to.into() };
        let folder = || Pattern::Prefix("/foo/".into());
        for (pattern, to) in [("^/foo(/|$)(.*)$", r"/\2"), ("^/foo(/?)(.*)", r"/\2"), ("^/foo/(.*)$", r"/\1")] {
            let plain = regex(pattern, to).plain(&TextMatch::of(folder()));
            assert_eq!(plain, Some(Rewrite::Uri("/".into())), "{pattern}");
            for path in ["/foo/", "/foo/x", "/foo//x"] {
                assert_eq!(rewritten(&regex(pattern, to), folder(), path), substitute(path, pattern, to), "{pattern}");
            }
        }
        assert_eq!(regex("^/.*$", "/x").plain(&TextMatch::of(folder())), Some(Rewrite::FullPath("/x".into())));
        assert_eq!(regex("/foo/(.*)", r"/\1").plain(&TextMatch::of(folder())), None);
        assert_eq!(regex("^/v1/(.*)$", r"/\1").plain(&TextMatch::of(folder())), None);
    }

    #[test]
    fn http_route_replaces_segments() {
        let foo = || Pattern::SegmentPrefix("/foo".into());
        for (path, expected) in
            [("/foo", "/xyz"), ("/foo/", "/xyz/"), ("/foo/bar", "/xyz/bar"), ("/foo//bar", "/xyz//bar")]
        {
            assert_eq!(rewritten(&Rewrite::PrefixMatch("/xyz/".into()), foo(), path), expected);
        }
        for (path, expected) in [("/foo", "/"), ("/foo/", "/"), ("/foo/bar", "/bar"), ("/foo//bar", "//bar")] {
            assert_eq!(rewritten(&Rewrite::PrefixMatch("/".into()), foo(), path), expected);
        }
        let root = Pattern::Prefix("/".into());
        assert_eq!(rewritten(&Rewrite::PrefixMatch("/v2/".into()), root, "/bar"), "/v2bar");
    }
}
