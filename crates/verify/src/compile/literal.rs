//! One condition of a policy, as a point of the way sees it.

use std::net::IpAddr;

use s2a_model::authz::{Attribute, Literal, RequestPrincipalMatch, Test};
use s2a_model::{Pattern, Principal, TextMatch};

use super::rewritten::{Asked, Rewritten};
use super::{Unclear, text};
use crate::space::{self, Dimension, Predicate};

/// The header in which proxies pass on the addresses of callers.
pub(crate) const FORWARDED_FOR: &str = "x-forwarded-for";

/// What a point sees.
#[derive(Clone, Debug)]
pub(super) struct Seen {
    pub(super) peer: PeerSeen,
    pub(super) shows_address: bool,
    pub(super) destination: DestinationSeen,
    pub(super) port: u16,
    /// `None` where the application's own may be there.
    pub(super) server_name: Option<String>,
    pub(super) http: bool,
    pub(super) rewritten: Rewritten,
}

/// Which address was dialled, as a point sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum DestinationSeen {
    /// The Service's, if the input shows it.
    Service(Option<IpAddr>),
    /// The pod's, if the input shows it.
    Pod(Option<IpAddr>),
}

/// Whose identity a point sees.
#[derive(Clone, Debug)]
pub(super) enum PeerSeen {
    Client,
    Known(Principal),
    Nobody,
}

/// The issuer of the token; absent if there is no valid token.
pub(super) fn issuer() -> Dimension {
    Dimension::Issuer
}

fn subject() -> Dimension {
    Dimension::Subject
}

/// Several ways to satisfy a condition; each is a conjunction. None: it cannot be satisfied.
pub(super) type Ways = Vec<Vec<space::Literal>>;

/// The ways to satisfy a literal. `tokens` says whether the point looks at tokens at all.
pub(super) fn ways(literal: &Literal, seen: &Seen, tokens: bool) -> Result<Ways, Unclear> {
    let negated = literal.negated;
    match (&literal.attribute, &literal.test) {
        (_, Test::Never) => Ok(fixed(negated)),
        (_, Test::Port(ports)) => Ok(fixed(ports.contains(&seen.port) != negated)),
        (Attribute::SourceIp, Test::Ip(ranges)) if !seen.shows_address => match seen.peer {
            PeerSeen::Known(_) if matches!(seen.destination, DestinationSeen::Pod(_)) && !seen.http => {
                Ok(one(Dimension::WaypointIp, Predicate::Ip(ranges.clone()), negated))
            }
            PeerSeen::Known(_) | PeerSeen::Client | PeerSeen::Nobody => Ok(fixed(negated)),
        },
        (Attribute::SourceIp, Test::Ip(ranges)) => Ok(one(Dimension::SourceIp, Predicate::Ip(ranges.clone()), negated)),
        (Attribute::RemoteIp, Test::Ip(ranges)) => remote_address(&Predicate::Ip(ranges.clone()), negated, seen),
        (Attribute::DestinationIp, Test::Ip(ranges)) => match seen.destination {
            DestinationSeen::Pod(Some(ip)) | DestinationSeen::Service(Some(ip)) => {
                Ok(fixed(ranges.iter().any(|range| range.contains(&ip)) != negated))
            }
            DestinationSeen::Pod(None) => Ok(one(Dimension::DestinationIp, Predicate::Ip(ranges.clone()), negated)),
            DestinationSeen::Service(None) => {
                Err(Unclear::Said("a policy at a waypoint judges the Service's address, which is not known".to_owned()))
            }
        },
        (Attribute::FilterState(key), _) => {
            Err(Unclear::Said(format!("`{key}` is set by a filter that is not modelled")))
        }
        (Attribute::RequestPrincipal, Test::RequestPrincipal(any_of)) if seen.http && tokens => {
            request_principals(any_of, negated)
        }
        (Attribute::RequestPrincipal, _) => Ok(fixed(negated)),
        (Attribute::Claim(key), Test::Text(test)) if seen.http && tokens => Ok(claim(key, test, negated)),
        (Attribute::Claim(_), _) => Ok(fixed(negated)),
        (attribute, Test::Text(test)) => text_ways(attribute, test, negated, seen),
        (_, Test::Ip(_) | Test::RequestPrincipal(_)) => Ok(fixed(negated)),
    }
}

/// The address that Envoy takes for the client's: the last one in `x-forwarded-for`, and without that header the address
/// of the connection. Who writes the header is free to write any address.
fn remote_address(predicate: &Predicate, negated: bool, seen: &Seen) -> Result<Ways, Unclear> {
    let sender = match seen.peer {
        PeerSeen::Known(_) => Dimension::WaypointIp,
        PeerSeen::Client | PeerSeen::Nobody => Dimension::SourceIp,
    };
    let of_connection = literal(sender, predicate.clone(), negated);
    if !seen.http {
        return Ok(vec![vec![of_connection]]);
    }
    match seen.rewritten.header(FORWARDED_FOR, &TextMatch::of(Pattern::Prefix(String::new())))? {
        Asked::Fixed(false) => Ok(vec![vec![of_connection]]),
        Asked::Fixed(true) => {
            Err(Unclear::Said(format!("a policy judges the address in {FORWARDED_FOR}, which a route sets")))
        }
        Asked::Test(anything) => {
            let header = Dimension::Header(FORWARDED_FOR.to_owned());
            let forwarded = |negated| literal(header.clone(), Predicate::Text(text(&anything)), negated);
            let in_header = literal(Dimension::RemoteIp, predicate.clone(), negated);
            Ok(vec![vec![forwarded(false), in_header], vec![forwarded(true), of_connection]])
        }
    }
}

fn text_ways(attribute: &Attribute, test: &TextMatch, negated: bool, seen: &Seen) -> Result<Ways, Unclear> {
    let asked = match attribute {
        Attribute::Peer => match &seen.peer {
            PeerSeen::Client => return Ok(one(Dimension::Peer, Predicate::Text(text(test)), negated)),
            PeerSeen::Known(principal) => return Ok(fixed(test.matches(principal.as_str()) != negated)),
            PeerSeen::Nobody => return Ok(fixed(negated)),
        },
        Attribute::ServerName => {
            let unknown = || Unclear::Said("a policy judges the server name of the application's own TLS".to_owned());
            let name = seen.server_name.as_ref().ok_or_else(unknown)?;
            return Ok(fixed(test.matches(name) != negated));
        }
        _ if !seen.http => return Ok(fixed(negated)),
        Attribute::Host => (Dimension::Host, seen.rewritten.host(test)),
        Attribute::Method => (Dimension::Method, Asked::Test(test.clone())),
        Attribute::Path => (Dimension::Path, seen.rewritten.path(test)?),
        Attribute::Header(name) if name == "x-forwarded-client-cert" => {
            return Err(Unclear::Said("a policy judges a header that proxies write from certificates".to_owned()));
        }
        Attribute::Header(name) => (Dimension::Header(name.clone()), seen.rewritten.header(name, test)?),
        Attribute::SourceIp
        | Attribute::RemoteIp
        | Attribute::DestinationIp
        | Attribute::DestinationPort
        | Attribute::RequestPrincipal
        | Attribute::Claim(_)
        | Attribute::FilterState(_) => return Ok(fixed(negated)),
    };
    Ok(match asked {
        (_, Asked::Fixed(value)) => fixed(value != negated),
        (dimension, Asked::Test(test)) => one(dimension, Predicate::Text(text(&test)), negated),
    })
}

/// A claim is there only with a token.
fn claim(key: &[String], test: &TextMatch, negated: bool) -> Ways {
    let dimension = match key {
        [single] if single == "iss" => issuer(),
        [single] if single == "sub" => subject(),
        _ => Dimension::Claim(key.join("][")),
    };
    let asked = literal(dimension, Predicate::Text(text(test)), negated);
    if negated { vec![vec![no_token()], vec![token(), asked]] } else { vec![vec![token(), asked]] }
}

fn request_principals(any_of: &[RequestPrincipalMatch], negated: bool) -> Result<Ways, Unclear> {
    const MOST: usize = 8;
    if !negated {
        return Ok(any_of.iter().map(|one| [vec![token()], parts(one, false)].concat()).collect());
    }
    if any_of.len() > MOST {
        return Err(Unclear::Said("a negated list of request principals is too long to be judged".to_owned()));
    }
    // Not (a or b) with a = (issuer and subject): one of the two must fail, for each of the list.
    let mut ways: Ways = vec![vec![token()]];
    for one in any_of {
        let failing = parts(one, true);
        ways = ways
            .iter()
            .flat_map(|way| failing.iter().map(move |part| [way.clone(), vec![part.clone()]].concat()))
            .collect();
    }
    ways.push(vec![no_token()]);
    Ok(ways)
}

fn parts(one: &RequestPrincipalMatch, negated: bool) -> Vec<space::Literal> {
    let part = |dimension: Dimension, pattern: &Pattern| {
        literal(dimension, Predicate::Text(text(&TextMatch::of(pattern.clone()))), negated)
    };
    let issuer_part = one.issuer.as_ref().map(|pattern| part(issuer(), pattern));
    let subject_part = one.subject.as_ref().map(|pattern| part(subject(), pattern));
    issuer_part.into_iter().chain(subject_part).collect()
}

pub(super) fn token() -> space::Literal {
    literal(issuer(), Predicate::Present, false)
}

fn no_token() -> space::Literal {
    literal(issuer(), Predicate::Present, true)
}

pub(super) fn literal(dimension: Dimension, predicate: Predicate, negated: bool) -> space::Literal {
    space::Literal { dimension, predicate, negated }
}

fn one(dimension: Dimension, predicate: Predicate, negated: bool) -> Ways {
    vec![vec![literal(dimension, predicate, negated)]]
}

fn fixed(value: bool) -> Ways {
    if value { vec![Vec::new()] } else { Vec::new() }
}
