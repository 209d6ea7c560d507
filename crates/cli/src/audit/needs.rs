//! Every rule and route that needs a waypoint, and for whom.

use s2a_model::authz::{AuthorizationPolicy, Scope, TargetKind};
use s2a_model::{Mesh, Name};
use s2a_report::NeedRow;

use crate::conversion::Conversion;
use crate::rows::reference;

pub(super) fn rows(conversion: &Conversion) -> Vec<NeedRow> {
    let mut rows: Vec<NeedRow> =
        policies(conversion).chain(tokens(&conversion.mesh)).chain(routes(&conversion.mesh)).collect();
    rows.sort();
    rows
}

/// Rules that ask for more than a connection shows.
fn policies(conversion: &Conversion) -> impl Iterator<Item = NeedRow> {
    let rules = conversion.classification.iter();
    rules.filter_map(|rule| {
        let because = rule.needs_waypoint_for.clone()?;
        let all = &conversion.mesh.authorization_policies;
        let policy = all.iter().find(|policy| policy.object == rule.origin.object)?;
        Some(NeedRow {
            services: services(&policy.scope, &policy.name, &conversion.mesh, policy),
            object: reference(&policy.object),
            field: rule.origin.field.clone(),
            because,
        })
    })
}

fn services(scope: &Scope, name: &Name, mesh: &Mesh, policy: &AuthorizationPolicy) -> Vec<String> {
    if let Scope::Targets(targets) = scope {
        let services = targets.iter().filter(|target| target.kind == TargetKind::Service);
        return services.map(|target| format!("{}/{}", policy.name.namespace, target.name)).collect();
    }
    let selected = mesh.workloads.iter().filter(|workload| mesh.selects_for_sidecar(scope, name, workload));
    let mut services: Vec<String> =
        selected.flat_map(|it| mesh.services_of(it)).map(|it| it.name.to_string()).collect();
    services.sort();
    services.dedup();
    services
}

/// Tokens are read by an HTTP proxy alone.
fn tokens(mesh: &Mesh) -> impl Iterator<Item = NeedRow> {
    mesh.request_authentications.iter().map(|it| {
        let selected = mesh.workloads.iter().filter(|workload| mesh.selects_for_sidecar(&it.scope, &it.name, workload));
        let mut services: Vec<String> =
            selected.flat_map(|workload| mesh.services_of(workload)).map(|service| service.name.to_string()).collect();
        services.sort();
        services.dedup();
        NeedRow {
            services,
            object: reference(&it.object),
            field: "spec.jwtRules".to_owned(),
            because: "token".to_owned(),
        }
    })
}

/// Routes inside of the mesh.
fn routes(mesh: &Mesh) -> impl Iterator<Item = NeedRow> {
    let inside = mesh.virtual_services.iter().filter(|it| it.is_for_mesh());
    inside.flat_map(move |it| {
        it.rules.iter().map(move |rule| NeedRow {
            services: it.hosts.iter().map(|host| destination(host, mesh)).collect(),
            object: reference(&it.object),
            field: rule.origin.field.clone(),
            because: "route".to_owned(),
        })
    })
}

/// A host by the name of its Service, where it is one.
pub(super) fn destination(host: &str, mesh: &Mesh) -> String {
    mesh.service_by_host(host).map_or_else(|| host.to_owned(), |service| service.name.to_string())
}
