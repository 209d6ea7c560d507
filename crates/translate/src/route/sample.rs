//! Random lists and requests, for tests.

use std::collections::BTreeMap;
use std::fmt;

use proptest::collection::vec;
use proptest::option::weighted;
use proptest::prelude::*;
use proptest::sample::select;
use s2a_model::route::{
    BackendRef, HeaderMatch, HeaderTest, PathRewrite, QueryMatch, Rewrite, RouteAction, RouteMatch, Target,
};
use s2a_model::{HttpRequest, Origin, Pattern, TextMatch};

use super::atom::Atom;

/// What a list does with a request: where the first match sends it, and with which path.
pub(super) fn decision(atoms: &[Atom], request: &HttpRequest) -> Option<(Target, String)> {
    let atom = atoms.iter().find(|atom| atom.condition.matches(request))?;
    let path = atom.replaced_path();
    let rewrite = atom.action.rewrite.as_ref().map_or(PathRewrite::Keep, |rewrite| rewrite.resolve(&path));
    Some((atom.action.target.clone(), rewrite.apply(&request.path)))
}

/// A list as a VirtualService may have it.
pub(super) fn list() -> impl Strategy<Value = Vec<Atom>> {
    vec((condition(), action()), 1..=6).prop_map(|atoms| atoms.into_iter().map(atom).collect())
}

/// A list as it is once an HTTPRoute can express each of its conditions but the path.
pub(super) fn expressible_list() -> impl Strategy<Value = Vec<Atom>> {
    list().prop_map(|mut atoms| {
        atoms.iter_mut().for_each(|atom| atom.condition.headers.retain(|header| !header.negated));
        atoms
    })
}

fn atom((condition, (mut action, rewrites)): (RouteMatch, (RouteAction, bool))) -> Atom {
    let plain = condition.path.any_of.first().filter(|_| rewrites && !condition.path.ignore_case);
    action.rewrite = plain.and_then(rewrite);
    Atom { condition, action, rule: Origin::default(), name: None }
}

/// A condition, with at most one test and one exclusion for each header.
pub(super) fn condition() -> impl Strategy<Value = RouteMatch> {
    let headers = (header("x", false), header("y", false), header("x", true), header("y", true));
    let query = weighted(0.2, weighted(0.7, text()));
    let method = weighted(0.3, select(vec!["GET", "POST"]).prop_map(exact));
    let authority = weighted(0.1, select(vec!["web", "web:80"]).prop_map(exact));
    (path(), method, authority, headers, query).prop_map(|(path, method, authority, (a, b, c, d), query)| RouteMatch {
        path,
        method,
        authority,
        headers: [a, b, c, d].into_iter().flatten().collect(),
        query: query.map(|value| QueryMatch { name: "q".to_owned(), value }).into_iter().collect(),
        ..RouteMatch::any(Origin::default())
    })
}

fn header(name: &'static str, negated: bool) -> impl Strategy<Value = Option<HeaderMatch>> {
    let test = prop_oneof![1 => Just(HeaderTest::Present), 3 => text().prop_map(HeaderTest::Text)];
    weighted(0.2, test.prop_map(move |test| HeaderMatch { name: name.to_owned(), test, negated }))
}

fn text() -> impl Strategy<Value = TextMatch> {
    let pattern = prop_oneof![
        3 => select(vec!["go", "gold", ""]).prop_map(|text| Pattern::Exact(text.to_owned())),
        1 => Just(Pattern::Prefix("go".to_owned())),
        2 => select(vec!["go.*", ".*", "gold|silver"]).prop_map(|text| Pattern::Regex(text.to_owned())),
    ];
    pattern.prop_map(TextMatch::of)
}

fn exact(text: &str) -> TextMatch {
    TextMatch::of(Pattern::Exact(text.to_owned()))
}

fn path() -> impl Strategy<Value = TextMatch> {
    let paths = || select(vec!["/", "/a", "/a/", "/a/b", "/ab", "/a/b/", "/A"]).prop_map(str::to_owned);
    let segments = select(vec!["/a", "/a/b", "/ab"]).prop_map(str::to_owned);
    let regexes = vec!["/a", "/a/[a-z]+", "/a(/.*)?", "/a.*", ".*", "/.*", "/.*b", "^/a/b$", "/a/.*"];
    let pattern = prop_oneof![
        3 => paths().prop_map(Pattern::Exact),
        4 => paths().prop_map(Pattern::Prefix),
        1 => segments.prop_map(Pattern::SegmentPrefix),
        2 => select(regexes).prop_map(|source| Pattern::Regex(source.to_owned())),
    ];
    (pattern, weighted(0.15, Just(()))).prop_map(|(pattern, any_case)| {
        // A regular expression does not look at this flag, and a segment prefix never comes with it.
        let folds = matches!(pattern, Pattern::Exact(_) | Pattern::Prefix(_)) && any_case.is_some();
        TextMatch { any_of: vec![pattern], ignore_case: folds }
    })
}

fn action() -> impl Strategy<Value = (RouteAction, bool)> {
    let host = select(vec!["a", "b", "c"]);
    (host, any::<u8>()).prop_map(|(host, dice)| (RouteAction::forward(vec![BackendRef::to(host, Some(80))]), dice < 60))
}

/// The rewrite that a path of this kind can have in an HTTPRoute, if any.
fn rewrite(path: &Pattern) -> Option<Rewrite> {
    match path {
        Pattern::Exact(_) | Pattern::Regex(_) => Some(Rewrite::FullPath("/n".to_owned())),
        Pattern::SegmentPrefix(_) => Some(Rewrite::PrefixMatch("/n".to_owned())),
        Pattern::Prefix(prefix) if prefix.ends_with('/') => Some(Rewrite::PrefixMatch("/n".to_owned())),
        Pattern::Prefix(_) | Pattern::Suffix(_) | Pattern::NonEmpty | Pattern::Template(_) => None,
    }
}

/// A request that the conditions have something to say about.
pub(super) fn request() -> impl Strategy<Value = HttpRequest> {
    let paths = vec!["/", "/a", "/a/", "/a/b", "/a/b/", "/a/b/c", "/ab", "/abc", "/A", "/A/b", "/a/7", "/x/b", "/b"];
    let lines = || vec(select(vec!["go", "gold", "silver", ""]), 0..=2);
    let query = weighted(0.5, select(vec!["go", "gold", ""]));
    (select(paths), select(vec!["GET", "POST", "PUT"]), select(vec!["web", "web:80"]), lines(), lines(), query)
        .prop_map(|(path, method, host, x, y, query)| {
            let headers = [("x", x), ("y", y)].into_iter().filter(|(_, lines)| !lines.is_empty());
            let owned = |lines: Vec<&str>| lines.into_iter().map(str::to_owned).collect();
            HttpRequest {
                method: method.to_owned(),
                path: path.to_owned(),
                query: query.map(|value| ("q".to_owned(), value.to_owned())).into_iter().collect(),
                host: host.to_owned(),
                headers: headers.map(|(name, lines)| (name.to_owned(), owned(lines))).collect::<BTreeMap<_, _>>(),
            }
        })
}

/// Enough requests to meet most corners of a list, not shown where a test fails.
#[derive(Clone)]
pub(super) struct Requests(pub(super) Vec<HttpRequest>);

impl fmt::Debug for Requests {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} requests", self.0.len())
    }
}

/// Some requests.
pub(super) fn requests() -> impl Strategy<Value = Requests> {
    vec(request(), 24).prop_map(Requests)
}
