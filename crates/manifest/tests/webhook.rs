//! What istiod's webhook refuses: one object for each reason, and the field that is named. Each was put before the real
//! webhook too, which refuses them all and takes the plain ones.

#![expect(clippy::unwrap_used, reason = "a test may fail loudly")]

use s2a_manifest::{Assumptions, Input, Inventory, lower};
use s2a_model::{ClientMode, Settings};

/// The fields that are refused of an object.
fn refused(kind: &str, spec: &str) -> Vec<String> {
    let group = if kind == "VirtualService" { "networking.istio.io" } else { "security.istio.io" };
    let text =
        format!("apiVersion: {group}/v1\nkind: {kind}\nmetadata: {{name: one, namespace: shop}}\nspec: {spec}\n");
    let inventory = Inventory::read(vec![Input { name: "one.yaml".to_owned(), bytes: text.into_bytes() }], "default");
    let lowered = lower(&inventory, &Settings::default(), ClientMode::Sidecar, &Assumptions::default()).unwrap();
    let found = lowered.diagnostics.iter().filter(|found| found.code.id == "S2A1010");
    found.map(|found| found.field.clone()).collect()
}

const POLICIES: [(&str, &str); 20] = [
    ("{action: DENY}", "spec"),
    ("{action: CUSTOM, provider: {name: x}}", "spec"),
    ("{action: CUSTOM, rules: [{}]}", "spec"),
    ("{provider: {name: x}}", "spec"),
    ("{selector: {matchLabels: {a: b}}, targetRefs: [{kind: Service, name: a}]}", "spec"),
    ("{selector: {matchLabels: {a: '*'}}}", "spec.selector.matchLabels.a"),
    ("{targetRefs: [{kind: Service}]}", "spec.targetRefs[0]"),
    ("{targetRefs: [{kind: Service, name: a, namespace: shop}]}", "spec.targetRefs[0]"),
    ("{targetRef: {kind: Pod, name: a}}", "spec.targetRef"),
    ("{rules: [{from: [{}]}]}", "spec.rules[0].from[0]"),
    ("{rules: [{from: [{source: {}}]}]}", "spec.rules[0].from[0].source"),
    ("{rules: [{from: [{source: {principals: ['']}}]}]}", "spec.rules[0].from[0].source.principals[0]"),
    ("{rules: [{from: [{source: {ipBlocks: [10.0.0.0/33]}}]}]}", "spec.rules[0].from[0].source.ipBlocks[0]"),
    ("{rules: [{from: [{source: {serviceAccounts: [a], namespaces: [b]}}]}]}", "spec.rules[0].from[0].source"),
    ("{rules: [{from: [{source: {serviceAccounts: ['a*']}}]}]}", "spec.rules[0].from[0].source.serviceAccounts[0]"),
    ("{rules: [{to: [{operation: {}}]}]}", "spec.rules[0].to[0].operation"),
    ("{rules: [{to: [{operation: {ports: [http]}}]}]}", "spec.rules[0].to[0].operation.ports[0]"),
    ("{rules: [{when: [{key: 'destination.labels[a]', values: [b]}]}]}", "spec.rules[0].when[0]"),
    ("{rules: [{when: [{key: source.ip}]}]}", "spec.rules[0].when[0]"),
    (
        "{action: CUSTOM, provider: {name: x}, rules: [{from: [{source: {namespaces: [a]}}]}]}",
        "spec.rules[0].from[0].source.namespaces",
    ),
];

#[test]
fn policies_that_are_refused() {
    for (spec, field) in POLICIES {
        assert_eq!(refused("AuthorizationPolicy", spec), [field], "{spec}");
    }
}

#[test]
fn policies_that_are_taken() {
    for spec in
        ["{}", "{rules: [{}]}", "{action: CUSTOM, provider: {name: x}, rules: [{to: [{operation: {ports: ['1']}}]}]}"]
    {
        assert!(refused("AuthorizationPolicy", spec).is_empty(), "{spec}");
    }
}

#[test]
fn authentications() {
    assert_eq!(refused("PeerAuthentication", "{portLevelMtls: {80: {mode: STRICT}}}"), ["spec.portLevelMtls"]);
    assert_eq!(refused("RequestAuthentication", "{jwtRules: [{audiences: [a]}]}"), ["spec.jwtRules[0]"]);
    assert!(refused("RequestAuthentication", "{jwtRules: [{issuer: a}]}").is_empty());
}

const RULES: [(&str, &str); 19] = [
    ("{}", ""),
    ("{redirect: {}}", ".redirect"),
    ("{redirect: {uri: /a, prefixRewrite: /b}}", ".redirect"),
    ("{match: [{uri: {exact: /a}}], redirect: {prefixRewrite: /b}}", ".redirect"),
    ("{redirect: {uri: /a, redirectCode: 200}}", ".redirect"),
    ("{redirect: {scheme: ftp}}", ".redirect"),
    ("{redirect: {uri: /a}, rewrite: {uri: /b}}", ""),
    ("{redirect: {uri: /a}, directResponse: {status: 200}}", ""),
    ("{directResponse: {status: 100}}", ".directResponse"),
    ("{route: [{destination: {host: a}}], fault: {}}", ".fault"),
    ("{route: [{destination: {host: a}}], fault: {abort: {http2Error: a}}}", ".fault.abort.http2Error"),
    ("{delegate: {name: a}, route: [{destination: {host: a}}]}", ""),
    ("{route: [{destination: {host: a}}], rewrite: {}}", ".rewrite"),
    ("{route: [{destination: {host: a}}], timeout: 0s}", ".timeout"),
    ("{route: [{destination: {host: a}}], retries: {attempts: 0, retryOn: 5xx}}", ".retries"),
    ("{route: [{destination: {host: a}}], rewrite: {authority: b}, headers: {request: {set: {Host: c}}}}", ""),
    ("{route: [{destination: {host: a}, weight: 0}, {destination: {host: b}}]}", ".route"),
    ("{match: [{headers: {a: {regex: ''}}}], route: [{destination: {host: a}}]}", ".match[0].headers.a.regex"),
    ("{match: [{method: {prefix: ''}}], route: [{destination: {host: a}}]}", ".match[0].method"),
];

#[test]
fn rules_that_are_refused() {
    for (rule, field) in RULES {
        let spec = format!("{{hosts: [a], http: [{rule}]}}");
        assert_eq!(refused("VirtualService", &spec), [format!("spec.http[0]{field}")], "{rule}");
    }
}

#[test]
fn virtual_services() {
    let route = "http: [{match: [{uri: {prefix: ''}}], route: [{destination: {host: a}, weight: 0}]}]";
    assert!(refused("VirtualService", &format!("{{hosts: [a, b], {route}}}")).is_empty());
    assert!(refused("VirtualService", &format!("{{{route}}}")).is_empty(), "a delegate");
    assert_eq!(refused("VirtualService", &format!("{{hosts: ['*'], {route}}}")), ["spec.hosts[0]"]);
    assert!(refused("VirtualService", &format!("{{hosts: ['*'], gateways: [g], {route}}}")).is_empty());
    assert_eq!(refused("VirtualService", &format!("{{hosts: [a.example, '*.example'], {route}}}")), ["spec.hosts[1]"]);
    assert_eq!(refused("VirtualService", &format!("{{gateways: [mesh], {route}}}")), ["spec.gateways"]);
    assert_eq!(refused("VirtualService", "{hosts: [a]}"), ["spec"]);
}
