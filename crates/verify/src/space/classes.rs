//! The classes of one dimension: sets of values that satisfy the same predicates.

mod address;
mod alphabet;
mod automaton;
mod known;
mod lines;
mod text;

use std::collections::BTreeMap;

pub(crate) use known::KnownClasses;

use super::nfa::Failure;
use super::{Cost, Dimension, Domains, Predicate, Unknown, Value};

/// Indices of the predicates that are true of a value, ascending.
pub(crate) type Signature = Vec<u32>;

/// Values that satisfy the same predicates.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Class {
    /// The predicates they satisfy.
    pub(crate) signature: Signature,
    /// The cheapest of them.
    pub(crate) example: Value,
    /// What it costs.
    pub(crate) cost: Cost,
}

/// How much the classes must tell apart.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Demand {
    /// The number of lines of one value that can matter.
    pub(crate) lines: usize,
    /// The greatest number of classes, and of states on the way to them.
    pub(crate) most: usize,
}

/// The classes of `dimension` under `predicates`, the cheapest first. Every value of the dimension (with no more lines
/// than the demand) lies in exactly one of them.
pub(crate) fn classes(
    dimension: &Dimension,
    predicates: &[Predicate],
    domains: &Domains,
    demand: Demand,
) -> Result<Vec<Class>, Unknown> {
    let too_many = || Unknown::TooManyClasses { dimension: dimension.clone() };
    let values = match dimension {
        Dimension::SourceIp | Dimension::RemoteIp | Dimension::DestinationIp | Dimension::WaypointIp => {
            address::values(predicates, &domains.plain(dimension))
        }
        Dimension::Flag(_) => flags(predicates),
        Dimension::Peer
        | Dimension::Host
        | Dimension::Method
        | Dimension::Path
        | Dimension::Scheme
        | Dimension::Sni
        | Dimension::Header(_)
        | Dimension::Query(_)
        | Dimension::Issuer
        | Dimension::Subject
        | Dimension::Claim(_) => {
            text::values(dimension, predicates, domains, demand).map_err(|failure| match failure {
                Failure::Regex(unknown) => unknown,
                Failure::TooLarge => too_many(),
            })?
        }
    };
    let mut found = Vec::new();
    if Domains::may_be_absent(dimension) {
        found.push((Signature::new(), Value::Absent));
    }
    let present = present(predicates);
    found.extend(values.into_iter().map(|(mut signature, value)| {
        signature.extend(&present);
        signature.sort_unstable();
        (signature, value)
    }));
    let classes = merge(found, &domains.plain(dimension));
    if classes.len() > demand.most { Err(too_many()) } else { Ok(classes) }
}

/// The predicates that are true of every value.
fn present(predicates: &[Predicate]) -> Signature {
    indexed(predicates)
        .filter(|(_, predicate)| matches!(predicate, Predicate::Present))
        .map(|(index, _)| index)
        .collect()
}

fn indexed(predicates: &[Predicate]) -> impl Iterator<Item = (u32, &Predicate)> {
    (0..).zip(predicates)
}

fn flags(predicates: &[Predicate]) -> Vec<(Signature, Value)> {
    let set = indexed(predicates)
        .filter(|(_, predicate)| matches!(predicate, Predicate::True))
        .map(|(index, _)| index)
        .collect();
    vec![(Signature::new(), Value::Flag(false)), (set, Value::Flag(true))]
}

/// One class per signature with its cheapest value, the earlier one if two cost the same; sorted by cost.
fn merge(found: Vec<(Signature, Value)>, plain: &Value) -> Vec<Class> {
    let mut best: BTreeMap<Signature, (Cost, usize, Value)> = BTreeMap::new();
    for (rank, (signature, example)) in found.into_iter().enumerate() {
        let cost = cost(&example, plain);
        let entry = best.entry(signature).or_insert_with(|| (cost, rank, example.clone()));
        if cost < entry.0 {
            *entry = (cost, rank, example);
        }
    }
    let mut classes: Vec<_> = best.into_iter().collect();
    classes.sort_by_key(|(_, (cost, rank, _))| (*cost, *rank));
    classes.into_iter().map(|(signature, (cost, _, example))| Class { signature, example, cost }).collect()
}

/// What `value` costs where `plain` costs nothing.
pub(crate) fn cost(value: &Value, plain: &Value) -> Cost {
    if value == plain {
        return Cost::default();
    }
    match value {
        Value::Text(text) => Cost::of_text(text),
        Value::Lines(lines) => lines.iter().map(|line| Cost::of_text(line)).fold(Cost::default(), |a, b| a + b),
        // No address is plainer than another.
        Value::Absent | Value::Ip(_) | Value::Flag(_) => Cost { departures: 1, length: 0 },
    }
}

#[cfg(test)]
mod tests;
