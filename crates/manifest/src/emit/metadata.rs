//! Names, and where an object comes from.

use s2a_model::{Name, ObjectId};
use s2a_yaml::Splicer;
use serde_json::{Map, Value, json};

use crate::Object;

/// The annotation that says where a written object comes from.
pub(crate) const ORIGIN: &str = "sidecar2ambient/origin";

/// The metadata of a new object. It names its namespace unless its neighbour, in the same one, does not either.
pub(super) fn of_new(neighbour: &Object, origins: &[ObjectId], name: &Name) -> Map<String, Value> {
    let mut metadata = Map::new();
    metadata.insert("name".to_owned(), json!(name.name));
    let implied = neighbour.metadata("namespace").is_none() && neighbour.id.name.namespace == name.namespace;
    if !implied {
        metadata.insert("namespace".to_owned(), json!(name.namespace));
    }
    let mut origins: Vec<String> = origins.iter().map(ToString::to_string).collect();
    origins.sort();
    origins.dedup();
    metadata.insert("annotations".to_owned(), json!({ ORIGIN: shorten(&origins) }));
    metadata
}

/// Says in which form a route keeps the order of the rules it comes from, and which of them became which.
pub(super) fn with_form(mut metadata: Map<String, Value>, form: &str, rules: &str) -> Map<String, Value> {
    if let Some(annotations) = metadata.get_mut("annotations").and_then(Value::as_object_mut) {
        annotations.insert("sidecar2ambient/form".to_owned(), json!(form));
        annotations.insert("sidecar2ambient/rules".to_owned(), json!(rules));
    }
    metadata
}

/// Labels stand before annotations, as `kubectl` users write them.
pub(super) fn set_labels(metadata: &mut Map<String, Value>, labels: Map<String, Value>) {
    if labels.is_empty() {
        return;
    }
    let annotations = metadata.shift_remove("annotations");
    metadata.insert("labels".to_owned(), Value::Object(labels));
    if let Some(annotations) = annotations {
        metadata.insert("annotations".to_owned(), annotations);
    }
}

/// An annotation is read by people: a long list is cut.
fn shorten(origins: &[String]) -> String {
    const SHOWN: usize = 8;
    let shown: Vec<&str> = origins.iter().take(SHOWN).map(String::as_str).collect();
    match origins.len().checked_sub(SHOWN) {
        Some(more) if more > 0 => format!("{} and {more} more", shown.join(", ")),
        _ => shown.join(", "),
    }
}

/// Marks a changed object with its own name.
pub(super) fn annotate(splicer: &mut Splicer<'_>, object: &Object) {
    let text = object.id.to_string();
    splicer.set("metadata.annotations", ORIGIN, &json!(text));
}
