//! Backends that another Service is routed to: a waypoint judges by the Service that was dialled, so the policies of the
//! backend say nothing about these requests.

use std::collections::{BTreeMap, BTreeSet};

use s2a_catalog::codes;
use s2a_model::route::{Otherwise, Resolution, RouteRule, Router, Target};
use s2a_model::topology::{Labels, Protocol, Service, Workload};
use s2a_model::{Backend, Mesh, Name, ObjectId};

use super::ports;
use crate::Translation;
use crate::findings::about;
use crate::plan::{Plan, Policy, policies_in, policies_of};

/// The Services that lead to each workload by a route and by nothing else: they do not select it, but whatever is sent to
/// them is judged by the same policies wherever it ends, so that copies of these may name them too (hazard H39).
pub(crate) fn leading(mesh: &Mesh, routed: &BTreeSet<Name>) -> BTreeMap<Name, BTreeSet<Name>> {
    let mut leading: BTreeMap<Name, BTreeSet<Name>> = BTreeMap::new();
    for service in routed.iter().filter_map(|name| mesh.service(name)) {
        let Some(ends) = ends(mesh, service).filter(|ends| judged_alike(mesh, service, ends)) else { continue };
        for workload in ends.into_iter().filter(|workload| !service.selects(workload)) {
            leading.entry(workload.name.clone()).or_default().insert(service.name.clone());
        }
    }
    leading
}

/// Where traffic to a Service can end, whatever its port and protocol; `None` if that depends on the client, leaves the
/// mesh, or is not known.
fn ends<'a>(mesh: &'a Mesh, service: &'a Service) -> Option<Vec<&'a Workload>> {
    let router = Router::Sidecar { client_namespace: None, client_labels: None };
    let mut ends = BTreeSet::new();
    for port in &service.ports {
        let table = mesh.route_table(service, port.number, router);
        if !table.client_dependent.is_empty() {
            return None;
        }
        if port.protocol != Protocol::Http || table.otherwise == Otherwise::ToService {
            ends.extend(mesh.endpoints(service, port.number, &Labels::new()));
        }
        for route in &table.routes {
            let Target::Backends(backends) = &route.action.target else { continue };
            for to in backends {
                let Resolution::Backends(pool) = mesh.resolve_backend(to, port.number, router) else { return None };
                ends.extend(pool);
            }
        }
    }
    let workload = |end: Backend| match end {
        Backend::Workload(name, _) => mesh.workload(&name),
        Backend::External(..) => None,
    };
    let names: BTreeSet<Backend> = ends;
    names.into_iter().map(workload).collect()
}

/// Whether each policy that binds one of these workloads of the Service's namespace binds all of them, and judges no
/// ports, which would have to be followed through the routes.
fn judged_alike(mesh: &Mesh, service: &Service, ends: &[&Workload]) -> bool {
    let speaks_of_ports = |policy: Policy<'_>| match policy {
        Policy::Authorization(policy) => !ports::lists(policy).is_empty(),
        Policy::Request(_) => false,
    };
    let alike = |policy: Policy<'_>| {
        let bound = ends.iter().filter(|workload| policy.selects(mesh, workload)).count();
        bound == 0 || (bound == ends.len() && !speaks_of_ports(policy))
    };
    let in_reach = [service.name.namespace.as_str(), mesh.settings.root_namespace.as_str()];
    ends.iter().all(|workload| workload.name.namespace == service.name.namespace)
        && policies_in(mesh, in_reach).all(alike)
}

/// Names each policy that a route leads past.
pub(super) fn report(mesh: &Mesh, plan: &Plan, translation: &mut Translation) {
    for service in mesh.services.iter().filter(|service| plan.services.contains(&service.name)) {
        let leads = |workload: &Workload| plan.leading(workload).any(|name| *name == service.name);
        let passed = |workload: &&Workload| {
            plan.moved.contains(&workload.name) && !service.selects(workload) && !leads(workload)
        };
        let backends = backends(mesh, service);
        let mut said: BTreeSet<&ObjectId> = BTreeSet::new();
        for workload in backends.iter().flat_map(|backend| mesh.workloads_of(backend)).filter(passed) {
            for policy in policies_of(mesh, workload).filter(Policy::is_enforcing) {
                if said.insert(policy.object()) {
                    say(mesh, policy, service, workload, translation);
                }
            }
        }
    }
}

fn say(mesh: &Mesh, policy: Policy<'_>, service: &Service, workload: &Workload, translation: &mut Translation) {
    // A policy that binds the dialled Service's own pods is there too.
    if mesh.workloads_of(service).any(|own| policy.selects(mesh, own)) {
        return;
    }
    let message = format!(
        "requests to Service {} are routed to {}, and the waypoint judges them by the Service that was dialled",
        service.name, workload.name
    );
    let origin = s2a_model::Origin { object: policy.object().clone(), field: "spec".to_owned() };
    let finding = about(&codes::ROUTE_PASSES_POLICY_BY, &origin, message);
    translation.say(finding);
}

/// The Services that the routes of a Service send to.
fn backends<'a>(mesh: &'a Mesh, service: &Service) -> Vec<&'a Service> {
    let host = service.host(&mesh.settings.cluster_domain);
    let classic = mesh.virtual_services_of(&host).into_iter().flat_map(|it| &it.rules);
    let routes = mesh.http_routes.about(std::slice::from_ref(&service.name));
    let rules: Vec<&RouteRule> = classic.chain(routes.into_iter().flat_map(|route| &route.rules)).collect();
    let hosts: BTreeSet<&str> = rules
        .into_iter()
        .flat_map(|rule| match &rule.action.target {
            Target::Backends(backends) => backends.as_slice(),
            Target::Redirect(_) | Target::Respond { .. } => &[],
        })
        .map(|backend| backend.host.as_str())
        .collect();
    hosts.into_iter().filter_map(|host| mesh.service_by_host(host)).collect()
}
