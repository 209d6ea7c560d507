//! What keeps a component of moved workloads from being translated.

use std::collections::BTreeSet;

use s2a_catalog::codes;
use s2a_diagnostic::Code;
use s2a_model::authz::{AuthorizationPolicy, Rule, Scope, TargetKind, TargetRef, Values, When};
use s2a_model::topology::{DataPlaneMode, Service, ServiceEntry, Workload};
use s2a_model::{Mesh, Name, ObjectId, Origin};

use super::{addresses, constants, ports};
use crate::enroll::waypoint_name;
use crate::findings::{about, whole};
use crate::plan::{Plan, Policy, addressed_services, policies_in, policies_of_any};
use crate::{Refusal, SourceAddresses, WaypointScope};

/// All reasons, each with the object that has to stay. An empty answer means that the component can be translated.
pub(crate) fn refusals(mesh: &Mesh, plan: &Plan, component: &[&Workload]) -> Vec<Refusal> {
    let selecting: Vec<Policy<'_>> = policies_of_any(mesh, component).collect();
    let mut refusals = Vec::new();
    for policy in &selecting {
        refusals.extend(refuse_policy(mesh, plan, *policy, component));
    }
    for workload in component {
        for service in addressed_services(mesh, workload) {
            refusals.extend(refuse_service(mesh, plan, service, &selecting));
        }
    }
    let causes: BTreeSet<ObjectId> = refusals.iter().map(|refusal| refusal.object.clone()).collect();
    if let Some(cause) = refusals.first().cloned() {
        let bystanders = selecting.iter().filter(|policy| !causes.contains(policy.object()) && policy.is_own(mesh));
        refusals.extend(bystanders.map(|policy| bystander(*policy, &cause)));
    }
    refusals
}

/// A policy that could move alone stays with the one that cannot: half of a workload's policies at the waypoint would
/// be worse than none.
fn bystander(policy: Policy<'_>, cause: &Refusal) -> Refusal {
    let message = format!("stays because {} stays, which selects the same workloads", cause.object);
    Refusal { object: policy.object().clone(), finding: whole(cause.finding.code, policy.object(), message) }
}

fn refuse_policy(mesh: &Mesh, plan: &Plan, policy: Policy<'_>, component: &[&Workload]) -> Vec<Refusal> {
    let mut refusals = refuse_for_workloads(mesh, policy, component);
    let Policy::Authorization(policy) = policy else { return refusals };
    let services: Vec<&Service> = component.iter().flat_map(|workload| addressed_services(mesh, workload)).collect();
    for (index, rule) in policy.rules.iter().enumerate() {
        refusals.extend(refuse_addresses(plan, policy, rule, &format!("spec.rules[{index}]")));
        for (at, source) in rule.from.iter().enumerate() {
            let field = format!("spec.rules[{index}].from[{at}].source");
            refusals.extend(refuse_bare_account(
                mesh,
                policy,
                &[&source.service_accounts],
                &format!("{field}.serviceAccounts"),
            ));
        }
        for (at, when) in rule.when.iter().enumerate() {
            let field = format!("spec.rules[{index}].when[{at}]");
            refusals.extend(refuse_condition(mesh, policy, when, &services, &field));
            let account = (when.key == "source.serviceAccount").then_some(&when.values);
            refusals.extend(refuse_bare_account(mesh, policy, account.as_slice(), &format!("{field}.values")));
        }
    }
    refusals
}

/// An account without namespace belongs to the policy's namespace, and a copy elsewhere would mean another one.
fn refuse_bare_account(mesh: &Mesh, policy: &AuthorizationPolicy, lists: &[&Values], field: &str) -> Option<Refusal> {
    let in_root = policy.name.namespace == mesh.settings.root_namespace;
    let bare = |values: &&Values| values.values.iter().chain(&values.not_values).any(|account| !account.contains('/'));
    let message =
        "an account without namespace would mean another one in a copy of this policy: write `namespace/account`";
    let found = in_root && lists.iter().any(bare);
    found.then(|| refusal(policy, field, &codes::BARE_SERVICE_ACCOUNT_IN_ROOT_POLICY, message))
}

fn refuse_for_workloads(mesh: &Mesh, policy: Policy<'_>, component: &[&Workload]) -> Vec<Refusal> {
    let mut refusals = Vec::new();
    let by_labels = matches!(policy.scope(), Scope::Selector(_));
    for workload in component.iter().filter(|workload| by_labels && policy.selects(mesh, workload)) {
        if addressed_services(mesh, workload).next().is_some() {
            continue;
        }
        let headless = mesh.services_of(workload).find(|service| service.headless);
        let (code, message): (&'static Code, String) = match headless {
            Some(service) => (
                &codes::HEADLESS_SERVICE,
                format!(
                    "{} is reached only by the headless Service {}, which no waypoint can serve",
                    workload.name, service.name
                ),
            ),
            None => (
                &codes::SERVICE_MISSING,
                format!("no Service selects {}, so no waypoint can stand before it", workload.name),
            ),
        };
        let origin = Origin { object: policy.object().clone(), field: "spec.selector".to_owned() };
        refusals.push(Refusal { object: policy.object().clone(), finding: about(code, &origin, message) });
    }
    refusals
}

fn refuse_service(mesh: &Mesh, plan: &Plan, service: &Service, selecting: &[Policy<'_>]) -> Vec<Refusal> {
    let mut refusals = Vec::new();
    let workloads: Vec<&Workload> = mesh.workloads_of(service).collect();
    for policy in selecting.iter().filter(|policy| matches!(policy.scope(), Scope::Selector(_))) {
        let (inside, outside): (Vec<&Workload>, Vec<&Workload>) =
            workloads.iter().partition(|workload| policy.selects(mesh, workload));
        let other = outside.first().or_else(|| inside.iter().find(|it| it.mode == DataPlaneMode::None));
        if let (Some(other), false) = (other, inside.is_empty()) {
            let message =
                format!("Service {} also leads to {}, which this policy does not bind", service.name, other.name);
            let origin = Origin { object: policy.object().clone(), field: "spec.selector".to_owned() };
            let finding = about(&codes::SELECTOR_COVERS_PART_OF_SERVICE, &origin, message);
            refusals.push(Refusal { object: policy.object().clone(), finding });
        }
    }
    refusals.extend(refuse_existing_targets(mesh, plan, service));
    for policy in selecting {
        if let Policy::Authorization(policy) = policy
            && !ports::lists(policy).is_empty()
            && targets_differ(service, &workloads)
        {
            let message = format!("a named target port of Service {} is not the same on all of its pods", service.name);
            refusals.push(refusal(policy, "spec.rules", &codes::NAMED_TARGET_PORT_DIFFERS, &message));
        }
    }
    refusals
}

/// A policy that targets the Service already would come alive with the waypoint.
fn refuse_existing_targets(mesh: &Mesh, plan: &Plan, service: &Service) -> Vec<Refusal> {
    let home = &service.name.namespace;
    let waypoint = waypoint_name(mesh, plan, home);
    let one = |target: &TargetRef, namespace: &str| match target.kind {
        TargetKind::Service => namespace == home && target.name == service.name.name,
        TargetKind::Gateway => namespace == waypoint.namespace && target.name == waypoint.name,
        TargetKind::GatewayClass => namespace == mesh.settings.root_namespace && target.name == "istio-waypoint",
        TargetKind::ServiceEntry => wakes_entry(mesh, plan, &Name::new(namespace, target.name.clone()), home),
    };
    let targets = |policy: &Policy<'_>| match policy.scope() {
        Scope::Targets(targets) => targets.iter().any(|target| one(target, &policy.name().namespace)),
        Scope::Namespace | Scope::Selector(_) | Scope::EmptySelector => false,
    };
    // Where the Service has a waypoint already, such a policy is at work already.
    let in_reach = [home.as_str(), waypoint.namespace.as_str(), mesh.settings.root_namespace.as_str()];
    let waiting = policies_in(mesh, in_reach).filter(|policy| mesh.waypoint_of(service).is_none() && targets(policy));
    let refuse = |policy: Policy<'_>| {
        let message =
            format!("this policy would come alive with the waypoint of Service {}; sidecars ignore it", service.name);
        let origin = Origin { object: policy.object().clone(), field: "spec.targetRefs".to_owned() };
        Refusal { object: policy.object().clone(), finding: about(&codes::EXISTING_TARGET_REFS, &origin, message) }
    };
    waiting.map(refuse).collect()
}

/// Whether the label that binds the namespace to a waypoint would bind this ServiceEntry too.
fn wakes_entry(mesh: &Mesh, plan: &Plan, entry: &Name, namespace: &str) -> bool {
    let by_namespace =
        plan.options.waypoint_scope == WaypointScope::Namespace && mesh.namespaces.contains_key(namespace);
    let inherits = |known: &ServiceEntry| known.name == *entry && !Mesh::binds_itself(&known.labels);
    by_namespace && entry.namespace == namespace && mesh.service_entries.iter().any(inherits)
}

fn targets_differ(service: &Service, workloads: &[&Workload]) -> bool {
    service.ports.iter().any(|port| {
        let targets: BTreeSet<Option<u16>> = workloads.iter().map(|workload| port.target_on(workload)).collect();
        targets.len() > 1
    })
}

/// A waypoint does not see source addresses. Where that is wanted they are compared as remote addresses.
fn refuse_addresses(plan: &Plan, policy: &AuthorizationPolicy, rule: &Rule, field: &str) -> Vec<Refusal> {
    let unseen = "a waypoint does not see the address of the caller's connection";
    let message = match plan.options.source_addresses {
        SourceAddresses::Refused => Some(unseen),
        SourceAddresses::Remote => addresses::obstacle(rule, &policy.action),
    };
    let Some(message) = message else { return Vec::new() };
    let refuse = |field: String| refusal(policy, &field, &codes::SOURCE_IP_AT_WAYPOINT, message);
    addresses::fields(rule).into_iter().map(|below| refuse(format!("{field}.{below}"))).collect()
}

fn refuse_condition(
    mesh: &Mesh,
    policy: &AuthorizationPolicy,
    when: &When,
    services: &[&Service],
    field: &str,
) -> Option<Refusal> {
    let (code, message) = match when.key.to_ascii_lowercase().as_str() {
        "request.headers[x-forwarded-client-cert]" => {
            (&codes::XFCC_HEADER_AT_WAYPOINT, "a waypoint does not see this header")
        }
        _ => constants::obstacle(mesh, when, services)?,
    };
    Some(refusal(policy, &format!("{field}.key"), code, message))
}

fn refusal(policy: &AuthorizationPolicy, field: &str, code: &'static Code, message: &str) -> Refusal {
    let origin = Origin { object: policy.object.clone(), field: field.to_owned() };
    Refusal { object: policy.object.clone(), finding: about(code, &origin, message) }
}
