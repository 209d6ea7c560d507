//! `requests.toml`: requests whose fate was written by hand.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::net::{IpAddr, Ipv4Addr};
use std::path::Path;

use s2a_model::evaluate::Delivered;
use s2a_model::{
    Backend, Claims, Client, ClientKind, Destination, HttpRequest, Mesh, Name, Outcome, Principal, Request, Token,
};
use serde::Deserialize;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    request: Vec<Told>,
}

/// One request as told.
#[derive(Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(crate) struct Told {
    pub(crate) name: String,
    client: String,
    to: String,
    #[serde(default)]
    protocol: Option<String>,
    #[serde(default)]
    method: Option<String>,
    #[serde(default)]
    path: Option<String>,
    #[serde(default)]
    host: Option<String>,
    #[serde(default)]
    headers: BTreeMap<String, Lines>,
    #[serde(default)]
    jwt: Option<Jwt>,
    /// Why the model cannot tell the fate, where it cannot: the request was judged by the real proxies only.
    #[serde(default)]
    pub(crate) not_modelled: Option<String>,
    pub(crate) before: String,
    #[serde(default)]
    pub(crate) after: Option<String>,
    #[serde(default)]
    pub(crate) backends: Option<Vec<String>>,
    #[serde(default)]
    pub(crate) delivered_path: Option<String>,
    #[serde(default)]
    pub(crate) delivered_host: Option<String>,
    #[serde(default)]
    pub(crate) answer: Option<u16>,
    #[serde(default)]
    pub(crate) location: Option<String>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Lines {
    One(String),
    Several(Vec<String>),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Jwt {
    #[serde(default)]
    iss: Option<String>,
    #[serde(default)]
    sub: Option<String>,
    #[serde(default)]
    aud: Option<Lines>,
    #[serde(default)]
    claims: BTreeMap<String, toml::Value>,
    #[serde(default)]
    invalid: bool,
}

/// Reads `requests.toml`.
pub(crate) fn read(folder: &Path) -> Result<Vec<Told>, String> {
    let text = fs::read_to_string(folder.join("requests.toml")).map_err(|error| format!("requests.toml: {error}"))?;
    toml::from_str::<File>(&text).map(|file| file.request).map_err(|error| format!("requests.toml: {error}"))
}

impl Told {
    /// The request in a mesh.
    pub(crate) fn request(&self, mesh: &Mesh) -> Result<Request, String> {
        let to = self.destination()?;
        let http = (self.protocol.as_deref() != Some("tcp")).then(|| self.http(mesh, &to));
        // No case defines a provider, and istiod refuses what is to be asked of one that it does not know.
        let denied_by = s2a_model::evaluate::providers(mesh);
        Ok(Request { client: self.client(mesh)?, to, http, token: self.token(), denied_by })
    }

    fn destination(&self) -> Result<Destination, String> {
        let bad = || format!("{}: `to` must be `Service ns/name:port` or `Workload ns/name:port`", self.name);
        let (kind, rest) = self.to.split_once(' ').ok_or_else(bad)?;
        let (name, port) = rest.rsplit_once(':').ok_or_else(bad)?;
        let (namespace, name) = name.split_once('/').ok_or_else(bad)?;
        let (name, port) = (Name::new(namespace, name), port.parse().map_err(|_| bad())?);
        match kind {
            "Service" => Ok(Destination::Service { service: name, port }),
            "Workload" => Ok(Destination::Workload { workload: name, port }),
            _ => Err(bad()),
        }
    }

    fn client(&self, mesh: &Mesh) -> Result<Client, String> {
        let ip = IpAddr::V4(Ipv4Addr::new(10, 0, 0, 1));
        if self.client == "plaintext" {
            return Ok(Client { kind: ClientKind::Outside, principal: None, ip, workload: None });
        }
        let (kind, name) = match self.client.strip_prefix("gateway ") {
            Some(name) => (ClientKind::Gateway, name),
            None => (ClientKind::Mesh, self.client.as_str()),
        };
        let (namespace, name) = name.split_once('/').ok_or_else(|| format!("{}: bad `client`", self.name))?;
        let name = Name::new(namespace, name);
        let workload = mesh.workload(&name);
        let account = workload.map_or(name.name.as_str(), |workload| workload.service_account.as_str());
        let principal = Some(Principal::of(&mesh.settings.trust_domain, namespace, account));
        let ip = workload.and_then(|workload| workload.ip).unwrap_or(ip);
        let workload = workload.map(|workload| workload.name.clone());
        Ok(Client { kind, principal, ip, workload })
    }

    fn http(&self, mesh: &Mesh, to: &Destination) -> HttpRequest {
        let host = self.host.clone().unwrap_or_else(|| match to {
            Destination::Service { service, .. } => {
                format!("{}.{}.svc.{}", service.name, service.namespace, mesh.settings.cluster_domain)
            }
            Destination::Workload { workload, port } => format!("{}:{port}", workload.name),
        });
        let mut http = HttpRequest::get(&host);
        if let Some(method) = &self.method {
            http.method.clone_from(method);
        }
        if let Some(path) = &self.path {
            let (path, query) = path.split_once('?').unwrap_or((path, ""));
            http.path = normalized(path);
            for pair in query.split('&').filter(|pair| !pair.is_empty()) {
                let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
                http.query.entry(name.to_owned()).or_insert_with(|| value.to_owned());
            }
        }
        for (name, lines) in &self.headers {
            http.headers.insert(name.to_ascii_lowercase(), lines.list());
        }
        http
    }

    fn token(&self) -> Token {
        match &self.jwt {
            None if self.carries_rubbish() => Token::Invalid,
            None => Token::None,
            Some(jwt) if jwt.invalid => Token::Invalid,
            Some(jwt) => {
                let mut others: BTreeMap<Vec<String>, Vec<String>> = BTreeMap::new();
                for (key, value) in &jwt.claims {
                    add_claim(&mut others, vec![key.clone()], value);
                }
                if let Some(audiences) = &jwt.aud {
                    others.insert(vec!["aud".to_owned()], audiences.list());
                }
                Token::Valid(Claims { issuer: jwt.iss.clone().unwrap_or_default(), subject: jwt.sub.clone(), others })
            }
        }
    }

    /// A bearer token that was not made for the case is one that no issuer accepts.
    fn carries_rubbish(&self) -> bool {
        let authorization = self.headers.get("authorization").map(Lines::list).unwrap_or_default();
        authorization.iter().any(|line| line.starts_with("Bearer "))
    }

    /// What is wrong with a fate, if anything: `expected` is `allowed` or `refused`.
    pub(crate) fn complain(&self, side: &str, expected: &str, outcome: &Outcome<Delivered>) -> Option<String> {
        let delivered = outcome.delivered();
        let answered = match outcome {
            Outcome::Answered { status, detail } => Some((*status, detail.clone())),
            Outcome::Refused(_) | Outcome::Forwarded(_) => None,
        };
        let says = |what: String| Some(format!("{} {side}: {what}; evaluated to {outcome:#?}", self.name));
        match (expected, self.answer, &answered) {
            ("refused", _, Some((status, _))) if *status >= 400 => return None,
            ("refused", _, None) if delivered.is_empty() => return None,
            ("allowed", Some(status), Some((own, location))) if status == *own => {
                let differs = self.location.as_ref().is_some_and(|expected| !same_location(expected, location));
                return if differs { says(format!("expected location {:?}", self.location)) } else { None };
            }
            ("allowed", None, None) if !delivered.is_empty() => {}
            _ => return says(format!("expected {expected}")),
        }
        self.complain_about_delivery(outcome).and_then(says)
    }

    fn complain_about_delivery(&self, outcome: &Outcome<Delivered>) -> Option<String> {
        let names: BTreeSet<String> = outcome.delivered().into_iter().map(backend).collect();
        let expected: Option<BTreeSet<String>> = self.backends.as_ref().map(|names| names.iter().cloned().collect());
        if expected.as_ref().is_some_and(|expected| *expected != names) {
            return Some(format!("expected backends {expected:?}"));
        }
        let Outcome::Forwarded(shares) = outcome else { return None };
        for http in shares.iter().filter_map(|share| share.what.http.as_ref()) {
            let expected = self.delivered_path.as_ref().map(|path| path.split('?').next().unwrap_or_default());
            if expected.is_some_and(|path| path != http.path) {
                return Some(format!("expected path {:?}", self.delivered_path));
            }
            if self.delivered_host.as_ref().is_some_and(|host| *host != http.host) {
                return Some(format!("expected host {:?}", self.delivered_host));
            }
        }
        None
    }
}

/// The path as proxies normalise it before they look at it: dot segments are resolved.
fn normalized(path: &str) -> String {
    let mut segments: Vec<&str> = Vec::new();
    let decoded = path.replace("%2e", ".").replace("%2E", ".");
    let last = decoded.rsplit('/').next().unwrap_or_default();
    for segment in decoded.split('/').skip(1) {
        match segment {
            "." => {}
            ".." => drop(segments.pop()),
            other => segments.push(other),
        }
    }
    let slash = if matches!(last, "." | "..") { "/" } else { "" };
    format!("/{}{slash}", segments.join("/"))
}

/// A location is compared without a query, which requests carry apart.
fn same_location(expected: &str, own: &str) -> bool {
    expected.split('?').next() == own.split('?').next()
}

fn add_claim(claims: &mut BTreeMap<Vec<String>, Vec<String>>, key: Vec<String>, value: &toml::Value) {
    match value {
        toml::Value::String(text) => drop(claims.insert(key, vec![text.clone()])),
        toml::Value::Array(items) => {
            let texts = items.iter().filter_map(|item| item.as_str()).map(str::to_owned).collect();
            claims.insert(key, texts);
        }
        toml::Value::Table(table) => {
            for (name, value) in table {
                add_claim(claims, [key.clone(), vec![name.clone()]].concat(), value);
            }
        }
        toml::Value::Integer(_) | toml::Value::Float(_) | toml::Value::Boolean(_) | toml::Value::Datetime(_) => {}
    }
}

fn backend(backend: &Backend) -> String {
    match backend {
        Backend::Workload(name, _) => name.to_string(),
        Backend::External(host, _) => host.clone(),
    }
}

impl Lines {
    fn list(&self) -> Vec<String> {
        match self {
            Lines::One(line) => vec![line.clone()],
            Lines::Several(lines) => lines.clone(),
        }
    }
}
