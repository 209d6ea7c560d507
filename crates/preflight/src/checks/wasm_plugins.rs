//! `wasm-plugins`: where each one runs when the sidecars are gone.

use s2a_manifest::Object;
use serde_json::Value;

use crate::left_behind::for_gateways;
use crate::{Environment, Item, Status};

pub(super) fn run(environment: &Environment<'_>) -> Vec<Item> {
    environment.of("WasmPlugin").iter().map(|object| of_plugin(object, environment)).collect()
}

fn of_plugin(object: &Object, environment: &Environment<'_>) -> Item {
    let phase = object.json.pointer("/spec/phase").and_then(Value::as_str).unwrap_or("UNSPECIFIED_PHASE");
    let (status, text) = if object.json.pointer("/spec/targetRefs").is_some() {
        (Status::Passed, "it names what it is for in `targetRefs`")
    } else if for_gateways(object, environment.mesh) {
        (Status::Passed, "gateways keep it")
    } else {
        (Status::Failed, "it ends with the sidecars")
    };
    Item::about(status, object, "spec", format!("phase {phase}: {text}"))
}
