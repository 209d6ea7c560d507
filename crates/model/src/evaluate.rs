//! The fate of one request.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use crate::authz::{Chain, Decision, PolicySet};
use crate::mesh::ClientMode;
use crate::outcome::{Refusal, Share, normalize};
use crate::path::{CallToPod, Passage, Peer, Sender, chain_for};
use crate::route::{
    BackendRef, HeaderChanges, Otherwise, PathRewrite, Redirect, Resolution, RouteAction, Router, Target,
};
use crate::settings::OutboundPolicy;
use crate::topology::{Labels, Protocol, Service, Waypoint};
use crate::{Backend, Destination, EnforcementPoint, HttpRequest, Mesh, Name, Outcome, Principal, Request, View};

/// What an application receives, and what the proxies do around it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delivered {
    /// The request as the application gets it; `None` for a connection.
    pub http: Option<HttpRequest>,
    /// What else the route does.
    pub effect: Effect,
}

/// What a route does besides choosing a backend.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Effect {
    /// Changes of the response's headers.
    pub response_headers: HeaderChanges,
    /// The timeout in milliseconds.
    pub timeout: Option<u64>,
    /// Who gets copies, and of how many requests of a million.
    pub mirrors: Vec<(Vec<Backend>, u32)>,
    /// Retries, fault and CORS where they are not the default, in a canonical form.
    pub other: Vec<String>,
}

/// The request on its way, with what it was addressed to.
struct Journey<'a> {
    request: &'a Request,
    mode: ClientMode,
    passage: Passage<'a>,
}

/// What a sidecar dials, which the server name of mutual TLS shows.
#[derive(Clone, Copy, Debug)]
pub struct Cluster<'a> {
    /// The host name of the Service.
    pub host: &'a str,
    /// The Service port.
    pub port: u16,
    /// The subset.
    pub subset: Option<&'a str>,
    /// Whether it dials the address that the client dialled, as for a headless Service.
    pub by_address: bool,
}

/// Who chooses a route, for which port of which Service.
#[derive(Clone, Copy)]
struct Routed<'a> {
    service: &'a Service,
    port: u16,
    router: Router<'a>,
}

impl Mesh {
    /// The fate of `request` under this configuration: what becomes of it on its way through the proxies, in the
    /// order in which they see it.
    #[must_use]
    pub fn evaluate(&self, request: &Request) -> Outcome<Delivered> {
        let mode = self.client_mode(&request.client);
        match &request.to {
            Destination::Workload { workload, port } => self.evaluate_pod(request, mode, workload, *port),
            Destination::Service { service, port } => match self.service(service) {
                Some(service) => self.evaluate_service(request, mode, service, *port),
                None => nowhere(),
            },
        }
    }

    fn evaluate_pod(&self, request: &Request, mode: ClientMode, name: &Name, port: u16) -> Outcome<Delivered> {
        let workload = self.workload(name);
        let passage = workload.map_or(Passage::Direct, |one| self.passage_to_pod(request.client.kind, mode, one));
        if let (Passage::Waypoint(waypoint), Some(workload)) = (passage, workload) {
            let chain = if request.http.is_some() { Chain::Http } else { Chain::Tcp };
            let policies = self.policies_at_waypoint_for_pods(waypoint, chain);
            if let Some(refusal) = self.decide_at_waypoint(request, waypoint, &policies, chain, (workload.ip, port)) {
                return Outcome::Refused(refusal);
            }
        }
        let journey = Journey { request, mode, passage };
        let backend = Backend::Workload(name.clone(), port);
        let what = Delivered { http: request.http.clone(), effect: Effect::default() };
        let call = workload.map_or(CallToPod::Direct, |one| self.call_to_pod(request.client.kind, mode, one, port));
        let host = match call {
            CallToPod::Refused => return nowhere(),
            CallToPod::Direct => None,
            CallToPod::Headless(service) => Some(service.host(&self.settings.cluster_domain)),
        };
        let cluster = host.as_deref().map(|host| Cluster { host, port, subset: None, by_address: false });
        Outcome::Forwarded(vec![self.share(&journey, cluster.as_ref(), vec![backend], 1, what)])
    }

    fn evaluate_service(
        &self,
        request: &Request,
        mode: ClientMode,
        service: &Service,
        port: u16,
    ) -> Outcome<Delivered> {
        let passage = self.passage(request.client.kind, mode, service);
        if let Passage::Waypoint(waypoint) = passage
            && let Some(refusal) = self.refused_by_waypoint(request, waypoint, service, port)
        {
            return Outcome::Refused(refusal);
        }
        let journey = Journey { request, mode, passage };
        let router = passage.router(self.client_facts(&request.client));
        let Some(router) = router else { return self.to_service(&journey, service, port) };
        let routed = Routed { service, port, router };
        let table = self.route_table(service, port, router);
        let route = request
            .http
            .as_ref()
            .map(|http| (http, table.find(&as_compared(http, self.settings.features.routes_compare_header_lines))));
        match (route, table.otherwise) {
            (Some((http, Some(route))), _) => self.act(&journey, route.action, &route.rewrite, http, routed),
            (Some((_, None)), Otherwise::NotFound) => nowhere(),
            (Some((_, None)), Otherwise::ToService) | (None, _) => self.connect(&journey, routed),
        }
    }

    /// What becomes of a connection, or of a request that no HTTP route is there for.
    fn connect(&self, journey: &Journey<'_>, routed: Routed<'_>) -> Outcome<Delivered> {
        let Routed { service, port, router } = routed;
        if journey.request.http.is_none() && matches!(router, Router::Sidecar { .. }) && takes_http_only(service, port)
        {
            return self.pass_through(journey, service, port);
        }
        let Some(rule) = self.connection_table(service, port, router).rule else {
            return self.to_service(journey, service, port);
        };
        let what = Delivered { http: journey.request.http.clone(), effect: Effect::default() };
        let shares = rule.backends.iter().map(|to| {
            let to = self.destination_of_connection(to, port);
            self.share_of(journey, &to, weight(&rule.backends, &to), what.clone(), routed)
        });
        Outcome::Forwarded(normalize(shares.collect()))
    }

    /// A connection that the client's sidecar has no listener for: it goes on as it is, in nobody's name.
    fn pass_through(&self, journey: &Journey<'_>, service: &Service, port: u16) -> Outcome<Delivered> {
        if self.settings.outbound_policy == OutboundPolicy::RegistryOnly {
            return nowhere();
        }
        let pool = self.endpoints(service, port, &Labels::new());
        let what = Delivered { http: None, effect: Effect::default() };
        Outcome::Forwarded(vec![self.share(journey, None, pool, 1, what)])
    }

    fn to_service(&self, journey: &Journey<'_>, service: &Service, port: u16) -> Outcome<Delivered> {
        let host = service.host(&self.settings.cluster_domain);
        let pool = self.endpoints(service, port, &Labels::new());
        let what = Delivered { http: journey.request.http.clone(), effect: Effect::default() };
        let cluster = Cluster { host: &host, port, subset: None, by_address: false };
        Outcome::Forwarded(vec![self.share(journey, Some(&cluster), pool, 1, what)])
    }

    fn act(
        &self,
        journey: &Journey<'_>,
        action: &RouteAction,
        rewrite: &PathRewrite,
        http: &HttpRequest,
        routed: Routed<'_>,
    ) -> Outcome<Delivered> {
        let Routed { service: _, port, router } = routed;
        let backends = match &action.target {
            Target::Redirect(redirect) => return answer_redirect(redirect, rewrite, action, http, port),
            Target::Respond { .. } if action.says_not_found() => return nowhere(),
            Target::Respond { status, body } => {
                return Outcome::Answered { status: *status, detail: body.clone() };
            }
            Target::Backends(backends) => backends,
        };
        let changed = rewritten(http, action, rewrite);
        let effect = self.effect(action, port, router);
        let shares = backends.iter().map(|to| {
            let mut received = changed.clone();
            if let (None, Some(host)) = (&action.rewrite_host, &to.rewrite_host) {
                received.host.clone_from(host);
            }
            change_headers(&mut received, &to.request_headers);
            let what = Delivered { http: Some(received), effect: effect_for(&effect, to) };
            self.share_of(journey, to, weight(backends, to), what, routed)
        });
        Outcome::Forwarded(normalize(shares.collect()))
    }

    fn share_of(
        &self,
        journey: &Journey<'_>,
        to: &BackendRef,
        weight: u64,
        what: Delivered,
        routed: Routed<'_>,
    ) -> Share<Delivered> {
        let Routed { service, port, router } = routed;
        let (pool, by_address) = match self.resolve_backend(to, port, router) {
            Resolution::Backends(pool) => (pool, false),
            Resolution::DialledAddress => (self.endpoints(service, port, &Labels::new()), true),
            Resolution::Unknown(_) => (Vec::new(), false),
        };
        let cluster =
            Cluster { host: &to.host, port: to.port.unwrap_or(port), subset: to.subset.as_deref(), by_address };
        self.share(journey, Some(&cluster), pool, weight, what)
    }

    /// What the route does besides choosing a backend.
    #[must_use]
    pub fn effect(&self, action: &RouteAction, port: u16, router: Router<'_>) -> Effect {
        let pool = |to: &BackendRef| match self.resolve_backend(to, port, router) {
            Resolution::Backends(pool) => pool,
            // A copy for a headless Service goes to the address that was dialled.
            Resolution::DialledAddress => vec![Backend::External(to.host.clone(), to.port.unwrap_or(port))],
            Resolution::Unknown(_) => Vec::new(),
        };
        let mut mirrors: Vec<_> = action.mirrors.iter().map(|mirror| (pool(&mirror.to), mirror.per_million)).collect();
        mirrors.sort();
        let other = [
            action.retries.as_ref().map(|retries| format!("retries {retries}")),
            action.fault.as_ref().map(|fault| format!("fault {fault}")),
            action.cors.as_ref().map(|cors| format!("cors {cors}")),
        ];
        Effect {
            response_headers: action.response_headers.clone(),
            timeout: action.timeout,
            mirrors,
            other: other.into_iter().flatten().collect(),
        }
    }

    fn share(
        &self,
        journey: &Journey<'_>,
        cluster: Option<&Cluster<'_>>,
        pool: Vec<Backend>,
        weight: u64,
        what: Delivered,
    ) -> Share<Delivered> {
        let judge = |backend: Backend| {
            let refusal = self.refused_on_arrival(journey, cluster, &backend, what.http.as_ref());
            (backend, refusal)
        };
        let pool: BTreeMap<_, _> = pool.into_iter().map(judge).collect();
        Share { pool, weight, what }
    }

    fn refused_on_arrival(
        &self,
        journey: &Journey<'_>,
        cluster: Option<&Cluster<'_>>,
        backend: &Backend,
        http: Option<&HttpRequest>,
    ) -> Option<Refusal> {
        let Backend::Workload(name, port) = backend else { return None };
        let Some(workload) = self.workload(name) else { return Some(Refusal { at: None, by: None }) };
        let request = journey.request;
        let sender = match journey.passage {
            Passage::Waypoint(waypoint) => Sender::Waypoint(waypoint),
            Passage::Sidecar | Passage::Direct => Sender::Client(request.client.kind, journey.mode),
        };
        let arrival = match cluster {
            Some(Cluster { host, by_address: true, .. }) => self.arrival_by_address(sender, workload, *port, host),
            Some(Cluster { host, .. }) => self.arrival(sender, workload, *port, Some(host)),
            None => self.arrival(sender, workload, *port, None),
        };
        let point = arrival.point.clone()?;
        let refusal = |by| Some(Refusal { at: Some(point.clone()), by });
        let at_sidecar = matches!(point, EnforcementPoint::Sidecar(_));
        let chain = chain_for(self.protocol_of_pod_port(workload, *port), http.is_some());
        let Some(chain) = chain.or((!at_sidecar).then_some(Chain::Tcp)) else { return refusal(None) };
        if arrival.broken {
            return refusal(None);
        }
        let waypoint = match sender {
            Sender::Waypoint(waypoint) => Some(self.waypoint_principal(waypoint)),
            Sender::Client(..) => None,
        };
        let peer = match arrival.peer {
            Peer::Client => request.client.principal.as_ref(),
            Peer::Waypoint => waypoint.as_ref(),
            Peer::Nobody => None,
        };
        let sender_ip = (arrival.peer != Peer::Waypoint).then_some(request.client.ip);
        let http = http
            .filter(|_| at_sidecar && chain == Chain::Http)
            .map(|http| as_compared(http, self.settings.features.policies_compare_header_lines));
        let http = match (http, peer) {
            (Some(http), Some(peer)) if arrival.shows_server_name => {
                Some(Cow::Owned(with_client_certificate(&http, peer)))
            }
            (http, _) => http,
        };
        let view = View {
            source_ip: sender_ip.filter(|_| arrival.shows_address),
            remote_ip: http.as_deref().and_then(HttpRequest::forwarded_for).or(sender_ip),
            server_name: cluster.filter(|_| arrival.shows_server_name).map(Cluster::server_name).unwrap_or_default(),
            ..view(request, http.as_deref(), peer, *port, workload.ip)
        };
        decide(&self.policies_at_arrival(&arrival, workload, *port, chain), &view, request, &point)
    }

    fn refused_by_waypoint(
        &self,
        request: &Request,
        waypoint: &Waypoint,
        service: &Service,
        port: u16,
    ) -> Option<Refusal> {
        let point = EnforcementPoint::Waypoint(waypoint.name.clone());
        let protocol = service.port(port).map(|port| port.protocol);
        let chain = protocol.and_then(|protocol| chain_for(protocol, request.http.is_some()));
        let Some(chain) = chain else { return Some(Refusal { at: Some(point), by: None }) };
        let policies = self.policies_at_waypoint(waypoint, service, chain);
        self.decide_at_waypoint(request, waypoint, &policies, chain, (service.ip, port))
    }

    /// `local` is the address that was dialled, with its port.
    fn decide_at_waypoint(
        &self,
        request: &Request,
        waypoint: &Waypoint,
        policies: &PolicySet,
        chain: Chain,
        local: (Option<IpAddr>, u16),
    ) -> Option<Refusal> {
        let point = EnforcementPoint::Waypoint(waypoint.name.clone());
        let http = request
            .http
            .as_ref()
            .filter(|_| chain == Chain::Http)
            .map(|http| as_compared(http, self.settings.features.policies_compare_header_lines));
        let view = view(request, http.as_deref(), request.client.principal.as_ref(), local.1, local.0);
        decide(policies, &View { source_ip: None, ..view }, request, &point)
    }
}

impl Cluster<'_> {
    /// The server name that Istio's mutual TLS sends.
    #[must_use]
    pub fn server_name(&self) -> String {
        format!("outbound_.{}_.{}_.{}", self.port, self.subset.unwrap_or_default(), self.host)
    }
}

/// The request as it is compared: line by line, or the lines of each header joined.
fn as_compared(http: &HttpRequest, by_line: bool) -> Cow<'_, HttpRequest> {
    if by_line { Cow::Borrowed(http) } else { Cow::Owned(http.with_joined_lines()) }
}

fn takes_http_only(service: &Service, port: u16) -> bool {
    service.port(port).is_some_and(|port| port.protocol == Protocol::Http)
}

fn view<'a>(
    request: &'a Request,
    http: Option<&'a HttpRequest>,
    peer: Option<&'a Principal>,
    port: u16,
    destination_ip: Option<IpAddr>,
) -> View<'a> {
    View {
        peer,
        source_ip: Some(request.client.ip),
        remote_ip: http.and_then(HttpRequest::forwarded_for).or(Some(request.client.ip)),
        destination_ip,
        destination_port: port,
        server_name: String::new(),
        http,
        claims: None,
        denied_by: &request.denied_by,
    }
}

/// The part of the traffic that a destination gets: a single one gets all of it, whatever its weight.
#[must_use]
pub fn weight(all: &[BackendRef], one: &BackendRef) -> u64 {
    if all.len() == 1 { 1 } else { u64::from(one.weight) }
}

/// The effect of a route for one of its destinations.
#[must_use]
pub fn effect_for(effect: &Effect, to: &BackendRef) -> Effect {
    let mut effect = effect.clone();
    let HeaderChanges { remove, set, add } = to.response_headers.clone();
    effect.response_headers.remove.extend(remove);
    effect.response_headers.set.extend(set);
    effect.response_headers.add.extend(add);
    effect
}

fn decide(policies: &PolicySet, view: &View<'_>, request: &Request, point: &EnforcementPoint) -> Option<Refusal> {
    match policies.decide(view, &request.token) {
        Decision::Allowed => None,
        Decision::Refused(by) => Some(Refusal { at: Some(point.clone()), by }),
    }
}

/// A server's sidecar writes who the client is into a header of its own, and drops what the client wrote there.
fn with_client_certificate(http: &HttpRequest, peer: &Principal) -> HttpRequest {
    let mut http = http.clone();
    let line = format!("By=spiffe://server;Hash=00;Subject=\"\";URI=spiffe://{peer}");
    http.headers.insert("x-forwarded-client-cert".to_owned(), vec![line]);
    http
}

fn nowhere<D>() -> Outcome<D> {
    Outcome::Refused(Refusal { at: None, by: None })
}

fn rewritten(http: &HttpRequest, action: &RouteAction, rewrite: &PathRewrite) -> HttpRequest {
    let mut changed = http.clone();
    changed.path = rewrite.apply(&http.path);
    if let Some(host) = &action.rewrite_host {
        changed.host.clone_from(host);
    }
    change_headers(&mut changed, &action.request_headers);
    changed
}

fn change_headers(http: &mut HttpRequest, changes: &HeaderChanges) {
    let HeaderChanges { remove, set, add } = changes.effective();
    for name in &remove {
        http.headers.remove(name);
    }
    for (name, value) in set {
        http.headers.insert(name, vec![value]);
    }
    for (name, value) in add {
        http.headers.entry(name).or_default().push(value);
    }
}

fn answer_redirect<D>(
    redirect: &Redirect,
    rewrite: &PathRewrite,
    action: &RouteAction,
    http: &HttpRequest,
    listener: u16,
) -> Outcome<D> {
    let Redirect { status, scheme, host, port: _, listener_port: _, path: _ } = redirect;
    let port = redirect.port_on(listener);
    let path = rewrite.apply(&http.path);
    let scheme = scheme.as_deref().unwrap_or("http");
    let (own_host, own_port) = split_port(&http.host);
    // The request's port goes where another is written, and `:80` also with its scheme.
    let kept = port.is_none() && !(scheme != "http" && own_port == Some("80"));
    let host = host.clone().unwrap_or_else(|| if kept { http.host.clone() } else { own_host.to_owned() });
    let port = port.map(|port| format!(":{port}")).unwrap_or_default();
    let headers =
        if action.response_headers.is_empty() { String::new() } else { format!(" {:?}", action.response_headers) };
    Outcome::Answered { status: *status, detail: format!("{scheme}://{host}{port}{path}{headers}") }
}

fn split_port(host: &str) -> (&str, Option<&str>) {
    let is_port = |port: &str| !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit());
    match host.rsplit_once(':') {
        Some((name, port)) if is_port(port) => (name, Some(port)),
        Some(_) | None => (host, None),
    }
}

/// The names of all external authorization providers that any policy asks.
#[must_use]
pub fn providers(mesh: &Mesh) -> BTreeSet<String> {
    let provider = |policy: &crate::authz::AuthorizationPolicy| match &policy.action {
        crate::authz::Action::Custom(provider) => Some(provider.clone()),
        crate::authz::Action::Allow | crate::authz::Action::Deny | crate::authz::Action::Audit => None,
    };
    mesh.authorization_policies.iter().filter_map(provider).collect()
}
