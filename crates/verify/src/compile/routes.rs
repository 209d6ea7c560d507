//! A route table as a decision list. The answers count the routes from 1; 0 means that none matches.

use s2a_model::TextMatch;
use s2a_model::route::{HeaderTest, RouteMatch, RouteTable};

use super::literal::literal;
use super::text;
use crate::logic::{Cube, List};
use crate::space::{Dimension, Literal, Predicate};

/// The list of a table.
pub(super) fn list(table: &RouteTable<'_>) -> List {
    let cube = |(index, condition): (usize, &RouteMatch)| {
        let terminal = u32::try_from(index).unwrap_or(u32::MAX).saturating_add(1);
        Some(Cube { literals: literals(condition)?, terminal, origin: index })
    };
    let conditions = table.routes.iter().map(|route| &route.condition).enumerate();
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
