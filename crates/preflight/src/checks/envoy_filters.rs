//! `envoy-filters`: what each one patches, and whether that goes away with the sidecars.

use s2a_catalog::Feature;
use s2a_manifest::Object;
use serde_json::Value;

use crate::left_behind::for_gateways;
use crate::{Environment, Item, Status};

pub(super) fn run(environment: &Environment<'_>) -> Vec<Item> {
    environment.of("EnvoyFilter").iter().flat_map(|object| of_filter(object, environment)).collect()
}

fn of_filter(object: &Object, environment: &Environment<'_>) -> Vec<Item> {
    let targets = object.json.pointer("/spec/targetRefs").is_some();
    let (status, fate) = if targets && environment.target.supports(Feature::EnvoyFilterAtWaypoint) {
        (Status::Passed, "it names what it is for in `targetRefs`")
    } else if targets {
        (Status::Failed, "this release of Istio does not read its `targetRefs`")
    } else if for_gateways(object, environment.mesh) {
        (Status::Passed, "gateways keep it")
    } else {
        (Status::Failed, "it ends with the sidecars")
    };
    let patches = object.json.pointer("/spec/configPatches").and_then(Value::as_array).into_iter().flatten();
    let item = |(index, patch): (usize, &Value)| {
        Item::about(status, object, format!("spec.configPatches[{index}]"), format!("{}: {fate}", words(patch)))
    };
    patches.enumerate().map(item).collect()
}

/// A patch in words: `MERGE of HTTP_FILTER envoy.filters.http.lua in SIDECAR_INBOUND`.
fn words(patch: &Value) -> String {
    let text = |pointer: &str| patch.pointer(pointer).and_then(Value::as_str);
    let name = text("/patch/value/name").or_else(|| text("/match/listener/filterChain/filter/subFilter/name"));
    let name = name.or_else(|| text("/match/listener/filterChain/filter/name"));
    let name = name.map(|name| format!(" {name}")).unwrap_or_default();
    let operation = text("/patch/operation").unwrap_or("MERGE");
    let context = text("/match/context").unwrap_or("ANY");
    format!("{operation} of {}{name} in {context}", text("/applyTo").unwrap_or("nothing"))
}
