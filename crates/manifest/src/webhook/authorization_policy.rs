//! `ValidateAuthorizationPolicy`.

use std::net::IpAddr;

use super::place::{Place, Refusals};

const IDENTITIES: [&str; 10] = [
    "principals",
    "notPrincipals",
    "requestPrincipals",
    "notRequestPrincipals",
    "namespaces",
    "notNamespaces",
    "serviceAccounts",
    "notServiceAccounts",
    "trustDomains",
    "notTrustDomains",
];
const ADDRESSES: [&str; 4] = ["ipBlocks", "notIpBlocks", "remoteIpBlocks", "notRemoteIpBlocks"];
const OPERATIONS: [&str; 8] = ["hosts", "notHosts", "ports", "notPorts", "methods", "notMethods", "paths", "notPaths"];

pub(super) fn check(spec: &Place<'_>, refusals: &mut Refusals) {
    scope(spec, refusals);
    action(spec, refusals);
    for rule in spec.items("rules") {
        for from in rule.items("from") {
            source(&from, refusals);
        }
        for to in rule.items("to") {
            operation(&to, refusals);
        }
        for when in rule.items("when") {
            condition(&when, refusals);
        }
    }
}

/// Of selector and targets only one may stand, and only certain kinds can be targets.
pub(super) fn scope(spec: &Place<'_>, refusals: &mut Refusals) {
    let places = [spec.get("selector"), spec.get("targetRef"), spec.filled("targetRefs")];
    let count = places.iter().flatten().count();
    refusals.when(count > 1, spec, "only one of `selector`, `targetRef` and `targetRefs` may be set");
    if let Some(selector) = spec.get("selector") {
        for (key, label) in selector.entries("matchLabels") {
            let wildcard = key.contains('*') || label.text().contains('*');
            refusals.when(wildcard || key.is_empty(), &label, "a selector takes labels as they are, without `*`");
        }
    }
    for target in spec.get("targetRef").into_iter().chain(spec.items("targetRefs")) {
        target_ref(&target, refusals);
    }
}

fn target_ref(target: &Place<'_>, refusals: &mut Refusals) {
    refusals.when(target.filled("name").is_none(), target, "a target needs a name");
    refusals.when(target.filled("namespace").is_some(), target, "a target has no namespace: it is the policy's own");
    let known = matches!(
        (target.text_of("group"), target.text_of("kind")),
        ("" | "core", "Service")
            | ("networking.istio.io", "ServiceEntry")
            | ("gateway.networking.k8s.io", "Gateway" | "GatewayClass")
    );
    refusals.when(!known, target, "a policy targets a Service, ServiceEntry, Gateway or GatewayClass");
}

fn action(spec: &Place<'_>, refusals: &mut Refusals) {
    let action = spec.text_of("action");
    let rules = spec.filled("rules").is_some();
    let provider = spec.get("provider");
    refusals.when(action == "DENY" && !rules, spec, "a DENY policy needs rules");
    if action != "CUSTOM" {
        refusals.when(provider.is_some(), spec, "only a CUSTOM policy may have a provider");
        return;
    }
    refusals.when(!rules, spec, "a CUSTOM policy needs rules");
    let named = provider.is_some_and(|provider| provider.filled("name").is_some());
    refusals.when(!named, spec, "a CUSTOM policy needs the name of a provider");
    for rule in spec.items("rules") {
        let sources = rule.items("from");
        for source in sources.iter().filter_map(|from| from.get("source")) {
            for field in IDENTITIES.iter().filter_map(|key| source.filled(key)) {
                refusals.when(true, &field, "a CUSTOM policy may not ask who calls");
            }
        }
        for when in rule.items("when") {
            let key = when.text_of("key");
            let identity =
                matches!(key, "source.namespace" | "source.serviceAccount" | "source.trustDomain" | "source.principal");
            refusals.when(identity || key.starts_with("request.auth."), &when, "a CUSTOM policy may not ask who calls");
        }
    }
}

fn source(from: &Place<'_>, refusals: &mut Refusals) {
    let Some(source) = from.get("source") else {
        refusals.when(true, from, "`source` is missing");
        return;
    };
    let filled = source.has_any(&IDENTITIES) || source.has_any(&ADDRESSES);
    refusals.when(!filled, &source, "a source must ask for something");
    let accounts = source.has_any(&["serviceAccounts", "notServiceAccounts"]);
    let others = source.has_any(&["principals", "notPrincipals", "namespaces", "notNamespaces"]);
    refusals.when(accounts && others, &source, "`serviceAccounts` stands beside neither principals nor namespaces");
    for key in IDENTITIES {
        no_empty_values(&source, key, refusals);
    }
    for key in ["serviceAccounts", "notServiceAccounts"] {
        for value in source.texts(key) {
            service_account(&value, refusals);
        }
    }
    for key in ADDRESSES {
        for value in source.texts(key) {
            address(&value, refusals);
        }
    }
}

fn operation(to: &Place<'_>, refusals: &mut Refusals) {
    let Some(operation) = to.get("operation") else {
        refusals.when(true, to, "`operation` is missing");
        return;
    };
    refusals.when(!operation.has_any(&OPERATIONS), &operation, "an operation must ask for something");
    for key in OPERATIONS {
        no_empty_values(&operation, key, refusals);
    }
    for value in ["ports", "notPorts"].iter().flat_map(|key| operation.texts(key)) {
        port(&value, refusals);
    }
}

fn condition(when: &Place<'_>, refusals: &mut Refusals) {
    let key = when.text_of("key");
    refusals.when(key.is_empty(), when, "a condition needs a key");
    let values = when.has_any(&["values", "notValues"]);
    refusals.when(!values, when, "a condition needs `values` or `notValues`");
    refusals.when(!key.is_empty() && !is_attribute(key), when, format!("`{key}` is no attribute that a policy knows"));
    for list in ["values", "notValues"] {
        no_empty_values(when, list, refusals);
        for value in when.texts(list) {
            match key {
                "source.ip" | "remote.ip" | "destination.ip" => address(&value, refusals),
                "destination.port" => port(&value, refusals),
                "source.serviceAccount" => service_account(&value, refusals),
                _ => {}
            }
        }
    }
}

/// Whether `security.ValidateAttribute` knows a key; those of maps have a text in brackets.
fn is_attribute(key: &str) -> bool {
    let keyed = || {
        let open = key.find('[').filter(|open| *open > 0);
        key.ends_with(']') && open.is_some_and(|open| open.saturating_add(2) < key.len())
    };
    let maps = ["request.headers", "request.auth.claims", "experimental.envoy.filters."];
    if maps.iter().any(|map| key.starts_with(map)) {
        return keyed();
    }
    matches!(
        key,
        "source.ip"
            | "remote.ip"
            | "source.namespace"
            | "source.serviceAccount"
            | "source.principal"
            | "source.trustDomain"
            | "request.auth.principal"
            | "request.auth.audiences"
            | "request.auth.presenter"
            | "destination.ip"
            | "destination.port"
            | "connection.sni"
    )
}

fn no_empty_values(of: &Place<'_>, key: &str, refusals: &mut Refusals) {
    for value in of.texts(key) {
        refusals.when(value.text().is_empty(), &value, "an empty value is not allowed");
    }
}

fn service_account(value: &Place<'_>, refusals: &mut Refusals) {
    let text = value.text();
    let parts: Vec<&str> = text.split('/').collect();
    let form = parts.len() <= 2 && parts.iter().all(|part| !part.is_empty());
    refusals.when(text.contains('*') || !form, value, "an account is written `name` or `namespace/name`, without `*`");
}

fn address(value: &Place<'_>, refusals: &mut Refusals) {
    refusals.when(!is_address(value.text()), value, format!("`{}` is no address and no CIDR range", value.text()));
}

fn is_address(text: &str) -> bool {
    let Some((address, bits)) = text.split_once('/') else {
        let without_zone = text.split_once('%').map_or(text, |(address, _)| address);
        return without_zone.parse::<IpAddr>().is_ok();
    };
    let most = match address.parse::<IpAddr>() {
        Ok(IpAddr::V4(_)) => 32,
        Ok(IpAddr::V6(_)) => 128,
        Err(_) => return false,
    };
    let plain = bits.bytes().all(|byte| byte.is_ascii_digit()) && (bits == "0" || !bits.starts_with('0'));
    plain && bits.parse::<u8>().is_ok_and(|bits| bits <= most)
}

fn port(value: &Place<'_>, refusals: &mut Refusals) {
    let text = value.text();
    let plain = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    refusals.when(!plain || text.parse::<u32>().is_ok_and(|port| port > 65535), value, format!("`{text}` is no port"));
}
