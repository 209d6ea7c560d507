//! VirtualServices become HTTPRoutes that decide alike, or stay.
//!
//! A VirtualService takes the first match in order, an HTTPRoute the most specific one; so the list is first brought
//! into a form in which both orders agree, in the order of forms that a reader prefers: as it stands, with holes, as
//! a ladder of regular expressions. What cannot be brought there stays a VirtualService, which a waypoint obeys too.

mod action;
mod atom;
mod beside;
mod closure;
mod condition;
mod connections;
mod form;
mod holes;
mod hosts;
mod interplay;
mod kept;
mod ladder;
#[cfg(test)]
mod lists;
mod names;
mod overlap;
#[cfg(test)]
mod sample;
mod simplify;
mod subset;
mod traffic_policy;
mod write;

use std::collections::{BTreeMap, BTreeSet};

use s2a_catalog::codes;
use s2a_model::change::{Change, Edit, NewObject};
use s2a_model::route::{ConnectionRoute, Router, VirtualService};
use s2a_model::topology::{Protocol, Service};
use s2a_model::{Mesh, Name, ObjectId};

use crate::findings::{about, whole};
use crate::plan::Plan;
use crate::{Options, Refusal, Translation};

/// The name for results that can be refused: boxed, because a finding is large.
pub(crate) type Refusable<T> = Result<T, Box<Refusal>>;

/// What becomes of every VirtualService of the mesh.
#[derive(Debug, Default)]
pub(crate) struct RoutePlans {
    plans: BTreeMap<ObjectId, RoutePlan>,
}

/// What becomes of one VirtualService.
#[derive(Debug)]
enum RoutePlan {
    /// It becomes HTTPRoutes.
    Translated(Draft),
    /// It stays, on the waypoints of these Services.
    Kept { refusal: Box<Refusal>, services: BTreeSet<Name> },
}

/// What is written in the place of one VirtualService.
#[derive(Debug, Default)]
struct Draft {
    routes: Vec<write::WrittenRoute>,
    connections: Vec<ConnectionRoute>,
    subsets: Vec<subset::SubsetUse>,
    /// The Services that it is written for.
    services: BTreeSet<Name>,
    notes: Vec<s2a_diagnostic::Diagnostic>,
}

impl RoutePlans {
    /// The Services that need a waypoint for their routes.
    pub(crate) fn services(&self) -> impl Iterator<Item = Name> + '_ {
        self.plans.values().flat_map(|plan| match plan {
            RoutePlan::Translated(Draft { services, .. }) | RoutePlan::Kept { services, .. } => {
                services.iter().cloned()
            }
        })
    }
}

/// Plans every VirtualService that applies inside of the mesh.
pub(crate) fn plan(mesh: &Mesh, options: &Options) -> RoutePlans {
    let mut plans = RoutePlans::default();
    let of_mesh = mesh.virtual_services.iter().filter(|it| it.is_for_mesh() && !it.hosts.is_empty());
    for virtual_service in of_mesh.filter(|it| applies_to_sidecars(mesh, it)) {
        let services = covered_services(mesh, virtual_service);
        let plan = match translate_one(mesh, virtual_service, options) {
            Ok(draft) => RoutePlan::Translated(draft),
            // What a delegate stands for cannot be said in the root either: the root stays.
            Err(refusal) => RoutePlan::Kept {
                refusal: Box::new(Refusal { object: virtual_service.object.clone(), ..*refusal }),
                services,
            },
        };
        plans.plans.insert(virtual_service.object.clone(), plan);
    }
    plans
}

/// Where every client is in ambient mode already, a VirtualService is where somebody wanted it.
fn applies_to_sidecars(mesh: &Mesh, virtual_service: &VirtualService) -> bool {
    let services = covered_services(mesh, virtual_service);
    let migrates = |workload| crate::plan::migrates(mesh, workload);
    let migrating = |name: &Name| mesh.service(name).is_some_and(|service| mesh.workloads_of(service).any(migrates));
    services.is_empty() && mesh.workloads.iter().any(migrates) || services.iter().any(migrating)
}

fn covered_services(mesh: &Mesh, virtual_service: &VirtualService) -> BTreeSet<Name> {
    if virtual_service.rules.is_empty() && virtual_service.connections.is_empty() || !virtual_service.is_for_mesh() {
        return BTreeSet::new();
    }
    let (wildcards, hosts): (Vec<&String>, Vec<&String>) =
        virtual_service.hosts.iter().partition(|host| host.starts_with('*'));
    let covers = |service: &&Service| virtual_service.applies_to(&service.host(&mesh.settings.cluster_domain));
    let all = if wildcards.is_empty() { &[] } else { &*mesh.services };
    let covered = all.iter().filter(covers);
    let named = hosts.into_iter().filter_map(|host| mesh.service_by_host(host));
    covered.chain(named).map(|service| service.name.clone()).collect()
}

/// Writes what was planned. A VirtualService whose Service cannot be put on a waypoint stays after all.
pub(crate) fn translate(mesh: &Mesh, plan: &Plan, mut routes: RoutePlans, translation: &mut Translation) {
    let mut subsets = BTreeSet::new();
    names::make_distinct(mesh, &mut routes.plans);
    beside::keep_what_would_be_joined(mesh, plan, &mut routes.plans);
    for (object, route_plan) in routes.plans {
        if let Some(virtual_service) = mesh.virtual_services.get(&object.name) {
            interplay::findings(mesh, virtual_service).into_iter().for_each(|finding| translation.say(finding));
        }
        match route_plan {
            RoutePlan::Kept { refusal, services } => {
                if services.iter().any(|service| plan.services.contains(service)) {
                    let message =
                        "kept: its Services use a waypoint, which obeys VirtualServices (Alpha in ambient mode)";
                    translation.say(whole(&codes::VIRTUAL_SERVICE_KEPT_ON_WAYPOINT, &object, message));
                    kept::write_ports(mesh, &object, &services, translation);
                }
                translation.refuse(*refusal);
            }
            RoutePlan::Translated(draft) if draft.is_refused(plan) => {
                let message =
                    "stays: policies of its workloads cannot move to a waypoint, so that none can be put there";
                let finding = whole(&codes::ROUTE_NEEDS_REFUSED_WAYPOINT, &object, message);
                translation.refuse(Refusal { object, finding });
            }
            RoutePlan::Translated(Draft { routes, connections, subsets: used, notes, .. }) => {
                notes.into_iter().for_each(|note| translation.say(note));
                subsets.extend(used);
                replace(mesh, &object, routes, connections, translation);
            }
        }
    }
    report_gateway_routes(mesh, translation);
    remove_delegates(mesh, translation);
    for used in subsets {
        used.write(mesh, plan, translation);
    }
}

fn replace(
    mesh: &Mesh,
    object: &ObjectId,
    routes: Vec<write::WrittenRoute>,
    connections: Vec<ConnectionRoute>,
    translation: &mut Translation,
) {
    let Some(virtual_service) = mesh.virtual_services.get(&object.name) else { return };
    if !routes.is_empty() || !connections.is_empty() {
        let message = "sidecars of the Service's namespace obey the new routes as soon as they are applied: apply them with the move";
        translation.say(whole(&codes::HTTP_ROUTE_ACTIVE_AT_ONCE, object, message));
    }
    for write::WrittenRoute { route, form, correspondence } in routes {
        let origin = s2a_model::Origin { object: object.clone(), field: "spec.http".to_owned() };
        let message = format!("becomes HTTPRoute {} ({form}): {correspondence}", route.name);
        translation.say(about(&codes::ROUTE_TRANSLATED, &origin, message));
        translation.change(Change::Add {
            beside: object.clone(),
            origins: std::iter::once(object).chain(&virtual_service.delegates).cloned().collect(),
            name: route.name.clone(),
            object: NewObject::HttpRoute { route: Box::new(route), form: form.to_string(), rules: correspondence },
        });
    }
    for route in connections {
        let origin = route.rules.first().map_or_else(Default::default, |rule| rule.origin.clone());
        let message = format!("becomes TCPRoute {} with the same destinations", route.name);
        translation.say(about(&codes::ROUTE_TRANSLATED, &origin, message));
        translation.change(connections::add(route, object));
    }
    let others: Vec<String> = virtual_service.gateways.iter().filter(|gateway| *gateway != "mesh").cloned().collect();
    if others.is_empty() {
        translation.change(Change::Remove { object: object.clone() });
    } else {
        let origin = s2a_model::Origin { object: object.clone(), field: "spec.gateways".to_owned() };
        translation.say(about(&codes::GATEWAY_HALF_KEPT, &origin, format!("goes on routing at {}", others.join(", "))));
        translation.change(Change::Edit { object: object.clone(), edits: vec![Edit::Gateways(others)] });
    }
}

fn report_gateway_routes(mesh: &Mesh, translation: &mut Translation) {
    for virtual_service in mesh.virtual_services.iter().filter(|it| !it.is_for_mesh() && !it.hosts.is_empty()) {
        let message = format!("routes at {} only, which goes on", virtual_service.gateways.join(", "));
        translation.say(whole(&codes::GATEWAY_ROUTE_KEPT, &virtual_service.object, message));
    }
}

/// A delegate goes with the last VirtualService that delegates to it.
fn remove_delegates(mesh: &Mesh, translation: &mut Translation) {
    let removal = |change: &Change| match change {
        Change::Remove { object } => Some(object.clone()),
        Change::Edit { .. } | Change::Add { .. } => None,
    };
    let removed: BTreeSet<ObjectId> = translation.changes.iter().filter_map(removal).collect();
    for delegate in mesh.virtual_services.iter().filter(|it| it.hosts.is_empty()) {
        let removed = |root: &&&VirtualService| removed.contains(&root.object);
        let roots: Vec<&VirtualService> =
            mesh.virtual_services.iter().filter(|root| root.delegates.contains(&delegate.object)).collect();
        let staying: Vec<String> =
            roots.iter().filter(|root| !removed(root)).map(|root| root.name.to_string()).collect();
        let message = match (roots.is_empty(), staying.is_empty()) {
            (false, true) => {
                translation.change(Change::Remove { object: delegate.object.clone() });
                continue;
            }
            (true, _) => "stays: no VirtualService of the input delegates to it".to_owned(),
            (false, false) => format!("stays for VirtualService {}, which delegates to it", staying.join(", ")),
        };
        let finding = whole(&codes::DELEGATE_NOT_TRANSLATED, &delegate.object, message);
        translation.refuse(Refusal { object: delegate.object.clone(), finding });
    }
}

fn translate_one(mesh: &Mesh, virtual_service: &VirtualService, options: &Options) -> Refusable<Draft> {
    refuse_whole(virtual_service)?;
    let mut draft = Draft::default();
    let called = hosts::services(mesh, virtual_service)?;
    let several_hosts = called.len() > 1;
    for service in called {
        let several_ports = http_ports(service).len() > 1;
        for port in service.ports.iter().map(|port| port.number).collect::<BTreeSet<u16>>() {
            let context =
                write::Context { mesh, virtual_service, service, port, options, several_ports, several_hosts };
            draft.add_requests(&context)?;
            draft.add_connections(&write::Context { several_ports: service.ports.len() > 1, ..context })?;
        }
        draft.notes.extend(hosts::precedence(mesh, virtual_service, service));
    }
    draft.notes.extend(hosts::expanded(mesh, virtual_service));
    draft.notes.extend(connections::dead(&virtual_service.connections, &draft.connections));
    Ok(draft)
}

impl Draft {
    /// Whether a waypoint that it needs cannot be.
    fn is_refused(&self, plan: &Plan) -> bool {
        self.services.iter().any(|service| plan.refused_services.contains(service))
    }

    /// Adds the HTTPRoutes for a port, if sidecars take this VirtualService there.
    fn add_requests(&mut self, context: &write::Context<'_>) -> Refusable<()> {
        let router = Router::Sidecar { client_namespace: None, client_labels: None };
        let table = context.mesh.route_table(context.service, context.port, router);
        if table.from != Some(&context.virtual_service.object) {
            return Ok(());
        }
        let written = write::http_route(context, &table)?;
        self.services.insert(context.service.name.clone());
        self.routes.extend(written.routes);
        self.subsets.extend(written.subsets);
        self.notes.extend(written.notes);
        Ok(())
    }

    /// Adds the TCPRoute for a port, if a rule of this VirtualService decides there.
    fn add_connections(&mut self, context: &write::Context<'_>) -> Refusable<()> {
        if let Some(written) = connections::tcp_route(context)? {
            self.services.insert(context.service.name.clone());
            self.connections.push(written.route);
            self.subsets.extend(written.subsets);
        }
        Ok(())
    }
}

/// What keeps a VirtualService whole.
fn refuse_whole(virtual_service: &VirtualService) -> Refusable<()> {
    let refuse = |code, field: &str, message: &str| {
        let origin = s2a_model::Origin { object: virtual_service.object.clone(), field: field.to_owned() };
        Err(Box::new(Refusal { object: virtual_service.object.clone(), finding: about(code, &origin, message) }))
    };
    if let Some(origin) = virtual_service.not_modelled.first() {
        let message = "the input lacks this delegate, so that nobody knows what the rule does";
        return refuse(&codes::DELEGATE_NOT_TRANSLATED, &origin.field, message);
    }
    if let Some(controller) = &virtual_service.controller {
        let message = format!("{controller} changes this object during a rollout, and would not change an HTTPRoute");
        return refuse(&codes::ROUTE_WITH_A_CONTROLLER, "metadata.name", &message);
    }
    if !virtual_service.exported {
        let message = "routes on a waypoint are for every client, these are for some namespaces";
        return refuse(&codes::EXPORT_TO_NARROWER, "spec.exportTo", message);
    }
    Ok(())
}

/// `http` routes apply to HTTP ports, and to ports whose protocol is found out.
fn http_ports(service: &Service) -> Vec<u16> {
    let http = |protocol: Protocol| matches!(protocol, Protocol::Http | Protocol::Sniffed);
    service.ports.iter().filter(|port| http(port.protocol)).map(|port| port.number).collect()
}
