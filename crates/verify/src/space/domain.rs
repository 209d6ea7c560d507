//! Which values can occur in each dimension, and which of them a plain request has.

mod path;

use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, Ipv4Addr};

use super::nfa::{Nfa, TooLarge};
use super::{Dimension, Value, re2};

/// How the path was rewritten before anything looked at it (`meshConfig.pathNormalization`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum PathNormalization {
    /// Not at all.
    None,
    /// RFC 3986: no dot segments, no needless escapes.
    #[default]
    Base,
    /// The same, and no two slashes in a row.
    MergeSlashes,
    /// The same, and no `%2f` and `%5c`.
    DecodeAndMergeSlashes,
}

/// What is known about the values of all dimensions.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Domains {
    /// How paths are normalised. Segments that begin with `.;` or `..;` are assumed not to occur unless this is
    /// [`PathNormalization::None`]: a second normalisation would change such a path.
    pub path: PathNormalization,
    /// The headers that never occur on more than one line.
    pub single_line_headers: BTreeSet<String>,
    /// The values that a plain request has instead of the usual ones. One of several lines is not considered.
    pub plain: BTreeMap<Dimension, Value>,
}

impl Domains {
    /// The value that a plain request has: a peer identity, `GET`, `/`, no header.
    #[must_use]
    pub fn plain(&self, dimension: &Dimension) -> Value {
        self.plain.get(dimension).cloned().unwrap_or_else(|| usual(dimension))
    }

    /// Whether the dimension may have no value.
    pub(crate) fn may_be_absent(dimension: &Dimension) -> bool {
        match dimension {
            Dimension::Peer
            | Dimension::WaypointIp
            | Dimension::Sni
            | Dimension::Header(_)
            | Dimension::Query(_)
            | Dimension::Issuer
            | Dimension::Subject
            | Dimension::Claim(_) => true,
            Dimension::SourceIp
            | Dimension::RemoteIp
            | Dimension::DestinationIp
            | Dimension::Host
            | Dimension::Method
            | Dimension::Path
            | Dimension::Scheme
            | Dimension::Flag(_) => false,
        }
    }

    /// Whether the dimension may have several lines.
    pub(crate) fn has_lines(&self, dimension: &Dimension) -> bool {
        if let Dimension::Header(name) = dimension {
            return !self.single_line_headers.contains(name);
        }
        matches!(dimension, Dimension::Claim(_))
    }

    /// Adds the automaton of the strings that can occur in a dimension.
    pub(crate) fn restrict(&self, dimension: &Dimension, nfa: &mut Nfa) -> Result<(), TooLarge> {
        if matches!(dimension, Dimension::Path) {
            return path::add_domain(self.path, nfa);
        }
        // The sources below are valid; a test reads them all.
        let node = re2::parse(strings(dimension)).unwrap_or(re2::Node::Empty);
        nfa.set_domain(&node)
    }
}

/// Values worth showing before others of their class.
pub(crate) fn preferred(dimension: &Dimension) -> &'static [&'static str] {
    match dimension {
        Dimension::Method => &["GET", "POST", "PUT", "DELETE", "HEAD", "PATCH", "OPTIONS", "TRACE", "CONNECT"],
        Dimension::Scheme => &["http", "https"],
        Dimension::Peer
        | Dimension::SourceIp
        | Dimension::RemoteIp
        | Dimension::DestinationIp
        | Dimension::WaypointIp
        | Dimension::Host
        | Dimension::Path
        | Dimension::Sni
        | Dimension::Header(_)
        | Dimension::Query(_)
        | Dimension::Issuer
        | Dimension::Subject
        | Dimension::Claim(_)
        | Dimension::Flag(_) => &[],
    }
}

fn usual(dimension: &Dimension) -> Value {
    let text = |value: &str| Value::Text(value.to_owned());
    match dimension {
        Dimension::Peer => text("cluster.local/ns/default/sa/default"),
        Dimension::SourceIp | Dimension::RemoteIp | Dimension::DestinationIp => {
            Value::Ip(IpAddr::V4(Ipv4Addr::new(10, 0, 0, 1)))
        }
        Dimension::Host => text("example.com"),
        Dimension::Method => text("GET"),
        Dimension::Path => text("/"),
        Dimension::Scheme => text("http"),
        Dimension::WaypointIp
        | Dimension::Sni
        | Dimension::Header(_)
        | Dimension::Query(_)
        | Dimension::Issuer
        | Dimension::Subject
        | Dimension::Claim(_) => Value::Absent,
        Dimension::Flag(_) => Value::Flag(false),
    }
}

/// The strings of a dimension, as a regular expression. A set that is too large costs a strange witness, one that is
/// too small a wrong proof, so each is as large as what a proxy lets through.
fn strings(dimension: &Dimension) -> &'static str {
    match dimension {
        Dimension::Peer => r"[A-Za-z0-9._-]+/ns/[A-Za-z0-9._-]+/sa/[A-Za-z0-9._-]+",
        // The characters that nghttp2 allows in an authority.
        Dimension::Host => r"[A-Za-z0-9!$%&'()*+,.:;=@\[\]_~-]+",
        Dimension::Method => r"[A-Za-z0-9!#$%&'*+.^_`|~-]+",
        Dimension::Scheme => r"[A-Za-z][A-Za-z0-9+.-]*",
        Dimension::Sni => r"[A-Za-z0-9._-]+",
        Dimension::Header(_) => r"[ -~]*",
        Dimension::Query(_) => r#"[!"$%'-~]*"#,
        Dimension::Issuer | Dimension::Subject => r"(?s).+",
        Dimension::Claim(_) => r"(?s).*",
        Dimension::Path
        | Dimension::SourceIp
        | Dimension::RemoteIp
        | Dimension::DestinationIp
        | Dimension::WaypointIp
        | Dimension::Flag(_) => "",
    }
}

#[cfg(test)]
mod tests;
