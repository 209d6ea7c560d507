//! Callers that pass the waypoint by and are seen in the input: sidecars that stay, and Prometheus.
//!
//! A guard would cut them off. One that today's policies let do everything on a port goes on doing so there: ztunnel can
//! say that, and nobody gains anything. Where the policies bind it by methods, paths or tokens, ztunnel cannot, so it is
//! admitted only if that is wanted.

use std::collections::BTreeSet;

use s2a_model::authz::{Alternative, Attribute, Chain, Literal, MutualTls, PolicySet, Test};
use s2a_model::change::DirectCaller;
use s2a_model::topology::{DataPlaneMode, Protocol, Role, Workload};
use s2a_model::{Mesh, Name, Principal};

/// The callers of some workloads that pass their waypoint by.
#[derive(Debug, Default)]
pub(super) struct Callers {
    /// Those whom the policies let do everything already.
    pub(super) unbound: BTreeSet<DirectCaller>,
    /// Those who could do more than the policies let them.
    pub(super) bound: BTreeSet<DirectCaller>,
}

/// The policies that stand before one port today.
struct Gate {
    policies: Vec<PolicySet>,
    /// Whether who shows no identity is refused.
    strict: bool,
}

/// Finds the callers of workloads that one guard stands before.
pub(super) fn find(mesh: &Mesh, workloads: &[&Workload]) -> Callers {
    let mut callers = Callers::default();
    let published: BTreeSet<u16> = workloads.iter().flat_map(|workload| published(mesh, workload)).collect();
    let scraped: BTreeSet<u16> = workloads.iter().filter_map(|workload| workload.scraped).collect();
    let remaining = accounts(mesh, |workload| stays(mesh, workload));
    let prometheus = accounts(mesh, is_prometheus);
    let identity = |account: &Name| Principal::of(&mesh.settings.trust_domain, &account.namespace, &account.name);
    // A sidecar that dials a pod shows nobody's identity.
    for (accounts, ports, shows) in [(remaining, published, true), (prometheus, scraped, false)] {
        for port in ports.into_iter().filter(|_| !accounts.is_empty()) {
            let gates = gates(mesh, workloads, port);
            for account in &accounts {
                let identity = shows.then(|| identity(account));
                let is_unbound = gates.iter().all(|gate| gate.admits_all(port, identity.as_ref()));
                let group = if is_unbound { &mut callers.unbound } else { &mut callers.bound };
                group.insert(DirectCaller { account: account.clone(), port: Some(port) });
            }
        }
    }
    callers
}

/// Whether the input shows who scrapes.
pub(super) fn shows_prometheus(mesh: &Mesh) -> bool {
    mesh.workloads.iter().any(is_prometheus)
}

fn accounts(mesh: &Mesh, wanted: impl Fn(&Workload) -> bool) -> BTreeSet<Name> {
    let of = |workload: &Workload| Name::new(workload.name.namespace.clone(), workload.service_account.clone());
    mesh.workloads.iter().filter(|workload| wanted(workload)).map(of).collect()
}

/// Whether a sidecar stays.
fn stays(mesh: &Mesh, workload: &Workload) -> bool {
    workload.mode == DataPlaneMode::Sidecar
        && workload.role == Role::Application
        && !mesh.is_moving(&workload.name.namespace)
}

/// Prometheus by the labels of its charts and of its operator, where it is in the mesh and so has an identity to show.
fn is_prometheus(workload: &Workload) -> bool {
    let named = |key: &str| workload.labels.get(key).is_some_and(|value| value == "prometheus");
    workload.mode != DataPlaneMode::None && (named("app.kubernetes.io/name") || named("app"))
}

fn published(mesh: &Mesh, workload: &Workload) -> Vec<u16> {
    let ports = mesh.services_of(workload).flat_map(|service| &service.ports);
    ports.filter_map(|port| port.target_on(workload)).collect()
}

fn gates(mesh: &Mesh, workloads: &[&Workload], port: u16) -> Vec<Gate> {
    let called = workloads.iter().filter(|workload| mesh.pod_ports(workload).contains(&port));
    called.map(|workload| gate(mesh, workload, port)).collect()
}

fn gate(mesh: &Mesh, workload: &Workload, port: u16) -> Gate {
    let chains: &[Chain] = match mesh.protocol_of_pod_port(workload, port) {
        Protocol::Http => &[Chain::Http],
        Protocol::Sniffed => &[Chain::Http, Chain::Tcp],
        Protocol::Tcp | Protocol::Tls | Protocol::Udp => &[Chain::Tcp],
    };
    Gate {
        policies: chains.iter().map(|chain| mesh.policies_at_sidecar(workload, *chain)).collect(),
        strict: mesh.peer_authentication_at_sidecar(workload, port) == MutualTls::Strict,
    }
}

impl Gate {
    /// Whether nothing is refused that this caller can send to the port.
    fn admits_all(&self, port: u16, identity: Option<&Principal>) -> bool {
        (identity.is_some() || !self.strict)
            && self.policies.iter().all(|policies| admits_all(policies, port, identity))
    }
}

fn admits_all(policies: &PolicySet, port: u16, identity: Option<&Principal>) -> bool {
    let holds = |literal: &Literal| holds(literal, port, identity);
    let may_match = |rule: &Alternative| rule.literals.iter().all(|literal| holds(literal) != Some(false));
    let matches = |rule: &Alternative| rule.literals.iter().all(|literal| holds(literal) == Some(true));
    policies.tokens.rules.is_empty()
        && !policies.custom.iter().flat_map(|custom| &custom.rules).any(may_match)
        && !policies.deny.iter().any(may_match)
        && policies.allow.as_ref().is_none_or(|rules| rules.iter().any(matches))
}

/// Whether a condition holds for all requests of a caller to a port; `None` if that depends on the request.
fn holds(literal: &Literal, port: u16, identity: Option<&Principal>) -> Option<bool> {
    let value = match (&literal.attribute, &literal.test) {
        (_, Test::Never) => false,
        (_, Test::Port(ports)) => ports.contains(&port),
        (Attribute::Peer, Test::Text(text)) => identity.is_some_and(|identity| text.matches(identity.as_str())),
        (_, Test::Text(_) | Test::Ip(_) | Test::RequestPrincipal(_)) => return None,
    };
    Some(value != literal.negated)
}
