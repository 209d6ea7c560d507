//! The paths that a proxy can see.
//!
//! Measured on Envoy 1.40: without normalisation any printable path passes; with it, dot segments, backslashes, `"`,
//! `|` and escapes of unreserved characters are gone, while malformed escapes (`%zz`, a last `%`) stay as they are.

use std::collections::{BTreeMap, VecDeque};

use super::PathNormalization;
use crate::space::nfa::{DOMAIN, Nfa, State, StateId, TooLarge};

/// What matters of the path read so far.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Place {
    /// Nothing read.
    Init,
    /// After a slash.
    Start,
    /// The segment is `.`.
    Dot,
    /// The segment is `..`.
    Dots,
    /// Anywhere else in a segment.
    Inside,
    /// After `%`.
    Percent,
    /// After `%` and this digit, of those that can begin an escape that does not occur.
    Escape(u8),
}

/// Adds the automaton of all paths under `mode`.
pub(super) fn add_domain(mode: PathNormalization, nfa: &mut Nfa) -> Result<(), TooLarge> {
    let mut entries = BTreeMap::new();
    let init = entry(Place::Init, nfa, &mut entries)?;
    nfa.add_start(init);
    let mut queue = VecDeque::from([Place::Init]);
    while let Some(place) = queue.pop_front() {
        let mut branches = Vec::new();
        if may_end(place) {
            branches.push(nfa.add(DOMAIN, State::Accept)?);
        }
        for (next, ranges) in steps(mode, place) {
            if !entries.contains_key(&next) {
                queue.push_back(next);
            }
            let target = entry(next, nfa, &mut entries)?;
            branches.push(nfa.add(DOMAIN, State::Read(ranges, target))?);
        }
        let from = entry(place, nfa, &mut entries)?;
        nfa.set_split(from, branches);
    }
    Ok(())
}

fn entry(place: Place, nfa: &mut Nfa, entries: &mut BTreeMap<Place, StateId>) -> Result<StateId, TooLarge> {
    if let Some(&id) = entries.get(&place) {
        return Ok(id);
    }
    let id = nfa.add(DOMAIN, State::Split(Vec::new()))?;
    entries.insert(place, id);
    Ok(id)
}

fn may_end(place: Place) -> bool {
    match place {
        Place::Init | Place::Dot | Place::Dots => false,
        Place::Start | Place::Inside | Place::Percent | Place::Escape(_) => true,
    }
}

/// Where each character leads, gathered by the place it leads to.
fn steps(mode: PathNormalization, place: Place) -> BTreeMap<Place, Vec<(char, char)>> {
    let mut steps: BTreeMap<Place, Vec<(char, char)>> = BTreeMap::new();
    for c in '!'..='~' {
        if let Some(next) = step(mode, place, c) {
            steps.entry(next).or_default().push((c, c));
        }
    }
    steps
}

fn step(mode: PathNormalization, place: Place, c: char) -> Option<Place> {
    if matches!(c, '?' | '#') || (place == Place::Init && c != '/') {
        return None;
    }
    if mode == PathNormalization::None {
        return Some(Place::Inside);
    }
    match (place, c) {
        (_, '\\' | '"' | '|') => None,
        (Place::Percent, c) if c.is_ascii_hexdigit() => Some(first_digit(c)),
        (Place::Escape(high), c) if c.is_ascii_hexdigit() => {
            let code = u8::try_from(c.to_digit(16)?).ok()? + high * 16;
            may_stay_escaped(mode, code).then_some(Place::Inside)
        }
        (_, '%') => Some(Place::Percent),
        (Place::Start, '/') if mode != PathNormalization::Base => None,
        (Place::Dot | Place::Dots, '/' | ';') => None,
        (_, '/') => Some(Place::Start),
        (Place::Start, '.') => Some(Place::Dot),
        (Place::Dot, '.') => Some(Place::Dots),
        _ => Some(Place::Inside),
    }
}

/// The first digit of an escape, forgotten if every second digit may follow it.
fn first_digit(c: char) -> Place {
    match c.to_digit(16).and_then(|digit| u8::try_from(digit).ok()) {
        Some(digit @ (0 | 2..=7)) => Place::Escape(digit),
        Some(_) | None => Place::Inside,
    }
}

/// Whether an escape of this byte survives normalisation. A request with `%00` is refused.
fn may_stay_escaped(mode: PathNormalization, code: u8) -> bool {
    let unreserved = code.is_ascii_alphanumeric() || b"-._~".contains(&code);
    let slash = mode == PathNormalization::DecodeAndMergeSlashes && b"/\\".contains(&code);
    code != 0 && !unreserved && !slash
}
