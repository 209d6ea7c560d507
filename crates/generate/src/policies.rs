//! Random policies, as a cluster takes them.

use proptest::collection::{btree_map, vec};
use proptest::option::weighted;
use proptest::prelude::*;
use proptest::sample::{select, subsequence};
use serde_json::{Value, json};

use crate::mesh::{labels, namespace, object};

/// An AuthorizationPolicy, a RequestAuthentication or a PeerAuthentication.
pub(crate) fn policy() -> impl Strategy<Value = Value> {
    prop_oneof![6 => authorization_policy(), 1 => request_authentication(), 1 => peer_authentication()]
}

fn authorization_policy() -> impl Strategy<Value = Value> {
    let action = prop_oneof![
        5 => Just(json!({})),
        5 => Just(json!({"action": "DENY"})),
        1 => Just(json!({"action": "AUDIT"})),
        1 => Just(json!({"action": "CUSTOM", "provider": {"name": "checker"}})),
    ];
    let rules = prop_oneof![1 => Just(None), 9 => vec(rule(), 1..=2).prop_map(Some)];
    (home(), name(), scope(), action, rules).prop_map(|(namespace, name, scope, action, rules)| {
        let rules = rules.map_or(json!({}), |rules| json!({"rules": rules}));
        let spec = together([scope, action, rules]);
        object("security.istio.io/v1", "AuthorizationPolicy", &namespace, &name, &spec)
    })
}

fn rule() -> impl Strategy<Value = Value> {
    let from = weighted(0.5, vec(source(), 1..=2));
    let to = weighted(0.6, vec(operation(), 1..=2));
    let when = weighted(0.3, vec(condition(), 1..=2));
    (from, to, when).prop_map(|(from, to, when)| {
        let from = from.map_or(json!({}), |from| json!({"from": from}));
        let to = to.map_or(json!({}), |to| json!({"to": to}));
        together([from, to, when.map_or(json!({}), |when| json!({"when": when}))])
    })
}

fn source() -> impl Strategy<Value = Value> {
    let account = |name: &str| format!("cluster.local/ns/{name}");
    let principals =
        [account("shop/sa/web"), account("bank/sa/api"), account("shop/*"), "*".to_owned(), "*/sa/web".to_owned()];
    let field = prop_oneof![
        4 => list("principals", "notPrincipals", principals.to_vec()),
        3 => list("namespaces", "notNamespaces", words(&["shop", "bank", "sh*", "*"])),
        2 => list("requestPrincipals", "notRequestPrincipals", words(&["*", "issuer-a/*", "issuer-a/ann"])),
        1 => list("ipBlocks", "notIpBlocks", words(&["10.0.0.0/8", "192.168.1.1"])),
        1 => list("remoteIpBlocks", "notRemoteIpBlocks", words(&["10.0.0.0/8", "192.168.1.1"])),
        1 => list("serviceAccounts", "notServiceAccounts", words(&["shop/web", "bank/api", "web"])),
    ];
    vec(field, 1..=2).prop_map(|fields| json!({"source": alone(together(fields))}))
}

/// `serviceAccounts` must stand alone in a source; the API server refuses it beside principals and namespaces.
fn alone(source: Value) -> Value {
    let Value::Object(fields) = &source else { return source };
    let account = fields.keys().any(|key| key.to_lowercase().contains("serviceaccounts"));
    if !account {
        return source;
    }
    let kept = fields.iter().filter(|(key, _)| !key.ends_with("rincipals") && !key.ends_with("amespaces"));
    Value::Object(kept.map(|(key, value)| (key.clone(), value.clone())).collect())
}

fn operation() -> impl Strategy<Value = Value> {
    let field = prop_oneof![
        3 => list("methods", "notMethods", words(&["GET", "POST", "*", "P*"])),
        3 => list("paths", "notPaths", words(&["/a", "/a/*", "/a*", "*/b", "/{*}/b", "/a/{**}"])),
        2 => list("ports", "notPorts", words(&["8080", "80", "9090", "443"])),
        1 => list("hosts", "notHosts", words(&["web", "web.*", "web.shop.svc.cluster.local", "*.bank"])),
    ];
    vec(field, 1..=2).prop_map(|fields| json!({"operation": together(fields)}))
}

fn condition() -> impl Strategy<Value = Value> {
    let keyed = |key: &'static str, values: &[&'static str]| {
        list("values", "notValues", words(values)).prop_map(move |lists| together([json!({"key": key}), lists]))
    };
    prop_oneof![
        3 => keyed("request.headers[x-tier]", &["gold", "g*", "*"]),
        1 => keyed("request.auth.claims[groups]", &["admin", "*"]),
        1 => keyed("request.auth.principal", &["issuer-a/ann", "*"]),
        1 => keyed("request.auth.audiences", &["aud-a"]),
        1 => keyed("source.namespace", &["shop", "bank", "sh*"]),
        1 => keyed("source.principal", &["cluster.local/ns/shop/sa/web", "*"]),
        1 => keyed("source.ip", &["10.0.0.0/8"]),
        1 => keyed("remote.ip", &["10.0.0.0/8"]),
        2 => keyed("destination.port", &["8080", "80", "9090"]),
        1 => keyed("destination.ip", &["10.1.0.0/16", "10.1.2.3"]),
        1 => keyed("connection.sni", &["*.shop.svc.cluster.local"]),
    ]
}

fn request_authentication() -> impl Strategy<Value = Value> {
    let rule = (select(words(&["issuer-a", "issuer-b"])), weighted(0.3, Just(json!(["aud-a"]))));
    let rule = rule.prop_map(|(issuer, audiences)| {
        let rule = json!({"issuer": issuer, "jwksUri": format!("https://{issuer}.example/keys")});
        together([rule, audiences.map_or(json!({}), |audiences| json!({"audiences": audiences}))])
    });
    (home(), name(), scope(), vec(rule, 1..=2)).prop_map(|(namespace, name, scope, rules)| {
        let spec = together([scope, json!({"jwtRules": rules})]);
        object("security.istio.io/v1", "RequestAuthentication", &namespace, &name, &spec)
    })
}

fn peer_authentication() -> impl Strategy<Value = Value> {
    let mode = || select(words(&["STRICT", "PERMISSIVE", "DISABLE", "UNSET"]));
    let ports = weighted(0.3, btree_map(select(words(&["8080", "9090"])), mode(), 1..=1));
    (home(), name(), scope(), mode(), ports).prop_map(|(namespace, name, scope, mode, ports)| {
        let mut spec = together([scope.clone(), json!({"mtls": {"mode": mode}})]);
        // Istio refuses port modes without a selector.
        if let (Some(ports), Some(_)) = (ports, scope.get("selector")) {
            let ports: serde_json::Map<_, _> =
                ports.into_iter().map(|(port, mode)| (port, json!({"mode": mode}))).collect();
            spec = together([spec, json!({"portLevelMtls": ports})]);
        }
        object("security.istio.io/v1", "PeerAuthentication", &namespace, &name, &spec)
    })
}

fn home() -> impl Strategy<Value = String> {
    prop_oneof![6 => namespace(), 1 => Just("istio-system".to_owned())]
}

fn name() -> impl Strategy<Value = String> {
    select(words(&["one", "two", "three"]))
}

fn scope() -> impl Strategy<Value = Value> {
    prop_oneof![
        4 => labels().prop_map(|labels| json!({"selector": {"matchLabels": labels}})),
        3 => Just(json!({})),
        1 => Just(json!({"selector": {}})),
    ]
}

/// A list, its negation, or both.
fn list(positive: &'static str, negative: &'static str, values: Vec<String>) -> impl Strategy<Value = Value> {
    let some = subsequence(values.clone(), 1..=2.min(values.len()));
    let others = subsequence(values.clone(), 1..=2.min(values.len()));
    (some, others, 0..8u8).prop_map(move |(some, others, kind)| match kind {
        0 => json!({positive: some, negative: others}),
        1 | 2 => json!({negative: others}),
        _ => json!({positive: some}),
    })
}

/// Words of the same kind.
pub(crate) fn words(words: &[&str]) -> Vec<String> {
    words.iter().map(|word| (*word).to_owned()).collect()
}

/// One mapping with the entries of all; of two with one key the later one.
pub(crate) fn together(parts: impl IntoIterator<Item = Value>) -> Value {
    let entries = parts.into_iter().filter_map(|part| match part {
        Value::Object(entries) => Some(entries),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => None,
    });
    Value::Object(entries.flatten().collect())
}
