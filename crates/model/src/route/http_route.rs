//! HTTPRoute with Services as parents, and the order in which istiod takes its matches.
//!
//! Source: istio/istio `pilot/pkg/config/kube/gateway/conversion.go` (`sortHTTPRoutes`, `getURIRank`, `getURILength`).

use std::cmp::Reverse;

use super::{RouteMatch, RouteRule};
use crate::{Name, Named, ObjectId, Pattern, Subjects};

/// An HTTPRoute.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HttpRoute {
    /// Namespace and name.
    pub name: Name,
    /// The Services it is for.
    pub parents: Vec<ParentRef>,
    /// The rules.
    pub rules: Vec<RouteRule>,
    /// Whether something in it makes istiod drop the whole object.
    pub void: bool,
    /// `metadata.creationTimestamp`.
    pub created: Option<String>,
    /// The object.
    pub object: ObjectId,
}

impl Named for HttpRoute {
    fn name(&self) -> &Name {
        &self.name
    }
}

impl Subjects for HttpRoute {
    type Subject = Name;

    fn subjects(&self) -> Vec<Name> {
        self.parents.iter().map(|parent| parent.service.clone()).collect()
    }
}

/// A Service that a route is for.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ParentRef {
    /// The Service.
    pub service: Name,
    /// The port it is limited to.
    pub port: Option<u16>,
}

/// How a path is matched; the smaller is taken first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum PathKind {
    /// The whole path.
    Exact,
    /// Its first segments.
    Prefix,
    /// A regular expression.
    Regex,
}

/// The order of matches; the smaller is taken first. Equal keys keep the order of the input.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct SortKey {
    /// The kind of path match.
    pub kind: PathKind,
    /// Its length in bytes, longer first; also for regular expressions.
    pub length: Reverse<usize>,
    /// Whether a method is asked for.
    pub method: Reverse<bool>,
    /// The number of headers.
    pub headers: Reverse<usize>,
    /// The number of query parameters.
    pub query: Reverse<usize>,
}

/// The sort key of a match.
#[must_use]
pub fn sort_key(condition: &RouteMatch) -> SortKey {
    let (kind, length) = match condition.path.any_of.first() {
        Some(Pattern::Exact(path)) => (PathKind::Exact, path.len()),
        Some(Pattern::SegmentPrefix(path) | Pattern::Prefix(path)) => (PathKind::Prefix, path.len()),
        Some(Pattern::Regex(source)) => (PathKind::Regex, source.len()),
        Some(Pattern::Suffix(_) | Pattern::NonEmpty | Pattern::Template(_)) | None => (PathKind::Regex, 0),
    };
    SortKey {
        kind,
        length: Reverse(length),
        method: Reverse(condition.method.is_some()),
        // A match on the authority is a header match on `Host` here.
        headers: Reverse(condition.headers.len() + usize::from(condition.authority.is_some())),
        query: Reverse(condition.query.len()),
    }
}
