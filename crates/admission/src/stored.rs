//! The object as the server stores it: k8s.io/apiextensions-apiserver pkg/apiserver/schema/{pruning,defaulting}.
//!
//! Three steps, in this order: fields without a schema go, nulls that mean absence go, absent fields get their default.

use serde_json::Value;

use crate::field_path::FieldPath;
use crate::schema::Structural;

/// What a create request stores, and the paths of the unknown fields it drops, sorted.
///
/// The status goes too, without being an unknown field: a create never keeps it.
pub(crate) fn stored(schema: &Structural, object: &Value) -> (Value, Vec<String>) {
    let mut object = object.clone();
    let mut pruned = Vec::new();
    prune(schema, &mut object, &FieldPath::root(), &mut pruned);
    drop_nulls(schema, &mut object);
    fill_in(schema, &mut object);
    if let Value::Object(fields) = &mut object {
        fields.shift_remove("status");
    }
    pruned.sort();
    (object, pruned)
}

/// Leaves out empty fields of the metadata, as upstream, where it is read into a Go struct and written again.
pub(crate) fn omit_empty_metadata(object: &mut Value) {
    if let Some(Value::Object(metadata)) = object.get_mut("metadata") {
        metadata.retain(|_, value| !is_empty(value));
    }
}

fn prune(schema: &Structural, value: &mut Value, path: &FieldPath, pruned: &mut Vec<String>) {
    match value {
        Value::Object(fields) => {
            fields.retain(|name, value| match schema.field(name) {
                Some(schema) => {
                    prune(schema, value, &path.child(name), pruned);
                    true
                }
                None if schema.preserves_unknown_fields => true,
                None => {
                    pruned.push(path.child(name).to_string());
                    false
                }
            });
        }
        Value::Array(items) => {
            if let Some(schema) = &schema.items {
                for (index, item) in items.iter_mut().enumerate() {
                    prune(schema, item, &path.index(index), pruned);
                }
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

fn drop_nulls(schema: &Structural, value: &mut Value) {
    match value {
        Value::Object(fields) => {
            fields.retain(|name, value| {
                let Some(schema) = schema.field(name) else { return true };
                drop_nulls(schema, value);
                !value.is_null() || schema.nullable || schema.default.is_some()
            });
        }
        Value::Array(items) => {
            if let Some(schema) = &schema.items {
                items.iter_mut().for_each(|item| drop_nulls(schema, item));
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// A default is itself given defaults; a map gets no entries that it does not have.
fn fill_in(schema: &Structural, value: &mut Value) {
    replace_null(schema, value);
    match value {
        Value::Object(fields) => {
            for (name, schema) in &schema.properties {
                if let Some(default) = &schema.default {
                    fields.entry(name).or_insert_with(|| default.clone());
                }
            }
            for (name, value) in fields {
                if let Some(schema) = schema.field(name) {
                    fill_in(schema, value);
                }
            }
        }
        Value::Array(items) => {
            if let Some(schema) = &schema.items {
                items.iter_mut().for_each(|item| fill_in(schema, item));
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

fn replace_null(schema: &Structural, value: &mut Value) {
    if let (Value::Null, false, Some(default)) = (&value, schema.nullable, &schema.default) {
        *value = default.clone();
    }
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::String(text) => text.is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::Object(fields) => fields.is_empty(),
        Value::Null | Value::Bool(_) | Value::Number(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;
    use serde_json::json;

    use super::*;

    fn of(schema: &Value, object: &Value) -> (Value, Vec<String>) {
        stored(&Structural::deserialize(schema).unwrap(), object)
    }

    #[test]
    fn unknown_fields_are_pruned_and_named() {
        let schema = json!({ "properties": {
            "a": { "items": { "properties": { "b": {} } } },
            "open": { "x-kubernetes-preserve-unknown-fields": true, "properties": { "shut": { "properties": {} } } },
            "map": { "additionalProperties": { "properties": { "b": {} } } },
        }});
        let object = json!({
            "a": [{ "b": 1, "c": 2 }],
            "open": { "any": { "thing": 1 }, "shut": { "not": 1 } },
            "map": { "k.k": { "b": 1, "c": 1 } },
            "z": { "whole": "tree" },
        });
        let (stored, pruned) = of(&schema, &object);
        assert_eq!(pruned, ["a[0].c", "map[k.k].c", "open.shut.not", "z"]);
        let expected = json!({
            "a": [{ "b": 1 }], "open": { "any": { "thing": 1 }, "shut": {} }, "map": { "k.k": { "b": 1 } },
        });
        assert_eq!(stored, expected);
    }

    #[test]
    fn defaults_fill_what_is_absent_or_null_and_go_into_defaults() {
        let schema = json!({ "properties": {
            "a": { "default": 1 },
            "b": { "default": {}, "properties": { "c": { "default": "d" } } },
            "n": { "default": 1, "nullable": true },
            "list": { "items": { "properties": { "x": { "default": true } } } },
            "map": { "additionalProperties": { "properties": { "x": { "default": true } } } },
        }});
        let (stored, _) = of(&schema, &json!({ "a": null, "n": null, "list": [{}], "map": { "k": {} } }));
        let expected = json!({
            "a": 1, "n": null, "list": [{ "x": true }], "map": { "k": { "x": true } }, "b": { "c": "d" },
        });
        assert_eq!(stored, expected);
    }

    #[test]
    fn a_null_that_means_absence_goes_and_others_stay() {
        let schema = json!({ "properties": {
            "a": { "type": "string" },
            "n": { "nullable": true },
            "list": { "items": { "type": "string" } },
        }});
        let (stored, pruned) = of(&schema, &json!({ "a": null, "n": null, "list": [null] }));
        assert_eq!(stored, json!({ "n": null, "list": [null] }));
        assert!(pruned.is_empty());
    }

    #[test]
    fn empty_metadata_is_left_out() {
        let metadata =
            json!({ "name": "a", "namespace": "", "labels": {}, "finalizers": [], "annotations": { "a": "" } });
        let mut object = json!({ "metadata": metadata, "spec": {} });
        omit_empty_metadata(&mut object);
        assert_eq!(object, json!({ "metadata": { "name": "a", "annotations": { "a": "" } }, "spec": {} }));
    }

    #[test]
    fn the_status_is_not_kept() {
        let schema = json!({ "properties": { "status": { "default": { "a": 1 }, "properties": { "a": {} } } } });
        assert_eq!(of(&schema, &json!({ "status": { "a": 2 } })), (json!({}), vec![]));
    }
}
