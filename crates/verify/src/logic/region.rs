//! Where two lists can differ at all.
//!
//! Take two lists with the same default, and take away from each the cubes that the other does not have. If what
//! remains is the same list, then at a request outside all cubes taken away the same cube comes first on both
//! sides. So every difference lies in one of those.

use std::collections::BTreeSet;

use super::Terminal;
use super::cube::{SetCube, SetList};

/// The answer inside the region.
pub(super) const INSIDE: Terminal = 1;

/// The answer outside.
pub(super) const OUTSIDE: Terminal = 0;

/// A list that answers [`INSIDE`] wherever `a` and `b` may differ; nothing if that is not known, or if it would
/// hold so many cubes that it does not help.
pub(super) fn of_difference(a: &SetList, b: &SetList) -> Option<SetList> {
    let only_a = difference(a, b);
    let only_b = difference(b, a);
    let region: BTreeSet<_> = only_a.union(&only_b).copied().cloned().collect();
    if a.default != b.default
        || region.len() * 2 > a.cubes.len() + b.cubes.len()
        || rest(a, &only_a) != rest(b, &only_b)
    {
        return None;
    }
    let conditions: BTreeSet<_> = region.into_iter().map(|cube| cube.conditions).collect();
    let inside = |conditions| SetCube { conditions, terminal: INSIDE };
    Some(SetList { cubes: conditions.into_iter().map(inside).collect(), default: OUTSIDE })
}

fn difference<'l>(a: &'l SetList, b: &SetList) -> BTreeSet<&'l SetCube> {
    let common: BTreeSet<_> = b.cubes.iter().collect();
    a.cubes.iter().filter(|cube| !common.contains(cube)).collect()
}

/// What is left of a list without the cubes `gone`, with every run of the same answer as a set.
fn rest<'l>(list: &'l SetList, gone: &BTreeSet<&SetCube>) -> Vec<BTreeSet<&'l SetCube>> {
    let mut runs: Vec<BTreeSet<&SetCube>> = Vec::new();
    let mut last = None;
    for cube in list.cubes.iter().filter(|cube| !gone.contains(cube)) {
        if last != Some(cube.terminal) {
            runs.push(BTreeSet::new());
            last = Some(cube.terminal);
        }
        if let Some(run) = runs.last_mut() {
            run.insert(cube);
        }
    }
    runs
}
