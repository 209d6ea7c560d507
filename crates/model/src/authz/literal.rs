//! Compiled conditions: what a rule asks of one attribute.

use ipnet::IpNet;

use crate::{Claims, Origin, Pattern, TextMatch, View};

/// Something a proxy can see of a request.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Attribute {
    /// The identity that the connection proves, without `spiffe://`.
    Peer,
    /// The address of the TCP peer.
    SourceIp,
    /// The original client address.
    RemoteIp,
    /// The local address.
    DestinationIp,
    /// The local port.
    DestinationPort,
    /// The server name of the TLS handshake.
    ServerName,
    /// The `Host` header.
    Host,
    /// The method.
    Method,
    /// The path.
    Path,
    /// A header, in lower case.
    Header(String),
    /// Issuer and subject of the token.
    RequestPrincipal,
    /// A claim of the token, by key path.
    Claim(Vec<String>),
    /// Metadata of an Envoy filter, which nothing here can know.
    FilterState(String),
}

impl Attribute {
    /// Whether only an HTTP filter chain can see it (istio/istio `pilot/pkg/security/authz/model`).
    #[must_use]
    pub fn is_http_only(&self) -> bool {
        match self {
            Attribute::Host
            | Attribute::Method
            | Attribute::Path
            | Attribute::Header(_)
            | Attribute::RequestPrincipal
            | Attribute::Claim(_) => true,
            Attribute::Peer
            | Attribute::SourceIp
            | Attribute::RemoteIp
            | Attribute::DestinationIp
            | Attribute::DestinationPort
            | Attribute::ServerName
            | Attribute::FilterState(_) => false,
        }
    }
}

/// What is asked of an attribute. A missing attribute satisfies no test.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Test {
    /// It has a value that matches.
    Text(TextMatch),
    /// It is an address in one of these ranges.
    Ip(Vec<IpNet>),
    /// It is one of these ports.
    Port(Vec<u16>),
    /// The token's issuer and subject match one of these.
    RequestPrincipal(Vec<RequestPrincipalMatch>),
    /// Nothing satisfies it.
    Never,
}

/// How `requestPrincipals` matches: issuer and subject apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestPrincipalMatch {
    /// The issuer; `None` for any.
    pub issuer: Option<Pattern>,
    /// The subject; `None` for any, also a missing one. No policy can say that: `*` asks for a subject.
    pub subject: Option<Pattern>,
}

/// A test of one attribute, or its negation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Literal {
    /// The attribute.
    pub attribute: Attribute,
    /// The test.
    pub test: Test,
    /// Whether the test must fail.
    pub negated: bool,
}

/// One way in which a rule can match: all of its literals hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Alternative {
    /// The literals; none of them means that every request matches.
    pub literals: Vec<Literal>,
    /// The rule it comes from.
    pub origin: Origin,
}

impl Alternative {
    /// Whether the request matches, as far as the view shows it.
    #[must_use]
    pub fn matches(&self, view: &View<'_>) -> bool {
        self.literals.iter().all(|literal| literal.holds(view))
    }
}

impl Literal {
    /// Whether the literal holds for what the view shows.
    #[must_use]
    pub fn holds(&self, view: &View<'_>) -> bool {
        self.test_holds(view) != self.negated
    }

    fn test_holds(&self, view: &View<'_>) -> bool {
        match &self.test {
            Test::Never => false,
            Test::Text(text) => text_of(&self.attribute, view).iter().any(|value| text.matches(value)),
            Test::Ip(ranges) => address_of(&self.attribute, view)
                .is_some_and(|address| ranges.iter().any(|range| range.contains(&address))),
            Test::Port(ports) => ports.contains(&view.destination_port),
            Test::RequestPrincipal(any_of) => {
                view.claims.is_some_and(|claims| any_of.iter().any(|one| one.matches(claims)))
            }
        }
    }
}

impl RequestPrincipalMatch {
    /// Whether the token's issuer and subject match.
    #[must_use]
    pub fn matches(&self, claims: &Claims) -> bool {
        let issuer = self.issuer.as_ref().is_none_or(|pattern| pattern.matches(&claims.issuer, false));
        let subject = |pattern: &Pattern| claims.subject.as_deref().is_some_and(|value| pattern.matches(value, false));
        issuer && self.subject.as_ref().is_none_or(subject)
    }
}

fn address_of(attribute: &Attribute, view: &View<'_>) -> Option<std::net::IpAddr> {
    match attribute {
        Attribute::SourceIp => view.source_ip,
        Attribute::RemoteIp => view.remote_ip,
        Attribute::DestinationIp => view.destination_ip,
        Attribute::Peer
        | Attribute::DestinationPort
        | Attribute::ServerName
        | Attribute::Host
        | Attribute::Method
        | Attribute::Path
        | Attribute::Header(_)
        | Attribute::RequestPrincipal
        | Attribute::Claim(_)
        | Attribute::FilterState(_) => None,
    }
}

/// The values of a text attribute: none if it is missing, several for repeated headers and lists of claims.
fn text_of(attribute: &Attribute, view: &View<'_>) -> Vec<String> {
    let http = |read: fn(&crate::HttpRequest) -> &String| view.http.map(read).cloned().into_iter().collect();
    match attribute {
        Attribute::Peer => view.peer.map(|peer| peer.as_str().to_owned()).into_iter().collect(),
        Attribute::ServerName => vec![view.server_name.clone()],
        Attribute::Host => http(|request| &request.host),
        Attribute::Method => http(|request| &request.method),
        Attribute::Path => http(|request| &request.path),
        Attribute::Header(name) => view.http.and_then(|request| request.headers.get(name)).cloned().unwrap_or_default(),
        Attribute::Claim(key) => view.claims.map(|claims| claim(claims, key)).unwrap_or_default(),
        Attribute::SourceIp
        | Attribute::RemoteIp
        | Attribute::DestinationIp
        | Attribute::DestinationPort
        | Attribute::RequestPrincipal
        | Attribute::FilterState(_) => Vec::new(),
    }
}

fn claim(claims: &Claims, key: &[String]) -> Vec<String> {
    match key {
        [single] if single == "iss" => vec![claims.issuer.clone()],
        [single] if single == "sub" => claims.subject.clone().into_iter().collect(),
        _ => claims.others.get(key).cloned().unwrap_or_default(),
    }
}
