//! Pod ports become Service ports: a waypoint sees the port that the client dialled.

use std::collections::BTreeSet;

use s2a_catalog::codes;
use s2a_diagnostic::Diagnostic;
use s2a_model::authz::{AuthorizationPolicy, Rule, Values};
use s2a_model::change::Edit;
use s2a_model::topology::Service;
use s2a_model::{Mesh, Origin};

use crate::findings::about;

/// A port that no connection has. It stands for a pod port that no Service port leads to: the condition stays, so
/// that the shape of the rule stays, but never holds.
pub(super) const NO_PORT: &str = "0";

/// The key of a condition on ports.
pub(super) const DESTINATION_PORT: &str = "destination.port";

/// The edits of a policy's port lists for one Service.
pub(super) fn edits(mesh: &Mesh, policy: &AuthorizationPolicy, service: &Service) -> Vec<Edit> {
    let edit = |(field, values): (String, &Vec<String>)| {
        let mapped = service_ports(mesh, service, values);
        (mapped != *values).then_some(Edit::Values { field, values: mapped })
    };
    lists(policy).into_iter().filter_map(edit).collect()
}

/// A rule with its port lists for one Service.
pub(super) fn mapped(mesh: &Mesh, rule: &Rule, service: &Service) -> Rule {
    let map = |list: &mut Vec<String>| {
        if !list.is_empty() {
            *list = service_ports(mesh, service, list);
        }
    };
    let mut rule = rule.clone();
    let operations = rule.to.iter_mut().map(|operation| &mut operation.ports);
    let conditions = rule.when.iter_mut().filter(|when| when.key == DESTINATION_PORT).map(|when| &mut when.values);
    for values in operations.chain(conditions) {
        map(&mut values.values);
        map(&mut values.not_values);
    }
    rule
}

/// Findings about ports that no port of the Service leads to.
pub(super) fn findings(mesh: &Mesh, policy: &AuthorizationPolicy, service: &Service) -> Vec<Diagnostic> {
    let mut findings = Vec::new();
    for (field, values) in lists(policy) {
        for value in values.iter().filter(|value| service_ports(mesh, service, &[(*value).clone()]) == [NO_PORT]) {
            let origin = Origin { object: policy.object.clone(), field: field.clone() };
            let message = format!("no port of Service {} leads to pod port {value}: written as port 0", service.name);
            findings.push(about(&codes::PORT_WITHOUT_SERVICE, &origin, message));
        }
    }
    findings
}

/// Every list of ports in a policy, with its path.
pub(super) fn lists(policy: &AuthorizationPolicy) -> Vec<(String, &Vec<String>)> {
    let mut lists = Vec::new();
    for (index, rule) in policy.rules.iter().enumerate() {
        for (at, operation) in rule.to.iter().enumerate() {
            let field = format!("spec.rules[{index}].to[{at}].operation");
            lists.extend(both(&field, "ports", "notPorts", &operation.ports));
        }
        for (at, when) in rule.when.iter().enumerate().filter(|(_, when)| when.key == DESTINATION_PORT) {
            let field = format!("spec.rules[{index}].when[{at}]");
            lists.extend(both(&field, "values", "notValues", &when.values));
        }
    }
    lists
}

fn both<'a>(field: &str, positive: &str, negative: &str, values: &'a Values) -> Vec<(String, &'a Vec<String>)> {
    let lists = [(positive, &values.values), (negative, &values.not_values)];
    lists
        .into_iter()
        .filter(|(_, list)| !list.is_empty())
        .map(|(name, list)| (format!("{field}.{name}"), list))
        .collect()
}

/// The Service ports that lead to these pod ports, in the order of the Service.
fn service_ports(mesh: &Mesh, service: &Service, values: &[String]) -> Vec<String> {
    let wanted: BTreeSet<u16> = values.iter().filter_map(|value| value.parse().ok()).collect();
    let leads = |port: &&s2a_model::topology::ServicePort| {
        mesh.workloads_of(service)
            .any(|workload| port.target_on(workload).is_some_and(|target| wanted.contains(&target)))
    };
    let ports: Vec<String> = service.ports.iter().filter(leads).map(|port| port.number.to_string()).collect();
    if ports.is_empty() { vec![NO_PORT.to_owned()] } else { ports }
}
