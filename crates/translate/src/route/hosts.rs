//! The Services that a VirtualService is for, and which of several VirtualServices for one of them sidecars take.

use s2a_catalog::codes;
use s2a_diagnostic::{Code, Diagnostic};
use s2a_model::route::{Router, VirtualService};
use s2a_model::topology::Service;
use s2a_model::{Mesh, ObjectId, Origin};

use super::{Refusable, http_ports};
use crate::Refusal;
use crate::findings::about;

/// The Services of the hosts, those of a wildcard too, without duplicates. Refuses hosts that stand for something else than
/// a Service with an address of its own, and Services that have other routes than VirtualServices for everybody.
pub(super) fn services<'a>(mesh: &'a Mesh, virtual_service: &VirtualService) -> Refusable<Vec<&'a Service>> {
    let mut found: Vec<&Service> = Vec::new();
    for (index, host) in virtual_service.hosts.iter().enumerate() {
        if mesh.service_by_host(host).is_none() && is_for_gateway_only(mesh, virtual_service, host) {
            continue;
        }
        let at = Origin { object: virtual_service.object.clone(), field: format!("spec.hosts[{index}]") };
        for service in named(mesh, host, &at)? {
            check(mesh, service, &at)?;
            if !found.iter().any(|it| it.name == service.name) {
                found.push(service);
            }
        }
    }
    Ok(found)
}

/// The Service with this host, or those that a wildcard covers.
fn named<'a>(mesh: &'a Mesh, host: &str, at: &Origin) -> Refusable<Vec<&'a Service>> {
    let named = covered(mesh, host);
    match (host.contains('*'), named.is_empty()) {
        (_, false) => Ok(named),
        (true, true) => refuse(&codes::WILDCARD_HOST, at, format!("no Service of the input has a host like {host}")),
        (false, true) => refuse(&codes::HOST_NOT_KNOWN, at, format!("no Service of the input has the host {host}")),
    }
}

fn covered<'a>(mesh: &'a Mesh, host: &str) -> Vec<&'a Service> {
    match host.strip_prefix('*') {
        Some(suffix) => {
            let ends = |service: &&Service| service.host(&mesh.settings.cluster_domain).ends_with(suffix);
            mesh.services.iter().filter(ends).collect()
        }
        None => mesh.service_by_host(host).into_iter().collect(),
    }
}

/// A host that no Service has is one for the gateway, where the VirtualService is bound to one and has others.
fn is_for_gateway_only(mesh: &Mesh, virtual_service: &VirtualService, host: &str) -> bool {
    virtual_service.gateways.iter().any(|gateway| gateway != "mesh")
        && !host.contains('*')
        && virtual_service.hosts.iter().any(|other| mesh.service_by_host(other).is_some())
}

fn check(mesh: &Mesh, service: &Service, at: &Origin) -> Refusable<()> {
    if service.headless || service.external_name.is_some() {
        let message = format!("Service {} has no address of its own, so that no waypoint can serve it", service.name);
        return refuse(&codes::HOST_NOT_KNOWN, at, message);
    }
    let applying = applying(mesh, service);
    if applying.len() > 1 && applying.iter().any(|other| !other.exported) {
        let message = format!("one of the VirtualServices for Service {} is for some namespaces only", service.name);
        return refuse(&codes::SEVERAL_VIRTUAL_SERVICES, at, message);
    }
    let parent = std::slice::from_ref(&service.name);
    let for_requests = mesh.http_routes.about(parent).into_iter().map(|route| &route.object);
    let of_connections = mesh.connection_routes.about(parent).into_iter().map(|route| &route.object);
    match for_requests.chain(of_connections).next() {
        Some(object) => {
            let message = format!("Service {} has {object} already", service.name);
            refuse(&codes::SEVERAL_VIRTUAL_SERVICES, at, message)
        }
        None => Ok(()),
    }
}

/// The VirtualServices for a Service inside of the mesh.
pub(super) fn applying<'a>(mesh: &'a Mesh, service: &Service) -> Vec<&'a VirtualService> {
    mesh.virtual_services_for(&service.host(&mesh.settings.cluster_domain))
}

/// What has to be said where other VirtualServices are for the same Service.
pub(super) fn precedence(mesh: &Mesh, virtual_service: &VirtualService, service: &Service) -> Vec<Diagnostic> {
    let own = &virtual_service.object;
    let others: Vec<&VirtualService> =
        applying(mesh, service).into_iter().filter(|it| it.object != *own && !it.rules.is_empty()).collect();
    if others.is_empty() || virtual_service.rules.is_empty() {
        return Vec::new();
    }
    let at = Origin { object: own.clone(), field: "spec.hosts".to_owned() };
    let outranked = taken(mesh, service).into_iter().find(|(_, from)| *from != own).map(|(port, from)| {
        let message = format!("sidecars take {from} for port {port} of Service {}", service.name);
        about(&codes::VIRTUAL_SERVICE_OUTRANKED, &at, message)
    });
    let is_taken = taken(mesh, service).iter().any(|(_, from)| *from == own);
    let as_specific =
        |other: &VirtualService| other.specificity(service, mesh) == virtual_service.specificity(service, mesh);
    let ages_known = |other: &VirtualService| other.created.is_some() && virtual_service.created.is_some();
    let rival = others.into_iter().find(|other| is_taken && as_specific(other) && !ages_known(other)).map(|other| {
        let message =
            format!("taken for older than {} because of its name: no time of creation is known", other.object);
        about(&codes::AGE_ASSUMED, &at, message)
    });
    outranked.into_iter().chain(rival).collect()
}

/// What sidecars take for each port with routes.
fn taken<'a>(mesh: &'a Mesh, service: &Service) -> Vec<(u16, &'a ObjectId)> {
    let router = Router::Sidecar { client_namespace: None, client_labels: None };
    let ports = http_ports(service).into_iter();
    ports.filter_map(|port| Some((port, mesh.route_table(service, port, router).from?))).collect()
}

/// Services that come later are in no list.
pub(super) fn expanded(mesh: &Mesh, virtual_service: &VirtualService) -> Vec<Diagnostic> {
    let wildcards = virtual_service.hosts.iter().enumerate().filter(|(_, host)| host.contains('*'));
    let note = |(index, host): (usize, &String)| {
        let at = Origin { object: virtual_service.object.clone(), field: format!("spec.hosts[{index}]") };
        let names: Vec<String> = covered(mesh, host).iter().map(|service| service.name.to_string()).collect();
        let message = format!("stands for {}; a Service that comes later has no route", names.join(", "));
        about(&codes::WILDCARD_HOST, &at, message)
    };
    wildcards.map(note).collect()
}

fn refuse<T>(code: &'static Code, at: &Origin, message: String) -> Refusable<T> {
    Err(Box::new(Refusal { object: at.object.clone(), finding: about(code, at, message) }))
}
