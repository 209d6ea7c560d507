//! `spire`: pods whose certificate does not come from istiod.

use s2a_model::topology::DataPlaneMode;
use serde_json::Value;

use crate::pod::Pod;
use crate::{Environment, Item, Status};

pub(super) fn run(environment: &Environment<'_>) -> Vec<Item> {
    let in_mesh = environment.workloads().filter(|(workload, _)| workload.mode != DataPlaneMode::None);
    let attested = in_mesh.filter_map(|(_, pod)| {
        let text = "its identity is attested by SPIRE; ztunnel asks the CA it is set up for, by default istiod";
        Some(Item::about(Status::Failed, pod.object, pod.field(&socket(&pod)?), text))
    });
    let servers = environment.workloads().filter(|(_, pod)| {
        let image = |container: &crate::pod::Container<'_>| container.image().contains("spire-");
        pod.containers().iter().any(image)
    });
    let text = "SPIRE runs in this cluster";
    let servers = servers.map(|(_, pod)| Item::about(Status::Warning, pod.object, "", text));
    attested.chain(servers).collect()
}

/// Where a pod mounts SPIRE's socket, or asks for the template that does.
fn socket(pod: &Pod<'_>) -> Option<String> {
    if pod.annotation("inject.istio.io/templates").is_some_and(|value| value.contains("spire")) {
        return Some("metadata.annotations[inject.istio.io/templates]".to_owned());
    }
    let volumes = pod.get("/spec/volumes").and_then(Value::as_array)?;
    let of_spire = |volume: &Value| {
        let driver = volume.pointer("/csi/driver").and_then(Value::as_str) == Some("csi.spiffe.io");
        let path = volume.pointer("/hostPath/path").and_then(Value::as_str);
        driver || path.is_some_and(|path| path.contains("spire"))
    };
    volumes.iter().position(of_spire).map(|index| format!("spec.volumes[{index}]"))
}
