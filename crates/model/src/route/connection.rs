//! Routes for connections that carry no HTTP: `tcp` and `tls` of VirtualServices, TCPRoute and TLSRoute.
//!
//! Source: istio/istio `pilot/pkg/networking/core/tls.go` (sidecars), `pilot/pkg/networking/core/listener_waypoint.go`
//! (`getWaypointTCPRoutes`, `getTLSRouteMatch`, `getTCPRouteMatch`).

use super::{BackendRef, ClientCondition, ParentRef, Router, VirtualService};
use crate::topology::{Protocol, Service};
use crate::{Mesh, Name, Named, ObjectId, Origin, Subjects};

/// A TCPRoute or a TLSRoute with Services as parents.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConnectionRoute {
    /// Namespace and name.
    pub name: Name,
    /// The Services it is for.
    pub parents: Vec<ParentRef>,
    /// The rules.
    pub rules: Vec<ConnectionRule>,
    /// Whether something in it makes istiod drop the whole object.
    pub void: bool,
    /// `metadata.creationTimestamp`.
    pub created: Option<String>,
    /// The object.
    pub object: ObjectId,
}

impl Named for ConnectionRoute {
    fn name(&self) -> &Name {
        &self.name
    }
}

impl Subjects for ConnectionRoute {
    type Subject = Name;

    fn subjects(&self) -> Vec<Name> {
        self.parents.iter().map(|parent| parent.service.clone()).collect()
    }
}

/// A rule for connections: one of its matches must hold. None at all match everything.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConnectionRule {
    /// Whether it stands under `tls`, so that server names decide.
    pub tls: bool,
    /// The matches.
    pub matches: Vec<ConnectionMatch>,
    /// Where connections go, by weight.
    pub backends: Vec<BackendRef>,
    /// Where the rule stands.
    pub origin: Origin,
}

/// Conditions on a connection, all of which must hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConnectionMatch {
    /// The Service port it is limited to.
    pub port: Option<u16>,
    /// Server names, of which one must be sent; only under `tls`.
    pub server_names: Vec<String>,
    /// Whether it is limited to some dialled addresses. A waypoint does not look at them.
    pub by_address: bool,
    /// What it asks of the client.
    pub client: ClientCondition,
    /// Where the match stands.
    pub origin: Origin,
}

/// Where a router sends the connections for one port of a Service.
#[derive(Clone, Debug, Default)]
pub struct ConnectionTable<'a> {
    /// The rule that decides; `None` if they go to the Service.
    pub rule: Option<&'a ConnectionRule>,
    /// What depends on the server name, the dialled address or the client: nothing can be said then.
    pub undecided: Option<Origin>,
}

/// Rules that are taken together, as those of one VirtualService are, with the port they are all limited to.
struct Group<'a> {
    rules: &'a [ConnectionRule],
    port: Option<u16>,
    age: (Option<String>, String, String),
    derived: bool,
    exported: bool,
}

impl Mesh {
    /// Where `router` sends connections for a port of a Service. An HTTP port has no routes of this kind.
    #[must_use]
    pub fn connection_table(&self, service: &Service, port: u16, router: Router<'_>) -> ConnectionTable<'_> {
        let protocol = service.port(port).map_or(Protocol::Tcp, |port| port.protocol);
        if matches!(protocol, Protocol::Http | Protocol::Udp) {
            return ConnectionTable::default();
        }
        let groups = self.connection_groups(service, router);
        match router {
            Router::Sidecar { .. } => at_sidecar(&groups, protocol, port, router),
            Router::Waypoint(_) => at_waypoint(&groups, &service.host(&self.settings.cluster_domain), port),
        }
    }

    /// What has rules for the Service, in the order in which the router takes it. A wildcard host is no less than an
    /// exact one here, and routes of every namespace reach sidecars.
    fn connection_groups(&self, service: &Service, router: Router<'_>) -> Vec<Group<'_>> {
        let host = service.host(&self.settings.cluster_domain);
        let mut groups: Vec<Group<'_>> =
            self.virtual_services_for(&host).into_iter().map(group_of_virtual_service).collect();
        let routes = self.connection_routes.about(std::slice::from_ref(&service.name));
        for route in routes.into_iter().filter(|route| !route.void) {
            let parents = route.parents.iter().filter(|parent| parent.service == service.name);
            groups.extend(parents.map(|parent| group_of_route(route, parent.port)));
        }
        let home = match router {
            Router::Waypoint(waypoint) => Some(waypoint.name.namespace.as_str()),
            Router::Sidecar { client_namespace, .. } => client_namespace,
        };
        let own = |group: &Group<'_>| home == Some(group.age.2.as_str());
        groups.retain(|group| match router {
            Router::Waypoint(_) => own(group) || (group.exported && group.age.2 == service.name.namespace),
            Router::Sidecar { .. } => group.exported || home.is_none() || own(group),
        });
        groups.sort_by_key(|group| (group.exported, !(group.derived && own(group)), group.age.clone()));
        groups.retain(|group| !group.rules.is_empty());
        groups
    }
}

fn group_of_virtual_service(virtual_service: &VirtualService) -> Group<'_> {
    let name = &virtual_service.name;
    Group {
        rules: &virtual_service.connections,
        port: None,
        age: (virtual_service.created.clone(), name.name.clone(), name.namespace.clone()),
        derived: false,
        exported: virtual_service.exported,
    }
}

fn group_of_route(route: &ConnectionRoute, port: Option<u16>) -> Group<'_> {
    let kind = if route.rules.iter().any(|rule| rule.tls) { "tls" } else { "tcp" };
    Group {
        rules: &route.rules,
        port,
        age: (route.created.clone(), format!("{}~{kind}~", route.name.name), route.name.namespace.clone()),
        derived: true,
        exported: true,
    }
}

/// A port of the TLS family takes `tls` only, every other one `tcp` only; the first rule that applies ends the list.
fn at_sidecar<'a>(groups: &[Group<'a>], protocol: Protocol, port: u16, router: Router<'_>) -> ConnectionTable<'a> {
    let decides = |rule: &&ConnectionRule| rule.tls == (protocol == Protocol::Tls) && !rule.backends.is_empty();
    for group in groups.iter().filter(|group| group.port.is_none_or(|wanted| wanted == port)) {
        for rule in group.rules.iter().filter(decides) {
            if rule.matches.is_empty() {
                return ConnectionTable { rule: Some(rule), undecided: None };
            }
            for condition in rule.matches.iter().filter(|condition| condition.port.is_none_or(|it| it == port)) {
                match router.admits_connection(&condition.client) {
                    Some(false) => {}
                    Some(true) if !rule.tls && !condition.by_address => {
                        return ConnectionTable { rule: Some(rule), undecided: None };
                    }
                    Some(true) | None => {
                        return ConnectionTable { rule: None, undecided: Some(condition.origin.clone()) };
                    }
                }
            }
        }
    }
    ConnectionTable::default()
}

/// All `tls` before any `tcp`. Server names are not looked at: only a list of just the Service's own host counts, for
/// every connection. Conditions on the client never hold, those on addresses always.
fn at_waypoint<'a>(groups: &[Group<'a>], host: &str, port: u16) -> ConnectionTable<'a> {
    let applies = |rule: &ConnectionRule, condition: &ConnectionMatch| {
        let named = !rule.tls || condition.server_names == [host];
        let client = &condition.client;
        let gateways = client.gateways.is_empty() || client.gateways.iter().any(|gateway| gateway == "mesh");
        let anybody = client.labels.is_empty() && client.namespace.is_none();
        named && gateways && anybody && condition.port.is_none_or(|wanted| wanted == port)
    };
    let groups = groups.iter().filter(|group| group.port.is_none_or(|wanted| wanted == port));
    let of_kind = |tls: bool| {
        groups.clone().find_map(move |group| {
            let mut rules = group.rules.iter().filter(|rule| rule.tls == tls);
            let first =
                rules.find(|rule| rule.matches.is_empty() || rule.matches.iter().any(|it| applies(rule, it)))?;
            (!first.backends.is_empty()).then_some(first)
        })
    };
    ConnectionTable { rule: of_kind(true).or_else(|| of_kind(false)), undecided: None }
}
