//! The rules for `metadata` that are code upstream: k8s.io/apimachinery pkg/api/validation/objectmeta.go.

use serde_json::{Map, Value};

use crate::answer::{Violation, ViolationRule};
use crate::bundle::{NameRule, Scope};
use crate::field_path::FieldPath;
use crate::names;

/// All keys and values of the annotations of one object, in bytes.
const ANNOTATIONS_LIMIT: usize = 256 * 1024;

/// What is wrong with the names in an object's metadata. Wrong types are the schema's business and passed over.
pub(crate) fn violations(object: &Value, rule: NameRule, scope: Scope) -> Vec<Violation> {
    let empty = Map::new();
    let metadata = object.get("metadata").and_then(Value::as_object).unwrap_or(&empty);
    let mut found = Vec::new();
    found.extend(name(metadata, rule));
    if scope == Scope::Namespaced {
        found.extend(namespace(metadata));
    }
    found.extend(labels(metadata));
    found.extend(annotations(metadata));
    found
}

/// A generated name is its prefix and some random letters and digits, so the prefix may end in a dash.
fn name(metadata: &Map<String, Value>, rule: NameRule) -> Option<Violation> {
    let given = text(metadata, "name");
    let prefix = text(metadata, "generateName");
    match (given, prefix) {
        ("", "") => Some(violation(&at("name"), "name or generateName is required")),
        ("", prefix) => (!admits(rule, &format!("{prefix}0"))).then(|| bad_name("generateName", rule)),
        (name, _) => (!admits(rule, name)).then(|| bad_name("name", rule)),
    }
}

fn admits(rule: NameRule, name: &str) -> bool {
    match rule {
        NameRule::Dns1123Subdomain => names::is_dns_1123_subdomain(name),
        NameRule::Dns1123Label => names::is_dns_1123_label(name),
        NameRule::Dns1035Label => names::is_dns_1035_label(name),
    }
}

fn bad_name(field: &str, rule: NameRule) -> Violation {
    let message = match rule {
        NameRule::Dns1123Subdomain => "must be a DNS-1123 subdomain: a-z, 0-9, - and ., at most 253 characters",
        NameRule::Dns1123Label => "must be a DNS-1123 label: a-z, 0-9 and -, at most 63 characters",
        NameRule::Dns1035Label => "must be a DNS-1035 label: a-z, 0-9 and -, a letter first, at most 63 characters",
    };
    violation(&at(field), message)
}

/// An absent namespace is filled in by the client.
fn namespace(metadata: &Map<String, Value>) -> Option<Violation> {
    let namespace = text(metadata, "namespace");
    (!namespace.is_empty() && !names::is_dns_1123_label(namespace))
        .then(|| bad_name("namespace", NameRule::Dns1123Label))
}

fn labels(metadata: &Map<String, Value>) -> Vec<Violation> {
    let path = at("labels");
    let mut found = Vec::new();
    for (key, value) in entries(metadata, "labels") {
        if !names::is_qualified_name(key) {
            found.push(violation(&path.child(key), "is not a label key"));
        }
        if value.as_str().is_some_and(|value| !names::is_label_value(value)) {
            found.push(violation(&path.child(key), "is not a label value: at most 63 of A-Z, a-z, 0-9, -, _ and ."));
        }
    }
    found
}

/// The case of an annotation's key does not matter.
fn annotations(metadata: &Map<String, Value>) -> Vec<Violation> {
    let path = at("annotations");
    let mut found = Vec::new();
    let mut size = 0_usize;
    for (key, value) in entries(metadata, "annotations") {
        size = size.saturating_add(key.len()).saturating_add(value.as_str().map_or(0, str::len));
        if !names::is_qualified_name(&key.to_lowercase()) {
            found.push(violation(&path.child(key), "is not an annotation key"));
        }
    }
    if size > ANNOTATIONS_LIMIT {
        found.push(violation(&path, "must have at most 262144 bytes in all"));
    }
    found
}

fn at(field: &str) -> FieldPath {
    FieldPath::root().child("metadata").child(field)
}

fn violation(field: &FieldPath, message: &str) -> Violation {
    Violation { field: field.to_string(), rule: ViolationRule::Name, message: message.to_owned() }
}

fn text<'a>(metadata: &'a Map<String, Value>, field: &str) -> &'a str {
    metadata.get(field).and_then(Value::as_str).unwrap_or_default()
}

fn entries<'a>(metadata: &'a Map<String, Value>, field: &str) -> impl Iterator<Item = (&'a String, &'a Value)> {
    metadata.get(field).and_then(Value::as_object).into_iter().flatten()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn fields(metadata: &Value, rule: NameRule) -> Vec<String> {
        let object = json!({ "metadata": metadata });
        violations(&object, rule, Scope::Namespaced).into_iter().map(|violation| violation.field).collect()
    }

    #[test]
    fn the_name_rule_is_the_kinds() {
        let name = json!({ "name": "1.a" });
        assert!(fields(&name, NameRule::Dns1123Subdomain).is_empty());
        assert_eq!(fields(&name, NameRule::Dns1123Label), ["metadata.name"]);
        assert_eq!(fields(&json!({ "name": "1a" }), NameRule::Dns1035Label), ["metadata.name"]);
    }

    #[test]
    fn a_name_may_be_generated() {
        assert!(fields(&json!({ "generateName": "route-" }), NameRule::Dns1123Subdomain).is_empty());
        assert_eq!(fields(&json!({ "generateName": "-" }), NameRule::Dns1123Subdomain), ["metadata.generateName"]);
        assert_eq!(fields(&json!({ "generateName": "Route-" }), NameRule::Dns1123Subdomain), ["metadata.generateName"]);
        assert_eq!(fields(&json!({}), NameRule::Dns1123Subdomain), ["metadata.name"]);
    }

    #[test]
    fn labels_and_annotations() {
        let metadata = json!({
            "name": "a",
            "namespace": "a.b",
            "labels": { "a/b/c": "x", "app": "no spaces", "ok": "" },
            "annotations": { "Example.com/A": "fine whatever it says", "a b": "" },
        });
        let found = fields(&metadata, NameRule::Dns1123Subdomain);
        assert_eq!(
            found,
            ["metadata.namespace", "metadata.labels[a/b/c]", "metadata.labels.app", "metadata.annotations[a b]"]
        );
        let large = json!({ "name": "a", "annotations": { "a": "x".repeat(ANNOTATIONS_LIMIT) } });
        assert_eq!(fields(&large, NameRule::Dns1123Subdomain), ["metadata.annotations"]);
    }
}
