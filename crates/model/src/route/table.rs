//! The ordered list of routes that one proxy has for one port of a Service.

use super::virtual_service::age;
use super::{HttpRoute, PathRewrite, RouteAction, RouteMatch, RouteRule, Router, VirtualService, sort_key};
use crate::topology::{Protocol, Service};
use crate::{HttpRequest, Mesh, Origin};

/// The routes for one port of a Service: the first that matches wins.
#[derive(Clone, Debug, Default)]
pub struct RouteTable<'a> {
    /// The routes.
    pub routes: Vec<Route<'a>>,
    /// What happens if none matches.
    pub otherwise: Otherwise,
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
    /// What happens to the path.
    pub rewrite: PathRewrite,
    /// The rule.
    pub origin: &'a Origin,
}

/// Routes that are taken together, as one VirtualService is.
struct Group<'a> {
    rules: Vec<(RouteMatch, &'a RouteRule)>,
    age: (Option<String>, String, String),
    namespace: String,
    derived: bool,
    exported: bool,
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
                let groups = self.groups_for_sidecar(service, port, client_namespace);
                self.first_group(groups, port, router)
            }
            Router::Waypoint(waypoint) => {
                let groups = self.groups_for_waypoint(service, port, &waypoint.name.namespace);
                self.all_groups(groups, port, router)
            }
        }
    }

    /// A sidecar takes the first VirtualService that has a route for the port, and no other.
    fn first_group<'a>(&'a self, groups: Vec<Group<'a>>, port: u16, router: Router<'_>) -> RouteTable<'a> {
        let mut table = RouteTable::default();
        for group in groups {
            if router.client_is_unknown() && !group.exported {
                table.client_dependent.push(group.origin.clone());
            }
            append(&mut table, group, port, router);
            if !table.routes.is_empty() {
                table.otherwise = Otherwise::NotFound;
                break;
            }
        }
        table
    }

    /// A waypoint takes all of them, one after the other (older releases: the first).
    fn all_groups<'a>(&'a self, groups: Vec<Group<'a>>, port: u16, router: Router<'_>) -> RouteTable<'a> {
        let all = self.settings.features.waypoint_reads_all_virtual_services;
        let mut table = RouteTable::default();
        for group in groups {
            let complete = append(&mut table, group, port, router);
            if complete || (!all && !table.routes.is_empty()) {
                break;
            }
        }
        if !table.routes.is_empty() {
            table.otherwise = Otherwise::NotFound;
        }
        table
    }

    /// Routes of the client's own namespace come first, then the most specific host, then age.
    fn groups_for_sidecar<'a>(&'a self, service: &Service, port: u16, client: Option<&str>) -> Vec<Group<'a>> {
        let host = service.host(&self.settings.cluster_domain);
        let mut groups = self.derived_groups(service, port);
        groups.retain(|group| {
            client.is_none_or(|client| group.namespace == client || group.namespace == service.name.namespace)
        });
        let visible = |one: &&VirtualService| one.exported || client.is_none_or(|client| one.name.namespace == client);
        groups.extend(self.virtual_services_of(&host).into_iter().filter(visible).map(group_of));
        let own = |group: &Group<'_>| group.derived && client == Some(group.namespace.as_str());
        groups.sort_by_key(|group| !own(group));
        groups
    }

    /// Routes of the waypoint's namespace first, then everything else of the Service's and the waypoint's namespace by
    /// age; the most specific host has no precedence here.
    fn groups_for_waypoint<'a>(&'a self, service: &Service, port: u16, waypoint: &str) -> Vec<Group<'a>> {
        let host = service.host(&self.settings.cluster_domain);
        let mut groups = self.derived_groups(service, port);
        groups.extend(self.virtual_services_of(&host).into_iter().map(group_of));
        groups.retain(|group| group.namespace == waypoint || group.namespace == service.name.namespace);
        groups.sort_by_key(|group| (!(group.derived && group.namespace == waypoint), group.age.clone()));
        groups
    }

    /// HTTPRoutes of one namespace for one Service, with and without port, sorted and merged.
    fn derived_groups<'a>(&'a self, service: &Service, port: u16) -> Vec<Group<'a>> {
        let mut groups: Vec<Group<'a>> = Vec::new();
        for with_port in [true, false] {
            let wanted = |route: &&HttpRoute| {
                !route.void
                    && route
                        .parents
                        .iter()
                        .any(|parent| parent.service == service.name && parent.port == with_port.then_some(port))
            };
            let mut routes: Vec<&HttpRoute> = self.http_routes.iter().filter(wanted).collect();
            routes.sort_by_key(|route| (&route.created, &route.name.namespace, internal_name(&route.name.name)));
            for route in routes {
                merge(&mut groups, route, with_port);
            }
        }
        for group in &mut groups {
            group.rules.sort_by_key(|(condition, _)| sort_key(condition));
        }
        groups
    }
}

/// istiod sorts by the name with `~` behind it, and `~` comes after letters, digits and `-`.
fn internal_name(name: &str) -> String {
    format!("{name}~")
}

fn merge<'a>(groups: &mut Vec<Group<'a>>, route: &'a HttpRoute, with_port: bool) {
    let rules = || route.rules.iter().flat_map(expanded);
    let key = if with_port { "port" } else { "" };
    let same = |group: &&mut Group<'_>| group.namespace == route.name.namespace && group.age.1 == key;
    if let Some(group) = groups.iter_mut().find(same) {
        group.rules.extend(rules());
        return;
    }
    groups.push(Group {
        rules: rules().collect(),
        age: (route.created.clone(), key.to_owned(), route.name.namespace.clone()),
        namespace: route.name.namespace.clone(),
        derived: true,
        exported: true,
        origin: Origin { object: route.object.clone(), field: String::new() },
    });
}

fn group_of(virtual_service: &VirtualService) -> Group<'_> {
    let (created, name, namespace) = age(virtual_service);
    Group {
        rules: virtual_service.rules.iter().flat_map(expanded).collect(),
        age: (created.clone(), name.to_owned(), namespace.to_owned()),
        namespace: namespace.to_owned(),
        derived: false,
        exported: virtual_service.exported,
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
        let rewrite = match (&rule.action.target, &rule.action.rewrite) {
            (super::Target::Backends(_), Some(rewrite)) => rewrite.resolve(&condition.path),
            _ => PathRewrite::Keep,
        };
        table.routes.push(Route { condition, action: &rule.action, rewrite, origin: &rule.origin });
        if complete {
            return true;
        }
    }
    false
}
