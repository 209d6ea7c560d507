//! `root-namespace-pods`: whether the control plane runs.

use serde_json::Value;

use crate::pod::Pod;
use crate::{Environment, Item, Status};

pub(super) fn run(environment: &Environment<'_>) -> Vec<Item> {
    let root = &environment.mesh.settings.root_namespace;
    let pods: Vec<Pod<'_>> = environment.pods().filter(|pod| pod.object.id.name.namespace == *root).collect();
    let mut items: Vec<Item> = pods.iter().map(phase).collect();
    let running = |pod: &Pod<'_>| pod.label("app") == Some("istiod") && phase(pod).status == Status::Passed;
    if !pods.iter().any(running) {
        let status = if environment.is_known("Pod") { Status::Failed } else { Status::Unknown };
        items.push(Item::plain(status, format!("no pod of istiod is running in {root}")));
    }
    items
}

fn phase(pod: &Pod<'_>) -> Item {
    match pod.get("/status/phase").and_then(Value::as_str) {
        Some(phase @ ("Running" | "Succeeded")) => Item::about(Status::Passed, pod.object, "", phase.to_lowercase()),
        Some(phase) => Item::about(Status::Warning, pod.object, "status.phase", phase.to_lowercase()),
        None => Item::about(Status::Unknown, pod.object, "status.phase", "nothing says whether it is running"),
    }
}
