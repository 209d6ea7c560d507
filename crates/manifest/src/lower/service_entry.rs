//! ServiceEntries: hosts outside of the cluster.

use s2a_model::topology::ServiceEntry;
use serde::Deserialize;
use serde_json::Value;

use super::reader::{Reader, labels};
use crate::Object;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[derive(Default)]
struct Spec {
    hosts: Vec<String>,
    addresses: Vec<String>,
    ports: Vec<Port>,
    location: Value,
    resolution: Value,
    endpoints: Value,
    workload_selector: Value,
    export_to: Vec<String>,
    subject_alt_names: Vec<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
#[expect(dead_code, reason = "named so that they are known fields; only the number changes what a route means")]
struct Port {
    number: u16,
    #[serde(default)]
    name: Value,
    #[serde(default)]
    protocol: Value,
    #[serde(default)]
    target_port: Value,
}

/// Lowers a ServiceEntry. What its endpoints are does not matter: both modes send to the same ones.
pub(super) fn lower(object: &Object, reader: &mut Reader) -> Option<ServiceEntry> {
    let Spec {
        hosts,
        addresses: _,
        ports,
        location: _,
        resolution: _,
        endpoints: _,
        workload_selector: _,
        export_to: _,
        subject_alt_names: _,
    } = reader.spec(object)?;
    Some(ServiceEntry {
        name: object.id.name.clone(),
        labels: labels(object),
        hosts,
        ports: ports.iter().map(|port| port.number).collect(),
        object: object.id.clone(),
    })
}
