use s2a_admission::{Admission, AdmissionError, Answer, Release, ViolationRule};

use crate::{NEWEST, object, refusals_in};

const WAYPOINT: &str = "
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {name: waypoint, namespace: shop}
spec: {gatewayClassName: istio-waypoint, listeners: [{name: mesh, port: 15008, protocol: HBONE}]}
";

const POLICY: &str = "
apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: {name: a, namespace: shop}
spec: {targetRefs: [{group: '', kind: Service, name: cart}], rules: [{from: [{source: {principals: [a]}}]}]}
";

#[test]
fn the_plain_output_is_accepted_everywhere() {
    for (istio, gateway_api) in ["1.24", "1.25", "1.26", "1.27", "1.28", "1.29", "1.30", "1.31"]
        .into_iter()
        .zip(["1.1", "1.2", "1.3", "1.4", "1.5", "1.6"].into_iter().cycle())
    {
        for experimental in [false, true] {
            let release = Release { istio, gateway_api, experimental };
            assert_eq!(refusals_in(release, WAYPOINT), [], "{release:?}");
            assert_eq!(refusals_in(release, POLICY), [], "{release:?}");
        }
    }
}

#[test]
fn a_field_is_unknown_before_the_release_that_brought_it() {
    let policy = POLICY.replace("principals: [a]", "serviceAccounts: [a]");
    let old = Release { istio: "1.24", ..NEWEST };
    let refusals = refusals_in(old, &policy);
    assert_eq!(refusals.len(), 1);
    assert_eq!(refusals[0].rule, ViolationRule::UnknownField);
    assert_eq!(refusals_in(NEWEST, &policy), []);
}

#[test]
fn an_unknown_release_is_an_error() {
    let error = Admission::new(Release { istio: "1.9", ..NEWEST }).unwrap_err();
    let AdmissionError::UnknownRelease { product, known, .. } = error else { panic!("{error}") };
    assert_eq!(product, "Istio");
    assert_eq!(known.first().map(String::as_str), Some("1.24"));
}

#[test]
fn a_tcp_route_needs_the_channel_that_has_it() {
    let route = object(
        "
apiVersion: gateway.networking.k8s.io/v1alpha2
kind: TCPRoute
metadata: {name: a}
spec: {rules: [{backendRefs: [{name: a, port: 1}]}]}
",
    );
    let standard = Release { gateway_api: "1.3", ..NEWEST };
    let answer = |release| Admission::new(release).unwrap().review(&route).unwrap();
    assert!(matches!(answer(standard), Answer::Refused(found) if found[0].rule == ViolationRule::NotServed));
    assert_eq!(answer(Release { experimental: true, ..standard }), Answer::Accepted);
}
