//! The rules of a policy for the waypoint of one Service, where they do not stay as they are.

use s2a_model::Mesh;
use s2a_model::authz::{AuthorizationPolicy, Rule};
use s2a_model::topology::Service;

use super::{addresses, constants, ports};

/// The rules, or `None` if nothing but ports may change in them.
pub(super) fn rules(mesh: &Mesh, policy: &AuthorizationPolicy, service: &Service) -> Option<Vec<Rule>> {
    if !policy.rules.iter().any(|rule| addresses::asks(rule) || constants::asks(rule)) {
        return None;
    }
    let for_service = |rule: &Rule| constants::folded(mesh, &ports::mapped(mesh, rule, service), service);
    let rules = policy.rules.iter().map(for_service);
    Some(rules.flat_map(|rule| addresses::rewritten(rule, &policy.action, service)).collect())
}
