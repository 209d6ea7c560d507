//! The CEL rules of a schema, each compiled when the first object comes that it speaks about.
//!
//! A schema has many more rules than an object meets, and compiling them is what takes the time.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use kube_cel::{CompiledSchema, ErrorKind};
use serde_json::Value;

use super::{Checked, duration};
use crate::answer::{Violation, ViolationRule};
use crate::field_path::FieldPath;

const RULES: &str = "x-kubernetes-validations";
const BRANCHES: [&str; 3] = ["allOf", "anyOf", "oneOf"];

/// The rules of one place in a schema and of the places inside it.
#[derive(Debug, Default)]
pub(super) struct Rules {
    own: Option<Own>,
    properties: BTreeMap<String, Rules>,
    items: Option<Box<Rules>>,
    additional_properties: Option<Box<Rules>>,
}

/// The rules that stand at a place itself.
#[derive(Debug)]
struct Own {
    /// The schema of the place, without the rules of the places inside it.
    schema: Value,
    compiled: OnceLock<CompiledSchema>,
}

impl Rules {
    /// The rules of a schema.
    pub(super) fn of(schema: &Value) -> Self {
        Self::collect(schema).unwrap_or_default()
    }

    /// The rules of a schema; nothing if there are none.
    fn collect(schema: &Value) -> Option<Self> {
        let inner = |key| schema.get(key).and_then(Self::collect).map(Box::new);
        let properties = schema.get("properties").and_then(Value::as_object).into_iter().flatten();
        let rules = Rules {
            own: Own::of(schema),
            properties: properties.filter_map(|(name, inner)| Some((name.clone(), Self::collect(inner)?))).collect(),
            items: inner("items"),
            additional_properties: inner("additionalProperties"),
        };
        (!rules.is_empty()).then_some(rules)
    }

    /// All rules, compiled, those of each place together.
    #[cfg(test)]
    pub(super) fn compiled(&self) -> Vec<&CompiledSchema> {
        let inner = self.properties.values().chain(self.items.as_deref()).chain(self.additional_properties.as_deref());
        self.own.iter().map(Own::compiled).chain(inner.flat_map(Rules::compiled)).collect()
    }

    fn is_empty(&self) -> bool {
        let Rules { own, properties, items, additional_properties } = self;
        own.is_none() && properties.is_empty() && items.is_none() && additional_properties.is_none()
    }

    /// Evaluates every rule that `object` meets. A rule that we cannot evaluate makes the check incomplete; it does
    /// not speak against the object.
    pub(super) fn check(&self, object: &Value) -> Checked {
        let mut checked = Checked { violations: Vec::new(), complete: true };
        self.walk(object, &FieldPath::root(), &mut |own, value, path| own.check(value, path, &mut checked));
        checked
    }

    /// Visits the places of `value` that have rules of their own.
    fn walk(&self, value: &Value, path: &FieldPath, visit: &mut impl FnMut(&Own, &Value, &FieldPath)) {
        if let Some(own) = &self.own {
            visit(own, value, path);
        }
        match value {
            Value::Object(fields) => {
                for (name, value) in fields {
                    if let Some(rules) = self.properties.get(name).or(self.additional_properties.as_deref()) {
                        rules.walk(value, &path.child(name), visit);
                    }
                }
            }
            Value::Array(items) => {
                let Some(rules) = &self.items else { return };
                for (index, item) in items.iter().enumerate() {
                    rules.walk(item, &path.index(index), visit);
                }
            }
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
        }
    }
}

impl Own {
    fn of(schema: &Value) -> Option<Self> {
        let branches = || BRANCHES.iter().filter_map(|key| schema.get(key));
        let here = schema.get(RULES).is_some() || branches().any(has_rules);
        here.then(|| Own { schema: without_inner_rules(schema), compiled: OnceLock::new() })
    }

    fn compiled(&self) -> &CompiledSchema {
        self.compiled.get_or_init(|| kube_cel::compile_schema(&self.schema))
    }

    fn check(&self, value: &Value, path: &FieldPath, checked: &mut Checked) {
        let errors = kube_cel::validate_compiled(self.compiled(), value, None).err().into_iter().flatten();
        let (ours, theirs): (Vec<_>, Vec<_>) = errors.partition(|error| is_ours(&error.kind));
        checked.complete &= ours.is_empty();
        if let Some(message) = duration::malformed(self.compiled(), value).filter(|_| theirs.is_empty()) {
            checked.violations.push(violation(path.clone(), message));
        }
        checked
            .violations
            .extend(theirs.into_iter().map(|error| violation(path.join(&error.field_path), error.message)));
    }
}

/// A rule may look at all that lies inside its place, so the types there are kept.
fn without_inner_rules(schema: &Value) -> Value {
    let mut schema = schema.clone();
    for key in ["properties", "items", "additionalProperties"] {
        schema.get_mut(key).into_iter().for_each(remove_rules);
    }
    schema
}

fn remove_rules(schema: &mut Value) {
    match schema {
        Value::Object(fields) => {
            fields.remove(RULES);
            fields.values_mut().for_each(remove_rules);
        }
        Value::Array(items) => items.iter_mut().for_each(remove_rules),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

fn has_rules(schema: &Value) -> bool {
    match schema {
        Value::Object(fields) => fields.contains_key(RULES) || fields.values().any(has_rules),
        Value::Array(items) => items.iter().any(has_rules),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => false,
    }
}

fn violation(field: FieldPath, message: String) -> Violation {
    Violation { field: field.to_string(), rule: ViolationRule::Cel, message }
}

/// Whether an error says that the evaluator lacks something, and nothing about the object.
fn is_ours(kind: &ErrorKind) -> bool {
    matches!(
        kind,
        ErrorKind::UnsupportedReference
            | ErrorKind::CompilationFailure
            | ErrorKind::InvalidRule
            | ErrorKind::SchemaTooDeep
    )
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn checked(rule: &str, object: &Value) -> Checked {
        let schema = json!({ "type": "object", "x-kubernetes-validations": [{ "rule": rule, "message": "no" }] });
        Rules::of(&schema).check(object)
    }

    #[test]
    fn a_false_rule_is_a_violation() {
        let checked = checked("self.a < 2", &json!({ "a": 2 }));
        assert!(checked.complete);
        assert_eq!(checked.violations.len(), 1);
        assert_eq!(checked.violations[0].message, "no");
    }

    #[test]
    fn a_rule_beyond_the_evaluator_is_no_violation() {
        let checked = checked("noSuchFunction(self.a)", &json!({ "a": 2 }));
        assert!(!checked.complete);
        assert!(checked.violations.is_empty());
    }

    #[test]
    fn a_rule_that_fails_speaks_against_the_object_as_it_does_upstream() {
        let checked = checked("self.b == 1", &json!({ "a": 2 }));
        assert!(checked.complete);
        assert_eq!(checked.violations.len(), 1);
    }

    #[test]
    fn a_rule_is_asked_where_it_stands_and_sees_all_that_lies_inside() {
        let schema = json!({ "properties": { "spec": {
            "x-kubernetes-validations": [{ "rule": "size(self.routes) < 2", "message": "one" }],
            "properties": { "routes": {
                "items": { "x-kubernetes-validations": [
                    { "rule": "self.port > 0", "message": "positive", "fieldPath": ".port" },
                ]},
            }},
        }}});
        let checked = Rules::of(&schema).check(&json!({ "spec": { "routes": [{ "port": 1 }, { "port": 0 }] } }));
        let found: Vec<_> = checked.violations.iter().map(|it| format!("{}: {}", it.field, it.message)).collect();
        assert_eq!(found, ["spec: one", "spec.routes[1].port: positive"]);
    }

    #[test]
    fn a_rule_that_no_object_meets_is_never_compiled() {
        let schema = json!({ "properties": { "a": { "x-kubernetes-validations": [{ "rule": "self == 1" }] } } });
        let rules = Rules::of(&schema);
        assert!(rules.check(&json!({ "b": 2 })).violations.is_empty());
        assert!(rules.properties["a"].own.as_ref().unwrap().compiled.get().is_none());
    }
}
