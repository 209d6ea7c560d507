//! Meshes in words.
//!
//! Everything stands in namespace `foo`: the workload `web` (account `web`, pods at 10.0.0.8, ports 8080 and 9000), its
//! Service `web` (10.96.0.1, 80 to 8080 HTTP, 9000 to 9000 TCP) and the client `a` (10.0.0.1). Client `b` (10.0.0.2) is
//! in `bar`.
//!
//! Words: `sidecar` or `ambient` for all, `web=sidecar` for one workload, `waypoint` for a waypoint `foo/waypoint` of
//! the Service, `waypoint-of-pods` for one of the pods, `waypoint-in-w` for one in another namespace, `lost-waypoint`
//! for a label without one, `ingress-use-waypoint` and `ingress-use-waypoint-in-namespace`, `td=` and `alias=` for
//! trust domains.

use std::net::IpAddr;

use s2a_model::topology::{
    ContainerPort, DataPlaneMode, Labels, Namespace, Protocol, Role, Service, ServicePort, TargetPort, Waypoint,
    WaypointFor, Workload,
};
use s2a_model::{ClientMode, Mesh, Name, ObjectId};

pub(crate) fn labels(pairs: &[(&str, &str)]) -> Labels {
    pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
}

pub(crate) fn ip(text: &str) -> IpAddr {
    text.parse().unwrap()
}

pub(crate) fn object(kind: &str, name: &Name) -> ObjectId {
    ObjectId { api_version: "v1".to_owned(), kind: kind.to_owned(), name: name.clone() }
}

/// The mesh that the words describe.
pub(crate) fn mesh(words: &str) -> Mesh {
    let mut mesh = Mesh {
        workloads: vec![
            workload("bar", "b", "10.0.0.2"),
            workload("foo", "a", "10.0.0.1"),
            workload("foo", "web", "10.0.0.8"),
        ]
        .into(),
        services: vec![service("foo", "web", &[(80, 8080, Protocol::Http), (9000, 9000, Protocol::Tcp)])].into(),
        ..Mesh::default()
    };
    mesh.services.update(|service| service.ip = Some(ip("10.96.0.1")));
    apply_words(&mut mesh, words);
    mesh
}

pub(crate) fn apply_words(mesh: &mut Mesh, words: &str) {
    words.split_whitespace().for_each(|word| apply(mesh, word));
}

pub(crate) fn workload(namespace: &str, name: &str, address: &str) -> Workload {
    let ports = [8080, 9000].map(|number| ContainerPort { name: None, number });
    let id = Name::new(namespace, name);
    Workload {
        labels: labels(&[("app", name)]),
        service_account: name.to_owned(),
        mode: DataPlaneMode::Sidecar,
        host_network: false,
        role: Role::Application,
        ports: ports.to_vec(),
        ip: Some(ip(address)),
        object: object("Deployment", &id),
        scraped: None,
        assumed: false,
        name: id,
    }
}

/// A Service for the workload of its name, with ports as (number, pod port, protocol).
pub(crate) fn service(namespace: &str, name: &str, ports: &[(u16, u16, Protocol)]) -> Service {
    let id = Name::new(namespace, name);
    let port = |(number, target, protocol): &(u16, u16, Protocol)| ServicePort {
        name: format!("port-{number}"),
        number: *number,
        target: TargetPort::Number(*target),
        protocol: *protocol,
    };
    Service {
        labels: Labels::new(),
        selector: labels(&[("app", name)]),
        ports: ports.iter().map(port).collect(),
        headless: false,
        external_name: None,
        ip: None,
        created: None,
        object: object("Service", &id),
        name: id,
    }
}

pub(crate) fn waypoint(namespace: &str, serves: WaypointFor) -> Waypoint {
    let name = Name::new(namespace, "waypoint");
    Waypoint {
        service_account: "waypoint".to_owned(),
        serves,
        shared: namespace == "w",
        object: object("Gateway", &name),
        name,
    }
}

fn apply(mesh: &mut Mesh, word: &str) {
    match word {
        "sidecar" => set_modes(mesh, DataPlaneMode::Sidecar),
        "ambient" => set_modes(mesh, DataPlaneMode::Ambient),
        "waypoint" => {
            mesh.waypoints.push(waypoint("foo", WaypointFor::Service));
            bind(mesh, &[("istio.io/use-waypoint", "waypoint")]);
        }
        "waypoint-in-w" => {
            mesh.waypoints.push(waypoint("w", WaypointFor::Service));
            bind(mesh, &[("istio.io/use-waypoint", "waypoint"), ("istio.io/use-waypoint-namespace", "w")]);
        }
        "waypoint-of-pods" => {
            mesh.waypoints.push(waypoint("foo", WaypointFor::Workload));
            let bind =
                |web: &mut Workload| drop(web.labels.insert("istio.io/use-waypoint".to_owned(), "waypoint".to_owned()));
            update_workload(mesh, "web", bind);
        }
        "lost-waypoint" => bind(mesh, &[("istio.io/use-waypoint", "nowhere")]),
        "ingress-use-waypoint" => bind(mesh, &[("istio.io/ingress-use-waypoint", "true")]),
        "ingress-use-waypoint-in-namespace" => {
            let name = Name::new("", "foo");
            let labels = labels(&[("istio.io/ingress-use-waypoint", "true")]);
            let namespace = Namespace { name: "foo".to_owned(), labels, object: object("Namespace", &name) };
            mesh.namespaces.insert("foo".to_owned(), namespace);
        }
        pair => apply_pair(mesh, pair),
    }
}

fn apply_pair(mesh: &mut Mesh, word: &str) {
    match word.split_once('=').unwrap_or_else(|| panic!("unknown word {word}")) {
        ("td", domain) => mesh.settings.trust_domain = domain.to_owned(),
        ("alias", domain) => mesh.settings.trust_domain_aliases.push(domain.to_owned()),
        (name, mode) => {
            update_workload(mesh, name, |workload| workload.mode = mode_of(mode));
        }
    }
}

fn mode_of(word: &str) -> DataPlaneMode {
    match word {
        "sidecar" => DataPlaneMode::Sidecar,
        "ambient" => DataPlaneMode::Ambient,
        "none" => DataPlaneMode::None,
        other => panic!("unknown mode {other}"),
    }
}

fn set_modes(mesh: &mut Mesh, mode: DataPlaneMode) {
    mesh.workloads.update(|workload| workload.mode = mode);
    mesh.clients = if mode == DataPlaneMode::Ambient { ClientMode::Ambient } else { ClientMode::Sidecar };
}

/// Changes the workload of this name, which must be there.
pub(crate) fn update_workload(mesh: &mut Mesh, name: &str, change: impl Fn(&mut Workload)) {
    assert!(mesh.workloads.iter().any(|workload| workload.name.name == name), "no workload {name}");
    mesh.workloads.update(|workload| {
        if workload.name.name == name {
            change(workload);
        }
    });
}

/// Changes the Service of this name, which must be there.
pub(crate) fn update_service(mesh: &mut Mesh, name: &str, change: impl Fn(&mut Service)) {
    assert!(mesh.services.iter().any(|service| service.name.name == name), "no Service {name}");
    mesh.services.update(|service| {
        if service.name.name == name {
            change(service);
        }
    });
}

fn bind(mesh: &mut Mesh, pairs: &[(&str, &str)]) {
    update_service(mesh, "web", |service| service.labels.extend(labels(pairs)));
}
