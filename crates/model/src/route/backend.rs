//! Who routes, and which pods a destination means.

use super::{BackendRef, ClientCondition};
use crate::list::{could_cover, covers};
use crate::topology::{Labels, Service, Waypoint, Workload};
use crate::{Backend, Mesh};

/// The proxy that chooses a route.
#[derive(Clone, Copy, Debug)]
pub enum Router<'a> {
    /// The client's sidecar.
    Sidecar {
        /// The client's namespace; `None` for any client.
        client_namespace: Option<&'a str>,
        /// The labels of the client's pods; `None` for any client.
        client_labels: Option<&'a Labels>,
    },
    /// The Service's waypoint.
    Waypoint(&'a Waypoint),
}

/// What a destination means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Resolution {
    /// These backends; none means that there is nothing to send to.
    Backends(Vec<Backend>),
    /// The address that the client dialled: the destination is headless, and has no address of its own.
    DialledAddress,
    /// It cannot be said.
    Unknown(String),
}

impl Router<'_> {
    /// Whether the client is any client.
    #[must_use]
    pub fn client_is_unknown(&self) -> bool {
        matches!(self, Router::Sidecar { client_namespace: None, .. })
    }

    /// The same for a match on connections: there a list of gateways switches nothing off.
    #[must_use]
    pub(super) fn admits_connection(&self, condition: &ClientCondition) -> Option<bool> {
        let here = condition.gateways.is_empty() || condition.gateways.iter().any(|gateway| gateway == "mesh");
        let rest = ClientCondition { gateways: Vec::new(), ..condition.clone() };
        if here { self.admits(&rest) } else { Some(false) }
    }

    /// Whether a match applies for the client; `None` if that depends on the client. A list of gateways switches the
    /// other conditions off. A waypoint skips matches on labels and compares the namespace with its own.
    #[must_use]
    pub fn admits(&self, condition: &ClientCondition) -> Option<bool> {
        if !condition.gateways.is_empty() {
            return Some(condition.gateways.iter().any(|gateway| gateway == "mesh"));
        }
        match self {
            Router::Waypoint(waypoint) => {
                let namespace = condition.namespace.as_ref().is_none_or(|wanted| *wanted == waypoint.name.namespace);
                Some(condition.labels.is_empty() && namespace)
            }
            Router::Sidecar { client_namespace, client_labels } => {
                let namespace = match (&condition.namespace, client_namespace) {
                    (None, _) => true,
                    (Some(wanted), Some(own)) => wanted == own,
                    (Some(_), None) => return None,
                };
                let labels = match client_labels {
                    _ if condition.labels.is_empty() => true,
                    Some(own) => condition.labels.iter().all(|(key, value)| own.get(key) == Some(value)),
                    None => return None,
                };
                Some(namespace && labels)
            }
        }
    }
}

impl Mesh {
    /// The pods that a destination means. A destination without port is the listener's port for a sidecar; a waypoint
    /// also takes a Service's only port.
    #[must_use]
    pub fn resolve_backend(&self, to: &BackendRef, listener_port: u16, router: Router<'_>) -> Resolution {
        let Some(service) = self.service_by_host(&to.host) else {
            return self.resolve_external(to, listener_port);
        };
        let only_port = match router {
            Router::Waypoint(_) => only_port(service),
            Router::Sidecar { .. } => None,
        };
        let port = to.port.or(only_port).unwrap_or(listener_port);
        let labels = match &to.subset {
            None => Labels::new(),
            Some(name) => match self.subset(&to.host, name) {
                Some(subset) => subset.labels.clone(),
                None => return Resolution::Backends(Vec::new()),
            },
        };
        if service.headless && service.port(port).is_some() {
            return Resolution::DialledAddress;
        }
        Resolution::Backends(self.endpoints(service, port, &labels))
    }

    /// A destination of a connection with its port: of a Service with one port that one, whoever routes (istio/istio
    /// `pilot/pkg/networking/core/route/route.go`, `GetDestinationCluster`).
    #[must_use]
    pub fn destination_of_connection(&self, to: &BackendRef, listener_port: u16) -> BackendRef {
        let only_port = self.service_by_host(&to.host).and_then(only_port);
        BackendRef { port: to.port.or(only_port).or(Some(listener_port)), ..to.clone() }
    }

    /// The workloads behind a Service port, optionally only those with some labels.
    #[must_use]
    pub fn endpoints(&self, service: &Service, port: u16, labels: &Labels) -> Vec<Backend> {
        let Some(port) = service.port(port) else { return Vec::new() };
        let workloads = self.workloads_of(service).filter(|workload| workload.has_labels(labels));
        // Nothing translates the port of a headless Service: its pods are dialled at the very number.
        let target = |workload: &Workload| if service.headless { Some(port.number) } else { port.target_on(workload) };
        workloads.filter_map(|workload| Some(Backend::Workload(workload.name.clone(), target(workload)?))).collect()
    }

    fn resolve_external(&self, to: &BackendRef, listener_port: u16) -> Resolution {
        let known = |host: &String| *host == to.host || covers(host, &to.host);
        let port = to.port.unwrap_or(listener_port);
        if self.service_entries.about(&could_cover(&to.host)).iter().any(|entry| entry.hosts.iter().any(known)) {
            return Resolution::Backends(vec![Backend::External(to.host.clone(), port)]);
        }
        Resolution::Unknown(format!("no Service or ServiceEntry for host {}", to.host))
    }
}

fn only_port(service: &Service) -> Option<u16> {
    match service.ports.as_slice() {
        [only] => Some(only.number),
        _ => None,
    }
}
