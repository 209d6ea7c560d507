//! The requests of a case, which a person wrote.

use std::collections::BTreeMap;
use std::net::Ipv4Addr;

use s2a_model::topology::Workload;
use s2a_model::{Destination, Mesh, Name};
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::question::{Asker, Carried, PLAIN_ADDRESS, Question, request};

#[derive(Deserialize)]
struct File {
    #[serde(default)]
    request: Vec<Told>,
}

/// What of a request concerns the recorder; fates are for the cases' own test.
#[derive(Deserialize)]
struct Told {
    client: String,
    to: String,
    protocol: Option<String>,
    method: Option<String>,
    path: Option<String>,
    host: Option<String>,
    #[serde(default)]
    headers: BTreeMap<String, Lines>,
    jwt: Option<Map<String, Value>>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Lines {
    One(String),
    Several(Vec<String>),
}

/// The questions in `requests.toml`. Left out are paths that are not in normal form: a row has the path that the rules
/// see.
///
/// # Errors
/// If the text is not such a file.
pub fn questions(text: &str, mesh: &Mesh) -> Result<Vec<Question>, String> {
    let file: File = toml::from_str(text).map_err(|error| error.to_string())?;
    file.request.iter().filter(|told| told.is_normal()).map(|told| told.question(mesh)).collect()
}

impl Told {
    fn is_normal(&self) -> bool {
        let path = self.path.as_deref().unwrap_or("/");
        !["//", "/.", "%", "\\", "#"].iter().any(|odd| path.contains(odd))
    }

    fn question(&self, mesh: &Mesh) -> Result<Question, String> {
        let to = self.destination().ok_or_else(|| format!("bad `to`: {}", self.to))?;
        let client = self.client().ok_or_else(|| format!("bad `client`: {}", self.client))?;
        let address = client.workload(mesh).and_then(address).unwrap_or(PLAIN_ADDRESS);
        let http = (self.protocol.as_deref() != Some("tcp")).then(|| {
            let method = self.method.as_deref().unwrap_or("GET");
            let mut http = request(method, self.path.as_deref().unwrap_or("/"), &to);
            if let Some(host) = &self.host {
                host.clone_into(&mut http.host);
            }
            let headers = self.headers.iter().map(|(name, lines)| (name.to_ascii_lowercase(), lines.list()));
            http.headers = headers.collect();
            http
        });
        Ok(Question { client, address, to, http, token: self.token() })
    }

    fn destination(&self) -> Option<Destination> {
        let (kind, rest) = self.to.split_once(' ')?;
        let (name, port) = rest.rsplit_once(':')?;
        let (name, port) = (named(name)?, port.parse().ok()?);
        match kind {
            "Service" => Some(Destination::Service { service: name, port }),
            "Workload" => Some(Destination::Workload { workload: name, port }),
            _ => None,
        }
    }

    fn client(&self) -> Option<Asker> {
        if self.client == "plaintext" {
            return Some(Asker::Outside);
        }
        match self.client.strip_prefix("gateway ") {
            Some(name) => Some(Asker::Gateway(named(name)?)),
            None => Some(Asker::Mesh(named(&self.client)?)),
        }
    }

    fn token(&self) -> Carried {
        let Some(jwt) = &self.jwt else { return Carried::Nothing };
        if jwt.get("invalid").and_then(Value::as_bool) == Some(true) {
            return Carried::Rubbish;
        }
        let mut claims = jwt.get("claims").and_then(Value::as_object).cloned().unwrap_or_default();
        for name in ["iss", "sub", "aud"] {
            if let Some(value) = jwt.get(name) {
                claims.insert(name.to_owned(), value.clone());
            }
        }
        Carried::Signed(claims)
    }
}

fn address(workload: &Workload) -> Option<Ipv4Addr> {
    match workload.ip {
        Some(std::net::IpAddr::V4(address)) => Some(address),
        Some(std::net::IpAddr::V6(_)) | None => None,
    }
}

fn named(text: &str) -> Option<Name> {
    let (namespace, name) = text.split_once('/')?;
    Some(Name::new(namespace, name))
}

impl Lines {
    fn list(&self) -> Vec<String> {
        match self {
            Lines::One(line) => vec![line.clone()],
            Lines::Several(lines) => lines.clone(),
        }
    }
}
