//! The classes of strings: a breadth-first walk that keeps the first string found for each signature.

use std::collections::{BTreeMap, BTreeSet};

use super::automaton::{Active, Automaton};
use super::{Demand, Signature, indexed, lines};
use crate::space::domain::preferred;
use crate::space::nfa::{Failure, Nfa, TooLarge};
use crate::space::{Dimension, Domains, Predicate, Value};

/// The memory a walk may take, in entries of its sets, for each state it may have.
const ENTRIES_PER_STATE: usize = 200;

/// The values of a text dimension, one for each signature. The better of two values with the same signature comes
/// first; the plain value of the dimension is among them, if it can occur.
pub(super) fn values(
    dimension: &Dimension,
    predicates: &[Predicate],
    domains: &Domains,
    demand: Demand,
) -> Result<Vec<(Signature, Value)>, Failure> {
    let mut nfa = Nfa::default();
    domains.restrict(dimension, &mut nfa)?;
    for (index, predicate) in indexed(predicates) {
        if let Predicate::Text(text) = predicate {
            nfa.add_predicate(index, text)?;
        }
    }
    let mut automaton = Automaton::new(&nfa);
    let plain = match domains.plain(dimension) {
        Value::Text(text) => Some(text),
        Value::Absent | Value::Lines(_) | Value::Ip(_) | Value::Flag(_) => None,
    };
    let favourites = plain.iter().map(String::as_str).chain(preferred(dimension).iter().copied());
    let mut found = favoured(&mut automaton, favourites);
    let known: BTreeSet<_> = found.iter().map(|(signature, _)| signature.clone()).collect();
    let walked = walk(&mut automaton, demand.most)?;
    found.extend(walked.into_iter().filter(|(signature, _)| !known.contains(signature)));
    if domains.has_lines(dimension) {
        return Ok(lines::unions(&found, demand)?);
    }
    Ok(found.into_iter().map(|(signature, text)| (signature, Value::Text(text))).collect())
}

/// The first of `favourites` for each signature.
fn favoured<'t>(automaton: &mut Automaton<'_>, favourites: impl Iterator<Item = &'t str>) -> Vec<(Signature, String)> {
    let mut seen = BTreeSet::new();
    favourites
        .filter_map(|text| Some((signature_of(automaton, text)?, text.to_owned())))
        .filter(|(signature, _)| seen.insert(signature.clone()))
        .collect()
}

/// The signature of one string, if it can occur.
fn signature_of(automaton: &mut Automaton<'_>, text: &str) -> Option<Signature> {
    let initial = automaton.initial();
    let end = text.chars().fold(initial, |active, c| automaton.step(&active, c));
    automaton.signature(&end, text.is_empty())
}

/// How the walk came to a set of states: from which, by which character.
type Origin = Option<(usize, char)>;

struct Walk {
    sets: Vec<Active>,
    origins: Vec<Origin>,
    ids: BTreeMap<Active, usize>,
    entries: usize,
    most: usize,
}

/// The shortest string for each signature; among the shortest the most readable.
fn walk(automaton: &mut Automaton<'_>, most: usize) -> Result<Vec<(Signature, String)>, TooLarge> {
    let initial = automaton.initial();
    // The start is not entered into `ids`: only there may an anchor `^` still match.
    let mut walk = Walk { sets: vec![initial], origins: vec![None], ids: BTreeMap::new(), entries: 0, most };
    let mut seen = BTreeSet::new();
    let mut found = Vec::new();
    let mut current = 0;
    while let Some(active) = walk.sets.get(current).cloned() {
        if let Some(signature) = automaton.signature(&active, current == 0)
            && seen.insert(signature.clone())
        {
            found.push((signature, walk.text(current)));
        }
        let nothing_new = automaton.decided(&active).is_some_and(|sure| seen.contains(&sure));
        if !nothing_new {
            for (c, next) in automaton.steps(&active) {
                walk.reach(next, Some((current, c)))?;
            }
        }
        current += 1;
    }
    Ok(found)
}

impl Walk {
    fn reach(&mut self, next: Active, origin: Origin) -> Result<(), TooLarge> {
        if self.ids.contains_key(&next) {
            return Ok(());
        }
        self.entries += next.len();
        if self.sets.len() >= self.most || self.entries > self.most.saturating_mul(ENTRIES_PER_STATE) {
            return Err(TooLarge);
        }
        self.ids.insert(next.clone(), self.sets.len());
        self.sets.push(next);
        self.origins.push(origin);
        Ok(())
    }

    /// The characters on the way from the start.
    fn text(&self, mut state: usize) -> String {
        let mut reversed = Vec::new();
        while let Some(Some((from, c))) = self.origins.get(state) {
            reversed.push(*c);
            state = *from;
        }
        reversed.into_iter().rev().collect()
    }
}
