//! Values that several kinds write alike: string matches, durations, hosts.

use s2a_model::{Pattern, TextMatch};
use serde::{Deserialize, Serialize};

/// Istio's `StringMatch`.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(default)]
pub(super) struct StringMatch {
    exact: Option<String>,
    prefix: Option<String>,
    regex: Option<String>,
}

impl StringMatch {
    /// The pattern; `None` if no kind is set.
    pub(super) fn pattern(&self) -> Option<Pattern> {
        let StringMatch { exact, prefix, regex } = self.clone();
        exact.map(Pattern::Exact).or(prefix.map(Pattern::Prefix)).or(regex.map(Pattern::Regex))
    }

    /// Whether `leaf` does not lie within this match, as istiod takes it for delegates: a regular expression lies within
    /// nothing, and nothing within one (istio/istio `pilot/pkg/model/virtualservice.go`, `stringMatchConflict`).
    pub(super) fn excludes(&self, leaf: &StringMatch) -> bool {
        let said = |text: &Option<String>| text.clone().filter(|text| !text.is_empty());
        let parts = |it: &StringMatch| (said(&it.exact), said(&it.prefix), said(&it.regex));
        match (parts(self), parts(leaf)) {
            ((_, _, Some(_)), (Some(_), _, _) | (_, Some(_), _) | (_, _, Some(_))) => true,
            ((Some(_), _, _) | (_, Some(_), _), (_, _, Some(_))) => true,
            ((Some(root), _, _), (leaf, None, _)) => leaf != Some(root),
            ((None, Some(root), _), (_, Some(leaf), _) | (Some(leaf), None, _)) => !leaf.starts_with(&root),
            _ => true,
        }
    }

    /// The text match; `None` if no kind is set.
    pub(super) fn text(&self) -> Option<TextMatch> {
        self.pattern().map(TextMatch::of)
    }
}

/// A duration as Istio and Gateway API write it (`1.5s`, `1h2m`), in milliseconds; `None` if it is not one.
pub(crate) fn milliseconds(text: &str) -> Option<u64> {
    let mut total = 0.0;
    let mut rest = text;
    while !rest.is_empty() {
        let digits = rest.find(|it: char| !it.is_ascii_digit() && it != '.')?;
        let (number, tail) = rest.split_at_checked(digits)?;
        let unit = tail.find(|it: char| it.is_ascii_digit()).unwrap_or(tail.len());
        let (unit, tail) = tail.split_at_checked(unit)?;
        let factor = match unit {
            "ms" => 1.0,
            "s" => 1_000.0,
            "m" => 60_000.0,
            "h" => 3_600_000.0,
            "us" | "µs" => 0.001,
            "ns" => 0.000_001,
            _ => return None,
        };
        total += number.parse::<f64>().ok()? * factor;
        rest = tail;
    }
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "durations are small and positive")]
    Some(total.round() as u64)
}

/// A host as istiod resolves it: a name without dot is a Service of the object's namespace, anything else is taken as
/// it is, in lower case (istio/istio `pilot/pkg/model/config.go`, `ResolveShortnameToFQDN`).
pub(super) fn resolve_host(host: &str, namespace: &str, domain: &str) -> String {
    let plain = !host.contains('.') && host != "*" && !host.contains(':') && !host.is_empty();
    if plain { format!("{}.{namespace}.svc.{domain}", host.to_ascii_lowercase()) } else { host.to_ascii_lowercase() }
}

/// `exportTo`: empty or with `*` is everybody.
pub(super) fn exported(export_to: &[String]) -> bool {
    export_to.is_empty() || export_to.iter().any(|namespace| namespace == "*")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations() {
        assert_eq!(milliseconds("1.5s"), Some(1500));
        assert_eq!(milliseconds("1h2m3s4ms"), Some(3_723_004));
        assert_eq!(milliseconds("10"), None);
        assert_eq!(milliseconds("s"), None);
    }

    #[test]
    fn hosts_with_a_dot_are_literal() {
        assert_eq!(resolve_host("web", "foo", "cluster.local"), "web.foo.svc.cluster.local");
        assert_eq!(resolve_host("web.foo", "bar", "cluster.local"), "web.foo");
        assert_eq!(resolve_host("*", "bar", "cluster.local"), "*");
    }
}
