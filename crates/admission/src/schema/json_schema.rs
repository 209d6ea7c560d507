//! The values of a structural schema, checked as JSON Schema draft 7.
//!
//! What a structural schema says differently is translated: `nullable`, `x-kubernetes-int-or-string` and the range of
//! `format: int32`. Unknown fields are not looked for here: they have been pruned.

use jsonschema::error::ValidationErrorKind;
use jsonschema::{Draft, PatternOptions, ValidationError, Validator};
use serde_json::{Map, Value, json};

use crate::answer::{Violation, ViolationRule};
use crate::field_path::FieldPath;

/// Values up to this many bytes are quoted in messages.
const QUOTED: usize = 80;

/// What the shape of an object breaks.
pub(super) struct Shape {
    pub(super) violations: Vec<Violation>,
    /// Whether a type, a required field, a limit of size or an enum is among it; CEL is not asked then.
    pub(super) misshapen: bool,
}

/// Compiles a structural schema. Patterns run in linear time, as upstream.
pub(super) fn compile(structural: &Value) -> Result<Validator, String> {
    jsonschema::options()
        .with_draft(Draft::Draft7)
        .should_validate_formats(true)
        .with_pattern_options(PatternOptions::regex())
        .build(&translated(structural))
        .map_err(|error| error.to_string())
}

/// Checks the values of an object.
pub(super) fn check(validator: &Validator, object: &Value) -> Shape {
    let mut shape = Shape { violations: Vec::new(), misshapen: false };
    for error in validator.iter_errors(object) {
        shape.misshapen |= misshapes(error.kind());
        shape.violations.push(violation(&error));
    }
    shape
}

/// The errors that keep the server from asking CEL: hasBlockingErr in apiextensions-apiserver.
fn misshapes(kind: &ValidationErrorKind) -> bool {
    matches!(
        kind,
        ValidationErrorKind::Type { .. }
            | ValidationErrorKind::Required { .. }
            | ValidationErrorKind::Enum { .. }
            | ValidationErrorKind::MaxLength { .. }
            | ValidationErrorKind::MaxItems { .. }
            | ValidationErrorKind::MaxProperties { .. }
    )
}

fn violation(error: &ValidationError<'_>) -> Violation {
    let path = FieldPath::from_pointer(error.instance_path().as_str());
    if let ValidationErrorKind::Required { property: Value::String(property) } = error.kind() {
        return schema_violation(&path.child(property), "is required".to_owned());
    }
    let message = match is_short(error.instance()) {
        true => error.to_string(),
        false => error.masked_with("the value").to_string(),
    };
    schema_violation(&path, message)
}

fn schema_violation(field: &FieldPath, message: String) -> Violation {
    Violation { field: field.to_string(), rule: ViolationRule::Schema, message }
}

fn is_short(value: &Value) -> bool {
    match value {
        Value::Null | Value::Bool(_) | Value::Number(_) => true,
        Value::String(text) => text.len() <= QUOTED,
        Value::Array(_) | Value::Object(_) => false,
    }
}

fn translated(structural: &Value) -> Value {
    let Value::Object(keywords) = structural else { return structural.clone() };
    let mut schema: Map<String, Value> =
        keywords.iter().filter_map(|(name, value)| Some((name.clone(), keyword(name, value)?))).collect();
    if is_true(keywords, "x-kubernetes-int-or-string") {
        schema.insert("type".to_owned(), json!(["integer", "string"]));
    }
    if keywords.get("format").and_then(Value::as_str) == Some("int32") {
        schema.entry("minimum").or_insert(i32::MIN.into());
        schema.entry("maximum").or_insert(i32::MAX.into());
    }
    if is_true(keywords, "nullable") {
        admit_null(&mut schema);
    }
    Value::Object(schema)
}

/// A keyword as JSON Schema has it; nothing for what only a structural schema has.
fn keyword(name: &str, value: &Value) -> Option<Value> {
    match name {
        "properties" => {
            Some(Value::Object(value.as_object()?.iter().map(|(k, v)| (k.clone(), translated(v))).collect()))
        }
        "items" | "additionalProperties" | "not" => Some(translated(value)),
        "allOf" | "anyOf" | "oneOf" => Some(value.as_array()?.iter().map(translated).collect()),
        "nullable" | "default" => None,
        _ if name.starts_with("x-") => None,
        _ => Some(value.clone()),
    }
}

fn admit_null(schema: &mut Map<String, Value>) {
    if let Some(name) = schema.get_mut("type") {
        let mut names = match name.take() {
            Value::Array(names) => names,
            name @ (Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Object(_)) => {
                vec![name]
            }
        };
        names.push("null".into());
        *name = Value::Array(names);
    }
    if let Some(Value::Array(values)) = schema.get_mut("enum") {
        values.push(Value::Null);
    }
}

fn is_true(keywords: &Map<String, Value>, name: &str) -> bool {
    keywords.get(name).and_then(Value::as_bool) == Some(true)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_valid(schema: &Value, value: &Value) -> bool {
        compile(schema).unwrap().is_valid(value)
    }

    #[test]
    fn nullable_admits_null() {
        let schema = json!({ "type": "string", "nullable": true, "enum": ["a"] });
        assert!(is_valid(&schema, &Value::Null));
        assert!(is_valid(&schema, &json!("a")));
        assert!(!is_valid(&schema, &json!("b")));
        assert!(!is_valid(&json!({ "type": "string" }), &Value::Null));
    }

    #[test]
    fn int_or_string_admits_both_with_their_own_limits() {
        let schema = json!({ "x-kubernetes-int-or-string": true, "minimum": 1, "pattern": "^[a-z]+$" });
        assert!(is_valid(&schema, &json!(80)));
        assert!(is_valid(&schema, &json!("http")));
        for bad in [json!(0), json!("80"), json!(1.5), json!(true)] {
            assert!(!is_valid(&schema, &bad), "{bad}");
        }
    }

    #[test]
    fn int32_has_a_range_unless_the_schema_gives_one() {
        let schema = json!({ "type": "integer", "format": "int32" });
        assert!(is_valid(&schema, &json!(i32::MAX)));
        assert!(!is_valid(&schema, &json!(i64::from(i32::MAX) + 1)));
        assert!(!is_valid(&json!({ "type": "integer", "format": "int32", "maximum": 9 }), &json!(10)));
    }

    #[test]
    fn a_field_may_be_called_like_a_keyword() {
        let schema = json!({ "properties": { "default": { "type": "string" }, "x-a": { "type": "string" } } });
        assert!(!is_valid(&schema, &json!({ "default": 1 })));
        assert!(!is_valid(&schema, &json!({ "x-a": 1 })));
    }

    #[test]
    fn messages_name_the_field_and_quote_only_short_values() {
        let schema = json!({ "properties": { "a": { "items": { "required": ["b"], "properties": {
            "c": { "maxLength": 3 } } } } } });
        let validator = compile(&schema).unwrap();
        let shape = check(&validator, &json!({ "a": [{ "c": "x".repeat(200) }] }));
        let mut found: Vec<_> = shape.violations.iter().map(ToString::to_string).collect();
        found.sort();
        assert_eq!(found, ["a[0].b: is required", "a[0].c: the value is longer than 3 characters"]);
        assert!(shape.misshapen);
    }
}
