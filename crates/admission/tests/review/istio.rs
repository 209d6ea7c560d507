use s2a_admission::ViolationRule;

use crate::{assert_accepted, assert_refused};

const DESTINATION_RULE: &str = "
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: reviews, namespace: bookinfo}
spec:
  host: reviews.bookinfo.svc.cluster.local
  trafficPolicy:
    connectionPool: {tcp: {maxConnections: 100}, http: {http1MaxPendingRequests: 10}}
    outlierDetection: {consecutive5xxErrors: 7, interval: 5m, baseEjectionTime: 15m}
    loadBalancer: {simple: LEAST_REQUEST}
  subsets:
  - {name: v1, labels: {version: v1}}
";

const VIRTUAL_SERVICE: &str = "
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: reviews, namespace: bookinfo}
spec:
  hosts: [reviews]
  http:
  - match: [{headers: {end-user: {exact: jason}}, uri: {prefix: /v2}}]
    rewrite: {uri: /}
    retries: {attempts: 3, perTryTimeout: 2s, retryOn: '5xx'}
    route: [{destination: {host: reviews, subset: v2, port: {number: 9080}}, weight: 100}]
  - fault: {delay: {percentage: {value: 0.1}, fixedDelay: 5s}}
    route: [{destination: {host: reviews}}]
";

#[test]
fn a_destination_rule_is_accepted() {
    assert_accepted(DESTINATION_RULE);
    assert_accepted(&DESTINATION_RULE.replace("networking.istio.io/v1", "networking.istio.io/v1alpha3"));
}

#[test]
fn a_destination_rule_has_a_host_and_one_kind_of_load_balancer() {
    let hostless = DESTINATION_RULE.replace("  host: reviews.bookinfo.svc.cluster.local\n", "");
    assert_refused(&hostless, ViolationRule::Schema, "spec.host", "is required");
    let both =
        DESTINATION_RULE.replace("{simple: LEAST_REQUEST}", "{simple: RANDOM, consistentHash: {useSourceIp: true}}");
    assert_refused(&both, ViolationRule::Schema, "spec.trafficPolicy.loadBalancer", "one of");
}

#[test]
fn a_virtual_service_is_accepted() {
    assert_accepted(VIRTUAL_SERVICE);
}

#[test]
fn a_string_match_is_one_of_three() {
    let two = VIRTUAL_SERVICE.replace("{prefix: /v2}", "{prefix: /v2, exact: /v3}");
    assert_refused(&two, ViolationRule::Schema, "spec.http[0].match[0].uri", "one of");
}

#[test]
fn a_duration_is_one() {
    let soon = VIRTUAL_SERVICE.replace("2s", "soon");
    assert_refused(&soon, ViolationRule::Cel, "spec.http[0].retries.perTryTimeout", "duration");
    let minute = VIRTUAL_SERVICE.replace("2s", "1min");
    assert_refused(&minute, ViolationRule::Cel, "spec.http[0].retries.perTryTimeout", "duration");
}

#[test]
fn security_and_telemetry_are_accepted() {
    assert_accepted(
        "
apiVersion: security.istio.io/v1
kind: PeerAuthentication
metadata: {name: default, namespace: shop}
spec: {selector: {matchLabels: {app: a}}, mtls: {mode: STRICT}, portLevelMtls: {8080: {mode: DISABLE}}}
",
    );
    assert_accepted(
        "
apiVersion: security.istio.io/v1
kind: RequestAuthentication
metadata: {name: jwt, namespace: shop}
spec:
  targetRefs: [{group: gateway.networking.k8s.io, kind: Gateway, name: waypoint}]
  jwtRules: [{issuer: https://issuer.example.com, jwksUri: https://issuer.example.com/keys}]
",
    );
    assert_accepted(
        "
apiVersion: telemetry.istio.io/v1
kind: Telemetry
metadata: {name: mesh-default, namespace: istio-system}
spec: {accessLogging: [{providers: [{name: envoy}]}]}
",
    );
}

#[test]
fn a_port_level_mode_needs_a_selector() {
    let unselected = "
apiVersion: security.istio.io/v1
kind: PeerAuthentication
metadata: {name: default, namespace: shop}
spec: {portLevelMtls: {8080: {mode: DISABLE}}}
";
    assert_refused(unselected, ViolationRule::Cel, "spec", "portLevelMtls requires selector");
}
