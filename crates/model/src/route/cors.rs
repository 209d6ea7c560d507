//! CORS, in the one form in which both APIs can be compared.
//!
//! Source: istio/istio `pilot/pkg/networking/core/route/route.go` (`TranslateCORSPolicy`),
//! `pilot/pkg/config/kube/gateway/conversion.go` (`createCorsFilter`).

use std::fmt;

use crate::Pattern;

/// Which browsers' scripts may call, and what they are told.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cors {
    /// The origins that may call.
    pub origins: Vec<Pattern>,
    /// `Access-Control-Allow-Methods`.
    pub methods: Vec<String>,
    /// `Access-Control-Allow-Headers`.
    pub headers: Vec<String>,
    /// `Access-Control-Expose-Headers`.
    pub exposed: Vec<String>,
    /// `Access-Control-Max-Age` in seconds; `None` to send none.
    pub max_age: Option<u64>,
    /// `Access-Control-Allow-Credentials`.
    pub credentials: bool,
    /// Whether preflights of other origins reach the application.
    pub forwards_others: bool,
}

/// The pattern that istiod makes of the origin `*`.
const ANY_ORIGIN: &str = r"^[a-zA-Z][a-zA-Z0-9+.-]*://[^/\s?#]+$";

/// What istiod makes of an origin of an HTTPRoute. `None` for an empty one, which it leaves out.
#[must_use]
pub fn origin_pattern(origin: &str) -> Option<Pattern> {
    let plain = origin.strip_suffix('*').filter(|rest| !rest.contains('*'));
    match (origin, plain) {
        ("", _) => None,
        ("*", _) => Some(Pattern::Regex(ANY_ORIGIN.to_owned())),
        (_, Some(prefix)) => Some(Pattern::Prefix(prefix.to_owned())),
        (origin, None) if !origin.contains('*') => Some(Pattern::Exact(origin.to_owned())),
        (origin, None) => Some(Pattern::Regex(format!("^{}$", quoted(origin).replace(r"\*", ".*")))),
    }
}

/// The origin of an HTTPRoute that istiod makes this pattern of, if there is one.
#[must_use]
pub fn origin_of(pattern: &Pattern) -> Option<String> {
    let origin = match pattern {
        // Envoy lets the exact text `*` stand for every origin, `null` included.
        Pattern::Exact(text) => text.clone(),
        Pattern::Prefix(text) => format!("{text}*"),
        Pattern::Regex(source) if source == ANY_ORIGIN => "*".to_owned(),
        Pattern::Regex(source) => unquoted(source.strip_prefix('^')?.strip_suffix('$')?)?,
        Pattern::Suffix(_) | Pattern::SegmentPrefix(_) | Pattern::NonEmpty | Pattern::Template(_) => return None,
    };
    (origin_pattern(&origin).as_ref() == Some(pattern)).then_some(origin)
}

/// Go's `regexp.QuoteMeta`.
fn quoted(text: &str) -> String {
    let mut quoted = String::new();
    for character in text.chars() {
        if r"\.+*?()|[]{}^$".contains(character) {
            quoted.push('\\');
        }
        quoted.push(character);
    }
    quoted
}

fn unquoted(source: &str) -> Option<String> {
    let mut text = String::new();
    let mut characters = source.replace(".*", "*").chars().collect::<Vec<_>>().into_iter();
    while let Some(character) = characters.next() {
        text.push(if character == '\\' { characters.next()? } else { character });
    }
    Some(text)
}

/// For a report.
impl fmt::Display for Cors {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Cors { origins, methods, headers, exposed, max_age, credentials, forwards_others } = self;
        let (methods, headers, exposed) = (methods.join(","), headers.join(","), exposed.join(","));
        write!(
            formatter,
            "{origins:?} methods [{methods}] headers [{headers}] exposed [{exposed}] max age {max_age:?} \
             credentials {credentials} forwards others {forwards_others}"
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn origins_come_back_as_they_were() {
        for origin in ["*", "https://a.example", "https://a.example:*", "https://*.a.example"] {
            assert_eq!(origin_pattern(origin).and_then(|pattern| origin_of(&pattern)).as_deref(), Some(origin));
        }
    }

    #[test]
    fn what_an_http_route_cannot_say_has_no_origin() {
        for source in [".*", "https://a.example", "^https://a.example$", r"^https://(a|b)\.example$"] {
            assert_eq!(origin_of(&Pattern::Regex(source.to_owned())), None, "{source}");
        }
        assert_eq!(origin_of(&Pattern::Exact("*".to_owned())), None);
    }
}
