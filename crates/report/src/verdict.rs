//! Verdicts and the requests that prove them, as rows.

use std::collections::BTreeMap;

use s2a_diagnostic::{ObjectRef, Place};
use serde::Serialize;

/// How a request comes to its destination. Declared in the order in which verdicts are shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum PathName {
    /// A mesh client dials the service.
    Service,
    /// A mesh client dials the address of a pod.
    PodIp,
    /// A client without a mesh identity dials.
    Plaintext,
    /// The request comes through an ingress gateway.
    Ingress,
}

impl PathName {
    /// The word used in every output format.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            PathName::Service => "service",
            PathName::PodIp => "pod-ip",
            PathName::Plaintext => "plaintext",
            PathName::Ingress => "ingress",
        }
    }
}

/// How the answers before and after compare.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum VerdictName {
    /// Every request has the same fate.
    Equivalent,
    /// Some request is refused that was let through, and none the other way round.
    Stricter,
    /// Some request is let through that was refused, and none the other way round.
    Looser,
    /// Requests changed their fate in both directions, or are delivered differently.
    Different,
    /// The question could not be decided.
    Unknown,
}

impl VerdictName {
    /// Every verdict, from the best to the least certain.
    pub(crate) const ALL: [VerdictName; 5] = [
        VerdictName::Equivalent,
        VerdictName::Stricter,
        VerdictName::Looser,
        VerdictName::Different,
        VerdictName::Unknown,
    ];

    /// The lower-case word used in every output format.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            VerdictName::Equivalent => "equivalent",
            VerdictName::Stricter => "stricter",
            VerdictName::Looser => "looser",
            VerdictName::Different => "different",
            VerdictName::Unknown => "unknown",
        }
    }
}

/// The verdict for one destination on one path. Rows are shown in their order, which is by destination, then path.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct VerdictRow {
    /// `Service namespace/name:port` or `Workload namespace/name:port`.
    pub destination: String,
    /// The path.
    pub path: PathName,
    /// The verdict.
    pub verdict: VerdictName,
    /// Why the verdict is unknown.
    pub reason: Option<String>,
    /// A request that shows the difference.
    pub counterexample: Option<CounterexampleRow>,
}

/// One request with its fate before and after.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct CounterexampleRow {
    /// The request.
    pub request: RequestRow,
    /// What happens to it in sidecar mode.
    pub before: FateRow,
    /// What happens to it in ambient mode.
    pub after: FateRow,
}

/// A request in words. Fields that play no part are empty.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RequestRow {
    /// Who asks, as `mesh client cluster.local/ns/a/sa/a` or `plaintext client 10.0.0.1`.
    pub client: String,
    /// What is dialled.
    pub to: String,
    /// The HTTP method; none for a plain TCP connection.
    pub method: Option<String>,
    /// The HTTP path.
    pub path: Option<String>,
    /// The HTTP authority.
    pub host: Option<String>,
    /// The HTTP headers with all their values.
    pub headers: BTreeMap<String, Vec<String>>,
    /// The query parameters.
    pub query: BTreeMap<String, String>,
    /// The JSON Web Token in words.
    pub token: Option<String>,
    /// The external authorization providers that say no.
    pub denied_by: Vec<String>,
}

/// What happens to a request.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct FateRow {
    /// `delivered to Workload foo/web:8080`, `refused`, `answered 301 …`.
    pub fate: String,
    /// The proxy that decided, as `ztunnel of foo/web`.
    pub at: Option<String>,
    /// The rule that decided.
    pub rule: Option<RuleRow>,
}

/// A rule that decided a fate.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct RuleRow {
    /// The object.
    pub object: ObjectRef,
    /// The field, as `spec.rules[0]`; empty for the whole object.
    pub field: String,
    /// Where it stands; file and line are found when the report is written.
    pub place: Option<Place>,
}
