//! What is left of a list once the classes of some axes are chosen.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use super::Terminal;
use super::cube::{Condition, SetId, SetList};

/// The index of a residual list.
pub(super) type ListId = u32;

/// The index of the conditions of a cube from some axis on; 0 if there are none.
type TailId = u32;

/// A cube without conditions.
const END: TailId = 0;

/// The conditions of a cube from some axis on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Tail {
    condition: Condition,
    rest: TailId,
}

/// What is left of a list.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Residual {
    cubes: Vec<(TailId, Terminal)>,
    default: Terminal,
}

/// A list and what is often asked of it.
struct Known {
    residual: Rc<Residual>,
    axis: Option<usize>,
    terminals: Rc<BTreeSet<Terminal>>,
}

/// All residual lists met so far, each once: two with the same index are equal.
#[derive(Default)]
pub(super) struct Residuals {
    tails: Vec<Tail>,
    tail_ids: BTreeMap<Tail, TailId>,
    lists: Vec<Known>,
    list_ids: BTreeMap<Rc<Residual>, ListId>,
    entries: usize,
    work: usize,
}

impl Residuals {
    /// The index of a whole list.
    pub(super) fn whole(&mut self, list: &SetList) -> ListId {
        let mut cubes = Vec::with_capacity(list.cubes.len());
        for cube in &list.cubes {
            let tail = cube.conditions.iter().rev().fold(END, |rest, &condition| self.tail(Tail { condition, rest }));
            cubes.push((tail, cube.terminal));
        }
        self.list(cubes, list.default)
    }

    /// The index of what is left of a list once the class on `axis`, the least that any cube has a condition on, is
    /// chosen so that it lies in those sets that `is_inside` names.
    pub(super) fn restrict(&mut self, id: ListId, axis: usize, is_inside: impl Fn(SetId) -> bool) -> ListId {
        let Some(list) = self.get(id) else { return id };
        self.work = self.work.saturating_add(list.cubes.len());
        let cubes = list.cubes.iter().filter_map(|&(tail, terminal)| match self.head(tail) {
            Some(head) if head.condition.0 == axis => is_inside(head.condition.1).then_some((head.rest, terminal)),
            Some(_) | None => Some((tail, terminal)),
        });
        let cubes = cubes.collect();
        self.list(cubes, list.default)
    }

    /// The least axis that any cube of the list has a condition on.
    pub(super) fn axis(&self, id: ListId) -> Option<usize> {
        self.lists.get(id as usize)?.axis
    }

    /// The sets that cubes of the list name on `axis`.
    pub(super) fn sets(&self, id: ListId, axis: usize) -> impl Iterator<Item = SetId> {
        self.heads(id).filter(move |(head, _)| *head == axis).map(|(_, set)| set)
    }

    /// The answers the list may give.
    pub(super) fn terminals(&self, id: ListId) -> Rc<BTreeSet<Terminal>> {
        self.lists.get(id as usize).map(|list| Rc::clone(&list.terminals)).unwrap_or_default()
    }

    /// The answer of a list in which no cube is left.
    pub(super) fn constant(&self, id: ListId) -> Option<Terminal> {
        let list = self.get(id)?;
        list.cubes.is_empty().then_some(list.default)
    }

    /// How many cubes all lists hold together: the measure of memory.
    pub(super) fn entries(&self) -> usize {
        self.entries
    }

    /// How many cubes have been read: the measure of time.
    pub(super) fn work(&self) -> usize {
        self.work
    }

    fn get(&self, id: ListId) -> Option<Rc<Residual>> {
        self.lists.get(id as usize).map(|list| Rc::clone(&list.residual))
    }

    fn head(&self, tail: TailId) -> Option<Tail> {
        self.tails.get(tail.checked_sub(1)? as usize).copied()
    }

    fn heads(&self, id: ListId) -> impl Iterator<Item = Condition> {
        let cubes = self.lists.get(id as usize).into_iter().flat_map(|list| &list.residual.cubes);
        cubes.filter_map(|(tail, _)| self.head(*tail)).map(|head| head.condition)
    }

    fn tail(&mut self, tail: Tail) -> TailId {
        if let Some(&id) = self.tail_ids.get(&tail) {
            return id;
        }
        self.tails.push(tail);
        let id = TailId::try_from(self.tails.len()).unwrap_or(TailId::MAX);
        self.tail_ids.insert(tail, id);
        id
    }

    fn list(&mut self, cubes: Vec<(TailId, Terminal)>, default: Terminal) -> ListId {
        let residual = normal(cubes, default);
        if let Some(&id) = self.list_ids.get(&residual) {
            return id;
        }
        let id = ListId::try_from(self.lists.len()).unwrap_or(ListId::MAX);
        self.entries += residual.cubes.len() + 1;
        let residual = Rc::new(residual);
        self.lists.push(self.known(Rc::clone(&residual)));
        self.list_ids.insert(residual, id);
        id
    }

    fn known(&self, residual: Rc<Residual>) -> Known {
        let heads = residual.cubes.iter().filter_map(|(tail, _)| self.head(*tail));
        let axis = heads.map(|head| head.condition.0).min();
        let answers = residual.cubes.iter().map(|(_, terminal)| *terminal);
        let terminals = Rc::new(answers.chain([residual.default]).collect());
        Known { residual, axis, terminals }
    }
}

/// A list without cubes that can never decide, and with those sorted whose order does not matter.
fn normal(cubes: Vec<(TailId, Terminal)>, default: Terminal) -> Residual {
    let mut kept: Vec<(TailId, Terminal)> = Vec::with_capacity(cubes.len());
    let mut seen = BTreeSet::new();
    let mut default = default;
    for (tail, terminal) in cubes {
        if tail == END {
            default = terminal;
            break;
        }
        if seen.insert(tail) {
            kept.push((tail, terminal));
        }
    }
    while kept.pop_if(|(_, terminal)| *terminal == default).is_some() {}
    kept.chunk_by_mut(|a, b| a.1 == b.1).for_each(<[_]>::sort_unstable);
    Residual { cubes: kept, default }
}
