//! A route table as a decision list. The answers count the routes from 1; 0 means that none matches.

use std::collections::BTreeSet;

use s2a_model::route::{HeaderTest, PathRewrite, Route, RouteMatch, RouteTable};
use s2a_model::{Pattern, TextMatch};

use super::literal::literal;
use super::text;
use crate::logic::{Cube, List};
use crate::space::{Dimension, Literal, Predicate};

/// The routes with rewrites in forms that can be compared. On a path that some route of either side names in full, every
/// rewrite is a whole new path. Stripping segments with the slash behind them gives `/` for the bare path, and for all
/// others what stripping a prefix gives.
pub(super) fn plain<'a>(table: &RouteTable<'a>, paths: &BTreeSet<String>) -> Vec<Route<'a>> {
    let mut plain = Vec::new();
    for route in &table.routes {
        let mut named: BTreeSet<&str> = paths.iter().map(String::as_str).collect();
        let rest = match &route.rewrite {
            PathRewrite::Keep | PathRewrite::Full(_) | PathRewrite::Regex { .. } => {
                plain.push(route.clone());
                continue;
            }
            PathRewrite::StripSegments(prefix) => {
                named.insert(prefix);
                PathRewrite::Prefix { strip: prefix.clone(), add: String::new() }
            }
            PathRewrite::Prefix { .. } => route.rewrite.clone(),
        };
        let matched = named.into_iter().filter(|path| route.condition.path.matches(path));
        plain.extend(matched.map(|path| {
            let mut exact = route.clone();
            exact.condition.path = TextMatch::of(Pattern::Exact(path.to_owned()));
            exact.rewrite = PathRewrite::Full(route.rewrite.apply(path));
            exact
        }));
        plain.push(Route { rewrite: rest, ..route.clone() });
    }
    plain
}

/// The paths that some route names in full.
pub(super) fn exact_paths(table: &RouteTable<'_>) -> BTreeSet<String> {
    let patterns = table.routes.iter().flat_map(|route| &route.condition.path.any_of);
    let exact = |pattern: &Pattern| match pattern {
        Pattern::Exact(path) => Some(path.clone()),
        Pattern::Prefix(_)
        | Pattern::Suffix(_)
        | Pattern::SegmentPrefix(_)
        | Pattern::NonEmpty
        | Pattern::Regex(_)
        | Pattern::Template(_) => None,
    };
    patterns.filter_map(exact).collect()
}

/// The list of routes.
pub(super) fn list(routes: &[Route<'_>]) -> List {
    let cube = |(index, condition): (usize, &RouteMatch)| {
        let terminal = u32::try_from(index).unwrap_or(u32::MAX).saturating_add(1);
        Some(Cube { literals: literals(condition)?, terminal, origin: index })
    };
    let conditions = routes.iter().map(|route| &route.condition).enumerate();
    List { cubes: conditions.filter_map(cube).collect(), default: 0 }
}

/// The condition as literals; `None` if the scheme, which is `http` in a mesh, can never be right.
fn literals(condition: &RouteMatch) -> Option<Vec<Literal>> {
    if condition.scheme.as_ref().is_some_and(|scheme| !scheme.matches("http")) {
        return None;
    }
    let matching = |dimension: Dimension, test: &TextMatch| literal(dimension, Predicate::Text(text(test)), false);
    let mut literals = vec![matching(Dimension::Path, &condition.path)];
    literals.extend(condition.method.iter().map(|test| matching(Dimension::Method, test)));
    literals.extend(condition.authority.iter().map(|test| matching(Dimension::Host, test)));
    for header in &condition.headers {
        let dimension = || Dimension::Header(header.name.clone());
        match &header.test {
            HeaderTest::Present => literals.push(literal(dimension(), Predicate::Present, header.negated)),
            HeaderTest::Text(test) => {
                literals.push(literal(dimension(), Predicate::Text(text(test)), header.negated));
                // A missing header counts as an empty one where the condition is negated.
                if header.negated && test.matches("") {
                    literals.push(literal(dimension(), Predicate::Present, false));
                }
            }
        }
    }
    for query in &condition.query {
        let dimension = Dimension::Query(query.name.clone());
        literals.push(match &query.value {
            None => literal(dimension, Predicate::Present, false),
            Some(test) => matching(dimension, test),
        });
    }
    Some(literals)
}
