//! A list that also knows which items are for a host or a Service.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Deref;

use super::{ByName, Named};

/// What is for hosts or Services.
pub trait Subjects: Named {
    /// A host or the name of a Service.
    type Subject: Ord + Clone;

    /// What it is for.
    fn subjects(&self) -> Vec<Self::Subject>;
}

/// A list sorted by name that finds the items for a subject.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BySubject<T: Subjects> {
    items: ByName<T>,
    /// For each subject the places of its items.
    places: BTreeMap<T::Subject, BTreeSet<usize>>,
}

impl<T: Subjects> BySubject<T> {
    /// The items for any of some subjects, each once, in the order of the list.
    #[must_use]
    pub fn about(&self, subjects: &[T::Subject]) -> Vec<&T> {
        let places: BTreeSet<usize> =
            subjects.iter().filter_map(|subject| self.places.get(subject)).flatten().copied().collect();
        places.into_iter().filter_map(|place| self.items.iter().as_slice().get(place)).collect()
    }

    /// Adds an item.
    pub fn push(&mut self, item: T) {
        let mut items = std::mem::take(&mut self.items);
        items.push(item);
        *self = BySubject::of(items);
    }

    /// Changes every item.
    pub fn update(&mut self, change: impl FnMut(&mut T)) {
        let mut items = std::mem::take(&mut self.items);
        items.update(change);
        *self = BySubject::of(items);
    }

    fn of(items: ByName<T>) -> Self {
        let mut places: BTreeMap<T::Subject, BTreeSet<usize>> = BTreeMap::new();
        for (place, item) in items.iter().enumerate() {
            for subject in item.subjects() {
                places.entry(subject).or_default().insert(place);
            }
        }
        BySubject { items, places }
    }
}

/// The subject of a host: itself, or `*` for every wildcard. There are few of those.
pub(crate) fn host_subject(host: &str) -> String {
    if host.starts_with('*') { "*".to_owned() } else { host.to_owned() }
}

/// The subjects of everything that could cover a host.
pub(crate) fn could_cover(host: &str) -> [String; 2] {
    [host.to_owned(), "*".to_owned()]
}

/// Whether a wildcard such as `*.example.com` covers a host.
pub(crate) fn covers(wildcard: &str, host: &str) -> bool {
    wildcard.strip_prefix('*').is_some_and(|end| host.ends_with(end))
}

impl<T: Subjects> Default for BySubject<T> {
    fn default() -> Self {
        BySubject { items: ByName::default(), places: BTreeMap::new() }
    }
}

impl<T: Subjects> Deref for BySubject<T> {
    type Target = ByName<T>;

    fn deref(&self) -> &ByName<T> {
        &self.items
    }
}

impl<T: Subjects> From<Vec<T>> for BySubject<T> {
    fn from(items: Vec<T>) -> Self {
        BySubject::of(items.into())
    }
}

impl<T: Subjects> FromIterator<T> for BySubject<T> {
    fn from_iter<I: IntoIterator<Item = T>>(items: I) -> Self {
        BySubject::of(items.into_iter().collect())
    }
}

impl<'l, T: Subjects> IntoIterator for &'l BySubject<T> {
    type Item = &'l T;
    type IntoIter = std::slice::Iter<'l, T>;

    fn into_iter(self) -> Self::IntoIter {
        self.items.iter()
    }
}
