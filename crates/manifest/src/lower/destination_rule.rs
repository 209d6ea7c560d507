//! DestinationRules: subsets and client TLS.

use s2a_model::route::{ClientTls, DestinationRule, Subset};
use s2a_model::topology::Labels;
use serde::Deserialize;
use serde_json::Value;

use super::reader::Reader;
use super::string_match::{exported, resolve_host};
use crate::Object;

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct Spec {
    host: String,
    subsets: Vec<SubsetSpec>,
    traffic_policy: TrafficPolicy,
    export_to: Vec<String>,
    workload_selector: Value,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct SubsetSpec {
    name: String,
    labels: Labels,
    traffic_policy: Value,
}

/// Load balancing, pools and outlier detection are the same for whoever routes; only TLS changes who the caller is.
#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct TrafficPolicy {
    tls: Option<Tls>,
    load_balancer: Value,
    connection_pool: Value,
    outlier_detection: Value,
    port_level_settings: Value,
    tunnel: Value,
    proxy_protocol: Value,
    retry_budget: Value,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct Tls {
    mode: String,
    client_certificate: Value,
    private_key: Value,
    ca_certificates: Value,
    credential_name: Value,
    subject_alt_names: Value,
    sni: Value,
    insecure_skip_verify: Value,
    ca_crl: Value,
}

/// Lowers a DestinationRule.
pub(super) fn lower(object: &Object, domain: &str, reader: &mut Reader) -> Option<DestinationRule> {
    let Spec { host, subsets, traffic_policy, export_to, workload_selector: _ } = reader.spec(object)?;
    let tls = traffic_policy.tls.as_ref().map(|tls| match tls.mode.as_str() {
        "ISTIO_MUTUAL" => ClientTls::IstioMutual,
        "SIMPLE" | "MUTUAL" => ClientTls::Application,
        _ => ClientTls::Disable,
    });
    let by_port = has_tls(&traffic_policy.port_level_settings);
    let tls_varies = by_port || subsets.iter().any(|subset| has_tls(&subset.traffic_policy));
    let subset = |SubsetSpec { name, labels, traffic_policy: _ }: SubsetSpec| Subset { name, labels };
    Some(DestinationRule {
        name: object.id.name.clone(),
        host: resolve_host(&host, &object.id.name.namespace, domain),
        subsets: subsets.into_iter().map(subset).collect(),
        tls,
        tls_varies,
        exported: exported(&export_to),
        object: object.id.clone(),
    })
}

/// Whether a traffic policy, or the settings of some port, speak of TLS.
fn has_tls(policy: &Value) -> bool {
    match policy {
        Value::Object(entries) => entries.contains_key("tls") || entries.values().any(has_tls),
        Value::Array(items) => items.iter().any(has_tls),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => false,
    }
}
