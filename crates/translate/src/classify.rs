//! L4 or L7: what each rule of each policy needs, and what happens if it is left where it is.

use s2a_model::authz::{Action, AuthorizationPolicy, Operation, Rule, Source, When};
use s2a_model::{Mesh, Origin, Settings};

/// What one rule needs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Classification {
    /// The rule.
    pub origin: Origin,
    /// The field or key that ztunnel cannot see or reads otherwise; `None` if the rule needs nothing but a connection.
    pub needs_waypoint_for: Option<String>,
    /// What happens if the rule is left to ztunnel.
    pub left_behind: LeftBehind,
}

/// What happens to a rule that is left to ztunnel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum LeftBehind {
    /// It means the same there.
    NoEffect,
    /// It refuses nothing any more.
    FailsOpen,
    /// It admits nobody any more.
    FailsClosed,
    /// It refuses more than before.
    BroaderDeny,
}

impl LeftBehind {
    /// The words for a table.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            LeftBehind::NoEffect => "no effect",
            LeftBehind::FailsOpen => "fails open",
            LeftBehind::FailsClosed => "fails closed",
            LeftBehind::BroaderDeny => "broader deny",
        }
    }
}

/// Classifies every rule of every policy.
#[must_use]
pub fn classify(mesh: &Mesh) -> Vec<Classification> {
    mesh.authorization_policies.iter().flat_map(|policy| classify_policy(policy, &mesh.settings)).collect()
}

/// Classifies the rules of a policy. A policy without rules is one entry.
pub(crate) fn classify_policy(policy: &AuthorizationPolicy, settings: &Settings) -> Vec<Classification> {
    let spec = Origin { object: policy.object.clone(), field: "spec".to_owned() };
    let by_action = match policy.action {
        Action::Custom(_) => Some("CUSTOM action".to_owned()),
        Action::Allow | Action::Deny | Action::Audit => None,
    };
    let one = |(index, rule): (usize, &Rule)| {
        let needs = by_action.clone().or_else(|| needs(rule, settings));
        let left_behind = left_behind(policy, rule, needs.is_some());
        Classification { origin: spec.item("rules", index), needs_waypoint_for: needs, left_behind }
    };
    if policy.rules.is_empty() {
        return vec![Classification { origin: spec, needs_waypoint_for: by_action, left_behind: LeftBehind::NoEffect }];
    }
    policy.rules.iter().enumerate().map(one).collect()
}

/// Whether an enforcing policy says what ztunnel cannot.
pub(crate) fn needs_waypoint(policy: &AuthorizationPolicy, settings: &Settings) -> bool {
    policy.is_enforcing() && classify_policy(policy, settings).iter().any(|rule| rule.needs_waypoint_for.is_some())
}

fn left_behind(policy: &AuthorizationPolicy, rule: &Rule, needs: bool) -> LeftBehind {
    match policy.action {
        _ if !needs || !policy.is_enforcing() => LeftBehind::NoEffect,
        Action::Custom(_) => LeftBehind::FailsOpen,
        Action::Audit => LeftBehind::NoEffect,
        Action::Allow => LeftBehind::FailsClosed,
        Action::Deny if some_clause_is_empty(rule) => LeftBehind::FailsOpen,
        Action::Deny => LeftBehind::BroaderDeny,
    }
}

/// ztunnel drops HTTP attributes from a DENY rule; a clause with nothing left never matches.
fn some_clause_is_empty(rule: &Rule) -> bool {
    let source = |source: &Source| {
        source.principals.is_empty()
            && source.namespaces.is_empty()
            && source.service_accounts.is_empty()
            && source.ip_blocks.is_empty()
    };
    let operation = |operation: &Operation| operation.ports.is_empty();
    (!rule.from.is_empty() && rule.from.iter().all(source))
        || (!rule.to.is_empty() && rule.to.iter().all(operation))
        || rule.when.iter().any(|when| !is_connection_key(&when.key))
}

/// The first thing in a rule that ztunnel cannot see, or reads otherwise than Envoy.
pub(crate) fn needs(rule: &Rule, settings: &Settings) -> Option<String> {
    let from = rule.from.iter().find_map(|source| source_needs(source, settings));
    let to = || rule.to.iter().find_map(operation_needs);
    let when = || rule.when.iter().find_map(|when| when_needs(when, settings));
    from.or_else(to).or_else(when)
}

fn source_needs(source: &Source, settings: &Settings) -> Option<String> {
    let Source {
        principals,
        request_principals,
        namespaces,
        service_accounts,
        trust_domains,
        ip_blocks: _,
        remote_ip_blocks,
    } = source;
    let values = |values: &s2a_model::authz::Values| [values.values.clone(), values.not_values.clone()].concat();
    let named = [
        ("requestPrincipals", !request_principals.is_empty()),
        ("remoteIpBlocks", !remote_ip_blocks.is_empty()),
        ("trustDomains", !trust_domains.is_empty()),
        ("serviceAccounts", !service_accounts.is_empty() && !settings.features.service_accounts_at_ztunnel),
        ("namespaces (glob)", values(namespaces).iter().any(|value| is_inner_glob(value))),
        ("principals (trust domain)", values(principals).iter().any(|value| is_expanded(value, settings))),
    ];
    first(&named)
}

fn operation_needs(operation: &Operation) -> Option<String> {
    let Operation { hosts, ports: _, methods, paths } = operation;
    first(&[("hosts", !hosts.is_empty()), ("methods", !methods.is_empty()), ("paths", !paths.is_empty())])
}

fn when_needs(when: &When, settings: &Settings) -> Option<String> {
    let values = [when.values.values.clone(), when.values.not_values.clone()].concat();
    match when.key.as_str() {
        "source.namespace" if values.iter().any(|value| is_inner_glob(value)) => Some("source.namespace (glob)".into()),
        "source.principal" if values.iter().any(|value| is_expanded(value, settings)) => {
            Some("source.principal (trust domain)".into())
        }
        key if is_connection_key(key) => None,
        key => Some(key.to_owned()),
    }
}

fn first(named: &[(&str, bool)]) -> Option<String> {
    named.iter().find(|(_, needed)| *needed).map(|(name, _)| (*name).to_owned())
}

fn is_connection_key(key: &str) -> bool {
    matches!(key, "source.ip" | "source.namespace" | "source.principal" | "destination.ip" | "destination.port")
}

/// `a*b` and `*a*` match as globs in Envoy and as literals in ztunnel; `*a` matches every identity in Envoy whose
/// account it could end.
fn is_inner_glob(value: &str) -> bool {
    let inner = value.trim_start_matches('*').trim_end_matches('*');
    inner.contains('*') || (value.len() > 1 && value.starts_with('*'))
}

/// Envoy reads a principal of `cluster.local` or of an alias as one of every trust domain of the mesh.
fn is_expanded(value: &str, settings: &Settings) -> bool {
    let parts: Vec<&str> = value.split('/').collect();
    let [domain, _, _, _, _] = parts.as_slice() else { return false };
    let alias = settings.trust_domain_aliases.iter().any(|alias| alias == domain);
    let has_aliases = *domain == settings.trust_domain && !settings.trust_domain_aliases.is_empty();
    alias || has_aliases || (*domain == "cluster.local" && settings.trust_domain != "cluster.local")
}
