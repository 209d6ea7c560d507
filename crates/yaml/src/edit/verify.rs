//! Is the new text what it was meant to be? It is read again and compared, document by document.

use super::SpliceError;
use super::edits::Change;
use crate::path::{Path, Step};
use crate::{Document, ReadError, ReadErrorKind, read};
use serde_json::Value;
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

/// A document as it should be read; one that cannot be read must stay so.
type Intended = Result<Value, ReadErrorKind>;

/// Checks `text` against `source` and the changes to its documents, each named by its first byte.
pub(super) fn verify(source: &str, changes: &BTreeMap<usize, Vec<Change>>, text: &str) -> Result<(), SpliceError> {
    let before = read(source).documents;
    let known = before.iter().flatten().map(|document| document.span.start).collect::<BTreeSet<_>>();
    if !changes.keys().all(|document| known.contains(document)) {
        return Err(SpliceError::Unfaithful { document: 0 });
    }
    let intended: Vec<Intended> = before.into_iter().flat_map(|document| intend(document, changes)).collect();
    let found = read(text).documents;
    for (document, pair) in intended.iter().zip(&found).enumerate() {
        let same = match pair {
            (Ok(value), Ok(found)) => found.root.equals_json(value),
            (Err(kind), Err(found)) => *kind == found.kind,
            _ => false,
        };
        if !same {
            return Err(SpliceError::Unfaithful { document });
        }
    }
    let shorter = intended.len().min(found.len());
    if intended.len() == found.len() { Ok(()) } else { Err(SpliceError::Unfaithful { document: shorter }) }
}

/// What a document is to become: itself with its changes, and what is put in behind it.
fn intend(document: Result<Document, ReadError>, changes: &BTreeMap<usize, Vec<Change>>) -> Vec<Intended> {
    let document = match document {
        Ok(document) => document,
        Err(error) => return vec![Err(error.kind)],
    };
    let mut value = document.root.to_json();
    let (mut own, mut after) = (None, Vec::new());
    let (mut objects, mut items) = (Vec::new(), Vec::new());
    for change in changes.get(&document.span.start).into_iter().flatten() {
        match change {
            Change::Object { path, value } => objects.push((path, value)),
            Change::RemoveItem { path } => items.push((path, None)),
            Change::InsertItem { path, value } => items.push((path, Some(value))),
            Change::RemoveDocument => own = Some(Vec::new()),
            Change::ReplaceDocument { text } => own = Some(values(text)),
            Change::InsertDocument { text } => after.extend(values(text)),
        }
    }
    objects.sort_by_key(|(path, _)| path.0.len());
    for (path, object) in objects {
        if let Some(place) = path.find_mut(&mut value) {
            object.clone_into(place);
        }
    }
    change_items(&mut value, items);
    let mut intended = own.unwrap_or_else(|| vec![Ok(value)]);
    intended.extend(after);
    intended
}

/// From the last item to the first, so that indices stay those of the source; of one item, what is put in behind it
/// (the last first) before it is taken out.
fn change_items(value: &mut Value, items: Vec<(&Path, Option<&Value>)>) {
    let mut ordered: Vec<_> = items.into_iter().rev().collect();
    ordered.sort_by_key(|(path, added)| (Reverse((*path).clone()), added.is_none()));
    ordered.dedup_by(|next, last| next.0 == last.0 && next.1.is_none() && last.1.is_none());
    for (path, added) in ordered {
        let Some((Step::Index(index), parents)) = path.0.split_last() else { continue };
        let Some(Value::Array(list)) = Path(parents.to_vec()).find_mut(value) else { continue };
        match added {
            Some(added) if *index < list.len() => list.insert(index + 1, added.clone()),
            None if *index < list.len() => drop(list.remove(*index)),
            Some(_) | None => {}
        }
    }
}

fn values(text: &str) -> Vec<Intended> {
    let documents = read(text).documents.into_iter();
    documents.map(|document| document.map(|document| document.root.to_json()).map_err(|error| error.kind)).collect()
}
