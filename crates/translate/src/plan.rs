//! Which Services need a waypoint, and which workloads move their policies there.
//!
//! A workload is *moved* if one of its policies needs a waypoint, or if one of its Services needs one for another
//! reason: behind a waypoint its policies would see the waypoint for the caller. All Services of a moved workload
//! then need the waypoint, because ztunnel will admit nothing else; and every workload that a moved policy selects
//! moves with it. What hangs together in this way is one component, translated whole or refused whole.

use std::collections::{BTreeMap, BTreeSet};

use s2a_model::authz::{AuthorizationPolicy, RequestAuthentication, Scope};
use s2a_model::topology::{DataPlaneMode, Role, Service, Workload};
use s2a_model::{Mesh, Name, ObjectId};

use crate::classify::needs_waypoint;
use crate::route::RoutePlans;
use crate::{GuardScope, Options, Refusal, Translation, authz};

/// What goes where.
#[derive(Debug, Default)]
pub(crate) struct Plan {
    /// What the user chose.
    pub(crate) options: Options,
    /// The namespaces that leave sidecars behind.
    pub(crate) namespaces: BTreeSet<String>,
    /// The Services that need a waypoint.
    pub(crate) services: BTreeSet<Name>,
    /// The workloads whose policies move to the waypoint.
    pub(crate) moved: BTreeSet<Name>,
    /// The Services that lead to a workload by a route only, and may have its policies.
    leading: BTreeMap<Name, BTreeSet<Name>>,
    /// The Services of components that cannot be translated: they must not be put on a waypoint.
    pub(crate) refused_services: BTreeSet<Name>,
}

/// A policy of either kind that selects workloads.
#[derive(Clone, Copy)]
pub(crate) enum Policy<'a> {
    Authorization(&'a AuthorizationPolicy),
    Request(&'a RequestAuthentication),
}

impl<'a> Policy<'a> {
    pub(crate) fn name(&self) -> &'a Name {
        match self {
            Policy::Authorization(policy) => &policy.name,
            Policy::Request(policy) => &policy.name,
        }
    }

    pub(crate) fn scope(&self) -> &'a Scope {
        match self {
            Policy::Authorization(policy) => &policy.scope,
            Policy::Request(policy) => &policy.scope,
        }
    }

    pub(crate) fn object(&self) -> &'a ObjectId {
        match self {
            Policy::Authorization(policy) => &policy.object,
            Policy::Request(policy) => &policy.object,
        }
    }

    /// Whether it could refuse a request.
    pub(crate) fn is_enforcing(&self) -> bool {
        match self {
            Policy::Authorization(policy) => policy.is_enforcing(),
            Policy::Request(_) => true,
        }
    }

    /// Whether it belongs to one namespace's workloads by labels, so that it moves with them.
    pub(crate) fn is_own(&self, mesh: &Mesh) -> bool {
        matches!(self.scope(), Scope::Selector(_)) && self.name().namespace != mesh.settings.root_namespace
    }

    /// Whether it selects the workload's pods.
    pub(crate) fn selects(&self, mesh: &Mesh, workload: &Workload) -> bool {
        mesh.selects_for_sidecar(self.scope(), self.name(), workload)
    }
}

/// All policies of both kinds.
pub(crate) fn policies(mesh: &Mesh) -> impl Iterator<Item = Policy<'_>> {
    let authorization = mesh.authorization_policies.iter().map(Policy::Authorization);
    authorization.chain(mesh.request_authentications.iter().map(Policy::Request))
}

/// The policies of both kinds in these namespaces.
pub(crate) fn policies_in<'a, const N: usize>(
    mesh: &'a Mesh,
    namespaces: [&str; N],
) -> impl Iterator<Item = Policy<'a>> + use<'a, N> {
    let authorization = mesh.authorization_policies.of_namespaces(namespaces).map(Policy::Authorization);
    authorization.chain(mesh.request_authentications.of_namespaces(namespaces).map(Policy::Request))
}

/// The policies of both kinds that select the workload's pods.
pub(crate) fn policies_of<'a>(mesh: &'a Mesh, workload: &'a Workload) -> impl Iterator<Item = Policy<'a>> {
    let in_reach = [workload.name.namespace.as_str(), mesh.settings.root_namespace.as_str()];
    policies_in(mesh, in_reach).filter(|policy| policy.selects(mesh, workload))
}

/// The policies of both kinds that select pods of any of these workloads, which are of one namespace.
pub(crate) fn policies_of_any<'a>(mesh: &'a Mesh, workloads: &'a [&Workload]) -> impl Iterator<Item = Policy<'a>> {
    let home = workloads.first().map_or("", |workload| workload.name.namespace.as_str());
    let in_reach = policies_in(mesh, [home, mesh.settings.root_namespace.as_str()]);
    in_reach.filter(|policy| workloads.iter().any(|workload| policy.selects(mesh, workload)))
}

/// The workloads whose pods a policy selects. A policy of the root namespace reaches all of them.
pub(crate) fn workloads_of<'a>(mesh: &'a Mesh, policy: Policy<'a>) -> impl Iterator<Item = &'a Workload> {
    let home = policy.name().namespace.as_str();
    let in_reach: &[Workload] =
        if home == mesh.settings.root_namespace { &mesh.workloads } else { mesh.workloads.of_namespace(home) };
    in_reach.iter().filter(move |workload| policy.selects(mesh, workload))
}

/// Whether a workload's sidecar goes.
pub(crate) fn migrates(mesh: &Mesh, workload: &Workload) -> bool {
    workload.mode == DataPlaneMode::Sidecar
        && workload.role == Role::Application
        && mesh.is_moving(&workload.name.namespace)
}

/// The Services with an address of their own that select the workload.
pub(crate) fn addressed_services<'a>(mesh: &'a Mesh, workload: &'a Workload) -> impl Iterator<Item = &'a Service> {
    mesh.services_of(workload).filter(|service| !service.headless && service.external_name.is_none())
}

impl Plan {
    /// Plans a mesh. Components that cannot be translated are refused.
    pub(crate) fn of(mesh: &Mesh, routes: &RoutePlans, options: &Options, translation: &mut Translation) -> Plan {
        let namespaces = migrating_namespaces(mesh);
        let mut plan = Plan { options: options.clone(), namespaces, ..Plan::default() };
        let routed = services_with_routes(mesh, routes);
        plan.leading = authz::leading(mesh, &routed);
        plan.services = routed;
        plan.grow(mesh);
        for component in components(mesh, &plan.moved) {
            let refusals = authz::refusals(mesh, &plan, &component);
            if refusals.is_empty() {
                continue;
            }
            plan.drop_component(mesh, &component);
            refusals.into_iter().for_each(|refusal: Refusal| translation.refuse(refusal));
            authz::report_left_behind(mesh, &component, translation);
        }
        plan
    }

    /// The Services that lead to a workload by a route only, and may have its policies.
    pub(crate) fn leading(&self, workload: &Workload) -> impl Iterator<Item = &Name> {
        self.leading.get(&workload.name).into_iter().flatten()
    }

    /// Closes the sets of Services and workloads under what they need of each other.
    fn grow(&mut self, mesh: &Mesh) {
        loop {
            let before = (self.services.len(), self.moved.len());
            for workload in mesh.workloads.iter().filter(|workload| migrates(mesh, workload)) {
                if self.must_move(mesh, workload) {
                    self.moved.insert(workload.name.clone());
                    self.services.extend(addressed_services(mesh, workload).map(|service| service.name.clone()));
                }
            }
            if before == (self.services.len(), self.moved.len()) {
                return;
            }
        }
    }

    fn must_move(&self, mesh: &Mesh, workload: &Workload) -> bool {
        let selecting = || policies_of(mesh, workload);
        let behind_waypoint =
            || addressed_services(mesh, workload).any(|service| self.services.contains(&service.name));
        let needs = |policy: Policy<'_>| match policy {
            Policy::Authorization(policy) => needs_waypoint(policy, &mesh.settings),
            Policy::Request(_) => true,
        };
        selecting().any(needs)
            || (behind_waypoint() && selecting().any(|policy| policy.is_enforcing()))
            || selecting()
                .any(|policy| policy.is_own(mesh) && policy.is_enforcing() && self.moves_elsewhere(mesh, policy))
            || (self.options.guard == GuardScope::Namespace && self.guards_namespace_of(mesh, workload))
    }

    /// Whether another workload of the namespace is guarded: a guard for the namespace shuts all of it.
    fn guards_namespace_of(&self, mesh: &Mesh, workload: &Workload) -> bool {
        let is_guarded = |other: &Workload| {
            let enforcing = |policy| matches!(policy, Policy::Authorization(policy) if policy.is_enforcing());
            policies_of(mesh, other).any(enforcing)
        };
        let beside = mesh.workloads.of_namespace(&workload.name.namespace).iter();
        beside.filter(|other| self.moved.contains(&other.name)).any(is_guarded)
    }

    /// Whether another workload of the policy has been moved.
    fn moves_elsewhere(&self, mesh: &Mesh, policy: Policy<'_>) -> bool {
        workloads_of(mesh, policy).any(|workload| self.moved.contains(&workload.name))
    }

    fn drop_component(&mut self, mesh: &Mesh, component: &[&Workload]) {
        for workload in component {
            self.moved.remove(&workload.name);
            for service in mesh.services_of(workload) {
                self.services.remove(&service.name);
                self.refused_services.insert(service.name.clone());
            }
        }
    }
}

/// Namespaces with a sidecar in them, or a label that asks for them.
fn migrating_namespaces(mesh: &Mesh) -> BTreeSet<String> {
    let by_workload = mesh.workloads.iter().filter(|workload| migrates(mesh, workload));
    let by_label = mesh.namespaces.values().filter(|namespace| {
        let injected = namespace.labels.get("istio-injection").map(String::as_str);
        let ambient = namespace.labels.get("istio.io/dataplane-mode").map(String::as_str) == Some("ambient");
        !ambient
            && (injected == Some("enabled") || (injected.is_none() && namespace.labels.contains_key("istio.io/rev")))
    });
    by_workload
        .map(|workload| workload.name.namespace.clone())
        .chain(by_label.map(|namespace| namespace.name.clone()))
        .filter(|namespace| mesh.is_moving(namespace))
        .collect()
}

/// Services that only a waypoint can route for: those with routes to translate or to keep.
fn services_with_routes(mesh: &Mesh, routes: &RoutePlans) -> BTreeSet<Name> {
    let parents = mesh.http_routes.iter().map(|route| &route.parents);
    let parents = parents.chain(mesh.connection_routes.iter().map(|route| &route.parents));
    let with_http_route = parents.flatten().map(|parent| parent.service.clone());
    let in_sidecar_mesh = |name: &Name| {
        let service = mesh.service(name);
        service.is_some_and(|service| {
            !service.headless && mesh.workloads_of(service).any(|workload| migrates(mesh, workload))
        })
    };
    with_http_route.chain(routes.services()).filter(in_sidecar_mesh).collect()
}

/// Moved workloads that hang together. Neither a Service nor a policy with a selector links two namespaces.
fn components<'a>(mesh: &'a Mesh, moved: &BTreeSet<Name>) -> Vec<Vec<&'a Workload>> {
    let namespaces: BTreeSet<&str> = moved.iter().map(|name| name.namespace.as_str()).collect();
    namespaces.into_iter().flat_map(|namespace| components_of(mesh, namespace, moved)).collect()
}

/// Moved workloads of one namespace that hang together: by a policy with a selector, or by a Service.
fn components_of<'a>(mesh: &'a Mesh, namespace: &str, moved: &BTreeSet<Name>) -> Vec<Vec<&'a Workload>> {
    let all = mesh.workloads.of_namespace(namespace).iter();
    let workloads: Vec<&Workload> = all.filter(|workload| moved.contains(&workload.name)).collect();
    let linked = |selects: &dyn Fn(&Workload) -> bool| -> Vec<&'a Name> {
        workloads.iter().filter(|workload| selects(workload)).map(|workload| &workload.name).collect()
    };
    let mut links: Vec<Vec<&Name>> = Vec::new();
    for service in mesh.services.of_namespace(namespace) {
        links.push(linked(&|workload| service.selects(workload)));
    }
    for policy in policies_in(mesh, [namespace]).filter(|policy| policy.is_own(mesh)) {
        links.push(linked(&|workload| policy.selects(mesh, workload)));
    }
    let mut leader: BTreeMap<&Name, &Name> = workloads.iter().map(|it| (&it.name, &it.name)).collect();
    for link in links {
        let Some(first) = link.first().and_then(|name| leader.get(*name)).copied() else { continue };
        let others: BTreeSet<&Name> = link.iter().filter_map(|name| leader.get(*name)).copied().collect();
        for current in leader.values_mut().filter(|current| others.contains(**current)) {
            *current = first;
        }
    }
    let mut grouped: BTreeMap<&Name, Vec<&Workload>> = BTreeMap::new();
    for workload in workloads {
        if let Some(group) = leader.get(&workload.name) {
            grouped.entry(group).or_default().push(workload);
        }
    }
    grouped.into_values().collect()
}
