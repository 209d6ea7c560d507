//! Objects that have no counterpart in ambient mode.

use s2a_catalog::codes;
use s2a_diagnostic::{Code, Diagnostic};
use s2a_manifest::{Inventory, Object};
use s2a_model::Mesh;
use s2a_model::topology::{DataPlaneMode, Role};
use serde_json::Value;

/// Findings about objects that are left as they are, and what is lost with the sidecars.
#[must_use]
pub fn findings(inventory: &Inventory, mesh: &Mesh) -> Vec<Diagnostic> {
    let sidecars = mesh.workloads.iter().any(|workload| workload.mode == DataPlaneMode::Sidecar);
    let about = |object: &Object| {
        let (code, field, message) = finding(object, mesh)?;
        Some(Diagnostic::about(code, object.reference(), field, message))
    };
    if sidecars { inventory.effective().into_iter().filter_map(about).collect() } else { Vec::new() }
}

fn finding(object: &Object, mesh: &Mesh) -> Option<(&'static Code, &'static str, &'static str)> {
    let targets = object.json.pointer("/spec/targetRefs").is_some();
    match (object.group(), object.id.kind.as_str()) {
        ("networking.istio.io", "Sidecar") => Some((
            &codes::SIDECAR_RESOURCE_HAS_NO_COUNTERPART,
            "spec",
            "egress limits and settings of sidecars end with the sidecars",
        )),
        ("networking.istio.io", "EnvoyFilter") if !targets && !for_gateways(object, mesh) => Some((
            &codes::ENVOY_FILTER_NOT_TRANSLATED,
            "spec",
            "what it patches in sidecars is not there in ambient mode",
        )),
        ("extensions.istio.io", "WasmPlugin") if !targets && !for_gateways(object, mesh) => Some((
            &codes::WASM_PLUGIN_NOT_TRANSLATED,
            "spec",
            "a waypoint runs only plugins that name it or a Service in `targetRefs`",
        )),
        ("telemetry.istio.io", "Telemetry") if object.json.pointer("/spec/selector").is_some() => {
            Some((&codes::TELEMETRY_SELECTOR, "spec.selector", "a waypoint ignores telemetry settings with a selector"))
        }
        ("networking.istio.io", "ProxyConfig") => {
            Some((&codes::PROXY_CONFIG_WITHOUT_EFFECT, "spec", "it configures sidecars and gateways"))
        }
        ("gateway.networking.k8s.io", "Gateway") if is_agentgateway(object) => Some((
            &codes::AGENTGATEWAY_WAYPOINT,
            "spec.gatewayClassName",
            "waypoints of this class get no AuthorizationPolicies",
        )),
        _ => None,
    }
}

fn is_agentgateway(object: &Object) -> bool {
    let class = object.json.pointer("/spec/gatewayClassName").and_then(Value::as_str);
    class.is_some_and(|class| class.contains("agentgateway"))
}

/// Whether it applies to gateways only: by its context, by the pods it selects, or by the usual label.
pub(crate) fn for_gateways(object: &Object, mesh: &Mesh) -> bool {
    let patches = object.json.pointer("/spec/configPatches").and_then(Value::as_array);
    let context = |patch: &Value| patch.pointer("/match/context").and_then(Value::as_str) == Some("GATEWAY");
    if patches.is_some_and(|patches| !patches.is_empty() && patches.iter().all(context)) {
        return true;
    }
    let labels = ["/spec/workloadSelector/labels", "/spec/selector/matchLabels"];
    let Some(labels) = labels.iter().find_map(|path| object.json.pointer(path)).and_then(Value::as_object) else {
        return false;
    };
    let named = labels.get("istio").and_then(Value::as_str).is_some_and(|value| value.ends_with("gateway"));
    let has = |workload: &&s2a_model::topology::Workload| {
        labels.iter().all(|(key, value)| workload.labels.get(key).map(String::as_str) == value.as_str())
    };
    let mut selected = mesh.workloads.iter().filter(has).peekable();
    named || (selected.peek().is_some() && selected.all(|workload| workload.role == Role::Gateway))
}
