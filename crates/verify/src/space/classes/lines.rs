//! Values of several lines, where a predicate holds if some line satisfies it.

use std::collections::{BTreeMap, BTreeSet};

use super::{Demand, Signature};
use crate::space::nfa::TooLarge;
use crate::space::{Cost, Value};

/// The most unions that are kept.
const MOST_UNIONS: usize = 4096;

/// A union under way: what it costs, and the lines it is made of.
type Candidate = (Cost, Vec<usize>);

/// The unions of up to `demand.lines` of the signatures of single lines, each with its cheapest lines.
pub(super) fn unions(singles: &[(Signature, String)], demand: Demand) -> Result<Vec<(Signature, Value)>, TooLarge> {
    let most = MOST_UNIONS.min(demand.most);
    let mut done: BTreeSet<Signature> = BTreeSet::new();
    let mut found = Vec::new();
    // One round for each number of lines: a value with fewer lines is always the cheaper one.
    let mut frontier: BTreeMap<Signature, Candidate> = BTreeMap::from([(Signature::new(), Candidate::default())]);
    for _ in 0..demand.lines.max(1) {
        let mut next: BTreeMap<Signature, Candidate> = BTreeMap::new();
        for (signature, candidate) in &frontier {
            for (index, (single, text)) in singles.iter().enumerate() {
                let union = union(signature, single);
                if !done.contains(&union) {
                    offer(&mut next, union, extend(candidate, index, text));
                }
            }
            if next.len() + done.len() > most {
                return Err(TooLarge);
            }
        }
        for (signature, (_, lines)) in &next {
            done.insert(signature.clone());
            found.push((signature.clone(), value(singles, lines)));
        }
        frontier = next;
        if frontier.is_empty() {
            break;
        }
    }
    Ok(found)
}

fn union(a: &[u32], b: &[u32]) -> Signature {
    let mut all = [a, b].concat();
    all.sort_unstable();
    all.dedup();
    all
}

fn extend((cost, lines): &Candidate, index: usize, text: &str) -> Candidate {
    let mut lines = lines.clone();
    lines.push(index);
    lines.sort_unstable();
    (*cost + Cost::of_text(text), lines)
}

fn offer(candidates: &mut BTreeMap<Signature, Candidate>, union: Signature, candidate: Candidate) {
    let best = candidates.entry(union).or_insert_with(|| candidate.clone());
    if candidate < *best {
        *best = candidate;
    }
}

fn value(singles: &[(Signature, String)], lines: &[usize]) -> Value {
    let mut texts: Vec<_> =
        lines.iter().filter_map(|&index| singles.get(index)).map(|(_, text)| text.clone()).collect();
    match texts.pop() {
        Some(only) if texts.is_empty() => Value::Text(only),
        last => {
            texts.extend(last);
            Value::Lines(texts)
        }
    }
}
