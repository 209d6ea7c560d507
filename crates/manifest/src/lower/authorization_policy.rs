//! AuthorizationPolicies.

use s2a_catalog::codes;
use s2a_diagnostic::Diagnostic;
use s2a_model::authz::{
    Action, AuthorizationPolicy, Operation, Rule, Scope, Source, TargetKind, TargetRef, Values, When,
};
use s2a_model::topology::Labels;
use serde::Deserialize;

use super::reader::Reader;
use crate::Object;

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct Spec {
    selector: Option<Selector>,
    target_ref: Option<TargetRefSpec>,
    target_refs: Vec<TargetRefSpec>,
    rules: Vec<RuleSpec>,
    action: ActionSpec,
    provider: Option<Provider>,
}

/// `selector`, as several kinds have it.
#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Selector {
    /// The labels.
    pub(super) match_labels: Labels,
}

/// One entry of `targetRefs`, as several kinds have it.
#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct TargetRefSpec {
    group: String,
    kind: String,
    name: String,
    namespace: String,
}

#[derive(Clone, Copy, Deserialize, Default, PartialEq, Eq)]
enum ActionSpec {
    #[default]
    #[serde(rename = "ALLOW")]
    Allow,
    #[serde(rename = "DENY")]
    Deny,
    #[serde(rename = "AUDIT")]
    Audit,
    #[serde(rename = "CUSTOM")]
    Custom,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Provider {
    name: String,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct RuleSpec {
    from: Vec<From>,
    to: Vec<To>,
    when: Vec<Condition>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct From {
    source: SourceSpec,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct To {
    operation: OperationSpec,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct SourceSpec {
    principals: Vec<String>,
    not_principals: Vec<String>,
    request_principals: Vec<String>,
    not_request_principals: Vec<String>,
    namespaces: Vec<String>,
    not_namespaces: Vec<String>,
    service_accounts: Vec<String>,
    not_service_accounts: Vec<String>,
    trust_domains: Vec<String>,
    not_trust_domains: Vec<String>,
    ip_blocks: Vec<String>,
    not_ip_blocks: Vec<String>,
    remote_ip_blocks: Vec<String>,
    not_remote_ip_blocks: Vec<String>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct OperationSpec {
    hosts: Vec<String>,
    not_hosts: Vec<String>,
    ports: Vec<String>,
    not_ports: Vec<String>,
    methods: Vec<String>,
    not_methods: Vec<String>,
    paths: Vec<String>,
    not_paths: Vec<String>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct Condition {
    key: String,
    values: Vec<String>,
    not_values: Vec<String>,
}

/// Lowers an AuthorizationPolicy that Istio's webhook takes.
pub(super) fn lower(object: &Object, reader: &mut Reader) -> Option<AuthorizationPolicy> {
    let Spec { selector, target_ref, target_refs, rules, action, provider } = reader.spec(object)?;
    let scope = scope(selector, target_ref, target_refs);
    if scope == Scope::EmptySelector {
        let message = "a selector without labels selects every pod for sidecars and none for ztunnel";
        reader.report(Diagnostic::about(&codes::EMPTY_SELECTOR, object.reference(), "spec.selector", message));
    }
    Some(AuthorizationPolicy {
        name: object.id.name.clone(),
        scope,
        action: lower_action(action, provider),
        rules: rules.into_iter().map(rule).collect(),
        dry_run: object.annotation("istio.io/dry-run").is_some_and(go_bool),
        object: object.id.clone(),
    })
}

/// What a policy applies to.
pub(super) fn scope(
    selector: Option<Selector>,
    target_ref: Option<TargetRefSpec>,
    target_refs: Vec<TargetRefSpec>,
) -> Scope {
    let targets: Vec<TargetRefSpec> =
        if target_refs.is_empty() { target_ref.into_iter().collect() } else { target_refs };
    match (targets.is_empty(), selector) {
        (false, _) => Scope::Targets(targets.into_iter().filter_map(target).collect()),
        (true, Some(selector)) if selector.match_labels.is_empty() => Scope::EmptySelector,
        (true, Some(selector)) => Scope::Selector(selector.match_labels),
        (true, None) => Scope::Namespace,
    }
}

/// A reference to another namespace, or to a kind that policies do not attach to, has no effect.
fn target(spec: TargetRefSpec) -> Option<TargetRef> {
    let TargetRefSpec { group, kind, name, namespace } = spec;
    if !namespace.is_empty() {
        return None;
    }
    let kind = match (group.as_str(), kind.as_str()) {
        ("" | "core", "Service") => TargetKind::Service,
        ("networking.istio.io", "ServiceEntry") => TargetKind::ServiceEntry,
        ("gateway.networking.k8s.io", "Gateway") => TargetKind::Gateway,
        ("gateway.networking.k8s.io", "GatewayClass") => TargetKind::GatewayClass,
        _ => return None,
    };
    Some(TargetRef { kind, name })
}

fn lower_action(action: ActionSpec, provider: Option<Provider>) -> Action {
    match action {
        ActionSpec::Allow => Action::Allow,
        ActionSpec::Deny => Action::Deny,
        ActionSpec::Audit => Action::Audit,
        ActionSpec::Custom => Action::Custom(provider.unwrap_or_default().name),
    }
}

/// Go's `strconv.ParseBool`.
fn go_bool(text: &str) -> bool {
    matches!(text, "1" | "t" | "T" | "true" | "TRUE" | "True")
}

fn rule(spec: RuleSpec) -> Rule {
    let RuleSpec { from, to, when } = spec;
    Rule {
        from: from.into_iter().map(|from| source(from.source)).collect(),
        to: to.into_iter().map(|to| operation(to.operation)).collect(),
        when: when.into_iter().map(condition).collect(),
    }
}

fn source(spec: SourceSpec) -> Source {
    let SourceSpec {
        principals,
        not_principals,
        request_principals,
        not_request_principals,
        namespaces,
        not_namespaces,
        service_accounts,
        not_service_accounts,
        trust_domains,
        not_trust_domains,
        ip_blocks,
        not_ip_blocks,
        remote_ip_blocks,
        not_remote_ip_blocks,
    } = spec;
    Source {
        principals: Values { values: principals, not_values: not_principals },
        request_principals: Values { values: request_principals, not_values: not_request_principals },
        namespaces: Values { values: namespaces, not_values: not_namespaces },
        service_accounts: Values { values: service_accounts, not_values: not_service_accounts },
        trust_domains: Values { values: trust_domains, not_values: not_trust_domains },
        ip_blocks: Values { values: ip_blocks, not_values: not_ip_blocks },
        remote_ip_blocks: Values { values: remote_ip_blocks, not_values: not_remote_ip_blocks },
    }
}

fn operation(spec: OperationSpec) -> Operation {
    let OperationSpec { hosts, not_hosts, ports, not_ports, methods, not_methods, paths, not_paths } = spec;
    Operation {
        hosts: Values { values: hosts, not_values: not_hosts },
        ports: Values { values: ports, not_values: not_ports },
        methods: Values { values: methods, not_values: not_methods },
        paths: Values { values: paths, not_values: not_paths },
    }
}

fn condition(spec: Condition) -> When {
    let Condition { key, values, not_values } = spec;
    When { key, values: Values { values, not_values } }
}
