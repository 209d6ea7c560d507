//! What istiod sends to ztunnel of a policy, and how ztunnel reads it.
//!
//! Sources: istio/istio `pilot/pkg/serviceregistry/ambient/authorization.go` (`convertAuthorizationPolicy`,
//! `handleRule`) and istio/ztunnel `src/rbac.rs`. A rule is a list of clauses: one for all `to`, one for all `from`,
//! one for each `when`. HTTP attributes are left out. An ALLOW rule that had one vanishes; in a DENY rule the match
//! stays without it, and a match without any attribute left never matches.

use super::envoy::{ip_test, port_test};
use super::policy::{Action, AuthorizationPolicy, Operation, Rule, Source, Values, When};
use super::{Alternative, Attribute, Literal, Test};
use crate::{Origin, Pattern, Settings, TextMatch};

/// The rules of a policy as ztunnel evaluates them.
pub(super) fn compile(policy: &AuthorizationPolicy, settings: &Settings) -> Vec<Alternative> {
    let origin = Origin { object: policy.object.clone(), field: "spec".to_owned() };
    let convert = |(index, rule): (usize, &Rule)| {
        convert_rule(rule, policy, settings, &origin.item("rules", index)).unwrap_or_default()
    };
    policy.rules.iter().enumerate().flat_map(convert).collect()
}

/// Whether ztunnel loses an HTTP attribute of the rule. `trustDomains` are lost too, but istiod does not notice.
pub(super) fn has_http_attribute(rule: &Rule) -> bool {
    let source = |source: &Source| !source.request_principals.is_empty() || !source.remote_ip_blocks.is_empty();
    let operation = |operation: &Operation| {
        !operation.hosts.is_empty() || !operation.methods.is_empty() || !operation.paths.is_empty()
    };
    rule.from.iter().any(source)
        || rule.to.iter().any(operation)
        || rule.when.iter().any(|when| when_literals(when).is_none())
}

fn convert_rule(
    rule: &Rule,
    policy: &AuthorizationPolicy,
    settings: &Settings,
    origin: &Origin,
) -> Option<Vec<Alternative>> {
    if policy.action == Action::Allow && has_http_attribute(rule) {
        return None;
    }
    let sources = rule.from.iter().map(|source| source_literals(source, &policy.name.namespace, settings)).collect();
    let operations = rule.to.iter().map(operation_literals).collect();
    let conditions = rule.when.iter().map(|when| vec![when_literals(when).unwrap_or_default()]);
    let clauses = [sources, operations].into_iter().chain(conditions);
    let mut alternatives = vec![Vec::new()];
    for clause in clauses {
        alternatives = conjunction(alternatives, clause)?;
    }
    Some(alternatives.into_iter().map(|literals| Alternative { literals, origin: origin.clone() }).collect())
}

/// ANDs a clause. A clause without matches is true; empty matches are skipped, and a clause that has nothing but
/// empty matches is false, with the whole rule.
fn conjunction(alternatives: Vec<Vec<Literal>>, clause: Vec<Vec<Literal>>) -> Option<Vec<Vec<Literal>>> {
    if clause.is_empty() {
        return Some(alternatives);
    }
    let matches: Vec<Vec<Literal>> = clause.into_iter().filter(|literals| !literals.is_empty()).collect();
    if matches.is_empty() {
        return None;
    }
    let joined = alternatives
        .iter()
        .flat_map(|left| matches.iter().map(move |right| [left.as_slice(), right.as_slice()].concat()));
    Some(joined.collect())
}

fn source_literals(source: &Source, namespace: &str, settings: &Settings) -> Vec<Literal> {
    let Source {
        principals,
        request_principals: _,
        namespaces,
        service_accounts,
        trust_domains: _,
        ip_blocks,
        remote_ip_blocks: _,
    } = source;
    let accounts = if settings.features.service_accounts_at_ztunnel {
        both(&Attribute::Peer, service_accounts, |values| service_accounts_test(values, namespace))
    } else {
        Vec::new()
    };
    [
        both(&Attribute::Peer, principals, principals_test),
        both(&Attribute::Peer, namespaces, namespaces_test),
        accounts,
        both(&Attribute::SourceIp, ip_blocks, ip_test),
    ]
    .concat()
}

fn operation_literals(operation: &Operation) -> Vec<Literal> {
    let Operation { hosts: _, ports, methods: _, paths: _ } = operation;
    both(&Attribute::DestinationPort, ports, port_test)
}

/// `None` for a key that ztunnel does not know.
fn when_literals(when: &When) -> Option<Vec<Literal>> {
    let When { key, values } = when;
    match key.as_str() {
        "source.ip" => Some(both(&Attribute::SourceIp, values, ip_test)),
        "source.namespace" => Some(both(&Attribute::Peer, values, namespaces_test)),
        "source.principal" => Some(both(&Attribute::Peer, values, principals_test)),
        "destination.ip" => Some(both(&Attribute::DestinationIp, values, ip_test)),
        "destination.port" => Some(both(&Attribute::DestinationPort, values, port_test)),
        _ => None,
    }
}

fn both(attribute: &Attribute, values: &Values, test: impl Fn(&[String]) -> Test) -> Vec<Literal> {
    let literal = |list: &[String], negated: bool| {
        (!list.is_empty()).then(|| Literal { attribute: attribute.clone(), test: test(list), negated })
    };
    [literal(&values.values, false), literal(&values.not_values, true)].into_iter().flatten().collect()
}

/// Trust domains are not expanded here.
fn principals_test(values: &[String]) -> Test {
    super::envoy::wildcard_test(values)
}

/// ztunnel compares the namespace of the parsed identity.
fn namespaces_test(values: &[String]) -> Test {
    let pattern = |value: &String| match Pattern::from_wildcard(value) {
        Pattern::NonEmpty => Pattern::NonEmpty,
        Pattern::Prefix(prefix) => Pattern::Regex(format!("[^/]+/ns/{}[^/]*/sa/[^/]+", regex::escape(&prefix))),
        Pattern::Suffix(suffix) => Pattern::Regex(format!("[^/]+/ns/[^/]*{}/sa/[^/]+", regex::escape(&suffix))),
        Pattern::Exact(_) | Pattern::SegmentPrefix(_) | Pattern::Regex(_) | Pattern::Template(_) => {
            Pattern::Regex(format!("[^/]+/ns/{}/sa/[^/]+", regex::escape(value)))
        }
    };
    Test::Text(TextMatch::any(values.iter().map(pattern)))
}

fn service_accounts_test(values: &[String], policy_namespace: &str) -> Test {
    let pattern = |value: &String| {
        let (namespace, account) = value.split_once('/').unwrap_or((policy_namespace, value));
        Pattern::Regex(format!("[^/]+/ns/{}/sa/{}", regex::escape(namespace), regex::escape(account)))
    };
    Test::Text(TextMatch::any(values.iter().map(pattern)))
}
