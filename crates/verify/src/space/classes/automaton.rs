//! The deterministic side of a dimension's automaton, made as far as a walk needs it.

use std::collections::BTreeMap;

use super::{Signature, alphabet};
use crate::space::nfa::{DOMAIN, Nfa, State, StateId};

/// A set of states that are all active at once, ascending. Only states that read, end or accept are kept.
pub(super) type Active = Vec<StateId>;

/// A walker over sets of states.
pub(super) struct Automaton<'n> {
    nfa: &'n Nfa,
    /// For each state the last closure that visited it.
    visited: Vec<u32>,
    round: u32,
}

impl<'n> Automaton<'n> {
    /// A walker over `nfa`.
    pub(super) fn new(nfa: &'n Nfa) -> Self {
        Automaton { nfa, visited: vec![0; nfa.len()], round: 0 }
    }

    /// The states active before the first character.
    pub(super) fn initial(&mut self) -> Active {
        self.settle(self.nfa.starts().to_vec(), true)
    }

    /// The states active after one of each kind of character that makes a difference here, the most readable
    /// first; each with the most readable character of its kind. Ways out of the domain are left out.
    pub(super) fn steps(&mut self, active: &[StateId]) -> Vec<(char, Active)> {
        let mut kinds: BTreeMap<Vec<StateId>, char> = BTreeMap::new();
        for (c, targets) in self.segments(active) {
            let kind = kinds.entry(targets).or_insert(c);
            *kind = alphabet::more_readable(*kind, c);
        }
        let mut steps: BTreeMap<Active, char> = BTreeMap::new();
        for (targets, c) in kinds {
            let next = self.settle(targets, false);
            if next.iter().any(|&id| self.nfa.owner(id) == DOMAIN) {
                let step = steps.entry(next).or_insert(c);
                *step = alphabet::more_readable(*step, c);
            }
        }
        let mut steps: Vec<_> = steps.into_iter().map(|(next, c)| (c, next)).collect();
        steps.sort_by_key(|(c, _)| alphabet::rank(*c));
        steps
    }

    /// The states active after `c`.
    pub(super) fn step(&mut self, active: &[StateId], c: char) -> Active {
        let targets = active.iter().filter_map(|&id| match self.nfa.state(id) {
            State::Read(ranges, next) => {
                ranges.iter().any(|&(first, last)| (first..=last).contains(&c)).then_some(*next)
            }
            State::Sink => Some(id),
            State::Split(_) | State::Start(_) | State::End(_) | State::Accept => None,
        });
        let targets = targets.collect();
        self.settle(targets, false)
    }

    /// The predicates that are true if the text ends here, if it may end here.
    pub(super) fn signature(&mut self, active: &[StateId], at_start: bool) -> Option<Signature> {
        let mut ends = Vec::new();
        self.close(active.to_vec(), (at_start, true), &mut ends);
        let mut owners: Vec<_> = ends
            .into_iter()
            .filter(|&id| matches!(self.nfa.state(id), State::Accept | State::Sink))
            .map(|id| self.nfa.owner(id))
            .collect();
        owners.sort_unstable();
        owners.dedup();
        // The domain has the greatest number.
        owners.pop_if(|owner| *owner == DOMAIN).map(|_| owners)
    }

    /// The predicates that are true whatever follows, if all others are false whatever follows.
    pub(super) fn decided(&self, active: &[StateId]) -> Option<Signature> {
        let (sinks, others): (Vec<StateId>, Vec<StateId>) =
            active.iter().partition(|&&id| matches!(self.nfa.state(id), State::Sink));
        let undecided = others.iter().any(|&id| self.nfa.owner(id) != DOMAIN);
        let mut owners: Vec<_> = sinks.into_iter().map(|id| self.nfa.owner(id)).collect();
        owners.sort_unstable();
        (!undecided).then_some(owners)
    }

    /// The characters the domain can read here, cut so finely that no active state tells two of a piece apart:
    /// the best character of each piece and where it leads.
    fn segments(&self, active: &[StateId]) -> Vec<(char, Vec<StateId>)> {
        let reads: Vec<_> = active
            .iter()
            .filter_map(|&id| match self.nfa.state(id) {
                State::Read(ranges, next) => Some((ranges, *next)),
                State::Split(_) | State::Start(_) | State::End(_) | State::Accept | State::Sink => None,
            })
            .collect();
        let sinks: Vec<_> = active.iter().copied().filter(|&id| matches!(self.nfa.state(id), State::Sink)).collect();
        let mut cuts: Vec<u32> = reads
            .iter()
            .flat_map(|(ranges, _)| ranges.iter())
            .flat_map(|&(first, last)| [first as u32, last as u32 + 1])
            .collect();
        cuts.sort_unstable();
        cuts.dedup();
        let mut pieces: Vec<Vec<StateId>> = vec![sinks; cuts.len()];
        for (ranges, next) in &reads {
            for &(first, last) in *ranges {
                let from = cuts.partition_point(|&cut| cut < first as u32);
                let to = cuts.partition_point(|&cut| cut <= last as u32);
                for piece in pieces.iter_mut().take(to).skip(from) {
                    piece.push(*next);
                }
            }
        }
        let ends = cuts.iter().skip(1);
        cuts.iter()
            .zip(ends)
            .zip(pieces)
            .filter_map(|((&from, &to), piece)| Some((representative(from, to)?, piece)))
            .collect()
    }

    /// What is active once `targets` are, without the states of predicates that are true already.
    fn settle(&mut self, targets: Vec<StateId>, at_start: bool) -> Active {
        let mut active = Vec::new();
        self.close(targets, (at_start, false), &mut active);
        let mut sunk: Vec<_> = active
            .iter()
            .filter(|&&id| matches!(self.nfa.state(id), State::Sink))
            .map(|&id| self.nfa.owner(id))
            .collect();
        if !sunk.is_empty() {
            sunk.sort_unstable();
            active.retain(|&id| {
                matches!(self.nfa.state(id), State::Sink) || sunk.binary_search(&self.nfa.owner(id)).is_err()
            });
        }
        active.sort_unstable();
        active
    }

    /// Follows all ways that read nothing.
    fn close(&mut self, mut pending: Vec<StateId>, (at_start, at_end): (bool, bool), out: &mut Vec<StateId>) {
        self.round += 1;
        while let Some(id) = pending.pop() {
            match self.visited.get_mut(id as usize) {
                Some(round) if *round != self.round => *round = self.round,
                Some(_) | None => continue,
            }
            match self.nfa.state(id) {
                State::Split(branches) => pending.extend(branches),
                State::Start(next) if at_start => pending.push(*next),
                State::Start(_) => {}
                State::End(next) if at_end => pending.push(*next),
                State::End(_) | State::Read(..) | State::Accept | State::Sink => out.push(id),
            }
        }
    }
}

/// The most readable character from `from` up to but not including `to`. No character lies in the surrogates.
fn representative(from: u32, to: u32) -> Option<char> {
    const SURROGATES: std::ops::Range<u32> = 0xd800..0xe000;
    let from = if SURROGATES.contains(&from) { SURROGATES.end } else { from };
    let last = to.checked_sub(1)?;
    let last = if SURROGATES.contains(&last) { SURROGATES.start - 1 } else { last };
    let (from, last) = (char::from_u32(from)?, char::from_u32(last)?);
    (from <= last).then(|| alphabet::most_readable(from, last))
}
