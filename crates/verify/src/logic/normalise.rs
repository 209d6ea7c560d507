//! Bringing lists that mean the same to the same form, as far as that is cheap.
//!
//! Not complete: two lists may mean the same and keep different forms. It undoes what translators do, such as writing
//! one cube as several.

use std::collections::{BTreeMap, BTreeSet};

use super::Terminal;
use super::bits::Bits;
use super::cube::{Condition, Restriction, SetCube, SetList};
use super::problem::Axis;

/// How often the cubes of a run are fused along every axis. More rounds find more, each at the same price.
const ROUNDS: usize = 2;

/// A list that means the same as `list`.
pub(super) fn list(list: SetList, axes: &mut [Axis]) -> SetList {
    let mut list = cut(list);
    let mut cubes = Vec::with_capacity(list.cubes.len());
    for (terminal, mut run) in runs(list.cubes) {
        let used: BTreeSet<_> = run.iter().flatten().map(|(axis, _)| *axis).collect();
        for _ in 0..ROUNDS {
            run = used.iter().fold(run, |run, &axis| fuse(run, axis, axes));
        }
        run.sort();
        cubes.extend(run.into_iter().map(|conditions| SetCube { conditions, terminal }));
    }
    list.cubes = cubes;
    cut(list)
}

/// Drops what can never decide: repeated cubes, everything after a cube without conditions, and cubes at the end
/// that answer as the default does.
fn cut(list: SetList) -> SetList {
    let SetList { mut cubes, mut default } = list;
    let mut seen = BTreeSet::new();
    cubes.retain(|cube| seen.insert(cube.conditions.clone()));
    if let Some(last) = cubes.iter().position(|cube| cube.conditions.is_empty()) {
        default = cubes.get(last).map_or(default, |cube| cube.terminal);
        cubes.truncate(last);
    }
    while cubes.pop_if(|cube| cube.terminal == default).is_some() {}
    SetList { cubes, default }
}

/// Neighbours with the same answer, whose order does not matter.
fn runs(cubes: Vec<SetCube>) -> Vec<(Terminal, Vec<Vec<Condition>>)> {
    let mut runs: Vec<(Terminal, Vec<Vec<Condition>>)> = Vec::new();
    for cube in cubes {
        match runs.last_mut() {
            Some((terminal, run)) if *terminal == cube.terminal => run.push(cube.conditions),
            Some(_) | None => runs.push((cube.terminal, vec![cube.conditions])),
        }
    }
    runs
}

/// Makes one cube of all that differ only in their condition on `number`.
fn fuse(run: Vec<Vec<Condition>>, number: usize, axes: &mut [Axis]) -> Vec<Vec<Condition>> {
    let Some(axis) = axes.get_mut(number) else { return run };
    let mut groups: BTreeMap<Vec<Condition>, Bits> = BTreeMap::new();
    for mut conditions in run {
        let place = conditions.iter().position(|(axis, _)| *axis == number);
        let set = place.map(|place| conditions.remove(place).1);
        let bits = set
            .and_then(|set| axis.sets.get(set))
            .map(|set| set.bits.clone())
            .unwrap_or_else(|| Bits::all(axis.classes.len()));
        let union = groups.get(&conditions).map(|known| known.or(&bits));
        groups.insert(conditions, union.unwrap_or(bits));
    }
    groups
        .into_iter()
        .filter_map(|(mut conditions, bits)| {
            match axis.restrict(bits) {
                Restriction::Never => return None,
                Restriction::Always => {}
                Restriction::Some(set) => conditions.push((number, set)),
            }
            conditions.sort_unstable();
            Some(conditions)
        })
        .collect()
}
