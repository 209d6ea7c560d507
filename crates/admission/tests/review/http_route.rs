use s2a_admission::{Release, ViolationRule};

use crate::{NEWEST, assert_accepted, assert_refused, refusals, refusals_in};

fn route(rules: &str) -> String {
    format!(
        "
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {{name: reviews, namespace: bookinfo}}
spec:
  parentRefs:
  - {{group: '', kind: Service, name: reviews, port: 9080}}
  rules: {rules}
"
    )
}

#[test]
fn a_route_bound_to_a_service_is_accepted() {
    assert_accepted(&route(
        "
  - matches:
    - path: {type: PathPrefix, value: /v2}
      headers: [{name: end-user, value: jason}]
    filters:
    - type: URLRewrite
      urlRewrite: {path: {type: ReplacePrefixMatch, replacePrefixMatch: /}}
    timeouts: {request: 10s}
    backendRefs:
    - {name: reviews-v2, port: 9080, weight: 90}
    - {name: reviews-v3, port: 9080, weight: 10}
",
    ));
}

#[test]
fn a_prefix_rewrite_needs_one_match() {
    let two = route(
        "
  - matches:
    - path: {type: PathPrefix, value: /a}
    - path: {type: PathPrefix, value: /b}
    filters:
    - type: URLRewrite
      urlRewrite: {path: {type: ReplacePrefixMatch, replacePrefixMatch: /c}}
    backendRefs: [{name: reviews, port: 9080}]
",
    );
    assert_refused(&two, ViolationRule::Cel, "spec.rules[0]", "exactly one PathPrefix match");
}

#[test]
fn a_path_has_no_double_slash() {
    let double = route("[{matches: [{path: {type: PathPrefix, value: /a//b}}], backendRefs: [{name: a, port: 1}]}]");
    assert_refused(&double, ViolationRule::Cel, "spec.rules[0].matches[0].path", "//");
}

#[test]
fn a_redirect_takes_no_backends() {
    let both = route(
        "
  - filters:
    - {type: RequestRedirect, requestRedirect: {hostname: example.com}}
    backendRefs: [{name: reviews, port: 9080}]
",
    );
    assert_refused(
        &both,
        ViolationRule::Cel,
        "spec.rules[0]",
        "RequestRedirect filter must not be used together with backendRefs",
    );
}

#[test]
fn sixteen_rules_and_no_more() {
    let rules = |count| route(&format!("[{}]", vec!["{backendRefs: [{name: a, port: 1}]}"; count].join(", ")));
    assert_accepted(&rules(16));
    assert_refused(&rules(17), ViolationRule::Schema, "spec.rules", "more than 16");
}

#[test]
fn a_backend_that_is_a_service_needs_a_port() {
    let portless = route("[{backendRefs: [{name: reviews}]}]");
    assert_refused(
        &portless,
        ViolationRule::Cel,
        "spec.rules[0].backendRefs[0]",
        "Must have port for Service reference",
    );
}

#[test]
fn headers_of_a_match_are_a_map_by_name() {
    let twice = route(
        "[{matches: [{headers: [{name: a, value: x}, {name: a, value: y}]}], backendRefs: [{name: a, port: 1}]}]",
    );
    assert_refused(&twice, ViolationRule::ListType, "spec.rules[0].matches[0].headers[1]", "same name");
}

const RETRY: &str = "[{retry: {codes: [503], attempts: 3}, backendRefs: [{name: reviews, port: 9080}]}]";

#[test]
fn retry_is_experimental() {
    assert_refused(&route(RETRY), ViolationRule::UnknownField, "spec.rules[0].retry", "no field");
    let experimental = Release { experimental: true, ..NEWEST };
    assert_eq!(refusals_in(experimental, &route(RETRY)), []);
}

#[test]
fn every_violation_is_named_in_order_of_field() {
    let bad = route("[{retry: {}, timeouts: {request: soon}, backendRefs: [{name: A_B, port: 70000}]}]");
    let found = refusals(&bad);
    let fields: Vec<_> = found.iter().map(|line| line.split(": ").next().unwrap()).collect();
    assert_eq!(
        fields,
        [
            "Schema spec.rules[0].backendRefs[0].port",
            "UnknownField spec.rules[0].retry",
            "Schema spec.rules[0].timeouts.request",
        ],
        "{found:#?}"
    );
}
