//! The rule compiler that sidecars and waypoints share (istio/istio `pilot/pkg/security/authz/model` and `builder`).

use ipnet::IpNet;

use super::policy::{Action, AuthorizationPolicy, Operation, Rule, Source, Values, When};
use super::{Alternative, Attribute, Literal, RequestPrincipalMatch, Test};
use crate::{Origin, Pattern, Settings, TextMatch};

/// Which filter chain a rule is compiled for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Chain {
    /// HTTP is parsed.
    Http,
    /// Only the connection is seen. An ALLOW rule with an HTTP-only condition is dropped whole; in every other rule
    /// each such condition is deleted, which widens the rule.
    Tcp,
}

/// Compiles the rules of a policy for a chain.
pub(super) fn compile(policy: &AuthorizationPolicy, chain: Chain, settings: &Settings) -> Vec<Alternative> {
    let origin = Origin { object: policy.object.clone(), field: "spec".to_owned() };
    let compile_rule = |(index, rule): (usize, &Rule)| {
        let alternatives = alternatives(rule, &origin.item("rules", index), &policy.name.namespace, settings);
        match chain {
            Chain::Http => alternatives,
            Chain::Tcp => for_tcp(alternatives, &policy.action),
        }
    };
    policy.rules.iter().enumerate().flat_map(compile_rule).collect()
}

fn for_tcp(alternatives: Vec<Alternative>, action: &Action) -> Vec<Alternative> {
    let http_only = |literal: &Literal| literal.attribute.is_http_only();
    if *action == Action::Allow && alternatives.iter().any(|one| one.literals.iter().any(http_only)) {
        return Vec::new();
    }
    let strip = |mut one: Alternative| {
        one.literals.retain(|literal| !http_only(literal));
        one
    };
    alternatives.into_iter().map(strip).collect()
}

/// Some `from`, some `to` and every `when`, multiplied out.
fn alternatives(rule: &Rule, origin: &Origin, namespace: &str, settings: &Settings) -> Vec<Alternative> {
    let sources = or_catch_all(rule.from.iter().map(|source| source_literals(source, namespace, settings)).collect());
    let operations = or_catch_all(rule.to.iter().map(operation_literals).collect());
    let conditions: Vec<Literal> = rule.when.iter().flat_map(|when| when_literals(when, namespace, settings)).collect();
    let combine = |source: &Vec<Literal>, operation: &Vec<Literal>| Alternative {
        literals: [source.as_slice(), operation.as_slice(), conditions.as_slice()].concat(),
        origin: origin.clone(),
    };
    sources
        .iter()
        .flat_map(|source| operations.iter().map(move |operation| (source, operation)))
        .map(|(source, operation)| combine(source, operation))
        .collect()
}

fn or_catch_all(lists: Vec<Vec<Literal>>) -> Vec<Vec<Literal>> {
    if lists.is_empty() { vec![Vec::new()] } else { lists }
}

fn source_literals(source: &Source, namespace: &str, settings: &Settings) -> Vec<Literal> {
    let Source {
        principals,
        request_principals,
        namespaces,
        service_accounts,
        trust_domains,
        ip_blocks,
        remote_ip_blocks,
    } = source;
    [
        both(Attribute::Peer, principals, |values| principals_test(values, settings)),
        both(Attribute::RequestPrincipal, request_principals, request_principals_test),
        both(Attribute::Peer, namespaces, namespaces_test),
        both(Attribute::Peer, service_accounts, |values| service_accounts_test(values, namespace)),
        both(Attribute::Peer, trust_domains, |values| trust_domains_test(values, settings)),
        both(Attribute::SourceIp, ip_blocks, ip_test),
        both(Attribute::RemoteIp, remote_ip_blocks, ip_test),
    ]
    .concat()
}

fn operation_literals(operation: &Operation) -> Vec<Literal> {
    let Operation { hosts, ports, methods, paths } = operation;
    [
        both(Attribute::Host, hosts, hosts_test),
        both(Attribute::DestinationPort, ports, port_test),
        both(Attribute::Method, methods, wildcard_test),
        both(Attribute::Path, paths, paths_test),
    ]
    .concat()
}

fn when_literals(when: &When, namespace: &str, settings: &Settings) -> Vec<Literal> {
    let When { key, values } = when;
    match key.as_str() {
        "source.ip" => both(Attribute::SourceIp, values, ip_test),
        "remote.ip" => both(Attribute::RemoteIp, values, ip_test),
        "source.namespace" => both(Attribute::Peer, values, namespaces_test),
        "source.principal" => both(Attribute::Peer, values, |values| principals_test(values, settings)),
        "source.serviceAccount" => both(Attribute::Peer, values, |values| service_accounts_test(values, namespace)),
        "source.trustDomain" => both(Attribute::Peer, values, |values| trust_domains_test(values, settings)),
        "destination.ip" => both(Attribute::DestinationIp, values, ip_test),
        "destination.port" => both(Attribute::DestinationPort, values, port_test),
        "connection.sni" => both(Attribute::ServerName, values, wildcard_test),
        "request.auth.principal" => both(Attribute::RequestPrincipal, values, request_principals_test),
        "request.auth.audiences" => both(Attribute::Claim(vec!["aud".to_owned()]), values, wildcard_test),
        "request.auth.presenter" => both(Attribute::Claim(vec!["azp".to_owned()]), values, wildcard_test),
        other => parameterised_when(other, values),
    }
}

fn parameterised_when(key: &str, values: &Values) -> Vec<Literal> {
    if let Some(claim) = key.strip_prefix("request.auth.claims") {
        return both(Attribute::Claim(bracketed(claim)), values, wildcard_test);
    }
    if let Some(header) = key.strip_prefix("request.headers[").and_then(|rest| rest.strip_suffix(']')) {
        return both(header_attribute(header), values, header_test);
    }
    if key.starts_with("experimental.envoy.filters.") {
        return both(Attribute::FilterState(key.to_owned()), values, wildcard_test);
    }
    // istiod drops a rule with an unknown key, whatever the action.
    vec![Literal { attribute: Attribute::Peer, test: Test::Never, negated: false }]
}

fn header_attribute(name: &str) -> Attribute {
    match name.to_ascii_lowercase().as_str() {
        ":authority" | "host" => Attribute::Host,
        ":method" => Attribute::Method,
        ":path" => Attribute::Path,
        other => Attribute::Header(other.to_owned()),
    }
}

/// `[a][b]` is a path of two keys; anything that does not parse is one key (`extractNameInNestedBrackets`).
fn bracketed(text: &str) -> Vec<String> {
    let inner = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(text);
    let parts: Vec<&str> = inner.split("][").collect();
    if parts.iter().any(|part| part.is_empty() || part.contains(['[', ']'])) {
        return vec![inner.to_owned()];
    }
    parts.into_iter().map(str::to_owned).collect()
}

/// The literal of the values and that of the negated values, where there are any.
fn both(attribute: Attribute, values: &Values, test: impl Fn(&[String]) -> Test) -> Vec<Literal> {
    let literal = |list: &[String], negated: bool| {
        (!list.is_empty()).then(|| Literal { attribute: attribute.clone(), test: test(list), negated })
    };
    [literal(&values.values, false), literal(&values.not_values, true)].into_iter().flatten().collect()
}

fn text(patterns: impl IntoIterator<Item = Pattern>) -> Test {
    Test::Text(TextMatch::any(patterns))
}

pub(super) fn wildcard_test(values: &[String]) -> Test {
    text(values.iter().map(|value| Pattern::from_wildcard(value)))
}

/// `*` asks for the header to be there, also with an empty value.
fn header_test(values: &[String]) -> Test {
    let pattern = |value: &String| {
        if value == "*" { Pattern::Prefix(String::new()) } else { Pattern::from_wildcard(value) }
    };
    text(values.iter().map(pattern))
}

fn hosts_test(values: &[String]) -> Test {
    let any_of = values.iter().map(|value| Pattern::from_wildcard(value)).collect();
    Test::Text(TextMatch { any_of, ignore_case: true })
}

fn paths_test(values: &[String]) -> Test {
    let pattern = |value: &String| {
        let template = value.contains("{*}") || value.contains("{**}");
        if template { Pattern::Template(value.clone()) } else { Pattern::from_wildcard(value) }
    };
    text(values.iter().map(pattern))
}

pub(super) fn port_test(values: &[String]) -> Test {
    Test::Port(values.iter().filter_map(|value| value.parse().ok()).collect())
}

pub(super) fn ip_test(values: &[String]) -> Test {
    Test::Ip(values.iter().filter_map(|value| range(value)).collect())
}

/// An address or a range of them.
pub(super) fn range(text: &str) -> Option<IpNet> {
    text.parse::<IpNet>().ok().or_else(|| text.parse::<std::net::IpAddr>().ok().map(IpNet::from))
}

fn principals_test(values: &[String], settings: &Settings) -> Test {
    let expanded = values.iter().flat_map(|value| expand_trust_domain(value, settings));
    text(expanded.map(|value| Pattern::from_wildcard(&value)))
}

/// A principal of the mesh's own trust domain, of an alias, or of `cluster.local`, stands for all of them
/// (`pilot/pkg/security/trustdomain/bundle.go`). The domain may begin or end with `*`; a suffix that covers one of them
/// stays as it is for that one.
fn expand_trust_domain(value: &str, settings: &Settings) -> Vec<String> {
    let parts: Vec<&str> = value.split('/').collect();
    let [domain, rest @ ..] = parts.as_slice() else { return vec![value.to_owned()] };
    let bundle = || std::iter::once(&settings.trust_domain).chain(&settings.trust_domain_aliases);
    let own = *domain == "cluster.local" || bundle().any(|own| covers(domain, own) || covers(own, domain));
    if rest.len() != 4 || *domain == "*" || !own {
        return vec![value.to_owned()];
    }
    let replaced = |own: &String| {
        let kept = domain.strip_prefix('*').is_some_and(|suffix| own.ends_with(suffix));
        if kept { value.to_owned() } else { format!("{own}/{}", rest.join("/")) }
    };
    bundle().map(replaced).collect()
}

/// Whether a trust domain that may begin or end with `*` covers another.
fn covers(pattern: &str, domain: &str) -> bool {
    pattern == domain
        || pattern.strip_prefix('*').is_some_and(|suffix| domain.ends_with(suffix))
        || pattern.strip_suffix('*').is_some_and(|prefix| domain.starts_with(prefix))
}

/// The namespace is looked for in the whole identity, so that `*a` also matches `<namespace>/sa/…`.
fn namespaces_test(values: &[String]) -> Test {
    let pattern = |value: &String| {
        let glob = value.split('*').map(regex::escape).collect::<Vec<_>>().join(".*");
        Pattern::Regex(format!(".*/ns/{glob}/.*"))
    };
    text(values.iter().map(pattern))
}

fn service_accounts_test(values: &[String], policy_namespace: &str) -> Test {
    let pattern = |value: &String| {
        let (namespace, account) = value.split_once('/').unwrap_or((policy_namespace, value));
        let (namespace, account) = (regex::escape(namespace), regex::escape(account));
        Pattern::Regex(format!(".+/ns/{namespace}/(.+/)?sa/{account}(/.+)?"))
    };
    text(values.iter().map(pattern))
}

fn trust_domains_test(values: &[String], settings: &Settings) -> Test {
    let in_bundle = |value: &String| *value == settings.trust_domain || settings.trust_domain_aliases.contains(value);
    let expanded = values.iter().flat_map(|value| {
        let bundle = std::iter::once(settings.trust_domain.clone()).chain(settings.trust_domain_aliases.clone());
        if in_bundle(value) { bundle.collect() } else { vec![value.clone()] }
    });
    let pattern = |value: String| match value.as_str() {
        "*" => Pattern::NonEmpty,
        glob if glob.contains('*') => {
            let domain = glob.split('*').map(regex::escape).collect::<Vec<_>>().join("[^/]*");
            Pattern::Regex(format!("{domain}/.*"))
        }
        exact => Pattern::Prefix(format!("{exact}/")),
    };
    text(expanded.map(pattern))
}

fn request_principals_test(values: &[String]) -> Test {
    Test::RequestPrincipal(values.iter().map(|value| request_principal(value)).collect())
}

/// Issuer and subject are split at the last `/` (`pilot/pkg/security/authz/model/generator.go`). A leading `*` makes
/// the issuer a suffix and keeps the subject exact; a trailing `*` the other way round. A part that is only `*` must be
/// there and not be empty.
fn request_principal(value: &str) -> RequestPrincipalMatch {
    let any = |text: &str, pattern: fn(String) -> Pattern| {
        Some(if text.is_empty() { Pattern::NonEmpty } else { pattern(text.to_owned()) })
    };
    let split = value.rsplit_once('/');
    if value == "*" {
        return RequestPrincipalMatch { issuer: Some(Pattern::NonEmpty), subject: Some(Pattern::NonEmpty) };
    }
    if let Some(rest) = value.strip_prefix('*') {
        return match rest.rsplit_once('/') {
            Some((issuer, subject)) => RequestPrincipalMatch {
                issuer: any(issuer, Pattern::Suffix),
                subject: Some(Pattern::Exact(subject.to_owned())),
            },
            None => RequestPrincipalMatch {
                issuer: Some(Pattern::NonEmpty),
                subject: Some(Pattern::Suffix(rest.to_owned())),
            },
        };
    }
    if let Some(rest) = value.strip_suffix('*') {
        return match rest.rsplit_once('/') {
            Some((issuer, subject)) => RequestPrincipalMatch {
                issuer: Some(Pattern::Exact(issuer.to_owned())),
                subject: any(subject, Pattern::Prefix),
            },
            None => RequestPrincipalMatch {
                issuer: Some(Pattern::Prefix(rest.to_owned())),
                subject: Some(Pattern::NonEmpty),
            },
        };
    }
    let (issuer, subject) = split.unwrap_or((value, ""));
    RequestPrincipalMatch {
        issuer: Some(Pattern::Exact(issuer.to_owned())),
        subject: Some(Pattern::Exact(subject.to_owned())),
    }
}
