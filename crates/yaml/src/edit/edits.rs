//! Edits of one file, collected and carried out at once.

use super::diff::{Addition, Diff};
use super::text::{Splice, Text, apply};
use super::{SpliceError, verify};
use crate::path::{Path, Step};
use crate::{Document, Node, Span, Syntax};
use serde_json::Value;
use std::collections::BTreeMap;

/// Edits of one source text: changes to objects, whole documents and list items put in or taken out.
///
/// All of them name places in the source as it was read, so they may be collected in any order.
#[derive(Clone, Debug)]
pub struct Edits<'a> {
    source: &'a str,
    splices: Vec<Splice>,
    items: Vec<ItemEdit<'a>>,
    /// By the first byte of the document.
    changes: BTreeMap<usize, Vec<Change>>,
}

/// What splices are meant to do to the tree of a document.
#[derive(Clone, Debug)]
pub(super) enum Change {
    Object { path: Path, value: Value },
    RemoveItem { path: Path },
    InsertItem { path: Path, value: Value },
    RemoveDocument,
    ReplaceDocument { text: String },
    InsertDocument { text: String },
}

/// An item to take out, or one to put in behind it.
#[derive(Clone, Debug)]
struct ItemEdit<'a> {
    document: &'a Document,
    sequence: Path,
    index: usize,
    value: Option<Value>,
}

impl<'a> Edits<'a> {
    /// No edits yet.
    #[must_use]
    pub fn new(source: &'a str) -> Self {
        Self { source, splices: Vec::new(), items: Vec::new(), changes: BTreeMap::new() }
    }

    pub(super) fn of(source: &'a str, splices: Vec<Splice>, document: &Document, change: Change) -> Self {
        let mut edits = Self { splices, ..Self::new(source) };
        edits.note(document, change);
        edits
    }

    /// Adds the edits of `other`, which must be of the same source.
    pub fn extend(&mut self, other: Self) {
        self.splices.extend(other.splices);
        self.items.extend(other.items);
        for (document, changes) in other.changes {
            self.changes.entry(document).or_default().extend(changes);
        }
    }

    /// Replaces bytes without changing any tree: comments, blank lines. [`Edits::finish`] refuses anything else.
    pub fn replace_text(&mut self, span: Span, text: impl Into<String>) {
        self.splices.push(Splice { span, text: text.into(), depth: 0 });
    }

    /// Takes out a document with the separator line above it.
    pub fn remove_document(&mut self, document: &Document) {
        let text = Text(self.source);
        let span = match document.syntax {
            Syntax::Json => Span::new(document.span.start, text.next_line(document.span.end)),
            Syntax::Yaml => Span::new(separator_above(text, document.span.start), document.span.end),
        };
        // What follows a JSON value on its line is not ours to take.
        let own = text.get(document.span.end, span.end).trim().is_empty();
        self.replace_text(if own { span } else { document.span }, "");
        self.note(document, Change::RemoveDocument);
    }

    /// Puts `text`, one or more documents in the syntax of `document`, in its place, comments above it included.
    pub fn replace_document(&mut self, document: &Document, text: &str) {
        let source = Text(self.source);
        let mut new = source.localize(text.trim_end());
        if document.syntax == Syntax::Yaml {
            new.push_str(source.newline());
        }
        self.replace_text(document.span, new);
        self.note(document, Change::ReplaceDocument { text: text.to_owned() });
    }

    /// Puts `text`, one or more documents in the syntax of `document`, behind it.
    pub fn insert_document_after(&mut self, document: &Document, text: &str) {
        let source = Text(self.source);
        let newline = source.newline();
        let body = source.localize(text.trim_end());
        let new = match document.syntax {
            Syntax::Json => format!("{newline}{body}"),
            Syntax::Yaml => {
                let open = source.get(document.span.start, document.span.end).ends_with('\n');
                format!("{}---{newline}{body}{newline}", if open { "" } else { newline })
            }
        };
        self.replace_text(Span::at(document.span.end), new);
        self.note(document, Change::InsertDocument { text: text.to_owned() });
    }

    /// Takes out a list item such as `items[3]`.
    ///
    /// # Errors
    /// If `item` names no item of a list.
    pub fn remove_item(&mut self, document: &'a Document, item: &str) -> Result<(), SpliceError> {
        self.edit_item(document, item, None)
    }

    /// Puts `value` behind a list item such as `items[3]`, in the style of the list.
    ///
    /// # Errors
    /// If `item` names no item of a list.
    pub fn insert_item_after(&mut self, document: &'a Document, item: &str, value: &Value) -> Result<(), SpliceError> {
        self.edit_item(document, item, Some(value.clone()))
    }

    /// The new text, not read again.
    ///
    /// # Errors
    /// [`SpliceError::Overlap`] if two edits touch the same bytes, [`SpliceError::Layout`] if the text leaves no room
    /// for one or a place lies outside of it.
    pub fn apply(&self) -> Result<String, SpliceError> {
        let mut splices = self.splices.clone();
        for ((_, sequence), edits) in self.items_by_sequence() {
            splices.extend(self.item_splices(&sequence, &edits)?);
        }
        apply(self.source, &splices)
    }

    /// The new text, read again and found to be as intended.
    ///
    /// # Errors
    /// As [`Edits::apply`], and [`SpliceError::Unfaithful`] if the new text would read otherwise.
    pub fn finish(self) -> Result<String, SpliceError> {
        let text = self.apply()?;
        verify::verify(self.source, &self.changes, &text)?;
        Ok(text)
    }

    fn edit_item(&mut self, document: &'a Document, item: &str, value: Option<Value>) -> Result<(), SpliceError> {
        let missing = || SpliceError::Missing { path: item.to_owned() };
        let path = Path::parse(item).ok_or_else(missing)?;
        path.0.iter().try_fold(&document.root, Node::step).ok_or_else(missing)?;
        let Some((Step::Index(index), parents)) = path.0.split_last() else {
            return Err(SpliceError::Mismatch { path: item.to_owned() });
        };
        let (index, sequence) = (*index, Path(parents.to_vec()));
        self.items.push(ItemEdit { document, sequence, index, value: value.clone() });
        self.note(
            document,
            value.map_or(Change::RemoveItem { path: path.clone() }, |value| Change::InsertItem { path, value }),
        );
        Ok(())
    }

    fn note(&mut self, document: &Document, change: Change) {
        self.changes.entry(document.span.start).or_default().push(change);
    }

    fn items_by_sequence(&self) -> BTreeMap<(usize, Path), Vec<&ItemEdit<'a>>> {
        let mut groups: BTreeMap<_, Vec<_>> = BTreeMap::new();
        for edit in &self.items {
            groups.entry((edit.document.span.start, edit.sequence.clone())).or_default().push(edit);
        }
        groups
    }

    fn item_splices(&self, path: &Path, edits: &[&ItemEdit<'a>]) -> Result<Vec<Splice>, SpliceError> {
        let Some(document) = edits.first().map(|edit| edit.document) else { return Ok(Vec::new()) };
        let node = path.0.iter().try_fold(&document.root, Node::step);
        let Some((node, items)) = node.and_then(|node| Some((node, node.as_sequence()?))) else {
            return Ok(Vec::new());
        };
        let mut diff = Diff::new(self.source, document, path.0.len());
        let mut removed = vec![false; items.len()];
        let mut additions: BTreeMap<usize, Vec<Addition<'_>>> = BTreeMap::new();
        for edit in edits {
            match &edit.value {
                Some(value) => additions.entry(edit.index).or_default().push(Addition::Item(value)),
                None => removed.iter_mut().skip(edit.index).take(1).for_each(|flag| *flag = true),
            }
        }
        if removed.iter().all(|flag| *flag) {
            let all = additions.into_values().flatten().filter_map(Addition::into_item).cloned().collect();
            diff.whole_sequence(&document.root, path, node, &Value::Array(all))?;
        } else {
            diff.items(node, items, removed, additions)?;
        }
        Ok(diff.splices)
    }
}

/// The start of the separator line directly above `start`, or `start` if there is none.
fn separator_above(text: Text<'_>, start: usize) -> usize {
    let Some(above) = start.checked_sub(1).filter(|_| text.get(0, start).ends_with('\n')) else { return start };
    let line = text.line_start(above);
    if text.get(line, above).starts_with("---") { line } else { start }
}
