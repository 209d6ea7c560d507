//! Whether two conditions can hold for one request, and whether one covers the other.

use s2a_model::route::{HeaderTest, RouteMatch};
use s2a_model::{Pattern, TextMatch};

/// Whether a request could satisfy both. `true` where that cannot be excluded. Different conditions on one header do
/// not exclude each other, because a client may send the header twice.
pub(super) fn may_overlap(left: &RouteMatch, right: &RouteMatch) -> bool {
    let exact = |test: &Option<TextMatch>| match test.as_ref().map(|test| test.any_of.as_slice()) {
        Some([Pattern::Exact(value)]) => Some(value.clone()),
        Some(_) | None => None,
    };
    let excluded = |one: &Option<TextMatch>, other: &Option<TextMatch>| match (exact(one), exact(other)) {
        (Some(one), Some(other)) => one != other,
        _ => false,
    };
    let query_excluded = left
        .query
        .iter()
        .any(|query| right.query.iter().any(|other| other.name == query.name && excluded(&query.value, &other.value)));
    paths_may_overlap(&left.path, &right.path)
        && !excluded(&left.method, &right.method)
        && !excluded(&left.authority, &right.authority)
        && !query_excluded
}

fn paths_may_overlap(left: &TextMatch, right: &TextMatch) -> bool {
    let (Some(one), Some(other)) = (left.any_of.first(), right.any_of.first()) else { return true };
    match (one, other) {
        (Pattern::Exact(path), _) => right.matches(path) || left.ignore_case,
        (_, Pattern::Exact(path)) => left.matches(path) || right.ignore_case,
        (
            Pattern::Prefix(one) | Pattern::SegmentPrefix(one),
            Pattern::Prefix(other) | Pattern::SegmentPrefix(other),
        ) => left.ignore_case || right.ignore_case || nested(left, right, one, other),
        _ => true,
    }
}

fn nested(left: &TextMatch, right: &TextMatch, one: &str, other: &str) -> bool {
    let (long, short) = if one.len() >= other.len() { (one, right) } else { (other, left) };
    short.matches(long)
        || short.matches(&format!("{long}/"))
        || long.starts_with(one) && long.starts_with(other) && chars(left, right)
}

/// Character prefixes overlap whenever one begins with the other.
fn chars(left: &TextMatch, right: &TextMatch) -> bool {
    let by_character = |text: &TextMatch| matches!(text.any_of.first(), Some(Pattern::Prefix(_)));
    by_character(left) && by_character(right)
}

/// Whether every request that satisfies `inner` satisfies `outer`, as far as can be seen from the form.
pub(super) fn covers(outer: &RouteMatch, inner: &RouteMatch) -> bool {
    let same_or_free = |outer: &Option<TextMatch>, inner: &Option<TextMatch>| outer.is_none() || outer == inner;
    let headers = outer.headers.iter().all(|header| {
        inner.headers.iter().any(|other| {
            let present = header.test == HeaderTest::Present && !header.negated && !other.negated;
            other == header || (present && other.name == header.name)
        })
    });
    let queries = outer.query.iter().all(|query| {
        inner.query.iter().any(|other| other == query || (query.value.is_none() && other.name == query.name))
    });
    path_covers(&outer.path, &inner.path)
        && same_or_free(&outer.method, &inner.method)
        && same_or_free(&outer.authority, &inner.authority)
        && headers
        && queries
}

pub(super) fn path_covers(outer: &TextMatch, inner: &TextMatch) -> bool {
    if outer == inner {
        return true;
    }
    let (Some(wide), Some(narrow)) = (outer.any_of.first(), inner.any_of.first()) else { return false };
    match (wide, narrow) {
        (Pattern::Prefix(prefix), _) if prefix == "/" => true,
        (Pattern::Regex(regex), _) if regex == ".*" || regex == "/.*" => true,
        (_, Pattern::Exact(path)) => !inner.ignore_case && outer.matches(path),
        (Pattern::Prefix(wide), Pattern::Prefix(narrow) | Pattern::SegmentPrefix(narrow)) => {
            !inner.ignore_case
                && (outer.ignore_case && narrow.to_lowercase().starts_with(&wide.to_lowercase())
                    || narrow.starts_with(wide.as_str()))
        }
        (Pattern::SegmentPrefix(_), Pattern::SegmentPrefix(_) | Pattern::Prefix(_)) if inner.ignore_case => false,
        (Pattern::SegmentPrefix(wide), Pattern::SegmentPrefix(narrow)) => {
            narrow == wide || narrow.starts_with(&format!("{wide}/"))
        }
        (Pattern::SegmentPrefix(wide), Pattern::Prefix(narrow)) => narrow.starts_with(&format!("{wide}/")),
        _ => false,
    }
}

/// The conditions of both, where that can be written as one condition. `None` if their paths have no common form or
/// they ask two things of one attribute.
pub(super) fn intersection(left: &RouteMatch, right: &RouteMatch) -> Option<RouteMatch> {
    let mut both = right.clone();
    both.path = if path_covers(&left.path, &right.path) {
        right.path.clone()
    } else if path_covers(&right.path, &left.path) {
        left.path.clone()
    } else {
        return None;
    };
    both.method = one_of(&left.method, &right.method)?;
    both.authority = one_of(&left.authority, &right.authority)?;
    both.scheme = one_of(&left.scheme, &right.scheme)?;
    for header in &left.headers {
        let same_name = both.headers.iter().find(|other| other.name == header.name);
        match same_name {
            None => both.headers.push(header.clone()),
            Some(other) if other == header => {}
            Some(other) if header.test == HeaderTest::Present && !header.negated && !other.negated => {}
            Some(other) if other.test == HeaderTest::Present && !header.negated && !other.negated => {
                both.headers.retain(|other| other.name != header.name);
                both.headers.push(header.clone());
            }
            Some(_) => return None,
        }
    }
    for query in &left.query {
        match both.query.iter().find(|other| other.name == query.name) {
            None => both.query.push(query.clone()),
            Some(other) if other == query || query.value.is_none() => {}
            Some(_) => return None,
        }
    }
    Some(both)
}

fn one_of(left: &Option<TextMatch>, right: &Option<TextMatch>) -> Option<Option<TextMatch>> {
    match (left, right) {
        (None, other) | (other, None) => Some(other.clone()),
        (Some(one), Some(other)) => (one == other).then(|| Some(one.clone())),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::sample::{condition, requests};
    use super::*;

    /// Lists of headers without exclusions, which are gone before conditions are joined.
    fn positive() -> impl Strategy<Value = RouteMatch> {
        condition().prop_map(|mut condition| {
            condition.headers.retain(|header| !header.negated);
            condition
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 100, max_shrink_iters: 600, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn what_is_covered_never_matches_alone(outer in condition(), inner in condition(), requests in requests()) {
            if covers(&outer, &inner) {
                for request in requests.0.iter().filter(|request| inner.matches(request)) {
                    prop_assert!(outer.matches(request), "{request:?}");
                }
            }
        }

        #[test]
        fn what_cannot_overlap_never_matches_together(one in condition(), other in condition(), requests in requests()) {
            if !may_overlap(&one, &other) {
                for request in &requests.0 {
                    prop_assert!(!(one.matches(request) && other.matches(request)), "{request:?}");
                }
            }
        }

        #[test]
        fn an_intersection_matches_what_both_match(one in positive(), other in positive(), requests in requests()) {
            if let Some(both) = intersection(&one, &other) {
                for request in &requests.0 {
                    let expected = one.matches(request) && other.matches(request);
                    prop_assert_eq!(both.matches(request), expected, "{:?} for {:?}", both, request);
                }
            }
        }
    }

    #[test]
    fn prefixes_by_segment_and_by_character_are_told_apart() {
        let of = |pattern| TextMatch::of(pattern);
        let (segment, characters) = (Pattern::SegmentPrefix("/a".into()), Pattern::Prefix("/a".into()));
        assert!(path_covers(&of(characters.clone()), &of(segment.clone())));
        assert!(!path_covers(&of(segment.clone()), &of(characters)));
        assert!(path_covers(&of(segment.clone()), &of(Pattern::Prefix("/a/".into()))));
        assert!(!paths_may_overlap(&of(segment), &of(Pattern::Prefix("/ab".into()))));
    }
}
