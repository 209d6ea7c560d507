//! Manifests for what the model takes for granted, so that the recorder judges the same mesh.

use std::collections::BTreeMap;

use s2a_model::topology::{DataPlaneMode, ServicePort, TargetPort, Workload};
use s2a_model::{ClientMode, Mesh, Name};
use serde_json::{Value, json};

use crate::pair::Side;
use crate::question::{Asker, Question};

/// The manifests of the namespaces and workloads that were assumed, and of clients that the mesh does not have.
#[must_use]
pub fn assumed(side: &Side, questions: &[Question]) -> Vec<Value> {
    let mut manifests = namespaces(side);
    let workloads = side.lowered.assumptions.workloads.iter().flatten();
    manifests.extend(workloads.map(|workload| deployment_of(workload, &side.lowered.mesh)));
    let clients: BTreeMap<Name, Value> =
        questions.iter().filter_map(|question| client(&question.client, &side.lowered.mesh)).collect();
    manifests.extend(clients.into_values());
    manifests
}

/// The name under which the recorder knows a client; empty outside of the mesh.
#[must_use]
pub fn client_name(client: &Asker, mesh: &Mesh) -> String {
    match client {
        Asker::Outside => String::new(),
        Asker::Mesh(name) | Asker::Gateway(name) => match client.workload(mesh) {
            Some(workload) => workload.name.to_string(),
            None => stand_in(name).to_string(),
        },
    }
}

fn stand_in(name: &Name) -> Name {
    Name::new(name.namespace.clone(), format!("{}-client", name.name))
}

fn namespaces(side: &Side) -> Vec<Value> {
    let modes = side.lowered.assumptions.namespaces.iter().flatten();
    let manifest = |(name, mode): (&String, &DataPlaneMode)| {
        let known = side.lowered.mesh.namespaces.get(name);
        let mut labels = known.map(|namespace| namespace.labels.clone()).unwrap_or_default();
        let (key, value) = match mode {
            DataPlaneMode::Sidecar => ("istio-injection", "enabled"),
            DataPlaneMode::Ambient => ("istio.io/dataplane-mode", "ambient"),
            DataPlaneMode::None => return None,
        };
        labels.insert(key.to_owned(), value.to_owned());
        Some(json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": labels}}))
    };
    modes.filter_map(manifest).collect()
}

/// A workload that was assumed has the ports that its Services name, each with the number of the Service port.
fn deployment_of(workload: &Workload, mesh: &Mesh) -> Value {
    let named = |port: &ServicePort| match &port.target {
        TargetPort::Name(name) => Some((name.clone(), json!({"name": name, "containerPort": port.number}))),
        TargetPort::Number(_) => None,
    };
    let ports: BTreeMap<String, Value> =
        mesh.services_of(workload).flat_map(|service| &service.ports).filter_map(named).collect();
    let ports: Vec<Value> = ports.into_values().collect();
    deployment(&workload.name, &json!(workload.labels), &workload.service_account, &json!({}), &ports)
}

/// A client that the mesh does not have: a workload that no Service selects, connected like its others.
fn client(client: &Asker, mesh: &Mesh) -> Option<(Name, Value)> {
    let (name, labels, annotations) = match client {
        _ if client.workload(mesh).is_some() => return None,
        Asker::Outside => return None,
        Asker::Gateway(name) => (name, json!({}), json!({"inject.istio.io/templates": "gateway"})),
        Asker::Mesh(name) => match mesh.clients {
            ClientMode::Sidecar => (name, json!({"sidecar.istio.io/inject": "true"}), json!({})),
            ClientMode::Ambient => {
                (name, json!({"istio.io/dataplane-mode": "ambient", "sidecar.istio.io/inject": "false"}), json!({}))
            }
        },
    };
    let own = stand_in(name);
    Some((own.clone(), deployment(&own, &labels, &name.name, &annotations, &[])))
}

fn deployment(name: &Name, labels: &Value, account: &str, annotations: &Value, ports: &[Value]) -> Value {
    json!({
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": name.name, "namespace": name.namespace},
        "spec": {
            "selector": {"matchLabels": labels},
            "template": {
                "metadata": {"labels": labels, "annotations": annotations},
                "spec": {"serviceAccountName": account, "containers": [{"name": "main", "image": "main", "ports": ports}]},
            },
        },
    })
}
