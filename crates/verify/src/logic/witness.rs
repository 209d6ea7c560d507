//! From a choice of classes to a request.

use super::problem::Problem;
use super::search::Point;
use super::{List, System, Witness};
use crate::space::{Cost, Value, holds};

/// The request made of the examples of the chosen classes, judged by plain evaluation of the original lists.
pub(super) fn at(system: &System, problem: &Problem, point: &Point) -> Witness {
    let mut cost = Cost::default();
    let mut values = std::collections::BTreeMap::new();
    for (number, axis) in problem.axes.iter().enumerate() {
        let choice = point.get(&number).copied().unwrap_or_default();
        if let Some(class) = axis.classes.get(choice) {
            cost = cost + class.cost;
            values.insert(axis.dimension.clone(), class.example.clone());
        }
    }
    let holds_at =
        |literal: &crate::space::Literal| holds(literal, values.get(&literal.dimension).unwrap_or(&Value::Absent));
    let first = |list: &List| list.cubes.iter().position(|cube| cube.literals.iter().all(holds_at));
    let matched: Vec<_> = system.lists.iter().map(first).collect();
    let terminals = system
        .lists
        .iter()
        .zip(&matched)
        .map(|(list, index)| index.and_then(|index| list.cubes.get(index)).map_or(list.default, |cube| cube.terminal))
        .collect();
    Witness { values, terminals, matched, cost }
}
