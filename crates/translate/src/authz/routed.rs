//! Backends that another Service is routed to: a waypoint judges by the Service that was dialled, so the policies of the
//! backend say nothing about these requests.

use std::collections::BTreeSet;

use s2a_catalog::codes;
use s2a_model::route::{RouteRule, Target};
use s2a_model::topology::{Service, Workload};
use s2a_model::{Mesh, Name};

use crate::Translation;
use crate::findings::about;
use crate::plan::{Plan, Policy, policies};

/// Names each policy that a route leads past.
pub(super) fn report(mesh: &Mesh, plan: &Plan, translation: &mut Translation) {
    for service in mesh.services.iter().filter(|service| plan.services.contains(&service.name)) {
        let passed = |workload: &&Workload| plan.moved.contains(&workload.name) && !service.selects(workload);
        let backends = backends(mesh, service);
        let workloads: Vec<&Workload> =
            backends.iter().flat_map(|backend| mesh.workloads_of(backend)).filter(passed).collect();
        for policy in policies(mesh).filter(Policy::is_enforcing) {
            if let Some(workload) = workloads.iter().find(|workload| policy.selects(mesh, workload)) {
                say(mesh, policy, service, workload, translation);
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
    if !translation.diagnostics.contains(&finding) {
        translation.say(finding);
    }
}

/// The Services that the routes of a Service send to.
fn backends<'a>(mesh: &'a Mesh, service: &Service) -> Vec<&'a Service> {
    let host = service.host(&mesh.settings.cluster_domain);
    let classic = mesh.virtual_services_of(&host).into_iter().flat_map(|it| &it.rules);
    let is_parent = |name: &Name| *name == service.name;
    let routes = mesh.http_routes.iter().filter(|route| route.parents.iter().any(|parent| is_parent(&parent.service)));
    let rules: Vec<&RouteRule> = classic.chain(routes.flat_map(|route| &route.rules)).collect();
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
