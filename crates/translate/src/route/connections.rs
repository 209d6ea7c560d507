//! `tcp` becomes TCPRoutes: one for each port, with one rule, because the first that applies decides every connection.

use s2a_catalog::codes;
use s2a_diagnostic::Diagnostic;
use s2a_model::change::{Change, NewObject};
use s2a_model::route::{ConnectionRoute, ConnectionRule, ParentRef, Router};
use s2a_model::topology::Protocol;
use s2a_model::{Name, ObjectId, Origin};

use super::Refusable;
use super::action::{Scope, express_backends};
use super::subset::SubsetUse;
use super::write::{Context, name};
use crate::Refusal;
use crate::findings::about;

/// The TCPRoute for one port, with the subsets that it sends to.
pub(super) struct Connections {
    pub(super) route: ConnectionRoute,
    pub(super) subsets: Vec<SubsetUse>,
}

/// Writes the TCPRoute for the context's port; `None` if no rule takes its connections.
pub(super) fn tcp_route(context: &Context<'_>) -> Refusable<Option<Connections>> {
    let Context { mesh, service, port, options, virtual_service, .. } = context;
    if virtual_service.connections.is_empty() {
        return Ok(None);
    }
    let router = Router::Sidecar { client_namespace: None, client_labels: None };
    let table = mesh.connection_table(service, *port, router);
    let cannot = |origin: &Origin, message: &str| {
        let finding = about(&codes::TCP_OR_TLS_ROUTE_NOT_TRANSLATED, origin, message);
        Err(Box::new(Refusal { object: origin.object.clone(), finding }))
    };
    if let Some(origin) = &table.undecided {
        let message = match service.port(*port).map(|port| port.protocol) {
            Some(Protocol::Tls) => "a waypoint does not look at server names",
            Some(Protocol::Http | Protocol::Tcp | Protocol::Sniffed | Protocol::Udp) | None => {
                "a waypoint looks at neither the client nor the address that it dialled"
            }
        };
        return cannot(origin, message);
    }
    let own = |rule: &&ConnectionRule| rule.origin.object == virtual_service.object;
    let Some(rule) = table.rule.filter(own) else { return Ok(None) };
    if !options.routes.tcp_routes {
        return cannot(&rule.origin, "the target has no TCPRoute without a flag");
    }
    let mut scope = Scope { mesh, options, port: *port, subsets: Vec::new() };
    let backends: Vec<_> = rule.backends.iter().map(|to| mesh.destination_of_connection(to, *port)).collect();
    let backends = express_backends(&mut scope, &backends, &rule.origin)?;
    let rule = ConnectionRule { tls: false, matches: Vec::new(), backends, origin: rule.origin.clone() };
    Ok(Some(Connections { route: route(context, rule), subsets: scope.subsets }))
}

fn route(context: &Context<'_>, rule: ConnectionRule) -> ConnectionRoute {
    let name: Name = name(context);
    ConnectionRoute {
        parents: vec![ParentRef {
            service: context.service.name.clone(),
            port: (context.service.ports.len() > 1).then_some(context.port),
        }],
        rules: vec![rule],
        void: false,
        created: None,
        object: ObjectId {
            api_version: "gateway.networking.k8s.io/v1".to_owned(),
            kind: "TCPRoute".to_owned(),
            name: name.clone(),
        },
        name,
    }
}

/// Rules for connections that none of the routes comes from: no port has any for them.
pub(super) fn dead(rules: &[ConnectionRule], routes: &[ConnectionRoute]) -> Vec<Diagnostic> {
    let used = |rule: &&ConnectionRule| routes.iter().flat_map(|it| &it.rules).any(|it| it.origin == rule.origin);
    let message = "no port of its Services takes connections by this rule";
    let dead = rules.iter().filter(|rule| !used(rule));
    dead.map(|rule| about(&codes::DEAD_RULE_DROPPED, &rule.origin, message)).collect()
}

/// The change that adds a TCPRoute.
pub(super) fn add(route: ConnectionRoute, object: &ObjectId) -> Change {
    Change::Add {
        beside: object.clone(),
        origins: vec![object.clone()],
        name: route.name.clone(),
        object: NewObject::TcpRoute(Box::new(route)),
    }
}
