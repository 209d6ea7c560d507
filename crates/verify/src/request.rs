//! From a point of the space to a request that can be sent, and what is assumed of all requests.

use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, Ipv4Addr};

use s2a_model::{Claims, Client, ClientKind, Destination, HttpRequest, Mesh, Principal, Request, Token};

use crate::compile::{BAD_TOKEN, Compared, FORWARDED_FOR, provider_flag};
use crate::logic::Witness;
use crate::slice::Slice;
use crate::space::{Dimension, Domains, Literal, PathNormalization, Pattern, Predicate, TextMatch, Value};

/// The address of a caller that no policy speaks of.
pub const PLAIN_ADDRESS: IpAddr = IpAddr::V4(Ipv4Addr::new(10, 0, 0, 1));

/// What is true of every caller on this way, but for [`no_waypoint`]: mesh clients have an identity of the mesh's own
/// trust domain, and name in `Host` the Service that they dial.
pub(crate) fn assumptions(mesh: &Mesh, after: &Mesh, slice: &Slice) -> Vec<Literal> {
    let text = |any_of| Predicate::Text(TextMatch { any_of, ignore_case: true });
    let literal = |dimension, predicate| Literal { dimension, predicate, negated: false };
    let peer = match (slice.client, &slice.principal) {
        (_, Some(principal)) => Some(vec![Pattern::Exact(principal.to_string())]),
        (ClientKind::Mesh | ClientKind::Gateway, None) => {
            Some(vec![Pattern::Prefix(format!("{}/", mesh.settings.trust_domain))])
        }
        (ClientKind::Outside, None) => None,
    };
    let exact = |any_of| Predicate::Text(TextMatch { any_of, ignore_case: false });
    let mut assumed: Vec<Literal> = peer.map(|any_of| literal(Dimension::Peer, exact(any_of))).into_iter().collect();
    if let (ClientKind::Mesh, Some(moving)) = (slice.client, &after.moving) {
        let domain = &mesh.settings.trust_domain;
        let of = |namespace: &String| Pattern::Prefix(format!("{domain}/ns/{namespace}/"));
        let moved = literal(Dimension::Peer, exact(moving.iter().map(of).collect()));
        assumed.push(Literal { negated: slice.remains, ..moved });
    }
    let hosts = hosts(mesh, slice);
    if slice.client == ClientKind::Mesh && !hosts.is_empty() {
        assumed.push(literal(Dimension::Host, text(hosts)));
    }
    assumed
}

/// A gateway adds the address of its own caller to `x-forwarded-for` (istio/istio
/// `pilot/pkg/networking/core/gateway.go`: `UseRemoteAddress`).
pub(crate) fn forwarded(slice: &Slice) -> impl Iterator<Item = Literal> {
    let dimension = Dimension::Header(FORWARDED_FOR.to_owned());
    let any_of = vec![Pattern::Prefix(String::new())];
    let predicate = Predicate::Text(TextMatch { any_of, ignore_case: false });
    let by_gateway = slice.client == ClientKind::Gateway && slice.is_http();
    by_gateway.then_some(Literal { dimension, predicate, negated: false }).into_iter()
}

/// Mesh clients are no waypoints.
pub(crate) fn no_waypoint(waypoints: &BTreeSet<String>) -> Literal {
    let any_of = waypoints.iter().cloned().map(Pattern::Exact).collect();
    let predicate = Predicate::Text(TextMatch { any_of, ignore_case: false });
    Literal { dimension: Dimension::Peer, predicate, negated: true }
}

/// The identities of the waypoints of both meshes.
pub(crate) fn waypoints(before: &Mesh, after: &Mesh) -> BTreeSet<String> {
    let of = |mesh: &Mesh| -> Vec<String> {
        mesh.waypoints.iter().map(|waypoint| mesh.waypoint_principal(waypoint).to_string()).collect()
    };
    of(before).into_iter().chain(of(after)).collect()
}

/// The names of the dialled Service, with any port.
fn hosts(mesh: &Mesh, slice: &Slice) -> Vec<Pattern> {
    let Destination::Service { service, .. } = &slice.destination else { return Vec::new() };
    let (name, namespace, domain) = (&service.name, &service.namespace, &mesh.settings.cluster_domain);
    let forms = [
        name.clone(),
        format!("{name}.{namespace}"),
        format!("{name}.{namespace}.svc"),
        format!("{name}.{namespace}.svc.{domain}"),
    ];
    let with_port = |form: &String| Pattern::Regex(format!("{}:[0-9]+", regex_syntax::escape(form)));
    forms.iter().cloned().map(Pattern::Exact).chain(forms.iter().map(with_port)).collect()
}

/// The values of a plain request.
pub(crate) fn domains(mesh: &Mesh, slice: &Slice, compared: &Compared) -> Domains {
    use s2a_model::PathNormalization as Configured;
    let path = match mesh.settings.path_normalization {
        Configured::None => PathNormalization::None,
        Configured::Base => PathNormalization::Base,
        Configured::MergeSlashes => PathNormalization::MergeSlashes,
        Configured::DecodeAndMergeSlashes => PathNormalization::DecodeAndMergeSlashes,
    };
    let mut plain = BTreeMap::from([
        (Dimension::Host, Value::Text(plain_host(mesh, slice))),
        (Dimension::SourceIp, Value::Ip(PLAIN_ADDRESS)),
        (Dimension::RemoteIp, Value::Ip(PLAIN_ADDRESS)),
    ]);
    let principal = slice.principal.clone().unwrap_or_else(|| plain_principal(mesh));
    plain.insert(Dimension::Peer, Value::Text(principal.to_string()));
    Domains { path, single_line_headers: compared.joined.clone(), plain }
}

fn plain_principal(mesh: &Mesh) -> Principal {
    Principal::of(&mesh.settings.trust_domain, "default", "client")
}

fn plain_host(mesh: &Mesh, slice: &Slice) -> String {
    match &slice.destination {
        Destination::Service { service, .. } => {
            format!("{}.{}.svc.{}", service.name, service.namespace, mesh.settings.cluster_domain)
        }
        Destination::Workload { workload, port } => format!("{}:{port}", workload.name),
    }
}

/// The request that a witness stands for.
pub(crate) fn request(mesh: &Mesh, slice: &Slice, witness: &Witness) -> Request {
    let values = &witness.values;
    let address = |dimension: &Dimension| match values.get(dimension) {
        Some(Value::Ip(address)) => Some(*address),
        _ => None,
    };
    let ip = address(&Dimension::SourceIp).unwrap_or(PLAIN_ADDRESS);
    let mut http = slice.is_http().then(|| http(mesh, slice, values));
    if let (Some(http), Some(remote)) = (&mut http, address(&Dimension::RemoteIp)) {
        forward(http, remote);
    }
    let peer = text(values, &Dimension::Peer).and_then(|peer| Principal::parse(&peer));
    let known = slice.principal.clone();
    let principal = match slice.client {
        ClientKind::Outside => None,
        ClientKind::Mesh | ClientKind::Gateway => known.or(peer).or_else(|| Some(plain_principal(mesh))),
    };
    Request {
        client: Client { kind: slice.client, principal, ip, workload: None },
        to: slice.destination.clone(),
        http,
        token: token(values),
        denied_by: denied_by(mesh, values),
    }
}

/// The header that was only asked to be there names the address.
fn forward(http: &mut HttpRequest, remote: IpAddr) {
    if let Some(lines) = http.headers.get_mut(FORWARDED_FOR)
        && lines.iter().all(String::is_empty)
    {
        *lines = vec![remote.to_string()];
    }
}

fn http(mesh: &Mesh, slice: &Slice, values: &BTreeMap<Dimension, Value>) -> HttpRequest {
    let mut http = HttpRequest::get(&plain_host(mesh, slice));
    for (dimension, value) in values {
        let lines = match value {
            Value::Text(text) => vec![text.clone()],
            Value::Lines(lines) => lines.clone(),
            Value::Absent | Value::Ip(_) | Value::Flag(_) => continue,
        };
        let first = lines.first().cloned().unwrap_or_default();
        match dimension {
            Dimension::Host => http.host = first,
            Dimension::Method => http.method = first,
            Dimension::Path => http.path = first,
            Dimension::Header(name) => drop(http.headers.insert(name.clone(), lines)),
            Dimension::Query(name) => drop(http.query.insert(name.clone(), first)),
            Dimension::Peer
            | Dimension::SourceIp
            | Dimension::RemoteIp
            | Dimension::DestinationIp
            | Dimension::WaypointIp
            | Dimension::Scheme
            | Dimension::Sni
            | Dimension::Issuer
            | Dimension::Subject
            | Dimension::Claim(_)
            | Dimension::Flag(_) => {}
        }
    }
    http
}

fn token(values: &BTreeMap<Dimension, Value>) -> Token {
    if values.get(&Dimension::Flag(BAD_TOKEN.to_owned())) == Some(&Value::Flag(true)) {
        return Token::Invalid;
    }
    let Some(issuer) = text(values, &Dimension::Issuer) else { return Token::None };
    let others = values.iter().filter_map(|(dimension, value)| {
        let Dimension::Claim(key) = dimension else { return None };
        let values = match value {
            Value::Text(text) => vec![text.clone()],
            Value::Lines(lines) => lines.clone(),
            Value::Absent | Value::Ip(_) | Value::Flag(_) => return None,
        };
        Some((key.split("][").map(str::to_owned).collect(), values))
    });
    Token::Valid(Claims { issuer, subject: text(values, &Dimension::Subject), others: others.collect() })
}

fn denied_by(mesh: &Mesh, values: &BTreeMap<Dimension, Value>) -> BTreeSet<String> {
    let refuses = |provider: &String| values.get(&Dimension::Flag(provider_flag(provider))) == Some(&Value::Flag(true));
    s2a_model::evaluate::providers(mesh).into_iter().filter(refuses).collect()
}

fn text(values: &BTreeMap<Dimension, Value>, dimension: &Dimension) -> Option<String> {
    match values.get(dimension) {
        Some(Value::Text(text)) => Some(text.clone()),
        _ => None,
    }
}
