//! A policy of moved workloads goes to `targetRefs` on their Services, with the shape of its rules kept.

use s2a_catalog::codes;
use s2a_model::authz::{Action, AuthorizationPolicy, Rule, Scope, Values};
use s2a_model::change::{Change, Edit, NewObject};
use s2a_model::topology::{Service, Workload};
use s2a_model::{Mesh, Name, PathNormalization, Principal};

use super::{addresses, ports, rewritten};
use crate::Translation;
use crate::findings::{about, whole};
use crate::plan::{Plan, Policy, addressed_services, migrates, workloads_of};

/// The API server takes no more targets in one object.
const MAX_TARGETS: usize = 16;

/// The Services that get one and the same form of a policy.
struct Form {
    edits: Vec<Edit>,
    services: Vec<String>,
}

/// Moves or copies a policy, if it selects moved workloads.
pub(super) fn translate(mesh: &Mesh, plan: &Plan, policy: Policy<'_>, translation: &mut Translation) {
    let selected: Vec<&Workload> = workloads_of(mesh, policy).collect();
    let moved: Vec<&Workload> = selected.iter().filter(|it| plan.moved.contains(&it.name)).copied().collect();
    let namespaces: std::collections::BTreeSet<&str> = moved.iter().map(|it| it.name.namespace.as_str()).collect();
    let binds_others = selected.iter().any(|workload| !plan.moved.contains(&workload.name));
    let mut moves_away = false;
    for namespace in namespaces.iter().copied() {
        let services = services_of(mesh, plan, moved.iter().filter(|it| it.name.namespace == namespace).copied());
        if services.is_empty() {
            continue;
        }
        let forms = forms(mesh, policy, &services, translation);
        let in_place = namespace == policy.name().namespace && !binds_others;
        moves_away |= in_place;
        write(policy, namespace, forms, in_place, translation);
        report(policy, &services, in_place, translation);
        report_paths(mesh, policy, translation);
    }
    if !moves_away {
        stay(mesh, plan, policy, &selected, &namespaces, translation);
    }
}

/// What changes in a policy that stays at ztunnel.
fn stay(
    mesh: &Mesh,
    plan: &Plan,
    policy: Policy<'_>,
    selected: &[&Workload],
    namespaces: &std::collections::BTreeSet<&str>,
    translation: &mut Translation,
) {
    if !selected.iter().any(|workload| migrates(mesh, workload)) {
        return;
    }
    let mut edits = Vec::new();
    if *policy.scope() == Scope::EmptySelector {
        edits.push(Edit::RemoveEntry { at: "spec".to_owned(), key: "selector".to_owned() });
    }
    if let Policy::Authorization(policy) = policy {
        if policy.dry_run {
            let message = "ztunnel does not watch dry-run policies; some releases enforced them";
            translation.say(whole(&codes::DRY_RUN_POLICY_AT_ZTUNNEL, &policy.object, message));
        }
        for namespace in namespaces {
            edits.extend(spare_waypoint(mesh, plan, policy, namespace));
        }
    }
    if !edits.is_empty() {
        translation.change(Change::Edit { object: policy.object().clone(), edits });
    }
}

/// A DENY that stays beside moved workloads must spare their waypoint, which ztunnel sees in the clients' place.
fn spare_waypoint(mesh: &Mesh, plan: &Plan, policy: &AuthorizationPolicy, namespace: &str) -> Vec<Edit> {
    if policy.action != Action::Deny || !policy.is_enforcing() {
        return Vec::new();
    }
    let account = super::guard::account(mesh, plan, namespace);
    let principal = Principal::of(&mesh.settings.trust_domain, &account.namespace, &account.name);
    let matched = |(_, rule): &(usize, &Rule)| mesh.ztunnel_rule_may_match(policy, rule, &principal);
    let spare = |(index, rule): (usize, &Rule)| Edit::Spare {
        rule: index,
        sources: rule.from.len(),
        principal: principal.to_string(),
    };
    policy.rules.iter().enumerate().filter(matched).map(spare).collect()
}

fn services_of<'a>(mesh: &'a Mesh, plan: &Plan, workloads: impl Iterator<Item = &'a Workload>) -> Vec<&'a Service> {
    let mut services: Vec<&Service> = workloads
        .flat_map(|workload| {
            let by_route = plan.leading(workload).filter_map(|name| mesh.service(name));
            addressed_services(mesh, workload).chain(by_route)
        })
        .filter(|service| plan.services.contains(&service.name))
        .collect();
    services.sort_by(|left, right| left.name.cmp(&right.name));
    services.dedup_by(|left, right| left.name == right.name);
    services
}

/// Services whose copies come out equal share one object.
fn forms(mesh: &Mesh, policy: Policy<'_>, services: &[&Service], translation: &mut Translation) -> Vec<Form> {
    let mut forms: Vec<Form> = Vec::new();
    for service in services {
        let edits = match policy {
            Policy::Authorization(policy) => {
                ports::findings(mesh, policy, service).into_iter().for_each(|finding| translation.say(finding));
                match rewritten::rules(mesh, policy, service) {
                    Some(rules) => vec![Edit::Rules(rules)],
                    None => ports::edits(mesh, policy, service),
                }
            }
            Policy::Request(_) => Vec::new(),
        };
        match forms.iter_mut().find(|form| form.edits == edits && form.services.len() < MAX_TARGETS) {
            Some(form) => form.services.push(service.name.name.clone()),
            None => forms.push(Form { edits, services: vec![service.name.name.clone()] }),
        }
    }
    forms
}

/// The first form keeps the object and its name where it may; every other one is a copy named after its Service.
fn write(policy: Policy<'_>, namespace: &str, forms: Vec<Form>, in_place: bool, translation: &mut Translation) {
    if forms.len() > 1 {
        let message = format!("its Services need {} forms of it, or have more than {MAX_TARGETS} targets", forms.len());
        translation.say(whole(&codes::TOO_MANY_TARGETS, policy.object(), message));
    }
    for (index, form) in forms.into_iter().enumerate() {
        let first_service = form.services.first().cloned().unwrap_or_default();
        let mut edits = vec![Edit::TargetServices(form.services)];
        edits.extend(form.edits);
        if index == 0 && in_place {
            translation.change(Change::Edit { object: policy.object().clone(), edits });
            continue;
        }
        let own = &policy.name().name;
        let name = match (policy.name().namespace == namespace, in_place || index > 0) {
            (true, true) => format!("{own}-{first_service}"),
            (true, false) => format!("{own}-waypoint"),
            // A policy of the root namespace may have a namesake in the namespace of its copy.
            (false, true) => format!("{}-{own}-{first_service}", policy.name().namespace),
            (false, false) => format!("{}-{own}", policy.name().namespace),
        };
        translation.change(Change::Add {
            beside: policy.object().clone(),
            origins: vec![policy.object().clone()],
            name: Name::new(namespace, name),
            object: NewObject::Copy { of: policy.object().clone(), edits },
        });
    }
}

fn report(policy: Policy<'_>, services: &[&Service], in_place: bool, translation: &mut Translation) {
    let names: Vec<&str> = services.iter().map(|service| service.name.name.as_str()).collect();
    let to = names.join(", ");
    let origin = |field: &str| s2a_model::Origin { object: policy.object().clone(), field: field.to_owned() };
    match policy {
        Policy::Request(_) => {
            let message = format!("tokens are checked at the waypoint of {to}");
            translation.say(about(&codes::REQUEST_AUTHENTICATION_MOVED, &origin("spec"), message));
        }
        Policy::Authorization(policy) => {
            if let Action::Custom(provider) = &policy.action {
                let message =
                    format!("provider `{provider}` is now asked by the waypoint, with the waypoint's identity");
                translation.say(about(&codes::CUSTOM_ACTION_PROVIDER_AT_WAYPOINT, &origin("spec.provider"), message));
            }
            if policy.is_enforcing() && policy.rules.iter().any(addresses::asks) {
                translation.say(addresses::finding(policy));
            }
            if in_place {
                let message = format!("enforced at the waypoint of {to}");
                translation.say(about(&codes::POLICY_MOVED_TO_WAYPOINT, &origin("spec"), message));
            } else {
                let message = format!(
                    "copied to the waypoint of {to}; the original stays for the workloads that need no waypoint"
                );
                translation.say(about(&codes::NAMESPACE_WIDE_POLICY_COPIED, &origin("spec"), message));
            }
        }
    }
}

/// A client's sidecar normalised the path once more, which only a path with `..;` shows.
fn report_paths(mesh: &Mesh, policy: Policy<'_>, translation: &mut Translation) {
    let Policy::Authorization(policy) = policy else { return };
    let keeps_out = |paths: &Values| match policy.action {
        Action::Allow => !paths.not_values.is_empty(),
        Action::Deny | Action::Custom(_) => !paths.values.is_empty(),
        Action::Audit => false,
    };
    let operations = policy.rules.iter().flat_map(|rule| &rule.to);
    let normalises = mesh.settings.path_normalization != PathNormalization::None;
    if policy.is_enforcing() && normalises && operations.into_iter().any(|to| keeps_out(&to.paths)) {
        let message =
            "a path such as `/x/%2e%2e;/admin` reached it as `/admin`, and reaches the waypoint as `/x/..;/admin`";
        translation.say(whole(&codes::PATH_NORMALISED_ONCE, &policy.object, message));
    }
}
