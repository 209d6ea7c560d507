//! A system over finitely many classes.

use std::collections::{BTreeMap, BTreeSet};

use super::bits::Bits;
use super::cube::{Condition, Restriction, SetCube, SetList, Sets};
use super::{Budget, Cube, List, System, normalise};
use crate::space::{Class, Cost, Demand, Dimension, KnownClasses, Literal, Predicate, Unknown, holds};

/// One dimension with its classes. Axes are numbered in the order of the search.
pub(super) struct Axis {
    pub(super) dimension: Dimension,
    /// The classes that the assumptions admit, the cheapest first.
    pub(super) classes: Vec<Class>,
    pub(super) sets: Sets,
    /// For each predicate the classes that satisfy it.
    truth: BTreeMap<Predicate, Bits>,
}

/// A system over finitely many classes, in normal form.
pub(super) struct Problem {
    pub(super) axes: Vec<Axis>,
    pub(super) lists: Vec<SetList>,
}

impl Problem {
    /// Translates a system; nothing if the assumptions admit no request.
    pub(super) fn new(system: &System, budget: Budget, known: &KnownClasses) -> Result<Option<Self>, Unknown> {
        let mut axes = axes(system, budget, known)?;
        if axes.iter().any(|axis| axis.classes.is_empty()) {
            return Ok(None);
        }
        let numbers: BTreeMap<Dimension, usize> =
            (0..).zip(&axes).map(|(number, axis)| (axis.dimension.clone(), number)).collect();
        let mut lists = Vec::new();
        for list in &system.lists {
            let cubes = list.cubes.iter().filter_map(|cube| set_cube(cube, &numbers, &mut axes)).collect();
            lists.push(normalise::list(SetList { cubes, default: list.default }, &mut axes));
        }
        Ok(Some(Problem { axes, lists }))
    }
}

impl Axis {
    /// The classes of which the literal is true.
    fn members(&self, literal: &Literal) -> Bits {
        members(&self.truth, self.classes.len(), literal)
    }

    /// Adds a set of classes as a condition.
    pub(super) fn restrict(&mut self, bits: Bits) -> Restriction {
        self.sets.restrict(bits)
    }
}

/// All literals of the cubes, list by list.
fn literals(lists: &[List]) -> impl Iterator<Item = &Literal> {
    lists.iter().flat_map(|list| &list.cubes).flat_map(|cube| &cube.literals)
}

/// The axes, those first that many cubes and many classes depend on: they split the lists most.
fn axes(system: &System, budget: Budget, known: &KnownClasses) -> Result<Vec<Axis>, Unknown> {
    let mut named: BTreeMap<&Dimension, BTreeSet<Predicate>> = BTreeMap::new();
    let mut uses: BTreeMap<&Dimension, usize> = BTreeMap::new();
    for literal in literals(&system.lists) {
        *uses.entry(&literal.dimension).or_default() += 1;
    }
    for literal in literals(&system.lists).chain(&system.assume) {
        named.entry(&literal.dimension).or_default().insert(literal.predicate.canonical());
    }
    let mut axes = Vec::new();
    for (dimension, predicates) in named {
        let uses = uses.get(dimension).copied().unwrap_or_default();
        let free = (uses == 0).then(|| free_axis(dimension, system)).flatten();
        let axis = match free {
            Some(axis) => axis,
            None => {
                let predicates: Vec<_> = predicates.into_iter().collect();
                let demand = Demand { lines: lines(dimension, system), most: budget.classes };
                let classes = known.classes(dimension, &predicates, &system.domains, demand)?;
                axis(dimension, &predicates, &classes, &system.assume)
            }
        };
        axes.push((uses.saturating_mul(axis.classes.len()), axis));
    }
    axes.sort_by(|(a, _), (b, _)| b.cmp(a));
    Ok(axes.into_iter().map(|(_, axis)| axis).collect())
}

/// The axis of a dimension that no list looks at: any value that is assumed possible will do, so the plain one does,
/// unless it is assumed away.
fn free_axis(dimension: &Dimension, system: &System) -> Option<Axis> {
    let example = system.domains.plain(dimension);
    let mut assumed = system.assume.iter().filter(|literal| literal.dimension == *dimension);
    let plain = Class { signature: Vec::new(), example, cost: Cost::default() };
    assumed.all(|literal| holds(literal, &plain.example)).then(|| Axis {
        dimension: dimension.clone(),
        classes: vec![plain],
        sets: Sets::default(),
        truth: BTreeMap::new(),
    })
}

/// The axis of a dimension with those of its classes that the assumptions admit.
fn axis(dimension: &Dimension, predicates: &[Predicate], classes: &[Class], assume: &[Literal]) -> Axis {
    let all = truth(predicates, classes);
    let admitted = assume
        .iter()
        .filter(|literal| literal.dimension == *dimension)
        .map(|literal| members(&all, classes.len(), literal))
        .fold(Bits::all(classes.len()), |admitted, members| admitted.and(&members));
    let classes: Vec<Class> = admitted.members().filter_map(|index| classes.get(index).cloned()).collect();
    Axis { dimension: dimension.clone(), truth: truth(predicates, &classes), classes, sets: Sets::default() }
}

/// Of so many classes those of which the literal is true.
fn members(truth: &BTreeMap<Predicate, Bits>, classes: usize, literal: &Literal) -> Bits {
    let truth = truth.get(&literal.predicate.canonical()).cloned().unwrap_or_else(|| Bits::none(classes));
    if literal.negated { truth.complement() } else { truth }
}

/// For each predicate the classes that satisfy it.
fn truth(predicates: &[Predicate], classes: &[Class]) -> BTreeMap<Predicate, Bits> {
    let mut truth = vec![Bits::none(classes.len()); predicates.len()];
    for (number, class) in classes.iter().enumerate() {
        for &index in &class.signature {
            if let Some(bits) = truth.get_mut(index as usize) {
                bits.insert(number);
            }
        }
    }
    predicates.iter().cloned().zip(truth).collect()
}

/// How many lines of one value can matter.
///
/// From any request lines may be taken away without changing which cubes come first, as long as one line remains for
/// every literal of those cubes and of the assumptions, and one for every predicate that is negated anywhere: a
/// positive literal can only become false by it, and no negated one changes.
fn lines(dimension: &Dimension, system: &System) -> usize {
    let positive = |literals: &[Literal]| {
        literals.iter().filter(|literal| literal.dimension == *dimension && !literal.negated).count()
    };
    let most = |list: &List| list.cubes.iter().map(|cube| positive(&cube.literals)).max();
    let kept: usize = system.lists.iter().filter_map(most).sum();
    let negated: BTreeSet<_> = literals(&system.lists)
        .filter(|literal| literal.dimension == *dimension && literal.negated)
        .map(|literal| literal.predicate.canonical())
        .collect();
    kept + positive(&system.assume) + negated.len()
}

/// The cube over sets of classes; nothing if no request satisfies it.
fn set_cube(cube: &Cube, numbers: &BTreeMap<Dimension, usize>, axes: &mut [Axis]) -> Option<SetCube> {
    let mut members: BTreeMap<usize, Bits> = BTreeMap::new();
    for literal in &cube.literals {
        let number = *numbers.get(&literal.dimension)?;
        let bits = axes.get(number)?.members(literal);
        let both = members.get(&number).map(|known| known.and(&bits));
        members.insert(number, both.unwrap_or(bits));
    }
    let mut conditions: Vec<Condition> = Vec::new();
    for (number, bits) in members {
        match axes.get_mut(number)?.restrict(bits) {
            Restriction::Never => return None,
            Restriction::Always => {}
            Restriction::Some(set) => conditions.push((number, set)),
        }
    }
    Some(SetCube { conditions, terminal: cube.terminal })
}
