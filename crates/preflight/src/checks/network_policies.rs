//! `network-policies`: policies of the network that close the port between ambient pods.

use s2a_manifest::Object;
use s2a_model::topology::{DataPlaneMode, Workload};
use serde_json::Value;

use crate::{Environment, Item, Status, selector};

/// The port of HBONE.
const HBONE: u64 = 15008;

pub(super) fn run(environment: &Environment<'_>) -> Vec<Item> {
    let policies = environment.of_group("networking.k8s.io", "NetworkPolicy");
    policies.flat_map(|policy| of_policy(policy, environment)).collect()
}

fn of_policy(policy: &Object, environment: &Environment<'_>) -> Vec<Item> {
    let selected = selected(policy, environment);
    let Some(first) = selected.first() else {
        return vec![Item::about(Status::Passed, policy, "spec.podSelector", "it selects no pod of the mesh")];
    };
    let others = selected.len().saturating_sub(1);
    let more = if others > 0 { format!(" and {others} more") } else { String::new() };
    let pods = format!("{}/{}{more}", first.name.namespace, first.name.name);
    [("ingress", "Ingress"), ("egress", "Egress")]
        .into_iter()
        .filter(|(list, kind)| restricts(policy, list, kind))
        .map(|(list, _)| of_direction(policy, list, &pods))
        .collect()
}

fn selected<'a>(policy: &Object, environment: &Environment<'a>) -> Vec<&'a Workload> {
    let nothing = Value::Object(serde_json::Map::new());
    let pods = policy.json.pointer("/spec/podSelector").unwrap_or(&nothing);
    let in_mesh = |it: &&Workload| it.mode != DataPlaneMode::None && it.name.namespace == policy.id.name.namespace;
    environment.mesh.workloads.iter().filter(in_mesh).filter(|it| selector::takes(pods, &it.labels)).collect()
}

/// `policyTypes` decides; without it a policy is about ingress, and about egress if it has such rules.
fn restricts(policy: &Object, list: &str, kind: &str) -> bool {
    match policy.json.pointer("/spec/policyTypes").and_then(Value::as_array) {
        Some(kinds) => kinds.iter().any(|it| it.as_str() == Some(kind)),
        None => kind == "Ingress" || policy.json.pointer("/spec").is_some_and(|spec| spec.get(list).is_some()),
    }
}

fn of_direction(policy: &Object, list: &str, pods: &str) -> Item {
    let rules = policy.json.pointer(&format!("/spec/{list}")).and_then(Value::as_array);
    let rules: Vec<&Value> = rules.into_iter().flatten().collect();
    let closed = rules.iter().position(|rule| !lets_hbone_through(rule));
    let field = |index: usize| format!("spec.{list}[{index}].ports");
    match closed {
        _ if rules.is_empty() => Item::about(
            Status::Warning,
            policy,
            format!("spec.{list}"),
            format!("no {list} of {pods} at all, as before"),
        ),
        Some(index) => {
            let text = format!("{list} of {pods} on port {HBONE} is closed to those whom this rule lets in");
            Item::about(Status::Failed, policy, field(index), text)
        }
        None => Item::about(
            Status::Passed,
            policy,
            format!("spec.{list}"),
            format!("{list} of {pods} on port {HBONE} is open"),
        ),
    }
}

/// A rule without ports is about all of them. A port by name is never that of ztunnel.
fn lets_hbone_through(rule: &Value) -> bool {
    let ports = rule.get("ports").and_then(Value::as_array).filter(|ports| !ports.is_empty());
    ports.is_none_or(|ports| ports.iter().any(is_hbone))
}

fn is_hbone(port: &Value) -> bool {
    let tcp = port.get("protocol").and_then(Value::as_str).is_none_or(|protocol| protocol == "TCP");
    let Some(first) = port.get("port") else { return tcp };
    let Some(first) = first.as_u64() else { return false };
    let last = port.get("endPort").and_then(Value::as_u64).unwrap_or(first);
    tcp && (first..=last).contains(&HBONE)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn rules_without_ports_and_ranges_let_hbone_through() {
        for (rule, expected) in [
            (json!({}), true),
            (json!({ "ports": [] }), true),
            (json!({ "ports": [{ "port": 8080 }] }), false),
            (json!({ "ports": [{ "port": "http" }] }), false),
            (json!({ "ports": [{ "port": 8080 }, { "port": 15008 }] }), true),
            (json!({ "ports": [{ "port": 15000, "endPort": 15100 }] }), true),
            (json!({ "ports": [{ "port": 15008, "protocol": "UDP" }] }), false),
            (json!({ "ports": [{ "protocol": "TCP" }] }), true),
        ] {
            assert_eq!(lets_hbone_through(&rule), expected, "{rule}");
        }
    }
}
