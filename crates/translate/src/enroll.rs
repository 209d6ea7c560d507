//! Namespaces leave sidecars behind, and waypoints appear where they are needed.

use std::collections::{BTreeMap, BTreeSet};

use s2a_catalog::codes;
use s2a_model::change::{Change, Edit, NewObject};
use s2a_model::route::Target;
use s2a_model::topology::{DataPlaneMode, Labels, Namespace, Role, Service, Workload};
use s2a_model::{Mesh, Name, ObjectId};

use crate::findings::whole;
use crate::plan::{Plan, migrates, policies_of};
use crate::{Translation, WaypointScope};

const DATAPLANE_MODE: &str = "istio.io/dataplane-mode";
const USE_WAYPOINT: &str = "istio.io/use-waypoint";
const USE_WAYPOINT_NAMESPACE: &str = "istio.io/use-waypoint-namespace";
const INGRESS_USE_WAYPOINT: &str = "istio.io/ingress-use-waypoint";

/// How the Services of a namespace are bound to its waypoint.
struct Binding<'a> {
    namespace: &'a str,
    waypoint: &'a Name,
    /// Whether the namespace's own label binds them.
    whole_namespace: bool,
    /// The Services that ingress gateways route to.
    ingress_targets: &'a BTreeSet<Name>,
}

/// Enrols the migrating namespaces and binds Services to waypoints.
pub(crate) fn translate(mesh: &Mesh, plan: &Plan, translation: &mut Translation) {
    add_waypoints(mesh, plan, translation);
    report_remaining(mesh, translation);
    let ingress_targets = ingress_targets(mesh);
    for namespace in &plan.namespaces {
        let object = mesh.namespaces.get(namespace);
        let whole_namespace = object.is_some() && plan.options.waypoint_scope == WaypointScope::Namespace;
        let waypoint = needing(mesh, plan, namespace).next().map(|_| waypoint_name(mesh, plan, namespace));
        if let Some(object) = object {
            enrol(object, waypoint.as_ref().filter(|_| whole_namespace), translation);
        }
        if let Some(waypoint) = &waypoint {
            let binding = Binding { namespace, waypoint, whole_namespace, ingress_targets: &ingress_targets };
            bind(mesh, plan, &binding, translation);
        }
    }
    for workload in mesh.workloads.iter().filter(|workload| !workload.assumed) {
        if migrates(mesh, workload) {
            stop_injecting(workload, translation);
        } else if plan.namespaces.contains(&workload.name.namespace) {
            keep_outside(workload, translation);
        }
    }
}

/// Sidecars that stay are reached by callers without.
fn report_remaining(mesh: &Mesh, translation: &mut Translation) {
    let stays =
        |workload: &&Workload| workload.mode == DataPlaneMode::Sidecar && !mesh.is_moving(&workload.name.namespace);
    let namespaces: BTreeSet<&str> =
        mesh.workloads.iter().filter(stays).map(|workload| workload.name.namespace.as_str()).collect();
    if !namespaces.is_empty() {
        let namespaces = namespaces.into_iter().collect::<Vec<_>>().join(", ");
        let message =
            format!("sidecars stay in {namespaces}: their pods are taken for restarted since ambient mode is there");
        translation.say(s2a_diagnostic::Diagnostic::plain(&codes::REMAINING_SIDECARS_MUST_SPEAK_HBONE, message));
    }
}

/// The waypoint of a namespace: the one that is there, or the one that is added.
pub(crate) fn waypoint_name(mesh: &Mesh, plan: &Plan, namespace: &str) -> Name {
    let existing = mesh.waypoints.of_namespace(namespace).first();
    existing.map_or_else(|| plan.options.waypoint.of(namespace), |waypoint| waypoint.name.clone())
}

/// The Services of a namespace that need a waypoint.
fn needing<'a>(mesh: &'a Mesh, plan: &'a Plan, namespace: &'a str) -> impl Iterator<Item = &'a Service> {
    services(mesh, namespace).filter(|service| plan.services.contains(&service.name))
}

fn services<'a>(mesh: &'a Mesh, namespace: &'a str) -> impl Iterator<Item = &'a Service> {
    mesh.services.of_namespace(namespace).iter()
}

/// Adds the waypoints that are not there yet; one may serve several namespaces.
fn add_waypoints(mesh: &Mesh, plan: &Plan, translation: &mut Translation) {
    let mut served: BTreeMap<Name, Vec<&Service>> = BTreeMap::new();
    for namespace in &plan.namespaces {
        for service in needing(mesh, plan, namespace) {
            served.entry(waypoint_name(mesh, plan, namespace)).or_default().push(service);
        }
    }
    for (waypoint, needing) in served {
        if mesh.waypoints.get(&waypoint).is_none() {
            add_waypoint(mesh, plan, &waypoint, &needing, translation);
        }
    }
}

fn add_waypoint(mesh: &Mesh, plan: &Plan, waypoint: &Name, needing: &[&Service], translation: &mut Translation) {
    let Some(first) = needing.first() else { return };
    let home = mesh.namespaces.get(&waypoint.namespace);
    let beside = home.map_or_else(|| first.object.clone(), |namespace| namespace.object.clone());
    let names: Vec<String> = needing.iter().map(|service| name_seen_from(&service.name, &waypoint.namespace)).collect();
    let message = format!("waypoint {waypoint} serves {}", names.join(", "));
    translation.say(whole(&codes::WAYPOINT_ADDED, &beside, message));
    let origins: Vec<ObjectId> = needing.iter().map(|service| service.object.clone()).collect();
    let options = &plan.options.waypoint;
    let parameters = options.has_parameters().then(|| format!("{}-options", waypoint.name));
    if let Some(name) = &parameters {
        translation.change(Change::Add {
            beside: beside.clone(),
            origins: origins.clone(),
            name: Name::new(waypoint.namespace.clone(), name.clone()),
            object: NewObject::WaypointParameters {
                replicas: options.replicas,
                disruption_budget: options.disruption_budget,
            },
        });
    }
    let others = needing.iter().map(|service| service.name.namespace.clone());
    let namespaces = others.filter(|namespace| *namespace != waypoint.namespace).collect();
    translation.change(Change::Add {
        beside,
        origins,
        name: waypoint.clone(),
        object: NewObject::Waypoint { namespaces, parameters },
    });
}

/// The name alone in its own namespace.
fn name_seen_from(name: &Name, namespace: &str) -> String {
    if name.namespace == namespace { name.name.clone() } else { name.to_string() }
}

/// The labels that bind to a waypoint.
fn binding(waypoint: &Name, namespace: &str) -> Labels {
    let mut labels = Labels::from([(USE_WAYPOINT.to_owned(), waypoint.name.clone())]);
    if waypoint.namespace != namespace {
        labels.insert(USE_WAYPOINT_NAMESPACE.to_owned(), waypoint.namespace.clone());
    }
    labels
}

fn enrol(namespace: &Namespace, waypoint: Option<&Name>, translation: &mut Translation) {
    let mut set = BTreeMap::from([(DATAPLANE_MODE.to_owned(), "ambient".to_owned())]);
    if let Some(waypoint) = waypoint {
        set.extend(binding(waypoint, &namespace.name));
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
fn bind(mesh: &Mesh, plan: &Plan, bound: &Binding<'_>, translation: &mut Translation) {
    let Binding { namespace, waypoint, whole_namespace, ingress_targets } = *bound;
    for service in services(mesh, namespace).filter(|service| !service.headless && service.external_name.is_none()) {
        let mut set = Labels::new();
        let needs = plan.services.contains(&service.name);
        match (needs, whole_namespace) {
            (true, false) => set.extend(binding(waypoint, namespace)),
            (false, true) if is_judged_at_ztunnel(mesh, plan, service) => {
                drop(set.insert(USE_WAYPOINT.to_owned(), "none".to_owned()));
            }
            (true, true) | (false, _) => {}
        }
        if needs && is_moved(mesh, plan, service) && ingress_targets.contains(&service.name) {
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
        || mesh.workloads_of(service).any(|workload| policies_of(mesh, workload).any(|policy| policy.is_enforcing()))
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
