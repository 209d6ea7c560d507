//! Objects that have no model among the old ones.

use s2a_model::Name;
use s2a_model::topology::Labels;
use serde_json::{Map, Value, json};

use super::metadata::set_labels;

/// A waypoint for Services, as `istioctl waypoint generate` would make it.
pub(super) fn waypoint(mut metadata: Map<String, Value>) -> Value {
    let labels = Map::from_iter([("istio.io/waypoint-for".to_owned(), json!("service"))]);
    set_labels(&mut metadata, labels);
    json!({
        "apiVersion": "gateway.networking.k8s.io/v1",
        "kind": "Gateway",
        "metadata": metadata,
        "spec": {
            "gatewayClassName": "istio-waypoint",
            "listeners": [{ "name": "mesh", "port": 15008, "protocol": "HBONE" }],
        },
    })
}

/// A policy for ztunnel that admits some service accounts only.
pub(super) fn guard(metadata: Map<String, Value>, selector: &Labels, accounts: &[Name]) -> Value {
    let accounts: Vec<String> = accounts.iter().map(ToString::to_string).collect();
    let mut spec = Map::new();
    if !selector.is_empty() {
        spec.insert("selector".to_owned(), json!({ "matchLabels": selector }));
    }
    spec.insert("action".to_owned(), json!("ALLOW"));
    spec.insert("rules".to_owned(), json!([{ "from": [{ "source": { "serviceAccounts": accounts } }] }]));
    json!({
        "apiVersion": "security.istio.io/v1",
        "kind": "AuthorizationPolicy",
        "metadata": metadata,
        "spec": spec,
    })
}
