//! One match of a route list with what is done: the unit that is ordered.

use s2a_model::route::{Rewrite, RouteAction, RouteMatch, Target};
use s2a_model::{Origin, Pattern, TextMatch};

/// One match with its action.
#[derive(Clone, Debug)]
pub(super) struct Atom {
    /// The condition.
    pub(super) condition: RouteMatch,
    /// What is done.
    pub(super) action: RouteAction,
    /// The rule it comes from.
    pub(super) rule: Origin,
    /// The rule's name.
    pub(super) name: Option<String>,
}

impl Atom {
    /// The path pattern. A condition has exactly one.
    pub(super) fn path(&self) -> Pattern {
        self.condition.path.any_of.first().cloned().unwrap_or_else(|| Pattern::Prefix("/".to_owned()))
    }

    /// The same atom with another path pattern.
    pub(super) fn with_path(&self, path: Pattern) -> Atom {
        let mut atom = self.clone();
        atom.condition.path.any_of = vec![path];
        atom.condition.path.ignore_case = false;
        atom
    }

    /// Whether what it does depends on the prefix that it matches, so that its path cannot be written otherwise.
    pub(super) fn is_pinned(&self) -> bool {
        let replaces_prefix = |rewrite: &Rewrite| matches!(rewrite, Rewrite::PrefixMatch(_));
        let redirected = match &self.action.target {
            Target::Redirect(redirect) => redirect.path.as_ref().is_some_and(replaces_prefix),
            Target::Backends(_) | Target::Respond { .. } => false,
        };
        redirected || self.action.rewrite.as_ref().is_some_and(replaces_prefix)
    }

    /// The path that a rewrite of it replaces: an HTTPRoute's prefix that ends in a slash is one of segments.
    pub(super) fn replaced_path(&self) -> TextMatch {
        match (&self.action.rewrite, self.path()) {
            (Some(Rewrite::PrefixMatch(_)), Pattern::Prefix(prefix)) if prefix.len() > 1 && prefix.ends_with('/') => {
                TextMatch::of(Pattern::SegmentPrefix(prefix.trim_end_matches('/').to_owned()))
            }
            _ => self.condition.path.clone(),
        }
    }

    /// The condition without the place where it stands.
    pub(super) fn condition_without_origin(&self) -> RouteMatch {
        RouteMatch { origin: Origin::default(), ..self.condition.clone() }
    }

    /// Whether both do the same.
    pub(super) fn acts_like(&self, other: &Atom) -> bool {
        self.action == other.action && !self.is_pinned() && !other.is_pinned()
    }
}
