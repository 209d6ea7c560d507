//! Policies move to the waypoint, and ztunnel admits only the waypoint.

mod addresses;
mod callers;
mod constants;
mod guard;
mod moving;
mod ports;
mod refuse;
mod rewritten;
mod routed;

use s2a_catalog::codes;
use s2a_model::Mesh;
use s2a_model::authz::{Action, PeerAuthentication, Scope};
use s2a_model::change::{Change, Edit};
use s2a_model::topology::{DataPlaneMode, Workload};

use crate::Translation;
use crate::classify::{LeftBehind, classify_policy};
use crate::findings::{about, whole};
use crate::plan::{Plan, Policy, addressed_services, policies, policies_of, policies_of_any, workloads_of};

pub(crate) use refuse::refusals;
pub(crate) use routed::leading;

/// Moves the policies of all moved workloads, and guards them.
pub(crate) fn translate(mesh: &Mesh, plan: &Plan, translation: &mut Translation) {
    for policy in policies(mesh) {
        moving::translate(mesh, plan, policy, translation);
    }
    unset_empty_selectors(mesh, plan, translation);
    guard::translate(mesh, plan, translation);
    report_tokens_unchecked(mesh, plan, translation);
    routed::report(mesh, plan, translation);
    report_gateway_policies(mesh, translation);
    report_unenforced(mesh, translation);
    report_selecting_nothing(mesh, plan, translation);
}

/// A PeerAuthentication for the whole mesh reaches ztunnel only without the key `selector`.
fn unset_empty_selectors(mesh: &Mesh, plan: &Plan, translation: &mut Translation) {
    let is_overlooked = |policy: &&PeerAuthentication| {
        policy.empty_selector && policy.name.namespace == mesh.settings.root_namespace && !plan.namespaces.is_empty()
    };
    for policy in mesh.peer_authentications.iter().filter(is_overlooked) {
        let origin = s2a_model::Origin { object: policy.object.clone(), field: "spec.selector".to_owned() };
        let message =
            "without labels it means the whole mesh for sidecars, and ztunnel gets no such policy: the key is removed";
        translation.say(about(&codes::EMPTY_SELECTOR, &origin, message));
        let edits = vec![Edit::RemoveEntry { at: "spec".to_owned(), key: "selector".to_owned() }];
        translation.change(Change::Edit { object: policy.object.clone(), edits });
    }
}

/// Says of each policy of a component what happens because it stays.
pub(crate) fn report_left_behind(mesh: &Mesh, component: &[&Workload], translation: &mut Translation) {
    policies_of_any(mesh, component).for_each(|policy| report_at_ztunnel(mesh, policy, translation));
}

/// Policies that were left to ztunnel by somebody else, and say what it cannot see.
fn report_unenforced(mesh: &Mesh, translation: &mut Translation) {
    for policy in policies(mesh) {
        if workloads_of(mesh, policy).any(|workload| workload.mode == DataPlaneMode::Ambient) {
            report_at_ztunnel(mesh, policy, translation);
        }
    }
}

/// What happens to the rules of a policy at ztunnel.
fn report_at_ztunnel(mesh: &Mesh, policy: Policy<'_>, translation: &mut Translation) {
    let policy = match policy {
        Policy::Authorization(policy) => policy,
        Policy::Request(policy) => {
            let message = "ztunnel looks at no token: bad ones are no longer refused";
            return translation.say(whole(&codes::LEFT_BEHIND_FAILS_OPEN, &policy.object, message));
        }
    };
    for rule in classify_policy(policy, &mesh.settings) {
        let needs = rule.needs_waypoint_for.unwrap_or_default();
        let (code, what) = match rule.left_behind {
            LeftBehind::NoEffect => continue,
            LeftBehind::FailsOpen => (&codes::LEFT_BEHIND_FAILS_OPEN, "no longer refuses anything"),
            LeftBehind::FailsClosed => (&codes::LEFT_BEHIND_FAILS_CLOSED, "no longer admits anybody"),
            LeftBehind::BroaderDeny => (&codes::LEFT_BEHIND_FAILS_CLOSED, "refuses more than before"),
        };
        translation.say(about(code, &rule.origin, format!("ztunnel cannot see {needs}: this rule {what}")));
    }
}

/// A RequestAuthentication without labels goes to the Services of its namespace, and a workload without one loses it. A
/// guard shuts the workload anyway.
fn report_tokens_unchecked(mesh: &Mesh, plan: &Plan, translation: &mut Translation) {
    let without_service = |workload: &&Workload| {
        plan.moved.contains(&workload.name) && addressed_services(mesh, workload).next().is_none()
    };
    for workload in mesh.workloads.iter().filter(without_service) {
        if guard::is_guarded(mesh, plan, workload) {
            continue;
        }
        for policy in policies_of(mesh, workload).filter(|policy| matches!(policy, Policy::Request(_))) {
            let message = format!(
                "no Service with an address leads to {}, so no waypoint checks its tokens: bad ones are no longer refused",
                workload.name
            );
            let origin = s2a_model::Origin { object: policy.object().clone(), field: "spec".to_owned() };
            translation.say(about(&codes::LEFT_BEHIND_FAILS_OPEN, &origin, message));
        }
    }
}

/// Policies that select gateways only stay where they are.
fn report_gateway_policies(mesh: &Mesh, translation: &mut Translation) {
    use s2a_model::topology::Role;
    for policy in policies(mesh).filter(|policy| matches!(policy.scope(), Scope::Selector(_))) {
        let mut selected = workloads_of(mesh, policy).peekable();
        if selected.peek().is_some() && selected.all(|workload| workload.role == Role::Gateway) {
            let message = "this policy selects a gateway, which goes on enforcing it itself";
            translation.say(whole(&codes::GATEWAY_POLICY_KEPT, policy.object(), message));
        }
    }
}

/// A policy that selects no workload of the input is left alone. That is said, and where it would stop protecting
/// something it is an error.
fn report_selecting_nothing(mesh: &Mesh, plan: &Plan, translation: &mut Translation) {
    for policy in policies(mesh).filter(|policy| matches!(policy.scope(), Scope::Selector(_))) {
        let selects_any = workloads_of(mesh, policy).next().is_some();
        if selects_any || is_for_gateway(policy.scope()) {
            continue;
        }
        let message = "no workload and no Service of the input has the labels of this selector";
        translation.say(about_selector(policy, &codes::POLICY_SELECTS_NOTHING_KNOWN, message));
        let migrates = plan.namespaces.contains(&policy.name().namespace);
        if migrates && loses_meaning(mesh, policy) {
            let message = "its workload is not in the input, and ztunnel cannot enforce what it says";
            let finding = about_selector(policy, &codes::SERVICE_MISSING, message).with_help(how_to_supply(policy));
            translation.refuse(crate::Refusal { object: policy.object().clone(), finding });
        }
    }
}

/// What to add to the input, with the labels that it must have.
fn how_to_supply(policy: Policy<'_>) -> String {
    let Scope::Selector(labels) = policy.scope() else { return String::new() };
    let labels: Vec<String> = labels.iter().map(|(key, value)| format!("{key}={value}")).collect();
    format!(
        "Name the files of its workload and its Service too, or state the Service: `--assume Service={}/NAME:80→8080,{}`.",
        policy.name().namespace,
        labels.join(","),
    )
}

fn about_selector(
    policy: Policy<'_>,
    code: &'static s2a_diagnostic::Code,
    message: &str,
) -> s2a_diagnostic::Diagnostic {
    let origin = s2a_model::Origin { object: policy.object().clone(), field: "spec.selector".to_owned() };
    about(code, &origin, message)
}

/// Labels that only ingress and egress gateways carry.
fn is_for_gateway(scope: &Scope) -> bool {
    let Scope::Selector(labels) = scope else { return false };
    labels.contains_key("gateway.networking.k8s.io/gateway-name")
        || labels.get("istio").is_some_and(|value| value.ends_with("gateway"))
}

fn loses_meaning(mesh: &Mesh, policy: Policy<'_>) -> bool {
    match policy {
        Policy::Authorization(policy) => {
            policy.action != Action::Audit && crate::classify::needs_waypoint(policy, &mesh.settings)
        }
        Policy::Request(_) => true,
    }
}
