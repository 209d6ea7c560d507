//! The fields that objects of a kind have, and the rows of `rules/` that speak of them.

use std::collections::{BTreeMap, BTreeSet};

use s2a_catalog::Field;
use serde::Deserialize;
use serde_json::Value;

/// The rows of one kind, by the path of their field.
pub(crate) type Rows<'a> = BTreeMap<String, &'a Field>;

/// Which rows the fields of an object have.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Account {
    /// The paths of the rows, as `spec.http[].match[].headers{}.exact`.
    pub(crate) rows: BTreeSet<String>,
    /// Fields without a row.
    pub(crate) unknown: BTreeSet<String>,
}

/// Returns the objects of a kind in a text of YAML, those inside of lists too, and whether the whole text was read.
pub(crate) fn objects(text: &str, kind: &str) -> (Vec<Value>, bool) {
    let mut found = Vec::new();
    for document in serde_yaml::Deserializer::from_str(text) {
        let Ok(object) = Value::deserialize(document) else { return (found, false) };
        let items = object.get("items").and_then(Value::as_array).cloned().unwrap_or_default();
        found.extend(items.into_iter().chain([object]).filter(|object| is(object, kind)));
    }
    (found, true)
}

fn is(object: &Value, kind: &str) -> bool {
    object.get("kind").and_then(Value::as_str) == Some(kind)
}

/// Finds the row of every field below the `spec` of an object.
pub(crate) fn account(rows: &Rows<'_>, object: &Value) -> Account {
    let mut account = Account::default();
    if let Some(spec) = object.get("spec") {
        walk(rows, spec, "spec", &mut account);
    }
    account
}

/// A message without any field says nothing, so that it needs no row.
fn walk(rows: &Rows<'_>, value: &Value, at: &str, account: &mut Account) {
    if rows.contains_key(at) {
        account.rows.insert(at.to_owned());
        return;
    }
    match value {
        Value::Object(entries) => {
            let map = format!("{at}{{}}");
            let is_map = rows.keys().any(|row| row.starts_with(&map));
            for (key, inner) in entries {
                let inside = if is_map { map.clone() } else { format!("{at}.{key}") };
                walk(rows, inner, &inside, account);
            }
        }
        Value::Array(items) => items.iter().for_each(|item| walk(rows, item, &format!("{at}[]"), account)),
        Value::Null => {}
        Value::Bool(_) | Value::Number(_) | Value::String(_) => {
            account.unknown.insert(at.to_owned());
        }
    }
}

#[cfg(test)]
mod tests {
    use s2a_catalog::Catalog;

    use super::*;

    const TEXT: &str = "
kind: List
items:
- kind: VirtualService
  spec:
    hosts: [web]
    http:
    - match: [{headers: {x-user: {exact: a}, x-trace: {}}}]
      headers: {request: {set: {x-a: b}}}
      surprise: 1
---
kind: Service
spec: {ports: [{port: 80}]}
";

    #[test]
    fn every_field_has_its_row_or_is_named() {
        let catalog = Catalog::load().unwrap();
        let (objects, whole) = objects(TEXT, "VirtualService");
        assert!(whole && objects.len() == 1);
        let account = account(&catalog.fields("VirtualService"), &objects[0]);
        let rows = ["spec.hosts[]", "spec.http[].headers.request.set{}", "spec.http[].match[].headers{}.exact"];
        assert_eq!(account.rows.iter().map(String::as_str).collect::<Vec<_>>(), rows);
        assert_eq!(account.unknown, BTreeSet::from(["spec.http[].surprise".to_owned()]));
    }

    #[test]
    fn a_text_that_ends_in_the_middle_is_told() {
        let (objects, whole) = objects("kind: A\n---\n{{ if }}\n", "A");
        assert_eq!((objects.len(), whole), (1, false));
    }
}
