//! What is asked of a mesh, and its form in a row.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::net::{IpAddr, Ipv4Addr};
use std::str::FromStr;

use s2a_model::topology::{DataPlaneMode, Role};
use s2a_model::{Claims, Client, ClientKind, Destination, HttpRequest, Mesh, Name, Principal, Request, Token};
use serde_json::Value;

use crate::Failure;
use crate::escape::{escape, unescape};

/// The address of clients whose address does not matter.
pub const PLAIN_ADDRESS: Ipv4Addr = Ipv4Addr::new(10, 0, 0, 1);

/// A request, or a connection, to a mesh.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Question {
    /// Who asks.
    pub client: Asker,
    /// Where the client calls from.
    pub address: Ipv4Addr,
    /// What it dials.
    pub to: Destination,
    /// The request; `None` for a connection that carries no HTTP.
    pub http: Option<HttpRequest>,
    /// The token it carries.
    pub token: Carried,
}

/// Who asks.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Asker {
    /// Somebody outside of the mesh.
    Outside,
    /// A workload of the mesh; if the mesh has none of this name, a client with a service account of this name.
    Mesh(Name),
    /// A gateway, or a client with its service account.
    Gateway(Name),
}

/// The token of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Carried {
    /// None.
    Nothing,
    /// One that no issuer accepts.
    Rubbish,
    /// One with these claims, signed by its issuer.
    Signed(serde_json::Map<String, Value>),
}

impl Question {
    /// The host name, or a stand-in for a pod's address, that a client writes if nothing else is asked of it.
    #[must_use]
    pub fn usual_host(to: &Destination) -> String {
        match to {
            Destination::Service { service, .. } => {
                format!("{}.{}.svc.cluster.local", service.name, service.namespace)
            }
            Destination::Workload { workload, port } => format!("{}:{port}", workload.name),
        }
    }

    /// The request in a mesh.
    #[must_use]
    pub fn request(&self, mesh: &Mesh) -> Request {
        // Nothing here defines a provider, and istiod refuses what is to be asked of one that it does not know.
        let denied_by: BTreeSet<String> = s2a_model::evaluate::providers(mesh);
        Request {
            client: self.client(mesh),
            to: self.to.clone(),
            http: self.http.clone(),
            token: self.token(),
            denied_by,
        }
    }

    fn client(&self, mesh: &Mesh) -> Client {
        let ip = IpAddr::V4(self.address);
        let (kind, name) = match &self.client {
            Asker::Outside => return Client { kind: ClientKind::Outside, principal: None, ip, workload: None },
            Asker::Mesh(name) => (ClientKind::Mesh, name),
            Asker::Gateway(name) => (ClientKind::Gateway, name),
        };
        let workload = self.client.workload(mesh);
        let account = workload.map_or(name.name.as_str(), |workload| workload.service_account.as_str());
        let principal = Some(Principal::of(&mesh.settings.trust_domain, &name.namespace, account));
        Client { kind, principal, ip, workload: workload.map(|workload| workload.name.clone()) }
    }

    fn token(&self) -> Token {
        let claims = match &self.token {
            Carried::Nothing if self.writes_token() => return Token::Invalid,
            Carried::Nothing => return Token::None,
            Carried::Rubbish => return Token::Invalid,
            Carried::Signed(claims) => claims,
        };
        let text = |name: &str| claims.get(name).and_then(Value::as_str).map(str::to_owned);
        let mut others = BTreeMap::new();
        for (name, value) in claims.iter().filter(|(name, _)| !["iss", "sub"].contains(&name.as_str())) {
            add_claim(&mut others, vec![name.clone()], value);
        }
        Token::Valid(Claims { issuer: text("iss").unwrap_or_default(), subject: text("sub"), others })
    }
}

impl Question {
    /// Whether the client writes a header for a token by itself: no issuer accepts that.
    fn writes_token(&self) -> bool {
        let lines = self.http.as_ref().and_then(|http| http.headers.get("authorization"));
        lines.is_some_and(|lines| lines.iter().any(|line| line.starts_with("Bearer ")))
    }
}

impl Asker {
    /// The workload of the mesh that asks, if it is one.
    #[must_use]
    pub fn workload<'a>(&self, mesh: &'a Mesh) -> Option<&'a s2a_model::topology::Workload> {
        match self {
            Asker::Outside => None,
            Asker::Mesh(name) => mesh.workload(name).filter(|one| one.mode != DataPlaneMode::None),
            Asker::Gateway(name) => mesh.workload(name).filter(|one| one.role == Role::Gateway),
        }
    }
}

fn add_claim(claims: &mut BTreeMap<Vec<String>, Vec<String>>, key: Vec<String>, value: &Value) {
    match value {
        Value::String(text) => drop(claims.insert(key, vec![text.clone()])),
        Value::Array(items) => {
            claims.insert(key, items.iter().filter_map(Value::as_str).map(str::to_owned).collect());
        }
        Value::Object(fields) => {
            for (name, value) in fields {
                add_claim(claims, [key.clone(), vec![name.clone()]].concat(), value);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

impl fmt::Display for Question {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.client {
            Asker::Outside => write!(formatter, "outside")?,
            Asker::Mesh(name) => write!(formatter, "{name}")?,
            Asker::Gateway(name) => write!(formatter, "gateway/{name}")?,
        }
        match &self.to {
            Destination::Service { service, port } => write!(formatter, " svc/{service}:{port}")?,
            Destination::Workload { workload, port } => write!(formatter, " pod/{workload}:{port}")?,
        }
        match &self.http {
            None => write!(formatter, " tcp")?,
            Some(http) => write!(formatter, " {} {}", escape(&http.method), escape(&target(http)))?,
        }
        if self.address != PLAIN_ADDRESS {
            write!(formatter, " from={}", self.address)?;
        }
        let http = self.http.as_ref();
        if let Some(http) = http.filter(|http| http.host != Self::usual_host(&self.to)) {
            write!(formatter, " @{}", escape(&http.host))?;
        }
        for (name, lines) in http.into_iter().flat_map(|http| &http.headers) {
            for line in lines {
                write!(formatter, " {name}:{}", escape(line))?;
            }
        }
        match &self.token {
            Carried::Nothing => Ok(()),
            Carried::Rubbish => write!(formatter, " jwt=rubbish"),
            Carried::Signed(claims) => write!(formatter, " jwt={}", escape(&Value::Object(claims.clone()).to_string())),
        }
    }
}

/// Path and query.
#[must_use]
pub fn target(http: &HttpRequest) -> String {
    let pairs: Vec<String> = http.query.iter().map(|(name, value)| format!("{name}={value}")).collect();
    if pairs.is_empty() { http.path.clone() } else { format!("{}?{}", http.path, pairs.join("&")) }
}

impl FromStr for Question {
    type Err = Failure;

    fn from_str(text: &str) -> Result<Self, Failure> {
        read(text).ok_or_else(|| Failure::Malformed(format!("not a request: {text}")))
    }
}

fn read(text: &str) -> Option<Question> {
    let mut words = text.split(' ');
    let client = asker(words.next()?)?;
    let to = destination(words.next()?)?;
    let mut http = match words.next()? {
        "tcp" => None,
        method => Some(request(&unescape(method)?, &unescape(words.next()?)?, &to)),
    };
    let (mut address, mut token) = (PLAIN_ADDRESS, Carried::Nothing);
    for word in words {
        if let Some(text) = word.strip_prefix("from=") {
            address = text.parse().ok()?;
        } else if let Some(host) = word.strip_prefix('@') {
            http.as_mut()?.host = unescape(host)?;
        } else if let Some(claims) = word.strip_prefix("jwt=") {
            token = if claims == "rubbish" {
                Carried::Rubbish
            } else {
                Carried::Signed(serde_json::from_str(&unescape(claims)?).ok()?)
            };
        } else {
            let (name, line) = word.split_once(':')?;
            http.as_mut()?.headers.entry(name.to_owned()).or_default().push(unescape(line)?);
        }
    }
    Some(Question { client, address, to, http, token })
}

/// A request for a path with its query.
#[must_use]
pub fn request(method: &str, target: &str, to: &Destination) -> HttpRequest {
    let mut http = HttpRequest::get(&Question::usual_host(to));
    method.clone_into(&mut http.method);
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    path.clone_into(&mut http.path);
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        http.query.entry(name.to_owned()).or_insert_with(|| value.to_owned());
    }
    http
}

fn asker(text: &str) -> Option<Asker> {
    if text == "outside" {
        return Some(Asker::Outside);
    }
    match text.strip_prefix("gateway/") {
        Some(gateway) => Some(Asker::Gateway(name(gateway)?)),
        None => Some(Asker::Mesh(name(text)?)),
    }
}

fn destination(text: &str) -> Option<Destination> {
    let (kind, rest) = text.split_once('/')?;
    let (object, port) = rest.rsplit_once(':')?;
    let (object, port) = (name(object)?, port.parse().ok()?);
    match kind {
        "svc" => Some(Destination::Service { service: object, port }),
        "pod" => Some(Destination::Workload { workload: object, port }),
        _ => None,
    }
}

fn name(text: &str) -> Option<Name> {
    let (namespace, name) = text.split_once('/')?;
    Some(Name::new(namespace, name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_reads_back() {
        for text in [
            "shop/web svc/shop/cart:80 GET /a?q=gold",
            "outside pod/shop/cart:8080 tcp from=8.8.8.8",
            "gateway/istio-system/ingress svc/shop/cart:80 POST / @cart x-tier:go%20ld x-tier: jwt={\"iss\":\"a\"}",
            "shop/web svc/shop/cart:80 GET / jwt=rubbish",
        ] {
            assert_eq!(Question::from_str(text).unwrap().to_string(), text);
        }
    }
}
