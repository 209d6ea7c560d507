//! `init-containers`: containers that ran before the sidecar, or around it.

use s2a_model::topology::{DataPlaneMode, Role};
use serde_json::Value;

use crate::pod::{Container, Pod};
use crate::{Environment, Item, Status};

/// The user of the proxy, whose traffic a sidecar does not capture.
const PROXY_USER: u64 = 1337;

pub(super) fn run(environment: &Environment<'_>) -> Vec<Item> {
    let in_mesh = environment
        .workloads()
        .filter(|(workload, _)| workload.mode != DataPlaneMode::None && workload.role == Role::Application);
    in_mesh.flat_map(|(_, pod)| of_pod(&pod)).collect()
}

fn of_pod(pod: &Pod<'_>) -> Vec<Item> {
    let pod_user = pod.get("/spec/securityContext/runAsUser").and_then(Value::as_u64);
    let containers = pod.containers();
    let own = containers.iter().filter(|container| !container.name.starts_with("istio-"));
    own.filter_map(|container| of_container(pod, container, pod_user)).collect()
}

fn of_container(pod: &Pod<'_>, container: &Container<'_>, pod_user: Option<u64>) -> Option<Item> {
    let name = container.name;
    let user = container.get("/securityContext/runAsUser").and_then(Value::as_u64).or(pod_user);
    if user == Some(PROXY_USER) {
        let text = format!("`{name}` runs as user {PROXY_USER}, past the sidecar; ztunnel captures it");
        return Some(Item::about(Status::Warning, pod.object, &container.field, text));
    }
    if !container.init {
        return None;
    }
    let kind = if container.is_native_sidecar() { "native sidecar" } else { "init container" };
    let text = format!("{kind} `{name}` calls with the pod's identity in ambient mode, and policies count for it");
    Some(Item::about(Status::Warning, pod.object, &container.field, text))
}
