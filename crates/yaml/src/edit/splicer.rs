//! Changes to one object of one document.

use super::SpliceError;
use super::diff::{Diff, Slot};
use super::edits::{Change, Edits};
use crate::path::{Path, Step};
use crate::{Document, Node};
use serde_json::{Map, Value};

/// Changes to one object: a document's, or one inside a list such as `items[3]`.
///
/// Changes may build on each other in any order. The first that cannot be made is reported by [`Splicer::finish`] or
/// [`Splicer::into_edits`]. Use one splicer per object; [`Edits`] joins those of several objects.
#[derive(Debug)]
pub struct Splicer<'a> {
    source: &'a str,
    document: &'a Document,
    root: Path,
    before: &'a Node,
    after: Value,
    error: Option<SpliceError>,
}

impl<'a> Splicer<'a> {
    /// Starts on the object at `root` in `document`, which was read from `source`; `""` is the document itself.
    #[must_use]
    pub fn new(source: &'a str, document: &'a Document, root: &str) -> Self {
        let path = Path::parse(root);
        let found = path.as_ref().and_then(|path| path.0.iter().try_fold(&document.root, Node::step));
        let error = found.is_none().then(|| SpliceError::Missing { path: root.to_owned() });
        let before = found.unwrap_or(&document.root);
        Self { source, document, root: path.unwrap_or_default(), before, after: before.to_json(), error }
    }

    /// Puts the entry `new_key: value` where the entry `key` of the mapping at `path` stands.
    pub fn replace_entry(&mut self, path: &str, key: &str, new_key: &str, value: &Value) -> &mut Self {
        self.change(|object| {
            let map = mapping(object, path)?;
            if !map.contains_key(key) {
                return Err(missing(path, key));
            }
            if key != new_key && map.contains_key(new_key) {
                return Err(SpliceError::Exists { path: joined(path, new_key) });
            }
            let renamed = std::mem::take(map)
                .into_iter()
                .map(|(name, old)| if name == key { (new_key.to_owned(), value.clone()) } else { (name, old) });
            *map = renamed.collect();
            Ok(())
        })
    }

    /// Sets `key` in the mapping at `path`: replaces the value that is there, or appends an entry. Mappings missing on
    /// the way, or null, are created.
    pub fn set(&mut self, path: &str, key: &str, value: &Value) -> &mut Self {
        self.change(|object| {
            create(object, path)?.insert(key.to_owned(), value.clone());
            Ok(())
        })
    }

    /// Replaces the value at `path`, such as a scalar in a list; `""` replaces the object.
    pub fn set_at(&mut self, path: &str, value: &Value) -> &mut Self {
        self.change(|object| {
            *find(object, path)? = value.clone();
            Ok(())
        })
    }

    /// Removes the entry `key` of the mapping at `path`, with its lines. A mapping left empty becomes `{}`.
    pub fn remove_entry(&mut self, path: &str, key: &str) -> &mut Self {
        self.change(|object| mapping(object, path)?.shift_remove(key).map(|_| ()).ok_or_else(|| missing(path, key)))
    }

    /// The object as it will be.
    #[must_use]
    pub fn value(&self) -> &Value {
        &self.after
    }

    /// The edits, to be joined with others of the same source.
    ///
    /// # Errors
    /// The first change that could not be made, or a layout that leaves no room for the changes.
    pub fn into_edits(self) -> Result<Edits<'a>, SpliceError> {
        if let Some(error) = self.error {
            return Err(error);
        }
        let mut diff = Diff::new(self.source, self.document, self.root.0.len());
        let slot = Slot::of(&self.document.root, &self.root);
        diff.node(self.before, &self.after, slot)?;
        let change = Change::Object { path: self.root, value: self.after };
        Ok(Edits::of(self.source, diff.splices, self.document, change))
    }

    /// The new text of the whole source, read again and found to be as intended.
    ///
    /// # Errors
    /// As [`Splicer::into_edits`], and [`SpliceError::Unfaithful`] if the new text would read otherwise.
    pub fn finish(self) -> Result<String, SpliceError> {
        self.into_edits()?.finish()
    }

    fn change(&mut self, change: impl FnOnce(&mut Value) -> Result<(), SpliceError>) -> &mut Self {
        if self.error.is_none() {
            self.error = change(&mut self.after).err();
        }
        self
    }
}

fn find<'v>(object: &'v mut Value, path: &str) -> Result<&'v mut Value, SpliceError> {
    let missing = || SpliceError::Missing { path: path.to_owned() };
    Path::parse(path).ok_or_else(missing)?.find_mut(object).ok_or_else(missing)
}

fn mapping<'v>(object: &'v mut Value, path: &str) -> Result<&'v mut Map<String, Value>, SpliceError> {
    find(object, path)?.as_object_mut().ok_or_else(|| SpliceError::Mismatch { path: path.to_owned() })
}

/// The mapping at `path`, created where it is missing.
fn create<'v>(object: &'v mut Value, path: &str) -> Result<&'v mut Map<String, Value>, SpliceError> {
    let steps = Path::parse(path).ok_or_else(|| SpliceError::Missing { path: path.to_owned() })?;
    let mismatch = || SpliceError::Mismatch { path: path.to_owned() };
    let mut value = object;
    for step in steps.0 {
        value = match step {
            Step::Index(index) => value.as_array_mut().and_then(|items| items.get_mut(index)).ok_or_else(mismatch)?,
            Step::Key(key) => filled(value).ok_or_else(mismatch)?.entry(key).or_insert(Value::Null),
        };
    }
    filled(value).ok_or_else(mismatch)
}

/// The map a value is, or becomes if it is null.
fn filled(value: &mut Value) -> Option<&mut Map<String, Value>> {
    if value.is_null() {
        *value = Value::Object(Map::new());
    }
    value.as_object_mut()
}

fn joined(path: &str, key: &str) -> String {
    Path::parse(path).unwrap_or_default().child(Step::Key(key.to_owned())).to_string()
}

fn missing(path: &str, key: &str) -> SpliceError {
    SpliceError::Missing { path: joined(path, key) }
}
