//! Namespaces leave sidecars behind, and waypoints appear where they are needed.

use std::collections::{BTreeMap, BTreeSet};

use s2a_catalog::codes;
use s2a_model::change::{Change, Edit, NewObject};
use s2a_model::route::Target;
use s2a_model::topology::{DataPlaneMode, Labels, Namespace, Role, Service, Workload};
use s2a_model::{Mesh, Name};

use crate::findings::whole;
use crate::plan::{Plan, migrates, policies};
use crate::{Options, Translation, WaypointScope};

const DATAPLANE_MODE: &str = "istio.io/dataplane-mode";
const USE_WAYPOINT: &str = "istio.io/use-waypoint";
const INGRESS_USE_WAYPOINT: &str = "istio.io/ingress-use-waypoint";

/// Enrols the migrating namespaces and binds Services to waypoints.
pub(crate) fn translate(mesh: &Mesh, plan: &Plan, options: &Options, translation: &mut Translation) {
    for namespace in &plan.namespaces {
        let needing: Vec<&Service> = services(mesh, namespace).filter(|it| plan.services.contains(&it.name)).collect();
        let object = mesh.namespaces.get(namespace);
        let whole_namespace = object.is_some() && options.waypoint_scope == WaypointScope::Namespace;
        let waypoint = (!needing.is_empty()).then(|| waypoint_name(mesh, namespace));
        if let Some(waypoint) = &waypoint {
            add_waypoint(mesh, waypoint, object, &needing, translation);
        }
        if let Some(object) = object {
            enrol(object, waypoint.as_ref().filter(|_| whole_namespace), translation);
        }
        bind(mesh, plan, namespace, waypoint.as_ref(), whole_namespace, translation);
    }
    for workload in mesh.workloads.iter().filter(|workload| !workload.assumed) {
        if migrates(workload) {
            stop_injecting(workload, translation);
        } else if plan.namespaces.contains(&workload.name.namespace) {
            keep_outside(workload, translation);
        }
    }
}

/// The waypoint of a namespace: the one that is there, or a new one called `waypoint`.
pub(crate) fn waypoint_name(mesh: &Mesh, namespace: &str) -> Name {
    let existing = mesh.waypoints.iter().find(|waypoint| waypoint.name.namespace == namespace);
    existing.map_or_else(|| Name::new(namespace, "waypoint"), |waypoint| waypoint.name.clone())
}

fn services<'a>(mesh: &'a Mesh, namespace: &'a str) -> impl Iterator<Item = &'a Service> {
    mesh.services.iter().filter(move |service| service.name.namespace == namespace)
}

fn add_waypoint(
    mesh: &Mesh,
    waypoint: &Name,
    namespace: Option<&Namespace>,
    needing: &[&Service],
    translation: &mut Translation,
) {
    if mesh.waypoints.iter().any(|known| known.name == *waypoint) {
        return;
    }
    let Some(first) = needing.first() else { return };
    let beside = namespace.map_or_else(|| first.object.clone(), |namespace| namespace.object.clone());
    let names: Vec<&str> = needing.iter().map(|service| service.name.name.as_str()).collect();
    let message = format!("waypoint {waypoint} serves {}", names.join(", "));
    translation.say(whole(&codes::WAYPOINT_ADDED, &beside, message));
    translation.change(Change::Add {
        beside,
        origins: needing.iter().map(|service| service.object.clone()).collect(),
        name: waypoint.clone(),
        object: NewObject::Waypoint,
    });
}

fn enrol(namespace: &Namespace, waypoint: Option<&Name>, translation: &mut Translation) {
    let mut set = BTreeMap::from([(DATAPLANE_MODE.to_owned(), "ambient".to_owned())]);
    if let Some(waypoint) = waypoint {
        set.insert(USE_WAYPOINT.to_owned(), waypoint.name.clone());
    }
    let old = ["istio-injection", "istio.io/rev"];
    let remove = old.iter().filter(|key| namespace.labels.contains_key(**key)).map(|key| (*key).to_owned()).collect();
    let edits = vec![Edit::Labels { set, remove }];
    translation.say(whole(
        &codes::NAMESPACE_ENROLLED,
        &namespace.object,
        "its pods join the ambient mesh once they are restarted",
    ));
    translation.change(Change::Edit { object: namespace.object.clone(), edits });
}

/// Binds what the namespace's label does not, and leaves out what it must not.
fn bind(
    mesh: &Mesh,
    plan: &Plan,
    namespace: &str,
    waypoint: Option<&Name>,
    whole_namespace: bool,
    translation: &mut Translation,
) {
    let Some(waypoint) = waypoint else { return };
    for service in services(mesh, namespace).filter(|service| !service.headless && service.external_name.is_none()) {
        let mut set = Labels::new();
        let needs = plan.services.contains(&service.name);
        match (needs, whole_namespace) {
            (true, false) => drop(set.insert(USE_WAYPOINT.to_owned(), waypoint.name.clone())),
            (false, true) if is_judged_at_ztunnel(mesh, plan, service) => {
                drop(set.insert(USE_WAYPOINT.to_owned(), "none".to_owned()));
            }
            (true, true) | (false, _) => {}
        }
        if needs && is_moved(mesh, plan, service) && ingress_targets(mesh).contains(&service.name) {
            let message =
                "an ingress gateway routes to this Service: it is made to use the waypoint, or it would be refused";
            translation.say(whole(&codes::INGRESS_SKIPS_WAYPOINT, &service.object, message));
            set.insert(INGRESS_USE_WAYPOINT.to_owned(), "true".to_owned());
        }
        set.retain(|key, value| service.labels.get(key) != Some(value));
        if !set.is_empty() {
            let edits = vec![Edit::Labels { set, remove: Vec::new() }];
            translation.change(Change::Edit { object: service.object.clone(), edits });
        }
    }
}

/// Whether policies judge the Service's pods at ztunnel, where a waypoint would stand for every caller.
fn is_judged_at_ztunnel(mesh: &Mesh, plan: &Plan, service: &Service) -> bool {
    plan.refused_services.contains(&service.name)
        || mesh
            .workloads_of(service)
            .any(|workload| policies(mesh).any(|policy| policy.is_enforcing() && policy.selects(mesh, workload)))
}

fn is_moved(mesh: &Mesh, plan: &Plan, service: &Service) -> bool {
    mesh.workloads_of(service).any(|workload| plan.moved.contains(&workload.name))
}

/// The Services that routes of gateways send to.
fn ingress_targets(mesh: &Mesh) -> BTreeSet<Name> {
    let at_gateway = mesh.virtual_services.iter().filter(|it| it.gateways.iter().any(|gateway| gateway != "mesh"));
    let backends = at_gateway.flat_map(|it| &it.rules).flat_map(|rule| match &rule.action.target {
        Target::Backends(backends) => backends.as_slice(),
        Target::Redirect(_) | Target::Respond { .. } => &[],
    });
    let classic = backends.filter_map(|backend| Some(mesh.service_by_host(&backend.host)?.name.clone()));
    classic.chain(mesh.gateway_backends.iter().map(|(service, _)| service.clone())).collect()
}

/// The path of the pod template's labels.
fn template_labels(workload: &Workload) -> &'static str {
    match workload.object.kind.as_str() {
        "Pod" => "metadata.labels",
        "CronJob" => "spec.jobTemplate.spec.template.metadata.labels",
        _ => "spec.template.metadata.labels",
    }
}

/// ztunnel would capture pods that opted out of injection, and policies would begin to bind them.
fn keep_outside(workload: &Workload, translation: &mut Translation) {
    let outside = workload.mode == DataPlaneMode::None && workload.role == Role::Application && !workload.host_network;
    if !outside || workload.labels.contains_key(DATAPLANE_MODE) {
        return;
    }
    let edit = Edit::SetEntry {
        at: template_labels(workload).to_owned(),
        key: DATAPLANE_MODE.to_owned(),
        value: "none".to_owned(),
    };
    let message = "these pods have no sidecar, and get none of ztunnel either";
    translation.say(whole(&codes::PODS_KEPT_OUTSIDE, &workload.object, message));
    translation.change(Change::Edit { object: workload.object.clone(), edits: vec![edit] });
}

/// A label in the pod template would go on asking for a sidecar.
fn stop_injecting(workload: &Workload, translation: &mut Translation) {
    for key in ["sidecar.istio.io/inject", "istio.io/rev"] {
        if workload.labels.get(key).is_some_and(|value| value != "false") {
            let edits = vec![Edit::RemoveEntry { at: template_labels(workload).to_owned(), key: key.to_owned() }];
            let message = format!("its template no longer asks for a sidecar by `{key}`");
            translation.say(whole(&codes::RESTART_PODS, &workload.object, message));
            translation.change(Change::Edit { object: workload.object.clone(), edits });
        }
    }
}
