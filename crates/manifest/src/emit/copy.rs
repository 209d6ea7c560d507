//! New objects that begin as a copy of an old one.

use s2a_model::change::Edit;
use s2a_model::topology::Labels;
use serde_json::{Map, Value, json};

use super::{edit, metadata};

/// Annotations that belong to the old object only.
const OWN_ANNOTATIONS: [&str; 2] =
    ["kubectl.kubernetes.io/last-applied-configuration", "deployment.kubernetes.io/revision"];

/// A policy with other targets. Labels and annotations are kept: `istio.io/rev` and `istio.io/dry-run` have a meaning.
pub(super) fn policy(source: &Value, metadata: Map<String, Value>, edits: &[Edit]) -> Value {
    let mut spec = source.get("spec").and_then(Value::as_object).cloned().unwrap_or_default();
    for change in edits {
        edit::apply(&mut spec, change);
    }
    object(source, with_labels_and_annotations(source, metadata), spec)
}

/// A Service for some of the pods. What the API server or a cloud allocates is left out.
pub(super) fn service(source: &Value, mut fields: Map<String, Value>, labels: &Labels) -> Value {
    const ALLOCATED: [&str; 12] = [
        "allocateLoadBalancerNodePorts",
        "clusterIP",
        "clusterIPs",
        "externalIPs",
        "externalTrafficPolicy",
        "healthCheckNodePort",
        "ipFamilies",
        "ipFamilyPolicy",
        "loadBalancerClass",
        "loadBalancerIP",
        "loadBalancerSourceRanges",
        "type",
    ];
    let mut spec = source.get("spec").and_then(Value::as_object).cloned().unwrap_or_default();
    ALLOCATED.iter().for_each(|key| drop(spec.shift_remove(*key)));
    for port in spec.get_mut("ports").and_then(Value::as_array_mut).into_iter().flatten() {
        port.as_object_mut().map(|port| port.shift_remove("nodePort"));
    }
    if let Some(selector) = spec.get_mut("selector").and_then(Value::as_object_mut) {
        selector.extend(labels.iter().map(|(key, value)| (key.clone(), json!(value))));
    }
    let own = source.pointer("/metadata/labels").and_then(Value::as_object).cloned().unwrap_or_default();
    let mut kept: Map<String, Value> = own.into_iter().filter(|(key, _)| !key.starts_with("istio.io/")).collect();
    // Nobody but the waypoint of the whole Service is to dial it, past the policies there.
    kept.insert("istio.io/use-waypoint".to_owned(), json!("none"));
    metadata::set_labels(&mut fields, kept);
    object(source, fields, spec)
}

/// The traffic policy of a subset for its own host. `None` if there is none.
pub(super) fn destination_rule(
    source: &Value,
    metadata: Map<String, Value>,
    subset: &str,
    host: &str,
) -> Option<Value> {
    let spec = source.get("spec")?;
    let subsets = spec.get("subsets").and_then(Value::as_array)?;
    let own = subsets.iter().find(|it| it.get("name").and_then(Value::as_str) == Some(subset))?.get("trafficPolicy");
    let policy = match (spec.get("trafficPolicy"), own) {
        (None, None) => return None,
        (Some(policy), None) | (None, Some(policy)) => policy.clone(),
        (Some(general), Some(own)) => merged(general, own),
    };
    let mut new = Map::new();
    new.insert("host".to_owned(), json!(host));
    new.insert("trafficPolicy".to_owned(), policy);
    if let Some(export) = spec.get("exportTo") {
        new.insert("exportTo".to_owned(), export.clone());
    }
    Some(object(source, metadata, new))
}

/// The subset's settings replace the general ones, field by field (istio/istio
/// `pilot/pkg/networking/core/cluster_builder.go`, `MergeTrafficPolicy`).
fn merged(general: &Value, own: &Value) -> Value {
    let mut policy = general.as_object().cloned().unwrap_or_default();
    policy.extend(own.as_object().cloned().unwrap_or_default());
    Value::Object(policy)
}

fn with_labels_and_annotations(source: &Value, mut fields: Map<String, Value>) -> Map<String, Value> {
    let part = |key: &str| source.pointer(&format!("/metadata/{key}")).and_then(Value::as_object).cloned();
    if let Some(labels) = part("labels") {
        metadata::set_labels(&mut fields, labels);
    }
    let kept =
        part("annotations").unwrap_or_default().into_iter().filter(|(key, _)| !OWN_ANNOTATIONS.contains(&key.as_str()));
    if let Some(annotations) = fields.get_mut("annotations").and_then(Value::as_object_mut) {
        let origin = std::mem::take(annotations);
        annotations.extend(kept);
        annotations.extend(origin);
    }
    fields
}

fn object(source: &Value, metadata: Map<String, Value>, spec: Map<String, Value>) -> Value {
    json!({
        "apiVersion": source.get("apiVersion").cloned().unwrap_or_default(),
        "kind": source.get("kind").cloned().unwrap_or_default(),
        "metadata": metadata,
        "spec": spec,
    })
}
