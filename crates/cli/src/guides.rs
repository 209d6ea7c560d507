//! What the published guides get wrong, where it is in the input: guards that bind the callers, and policies for
//! waypoints that are not there.

use std::collections::BTreeSet;

use s2a_catalog::codes;
use s2a_diagnostic::Diagnostic;
use s2a_manifest::Inventory;
use s2a_model::authz::{Action, AuthorizationPolicy, Scope, TargetKind, TargetRef};
use s2a_model::{Mesh, Name, ObjectId};

use crate::rows;

/// Findings about policies of the input that have targets. `after` and `mesh` are what was written; a policy that was
/// refused has its finding already.
pub(crate) fn findings(after: &Inventory, mesh: &Mesh, refused: &BTreeSet<&ObjectId>) -> Vec<Diagnostic> {
    let mut findings = Vec::new();
    let authorization = mesh.authorization_policies.iter().map(|policy| (&policy.scope, &policy.name, &policy.object));
    let requests = mesh.request_authentications.iter().map(|policy| (&policy.scope, &policy.name, &policy.object));
    for (scope, name, object) in authorization.chain(requests).filter(|(_, _, object)| !refused.contains(object)) {
        let Scope::Targets(targets) = scope else { continue };
        for (index, target) in targets.iter().enumerate() {
            if let Some(message) = dangling(target, &name.namespace, after, mesh) {
                let field = format!("spec.targetRefs[{index}]");
                let code = &codes::TARGET_WITHOUT_WAYPOINT;
                findings.push(Diagnostic::about(code, rows::reference(object), &field, message));
            }
        }
    }
    findings.extend(mesh.authorization_policies.iter().filter_map(|policy| guard_by_targets(policy, mesh)));
    findings
}

/// Why no proxy enforces the policy for this target.
fn dangling(target: &TargetRef, namespace: &str, after: &Inventory, mesh: &Mesh) -> Option<String> {
    let name = &target.name;
    let gateways = || after.objects.iter().filter(|object| object.id.kind == "Gateway").map(|object| &object.id.name);
    match target.kind {
        TargetKind::Gateway if !gateways().any(|known| *known == Name::new(namespace, name.clone())) => {
            Some(format!("no Gateway {namespace}/{name} is in the input or the output"))
        }
        TargetKind::Service => match mesh.service(&Name::new(namespace, name.clone())) {
            None => Some(format!("no Service {namespace}/{name} is in the input")),
            Some(service) if mesh.waypoint_of(service).is_none() => {
                Some(format!("Service {namespace}/{name} uses no waypoint, so nothing enforces this policy"))
            }
            Some(_) => None,
        },
        TargetKind::GatewayClass if namespace != mesh.settings.root_namespace => {
            Some(format!("a GatewayClass is a target in namespace {} only", mesh.settings.root_namespace))
        }
        TargetKind::ServiceEntry => {
            let mut entries = mesh.service_entries.iter();
            match entries.find(|entry| entry.name == Name::new(namespace, name.clone())) {
                None => Some(format!("no ServiceEntry {namespace}/{name} is in the input")),
                Some(entry) if mesh.waypoint_of_entry(entry).is_none() => {
                    Some(format!("ServiceEntry {namespace}/{name} uses no waypoint, so nothing enforces this policy"))
                }
                Some(_) => None,
            }
        }
        TargetKind::GatewayClass | TargetKind::Gateway => None,
    }
}

/// A guard must stand at ztunnel: at the waypoint the caller is the client, and never the waypoint itself.
fn guard_by_targets(policy: &AuthorizationPolicy, mesh: &Mesh) -> Option<Diagnostic> {
    let at_waypoint = |target: &TargetRef| target.kind != TargetKind::Gateway || is_waypoint(target, policy, mesh);
    match &policy.scope {
        Scope::Targets(targets) if targets.iter().any(at_waypoint) => {}
        Scope::Targets(_) | Scope::Namespace | Scope::Selector(_) | Scope::EmptySelector => return None,
    }
    let names_waypoint = |rule: &s2a_model::authz::Rule| {
        !rule.from.is_empty()
            && rule.from.iter().all(|source| {
                let lists = match policy.action {
                    Action::Allow => [&source.principals.values, &source.service_accounts.values],
                    Action::Deny => [&source.principals.not_values, &source.service_accounts.not_values],
                    Action::Audit | Action::Custom(_) => return false,
                };
                let named: Vec<&String> = lists.into_iter().flatten().collect();
                !named.is_empty() && named.iter().all(|value| is_account_of_waypoint(value, mesh))
            })
    };
    let guards = !policy.rules.is_empty() && policy.rules.iter().all(names_waypoint);
    guards.then(|| {
        let message = "at a waypoint the caller is the client, never the waypoint: this refuses everybody";
        let code = &codes::GUARD_BY_TARGETS;
        Diagnostic::about(code, rows::reference(&policy.object), "spec.targetRefs", message)
    })
}

fn is_waypoint(target: &TargetRef, policy: &AuthorizationPolicy, mesh: &Mesh) -> bool {
    let name = Name::new(policy.name.namespace.clone(), target.name.clone());
    mesh.waypoints.iter().any(|waypoint| waypoint.name == name)
}

/// The account of a waypoint of the mesh, or one with the usual name.
fn is_account_of_waypoint(value: &str, mesh: &Mesh) -> bool {
    let known = mesh.waypoints.iter().any(|waypoint| {
        let account = format!("{}/{}", waypoint.name.namespace, waypoint.service_account);
        value == account || value == mesh.waypoint_principal(waypoint).as_str()
    });
    known || value.ends_with("/sa/waypoint") || value.ends_with("/waypoint")
}
