//! The mesh: everything that decides the fate of a request.

use std::collections::{BTreeMap, BTreeSet};

use crate::authz::{AuthorizationPolicy, PeerAuthentication, RequestAuthentication};
use crate::route::{ConnectionRoute, DestinationRule, HttpRoute, VirtualService};
use crate::topology::{DataPlaneMode, Namespace, Service, ServiceEntry, Waypoint, Workload};
use crate::{ByName, BySubject, Client, Name, Principal, Settings};

/// A configured mesh.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Mesh {
    /// The mesh configuration and the target release.
    pub settings: Settings,
    /// How mesh clients that the input does not show are connected.
    pub clients: ClientMode,
    /// The namespaces that leave their sidecars behind; `None` for all of them. In a mesh that is moved by parts, mesh
    /// clients of the others keep their sidecars whatever [`Mesh::clients`] says.
    pub moving: Option<BTreeSet<String>>,
    /// The namespaces that have an object.
    pub namespaces: BTreeMap<String, Namespace>,
    /// The workloads, given or assumed.
    pub workloads: ByName<Workload>,
    /// The Services.
    pub services: ByName<Service>,
    /// The ServiceEntries.
    pub service_entries: BySubject<ServiceEntry>,
    /// The waypoints.
    pub waypoints: ByName<Waypoint>,
    /// The AuthorizationPolicies.
    pub authorization_policies: ByName<AuthorizationPolicy>,
    /// The RequestAuthentications.
    pub request_authentications: ByName<RequestAuthentication>,
    /// The PeerAuthentications.
    pub peer_authentications: ByName<PeerAuthentication>,
    /// The VirtualServices.
    pub virtual_services: BySubject<VirtualService>,
    /// The DestinationRules.
    pub destination_rules: BySubject<DestinationRule>,
    /// The HTTPRoutes and GRPCRoutes with a Service as parent.
    pub http_routes: BySubject<HttpRoute>,
    /// The TCPRoutes and TLSRoutes with a Service as parent.
    pub connection_routes: BySubject<ConnectionRoute>,
    /// Services that routes of Gateway API gateways send to, with the account of the gateway.
    pub gateway_backends: Vec<(Name, Name)>,
}

/// How mesh clients that the input does not show are connected.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ClientMode {
    /// By a sidecar.
    #[default]
    Sidecar,
    /// By ztunnel.
    Ambient,
}

impl Mesh {
    /// The workload with this name.
    #[must_use]
    pub fn workload(&self, name: &Name) -> Option<&Workload> {
        self.workloads.get(name)
    }

    /// The Service with this name.
    #[must_use]
    pub fn service(&self, name: &Name) -> Option<&Service> {
        self.services.get(name)
    }

    /// The Service with this DNS name.
    #[must_use]
    pub fn service_by_host(&self, host: &str) -> Option<&Service> {
        let suffix = format!(".svc.{}", self.settings.cluster_domain);
        let (name, namespace) = host.strip_suffix(&suffix)?.split_once('.')?;
        self.service(&Name::new(namespace, name))
    }

    /// The Services that select the workload.
    pub fn services_of<'a>(&'a self, workload: &'a Workload) -> impl Iterator<Item = &'a Service> {
        self.services.of_namespace(&workload.name.namespace).iter().filter(|service| service.selects(workload))
    }

    /// The workloads that the Service selects.
    pub fn workloads_of<'a>(&'a self, service: &'a Service) -> impl Iterator<Item = &'a Workload> {
        self.workloads.of_namespace(&service.name.namespace).iter().filter(|workload| service.selects(workload))
    }

    /// The identity of a workload.
    #[must_use]
    pub fn principal_of(&self, workload: &Workload) -> Principal {
        Principal::of(&self.settings.trust_domain, &workload.name.namespace, &workload.service_account)
    }

    /// The identity of a waypoint.
    #[must_use]
    pub fn waypoint_principal(&self, waypoint: &Waypoint) -> Principal {
        Principal::of(&self.settings.trust_domain, &waypoint.name.namespace, &waypoint.service_account)
    }

    /// How a mesh client is connected: as its workload is, else as its namespace, else as [`Mesh::clients`] says.
    #[must_use]
    pub fn client_mode(&self, client: &Client) -> ClientMode {
        let workload = client.workload.as_ref().and_then(|name| self.workload(name));
        match workload.map(|workload| workload.mode) {
            Some(DataPlaneMode::Sidecar) => ClientMode::Sidecar,
            Some(DataPlaneMode::Ambient) => ClientMode::Ambient,
            Some(DataPlaneMode::None) | None => {
                let remains = |principal: &Principal| !self.is_moving(principal.namespace());
                if client.principal.as_ref().is_some_and(remains) { ClientMode::Sidecar } else { self.clients }
            }
        }
    }

    /// Whether a namespace leaves its sidecars behind, if it has any.
    #[must_use]
    pub fn is_moving(&self, namespace: &str) -> bool {
        self.moving.as_ref().is_none_or(|moving| moving.contains(namespace))
    }
}
