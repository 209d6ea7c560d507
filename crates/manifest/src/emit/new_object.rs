//! Objects that have no model among the old ones.

use std::collections::BTreeSet;

use s2a_model::Name;
use s2a_model::change::DirectCaller;
use s2a_model::topology::Labels;
use serde_json::{Map, Value, json};

use super::metadata::set_labels;

/// A waypoint for Services, as `istioctl waypoint generate` would make it.
pub(super) fn waypoint(
    mut metadata: Map<String, Value>,
    name: &Name,
    others: &BTreeSet<String>,
    parameters: Option<&str>,
) -> Value {
    let labels = Map::from_iter([("istio.io/waypoint-for".to_owned(), json!("service"))]);
    set_labels(&mut metadata, labels);
    let mut spec = Map::from_iter([("gatewayClassName".to_owned(), json!("istio-waypoint"))]);
    if let Some(parameters) = parameters {
        let reference = json!({ "group": "", "kind": "ConfigMap", "name": parameters });
        spec.insert("infrastructure".to_owned(), json!({ "parametersRef": reference }));
    }
    spec.insert("listeners".to_owned(), json!([listener(name, others)]));
    json!({
        "apiVersion": "gateway.networking.k8s.io/v1",
        "kind": "Gateway",
        "metadata": metadata,
        "spec": spec,
    })
}

fn listener(name: &Name, others: &BTreeSet<String>) -> Value {
    if others.is_empty() {
        return json!({ "name": "mesh", "port": 15008, "protocol": "HBONE" });
    }
    json!({ "name": "mesh", "port": 15008, "protocol": "HBONE", "allowedRoutes": allowed_routes(name, others) })
}

/// Admits the namespaces by name, its own among them.
fn allowed_routes(name: &Name, others: &BTreeSet<String>) -> Value {
    let namespaces: BTreeSet<&str> = others.iter().map(String::as_str).chain([name.namespace.as_str()]).collect();
    let expression = json!({ "key": "kubernetes.io/metadata.name", "operator": "In", "values": namespaces });
    json!({ "namespaces": { "from": "Selector", "selector": { "matchExpressions": [expression] } } })
}

/// What istiod lays over the Deployment of a waypoint, and what it adds beside it (istio/istio
/// `pilot/pkg/config/kube/gatewaycommon/deploymentcontroller.go`).
pub(super) fn waypoint_parameters(
    metadata: Map<String, Value>,
    replicas: Option<u32>,
    disruption_budget: bool,
) -> Value {
    let mut data = Map::new();
    if let Some(replicas) = replicas {
        data.insert("deployment".to_owned(), json!(format!("spec:\n  replicas: {replicas}\n")));
    }
    if disruption_budget {
        data.insert("podDisruptionBudget".to_owned(), json!("spec:\n  minAvailable: 1\n"));
    }
    json!({ "apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": data })
}

/// A policy for ztunnel that admits some service accounts only.
pub(super) fn guard(
    metadata: Map<String, Value>,
    selector: &Labels,
    accounts: &[Name],
    direct: &[DirectCaller],
) -> Value {
    let unbound = direct.iter().filter(|caller| caller.port.is_none()).map(|caller| &caller.account);
    let accounts: BTreeSet<&Name> = accounts.iter().chain(unbound).collect();
    let accounts: Vec<String> = accounts.into_iter().map(ToString::to_string).collect();
    let mut rules = vec![json!({ "from": [{ "source": { "serviceAccounts": accounts } }] })];
    for caller in direct {
        let Some(port) = caller.port else { continue };
        rules.push(json!({
            "from": [{ "source": { "serviceAccounts": [caller.account.to_string()] } }],
            "to": [{ "operation": { "ports": [port.to_string()] } }],
        }));
    }
    let mut spec = Map::new();
    if !selector.is_empty() {
        spec.insert("selector".to_owned(), json!({ "matchLabels": selector }));
    }
    spec.insert("action".to_owned(), json!("ALLOW"));
    spec.insert("rules".to_owned(), json!(rules));
    json!({
        "apiVersion": "security.istio.io/v1",
        "kind": "AuthorizationPolicy",
        "metadata": metadata,
        "spec": spec,
    })
}
