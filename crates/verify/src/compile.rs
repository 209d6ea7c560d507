//! From a mesh and a question to decision lists.
//!
//! Written from what the proxies do, in the order in which a request meets them: routes and policies of the client's
//! side, of the waypoint, and of each possible backend. Each of them is a list in which the first match wins; what
//! the lists answer together is folded into the fate of the request.

mod fold;
mod literal;
mod policies;
mod rewritten;
mod routes;

use std::collections::BTreeSet;
use std::net::IpAddr;

use s2a_model::authz::{Chain, JwtRule, PolicySet};
use s2a_model::evaluate::{Cluster, effect_for, weight};
use s2a_model::path::{CallToPod, Passage, Peer, Sender};
use s2a_model::route::{
    BackendRef, HeaderChanges, Otherwise, PathRewrite, Redirect, Resolution, RouteAction, RouteTable, Router, Target,
};
use s2a_model::topology::{Labels, Protocol, Service};
use s2a_model::{Backend, ClientKind, ClientMode, Destination, EnforcementPoint, Mesh};

use crate::logic::List;
use crate::slice::{Slice, chain_of};
use crate::space::{self, Dimension};
use literal::Seen;
use rewritten::Rewritten;

pub(crate) use fold::{Fold, Sent};
pub(crate) use literal::FORWARDED_FOR;
pub(crate) use policies::{BAD_TOKEN, provider_flag};

/// Why a question cannot be put.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Unclear {
    /// Something in the configuration is not modelled, or depends on what is not known.
    #[error("{0}")]
    Said(String),
}

/// The headers that the lists ask for, by how their lines are compared.
#[derive(Debug, Default)]
pub(crate) struct Compared {
    /// One by one.
    pub(crate) by_line: BTreeSet<String>,
    /// Joined.
    pub(crate) joined: BTreeSet<String>,
}

/// The lists of both sides, and equal lists only once.
#[derive(Debug, Default)]
pub(crate) struct Lists {
    pub(crate) lists: Vec<List>,
    /// The paths that routes of either side name in full.
    pub(crate) paths: BTreeSet<String>,
    /// The token rules that some point applies, since they were last taken.
    pub(crate) tokens: BTreeSet<JwtRule>,
    /// How header lines are compared.
    pub(crate) compared: Compared,
}

impl Lists {
    /// Whether some list looks at this part of a request.
    pub(crate) fn ask_for(&self, dimension: &Dimension) -> bool {
        let cubes = self.lists.iter().flat_map(|list| &list.cubes);
        cubes.flat_map(|cube| &cube.literals).any(|literal| literal.dimension == *dimension)
    }

    fn add(&mut self, list: List, by_line: bool) -> usize {
        let Compared { by_line: apart, joined } = &mut self.compared;
        let compared = if by_line { apart } else { joined };
        for literal in list.cubes.iter().flat_map(|cube| &cube.literals) {
            if let Dimension::Header(name) = &literal.dimension {
                compared.insert(name.clone());
            }
        }
        match self.lists.iter().position(|known| *known == list) {
            Some(index) => index,
            None => {
                self.lists.push(list);
                self.lists.len() - 1
            }
        }
    }
}

/// The paths that routes for the destination name in full.
pub(crate) fn exact_paths(mesh: &Mesh, slice: &Slice) -> BTreeSet<String> {
    let Destination::Service { service, port } = &slice.destination else { return BTreeSet::new() };
    let Some(service) = mesh.service(service) else { return BTreeSet::new() };
    let router = mesh.passage(slice.client, slice.mode(mesh), service).router(None);
    router.map(|router| routes::exact_paths(&mesh.route_table(service, *port, router))).unwrap_or_default()
}

/// Compiles one side of a question.
pub(crate) fn compile(mesh: &Mesh, slice: &Slice, lists: &mut Lists) -> Result<Fold, Unclear> {
    match &slice.destination {
        Destination::Workload { workload, port } => {
            let known = mesh.workload(workload);
            let passage =
                known.map_or(Passage::Direct, |known| mesh.passage_to_pod(slice.client, slice.mode(mesh), known));
            let mut side = Side { mesh, slice, lists, passage };
            let waypoint = side.waypoint_for_pods(*port)?;
            let backend = Backend::Workload(workload.clone(), *port);
            let call =
                known.map_or(CallToPod::Direct, |one| mesh.call_to_pod(slice.client, slice.mode(mesh), one, *port));
            let host = match call {
                CallToPod::Refused => {
                    return Ok(Fold { waypoint: None, routes: None, actions: vec![fold::Action::Nowhere] });
                }
                CallToPod::Direct => None,
                CallToPod::Headless(service) => Some(service.host(&mesh.settings.cluster_domain)),
            };
            let cluster = host.as_deref().map(|host| Cluster { host, port: *port, subset: None, by_address: false });
            let share = side.share(cluster.as_ref(), vec![backend], 1, Sent::default(), &Rewritten::default())?;
            Ok(Fold { waypoint, routes: None, actions: vec![fold::Action::Forward(vec![share])] })
        }
        Destination::Service { service, port } => match mesh.service(service) {
            Some(service) => compile_service(mesh, slice, service, *port, lists),
            None => Ok(Fold { waypoint: None, routes: None, actions: vec![fold::Action::Nowhere] }),
        },
    }
}

fn compile_service(
    mesh: &Mesh,
    slice: &Slice,
    service: &Service,
    port: u16,
    lists: &mut Lists,
) -> Result<Fold, Unclear> {
    let mode = slice.mode(mesh);
    let passage = mesh.passage(slice.client, mode, service);
    let mut side = Side { mesh, slice, lists, passage };
    let waypoint = side.waypoint(service, port)?;
    let Some(router) = passage.router(None) else {
        let share = side.unrouted(service, port)?;
        return Ok(Fold { waypoint, routes: None, actions: vec![fold::Action::Forward(vec![share])] });
    };
    let routed = Routed { service, port, router };
    if !slice.is_http() {
        let shares = side.connection(routed)?;
        return Ok(Fold { waypoint, routes: None, actions: vec![fold::Action::Forward(shares)] });
    }
    side.check_modelled(service)?;
    let table = mesh.route_table(service, port, router);
    if let Some(origin) = table.client_dependent.first() {
        return Err(Unclear::Said(format!("the routes of {} are not the same for every client", origin.object)));
    }
    side.check_token_headers(service, &table)?;
    let mut actions = vec![match table.otherwise {
        Otherwise::ToService => fold::Action::Forward(vec![side.unrouted(service, port)?]),
        Otherwise::NotFound => fold::Action::Nowhere,
    }];
    let plain = routes::plain(&table, &side.lists.paths);
    for route in &plain {
        actions.push(side.action(route.action, &route.rewrite, routed)?);
    }
    let list = routes::list(&plain);
    let routes =
        (!list.cubes.is_empty()).then(|| side.lists.add(list, mesh.settings.features.routes_compare_header_lines));
    Ok(Fold { waypoint, routes, actions })
}

/// Who chooses a route, for which port of which Service.
#[derive(Clone, Copy)]
struct Routed<'a> {
    service: &'a Service,
    port: u16,
    router: Router<'a>,
}

/// What a waypoint sees of the address that was dialled.
struct Local {
    ip: Option<IpAddr>,
    port: u16,
    server_name: Option<String>,
}

/// One side of a question, under construction.
struct Side<'a, 'l> {
    mesh: &'a Mesh,
    slice: &'a Slice,
    lists: &'l mut Lists,
    passage: Passage<'a>,
}

impl Side<'_, '_> {
    /// Nothing can be said about a delegate that the input lacks.
    fn check_modelled(&self, service: &Service) -> Result<(), Unclear> {
        let host = service.host(&self.mesh.settings.cluster_domain);
        let applying = self.mesh.virtual_services_of(&host);
        match applying.iter().find_map(|virtual_service| virtual_service.not_modelled.first()) {
            Some(origin) => Err(Unclear::Said(format!("{} is not known, at {}", origin.object, origin.field))),
            None => Ok(()),
        }
    }

    /// A waypoint checks tokens before it routes, and takes their headers away or writes others: what its routes find in
    /// them depends on the token.
    fn check_token_headers(&self, service: &Service, table: &RouteTable<'_>) -> Result<(), Unclear> {
        let Passage::Waypoint(waypoint) = self.passage else { return Ok(()) };
        let tokens = self.mesh.policies_at_waypoint(waypoint, service, Chain::Http).tokens;
        let changed = |name: &str| tokens.rules.iter().any(|rule| rule.changed_headers.iter().any(|it| it == name));
        for route in &table.routes {
            if let Some(header) = route.condition.headers.iter().find(|header| changed(&header.name)) {
                let message = format!(
                    "a waypoint checks tokens before it routes, and changes header `{}` that a route asks for, at {} {}",
                    header.name, route.origin.object, route.origin.field
                );
                return Err(Unclear::Said(message));
            }
        }
        Ok(())
    }

    fn waypoint(&mut self, service: &Service, port: u16) -> Result<Option<fold::Gate>, Unclear> {
        let Passage::Waypoint(waypoint) = self.passage else { return Ok(None) };
        let point = EnforcementPoint::Waypoint(waypoint.name.clone());
        let protocol = service.port(port).map(|port| port.protocol);
        let Some(chain) = protocol.and_then(|protocol| chain_of(self.slice.chain, protocol)) else {
            return Ok(Some(fold::Gate::Shut(point)));
        };
        let policies = self.mesh.policies_at_waypoint(waypoint, service, chain);
        let server_name = (protocol != Some(Protocol::Tls)).then(String::new);
        let local = Local { ip: service.ip, port, server_name };
        self.list_at_waypoint(point, &policies, chain, local).map(Some)
    }

    fn waypoint_for_pods(&mut self, port: u16) -> Result<Option<fold::Gate>, Unclear> {
        let Passage::Waypoint(waypoint) = self.passage else { return Ok(None) };
        let point = EnforcementPoint::Waypoint(waypoint.name.clone());
        let chain = if self.slice.is_http() { Chain::Http } else { Chain::Tcp };
        let policies = self.mesh.policies_at_waypoint_for_pods(waypoint, chain);
        let local = Local { ip: None, port, server_name: Some(String::new()) };
        self.list_at_waypoint(point, &policies, chain, local).map(Some)
    }

    fn list_at_waypoint(
        &mut self,
        point: EnforcementPoint,
        policies: &PolicySet,
        chain: Chain,
        local: Local,
    ) -> Result<fold::Gate, Unclear> {
        let seen = Seen {
            peer: literal::PeerSeen::Client,
            shows_address: false,
            destination: literal::DestinationSeen::Service(local.ip),
            port: local.port,
            server_name: local.server_name,
            http: chain == Chain::Http,
            rewritten: Rewritten::default(),
        };
        self.lists.tokens.extend(policies.tokens.rules.iter().cloned());
        let list = policies::list(policies, &seen)?;
        Ok(fold::Gate::List(point, self.lists.add(list, self.mesh.settings.features.policies_compare_header_lines)))
    }

    fn unrouted(&mut self, service: &Service, port: u16) -> Result<fold::PlannedShare, Unclear> {
        let host = service.host(&self.mesh.settings.cluster_domain);
        let pool = self.mesh.endpoints(service, port, &Labels::new());
        let cluster = Cluster { host: &host, port, subset: None, by_address: false };
        self.share(Some(&cluster), pool, 1, Sent::default(), &Rewritten::default())
    }

    /// Where connections go that carry no HTTP.
    fn connection(&mut self, routed: Routed<'_>) -> Result<Vec<fold::PlannedShare>, Unclear> {
        let Routed { service, port, router } = routed;
        let mesh = self.mesh;
        let table = mesh.connection_table(service, port, router);
        if let Some(origin) = table.undecided {
            let message = format!(
                "where {} sends a connection depends on its client, server name or address, at {}",
                origin.object, origin.field
            );
            return Err(Unclear::Said(message));
        }
        let Some(rule) = table.rule else { return Ok(vec![self.unrouted(service, port)?]) };
        let mut share = |to: &BackendRef| {
            let to = self.mesh.destination_of_connection(to, port);
            let weight = weight(&rule.backends, &to);
            self.share_of(&to, weight, Sent::default(), &Rewritten::default(), routed)
        };
        rule.backends.iter().map(&mut share).collect()
    }

    fn action(
        &mut self,
        action: &RouteAction,
        rewrite: &PathRewrite,
        routed: Routed<'_>,
    ) -> Result<fold::Action, Unclear> {
        let Routed { service: _, port, router } = routed;
        let backends = match &action.target {
            Target::Redirect(redirect) => return Ok(answer(redirect, rewrite, action, port)),
            Target::Respond { .. } if action.says_not_found() => return Ok(fold::Action::Nowhere),
            Target::Respond { status, body } => {
                return Ok(fold::Action::Answer { status: *status, detail: body.clone() });
            }
            Target::Backends(backends) => backends,
        };
        let effect = self.mesh.effect(action, port, router);
        let mut shares = Vec::new();
        for to in backends {
            let headers = joined(&action.request_headers, &to.request_headers);
            let host = action.rewrite_host.clone().or_else(|| to.rewrite_host.clone());
            let rewritten = Rewritten { path: rewrite.clone(), host: host.clone(), headers: headers.clone() };
            let sent = Sent { path: rewrite.clone(), host, headers, effect: effect_for(&effect, to) };
            shares.push(self.share_of(to, weight(backends, to), sent, &rewritten, routed)?);
        }
        Ok(fold::Action::Forward(shares))
    }

    fn share_of(
        &mut self,
        to: &BackendRef,
        weight: u64,
        what: Sent,
        rewritten: &Rewritten,
        routed: Routed<'_>,
    ) -> Result<fold::PlannedShare, Unclear> {
        let Routed { service, port, router } = routed;
        let (pool, by_address) = match self.mesh.resolve_backend(to, port, router) {
            Resolution::Backends(pool) => (pool, false),
            Resolution::DialledAddress => (self.mesh.endpoints(service, port, &Labels::new()), true),
            Resolution::Unknown(why) => return Err(Unclear::Said(why)),
        };
        let cluster =
            Cluster { host: &to.host, port: to.port.unwrap_or(port), subset: to.subset.as_deref(), by_address };
        self.share(Some(&cluster), pool, weight, what, rewritten)
    }

    fn share(
        &mut self,
        cluster: Option<&Cluster<'_>>,
        pool: Vec<Backend>,
        weight: u64,
        what: Sent,
        rewritten: &Rewritten,
    ) -> Result<fold::PlannedShare, Unclear> {
        let mut gates = Vec::new();
        for backend in pool {
            let gate = self.gate(cluster, &backend, rewritten)?;
            gates.push((backend, gate));
        }
        Ok(fold::PlannedShare { pool: gates, weight, what })
    }

    /// What stands in front of a backend.
    fn gate(
        &mut self,
        cluster: Option<&Cluster<'_>>,
        backend: &Backend,
        rewritten: &Rewritten,
    ) -> Result<fold::Gate, Unclear> {
        let Backend::Workload(name, port) = backend else { return Ok(fold::Gate::Open) };
        let Some(workload) = self.mesh.workload(name) else { return Ok(fold::Gate::Missing) };
        let sender = match self.passage {
            Passage::Waypoint(waypoint) => Sender::Waypoint(waypoint),
            Passage::Sidecar | Passage::Direct => Sender::Client(self.slice.client, self.slice.mode(self.mesh)),
        };
        let rule = cluster.and_then(|cluster| self.mesh.destination_rule(cluster.host));
        if let (Some(rule), Sender::Client(ClientKind::Mesh | ClientKind::Gateway, ClientMode::Sidecar)) =
            (rule, sender)
            && rule.tls_varies
        {
            return Err(Unclear::Said(format!(
                "TLS settings of subsets and ports are not modelled, in {}",
                rule.object
            )));
        }
        let arrival = match cluster {
            Some(Cluster { host, by_address: true, .. }) => self.mesh.arrival_by_address(sender, workload, *port, host),
            Some(Cluster { host, .. }) => self.mesh.arrival(sender, workload, *port, Some(host)),
            None => self.mesh.arrival(sender, workload, *port, None),
        };
        let Some(point) = arrival.point.clone() else { return Ok(fold::Gate::Open) };
        if let (EnforcementPoint::Ztunnel(_), Some(tied)) = (&point, self.mesh.tied_peer_authentication(workload)) {
            let message = format!("{tied} is as old as another one of its scope, and ztunnel takes either");
            return Err(Unclear::Said(message));
        }
        let at_sidecar = matches!(point, EnforcementPoint::Sidecar(_));
        let chain = chain_of(self.slice.chain, self.mesh.protocol_of_pod_port(workload, *port));
        let chain = chain.or((!at_sidecar).then_some(Chain::Tcp));
        let Some(chain) = chain.filter(|_| !arrival.broken) else { return Ok(fold::Gate::Shut(point)) };
        let peer = match (arrival.peer, sender) {
            (Peer::Client, _) => literal::PeerSeen::Client,
            (Peer::Waypoint, Sender::Waypoint(waypoint)) => {
                literal::PeerSeen::Known(self.mesh.waypoint_principal(waypoint))
            }
            (Peer::Nobody, Sender::Client(ClientKind::Mesh, _)) if self.slice.identified => literal::PeerSeen::Client,
            (Peer::Waypoint, Sender::Client(..)) | (Peer::Nobody, _) => literal::PeerSeen::Nobody,
        };
        let server_name = cluster.filter(|_| arrival.shows_server_name).map(Cluster::server_name).unwrap_or_default();
        let seen = Seen {
            peer,
            shows_address: arrival.shows_address && arrival.peer != Peer::Waypoint,
            destination: literal::DestinationSeen::Pod(workload.ip),
            port: *port,
            server_name: Some(server_name),
            http: at_sidecar && chain == Chain::Http && self.slice.is_http(),
            rewritten: rewritten.clone(),
        };
        let policies = self.mesh.policies_at_arrival(&arrival, workload, *port, chain);
        if seen.http {
            self.lists.tokens.extend(policies.tokens.rules.iter().cloned());
        }
        let by_line = self.mesh.settings.features.policies_compare_header_lines;
        let list = self.lists.add(policies::list(&policies, &seen)?, by_line);
        Ok(fold::Gate::List(point, list))
    }
}

fn joined(route: &HeaderChanges, backend: &HeaderChanges) -> HeaderChanges {
    let pairs = |one: &[(String, String)], other: &[(String, String)]| [one, other].concat();
    HeaderChanges {
        remove: [route.remove.as_slice(), backend.remove.as_slice()].concat(),
        set: pairs(&route.set, &backend.set),
        add: pairs(&route.add, &backend.add),
    }
    .effective()
}

fn answer(redirect: &Redirect, rewrite: &PathRewrite, action: &RouteAction, port: u16) -> fold::Action {
    let Redirect { status, scheme, host, port: _, listener_port: _, path: _ } = redirect;
    let scheme = scheme.as_deref().unwrap_or("http");
    let port = redirect.port_on(port);
    let headers = &action.response_headers;
    fold::Action::Answer { status: *status, detail: format!("{scheme} {host:?} {port:?} {rewrite:?} {headers:?}") }
}

/// The patterns of the model are those of the space.
pub(crate) fn text(text: &s2a_model::TextMatch) -> space::TextMatch {
    let pattern = |pattern: &s2a_model::Pattern| match pattern.clone() {
        s2a_model::Pattern::Exact(text) => space::Pattern::Exact(text),
        s2a_model::Pattern::Prefix(text) => space::Pattern::Prefix(text),
        s2a_model::Pattern::Suffix(text) => space::Pattern::Suffix(text),
        s2a_model::Pattern::SegmentPrefix(text) => space::Pattern::SegmentPrefix(text),
        s2a_model::Pattern::NonEmpty => space::Pattern::NonEmpty,
        s2a_model::Pattern::Regex(text) => space::Pattern::Regex(text),
        s2a_model::Pattern::Template(text) => space::Pattern::Template(text),
    };
    space::TextMatch { any_of: text.any_of.iter().map(pattern).collect(), ignore_case: text.ignore_case }
}
