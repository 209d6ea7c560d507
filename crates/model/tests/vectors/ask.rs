//! Requests and their fate in words.
//!
//! The first word is the client: `A` and `B` (workloads of the mesh), `C` and `D` (those of [`crate::routes`]), `G` (an ingress gateway), `P` (outside of the
//! mesh, plaintext) or `id=` and a principal. Then, in any order: `:9000` (a port of Service `web`; 80 if there is no
//! such word), `pod:8080` (a port of the pod's address), `tcp` (a connection without HTTP), a method in capitals, a path
//! with or without query, `host=`, `jwt=issuer/subject`, `jwt=invalid`, `aud=` (of the token), `denied-by=` (a
//! provider that says no), and `name=value` for a header line.

use std::collections::{BTreeMap, BTreeSet};

use s2a_model::evaluate::Delivered;
use s2a_model::{
    Claims, Client, ClientKind, Destination, EnforcementPoint, HttpRequest, Mesh, Name, Outcome, Principal, Request,
    Token,
};

use crate::mesh::ip;
use crate::policy::{A, B};

/// The request that the text says.
pub(crate) fn ask(text: &str) -> Request {
    let mut words = text.split_whitespace();
    let mut request = Request {
        client: client(words.next().unwrap()),
        to: Destination::Service { service: Name::new("foo", "web"), port: 80 },
        http: Some(HttpRequest::get("web.foo.svc.cluster.local")),
        token: Token::None,
        denied_by: BTreeSet::new(),
    };
    for word in words {
        apply(&mut request, word);
    }
    if text.split_whitespace().any(|word| word == "tcp") {
        request.http = None;
    }
    request
}

fn client(word: &str) -> Client {
    let of = |namespace: &str, name: &str, principal: &str, address: &str| Client {
        kind: ClientKind::Mesh,
        principal: Principal::parse(principal),
        ip: ip(address),
        workload: Some(Name::new(namespace, name)),
    };
    let unknown = |kind, principal: &str, address: &str| Client {
        kind,
        principal: Principal::parse(principal),
        ip: ip(address),
        workload: None,
    };
    match word {
        "A" => of("foo", "a", A, "10.0.0.1"),
        "B" => of("bar", "b", B, "10.0.0.2"),
        "C" => of("foo", "client", "cluster.local/ns/foo/sa/client", "10.0.0.5"),
        "D" => of("bar", "client", "cluster.local/ns/bar/sa/client", "10.0.0.6"),
        "G" => unknown(ClientKind::Gateway, "cluster.local/ns/istio-system/sa/ingress", "10.0.0.3"),
        "P" => unknown(ClientKind::Outside, "", "192.0.2.1"),
        other => unknown(ClientKind::Mesh, other.strip_prefix("id=").expect("a client"), "10.0.0.4"),
    }
}

fn apply(request: &mut Request, word: &str) {
    if word == "tcp" {
        return;
    }
    if let Some(port) = word.strip_prefix("pod:") {
        request.to = Destination::Workload { workload: Name::new("foo", "web"), port: port.parse().unwrap() };
    } else if let Some(port) = word.strip_prefix(':') {
        request.to = Destination::Service { service: Name::new("foo", "web"), port: port.parse().unwrap() };
    } else if let Some(provider) = word.strip_prefix("denied-by=") {
        request.denied_by.insert(provider.to_owned());
    } else if let Some(token) = word.strip_prefix("jwt=") {
        request.token = self::token(token);
    } else if let Some(audience) = word.strip_prefix("aud=") {
        let Token::Valid(claims) = &mut request.token else { panic!("aud= comes after jwt=") };
        claims.others.insert(vec!["aud".to_owned()], vec![audience.to_owned()]);
    } else {
        apply_http(request.http.as_mut().unwrap(), word);
    }
}

fn apply_http(http: &mut HttpRequest, word: &str) {
    if word.starts_with('/') {
        let (path, query) = word.split_once('?').unwrap_or((word, ""));
        http.path = path.to_owned();
        for pair in query.split('&').filter(|pair| !pair.is_empty()) {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            http.query.entry(name.to_owned()).or_insert_with(|| value.to_owned());
        }
    } else if let Some(host) = word.strip_prefix("host=") {
        http.host = host.to_owned();
    } else if let Some((name, value)) = word.split_once('=') {
        http.headers.entry(name.to_owned()).or_default().push(value.to_owned());
    } else {
        assert!(word.chars().all(|letter| letter.is_ascii_uppercase()), "unknown word {word}");
        http.method = word.to_owned();
    }
}

/// `issuer/subject`; without a subject the token has none.
fn token(text: &str) -> Token {
    if text == "invalid" {
        return Token::Invalid;
    }
    let (issuer, subject) = text.split_once('/').map_or((text, None), |(issuer, subject)| (issuer, Some(subject)));
    Token::Valid(Claims { issuer: issuer.to_owned(), subject: subject.map(str::to_owned), others: BTreeMap::new() })
}

/// `+` if an application receives the request, else `-` and the kind of point that refuses it, if one does.
pub(crate) fn fate(mesh: &Mesh, text: &str) -> String {
    let outcome = mesh.evaluate(&ask(text));
    if !outcome.delivered().is_empty() {
        return "+".to_owned();
    }
    let point = match outcome.refusal().and_then(|refusal| refusal.at.as_ref()) {
        Some(EnforcementPoint::Sidecar(_)) => " sidecar",
        Some(EnforcementPoint::Ztunnel(_)) => " ztunnel",
        Some(EnforcementPoint::Waypoint(_)) => " waypoint",
        None => "",
    };
    format!("-{point}")
}

/// Whether an application receives the request.
pub(crate) fn allowed(mesh: &Mesh, text: &str) -> bool {
    fate(mesh, text) == "+"
}

/// The backends that receive the request with their weights, `web` and `a:3 b:1`; `404` where no route matched, `503`
/// where there is nothing to send it to, and `status detail` of what a proxy answers.
pub(crate) fn decision(mesh: &Mesh, request: &Request) -> String {
    match mesh.evaluate(request) {
        Outcome::Refused(refusal) => {
            assert_eq!(refusal.at, None, "no policy is in play");
            "404".to_owned()
        }
        Outcome::Answered { status, detail } => format!("{status} {detail}"),
        Outcome::Forwarded(shares) => {
            let all: Vec<String> = shares.iter().map(|share| format!("{}:{}", pool(share), share.weight)).collect();
            match all.as_slice() {
                [] => "503".to_owned(),
                [single] => single.trim_end_matches(":1").to_owned(),
                several => several.join(" "),
            }
        }
    }
}

fn pool(share: &s2a_model::Share<Delivered>) -> String {
    let names: Vec<String> = share.pool.keys().map(backend_name).collect();
    if names.is_empty() { "503".to_owned() } else { names.join("+") }
}

fn backend_name(backend: &s2a_model::Backend) -> String {
    match backend {
        s2a_model::Backend::Workload(name, _) => name.name.clone(),
        s2a_model::Backend::External(host, _) => host.clone(),
    }
}

/// The path and the host that the application receives.
pub(crate) fn received(mesh: &Mesh, request: &Request) -> (String, String) {
    let Outcome::Forwarded(shares) = mesh.evaluate(request) else { panic!("not forwarded") };
    let http = shares[0].what.http.clone().unwrap();
    (http.path, http.host)
}
