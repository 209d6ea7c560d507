//! The search for the cheapest point of each kind.
//!
//! A node is a tuple of residual lists. Its branches are the classes of the next axis that any of the lists depends
//! on, one for each different tuple they leave. Nodes are compared by equality, so the same situation is met once,
//! however many ways lead to it; and a way that is already dearer than the best known end is not followed.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use super::problem::{Axis, Problem};
use super::region;
use super::residual::{ListId, Residuals};
use super::weight::Weight;
use super::{Budget, Terminal};
use crate::space::Unknown;

/// The class chosen on each axis that matters. On every other axis any class will do, so the first is meant.
pub(super) type Point = BTreeMap<usize, usize>;

/// How many combinations of answers are tried to see which kinds a node can still lead to.
const MOST_COMBINATIONS: usize = 4096;

/// How many axes there may be. The search recurses once for each.
const MOST_AXES: usize = 1000;

/// How much memory, in cubes of residual lists, and how many visits the budget grants for each node.
const PER_NODE: usize = 64;

/// How much time, in cubes read, the budget grants for each node.
const WORK_PER_NODE: usize = 2000;

type NodeId = usize;

/// The answers a list may give, after the place of the first list that is equal to it.
type Answers = (usize, Rc<BTreeSet<Terminal>>);

/// The kinds a node may lead to; nothing if any is possible.
type Possible<K> = Option<Rc<BTreeSet<K>>>;

struct Node<K> {
    lists: Vec<ListId>,
    axis: Option<usize>,
    possible: Possible<K>,
    branches: Option<Rc<[Branch]>>,
}

#[derive(Clone, Copy)]
struct Branch {
    weight: Weight,
    class: usize,
    child: NodeId,
}

/// What is known about a node and the kind searched for.
#[derive(Clone, Copy)]
enum Known {
    /// The least weight, and the branch that leads there unless the node is an end.
    Exact(Weight, Option<Branch>),
    /// There is no end of less weight.
    NoneBelow(Weight),
}

/// The cheapest point for each of `kinds` that is possible at all.
pub(super) fn cheapest<K: Ord + Copy>(
    problem: &Problem,
    kinds: &[K],
    judge: &dyn Fn(&[Terminal]) -> Option<K>,
    budget: Budget,
) -> Result<BTreeMap<K, Point>, Unknown> {
    let mut search = Search::new(problem, judge, budget)?;
    let mut found = BTreeMap::new();
    for &kind in kinds {
        if let Some(point) = search.cheapest(kind)? {
            found.insert(kind, point);
        }
    }
    Ok(found)
}

/// The state of a search, shared by all kinds.
pub(super) struct Search<'p, K> {
    axes: &'p [Axis],
    judge: &'p dyn Fn(&[Terminal]) -> Option<K>,
    budget: Budget,
    /// Whether the last list is not one of the system but says where the others can differ.
    has_region: bool,
    residuals: Residuals,
    nodes: Vec<Node<K>>,
    ids: BTreeMap<Vec<ListId>, NodeId>,
    possible: BTreeMap<Vec<Answers>, Possible<K>>,
    root: NodeId,
    visits: usize,
    known: BTreeMap<NodeId, Known>,
}

impl<'p, K: Ord + Copy> Search<'p, K> {
    /// A search that has visited nothing yet.
    pub(super) fn new(
        problem: &'p Problem,
        judge: &'p dyn Fn(&[Terminal]) -> Option<K>,
        budget: Budget,
    ) -> Result<Self, Unknown> {
        if problem.axes.len() > MOST_AXES {
            return Err(Unknown::Budget);
        }
        let region = region_of(problem, judge);
        let mut residuals = Residuals::default();
        let lists = problem.lists.iter().chain(&region).map(|list| residuals.whole(list)).collect();
        let mut search = Search {
            axes: &problem.axes,
            judge,
            budget,
            has_region: region.is_some(),
            residuals,
            nodes: Vec::new(),
            ids: BTreeMap::new(),
            possible: BTreeMap::new(),
            root: 0,
            visits: 0,
            known: BTreeMap::new(),
        };
        search.root = search.node(lists)?;
        Ok(search)
    }

    /// The cheapest point of this kind, or the proof that there is none.
    pub(super) fn cheapest(&mut self, kind: K) -> Result<Option<Point>, Unknown> {
        self.known.clear();
        let found = self.search(self.root, kind, Weight::INFINITE)?;
        Ok(found.map(|_| self.point()))
    }

    /// How many nodes have been met.
    #[cfg(test)]
    pub(super) fn nodes(&self) -> usize {
        self.nodes.len()
    }

    /// The least weight from `node` to an end of this kind, if it is less than `limit`.
    fn search(&mut self, id: NodeId, kind: K, limit: Weight) -> Result<Option<Weight>, Unknown> {
        match self.known.get(&id) {
            Some(Known::Exact(weight, _)) => return Ok(Some(*weight).filter(|w| *w < limit)),
            Some(Known::NoneBelow(bound)) if limit <= *bound => return Ok(None),
            Some(Known::NoneBelow(_)) | None => {}
        }
        let Some(node) = self.nodes.get(id) else { return Ok(None) };
        if node.possible.as_ref().is_some_and(|kinds| !kinds.contains(&kind)) {
            return Ok(None);
        }
        if node.axis.is_none() {
            // An end: its only combination of answers is of this kind.
            self.known.insert(id, Known::Exact(Weight::default(), None));
            return Ok(Some(Weight::default()).filter(|weight| *weight < limit));
        }
        self.visits += 1;
        if self.visits > self.budget.nodes.saturating_mul(PER_NODE) {
            return Err(Unknown::Budget);
        }
        let mut best = None;
        let mut bound = limit;
        for &branch in self.branches(id)?.iter() {
            if branch.weight >= bound {
                break;
            }
            if let Some(weight) = self.search(branch.child, kind, bound - branch.weight)? {
                bound = weight + branch.weight;
                best = Some(branch);
            }
        }
        let known = if best.is_some() { Known::Exact(bound, best) } else { Known::NoneBelow(limit) };
        self.known.insert(id, known);
        Ok(best.map(|_| bound))
    }

    /// The choices on the way that the last search found.
    fn point(&self) -> Point {
        let mut point = Point::new();
        let mut id = self.root;
        while let Some(Known::Exact(_, Some(branch))) = self.known.get(&id) {
            if let Some(axis) = self.nodes.get(id).and_then(|node| node.axis) {
                point.insert(axis, branch.class);
            }
            id = branch.child;
        }
        point
    }

    /// The branches of a node, the cheapest first.
    fn branches(&mut self, id: NodeId) -> Result<Rc<[Branch]>, Unknown> {
        let Some(Node { lists, axis: Some(number), branches, .. }) = self.nodes.get(id) else {
            return Ok(Rc::from([]));
        };
        if let Some(branches) = branches {
            return Ok(Rc::clone(branches));
        }
        let (lists, number) = (lists.clone(), *number);
        let Some(axis) = self.axes.get(number) else { return Ok(Rc::from([])) };
        let cheapest = axis.classes.first().map(|class| class.cost.into()).unwrap_or_default();
        let mut met = BTreeSet::new();
        let mut branches = Vec::new();
        for class in self.groups(&lists, number, axis) {
            let Some(child) = self.child(&lists, number, axis, class)? else { continue };
            if met.insert(child) {
                let cost = axis.classes.get(class).map(|class| class.cost).unwrap_or_default();
                branches.push(Branch { weight: Weight::from(cost) - cheapest, class, child });
            }
        }
        let branches: Rc<[Branch]> = branches.into();
        if let Some(node) = self.nodes.get_mut(id) {
            node.branches = Some(Rc::clone(&branches));
        }
        Ok(branches)
    }

    /// The cheapest class of each group that no set of these lists on this axis tells apart, the cheapest first.
    fn groups(&self, lists: &[ListId], number: usize, axis: &Axis) -> Vec<usize> {
        let sets: BTreeSet<_> = lists.iter().flat_map(|&list| self.residuals.sets(list, number)).collect();
        // A class is described by the sets in which it is an exception.
        let mut exceptions: BTreeMap<usize, Vec<_>> = BTreeMap::new();
        for id in sets {
            for &class in axis.sets.get(id).iter().flat_map(|set| &set.exceptions) {
                exceptions.entry(class).or_default().push(id);
            }
        }
        let ordinary = (0..axis.classes.len()).find(|class| !exceptions.contains_key(class));
        let mut met = BTreeSet::new();
        let mut groups: Vec<_> =
            exceptions.iter().filter(|(_, sets)| met.insert(*sets)).map(|(class, _)| *class).chain(ordinary).collect();
        groups.sort_unstable();
        groups
    }

    /// The node that choosing `class` leads to; nothing if it lies outside the region.
    fn child(&mut self, lists: &[ListId], number: usize, axis: &Axis, class: usize) -> Result<Option<NodeId>, Unknown> {
        let is_inside = |set| axis.sets.get(set).is_some_and(|set| set.bits.contains(class));
        let mut left: BTreeMap<ListId, ListId> = BTreeMap::new();
        if self.has_region
            && let Some(&last) = lists.last()
        {
            let region = self.residuals.restrict(last, number, is_inside);
            if self.residuals.constant(region) == Some(region::OUTSIDE) {
                return Ok(None);
            }
            left.insert(last, region);
        }
        let mut children = Vec::with_capacity(lists.len());
        for &list in lists {
            let child = match left.get(&list) {
                Some(&child) => child,
                None => self.residuals.restrict(list, number, is_inside),
            };
            left.insert(list, child);
            children.push(child);
        }
        self.node(children).map(Some)
    }

    /// The node of these lists, which is added if it is new.
    fn node(&mut self, lists: Vec<ListId>) -> Result<NodeId, Unknown> {
        if let Some(&id) = self.ids.get(&lists) {
            return Ok(id);
        }
        let grants = |per_node| self.budget.nodes.saturating_mul(per_node);
        if self.nodes.len() >= self.budget.nodes
            || self.residuals.entries() > grants(PER_NODE)
            || self.residuals.work() > grants(WORK_PER_NODE)
        {
            return Err(Unknown::Budget);
        }
        let id = self.nodes.len();
        let axis = lists.iter().filter_map(|&list| self.residuals.axis(list)).min();
        let possible = self.possible(&lists);
        self.ids.insert(lists.clone(), id);
        self.nodes.push(Node { lists, axis, possible, branches: None });
        Ok(id)
    }

    /// The kinds that the answers still possible can give. Equal lists give equal answers.
    fn possible(&mut self, lists: &[ListId]) -> Possible<K> {
        let key: Vec<_> = lists
            .iter()
            .map(|list| {
                let twin = lists.iter().position(|other| other == list).unwrap_or_default();
                (twin, self.residuals.terminals(*list))
            })
            .collect();
        if let Some(possible) = self.possible.get(&key) {
            return possible.clone();
        }
        let possible = self.judge_all(&key);
        self.possible.insert(key, possible.clone());
        possible
    }

    fn judge_all(&self, key: &[Answers]) -> Possible<K> {
        let mut combinations: Vec<Vec<Terminal>> = vec![Vec::new()];
        for (twin, terminals) in key {
            let extended = combinations.iter().flat_map(|start| {
                let next: Vec<_> = match start.get(*twin).copied() {
                    Some(terminal) => vec![terminal],
                    None => terminals.iter().copied().collect(),
                };
                next.into_iter().map(move |terminal| [start.as_slice(), &[terminal]].concat())
            });
            combinations = extended.take(MOST_COMBINATIONS + 1).collect();
            if combinations.len() > MOST_COMBINATIONS {
                return None;
            }
        }
        let kinds = combinations.iter().filter_map(|answers| self.judge(answers)).collect();
        Some(Rc::new(kinds))
    }

    fn judge(&self, answers: &[Terminal]) -> Option<K> {
        match answers.split_last() {
            Some((&region::OUTSIDE, _)) if self.has_region => None,
            Some((_, answers)) if self.has_region => (self.judge)(answers),
            Some(_) | None => (self.judge)(answers),
        }
    }
}

/// Where two lists can differ, if the judge has nothing to say where they agree.
fn region_of<K>(problem: &Problem, judge: &dyn Fn(&[Terminal]) -> Option<K>) -> Option<super::cube::SetList> {
    let [a, b] = problem.lists.as_slice() else { return None };
    let terminals: BTreeSet<_> =
        [a, b].into_iter().flat_map(|list| list.cubes.iter().map(|cube| cube.terminal).chain([list.default])).collect();
    let silent = terminals.into_iter().all(|terminal| judge(&[terminal, terminal]).is_none());
    if silent { region::of_difference(a, b) } else { None }
}
