//! AuthorizationPolicies in words: `scope [dry-run] ACTION rule | rule`.
//!
//! Scopes: `sel` (pods `app: web`), `ns`, `empty-sel`, `svc`, `se`, `gw` and `class` (what `targetRefs` name), with the
//! policy in `foo`; `root-…` puts it into the root namespace. Actions: `ALLOW`, `DENY`, `AUDIT`, `CUSTOM:provider`.
//! A rule is `{}` or clauses with `;` between them: `from principals=A !namespaces=bar`, `to ports=80,81`,
//! `when request.headers[x]=y`. `!` is the negated field, `%2C` a comma in a value. `A`, `B` and `WP` stand for
//! principals.

use s2a_model::Name;
use s2a_model::authz::{
    Action, AuthorizationPolicy, Operation, Rule, Scope, Source, TargetKind, TargetRef, Values, When,
};

use crate::mesh::{labels, object};

pub(crate) const A: &str = "cluster.local/ns/foo/sa/a";
pub(crate) const B: &str = "cluster.local/ns/bar/sa/b";
pub(crate) const WP: &str = "cluster.local/ns/foo/sa/waypoint";

/// The policy that the text says.
pub(crate) fn policy(text: &str) -> AuthorizationPolicy {
    let (scope, rest) = text.split_once(' ').unwrap();
    let (dry_run, rest) = rest.strip_prefix("dry-run ").map_or((false, rest), |rest| (true, rest));
    let (action, rules) = rest.split_once(' ').unwrap_or((rest, ""));
    let (namespace, scope) = scope.strip_prefix("root-").map_or(("foo", scope), |scope| ("istio-system", scope));
    let rules = rules.split('|').filter(|rule| !rule.trim().is_empty()).map(|text| rule(text.trim())).collect();
    let name = Name::new(namespace, text.replace(' ', "-"));
    let object = object("AuthorizationPolicy", &name);
    AuthorizationPolicy { name, scope: self::scope(scope), action: self::action(action), rules, dry_run, object }
}

pub(crate) fn scope(word: &str) -> Scope {
    let target = |kind, name: &str| Scope::Targets(vec![TargetRef { kind, name: name.to_owned() }]);
    match word {
        "sel" => Scope::Selector(labels(&[("app", "web")])),
        "waypoint-sel" => Scope::Selector(labels(&[("gateway.networking.k8s.io/gateway-name", "waypoint")])),
        "ns" => Scope::Namespace,
        "empty-sel" => Scope::EmptySelector,
        "svc" => target(TargetKind::Service, "web"),
        "se" => target(TargetKind::ServiceEntry, "web"),
        "gw" => target(TargetKind::Gateway, "waypoint"),
        "class" => target(TargetKind::GatewayClass, "istio-waypoint"),
        other => panic!("unknown scope {other}"),
    }
}

fn action(word: &str) -> Action {
    match word {
        "ALLOW" => Action::Allow,
        "DENY" => Action::Deny,
        "AUDIT" => Action::Audit,
        other => Action::Custom(other.strip_prefix("CUSTOM:").expect("an action").to_owned()),
    }
}

fn rule(text: &str) -> Rule {
    let mut rule = Rule::default();
    for clause in text.split(';').map(str::trim).filter(|clause| *clause != "{}") {
        let (kind, fields) = clause.split_once(' ').unwrap();
        match kind {
            "from" => rule.from.push(source(fields)),
            "to" => rule.to.push(operation(fields)),
            "when" => rule.when.push(when(fields)),
            other => panic!("unknown clause {other}"),
        }
    }
    rule
}

fn source(fields: &str) -> Source {
    let mut source = Source::default();
    for (name, negated, values) in fields.split_whitespace().map(field) {
        let slot = match name {
            "principals" => &mut source.principals,
            "requestPrincipals" => &mut source.request_principals,
            "namespaces" => &mut source.namespaces,
            "serviceAccounts" => &mut source.service_accounts,
            "trustDomains" => &mut source.trust_domains,
            "ipBlocks" => &mut source.ip_blocks,
            "remoteIpBlocks" => &mut source.remote_ip_blocks,
            other => panic!("unknown source field {other}"),
        };
        put(slot, negated, values);
    }
    source
}

fn operation(fields: &str) -> Operation {
    let mut operation = Operation::default();
    for (name, negated, values) in fields.split_whitespace().map(field) {
        let slot = match name {
            "hosts" => &mut operation.hosts,
            "ports" => &mut operation.ports,
            "methods" => &mut operation.methods,
            "paths" => &mut operation.paths,
            other => panic!("unknown operation field {other}"),
        };
        put(slot, negated, values);
    }
    operation
}

fn when(text: &str) -> When {
    let (key, negated, values) = field(text);
    let mut when = When { key: key.to_owned(), values: Values::default() };
    put(&mut when.values, negated, values);
    when
}

fn field(text: &str) -> (&str, bool, Vec<String>) {
    let (text, negated) = text.strip_prefix('!').map_or((text, false), |rest| (rest, true));
    let (name, values) = text.split_once('=').unwrap();
    (name, negated, values.split(',').map(long_name).collect())
}

fn long_name(value: &str) -> String {
    match value {
        "A" => A.to_owned(),
        "B" => B.to_owned(),
        "WP" => WP.to_owned(),
        other => other.replace("%2C", ","),
    }
}

fn put(slot: &mut Values, negated: bool, values: Vec<String>) {
    *(if negated { &mut slot.not_values } else { &mut slot.values }) = values;
}
