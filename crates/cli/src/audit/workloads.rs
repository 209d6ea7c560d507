//! Every workload, its mode, and what makes it so.

use s2a_model::topology::{DataPlaneMode, Labels, Role, Workload};
use s2a_report::WorkloadRow;
use serde_json::Value;

use crate::conversion::Conversion;

pub(super) fn rows(conversion: &Conversion) -> Vec<WorkloadRow> {
    let mut rows: Vec<WorkloadRow> = conversion.mesh.workloads.iter().map(|it| row(it, conversion)).collect();
    rows.sort();
    rows
}

fn row(workload: &Workload, conversion: &Conversion) -> WorkloadRow {
    let kind = if workload.assumed { "assumed" } else { workload.object.kind.as_str() };
    let mode = match (workload.role, workload.mode) {
        (Role::Gateway, _) => "gateway",
        (Role::Application, DataPlaneMode::Sidecar) => "sidecar",
        (Role::Application, DataPlaneMode::Ambient) => "ambient",
        (Role::Application, DataPlaneMode::None) => "none",
    };
    WorkloadRow {
        namespace: workload.name.namespace.clone(),
        name: format!("{kind} {}", workload.name.name),
        mode,
        why: why(workload, conversion),
        service_account: workload.service_account.clone(),
        services: conversion.mesh.services_of(workload).map(|service| service.name.name.clone()).collect(),
    }
}

/// The first thing that decides, in the order of the injector.
fn why(workload: &Workload, conversion: &Conversion) -> String {
    let namespace = conversion.mesh.namespaces.get(&workload.name.namespace).map(|namespace| &namespace.labels);
    let of_pod = |key: &str| workload.labels.get(key).map(|value| format!("pod label {key}={value}"));
    let annotated = || annotation(workload, conversion).map(|value| format!("pod annotation {INJECT}={value}"));
    let of_namespace = |key: &str| {
        let value = namespace.and_then(|labels: &Labels| labels.get(key))?;
        Some(format!("namespace label {key}={value}"))
    };
    if workload.role == Role::Gateway {
        return "its own proxy is the workload".to_owned();
    }
    if workload.host_network {
        return "hostNetwork: no proxy captures it".to_owned();
    }
    if workload.name.namespace == conversion.mesh.settings.root_namespace {
        return "the namespace of Istio itself".to_owned();
    }
    let labels = match workload.mode {
        DataPlaneMode::Ambient => of_pod(MODE).or_else(|| of_namespace(MODE)),
        DataPlaneMode::Sidecar => of_pod(INJECT)
            .or_else(annotated)
            .or_else(|| of_namespace("istio-injection"))
            .or_else(|| of_namespace("istio.io/rev"))
            .or_else(|| of_pod("istio.io/rev")),
        DataPlaneMode::None => of_pod(MODE)
            .or_else(|| of_pod(INJECT))
            .or_else(annotated)
            .or_else(|| of_namespace("istio-injection"))
            .or_else(|| of_namespace(MODE)),
    };
    labels.unwrap_or_else(|| match (workload.mode, namespace) {
        (DataPlaneMode::None, _) => "no label asks for a proxy".to_owned(),
        (DataPlaneMode::Sidecar, _) if has_sidecar(workload, conversion) => "it has a container istio-proxy".to_owned(),
        (_, _) => "assumed: the input does not show the namespace's labels".to_owned(),
    })
}

const INJECT: &str = "sidecar.istio.io/inject";
const MODE: &str = "istio.io/dataplane-mode";

fn annotation(workload: &Workload, conversion: &Conversion) -> Option<String> {
    let annotations = template(workload, conversion)?.pointer("/metadata/annotations")?;
    annotations.get(INJECT)?.as_str().map(str::to_owned)
}

fn has_sidecar(workload: &Workload, conversion: &Conversion) -> bool {
    let Some(template) = template(workload, conversion) else { return false };
    let lists = ["/spec/containers", "/spec/initContainers"].into_iter();
    let containers = lists.filter_map(|list| template.pointer(list)?.as_array()).flatten();
    containers.into_iter().any(|container| container.get("name").and_then(Value::as_str) == Some("istio-proxy"))
}

fn template<'a>(workload: &Workload, conversion: &'a Conversion) -> Option<&'a Value> {
    let json = &conversion.before.object(&workload.object)?.json;
    match workload.object.kind.as_str() {
        "Pod" => Some(json),
        "CronJob" => json.pointer("/spec/jobTemplate/spec/template"),
        _ => json.pointer("/spec/template"),
    }
}
