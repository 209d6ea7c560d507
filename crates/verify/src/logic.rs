//! The question itself: lists of rules, a judge of their answers, and the cheapest request for each judgement.
//!
//! Every enforcement point and every route table is a list of conjunctions of which the first that holds decides. A
//! [`System`] is several such lists over one space of requests. A [`Solver`] finds, for each kind of disagreement the
//! judge can name, the plainest request at which it names it, or proves that there is none.
//!
//! The work is done in three steps that know little of each other: predicates become sets of classes, lists that mean
//! the same are brought to the same form, and a search walks the dimensions one by one. Another engine, such as a SAT
//! solver, would replace the third step only.

mod bits;
mod cube;
mod normalise;
mod problem;
mod region;
mod residual;
mod search;
mod weight;
mod witness;

use std::collections::BTreeMap;

use crate::space::{Cost, Dimension, Domains, KnownClasses, Literal, Unknown, Value};

/// What a list answers: an index whose meaning is the caller's.
pub type Terminal = u32;

/// A conjunction of literals and the answer where all of them hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cube {
    /// All must hold. With none, the cube holds everywhere.
    pub literals: Vec<Literal>,
    /// The answer.
    pub terminal: Terminal,
    /// Where the cube comes from, for the caller.
    pub origin: usize,
}

/// An ordered list of cubes: the first that holds decides.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct List {
    /// The cubes.
    pub cubes: Vec<Cube>,
    /// The answer where no cube holds.
    pub default: Terminal,
}

/// Some lists that look at the same request.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct System {
    /// The lists.
    pub lists: Vec<List>,
    /// Only requests of which all of these are true are considered.
    pub assume: Vec<Literal>,
    /// What is known about the values.
    pub domains: Domains,
}

/// A request and what each list answers to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Witness {
    /// The value of every dimension that some literal of the system names.
    pub values: BTreeMap<Dimension, Value>,
    /// The answer of each list.
    pub terminals: Vec<Terminal>,
    /// For each list the index of the first cube that holds, or none if the default decides.
    pub matched: Vec<Option<usize>>,
    /// How far the request is from a plain one.
    pub cost: Cost,
}

/// How much work may be spent on one question.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Budget {
    /// The number of distinct situations the search may meet.
    pub nodes: usize,
    /// The number of classes, and of automaton states, for each dimension.
    pub classes: usize,
}

impl Default for Budget {
    fn default() -> Self {
        Budget { nodes: 200_000, classes: 100_000 }
    }
}

/// Solves systems and remembers what they have in common. May be shared by several threads.
#[derive(Debug, Default)]
pub struct Solver {
    known: KnownClasses,
}

impl Solver {
    /// For every one of `kinds`, the cheapest request at which `judge` answers with it; a kind that is missing from the
    /// result is proved impossible.
    ///
    /// `judge` is given the answers of all lists, in their order, and must depend on nothing else. The cheapest request
    /// is the one of least [`Cost`]; a tie is broken in a fixed order that depends only on the system.
    ///
    /// # Errors
    ///
    /// [`Unknown`] if an expression cannot be read or the budget does not suffice. Nothing is known then.
    pub fn solve<K: Ord + Copy>(
        &self,
        system: &System,
        kinds: &[K],
        judge: &dyn Fn(&[Terminal]) -> Option<K>,
        budget: Budget,
    ) -> Result<BTreeMap<K, Witness>, Unknown> {
        let Some(problem) = problem::Problem::new(system, budget, &self.known)? else {
            return Ok(BTreeMap::new());
        };
        let mut found = BTreeMap::new();
        for (kind, point) in search::cheapest(&problem, kinds, judge, budget)? {
            let witness = witness::at(system, &problem, &point);
            if judge(&witness.terminals) != Some(kind) {
                return Err(Unknown::Contradiction);
            }
            found.insert(kind, witness);
        }
        Ok(found)
    }
}

#[cfg(test)]
mod tests;
