//! What the user chooses.

mod routes;

use std::collections::BTreeSet;

use s2a_model::Name;
use s2a_model::change::DirectCaller;

pub use routes::RouteOptions;

/// Choices that change the output.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Options {
    /// What is bound to a waypoint.
    pub waypoint_scope: WaypointScope,
    /// Which waypoints are written.
    pub waypoint: WaypointOptions,
    /// What one guard covers.
    pub guard: GuardScope,
    /// What becomes of source addresses in policies that move to a waypoint.
    pub source_addresses: SourceAddresses,
    /// Callers of pod addresses that guards admit beside the waypoint.
    pub direct_callers: BTreeSet<DirectCaller>,
    /// Whether guards also admit callers found in the input who could do more by it than before.
    pub admit_found_callers: bool,
    /// Whether the target's Gateway API has redirects with 303, 307 and 308 (1.5).
    pub extended_redirects: bool,
    /// Whether the target's Gateway API has mirror fractions (1.3).
    pub mirror_fractions: bool,
    /// What becomes of routes.
    pub routes: RouteOptions,
}

/// How the waypoints are that are written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WaypointOptions {
    /// The name of each.
    pub name: String,
    /// The namespace of one waypoint for all; `None` for one in each namespace that needs it.
    pub namespace: Option<String>,
    /// How many pods each has; `None` for what istiod does by itself, which is one.
    pub replicas: Option<u32>,
    /// Whether each gets a PodDisruptionBudget that keeps one pod.
    pub disruption_budget: bool,
}

impl Default for Options {
    fn default() -> Self {
        Options {
            waypoint_scope: WaypointScope::Namespace,
            waypoint: WaypointOptions::default(),
            guard: GuardScope::Workload,
            source_addresses: SourceAddresses::Refused,
            direct_callers: BTreeSet::new(),
            admit_found_callers: false,
            extended_redirects: true,
            mirror_fractions: true,
            routes: RouteOptions::default(),
        }
    }
}

impl Default for WaypointOptions {
    fn default() -> Self {
        WaypointOptions { name: "waypoint".to_owned(), namespace: None, replicas: None, disruption_budget: false }
    }
}

impl WaypointOptions {
    /// The waypoint of a namespace that has none yet.
    pub(crate) fn of(&self, namespace: &str) -> Name {
        Name::new(self.namespace.as_deref().unwrap_or(namespace), self.name.clone())
    }

    /// Whether a ConfigMap says how the waypoint is deployed.
    pub(crate) fn has_parameters(&self) -> bool {
        self.replicas.is_some() || self.disruption_budget
    }
}

/// What is bound to a waypoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WaypointScope {
    /// The namespace, where its object is in the input; Services that policies make an exception are left out of it.
    Namespace,
    /// Each Service that needs one.
    Service,
}

/// What becomes of source addresses in policies that move to a waypoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SourceAddresses {
    /// The policy stays.
    Refused,
    /// They are compared as remote addresses, and who could forge one is refused.
    Remote,
}

/// What one guard covers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GuardScope {
    /// The pods of one workload; or the namespace, where all of it was closed already.
    Workload,
    /// The namespace, all of whose workloads are then led through the waypoint.
    Namespace,
    /// Nothing: who dials a pod's address evades the waypoint's rules.
    None,
}
