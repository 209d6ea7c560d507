//! The guard: an ALLOW policy that makes ztunnel admit the waypoint and nobody else, so that no one passes it by.

use std::collections::{BTreeMap, BTreeSet};

use s2a_catalog::codes;
use s2a_model::authz::{Action, AuthorizationPolicy, Scope};
use s2a_model::change::{Change, DirectCaller, NewObject};
use s2a_model::topology::{Labels, Service, Waypoint, Workload};
use s2a_model::{Mesh, Name, ObjectId};

use super::callers::{self, Callers};
use crate::enroll::waypoint_name;
use crate::findings::whole;
use crate::plan::{Plan, addressed_services, migrates};
use crate::{GuardScope, Translation};

/// A guard to be written.
struct Guard<'a> {
    selector: Labels,
    accounts: BTreeSet<Name>,
    origins: BTreeSet<ObjectId>,
    name: String,
    workloads: Vec<&'a Workload>,
}

/// Guards every moved workload that an enforcing AuthorizationPolicy selects. Token checks alone need no guard: a
/// caller may simply leave its token out.
pub(super) fn translate(mesh: &Mesh, plan: &Plan, translation: &mut Translation) {
    if plan.options.guard == GuardScope::None {
        return report_unguarded(mesh, plan, translation);
    }
    let mut guards: BTreeMap<(String, Labels), Guard<'_>> = BTreeMap::new();
    for workload in mesh.workloads.iter().filter(|workload| plan.moved.contains(&workload.name)) {
        let policies = enforcing(mesh, workload);
        let Some(first) = policies.first() else { continue };
        report_callers(mesh, plan, workload, translation);
        let selector = selector(mesh, plan, workload, &policies);
        let key = (workload.name.namespace.clone(), selector.clone());
        let guard = guards.entry(key).or_insert_with(|| Guard {
            name: name(mesh, workload, &selector),
            selector,
            accounts: BTreeSet::new(),
            origins: BTreeSet::from([first.object.clone()]),
            workloads: Vec::new(),
        });
        guard.workloads.push(workload);
        guard.accounts.extend(accounts(mesh, plan, workload));
        guard.origins.extend(policies.iter().map(|policy| policy.object.clone()));
    }
    for ((namespace, _), guard) in guards {
        write(mesh, plan, &namespace, guard, translation);
    }
}

/// Without a guard the waypoint's rules bind only those who dial the Service.
fn report_unguarded(mesh: &Mesh, plan: &Plan, translation: &mut Translation) {
    for workload in mesh.workloads.iter().filter(|workload| plan.moved.contains(&workload.name)) {
        if let Some(policy) = enforcing(mesh, workload).first() {
            let message = format!(
                "no guard was wanted: whoever dials the pods of {} gets past {} and every other rule at the waypoint",
                workload.name, policy.name
            );
            translation.say(whole(&codes::GUARD_OMITTED, &workload.object, message));
        }
    }
}

/// Callers that the input shows and the guard refuses.
fn report_refused(callers: &BTreeSet<DirectCaller>, beside: &ObjectId, translation: &mut Translation) {
    if !callers.is_empty() {
        let accounts: BTreeSet<String> = callers.iter().map(|caller| caller.account.to_string()).collect();
        let accounts = accounts.into_iter().collect::<Vec<_>>().join(", ");
        let message = format!(
            "the guard refuses {accounts}, which policies bind by more than ztunnel sees: move them too, name those that call \
             with `--direct-caller`, or admit all of them with `--admit-found-callers`"
        );
        translation.say(whole(&codes::DIRECT_CALLERS_REFUSED, beside, message));
    }
}

/// Callers of ports that no Service has lose the workload because of the guard.
fn report_callers(mesh: &Mesh, plan: &Plan, workload: &Workload, translation: &mut Translation) {
    let published: BTreeSet<u16> = mesh
        .services_of(workload)
        .flat_map(|service| &service.ports)
        .filter_map(|port| port.target_on(workload))
        .collect();
    let admitted =
        |port: u16| plan.options.direct_callers.iter().any(|caller| caller.port.is_none_or(|own| own == port));
    let is_named = |port: u16| admitted(port) || callers::shows_prometheus(mesh);
    if let Some(port) = workload.scraped.filter(|port| !is_named(*port)) {
        let message = format!(
            "annotations offer port {port} to Prometheus, which dials pods: name its account with \
             `--direct-caller NAMESPACE/ACCOUNT:{port}`, or it is refused"
        );
        translation.say(whole(&codes::DIRECT_CALLERS_REFUSED, &workload.object, message));
    }
    let direct: Vec<u16> = mesh.pod_ports(workload).into_iter().filter(|port| !published.contains(port)).collect();
    if !direct.is_empty() {
        let ports = direct.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
        let message = format!("no Service leads to port {ports}, and the guard refuses calls to the pod's address");
        translation.say(whole(&codes::DIRECT_CALLERS_REFUSED, &workload.object, message));
    }
}

/// Whether a guard stands before the workload.
pub(super) fn is_guarded(mesh: &Mesh, plan: &Plan, workload: &Workload) -> bool {
    plan.options.guard != GuardScope::None && !enforcing(mesh, workload).is_empty()
}

fn enforcing<'a>(mesh: &'a Mesh, workload: &Workload) -> Vec<&'a AuthorizationPolicy> {
    let selects = |policy: &&AuthorizationPolicy| {
        policy.is_enforcing() && mesh.selects_for_sidecar(&policy.scope, &policy.name, workload)
    };
    let in_reach = [workload.name.namespace.as_str(), mesh.settings.root_namespace.as_str()];
    mesh.authorization_policies.of_namespaces(in_reach).filter(selects).collect()
}

/// One guard for the whole namespace where every workload was closed already and all of them are behind the waypoint;
/// otherwise one for the pods that a policy selects, or for the pods of the workload's Service.
fn selector(mesh: &Mesh, plan: &Plan, workload: &Workload, policies: &[&AuthorizationPolicy]) -> Labels {
    let namespace = &workload.name.namespace;
    let was_closed = policies.iter().any(|policy| {
        policy.action == Action::Allow
            && matches!(policy.scope, Scope::Namespace | Scope::EmptySelector)
            && policy.name.namespace == *namespace
    });
    let mut applications = mesh.workloads.of_namespace(namespace).iter().filter(|other| migrates(mesh, other));
    let all_moved = applications.all(|other| plan.moved.contains(&other.name));
    if (was_closed || plan.options.guard == GuardScope::Namespace) && all_moved {
        return Labels::new();
    }
    let by_policy = policies.iter().find_map(|policy| match &policy.scope {
        Scope::Selector(labels) if policy.name.namespace == *namespace => Some(labels.clone()),
        Scope::Selector(_) | Scope::Namespace | Scope::EmptySelector | Scope::Targets(_) => None,
    });
    let by_service = || addressed_services(mesh, workload).map(|service| service.selector.clone()).min();
    by_policy.or_else(by_service).unwrap_or_else(|| workload.labels.clone())
}

fn name(mesh: &Mesh, workload: &Workload, selector: &Labels) -> String {
    if selector.is_empty() {
        return "waypoint-guard".to_owned();
    }
    let service = addressed_services(mesh, workload).map(|service| service.name.name.clone()).min();
    format!("{}-waypoint-guard", service.unwrap_or_else(|| workload.name.name.clone()))
}

/// The accounts of the waypoints that the workload is called through: those its Services are bound to already, and the
/// namespace's for the others.
fn accounts(mesh: &Mesh, plan: &Plan, workload: &Workload) -> BTreeSet<Name> {
    let account_of = |waypoint: &Waypoint| Name::new(waypoint.name.namespace.clone(), waypoint.service_account.clone());
    let of = |service: &Service| match mesh.waypoint_of(service) {
        Some(waypoint) => account_of(waypoint),
        None => account(mesh, plan, &service.name.namespace),
    };
    let canaries = addressed_services(mesh, workload).filter_map(|service| mesh.canary_waypoint_of(service));
    let accounts: BTreeSet<Name> = addressed_services(mesh, workload).map(of).chain(canaries.map(account_of)).collect();
    if accounts.is_empty() { BTreeSet::from([account(mesh, plan, &workload.name.namespace)]) } else { accounts }
}

/// The account of the namespace's waypoint.
pub(super) fn account(mesh: &Mesh, plan: &Plan, namespace: &str) -> Name {
    let waypoint = waypoint_name(mesh, plan, namespace);
    let known = mesh.waypoints.get(&waypoint);
    Name::new(waypoint.namespace, known.map_or(waypoint.name, |known| known.service_account.clone()))
}

fn write(mesh: &Mesh, plan: &Plan, namespace: &str, guard: Guard<'_>, translation: &mut Translation) {
    let Some(beside) = last_of_namespace(&guard.origins, namespace) else { return };
    let name = free_name(mesh, namespace, &guard.name, translation);
    let pods = pods(&guard.selector);
    let message = format!("{name} admits only the waypoint to {pods}: calls to pod addresses are refused");
    translation.say(whole(&codes::GUARD_ADDED, &beside, message));
    let direct = direct_callers(mesh, plan, &guard, &name, &beside, translation);
    translation.change(Change::Add {
        origins: guard.origins.into_iter().collect(),
        beside,
        name: Name::new(namespace, name),
        object: NewObject::Guard {
            selector: guard.selector,
            accounts: guard.accounts.into_iter().collect(),
            direct: direct.into_iter().collect(),
        },
    });
}

/// Who is admitted beside the waypoint: those who are named, and those found in the input who gain nothing by it, or all
/// of these if that is wanted.
fn direct_callers(
    mesh: &Mesh,
    plan: &Plan,
    guard: &Guard<'_>,
    name: &str,
    beside: &ObjectId,
    translation: &mut Translation,
) -> BTreeSet<DirectCaller> {
    let named = &plan.options.direct_callers;
    let is_named = |caller: &DirectCaller| {
        named.iter().any(|one| one.account == caller.account && (one.port.is_none() || one.port == caller.port))
    };
    let Callers { mut unbound, mut bound } = callers::find(mesh, &guard.workloads);
    unbound.retain(|caller| !is_named(caller));
    bound.retain(|caller| !is_named(caller));
    for caller in &unbound {
        let message =
            format!("{name} also admits {caller}, which may send anything there today: nothing changes for it");
        translation.say(whole(&codes::FOUND_CALLER_ADMITTED, beside, message));
    }
    let mut admitted = named.clone();
    if plan.options.admit_found_callers {
        admitted.extend(std::mem::take(&mut bound));
    }
    for caller in &admitted {
        let message = format!(
            "{name} also admits {caller} to {}: no rule at the waypoint binds it there, whatever the method, the path or the token",
            pods(&guard.selector)
        );
        translation.say(whole(&codes::DIRECT_CALLER_ADMITTED, beside, message));
    }
    report_refused(&bound, beside, translation);
    admitted.extend(unbound);
    admitted
}

fn pods(selector: &Labels) -> String {
    if selector.is_empty() { "every workload of the namespace".to_owned() } else { labels(selector) }
}

/// The object to write the guard beside: the last policy of the namespace itself, else the last of all.
fn last_of_namespace(origins: &BTreeSet<ObjectId>, namespace: &str) -> Option<ObjectId> {
    let own = origins.iter().rev().find(|origin| origin.name.namespace == namespace);
    own.or(origins.last()).cloned()
}

fn free_name(mesh: &Mesh, namespace: &str, wanted: &str, translation: &Translation) -> String {
    let taken = |name: &str| {
        let name = Name::new(namespace, name);
        let added = |change: &Change| matches!(change, Change::Add { name: other, .. } if *other == name);
        mesh.authorization_policies.get(&name).is_some() || translation.changes.iter().any(added)
    };
    let numbered = (2..100).map(|number| format!("{wanted}-{number}"));
    std::iter::once(wanted.to_owned()).chain(numbered).find(|name| !taken(name)).unwrap_or_else(|| wanted.to_owned())
}

fn labels(labels: &Labels) -> String {
    labels.iter().map(|(key, value)| format!("{key}={value}")).collect::<Vec<_>>().join(",")
}
