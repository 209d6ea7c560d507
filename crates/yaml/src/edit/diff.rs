//! From two trees to splices: what is, what should be, and the smallest change of text between them.

use super::SpliceError;
use super::text::{Splice, Text};
use crate::path::{Path, Step};
use crate::write::FlowSyntax;
use crate::{Document, Entry, Node, Span, Style, Syntax, Value};
use serde_json::Map;
use std::collections::{BTreeMap, VecDeque};

type Json = serde_json::Value;
pub(super) type Outcome = Result<(), SpliceError>;

/// Collects the splices that turn nodes into values.
pub(super) struct Diff<'a> {
    pub(super) text: Text<'a>,
    pub(super) syntax: FlowSyntax,
    pub(super) splices: Vec<Splice>,
    pub(super) depth: usize,
}

/// Where a node hangs.
#[derive(Clone, Copy)]
pub(super) enum Slot<'n> {
    Root,
    Entry { entry: &'n Entry, parent: &'n Node },
    Item { parent: &'n Node },
}

impl<'n> Slot<'n> {
    /// Where the node at `path` hangs.
    pub(super) fn of(root: &'n Node, path: &Path) -> Self {
        let Some((last, parents)) = path.0.split_last() else { return Slot::Root };
        let Some(parent) = parents.iter().try_fold(root, Node::step) else { return Slot::Root };
        match last {
            Step::Index(_) => Slot::Item { parent },
            Step::Key(key) => parent.entry(key).map_or(Slot::Root, |entry| Slot::Entry { entry, parent }),
        }
    }
}

/// The pieces of a collection, and what becomes of them.
pub(super) struct Pieces {
    /// Where the pieces stand: entries, items of a flow sequence, or a dash and its item.
    pub(super) spans: Vec<Span>,
    pub(super) removed: Vec<bool>,
}

/// Something new in a collection.
pub(super) enum Addition<'v> {
    Entry(&'v str, &'v Json),
    Item(&'v Json),
}

impl<'v> Addition<'v> {
    pub(super) fn into_item(self) -> Option<&'v Json> {
        match self {
            Self::Item(value) => Some(value),
            Self::Entry(..) => None,
        }
    }
}

impl<'a> Diff<'a> {
    pub(super) fn new(source: &'a str, document: &Document, depth: usize) -> Self {
        let syntax = if document.syntax == Syntax::Json { FlowSyntax::Json } else { FlowSyntax::Yaml };
        Self { text: Text(source), syntax, splices: Vec::new(), depth }
    }

    /// Makes `node` read as `value`.
    pub(super) fn node(&mut self, node: &Node, value: &Json, slot: Slot<'_>) -> Outcome {
        if node.equals_json(value) {
            return Ok(());
        }
        self.depth += 1;
        let outcome = match (&node.value, value) {
            _ if node.style == Style::Alias => self.replace(node, value, slot),
            (Value::Mapping(entries), Json::Object(map)) if !entries.is_empty() && !map.is_empty() => {
                self.mapping(node, entries, map, slot)
            }
            (Value::Sequence(items), Json::Array(values)) if !items.is_empty() && !values.is_empty() => {
                self.sequence(node, items, values, slot)
            }
            _ => self.replace(node, value, slot),
        };
        self.depth -= 1;
        outcome
    }

    fn mapping(&mut self, node: &Node, entries: &[Entry], map: &Map<String, Json>, slot: Slot<'_>) -> Outcome {
        let mut removed = vec![false; entries.len()];
        let mut additions = Vec::new();
        for gap in gaps(entries, map) {
            let mut lost = gap.removed.into_iter();
            for (key, value) in gap.added {
                match lost.next() {
                    Some(index) => self.rename(node, entries.get(index), key, value)?,
                    None => additions.push(Addition::Entry(key, value)),
                }
            }
            lost.for_each(|index| removed.iter_mut().skip(index).take(1).for_each(|flag| *flag = true));
        }
        if additions.is_empty() && removed.iter().all(|flag| *flag) {
            return self.replace(node, &Json::Object(map.clone()), slot);
        }
        for (entry, removed) in entries.iter().zip(&removed) {
            let changed = map.get(&entry.key).is_some_and(|value| !entry.value.equals_json(value));
            if (*removed || changed) && !node.span.contains(entry.span) {
                return Err(SpliceError::Shared { span: entry.span });
            }
            if let Some(value) = map.get(&entry.key) {
                self.node(&entry.value, value, Slot::Entry { entry, parent: node })?;
            }
        }
        let spans = entries.iter().map(|entry| entry.span).collect();
        let last = removed.iter().rposition(|flag| !flag).unwrap_or_default();
        let additions = BTreeMap::from([(last, additions)]);
        self.pieces(node, &Pieces { spans, removed }, additions)
    }

    /// Items keep their place from both ends; what differs in the middle is changed, taken out or put in.
    fn sequence(&mut self, node: &Node, items: &[Node], values: &[Json], slot: Slot<'_>) -> Outcome {
        let common = items.len().min(values.len());
        let head = items.iter().zip(values).take_while(|(item, value)| item.equals_json(value)).count();
        let pairs_from_end = items.iter().rev().zip(values.iter().rev());
        let tail = pairs_from_end.take(common - head).take_while(|(item, value)| item.equals_json(value)).count();
        let paired = common - tail;
        if head == 0 && tail == 0 && values.len() < items.len() {
            return self.replace(node, &Json::Array(values.to_vec()), slot);
        }
        for (item, value) in items.iter().zip(values).take(paired).skip(head) {
            self.node(item, value, Slot::Item { parent: node })?;
        }
        let removed = (0..items.len()).map(|index| index >= paired && index < items.len() - tail).collect();
        let added = values.get(paired..values.len() - tail).unwrap_or_default();
        match paired.checked_sub(1) {
            None if !added.is_empty() => self.replace(node, &Json::Array(values.to_vec()), slot),
            last => {
                let additions = added.iter().map(Addition::Item).collect();
                self.items(node, items, removed, BTreeMap::from([(last.unwrap_or_default(), additions)]))
            }
        }
    }

    /// Takes items out and puts items in, each behind the item with the given index.
    pub(super) fn items(
        &mut self,
        node: &Node,
        items: &[Node],
        removed: Vec<bool>,
        additions: BTreeMap<usize, Vec<Addition<'_>>>,
    ) -> Outcome {
        let span = |item: &Node| if node.style == Style::Flow { Ok(item.span) } else { self.dashed(item) };
        let spans = items.iter().map(span).collect::<Result<_, _>>()?;
        self.pieces(node, &Pieces { spans, removed }, additions)
    }

    /// Puts a whole new list in the place of the one at `path`.
    pub(super) fn whole_sequence(&mut self, root: &Node, path: &Path, node: &Node, value: &Json) -> Outcome {
        let slot = Slot::of(root, path);
        self.replace(node, value, slot)
    }

    fn pieces(&mut self, node: &Node, pieces: &Pieces, additions: BTreeMap<usize, Vec<Addition<'_>>>) -> Outcome {
        let flow = node.style == Style::Flow;
        let mut additions = behind_runs(&pieces.removed, additions);
        if flow {
            self.remove_flow(node, pieces, &mut additions);
        } else {
            self.remove_block(pieces)?
        }
        for (index, additions) in additions {
            for addition in additions {
                if flow {
                    self.insert_flow(node, pieces, index, &addition);
                } else {
                    self.insert_block(node, pieces, index, &addition)?;
                }
            }
        }
        Ok(())
    }

    fn rename(&mut self, node: &Node, entry: Option<&Entry>, key: &str, value: &Json) -> Outcome {
        let Some(entry) = entry else { return Ok(()) };
        if !node.span.contains(entry.span) {
            return Err(SpliceError::Shared { span: entry.span });
        }
        let text = self.new_key(entry.key_span, key, node.style);
        self.splice(entry.key_span, &text);
        if entry.value.equals_json(value) {
            Ok(())
        } else {
            self.replace(&entry.value, value, Slot::Entry { entry, parent: node })
        }
    }

    fn replace(&mut self, node: &Node, value: &Json, slot: Slot<'_>) -> Outcome {
        let flow = match slot {
            Slot::Root => node.style == Style::Flow || self.syntax == FlowSyntax::Json,
            Slot::Entry { parent, .. } | Slot::Item { parent } => parent.style == Style::Flow,
        };
        match slot {
            _ if flow => self.replace_flow(node, value, slot),
            Slot::Entry { entry, .. } => self.replace_entry_value(entry, value)?,
            Slot::Item { .. } => self.replace_item(node, value)?,
            Slot::Root => self.replace_root(node, value),
        }
        Ok(())
    }

    pub(super) fn splice(&mut self, span: Span, text: &str) {
        self.splices.push(Splice { span, text: self.text.localize(text), depth: self.depth });
    }
}

/// Neighbours are removed together, so what is put in between two of them goes behind the last.
fn behind_runs<'v>(
    removed: &[bool],
    additions: BTreeMap<usize, Vec<Addition<'v>>>,
) -> BTreeMap<usize, VecDeque<Addition<'v>>> {
    let goes = |index: usize| removed.get(index).copied().unwrap_or_default();
    let mut moved: BTreeMap<usize, VecDeque<Addition<'v>>> = BTreeMap::new();
    for (mut index, additions) in additions {
        while goes(index) && goes(index + 1) {
            index += 1;
        }
        moved.entry(index).or_default().extend(additions);
    }
    moved
}

/// The entries between two keys that stay: what is lost there and what is new.
struct Gap<'v> {
    removed: Vec<usize>,
    added: Vec<(&'v str, &'v Json)>,
}

/// The gaps in order. A lost entry and a new one of the same gap are one entry renamed.
fn gaps<'v>(entries: &[Entry], map: &'v Map<String, Json>) -> Vec<Gap<'v>> {
    let positions: BTreeMap<&str, usize> =
        entries.iter().enumerate().map(|(index, entry)| (entry.key.as_str(), index)).collect();
    let mut gaps: BTreeMap<Option<usize>, Gap<'v>> = BTreeMap::new();
    let mut kept = None;
    for (index, entry) in entries.iter().enumerate() {
        if map.contains_key(&entry.key) {
            kept = Some(index);
        } else {
            gaps.entry(kept).or_insert_with(Gap::empty).removed.push(index);
        }
    }
    kept = None;
    for (key, value) in map {
        match positions.get(key.as_str()) {
            Some(index) => kept = Some(*index),
            None => gaps.entry(kept).or_insert_with(Gap::empty).added.push((key, value)),
        }
    }
    gaps.into_values().collect()
}

impl Gap<'_> {
    fn empty() -> Self {
        Self { removed: Vec::new(), added: Vec::new() }
    }
}
