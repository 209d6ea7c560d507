//! Routes and policies that meet: a client's sidecar changes the request before the server's sidecar judges it, a waypoint
//! judges first and changes afterwards. Each translated faithfully, both together mean something else.

use std::collections::BTreeSet;

use s2a_catalog::codes;
use s2a_diagnostic::Diagnostic;
use s2a_model::authz::{AuthorizationPolicy, RequestAuthentication};
use s2a_model::route::{BackendRef, RouteRule, Target, VirtualService};
use s2a_model::topology::{Service, Workload};
use s2a_model::{Mesh, Name};

use crate::findings::about;
use crate::plan::{Policy, policies_of};

/// What a rule changes of a request before its destination's sidecar sees it.
struct Changed {
    path: bool,
    host: bool,
    headers: BTreeSet<String>,
}

/// A finding for each rule of a VirtualService that changes what a policy of its destination asks for.
pub(super) fn findings(mesh: &Mesh, virtual_service: &VirtualService) -> Vec<Diagnostic> {
    let rewrites = virtual_service.rules.iter().flat_map(|rule| findings_of_rule(mesh, rule));
    rewrites.chain(matches_after_tokens(mesh, virtual_service)).collect()
}

/// A finding for each match that asks for a header which a waypoint, checking tokens, has changed before it routes. The
/// client's sidecar routes before anybody looks at the token.
fn matches_after_tokens(mesh: &Mesh, virtual_service: &VirtualService) -> Vec<Diagnostic> {
    let called = |service: &&Service| virtual_service.applies_to(&service.host(&mesh.settings.cluster_domain));
    let workloads: Vec<&Workload> =
        mesh.services.iter().filter(called).flat_map(|service| mesh.workloads_of(service)).collect();
    let checks = mesh
        .request_authentications
        .iter()
        .filter(|check| workloads.iter().any(|workload| mesh.selects_for_sidecar(&check.scope, &check.name, workload)));
    let checks: Vec<&RequestAuthentication> = checks.collect();
    let mut found = Vec::new();
    for condition in virtual_service.rules.iter().flat_map(|rule| &rule.matches) {
        for header in &condition.headers {
            let changes = |check: &&&RequestAuthentication| {
                check.rules.iter().any(|rule| rule.changed_headers.contains(&header.name))
            };
            if let Some(check) = checks.iter().find(changes) {
                let message = format!(
                    "RequestAuthentication {} takes header `{}` away or writes it, at a waypoint before this match is tried",
                    check.name, header.name
                );
                found.push(about(&codes::ROUTE_AFTER_TOKEN_CHECK, &condition.origin.field("headers"), message));
            }
        }
    }
    found
}

fn findings_of_rule(mesh: &Mesh, rule: &RouteRule) -> Vec<Diagnostic> {
    let Target::Backends(backends) = &rule.action.target else { return Vec::new() };
    let mut found: BTreeSet<(&Name, &str)> = BTreeSet::new();
    for to in backends {
        let changed = changed(rule, to);
        let service = mesh.service_by_host(&to.host);
        let workloads = service.into_iter().flat_map(|service| mesh.workloads_of(service));
        for policy in workloads.flat_map(|workload| policies_of(mesh, workload)) {
            let Policy::Authorization(policy) = policy else { continue };
            if let Some(what) = asked_for(policy, &changed).filter(|_| policy.is_enforcing()) {
                found.insert((&policy.name, what));
            }
        }
    }
    let finding = |(policy, what): (&Name, &str)| {
        let message = format!(
            "AuthorizationPolicy {policy} asks for {what}: with sidecars it judges what this rule makes of it, at a \
             waypoint what the client sent"
        );
        about(&codes::POLICY_JUDGES_BEFORE_REWRITE, &rule.origin, message)
    };
    found.into_iter().map(finding).collect()
}

fn changed(rule: &RouteRule, to: &BackendRef) -> Changed {
    let lists = [&rule.action.request_headers, &to.request_headers];
    let headers = lists.into_iter().flat_map(|changes| {
        let set = changes.set.iter().chain(&changes.add).map(|(name, _)| name);
        changes.remove.iter().chain(set).cloned()
    });
    Changed {
        path: rule.action.rewrite.is_some(),
        host: rule.action.rewrite_host.is_some() || to.rewrite_host.is_some(),
        headers: headers.collect(),
    }
}

/// The first thing that a policy asks for and a rule changes.
fn asked_for<'a>(policy: &'a AuthorizationPolicy, changed: &Changed) -> Option<&'a str> {
    let operations = || policy.rules.iter().flat_map(|rule| &rule.to);
    let header = |key: &str| {
        let name = key.strip_prefix("request.headers[")?.strip_suffix(']')?.to_ascii_lowercase();
        Some(changed.headers.contains(&name) || (changed.host && name == ":authority"))
    };
    if changed.path && operations().any(|operation| !operation.paths.is_empty()) {
        return Some("paths");
    }
    if changed.host && operations().any(|operation| !operation.hosts.is_empty()) {
        return Some("hosts");
    }
    let conditions = policy.rules.iter().flat_map(|rule| &rule.when);
    conditions.map(|when| when.key.as_str()).find(|key| header(key) == Some(true))
}
