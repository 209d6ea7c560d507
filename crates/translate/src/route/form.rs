//! Which form a list got, and which rule became which: what a reader of the output wants to know first.

use std::fmt;

use s2a_model::route::{Rewrite, RouteRule, Target};
use s2a_model::{Origin, Pattern};

/// The forms, the plainest first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Form {
    /// Whether entries were put in front of others, for what those must not have.
    pub(super) holes: bool,
    /// Whether paths became regular expressions whose length keeps the order.
    pub(super) ladder: bool,
    /// Whether intersections were added that any order takes first.
    pub(super) closure: bool,
    /// Whether the rules are only right in the order of Istio's waypoints.
    pub(super) needs_istio: bool,
}

impl fmt::Display for Form {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Form { holes, ladder, closure, needs_istio } = self;
        let named = [(*holes, "holes"), (*ladder, "ladder"), (*closure, "closure")];
        let named: Vec<&str> = named.iter().filter(|(is, _)| *is).map(|(_, name)| *name).collect();
        let order = if *needs_istio { "in Istio's order" } else { "in any order of Gateway API" };
        match named.as_slice() {
            [] => write!(formatter, "natural, {order}"),
            named => write!(formatter, "{}, {order}", named.join(" and ")),
        }
    }
}

/// Whether rules are right in Istio's order only: regular expressions rank by their length nowhere else, `Host` is a
/// header nowhere else, and what becomes of a prefix that is replaced at the root is Istio's own.
pub(super) fn needs_istio(rules: &[RouteRule]) -> bool {
    let own = |rule: &RouteRule| {
        let rewrite = match &rule.action.target {
            Target::Redirect(redirect) => redirect.path.as_ref(),
            Target::Backends(_) | Target::Respond { .. } => rule.action.rewrite.as_ref(),
        };
        let replaces = matches!(rewrite, Some(Rewrite::PrefixMatch(_)));
        rule.matches.iter().any(|one| {
            let path = one.path.any_of.first();
            let root = matches!(path, Some(Pattern::Prefix(prefix)) if prefix == "/");
            matches!(path, Some(Pattern::Regex(_))) || one.authority.is_some() || (root && replaces)
        })
    };
    rules.iter().any(own)
}

/// Which rules of the VirtualService became which of the HTTPRoute: `http[0] = rule 0, http[1] = rules 1 and 2`.
pub(super) fn correspondence(rules: &[RouteRule], whole: &Origin) -> String {
    let mut origins: Vec<(&Origin, Vec<String>)> = Vec::new();
    for (index, rule) in rules.iter().enumerate() {
        match origins.iter_mut().find(|(origin, _)| **origin == rule.origin) {
            Some((_, indexes)) => indexes.push(index.to_string()),
            None => origins.push((&rule.origin, vec![index.to_string()])),
        }
    }
    origins.sort_by_key(|(origin, _)| (origin.object != whole.object, place(&origin.field)));
    let shown = origins.iter().map(|(origin, indexes)| {
        let field = origin.field.strip_prefix("spec.").unwrap_or(&origin.field);
        let object = if origin.object == whole.object { String::new() } else { format!("{} ", origin.object.name) };
        let rules = if indexes.len() == 1 { "rule" } else { "rules" };
        format!("{object}{field} = {rules} {}", indexes.join(" and "))
    });
    shown.collect::<Vec<_>>().join(", ")
}

/// The number in `spec.http[12]`, so that 12 comes after 2.
fn place(field: &str) -> usize {
    let digits = field.rsplit('[').next().unwrap_or_default().trim_end_matches(']');
    digits.parse().unwrap_or(usize::MAX)
}
