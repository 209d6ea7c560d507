//! A list sorted by name: what belongs to one namespace stands together.

use std::collections::BTreeSet;
use std::ops::Deref;

use crate::Name;

/// What has a namespace and a name.
pub trait Named {
    /// Namespace and name.
    fn name(&self) -> &Name;
}

/// A list sorted by namespace and name, so that equal input gives an equal list whatever its order. Items of one name
/// keep the order in which they came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ByName<T>(Vec<T>);

impl<T: Named> ByName<T> {
    /// The first item with this name.
    #[must_use]
    pub fn get(&self, name: &Name) -> Option<&T> {
        let at = self.0.partition_point(|item| item.name() < name);
        self.0.get(at).filter(|item| item.name() == name)
    }

    /// The items of a namespace.
    #[must_use]
    pub fn of_namespace(&self, namespace: &str) -> &[T] {
        let start = self.0.partition_point(|item| item.name().namespace.as_str() < namespace);
        let end = self.0.partition_point(|item| item.name().namespace.as_str() <= namespace);
        self.0.get(start..end).unwrap_or_default()
    }

    /// The items of some namespaces, each once, in the order of the list.
    pub fn of_namespaces<const N: usize>(&self, namespaces: [&str; N]) -> impl Iterator<Item = &T> + use<'_, T, N> {
        let namespaces: BTreeSet<&str> = namespaces.into_iter().collect();
        let found: Vec<&[T]> = namespaces.into_iter().map(|namespace| self.of_namespace(namespace)).collect();
        found.into_iter().flatten()
    }

    /// Adds an item behind those of its name.
    pub fn push(&mut self, item: T) {
        let at = self.0.partition_point(|other| other.name() <= item.name());
        self.0.insert(at, item);
    }

    /// Changes every item.
    pub fn update(&mut self, change: impl FnMut(&mut T)) {
        self.0.iter_mut().for_each(change);
        self.sort();
    }

    fn sort(&mut self) {
        self.0.sort_by(|one, other| one.name().cmp(other.name()));
    }
}

impl<T> Default for ByName<T> {
    fn default() -> Self {
        ByName(Vec::new())
    }
}

impl<T> Deref for ByName<T> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        &self.0
    }
}

impl<T: Named> From<Vec<T>> for ByName<T> {
    fn from(items: Vec<T>) -> Self {
        let mut list = ByName(items);
        list.sort();
        list
    }
}

impl<T: Named> FromIterator<T> for ByName<T> {
    fn from_iter<I: IntoIterator<Item = T>>(items: I) -> Self {
        items.into_iter().collect::<Vec<T>>().into()
    }
}

impl<T: Named> Extend<T> for ByName<T> {
    fn extend<I: IntoIterator<Item = T>>(&mut self, items: I) {
        self.0.extend(items);
        self.sort();
    }
}

impl<'l, T> IntoIterator for &'l ByName<T> {
    type Item = &'l T;
    type IntoIter = std::slice::Iter<'l, T>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.iter()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    impl Named for Name {
        fn name(&self) -> &Name {
            self
        }
    }

    fn list(names: &[&str]) -> ByName<Name> {
        names.iter().filter_map(|name| name.split_once('/')).map(|(one, other)| Name::new(one, other)).collect()
    }

    #[test]
    fn a_namespace_stands_together() {
        let names = list(&["shop/web", "shop-2/web", "bank/web", "shop/api"]);
        assert_eq!(names.of_namespace("shop"), list(&["shop/api", "shop/web"]).as_ref());
        assert_eq!(names.of_namespace("sho"), []);
        assert_eq!(names.of_namespaces(["shop-2", "bank", "bank"]).count(), 2);
        assert_eq!(names.get(&Name::new("bank", "web")), Some(&Name::new("bank", "web")));
        assert_eq!(names.get(&Name::new("bank", "api")), None);
    }

    #[test]
    fn the_order_survives_every_change() {
        let mut names = list(&["shop/web", "shop/api"]);
        names.push(Name::new("shop", "cart"));
        names.extend(list(&["bank/web"]).iter().cloned());
        names.update(|name| name.namespace.insert(0, if name.name == "web" { 'z' } else { 'a' }));
        assert_eq!(names, list(&["ashop/api", "ashop/cart", "zbank/web", "zshop/web"]));
    }
}
