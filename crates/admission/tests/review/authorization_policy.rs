use s2a_admission::ViolationRule;

use crate::{assert_accepted, assert_refused};

fn policy(spec: &str) -> String {
    format!(
        "
apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: {{name: viewer, namespace: shop}}
spec: {spec}
"
    )
}

#[test]
fn a_policy_for_a_service_is_accepted() {
    assert_accepted(&policy(
        "
  targetRefs: [{group: '', kind: Service, name: cart}]
  action: ALLOW
  rules:
  - from: [{source: {serviceAccounts: [shop/web]}}]
    to: [{operation: {methods: [GET], paths: [/cart/*]}}]
    when: [{key: 'request.headers[x-a]', values: [b]}]
",
    ));
}

#[test]
fn selector_and_target_exclude_each_other() {
    let both = policy("{selector: {matchLabels: {app: cart}}, targetRefs: [{group: '', kind: Service, name: cart}]}");
    assert_refused(&both, ViolationRule::Cel, "spec", "only one of targetRefs or selector can be set");
}

#[test]
fn sixteen_targets_and_no_more() {
    let targets = |count| {
        let refs: Vec<_> = (0..count).map(|n| format!("{{group: '', kind: Service, name: s{n}}}")).collect();
        policy(&format!("{{targetRefs: [{}]}}", refs.join(", ")))
    };
    assert_accepted(&targets(16));
    assert_refused(&targets(17), ViolationRule::Schema, "spec.targetRefs", "more than 16");
}

#[test]
fn a_target_is_in_the_same_namespace() {
    let other = policy("{targetRefs: [{group: '', kind: Service, name: cart, namespace: other}]}");
    assert_refused(&other, ViolationRule::Cel, "spec.targetRefs[0].namespace", "cross namespace");
}

#[test]
fn an_action_is_one_of_four() {
    assert_refused(&policy("{action: PERMIT}"), ViolationRule::Schema, "spec.action", "PERMIT");
}

#[test]
fn a_misspelt_field_is_unknown_and_not_a_wider_policy() {
    let misspelt = policy("{rules: [{from: [{source: {principal: [a]}}]}]}");
    assert_refused(&misspelt, ViolationRule::UnknownField, "spec.rules[0].from[0].source.principal", "no field");
}

#[test]
fn a_provider_goes_with_custom() {
    assert_accepted(&policy("{action: CUSTOM, provider: {name: ext}, rules: [{}]}"));
}

#[test]
fn service_accounts_exclude_principals() {
    let both = policy("{rules: [{from: [{source: {serviceAccounts: [a/b], principals: [c]}}]}]}");
    assert_refused(&both, ViolationRule::Cel, "spec.rules[0].from[0].source", "serviceAccounts");
}
