//! Objects, and what the API server says to them.

#![expect(clippy::unwrap_used, clippy::panic, reason = "these are tests; clippy knows only #[test] functions as such")]

mod authorization_policy;
mod core_kinds;
mod gateway;
mod http_route;
mod istio;
mod releases;
mod robustness;
mod store;

use s2a_admission::{Admission, Answer, Release, Violation, ViolationRule};
use serde_json::Value;

/// The newest releases, standard channel.
const NEWEST: Release<'_> = Release { istio: "1.31", gateway_api: "1.6", experimental: false };

fn object(yaml: &str) -> Value {
    serde_yaml::from_str(yaml).unwrap()
}

fn refusals_in(release: Release<'_>, yaml: &str) -> Vec<Violation> {
    match Admission::new(release).unwrap().review(&object(yaml)).unwrap() {
        Answer::Accepted => Vec::new(),
        Answer::Refused(violations) => violations,
        Answer::NotChecked => panic!("not checked: {yaml}"),
    }
}

/// What speaks against an object: the rule, the field and the message of each violation.
fn refusals(yaml: &str) -> Vec<String> {
    let spelt = |violation: &Violation| format!("{:?} {violation}", violation.rule);
    refusals_in(NEWEST, yaml).iter().map(spelt).collect()
}

#[track_caller]
fn assert_accepted(yaml: &str) {
    assert_eq!(refusals(yaml), Vec::<String>::new());
}

/// Exactly one violation, by this rule at this field, with this in its message.
#[track_caller]
fn assert_refused(yaml: &str, rule: ViolationRule, field: &str, message: &str) {
    let violations = refusals_in(NEWEST, yaml);
    let [violation] = violations.as_slice() else { panic!("not one violation: {violations:#?}") };
    assert_eq!((violation.rule, violation.field.as_str()), (rule, field), "{violation}");
    assert!(violation.message.contains(message), "{violation}");
}
