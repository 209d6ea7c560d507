use proptest::prelude::*;
use s2a_admission::{Admission, Answer};
use serde_json::{Value, json};

use crate::NEWEST;

/// Any JSON, with field names that the schemas know more often than chance would have it.
fn anything() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        "[a-z/*.:-]{0,12}".prop_map(Value::from),
    ];
    let name = prop_oneof![
        Just("rules"),
        Just("matches"),
        Just("path"),
        Just("value"),
        Just("type"),
        Just("backendRefs"),
        Just("name"),
        Just("from"),
        Just("source"),
        Just("targetRefs"),
        Just("listeners"),
        Just("http"),
        Just("ports"),
        Just("x.y"),
    ];
    leaf.prop_recursive(6, 64, 4, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map(name.clone(), inner, 0..4)
                .prop_map(|fields| fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()),
        ]
    })
}

fn kind() -> impl Strategy<Value = (&'static str, &'static str)> {
    prop_oneof![
        Just(("gateway.networking.k8s.io/v1", "HTTPRoute")),
        Just(("gateway.networking.k8s.io/v1", "Gateway")),
        Just(("security.istio.io/v1", "AuthorizationPolicy")),
        Just(("networking.istio.io/v1", "VirtualService")),
        Just(("v1", "Service")),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 64, ..ProptestConfig::default() })]

    /// Any object gets the same answer twice, refusals have reasons, and what is stored is stored again unchanged.
    #[test]
    fn any_object_gets_a_settled_answer((api_version, kind) in kind(), metadata in anything(), spec in anything()) {
        let admission = Admission::new(NEWEST).unwrap();
        let object = json!({ "apiVersion": api_version, "kind": kind, "metadata": metadata, "spec": spec });
        let answer = admission.review(&object).unwrap();
        prop_assert_eq!(&answer, &admission.review(&object).unwrap());
        prop_assert!(!matches!(&answer, Answer::Refused(violations) if violations.is_empty()));
        let (stored, _) = admission.store(&object);
        prop_assert_eq!(admission.store(&stored), (stored.clone(), vec![]));
    }
}
