//! The space of requests: its dimensions, what rules can ask of each, and the finitely many kinds of value that no
//! rule can tell apart.
//!
//! A predicate on text is any mixture of exact strings, prefixes, suffixes and regular expressions. For each
//! dimension all predicates that occur are read side by side by one automaton; two strings that satisfy the same
//! predicates fall into one class, and a class is known by the shortest string in it. What is proved for the
//! classes is proved for all strings.

mod classes;
mod cost;
mod domain;
mod holds;
mod nfa;
mod re2;
mod unknown;

use std::collections::BTreeSet;
use std::fmt;
use std::net::IpAddr;

use ipnet::IpNet;

#[cfg(test)]
pub(crate) use classes::classes;
pub(crate) use classes::{Class, Demand, KnownClasses};
pub use cost::Cost;
pub use domain::{Domains, PathNormalization};
pub use holds::holds;
pub use re2::check_re2;
pub use unknown::Unknown;

/// One attribute of a request.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Dimension {
    /// The SPIFFE identity of the peer without its scheme, `td/ns/N/sa/S`; absent if the peer has none.
    Peer,
    /// The address at the other end of the connection.
    SourceIp,
    /// The address of the original client.
    RemoteIp,
    /// The address the request was sent to.
    DestinationIp,
    /// The address of the waypoint that passed the request on; absent if none did.
    WaypointIp,
    /// `:authority`.
    Host,
    /// `:method`.
    Method,
    /// `:path` without its query, as policies and routes see it.
    Path,
    /// `:scheme`.
    Scheme,
    /// The server name of the TLS handshake; absent without TLS.
    Sni,
    /// All lines of the header with this lower-case name.
    Header(String),
    /// The first value of the query parameter with this name, not decoded.
    Query(String),
    /// The issuer of the token; absent if there is no valid token.
    Issuer,
    /// The subject of the token; absent if it has none.
    Subject,
    /// The values of the JWT claim with this name.
    Claim(String),
    /// A fact that nothing else determines, such as the answer of an external authorizer.
    Flag(String),
}

impl fmt::Display for Dimension {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Dimension::Peer => f.write_str("peer identity"),
            Dimension::SourceIp => f.write_str("source address"),
            Dimension::RemoteIp => f.write_str("remote address"),
            Dimension::DestinationIp => f.write_str("destination address"),
            Dimension::WaypointIp => f.write_str("waypoint address"),
            Dimension::Host => f.write_str("host"),
            Dimension::Method => f.write_str("method"),
            Dimension::Path => f.write_str("path"),
            Dimension::Scheme => f.write_str("scheme"),
            Dimension::Sni => f.write_str("server name"),
            Dimension::Issuer => f.write_str("token issuer"),
            Dimension::Subject => f.write_str("token subject"),
            Dimension::Header(name) => write!(f, "header {name}"),
            Dimension::Query(name) => write!(f, "query parameter {name}"),
            Dimension::Claim(name) => write!(f, "claim {name}"),
            Dimension::Flag(name) => write!(f, "flag {name}"),
        }
    }
}

/// One way in which a string can match.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Pattern {
    /// The whole string.
    Exact(String),
    /// The first characters.
    Prefix(String),
    /// The last characters.
    Suffix(String),
    /// The first path segments: `/foo` matches `/foo` and `/foo/x`, not `/foobar`.
    SegmentPrefix(String),
    /// Any string but the empty one.
    NonEmpty,
    /// A full match of an RE2 expression.
    Regex(String),
    /// An Istio path template: `{*}` is one or more characters of one segment, `{**}` anything.
    Template(String),
}

/// Some patterns, one of which must match.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TextMatch {
    /// The patterns. With none, nothing matches.
    pub any_of: Vec<Pattern>,
    /// Whether the case of ASCII letters is ignored. It does not affect regular expressions and templates.
    pub ignore_case: bool,
}

/// What a rule asks of one dimension.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Predicate {
    /// There is a value.
    Present,
    /// Some line of the value matches.
    Text(TextMatch),
    /// The address lies in one of these networks.
    Ip(Vec<IpNet>),
    /// The flag is set.
    True,
}

/// A predicate on a dimension, or its negation.
///
/// Every predicate is false of an absent value, and of a value of another kind (a network asked of a text).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Literal {
    /// The attribute asked about.
    pub dimension: Dimension,
    /// What is asked.
    pub predicate: Predicate,
    /// Whether the answer is inverted.
    pub negated: bool,
}

/// The value of one attribute of a request.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Value {
    /// There is none.
    Absent,
    /// One string.
    Text(String),
    /// Several strings: the lines of a repeated header, the elements of a claim.
    Lines(Vec<String>),
    /// An address.
    Ip(IpAddr),
    /// The state of a flag.
    Flag(bool),
}

impl Predicate {
    /// The same question in the one form that all its spellings share.
    pub(crate) fn canonical(&self) -> Self {
        match self {
            Predicate::Text(text) => {
                Predicate::Text(TextMatch { any_of: sorted(&text.any_of), ignore_case: text.ignore_case })
            }
            Predicate::Ip(nets) => Predicate::Ip(sorted(&nets.iter().map(IpNet::trunc).collect::<Vec<_>>())),
            Predicate::Present | Predicate::True => self.clone(),
        }
    }
}

fn sorted<T: Ord + Clone>(items: &[T]) -> Vec<T> {
    items.iter().cloned().collect::<BTreeSet<_>>().into_iter().collect()
}
