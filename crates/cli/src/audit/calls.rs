//! Who calls whom, as far as policies, routes and hosts tell.

use s2a_model::Mesh;
use s2a_model::authz::{Action, AuthorizationPolicy, Rule, Scope, Source};
use s2a_model::route::{BackendRef, Target};
use s2a_report::CallRow;
use serde_json::Value;

use super::needs::destination;
use crate::conversion::Conversion;
use crate::rows::reference;

pub(super) fn rows(conversion: &Conversion) -> Vec<CallRow> {
    let mesh = &conversion.mesh;
    let policies = mesh.authorization_policies.iter().filter(|it| it.action == Action::Allow);
    let mut rows: Vec<CallRow> = policies.flat_map(|policy| of_policy(policy, mesh)).collect();
    rows.extend(gateways(mesh));
    rows.extend(egress(conversion));
    rows.sort();
    rows.dedup();
    rows
}

/// Whom an ALLOW rule names, it expects.
fn of_policy(policy: &AuthorizationPolicy, mesh: &Mesh) -> Vec<CallRow> {
    let to = selected(policy, mesh);
    let rule = |(index, rule): (usize, &Rule)| {
        let field = format!("spec.rules[{index}].from");
        let to = &to;
        let row = move |from: String| {
            let (object, field) = (reference(&policy.object), field.clone());
            to.iter()
                .map(move |to| CallRow {
                    from: from.clone(),
                    to: to.clone(),
                    object: object.clone(),
                    field: field.clone(),
                })
                .collect::<Vec<_>>()
        };
        rule.from.iter().flat_map(callers).flat_map(row).collect::<Vec<_>>()
    };
    policy.rules.iter().enumerate().flat_map(rule).collect()
}

/// What a policy is for: targets, Services of the selected pods, or the namespace.
fn selected(policy: &AuthorizationPolicy, mesh: &Mesh) -> Vec<String> {
    let namespace = &policy.name.namespace;
    match &policy.scope {
        Scope::Targets(targets) => targets.iter().map(|target| format!("{namespace}/{}", target.name)).collect(),
        Scope::Namespace | Scope::EmptySelector if *namespace == mesh.settings.root_namespace => {
            vec!["the mesh".to_owned()]
        }
        Scope::Namespace | Scope::EmptySelector => vec![format!("namespace {namespace}")],
        Scope::Selector(_) => {
            let selected = mesh.workloads.iter().filter(|it| mesh.selects_for_sidecar(&policy.scope, &policy.name, it));
            selected.map(|workload| workload.name.to_string()).collect()
        }
    }
}

fn callers(source: &Source) -> Vec<String> {
    let of = |word: &str, values: &[String]| -> Vec<String> { values.iter().map(|it| format!("{word}{it}")).collect() };
    [
        of("", &source.principals.values),
        of("namespace ", &source.namespaces.values),
        of("account ", &source.service_accounts.values),
        of("address ", &source.ip_blocks.values),
        of("token of ", &source.request_principals.values),
    ]
    .concat()
}

/// A VirtualService for a gateway sends calls from it to its backends.
fn gateways(mesh: &Mesh) -> impl Iterator<Item = CallRow> {
    let bound = mesh.virtual_services.iter().flat_map(|it| it.gateways.iter().map(move |gateway| (it, gateway)));
    let bound = bound.filter(|(_, gateway)| gateway.as_str() != "mesh");
    bound.flat_map(move |(it, gateway)| {
        it.rules.iter().flat_map(move |rule| {
            let from = format!("gateway {gateway}");
            let row = move |to: String| CallRow {
                from: from.clone(),
                to,
                object: reference(&it.object),
                field: rule.origin.field.clone(),
            };
            backends(&rule.action.target).iter().map(|backend| destination(&backend.host, mesh)).map(row)
        })
    })
}

fn backends(target: &Target) -> &[BackendRef] {
    match target {
        Target::Backends(backends) => backends,
        Target::Redirect(_) | Target::Respond { .. } => &[],
    }
}

/// The hosts that a Sidecar resource lets its pods call.
fn egress(conversion: &Conversion) -> Vec<CallRow> {
    let objects = conversion.before.effective();
    let sidecars = objects.into_iter().filter(|it| it.id.kind == "Sidecar" && it.group() == "networking.istio.io");
    let mut rows = Vec::new();
    for object in sidecars {
        let listeners = object.json.pointer("/spec/egress").and_then(Value::as_array).into_iter().flatten();
        for (index, listener) in listeners.enumerate() {
            let hosts = listener.get("hosts").and_then(Value::as_array).into_iter().flatten();
            rows.extend(hosts.filter_map(Value::as_str).map(|host| CallRow {
                from: format!("namespace {}", object.id.name.namespace),
                to: host.to_owned(),
                object: object.reference(),
                field: format!("spec.egress[{index}].hosts"),
            }));
        }
    }
    rows
}
