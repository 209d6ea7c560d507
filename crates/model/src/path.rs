//! The way of a request: which proxy routes it, and how it arrives at a pod.

use std::fmt;

use crate::authz::{Alternative, Attribute, Chain, Literal, MutualTls, PolicySet, Test};
use crate::mesh::ClientMode;
use crate::route::{ClientTls, Router};
use crate::topology::{DataPlaneMode, Labels, Protocol, Role, Service, ServicePort, TargetPort, Waypoint, Workload};
use crate::{Client, ClientKind, Mesh, Name, ObjectId, Origin, OutboundPolicy, Pattern, TextMatch};

/// Where a policy is enforced on a request's way to a workload.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum EnforcementPoint {
    /// The sidecar of a workload's pods.
    Sidecar(Name),
    /// The ztunnel in front of a workload's pods.
    Ztunnel(Name),
    /// A waypoint.
    Waypoint(Name),
}

impl fmt::Display for EnforcementPoint {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            EnforcementPoint::Sidecar(workload) => write!(formatter, "sidecar of {workload}"),
            EnforcementPoint::Ztunnel(workload) => write!(formatter, "ztunnel of {workload}"),
            EnforcementPoint::Waypoint(waypoint) => write!(formatter, "waypoint {waypoint}"),
        }
    }
}

/// Who dials a pod.
#[derive(Clone, Copy, Debug)]
pub enum Sender<'a> {
    /// The client's own proxy, or the client itself.
    Client(ClientKind, ClientMode),
    /// A waypoint.
    Waypoint(&'a Waypoint),
}

/// Whose identity the connection to a pod shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Peer {
    /// The client's.
    Client,
    /// The waypoint's.
    Waypoint,
    /// Nobody's.
    Nobody,
}

/// How a connection arrives at a pod.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Arrival {
    /// What stands in front of the pod; `None` if nothing does.
    pub point: Option<EnforcementPoint>,
    /// Whose identity it shows.
    pub peer: Peer,
    /// Whether the point sees the sender's address. Envoy does not behind HBONE.
    pub shows_address: bool,
    /// Whether Istio's own server name is sent.
    pub shows_server_name: bool,
    /// Whether the server cannot take the connection at all: it takes plaintext only and gets TLS.
    pub broken: bool,
}

/// How a client's proxy takes a call to a pod's address.
#[derive(Clone, Copy, Debug)]
pub enum CallToPod<'a> {
    /// It passes it on as it is.
    Direct,
    /// As a call to this headless Service.
    Headless(&'a Service),
    /// It refuses it: the address is in no registry (`outboundTrafficPolicy: REGISTRY_ONLY`).
    Refused,
}

/// Who chooses the backend for a call to a Service.
#[derive(Clone, Copy, Debug)]
pub enum Passage<'a> {
    /// The client's sidecar.
    Sidecar,
    /// A waypoint.
    Waypoint(&'a Waypoint),
    /// Nobody: the call goes to the Service's pods as it is.
    Direct,
}

impl<'a> Passage<'a> {
    /// The router of the passage, for this client or for any.
    #[must_use]
    pub fn router(self, client: Option<(&'a str, Option<&'a Labels>)>) -> Option<Router<'a>> {
        match self {
            Passage::Sidecar => Some(Router::Sidecar {
                client_namespace: client.map(|(namespace, _)| namespace),
                client_labels: client.and_then(|(_, labels)| labels),
            }),
            Passage::Waypoint(waypoint) => Some(Router::Waypoint(waypoint)),
            Passage::Direct => None,
        }
    }
}

impl Mesh {
    /// Who chooses the backend when a client of this kind dials the Service. Sidecars never use a waypoint; gateways
    /// do where a label says so.
    #[must_use]
    pub fn passage(&self, kind: ClientKind, mode: ClientMode, service: &Service) -> Passage<'_> {
        let waypoint = self.waypoint_of(service);
        match (kind, mode) {
            (ClientKind::Mesh, ClientMode::Sidecar) => Passage::Sidecar,
            (ClientKind::Mesh, ClientMode::Ambient) => waypoint.map_or(Passage::Direct, Passage::Waypoint),
            (ClientKind::Gateway, _) => {
                waypoint.filter(|_| self.ingress_uses_waypoint(service)).map_or(Passage::Direct, Passage::Waypoint)
            }
            (ClientKind::Outside, _) => Passage::Direct,
        }
    }

    /// What stands between a client of this kind and a pod whose address it dials. Only ztunnel takes the call to the
    /// waypoint of the pod.
    #[must_use]
    pub fn passage_to_pod(&self, kind: ClientKind, mode: ClientMode, workload: &Workload) -> Passage<'_> {
        match (kind, mode) {
            (ClientKind::Mesh, ClientMode::Ambient) => {
                self.waypoint_of_workload(workload).map_or(Passage::Direct, Passage::Waypoint)
            }
            (ClientKind::Mesh, ClientMode::Sidecar) | (ClientKind::Gateway | ClientKind::Outside, _) => Passage::Direct,
        }
    }

    /// How a connection arrives at a pod port. `host` is the Service that was dialled, `None` for the pod's address.
    #[must_use]
    pub fn arrival(&self, sender: Sender<'_>, workload: &Workload, port: u16, host: Option<&str>) -> Arrival {
        match workload.mode {
            DataPlaneMode::None => Arrival::unguarded(),
            DataPlaneMode::Ambient => Arrival {
                point: Some(EnforcementPoint::Ztunnel(workload.name.clone())),
                peer: peer_at_ztunnel(sender, host.filter(|host| !self.is_headless(host))),
                shows_address: true,
                shows_server_name: false,
                broken: false,
            },
            DataPlaneMode::Sidecar => self.arrival_at_sidecar(sender, workload, port, host),
        }
    }

    /// How a connection arrives at a pod port that a route to the headless Service `host` has led to: a proxy dials the
    /// address that the client dialled, in the name of that Service (istio/istio clusters of type ORIGINAL_DST). A sidecar
    /// that wants mutual TLS takes no other account for an answer than those of the headless Service's pods.
    #[must_use]
    pub fn arrival_by_address(&self, sender: Sender<'_>, workload: &Workload, port: u16, host: &str) -> Arrival {
        let from_waypoint = matches!(sender, Sender::Waypoint(_));
        match workload.mode {
            DataPlaneMode::None => Arrival::unguarded(),
            DataPlaneMode::Ambient => Arrival {
                point: Some(EnforcementPoint::Ztunnel(workload.name.clone())),
                shows_address: !from_waypoint,
                ..Arrival::unguarded()
            },
            DataPlaneMode::Sidecar if from_waypoint => Arrival {
                point: Some(EnforcementPoint::Sidecar(workload.name.clone())),
                shows_address: false,
                ..Arrival::unguarded()
            },
            DataPlaneMode::Sidecar => {
                let arrival = self.arrival_at_sidecar(sender, workload, port, Some(host));
                let named = |headless: &Service| {
                    self.workloads_of(headless).any(|one| {
                        one.name.namespace == workload.name.namespace && one.service_account == workload.service_account
                    })
                };
                let is_named = self.service_by_host(host).is_some_and(named);
                Arrival { broken: arrival.broken || (arrival.shows_server_name && !is_named), ..arrival }
            }
        }
    }

    /// How a mesh client's proxy takes a call to a pod's address: through the listener that a headless Service gives each
    /// of its pods on ports that are not HTTP, or as something it does not know.
    #[must_use]
    pub fn call_to_pod(&self, kind: ClientKind, mode: ClientMode, workload: &Workload, port: u16) -> CallToPod<'_> {
        if (kind, mode) != (ClientKind::Mesh, ClientMode::Sidecar) {
            return CallToPod::Direct;
        }
        let listens = |one: &ServicePort| {
            one.number == port && matches!(one.protocol, Protocol::Tcp | Protocol::Tls | Protocol::Sniffed)
        };
        let beside = self.services.of_namespace(&workload.name.namespace);
        let mut headless = beside.iter().filter(|service| service.headless && service.selects(workload));
        match headless.find(|service| service.ports.iter().any(listens)) {
            Some(service) => CallToPod::Headless(service),
            None if self.settings.outbound_policy == OutboundPolicy::RegistryOnly => CallToPod::Refused,
            None => CallToPod::Direct,
        }
    }

    fn arrival_at_sidecar(&self, sender: Sender<'_>, workload: &Workload, port: u16, host: Option<&str>) -> Arrival {
        let point = Some(EnforcementPoint::Sidecar(workload.name.clone()));
        let plaintext =
            Arrival { point, peer: Peer::Nobody, shows_address: true, shows_server_name: false, broken: false };
        match (sender, host) {
            (Sender::Client(ClientKind::Outside, _), _)
            | (Sender::Client(ClientKind::Mesh, ClientMode::Sidecar) | Sender::Client(ClientKind::Gateway, _), None) => {
                plaintext
            }
            (Sender::Client(ClientKind::Mesh, ClientMode::Ambient), _) => {
                Arrival { peer: Peer::Client, shows_address: false, ..plaintext }
            }
            (Sender::Waypoint(_), _) => Arrival { peer: Peer::Waypoint, shows_address: false, ..plaintext },
            (Sender::Client(ClientKind::Mesh | ClientKind::Gateway, _), Some(host)) => {
                let disabled = self.peer_authentication_at_sidecar(workload, port) == MutualTls::Disable;
                match self.client_tls(workload, port, host) {
                    ClientTls::IstioMutual => {
                        Arrival { peer: Peer::Client, shows_server_name: true, broken: disabled, ..plaintext }
                    }
                    ClientTls::Disable => plaintext,
                    ClientTls::Application => {
                        let http = self.protocol_of_pod_port(workload, port) == Protocol::Http;
                        Arrival { broken: disabled || http, ..plaintext }
                    }
                }
            }
        }
    }

    /// What a sidecar or gateway sends to a sidecar pod (istio/istio `pilot/pkg/networking/core/cluster_tls.go`,
    /// `pilot/pkg/xds/endpoints/mtls_checker.go`; for headless Services `pilot/pkg/model/push_context.go`,
    /// `BestEffortInferServiceMTLSMode`).
    fn client_tls(&self, workload: &Workload, port: u16, host: &str) -> ClientTls {
        if let Some(tls) = self.destination_rule(host).and_then(|rule| rule.tls) {
            return tls;
        }
        let taken = match self.service_by_host(host).filter(|service| service.headless) {
            Some(headless) => {
                let mut pods = self.workloads_of(headless).peekable();
                pods.peek().is_some() && pods.all(|one| one.mode == DataPlaneMode::Sidecar)
            }
            None => self.peer_authentication_at_sidecar(workload, port) != MutualTls::Disable,
        };
        let wanted = self.peer_authentication_of_namespace(workload) != MutualTls::Disable;
        if self.settings.auto_mtls && wanted && taken { ClientTls::IstioMutual } else { ClientTls::Disable }
    }

    fn is_headless(&self, host: &str) -> bool {
        self.service_by_host(host).is_some_and(|service| service.headless)
    }

    /// The policies that judge a connection where it arrives.
    #[must_use]
    pub fn policies_at_arrival(&self, arrival: &Arrival, workload: &Workload, port: u16, chain: Chain) -> PolicySet {
        match &arrival.point {
            None | Some(EnforcementPoint::Waypoint(_)) => PolicySet::default(),
            Some(EnforcementPoint::Ztunnel(_)) => self.policies_at_ztunnel(workload),
            Some(EnforcementPoint::Sidecar(_)) => {
                let mut set = self.policies_at_sidecar(workload, chain);
                if self.peer_authentication_at_sidecar(workload, port) == MutualTls::Strict {
                    set.deny.insert(0, nobody_is_refused(workload));
                }
                set
            }
        }
    }

    /// The filter chains of a workload's port at its sidecar: those of the oldest Service that leads to it. A TCP port
    /// that is named `udp` has a TCP chain there, and none at a waypoint.
    #[must_use]
    pub fn protocol_of_pod_port(&self, workload: &Workload, port: u16) -> Protocol {
        let leads = |service_port: &&ServicePort| service_port.target_on(workload) == Some(port);
        let services = self.services_of(workload);
        let tcp_first = |service: &'_ Service| {
            let mut found = service.ports.iter().filter(leads);
            found.clone().find(|port| port.protocol != Protocol::Udp).or_else(|| found.next()).map(|port| port.protocol)
        };
        let ports = services.filter_map(|service| Some((service, tcp_first(service)?)));
        // istiod sorts equal ages by `name.namespace`, and `-` comes before `.`.
        match ports
            .min_by_key(|(service, _)| (&service.created, format!("{}.{}", service.name.name, service.name.namespace)))
        {
            Some((_, Protocol::Udp)) => Protocol::Tcp,
            Some((_, protocol)) => protocol,
            None => Protocol::Sniffed,
        }
    }

    /// The labels and the namespace of a client that the mesh knows.
    #[must_use]
    pub fn client_facts<'a>(&'a self, client: &'a Client) -> Option<(&'a str, Option<&'a Labels>)> {
        let known = client.workload.as_ref().and_then(|name| self.workload(name));
        match (known, &client.principal) {
            (Some(workload), _) => Some((workload.name.namespace.as_str(), Some(&workload.labels))),
            (None, Some(principal)) => Some((principal.namespace(), None)),
            (None, None) => None,
        }
    }

    /// Every port of a workload that can be dialled: declared by a container, or the target of a Service.
    #[must_use]
    pub fn pod_ports(&self, workload: &Workload) -> Vec<u16> {
        let targets = self.services_of(workload).flat_map(|service| &service.ports);
        let reached = targets.filter_map(|port| match (&port.target, port.target_on(workload)) {
            (TargetPort::Number(_) | TargetPort::Name(_), target) => target,
        });
        let declared = workload.ports.iter().map(|port| port.number);
        let mut ports: Vec<u16> = reached.chain(declared).collect();
        ports.sort_unstable();
        ports.dedup();
        ports
    }

    /// Whether the workload is an application that the mesh guards.
    #[must_use]
    pub fn is_guarded(workload: &Workload) -> bool {
        workload.role == Role::Application && workload.mode != DataPlaneMode::None
    }
}

impl Arrival {
    fn unguarded() -> Self {
        Arrival { point: None, peer: Peer::Nobody, shows_address: true, shows_server_name: false, broken: false }
    }
}

/// The filter chain that takes a request, or `None` if the port has no chain for it.
#[must_use]
pub fn chain_for(protocol: Protocol, is_http: bool) -> Option<Chain> {
    match (protocol, is_http) {
        (Protocol::Http, true) | (Protocol::Sniffed, true) => Some(Chain::Http),
        (Protocol::Tcp | Protocol::Tls, _) | (Protocol::Sniffed, false) => Some(Chain::Tcp),
        (Protocol::Http, false) | (Protocol::Udp, _) => None,
    }
}

/// A sidecar that dials a pod's address sends plaintext; everybody else in the mesh comes by HBONE.
fn peer_at_ztunnel(sender: Sender<'_>, host: Option<&str>) -> Peer {
    match sender {
        Sender::Waypoint(_) => Peer::Waypoint,
        Sender::Client(ClientKind::Mesh, ClientMode::Sidecar) if host.is_none() => Peer::Nobody,
        Sender::Client(ClientKind::Mesh | ClientKind::Gateway, _) => Peer::Client,
        Sender::Client(ClientKind::Outside, _) => Peer::Nobody,
    }
}

fn nobody_is_refused(workload: &Workload) -> Alternative {
    let nobody =
        Literal { attribute: Attribute::Peer, test: Test::Text(TextMatch::of(Pattern::NonEmpty)), negated: true };
    let object = ObjectId {
        api_version: "security.istio.io/v1".to_owned(),
        kind: "PeerAuthentication".to_owned(),
        name: Name::new(workload.name.namespace.clone(), String::new()),
    };
    Alternative { literals: vec![nobody], origin: Origin { object, field: "spec.mtls".to_owned() } }
}
