use s2a_admission::Admission;
use serde_json::json;

use crate::{NEWEST, object};

const ROUTE: &str = "
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: reviews, creationTimestamp: null}
spec:
  hostnames: null
  rules:
  - retry: {attempts: 3}
    backendRefs: [{name: reviews, port: 9080}]
status: {parents: []}
";

#[test]
fn unknown_fields_go_and_defaults_come() {
    let (stored, pruned) = Admission::new(NEWEST).unwrap().store(&object(ROUTE));
    assert_eq!(pruned, ["spec.rules[0].retry"]);
    let expected = json!({
        "apiVersion": "gateway.networking.k8s.io/v1",
        "kind": "HTTPRoute",
        "metadata": { "name": "reviews" },
        "spec": { "rules": [{
            "backendRefs": [{ "group": "", "kind": "Service", "name": "reviews", "port": 9080, "weight": 1 }],
            "matches": [{ "path": { "type": "PathPrefix", "value": "/" } }],
        }]},
    });
    assert_eq!(stored, expected);
}

#[test]
fn storing_again_changes_nothing() {
    let admission = Admission::new(NEWEST).unwrap();
    let (stored, _) = admission.store(&object(ROUTE));
    assert_eq!(admission.store(&stored), (stored.clone(), vec![]));
}

#[test]
fn what_has_no_schema_comes_back_as_it_is() {
    let pod = object("{apiVersion: v1, kind: Pod, metadata: {name: a}, spec: {x: y}}");
    assert_eq!(Admission::new(NEWEST).unwrap().store(&pod), (pod.clone(), vec![]));
}
