//! What is there: objects, workloads, what needs a waypoint, what cannot move, and who calls whom. The shape of the JSON is
//! described by `rules/schema/audit.json`.

mod json;
mod text;

use std::collections::BTreeMap;

use s2a_diagnostic::ObjectRef;

pub use json::audit_to_json;
pub use text::render_audit;

/// The inventory of a mesh. All lists are sorted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Audit {
    /// Objects by namespace (empty for cluster-wide ones) and kind.
    pub objects: BTreeMap<String, BTreeMap<String, usize>>,
    /// Every workload.
    pub workloads: Vec<WorkloadRow>,
    /// Every rule and route that needs a waypoint.
    pub needs_waypoint: Vec<NeedRow>,
    /// What stays behind, or must be decided by a person.
    pub cannot_move: Vec<BlockRow>,
    /// Who calls whom, as far as policies, routes and hosts tell.
    pub calls: Vec<CallRow>,
}

/// A workload and what stands in front of it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct WorkloadRow {
    /// Its namespace.
    pub namespace: String,
    /// Its kind and name, as `Deployment cart`.
    pub name: String,
    /// `sidecar`, `ambient`, `gateway` or `none`.
    pub mode: &'static str,
    /// What makes it so.
    pub why: String,
    /// Its service account.
    pub service_account: String,
    /// The Services in front of it.
    pub services: Vec<String>,
}

/// A rule that ztunnel cannot enforce, or a route.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct NeedRow {
    /// What gets the waypoint: Services as `shop/cart`, or hosts.
    pub services: Vec<String>,
    /// The policy or route.
    pub object: ObjectRef,
    /// The rule.
    pub field: String,
    /// The attribute that only an HTTP proxy sees.
    pub because: String,
}

/// An object that does not move, with the finding that says why.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct BlockRow {
    /// The object.
    pub object: ObjectRef,
    /// The finding's code.
    pub code: String,
    /// The finding's title.
    pub title: String,
}

/// A call that something of the input speaks of.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct CallRow {
    /// The caller: an identity or a part of one, a namespace, a gateway.
    pub from: String,
    /// The Service, workload or host.
    pub to: String,
    /// What speaks of it.
    pub object: ObjectRef,
    /// Where.
    pub field: String,
}
