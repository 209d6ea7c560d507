//! `opted-out-pods`: what says no to the sidecar, and whether ztunnel hears it.

use s2a_model::topology::{Role, Workload};

use crate::pod::Pod;
use crate::{Environment, Item, Status};

/// Annotations that take traffic away from the sidecar.
const EXCLUSIONS: [&str; 8] = [
    "traffic.sidecar.istio.io/excludeInboundPorts",
    "traffic.sidecar.istio.io/excludeInterfaces",
    "traffic.sidecar.istio.io/excludeOutboundIPRanges",
    "traffic.sidecar.istio.io/excludeOutboundPorts",
    "traffic.sidecar.istio.io/includeInboundPorts",
    "traffic.sidecar.istio.io/includeOutboundIPRanges",
    "traffic.sidecar.istio.io/includeOutboundPorts",
    "sidecar.istio.io/interceptionMode",
];

pub(super) fn run(environment: &Environment<'_>) -> Vec<Item> {
    let meshed =
        |workload: &Workload| workload.role == Role::Application && environment.is_meshed(&workload.name.namespace);
    let workloads = environment.workloads().filter(|(workload, _)| meshed(workload));
    workloads.flat_map(|(_, pod)| opted_out(&pod).into_iter().chain(exclusions(&pod))).collect()
}

fn opted_out(pod: &Pod<'_>) -> Option<Item> {
    let key = "sidecar.istio.io/inject";
    let (field, value) = match (pod.label(key), pod.annotation(key)) {
        (Some(value), _) => ("metadata.labels", value),
        (None, Some(value)) => ("metadata.annotations", value),
        (None, None) => return None,
    };
    if value != "false" {
        return None;
    }
    let field = pod.field(&format!("{field}[{key}]"));
    Some(match pod.label("istio.io/dataplane-mode") {
        Some("none") => {
            Item::about(Status::Passed, pod.object, field, "without sidecar, and outside of ambient mode too")
        }
        Some(_) | None => {
            let text = "without sidecar, but ztunnel takes the pod in when the namespace is enrolled";
            Item::about(Status::Warning, pod.object, field, text)
        }
    })
}

fn exclusions(pod: &Pod<'_>) -> Vec<Item> {
    let found = pod.annotations().filter(|(key, value)| EXCLUSIONS.contains(key) && !is_everything(key, value));
    let item = |(key, value): (&str, &str)| {
        let text = format!("`{key}: {value}` has no effect on ztunnel, which captures all TCP traffic of the pod");
        Item::about(Status::Warning, pod.object, pod.field(&format!("metadata.annotations[{key}]")), text)
    };
    found.map(item).collect()
}

/// Values that the injector itself writes, and that take nothing away.
fn is_everything(key: &str, value: &str) -> bool {
    value == "*" || value.is_empty() || (key.ends_with("interceptionMode") && value == "REDIRECT")
}
