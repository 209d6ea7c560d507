//! Routes for connections, and routes to headless Services (addenda 14).

use s2a_model::route::{ClientCondition, ConnectionMatch, ConnectionRoute, ConnectionRule, ParentRef, VirtualService};
use s2a_model::topology::{Protocol, Workload};
use s2a_model::{Mesh, Name, Origin};

use crate::ask::{ask, decision};
use crate::mesh::{object, service, update_service, workload};
use crate::peer_authentication::peer_authentication;
use crate::routes::{WEB, backend, routed, virtual_service};

/// Services `web`, `a` and `b` with a TCP port 7000, a TLS port 7443 and an HTTP port 80.
fn with(words: &str, rules: Vec<ConnectionRule>) -> Mesh {
    let mut mesh = routed(words);
    let ports = [(80, 8080, Protocol::Http), (7000, 7000, Protocol::Tcp), (7443, 7443, Protocol::Tls)];
    for name in ["web", "a", "b"] {
        update_service(&mut mesh, name, |found| found.ports = service("foo", name, &ports).ports);
    }
    mesh.virtual_services =
        vec![VirtualService { rules: Vec::new(), connections: rules, ..virtual_service("→A") }].into();
    mesh
}

fn rule(tls: bool, matches: Vec<ConnectionMatch>, to: &str) -> ConnectionRule {
    ConnectionRule { tls, matches, backends: vec![backend(to, None, 1)], origin: Origin::default() }
}

fn on_port(port: u16) -> ConnectionMatch {
    ConnectionMatch {
        port: Some(port),
        server_names: Vec::new(),
        by_address: false,
        client: ClientCondition::default(),
        origin: Origin::default(),
    }
}

fn asked(mesh: &Mesh, request: &str) -> String {
    decision(mesh, &ask(request))
}

const MODES: [&str; 2] = ["", "ambient waypoint"];

#[test]
fn the_first_rule_that_applies_takes_every_connection() {
    for words in MODES {
        let rules = vec![rule(false, vec![on_port(1)], "A"), rule(false, vec![on_port(7000)], "B")];
        let mesh = with(words, rules.clone());
        assert_eq!(asked(&mesh, "C :7000 tcp"), "b", "{words}");
        assert_eq!(asked(&mesh, "C :7443 tcp"), "web", "{words}");
        assert_eq!(asked(&mesh, "C :80 /"), "web", "an HTTP port has none, {words}");
        let all = [vec![rule(false, Vec::new(), "A")], rules].concat();
        assert_eq!(asked(&with(words, all), "C :7000 tcp"), "a", "{words}");
    }
}

/// A sidecar looks at labels, a waypoint drops such matches; a sidecar compares addresses, a waypoint does not.
#[test]
fn conditions_that_a_waypoint_cannot_judge() {
    let labelled = ConnectionMatch {
        client: ClientCondition {
            labels: [("app".to_owned(), "client".to_owned())].into(),
            ..ClientCondition::default()
        },
        ..on_port(7000)
    };
    let rules = vec![rule(false, vec![labelled], "A"), rule(false, Vec::new(), "B")];
    assert_eq!(asked(&with("", rules.clone()), "C :7000 tcp"), "a");
    assert_eq!(asked(&with("ambient waypoint", rules), "C :7000 tcp"), "b");
    let by_address = ConnectionMatch { by_address: true, ..on_port(7000) };
    let mesh = with("ambient waypoint", vec![rule(false, vec![by_address], "A")]);
    assert_eq!(asked(&mesh, "C :7000 tcp"), "a");
}

/// At a waypoint all `tls` rules come before any `tcp` rule, and only those of just the Service's own name.
pub(crate) fn server_names_at_a_waypoint() {
    let named = |name: &str| ConnectionMatch { server_names: vec![name.to_owned()], ..on_port(7443) };
    let other = vec![rule(true, vec![named("*.example.com")], "A"), rule(false, Vec::new(), "B")];
    assert_eq!(asked(&with("ambient waypoint", other), "C :7443 tcp"), "b", "H39");
    let own = vec![rule(false, Vec::new(), "B"), rule(true, vec![named(WEB)], "A")];
    assert_eq!(asked(&with("ambient waypoint", own), "C :7443 tcp"), "a");
}

#[test]
fn server_names() {
    server_names_at_a_waypoint();
}

#[test]
fn tcp_routes_are_for_their_port_and_obeyed_by_everybody() {
    for words in MODES {
        let mut mesh = with(words, Vec::new());
        let name = Name::new("foo", "tcp");
        mesh.connection_routes = vec![ConnectionRoute {
            parents: vec![ParentRef { service: Name::new("foo", "web"), port: Some(7000) }],
            rules: vec![rule(false, Vec::new(), "A")],
            void: false,
            created: None,
            object: object("TCPRoute", &name),
            name,
        }]
        .into();
        assert_eq!(asked(&mesh, "D :7000 tcp"), "a", "{words}");
        assert_eq!(asked(&mesh, "D :7443 tcp"), "web", "{words}");
        mesh.connection_routes.update(|route| route.void = true);
        assert_eq!(asked(&mesh, "D :7000 tcp"), "web", "{words}");
    }
}

/// All requests to a headless Service end at the address that was dialled. A sidecar wants the name of the headless
/// Service's pods there; a waypoint sends plaintext, as nobody.
#[test]
fn headless_destinations() {
    let mesh = |words: &str, own_pods: bool, mode: &str| {
        let mut mesh = routed(words);
        let mut headless = service("foo", "hl", &[(80, 8080, Protocol::Http)]);
        headless.headless = true;
        if own_pods {
            let mode = mesh.workloads[0].mode;
            mesh.workloads.push(Workload { mode, ..workload("foo", "hl", "10.0.2.1") });
        } else {
            headless.selector = mesh.service(&Name::new("foo", "web")).unwrap().selector.clone();
        }
        mesh.services.push(headless);
        mesh.virtual_services = vec![virtual_service("→HL")].into();
        mesh.peer_authentications = vec![peer_authentication(&format!("ns {mode}"))].into();
        mesh
    };
    let rows = [
        (true, "UNSET", false, true),
        (true, "STRICT", false, false),
        (false, "UNSET", true, true),
        (false, "STRICT", true, false),
        (true, "DISABLE", true, true),
        (false, "DISABLE", true, true),
    ];
    for (own_pods, mode, at_sidecar, at_waypoint) in rows {
        for (words, wanted) in [("", at_sidecar), ("ambient waypoint", at_waypoint)] {
            let mesh = mesh(words, own_pods, mode);
            let delivered = !mesh.evaluate(&ask("C /")).delivered().is_empty();
            assert_eq!(delivered, wanted, "{words}, own pods {own_pods}, {mode}");
        }
    }
}
