//! `host-network`: pods that no data plane captures.

use serde_json::Value;

use crate::{Environment, Item, Status};

pub(super) fn run(environment: &Environment<'_>) -> Vec<Item> {
    let root = &environment.mesh.settings.root_namespace;
    let workloads = environment.workloads().filter(|(workload, _)| {
        let namespace = &workload.name.namespace;
        namespace != root && environment.is_meshed(namespace)
    });
    let on_host = workloads.filter(|(_, pod)| pod.get("/spec/hostNetwork").and_then(Value::as_bool) == Some(true));
    let text = "neither a sidecar nor ztunnel: it calls and is called in plaintext, without identity";
    on_host.map(|(_, pod)| Item::about(Status::Warning, pod.object, pod.field("spec.hostNetwork"), text)).collect()
}
