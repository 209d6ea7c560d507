//! The questions that are asked of two meshes, one for each destination, way and kind of traffic.

use std::collections::{BTreeMap, BTreeSet};

use s2a_model::authz::Chain;
use s2a_model::route::Target;
use s2a_model::topology::{Protocol, Role, Service};
use s2a_model::{ClientKind, ClientMode, Destination, Mesh, Name, Principal};

/// On which way callers come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Way {
    /// Mesh clients that dial a Service.
    Service,
    /// Mesh clients that dial a pod's address.
    PodIp,
    /// Clients outside of the mesh, in plaintext.
    Plaintext,
    /// Ingress gateways.
    Ingress,
}

impl Way {
    /// The word of the report.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Way::Service => "service",
            Way::PodIp => "pod-ip",
            Way::Plaintext => "plaintext",
            Way::Ingress => "ingress",
        }
    }
}

/// One question.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Slice {
    /// What is dialled.
    pub(crate) destination: Destination,
    /// On which way.
    pub(crate) way: Way,
    /// Who calls.
    pub(crate) client: ClientKind,
    /// Whether HTTP is spoken.
    pub(crate) chain: Speaks,
    /// The caller's identity, where it is a known one.
    pub(crate) principal: Option<Principal>,
    /// Whether the caller is of a namespace that keeps its sidecars while others leave them behind.
    pub(crate) remains: bool,
    /// Whether calls to pod addresses are taken to show who calls, as they do in ambient mode.
    pub(crate) identified: bool,
}

/// Whether HTTP is spoken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Speaks {
    Http,
    Bytes,
}

impl Slice {
    pub(crate) fn is_http(&self) -> bool {
        self.chain == Speaks::Http
    }

    /// How the caller is connected.
    pub(crate) fn mode(&self, mesh: &Mesh) -> ClientMode {
        if self.remains { ClientMode::Sidecar } else { mesh.clients }
    }
}

/// All questions about a mesh as it was. Destinations that come to exist only later are no question: nobody dialled
/// them before.
pub(crate) fn slices(mesh: &Mesh, after: &Mesh) -> Vec<Slice> {
    let mut slices = Vec::new();
    let gateways = Gateways::of(mesh);
    for service in mesh.services.iter().filter(|service| leads_into_mesh(mesh, service)) {
        service_slices(service, &gateways.to(mesh, service), &mut slices);
    }
    for workload in mesh.workloads.iter().filter(|workload| Mesh::is_guarded(workload)) {
        for port in mesh.pod_ports(workload) {
            let destination = Destination::Workload { workload: workload.name.clone(), port };
            let protocol = mesh.protocol_of_pod_port(workload, port);
            for chain in spoken(protocol) {
                slices.push(slice(&destination, Way::PodIp, ClientKind::Mesh, *chain, None));
                slices.push(slice(&destination, Way::Plaintext, ClientKind::Outside, *chain, None));
            }
        }
    }
    if after.moving.is_some() {
        let of_the_mesh = slices.iter().filter(|slice| slice.client == ClientKind::Mesh);
        let remaining: Vec<Slice> = of_the_mesh.map(|slice| Slice { remains: true, ..slice.clone() }).collect();
        slices.extend(remaining);
    }
    slices.sort();
    slices.dedup();
    slices
}

fn leads_into_mesh(mesh: &Mesh, service: &Service) -> bool {
    service.external_name.is_none() && mesh.workloads_of(service).any(Mesh::is_guarded)
}

fn service_slices(service: &Service, gateways: &BTreeSet<Principal>, slices: &mut Vec<Slice>) {
    for port in &service.ports {
        let destination = Destination::Service { service: service.name.clone(), port: port.number };
        for chain in spoken(port.protocol) {
            let way = if service.headless { Way::PodIp } else { Way::Service };
            slices.push(slice(&destination, way, ClientKind::Mesh, *chain, None));
            slices.push(slice(&destination, Way::Plaintext, ClientKind::Outside, *chain, None));
            for principal in gateways {
                slices.push(slice(&destination, Way::Ingress, ClientKind::Gateway, *chain, Some(principal.clone())));
            }
        }
    }
}

fn slice(
    destination: &Destination,
    way: Way,
    client: ClientKind,
    chain: Speaks,
    principal: Option<Principal>,
) -> Slice {
    Slice { destination: destination.clone(), way, client, chain, principal, remains: false, identified: false }
}

/// What is spoken on a port. Bytes that are no HTTP on an HTTP port are an error whoever looks at them.
fn spoken(protocol: Protocol) -> &'static [Speaks] {
    match protocol {
        Protocol::Http => &[Speaks::Http],
        Protocol::Tcp | Protocol::Tls => &[Speaks::Bytes],
        Protocol::Sniffed => &[Speaks::Http, Speaks::Bytes],
        Protocol::Udp => &[],
    }
}

/// What gateways route to.
struct Gateways<'m> {
    /// The hosts that VirtualServices at gateways send to.
    hosts: BTreeSet<&'m str>,
    /// The identities of the gateways that read VirtualServices.
    principals: BTreeSet<Principal>,
    /// The accounts of Gateway API gateways, by the Service that their routes send to.
    accounts: BTreeMap<&'m Name, Vec<&'m Name>>,
}

impl<'m> Gateways<'m> {
    fn of(mesh: &'m Mesh) -> Self {
        let at_gateway = mesh.virtual_services.iter().filter(|it| it.gateways.iter().any(|gateway| gateway != "mesh"));
        let backends = at_gateway.flat_map(|it| &it.rules).flat_map(|rule| match &rule.action.target {
            Target::Backends(backends) => backends.as_slice(),
            Target::Redirect(_) | Target::Respond { .. } => &[],
        });
        let mut accounts: BTreeMap<&Name, Vec<&Name>> = BTreeMap::new();
        for (backend, account) in &mesh.gateway_backends {
            accounts.entry(backend).or_default().push(account);
        }
        let hosts = backends.map(|backend| backend.host.as_str()).collect();
        Gateways { hosts, principals: gateway_principals(mesh), accounts }
    }

    /// The identities of the gateways that route to a Service.
    fn to(&self, mesh: &Mesh, service: &Service) -> BTreeSet<Principal> {
        let accounts = self.accounts.get(&service.name).into_iter().flatten();
        let principal = |name: &&Name| Principal::of(&mesh.settings.trust_domain, &name.namespace, &name.name);
        let mut principals: BTreeSet<Principal> = accounts.map(principal).collect();
        if self.hosts.contains(service.host(&mesh.settings.cluster_domain).as_str()) {
            principals.extend(self.principals.iter().cloned());
        }
        principals
    }
}

/// The identities of the gateways of the input, or the usual one.
fn gateway_principals(mesh: &Mesh) -> BTreeSet<Principal> {
    let gateways = mesh.workloads.iter().filter(|workload| workload.role == Role::Gateway);
    let known: BTreeSet<Principal> = gateways.map(|workload| mesh.principal_of(workload)).collect();
    if !known.is_empty() {
        return known;
    }
    let root = &mesh.settings.root_namespace;
    BTreeSet::from([Principal::of(&mesh.settings.trust_domain, root, "istio-ingressgateway-service-account")])
}

/// The filter chain that takes what is spoken.
pub(crate) fn chain_of(speaks: Speaks, protocol: Protocol) -> Option<Chain> {
    s2a_model::path::chain_for(protocol, speaks == Speaks::Http)
}
