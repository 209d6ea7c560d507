//! What the user chooses.

/// Choices that change the output.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Options {
    /// What is bound to a waypoint.
    pub waypoint_scope: WaypointScope,
    /// Whether the target's Gateway API has redirects with 303, 307 and 308 (1.5).
    pub extended_redirects: bool,
    /// Whether the target's Gateway API has mirror fractions (1.3).
    pub mirror_fractions: bool,
}

impl Default for Options {
    fn default() -> Self {
        Options { waypoint_scope: WaypointScope::Namespace, extended_redirects: true, mirror_fractions: true }
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
