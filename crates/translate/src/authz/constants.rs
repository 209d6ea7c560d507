//! Conditions that a waypoint cannot see and that every call to a Service port answered alike at the sidecar: the server
//! name of Istio's mutual TLS (hazard H37), and the address of pods whose addresses the input gives (H12).
//!
//! What such a condition came to depends on the port that was dialled alone, so a condition on the port takes its place.
//! The rule keeps its shape: neither of the two can only be seen in HTTP.

use s2a_catalog::codes;
use s2a_diagnostic::Code;
use s2a_model::Mesh;
use s2a_model::authz::{MutualTls, Rule, Values, When};
use s2a_model::evaluate::Cluster;
use s2a_model::topology::{Service, ServicePort};

use super::ports::{DESTINATION_PORT, NO_PORT};

const SERVER_NAME: &str = "connection.sni";
const DESTINATION_IP: &str = "destination.ip";

/// Whether a rule has such a condition.
pub(super) fn asks(rule: &Rule) -> bool {
    rule.when.iter().any(|when| matches!(when.key.as_str(), SERVER_NAME | DESTINATION_IP))
}

/// The rule for the waypoint of a Service. A condition that is not the same for every call stays as it is.
pub(super) fn folded(mesh: &Mesh, rule: &Rule, service: &Service) -> Rule {
    let fold = |when: &When| on_ports(mesh, when, service).unwrap_or_else(|| when.clone());
    Rule { when: rule.when.iter().map(fold).collect(), ..rule.clone() }
}

/// The code and the reason for refusing a condition, unless it is the same for every call to each of these Services.
pub(super) fn obstacle(mesh: &Mesh, when: &When, services: &[&Service]) -> Option<(&'static Code, &'static str)> {
    let (code, message) = match when.key.as_str() {
        DESTINATION_IP => (&codes::DESTINATION_IP_AT_WAYPOINT, "a waypoint sees the Service's address, not the pod's"),
        SERVER_NAME => (&codes::SERVER_NAME_AT_WAYPOINT, "no server name reaches a waypoint"),
        _ => return None,
    };
    let varies = services.iter().any(|service| on_ports(mesh, when, service).is_none());
    varies.then_some((code, message))
}

/// The condition as one on the Service port; `None` if it is another kind, or not the same for every call to a port.
fn on_ports(mesh: &Mesh, when: &When, service: &Service) -> Option<When> {
    let mut held = Vec::new();
    for port in &service.ports {
        if holds(mesh, when, service, port)? {
            held.push(port.number.to_string());
        }
    }
    let no_port = || vec![NO_PORT.to_owned()];
    let values = match held.len() {
        0 => Values { values: no_port(), not_values: Vec::new() },
        all if all == service.ports.len() => Values { values: Vec::new(), not_values: no_port() },
        _ => Values { values: held, not_values: Vec::new() },
    };
    Some(When { key: DESTINATION_PORT.to_owned(), values })
}

fn holds(mesh: &Mesh, when: &When, service: &Service, port: &ServicePort) -> Option<bool> {
    match when.key.as_str() {
        SERVER_NAME => Some(when.values.hold_for_text(&server_name(mesh, service, port)?)),
        DESTINATION_IP => {
            let mut pods = mesh.workloads_of(service).map(|workload| Some(when.values.hold_for_address(workload.ip?)));
            let first = pods.next()??;
            pods.all(|pod| pod == Some(first)).then_some(first)
        }
        _ => None,
    }
}

/// The server name of every call to a Service port, if its sidecars get one and no route sends elsewhere.
fn server_name(mesh: &Mesh, service: &Service, port: &ServicePort) -> Option<String> {
    let host = service.host(&mesh.settings.cluster_domain);
    let routed = !mesh.virtual_services_of(&host).is_empty()
        || mesh.http_routes.iter().any(|route| route.parents.iter().any(|parent| parent.service == service.name));
    let encrypted = mesh.settings.auto_mtls
        && mesh.destination_rule(&host).is_none_or(|rule| rule.tls.is_none() && !rule.tls_varies)
        && mesh.workloads_of(service).all(|workload| {
            port.target_on(workload)
                .is_some_and(|target| mesh.peer_authentication_at_sidecar(workload, target) != MutualTls::Disable)
        });
    let cluster = Cluster { host: &host, port: port.number, subset: None, by_address: false };
    (encrypted && !routed).then(|| cluster.server_name())
}
