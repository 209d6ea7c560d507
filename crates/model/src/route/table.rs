//! The ordered list of routes that one proxy has for one port of a Service.

use super::virtual_service::age;
use super::{HttpRoute, PathRewrite, RouteAction, RouteMatch, RouteRule, Router, Target, VirtualService, sort_key};
use crate::topology::{Protocol, Service};
use crate::{HttpRequest, Mesh, ObjectId, Origin};

/// The routes for one port of a Service: the first that matches wins.
#[derive(Clone, Debug, Default)]
pub struct RouteTable<'a> {
    /// The routes.
    pub routes: Vec<Route<'a>>,
    /// What happens if none matches.
    pub otherwise: Otherwise,
    /// The VirtualService or HTTPRoute whose routes these are, where a sidecar takes those of one alone.
    pub from: Option<&'a ObjectId>,
    /// Where the list depends on labels, namespace or visibility of the client, if it does and no client was given.
    pub client_dependent: Vec<Origin>,
}

/// What happens to a request that no route matches.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Otherwise {
    /// It goes to the Service: there are no routes.
    #[default]
    ToService,
    /// 404: there are routes.
    NotFound,
}

/// One route.
#[derive(Clone, Debug)]
pub struct Route<'a> {
    /// The condition.
    pub condition: RouteMatch,
    /// What is done.
    pub action: &'a RouteAction,
    /// What happens to the path, of the request or of the `Location`.
    pub rewrite: PathRewrite,
    /// The rule.
    pub origin: &'a Origin,
}

/// Routes that are taken together, as one VirtualService is.
struct Group<'a> {
    rules: Vec<(RouteMatch, &'a RouteRule)>,
    /// Creation, name, namespace: the order of istiod's configuration store.
    age: (Option<String>, String, String),
    namespace: String,
    derived: bool,
    exported: bool,
    /// Whether sidecars of every namespace take it.
    for_everybody: bool,
    /// The VirtualService, or the oldest of the HTTPRoutes.
    object: &'a ObjectId,
    origin: Origin,
}

impl RouteTable<'_> {
    /// The first route that matches.
    #[must_use]
    pub fn find(&self, request: &HttpRequest) -> Option<&Route<'_>> {
        self.routes.iter().find(|route| route.condition.matches(request))
    }
}

impl Mesh {
    /// The routes that `router` has for a port of a Service. Only HTTP and sniffed ports have any.
    #[must_use]
    pub fn route_table(&self, service: &Service, port: u16, router: Router<'_>) -> RouteTable<'_> {
        let protocol = service.port(port).map_or(Protocol::Tcp, |port| port.protocol);
        if !matches!(protocol, Protocol::Http | Protocol::Sniffed) {
            return RouteTable::default();
        }
        match router {
            Router::Sidecar { client_namespace, .. } => {
                let groups = self.groups_for_sidecar(service, client_namespace);
                self.first_group(groups, port, router)
            }
            Router::Waypoint(waypoint) => {
                let groups = self.groups_for_waypoint(service, &waypoint.name.namespace);
                self.all_groups(groups, port, router)
            }
        }
    }

    /// A sidecar takes the first VirtualService that has a route for the port, and no other.
    fn first_group<'a>(&'a self, groups: Vec<Group<'a>>, port: u16, router: Router<'_>) -> RouteTable<'a> {
        let mut table = RouteTable::default();
        if router.client_is_unknown() {
            // Clients of an HTTPRoute's own namespace take it before anything older.
            let overtaking = groups.iter().skip_while(|group| group.derived).filter(|group| group.derived);
            table.client_dependent.extend(overtaking.map(|group| group.origin.clone()));
        }
        for group in groups {
            if router.client_is_unknown() && !group.for_everybody {
                table.client_dependent.push(group.origin.clone());
            }
            let from = group.object;
            append(&mut table, group, port, router);
            if !table.routes.is_empty() {
                table.from = Some(from);
                table.otherwise = Otherwise::NotFound;
                break;
            }
        }
        table
    }

    /// A waypoint takes all of them, one after the other (older releases: the first).
    fn all_groups<'a>(&'a self, mut groups: Vec<Group<'a>>, port: u16, router: Router<'_>) -> RouteTable<'a> {
        if !self.settings.features.waypoint_reads_all_virtual_services {
            groups.truncate(1);
        }
        let mut table = RouteTable::default();
        for group in groups {
            if append(&mut table, group, port, router) {
                break;
            }
        }
        if !table.routes.is_empty() {
            table.otherwise = Otherwise::NotFound;
        }
        table
    }

    /// What says the host exactly comes before wildcards, and of these only the most specific one counts. Then what is
    /// kept for the client's namespace, then HTTPRoutes of the client's namespace, then age (istio/istio
    /// `pilot/pkg/model/virtualservice.go`, `SelectVirtualServices`).
    fn groups_for_sidecar<'a>(&'a self, service: &Service, client: Option<&str>) -> Vec<Group<'a>> {
        let host = service.host(&self.settings.cluster_domain);
        let visible = |one: &&VirtualService| one.exported || client.is_none_or(|client| one.name.namespace == client);
        let candidates = self.virtual_services_of(&host).into_iter().filter(visible);
        let (exact, wildcards): (Vec<_>, Vec<_>) = candidates.partition(|one| one.covers(&host) == Some(usize::MAX));
        let mut groups = self.derived_groups(service);
        groups.retain(|group| group.for_everybody || client.is_none_or(|client| group.namespace == client));
        groups.extend(exact.into_iter().map(group_of));
        let own = |group: &Group<'_>| group.derived && client == Some(group.namespace.as_str());
        groups.sort_by_key(|group| (group.exported, !own(group), group.age.clone()));
        if groups.is_empty() {
            let specificity = wildcards.first().map(|first| first.covers(&host));
            let best = wildcards.into_iter().filter(|one| Some(one.covers(&host)) == specificity);
            groups.extend(best.min_by_key(|one| (one.exported, age(one))).map(group_of));
        }
        groups
    }

    /// What the waypoint's namespace sees of its own and the Service's: first what is kept for it, then HTTPRoutes of
    /// the waypoint's namespace, then everything else by age; the most specific host has no precedence here.
    fn groups_for_waypoint<'a>(&'a self, service: &Service, waypoint: &str) -> Vec<Group<'a>> {
        let host = service.host(&self.settings.cluster_domain);
        let mut groups = self.derived_groups(service);
        groups.extend(self.virtual_services_of(&host).into_iter().map(group_of));
        groups.retain(|group| {
            group.namespace == waypoint || (group.exported && group.namespace == service.name.namespace)
        });
        let own = |group: &Group<'_>| group.derived && group.namespace == waypoint;
        groups.sort_by_key(|group| (group.exported, !own(group), group.age.clone()));
        groups
    }

    /// The HTTPRoutes for a Service, sorted and merged by namespace and port.
    fn derived_groups<'a>(&'a self, service: &Service) -> Vec<Group<'a>> {
        let parents_of = |route: &'a HttpRoute| {
            let here = route.parents.iter().filter(|parent| parent.service == service.name);
            here.map(move |parent| (route, parent.port))
        };
        let of_service = self.http_routes.about(std::slice::from_ref(&service.name));
        let mut routes: Vec<_> = of_service.into_iter().filter(|route| !route.void).flat_map(parents_of).collect();
        routes.sort_by_key(|(route, _)| (&route.created, &route.name.namespace, internal_name(&route.name.name)));
        let mut groups: Vec<Group<'a>> = Vec::new();
        for (route, port) in routes {
            self.merge(&mut groups, route, port, service);
        }
        for group in &mut groups {
            // Only a GRPCRoute can have a rule without matches, which comes last.
            group.rules.sort_by_key(|(condition, rule)| (rule.matches.is_empty(), sort_key(condition)));
        }
        groups
    }

    /// A group has the age of its oldest route and the name of its merge key.
    fn merge<'a>(&self, groups: &mut Vec<Group<'a>>, route: &'a HttpRoute, port: Option<u16>, service: &Service) {
        let namespace = &route.name.namespace;
        let host = service.host(&self.settings.cluster_domain);
        let name = match port {
            Some(port) => format!("{namespace}~{port}~{host}"),
            None => format!("{namespace}~{host}"),
        };
        let apart = !self.settings.features.merges_grpc_routes && route.object.kind == "GRPCRoute";
        let name = if apart { format!("{name}~grpc") } else { name };
        let rules =
            route.rules.iter().flat_map(expanded).map(|(condition, rule)| (RouteMatch { port, ..condition }, rule));
        if let Some(group) = groups.iter_mut().find(|group| group.age.1 == name) {
            group.rules.extend(rules);
            return;
        }
        groups.push(Group {
            rules: rules.collect(),
            age: (route.created.clone(), name, namespace.clone()),
            namespace: namespace.clone(),
            derived: true,
            exported: true,
            for_everybody: *namespace == service.name.namespace,
            object: &route.object,
            origin: Origin { object: route.object.clone(), field: String::new() },
        });
    }
}

/// istiod sorts by the name with `~` behind it, and `~` comes after letters, digits and `-`.
fn internal_name(name: &str) -> String {
    format!("{name}~")
}

fn group_of(virtual_service: &VirtualService) -> Group<'_> {
    let (created, name, namespace) = age(virtual_service);
    Group {
        rules: virtual_service.rules.iter().flat_map(expanded).collect(),
        age: (created.clone(), name.to_owned(), namespace.to_owned()),
        namespace: namespace.to_owned(),
        derived: false,
        exported: virtual_service.exported,
        for_everybody: virtual_service.exported,
        object: &virtual_service.object,
        origin: Origin { object: virtual_service.object.clone(), field: "spec.exportTo".to_owned() },
    }
}

/// One entry per match; a rule without matches matches everything.
fn expanded(rule: &RouteRule) -> Vec<(RouteMatch, &RouteRule)> {
    if rule.matches.is_empty() {
        return vec![(RouteMatch::any(rule.origin.clone()), rule)];
    }
    rule.matches.iter().map(|condition| (condition.clone(), rule)).collect()
}

/// Adds a group's routes for the port. Returns whether the list is complete: a catch-all stops everything.
fn append<'a>(table: &mut RouteTable<'a>, group: Group<'a>, port: u16, router: Router<'_>) -> bool {
    for (condition, rule) in group.rules {
        if condition.port.is_some_and(|wanted| wanted != port) {
            continue;
        }
        match router.admits(&condition.client) {
            Some(false) => continue,
            Some(true) => {}
            None => table.client_dependent.push(condition.origin.clone()),
        }
        let complete = condition.is_catch_all();
        let rewrite = path_rewrite(&rule.action, &condition);
        table.routes.push(Route { condition, action: &rule.action, rewrite, origin: &rule.origin });
        if complete {
            return true;
        }
    }
    false
}

fn path_rewrite(action: &RouteAction, condition: &RouteMatch) -> PathRewrite {
    let rewrite = match &action.target {
        Target::Backends(_) => action.rewrite.as_ref().map(|rewrite| rewrite.resolve(&condition.path)),
        Target::Redirect(redirect) => redirect.path.as_ref().map(|path| path.resolve_for_redirect(&condition.path)),
        Target::Respond { .. } => None,
    };
    rewrite.unwrap_or(PathRewrite::Keep)
}
