//! Typed reading of an object's fields, with findings where they stand.

use s2a_catalog::codes;
use s2a_diagnostic::Diagnostic;
use s2a_model::{Origin, topology::Labels};
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::Object;

/// Reads fields and gathers findings.
#[derive(Debug, Default)]
pub(super) struct Reader {
    pub(super) diagnostics: Vec<Diagnostic>,
}

impl Reader {
    /// Reads `spec`. A field of the wrong type is a finding, and the object counts for nothing, as the API server
    /// would refuse it. A missing `spec` is an empty one.
    pub(super) fn spec<T: DeserializeOwned>(&mut self, object: &Object) -> Option<T> {
        let spec = object.json.get("spec").cloned().unwrap_or_else(|| Value::Object(serde_json::Map::new()));
        self.read(object, "spec", without_nulls(spec), true)
    }

    /// Reads a part of an object. `strict` reports fields that the type does not name.
    pub(super) fn read<T: DeserializeOwned>(
        &mut self,
        object: &Object,
        at: &str,
        value: Value,
        strict: bool,
    ) -> Option<T> {
        let mut unknown = Vec::new();
        let mut track = serde_path_to_error::Track::new();
        let tracked = serde_path_to_error::Deserializer::new(value, &mut track);
        let result = serde_ignored::deserialize(tracked, |path| unknown.push(path.to_string()));
        if strict {
            for path in unknown {
                let field = join(at, &field_path(&path));
                let message = format!("`{field}` is no field of this kind");
                self.report(Diagnostic::about(&codes::UNKNOWN_FIELD, object.reference(), &field, message));
            }
        }
        match result {
            Ok(value) => Some(value),
            Err(error) => {
                let path = track.path().to_string();
                let field = join(at, if path == "." { "" } else { &path });
                let message = format!("{error}");
                self.report(Diagnostic::about(&codes::FIELD_OF_WRONG_TYPE, object.reference(), &field, message));
                None
            }
        }
    }

    /// Adds a finding.
    pub(super) fn report(&mut self, diagnostic: Diagnostic) {
        self.diagnostics.push(diagnostic);
    }
}

/// The origin of an object's field.
pub(super) fn origin(object: &Object, field: &str) -> Origin {
    Origin { object: object.id.clone(), field: field.to_owned() }
}

/// The labels of an object.
pub(super) fn labels(object: &Object) -> Labels {
    let labels = object.json.get("metadata").and_then(|metadata| metadata.get("labels")).and_then(Value::as_object);
    let entry = |(key, value): (&String, &Value)| Some((key.clone(), value.as_str()?.to_owned()));
    labels.into_iter().flatten().filter_map(entry).collect()
}

/// `rules.0.to` becomes `rules[0].to`.
fn field_path(path: &str) -> String {
    let mut field = String::new();
    for part in path.split('.').filter(|part| *part != "?") {
        match part.parse::<usize>() {
            Ok(index) => field.push_str(&format!("[{index}]")),
            Err(_) if field.is_empty() => field.push_str(part),
            Err(_) => field.push_str(&format!(".{part}")),
        }
    }
    field
}

fn join(at: &str, field: &str) -> String {
    if field.is_empty() {
        at.to_owned()
    } else if field.starts_with('[') {
        format!("{at}{field}")
    } else {
        format!("{at}.{field}")
    }
}

/// The API server takes a null for a missing field.
pub(super) fn without_nulls(value: Value) -> Value {
    match value {
        Value::Object(entries) => Value::Object(
            entries
                .into_iter()
                .filter(|(_, value)| !value.is_null())
                .map(|(key, value)| (key, without_nulls(value)))
                .collect(),
        ),
        Value::Array(items) => Value::Array(items.into_iter().map(without_nulls).collect()),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => value,
    }
}
