//! The entries of a mapping in the making: each key once, a later value in the place of an earlier one.

use crate::Entry;
use std::collections::BTreeMap;

/// Up to this many entries, looking through all is faster than an index.
const SMALL: usize = 16;

#[derive(Default)]
pub(super) struct Entries {
    list: Vec<Entry>,
    /// Positions by key, once there are more than [`SMALL`].
    index: BTreeMap<String, usize>,
}

impl Entries {
    /// Adds an entry; gives its position, and the entry it replaces, if any.
    pub(super) fn insert(&mut self, entry: Entry) -> (usize, Option<Entry>) {
        if let Some(position) = self.position(&entry.key)
            && let Some(old) = self.list.get_mut(position)
        {
            return (position, Some(std::mem::replace(old, entry)));
        }
        let position = self.list.len();
        if position == SMALL {
            self.index = self.list.iter().zip(0..).map(|(entry, position)| (entry.key.clone(), position)).collect();
        }
        if position >= SMALL {
            self.index.insert(entry.key.clone(), position);
        }
        self.list.push(entry);
        (position, None)
    }

    pub(super) fn into_vec(self) -> Vec<Entry> {
        self.list
    }

    fn position(&self, key: &str) -> Option<usize> {
        if self.list.len() > SMALL {
            return self.index.get(key).copied();
        }
        self.list.iter().position(|entry| entry.key == key)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Node, Span, Style, Value};

    fn entry(key: usize, at: usize) -> Entry {
        let value = Node { span: Span::at(at), style: Style::Plain, value: Value::Null };
        Entry { key: key.to_string(), key_span: Span::at(at), value, span: Span::at(at) }
    }

    #[test]
    fn later_entries_take_the_place_of_earlier_ones_in_maps_of_any_size() {
        for size in [1, SMALL - 1, SMALL, SMALL + 1, 100] {
            let mut entries = Entries::default();
            for key in 0..size {
                assert_eq!(entries.insert(entry(key, key)).1, None);
            }
            for key in 0..size {
                let (position, old) = entries.insert(entry(key, 1000 + key));
                assert_eq!((position, old.unwrap().span.start), (key, key));
            }
            assert_eq!(entries.into_vec().len(), size);
        }
    }
}
