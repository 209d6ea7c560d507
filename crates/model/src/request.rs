//! What somebody asks of the mesh, and what each enforcement point can see of it.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use crate::{Name, Principal};

/// A request, or a connection, from a client to an address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// Who asks.
    pub client: Client,
    /// The address that is dialled.
    pub to: Destination,
    /// The request, or `None` for a connection that carries no HTTP.
    pub http: Option<HttpRequest>,
    /// The JSON Web Token the request carries.
    pub token: Token,
    /// The external authorization providers that would say no to this request. Their decision is opaque.
    pub denied_by: BTreeSet<String>,
}

/// Who asks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Client {
    /// How it is connected.
    pub kind: ClientKind,
    /// The identity its proxy would show; `None` only outside of the mesh.
    pub principal: Option<Principal>,
    /// Its address.
    pub ip: IpAddr,
    /// The workload, if it is one the mesh knows.
    pub workload: Option<Name>,
}

/// How a client is connected.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ClientKind {
    /// A workload of the mesh, in the mode that [`crate::Mesh`] says.
    Mesh,
    /// An ingress gateway.
    Gateway,
    /// Outside of the mesh: plaintext, no identity.
    Outside,
}

/// The address that is dialled.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Destination {
    /// A Service's address and one of its ports.
    Service {
        /// The Service.
        service: Name,
        /// The Service port.
        port: u16,
    },
    /// A pod's address and one of its ports.
    Workload {
        /// The workload whose pod it is.
        workload: Name,
        /// The container port.
        port: u16,
    },
}

/// An HTTP request as proxies see it after normalisation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HttpRequest {
    /// The method.
    pub method: String,
    /// The path, normalised, without query and fragment.
    pub path: String,
    /// First raw value per query parameter.
    pub query: BTreeMap<String, String>,
    /// The `Host` header as sent.
    pub host: String,
    /// Lines per header, names in lower case.
    pub headers: BTreeMap<String, Vec<String>>,
}

/// The JSON Web Token of a request.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub enum Token {
    /// None.
    #[default]
    None,
    /// One that no issuer accepts.
    Invalid,
    /// One that its issuer signed.
    Valid(Claims),
}

/// The claims of a token.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Claims {
    /// `iss`.
    pub issuer: String,
    /// `sub`.
    pub subject: Option<String>,
    /// The other claims by key path; strings and lists of strings alike. `aud` and `azp` are here too.
    pub others: BTreeMap<Vec<String>, Vec<String>>,
}

/// What one enforcement point can see of a request.
#[derive(Clone, Debug)]
pub struct View<'a> {
    /// The identity that the connection proves.
    pub peer: Option<&'a Principal>,
    /// The address of the TCP peer; `None` where the proxy sees an internal connection (behind HBONE in Envoy).
    pub source_ip: Option<IpAddr>,
    /// The original client address as Envoy takes it.
    pub remote_ip: Option<IpAddr>,
    /// The local address; `None` if it is not known.
    pub destination_ip: Option<IpAddr>,
    /// The local port.
    pub destination_port: u16,
    /// The server name of the TLS handshake, empty if there is none.
    pub server_name: String,
    /// The HTTP request, where HTTP is parsed.
    pub http: Option<&'a HttpRequest>,
    /// The claims of an accepted token, where tokens are looked at.
    pub claims: Option<&'a Claims>,
    /// See [`Request::denied_by`].
    pub denied_by: &'a BTreeSet<String>,
}

impl HttpRequest {
    /// A `GET /` for a host.
    #[must_use]
    pub fn get(host: &str) -> Self {
        HttpRequest {
            method: "GET".to_owned(),
            path: "/".to_owned(),
            query: BTreeMap::new(),
            host: host.to_owned(),
            headers: BTreeMap::new(),
        }
    }

    /// The request with the lines of each header joined by a comma, as older releases of Envoy compare them.
    #[must_use]
    pub fn with_joined_lines(&self) -> Self {
        let joined = |(name, lines): (&String, &Vec<String>)| (name.clone(), vec![lines.join(",")]);
        HttpRequest { headers: self.headers.iter().map(joined).collect(), ..self.clone() }
    }

    /// The last entry of `x-forwarded-for`, which Envoy takes for the client's address when it does not use the
    /// remote address (sidecars and waypoints).
    #[must_use]
    pub fn forwarded_for(&self) -> Option<IpAddr> {
        let last = self.headers.get("x-forwarded-for")?.last()?;
        last.rsplit(',').next()?.trim().parse().ok()
    }
}
