//! Duplicates in lists that are sets or maps by `x-kubernetes-list-type`.

use std::collections::HashSet;

use serde_json::Value;

use super::structural::{ListType, Structural};
use crate::answer::{Violation, ViolationRule};
use crate::field_path::FieldPath;

/// Every item that repeats an earlier one of its list. An absent key equals an absent key.
pub(super) fn duplicates(schema: &Structural, object: &Value) -> Vec<Violation> {
    let mut found = Vec::new();
    walk(schema, object, &FieldPath::root(), &mut found);
    found
}

fn walk(schema: &Structural, value: &Value, path: &FieldPath, found: &mut Vec<Violation>) {
    if let Value::Object(fields) = value {
        for (name, value) in fields {
            if let Some(schema) = schema.field(name) {
                walk(schema, value, &path.child(name), found);
            }
        }
    }
    if let Value::Array(items) = value {
        found.extend(repeated(schema, items).map(|index| violation(schema, &path.index(index))));
        for (index, item) in items.iter().enumerate() {
            if let Some(schema) = &schema.items {
                walk(schema, item, &path.index(index), found);
            }
        }
    }
}

/// The places of the items that repeat an earlier one.
fn repeated<'a>(schema: &'a Structural, items: &'a [Value]) -> impl Iterator<Item = usize> + 'a {
    let mut seen = HashSet::new();
    let mut is_new = move |item| identity(schema, item).is_none_or(|identity| seen.insert(identity));
    items.iter().enumerate().filter(move |(_, item)| !is_new(*item)).map(|(index, _)| index)
}

fn violation(schema: &Structural, path: &FieldPath) -> Violation {
    let message = match schema.list_type {
        ListType::Map => format!("repeats an earlier item with the same {}", schema.list_map_keys.join(", ")),
        ListType::Set | ListType::Atomic => "repeats an earlier item".to_owned(),
    };
    Violation { field: path.to_string(), rule: ViolationRule::ListType, message }
}

/// What must be unique about an item; nothing in a list of no special type.
fn identity<'a>(schema: &'a Structural, item: &'a Value) -> Option<Vec<Option<&'a Value>>> {
    match schema.list_type {
        ListType::Atomic => None,
        ListType::Set => Some(vec![Some(item)]),
        ListType::Map => Some(schema.list_map_keys.iter().map(|key| item.get(key)).collect()),
    }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;
    use serde_json::json;

    use super::*;

    fn fields(schema: &Value, object: &Value) -> Vec<String> {
        let schema = Structural::deserialize(schema).unwrap();
        duplicates(&schema, object).into_iter().map(|violation| violation.field).collect()
    }

    #[test]
    fn a_set_has_no_equal_items() {
        let schema = json!({ "properties": { "a": { "x-kubernetes-list-type": "set" } } });
        assert_eq!(fields(&schema, &json!({ "a": [1, 2, 1, 1.0, "1"] })), ["a[2]"]);
        assert_eq!(fields(&schema, &json!({ "a": "not a list" })), Vec::<String>::new());
    }

    #[test]
    fn a_map_has_no_equal_keys() {
        let schema = json!({ "additionalProperties": {
            "x-kubernetes-list-type": "map",
            "x-kubernetes-list-map-keys": ["port", "protocol"],
        }});
        let ports = json!([{ "port": 1 }, { "port": 1, "protocol": "UDP" }, { "port": 1, "name": "again" }, null]);
        assert_eq!(fields(&schema, &json!({ "x": ports })), ["x[2]"]);
    }

    #[test]
    fn lists_inside_lists_are_looked_at() {
        let schema = json!({ "properties": { "a": { "items": { "x-kubernetes-list-type": "set" } } } });
        assert_eq!(fields(&schema, &json!({ "a": [["x"], ["x", "x"]] })), ["a[1][1]"]);
    }
}
