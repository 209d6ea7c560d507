//! Workloads: every kind with a pod template, and pods.

use std::cmp::Reverse;
use std::collections::BTreeSet;

use k8s_openapi::api::core::v1::{PodSpec, PodTemplateSpec};
use s2a_catalog::codes;
use s2a_diagnostic::Diagnostic;
use s2a_model::topology::{ContainerPort, DataPlaneMode, Labels, Role, Service, Workload};
use s2a_model::{ByName, Mesh, Name};
use serde_json::Value;

use super::namespace::Modes;
use super::reader::{Reader, without_nulls};
use crate::Object;

/// Lowers all workloads of the input.
pub(super) fn lower_all(objects: &[&Object], mesh: &Mesh, modes: &Modes, reader: &mut Reader) -> Vec<Workload> {
    let names: BTreeSet<(&str, &Name)> = objects.iter().map(|it| (it.id.kind.as_str(), &it.id.name)).collect();
    let mut workloads = Vec::new();
    for object in objects {
        let Some((path, template)) = template(object) else { continue };
        if is_owned(object, &names) {
            continue;
        }
        let Some(template) = reader.read::<PodTemplateSpec>(object, path, without_nulls(template), false) else {
            continue;
        };
        workloads.push(workload(object, template, mesh, modes));
    }
    workloads
}

/// The pod template of an object, with its path.
fn template(object: &Object) -> Option<(&'static str, Value)> {
    let spec = object.json.get("spec");
    match object.id.kind.as_str() {
        "Pod" => Some(("", object.json.clone())),
        "Deployment" | "StatefulSet" | "DaemonSet" | "ReplicaSet" | "ReplicationController" | "Job" | "Rollout" => {
            Some(("spec.template", spec?.get("template")?.clone()))
        }
        "CronJob" => {
            let template = spec?.get("jobTemplate")?.get("spec")?.get("template")?;
            Some(("spec.jobTemplate.spec.template", template.clone()))
        }
        _ => None,
    }
}

/// Whether another object of the input made this one.
fn is_owned(object: &Object, names: &BTreeSet<(&str, &Name)>) -> bool {
    let owners = object.json.get("metadata").and_then(|metadata| metadata.get("ownerReferences"));
    let owner = |owner: &Value| {
        let kind = owner.get("kind").and_then(Value::as_str);
        let name = owner.get("name").and_then(Value::as_str);
        kind.zip(name)
            .is_some_and(|(kind, name)| names.contains(&(kind, &Name::new(object.id.name.namespace.clone(), name))))
    };
    owners.and_then(Value::as_array).is_some_and(|owners| owners.iter().any(owner))
}

fn workload(object: &Object, template: PodTemplateSpec, mesh: &Mesh, modes: &Modes) -> Workload {
    let metadata = template.metadata.unwrap_or_default();
    let labels = metadata.labels.unwrap_or_default();
    let annotations = metadata.annotations.unwrap_or_default();
    let spec = template.spec.unwrap_or_default();
    let role = role(&labels, &annotations, &spec);
    let mode = match role {
        Role::Gateway => DataPlaneMode::None,
        Role::Application if object.id.name.namespace == mesh.settings.root_namespace => DataPlaneMode::None,
        Role::Application => mode(&labels, &annotations, &spec, modes.of(&object.id.name.namespace)),
    };
    let ip = object.json.get("status").and_then(|status| status.get("podIP")).and_then(Value::as_str);
    Workload {
        name: object.id.name.clone(),
        labels,
        service_account: spec.service_account_name.clone().or(spec.service_account.clone()).unwrap_or("default".into()),
        mode,
        host_network: spec.host_network == Some(true),
        role,
        ports: ports(&spec),
        ip: ip.and_then(|ip| ip.parse().ok()),
        object: object.id.clone(),
        scraped: scraped(&annotations),
        assumed: false,
    }
}

/// The port at which the annotations that Prometheus' own configuration knows ask to be scraped.
fn scraped(annotations: &Labels) -> Option<u16> {
    let wanted = annotations.get("prometheus.io/scrape").is_some_and(|value| value == "true");
    annotations.get("prometheus.io/port").filter(|_| wanted).and_then(|port| port.parse().ok())
}

fn ports(spec: &PodSpec) -> Vec<ContainerPort> {
    let all = spec.containers.iter().filter_map(|container| container.ports.as_ref()).flatten();
    let port = |port: &k8s_openapi::api::core::v1::ContainerPort| {
        Some(ContainerPort { name: port.name.clone(), number: u16::try_from(port.container_port).ok()? })
    };
    all.filter(|port| port.protocol.as_deref() != Some("UDP")).filter_map(port).collect()
}

/// A gateway is injected with a gateway template, carries the usual label, or was made for a Gateway object.
fn role(labels: &Labels, annotations: &Labels, spec: &PodSpec) -> Role {
    let template = annotations.get("inject.istio.io/templates").is_some_and(|value| value.contains("gateway"));
    let label =
        labels.get("istio").is_some_and(|value| value.ends_with("ingressgateway") || value.ends_with("egressgateway"));
    let router = spec.containers.iter().any(|container| {
        container.name == "istio-proxy"
            && container.args.as_ref().is_some_and(|args| args.iter().any(|arg| arg == "router" || arg == "waypoint"))
    });
    let made = labels.contains_key("gateway.networking.k8s.io/gateway-name");
    if template || label || router || made { Role::Gateway } else { Role::Application }
}

/// The pod's own labels and annotations come before the namespace's. Pods on the host's network get neither mode.
fn mode(labels: &Labels, annotations: &Labels, spec: &PodSpec, namespace: DataPlaneMode) -> DataPlaneMode {
    if spec.host_network == Some(true) {
        return DataPlaneMode::None;
    }
    let inject = labels.get("sidecar.istio.io/inject").or_else(|| annotations.get("sidecar.istio.io/inject"));
    let ambient = match labels.get("istio.io/dataplane-mode").map(String::as_str) {
        Some("ambient") => true,
        Some(_) => false,
        None => namespace == DataPlaneMode::Ambient,
    };
    let by_rev = labels.contains_key("istio.io/rev") && namespace == DataPlaneMode::None;
    match inject.map(String::as_str) {
        Some("false") if !ambient => DataPlaneMode::None,
        Some("true") if namespace != DataPlaneMode::None || !ambient => DataPlaneMode::Sidecar,
        _ if ambient => DataPlaneMode::Ambient,
        _ if namespace == DataPlaneMode::Sidecar || by_rev => DataPlaneMode::Sidecar,
        _ if has_sidecar(spec) => DataPlaneMode::Sidecar,
        _ => DataPlaneMode::None,
    }
}

fn has_sidecar(spec: &PodSpec) -> bool {
    let init = spec.init_containers.as_ref().into_iter().flatten();
    spec.containers.iter().chain(init).any(|container| container.name == "istio-proxy")
}

/// Assumes the pods that Services must have where the input has none: one workload with the labels of the selector,
/// and one for each subset of a DestinationRule. The Service with the longest selector comes first, whatever the order
/// of the documents: its pods may serve for a Service with a shorter one, never the other way round.
pub(super) fn assume(mesh: &Mesh, modes: &Modes, reader: &mut Reader) -> Vec<Workload> {
    let mut services: Vec<&Service> = mesh.services.iter().filter(|service| !service.selector.is_empty()).collect();
    services.sort_by(|one, other| {
        (Reverse(one.selector.len()), &one.name).cmp(&(Reverse(other.selector.len()), &other.name))
    });
    let mut assumed: ByName<Workload> = ByName::default();
    for service in services {
        let selects_any = |workloads: &ByName<Workload>| {
            workloads.of_namespace(&service.name.namespace).iter().any(|workload| service.selects(workload))
        };
        if selects_any(&mesh.workloads) || selects_any(&assumed) {
            continue;
        }
        let mut workloads = assumed_for(service, mesh, modes);
        name_apart(&mut workloads, mesh.workloads.iter().chain(&assumed));
        let message = format!(
            "no workload of the input has the labels of this selector: assumed {}",
            workloads.iter().map(|workload| workload.name.name.as_str()).collect::<Vec<_>>().join(", ")
        );
        let about = crate::object::reference(&service.object);
        reader.report(Diagnostic::about(&codes::WORKLOAD_ASSUMED, about, "spec.selector", message));
        assumed.extend(workloads);
    }
    assumed.to_vec()
}

fn assumed_for(service: &Service, mesh: &Mesh, modes: &Modes) -> Vec<Workload> {
    let host = service.host(&mesh.settings.cluster_domain);
    let subsets = mesh.destination_rules_of(&host).into_iter().flat_map(|rule| &rule.subsets);
    let subsets: Vec<_> = subsets.filter(|subset| !subset.labels.is_empty()).collect();
    let one = |name: String, labels: Labels| Workload {
        name: Name::new(service.name.namespace.clone(), name),
        labels,
        service_account: "default".to_owned(),
        mode: modes.of(&service.name.namespace),
        host_network: false,
        role: Role::Application,
        ports: Vec::new(),
        ip: None,
        object: service.object.clone(),
        scraped: None,
        assumed: true,
    };
    if subsets.is_empty() {
        return vec![one(service.name.name.clone(), service.selector.clone())];
    }
    let merged = |labels: &Labels| service.selector.clone().into_iter().chain(labels.clone()).collect();
    subsets.iter().map(|subset| one(format!("{}-{}", service.name.name, subset.name), merged(&subset.labels))).collect()
}

/// Gives names of their own to workloads that were named like others: by its name a workload is found.
fn name_apart<'a>(workloads: &mut [Workload], others: impl Iterator<Item = &'a Workload>) {
    let mut taken: BTreeSet<Name> = others.map(|workload| workload.name.clone()).collect();
    for workload in workloads {
        let first = workload.name.name.clone();
        for number in 2u32.. {
            if taken.insert(workload.name.clone()) {
                break;
            }
            workload.name.name = format!("{first}-{number}");
        }
    }
}

/// The same workloads in the modes that the namespaces have now.
pub(super) fn with_modes(workloads: &[Workload], modes: &Modes) -> Vec<Workload> {
    let moved = |workload: &Workload| Workload { mode: modes.of(&workload.name.namespace), ..workload.clone() };
    workloads.iter().map(moved).collect()
}
