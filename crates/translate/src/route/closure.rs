//! The closure: a list of exact paths and prefixes of segments gets, for each pair that the order of an HTTPRoute would
//! take the wrong way round, the requests that both match as an entry of its own, which every order takes first.
//!
//! An intersection is at least as specific as each of the two in every part of the sort key, so that the result is right
//! for any implementation of Gateway API.

use s2a_model::route::sort_key;

use super::atom::Atom;
use super::holes::narrowed;
use super::ladder::conflicts;
use super::overlap::intersection;

/// More entries than a reader can follow.
const MAX_ENTRIES: usize = 64;

/// The list with the intersections that it needs, each behind the entry of the list that it comes from. `None` if one of
/// them cannot be written, or there are too many.
pub(super) fn close(atoms: &[Atom]) -> Option<Vec<(usize, Atom)>> {
    let mut all: Vec<(usize, Atom)> = atoms.iter().cloned().enumerate().collect();
    while let Some((index, missing)) = first_missing(&all)? {
        all.retain(|(other, atom)| {
            atom.condition_without_origin() != missing.condition_without_origin() || *other < index
        });
        all.push((index, missing));
        all.sort_by_key(|(index, _)| *index);
        if all.len() > MAX_ENTRIES {
            return None;
        }
    }
    Some(all)
}

/// The intersection of a pair in the wrong order that is not there yet; outer `None` if it cannot be written.
#[expect(clippy::option_option, reason = "nothing is missing, or what is missing cannot be written")]
fn first_missing(all: &[(usize, Atom)]) -> Option<Option<(usize, Atom)>> {
    for (index, earlier) in all {
        for (_, later) in all.iter().filter(|(other, _)| other > index) {
            let wrong = sort_key(&later.condition) < sort_key(&earlier.condition) && conflicts(earlier, later);
            if !wrong {
                continue;
            }
            let both = narrowed(earlier, intersection(&earlier.condition, &later.condition)?)?;
            let settled = |(other, atom): &(usize, Atom)| {
                other <= index && atom.condition_without_origin() == both.condition_without_origin()
            };
            if !all.iter().any(settled) {
                return Some(Some((*index, both)));
            }
        }
    }
    Some(None)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::ladder::is_natural;
    use super::super::sample::{decision, expressible_list, requests};
    use super::*;

    proptest! {
        #![proptest_config(ProptestConfig { cases: 200, max_shrink_iters: 600, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn a_closed_list_decides_as_the_first_match_did(atoms in expressible_list(), requests in requests()) {
            let atoms: Vec<Atom> = atoms.into_iter().filter(is_natural).collect();
            if let Some(closed) = close(&atoms) {
                let mut sorted: Vec<Atom> = closed.into_iter().map(|(_, atom)| atom).collect();
                sorted.sort_by_key(|atom| sort_key(&atom.condition));
                for request in &requests.0 {
                    prop_assert_eq!(decision(&sorted, request), decision(&atoms, request), "{:?} in {:?}", request, sorted);
                }
            }
        }
    }
}
