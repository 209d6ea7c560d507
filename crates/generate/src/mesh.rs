//! Random small meshes.

use std::collections::BTreeMap;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{select, subsequence};
use serde_json::{Value, json};

use crate::policies::{policy, words};
use crate::routes::{destination_rule, virtual_service};

/// The objects of a mesh, no two of one name.
#[derive(Clone)]
pub struct Documents(Vec<Value>);

/// A mesh of a few workloads and Services, with policies and routes.
pub fn documents() -> impl Strategy<Value = Documents> {
    let other = prop_oneof![4 => policy(), 2 => virtual_service(), 1 => destination_rule()];
    let protocols = vec(vec(select(words(&["http", "http", "tcp", "grpc", "metrics"])), 3), 4);
    let parts = (namespaces(), vec(deployment(), 1..=4), vec(service(), 1..=3), vec(other, 0..=5), protocols);
    parts.prop_map(|(namespaces, workloads, mut services, others, protocols)| {
        // Mostly one protocol for a pod port, whichever Service leads to it.
        let names = |index: usize| &protocols[if index == 3 { 3 } else { 0 }];
        services.iter_mut().enumerate().for_each(|(index, service)| name_ports(service, names(index)));
        Documents(without_namesakes([namespaces, workloads, services, others].concat()))
    })
}

impl Documents {
    /// The documents as one stream.
    #[must_use]
    pub fn stream(&self) -> String {
        self.texts().join("---\n")
    }

    /// Each document as YAML.
    #[must_use]
    pub fn texts(&self) -> Vec<String> {
        self.0.iter().map(s2a_yaml::write).collect()
    }
}

/// The whole input as one stream, which can be tried by hand.
impl std::fmt::Debug for Documents {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "\n{}", self.texts().join("---\n"))
    }
}

fn without_namesakes(documents: Vec<Value>) -> Vec<Value> {
    let key = |document: &Value| {
        let metadata = &document["metadata"];
        (document["kind"].to_string(), metadata["namespace"].to_string(), metadata["name"].to_string())
    };
    let mut kept: BTreeMap<_, Value> = BTreeMap::new();
    for document in documents {
        kept.entry(key(&document)).or_insert(document);
    }
    kept.into_values().collect()
}

/// The namespaces: both injected, or the second one a namespace without mesh or without an object.
fn namespaces() -> impl Strategy<Value = Vec<Value>> {
    let object = |name: &str, labels: Value| json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": labels}});
    (0..6u8).prop_map(move |kind| {
        let injected = json!({"istio-injection": "enabled"});
        let mut namespaces = vec![object("shop", injected.clone())];
        match kind {
            0 => namespaces.push(object("bank", json!({"team": "bank"}))),
            1 => {}
            _ => namespaces.push(object("bank", injected)),
        }
        namespaces
    })
}

fn deployment() -> impl Strategy<Value = Value> {
    let port = |number: u16, name: &str| json!({"containerPort": number, "name": name});
    let ports = subsequence(vec![port(8080, "web"), port(9090, "admin"), port(80, "plain")], 0..=3);
    let account = select(words(&["web", "api", "default"]));
    (namespace(), app(), version(), account, ports).prop_map(|(namespace, app, version, account, ports)| {
        let container = json!({"name": "main", "image": "registry.example/main:1", "ports": ports});
        let spec = json!({"serviceAccountName": account, "containers": [container]});
        let labels = json!({"app": app, "version": version});
        let spec = json!({
            "selector": {"matchLabels": labels},
            "template": {"metadata": {"labels": labels}, "spec": spec},
        });
        object("apps/v1", "Deployment", &namespace, &format!("{app}-{version}"), &spec)
    })
}

fn service() -> impl Strategy<Value = Value> {
    let number = subsequence(vec![80u16, 8080, 9090], 1..=3);
    (namespace(), service_name(), labels(), number, vec(target(), 3), 0..10u8).prop_map(
        |(namespace, name, selector, numbers, targets, kind)| {
            let ports: Vec<Value> =
                numbers.iter().zip(targets).map(|(number, target)| port_of(*number, target)).collect();
            let mut spec = json!({"selector": selector, "ports": ports});
            if kind == 0 {
                spec["clusterIP"] = json!("None");
            }
            object("v1", "Service", &namespace, &name, &spec)
        },
    )
}

/// The pod port that a port leads to, by number or by name; `None` for the same number.
fn target() -> impl Strategy<Value = Option<(u16, bool)>> {
    prop_oneof![
        3 => (select(vec![80u16, 8080, 9090]), Just(false)).prop_map(Some),
        1 => (Just(0), Just(true)).prop_map(Some),
        1 => Just(None),
    ]
}

fn port_of(number: u16, target: Option<(u16, bool)>) -> Value {
    let name = match number {
        80 => "plain",
        8080 => "web",
        _ => "admin",
    };
    match target {
        None => json!({"port": number}),
        Some((_, true)) => json!({"port": number, "targetPort": name}),
        Some((target, false)) => json!({"port": number, "targetPort": target}),
    }
}

/// Names the ports by what their pod port speaks.
// A named port leads to the number of the Service port here, whether a container declares it or not.
fn name_ports(service: &mut Value, protocols: &[String]) {
    for port in service["spec"]["ports"].as_array_mut().unwrap() {
        let number = port["port"].clone();
        let target = port.get("targetPort").filter(|target| target.is_u64()).unwrap_or(&number).as_u64();
        let index = match target {
            Some(80) => 0,
            Some(8080) => 1,
            _ => 2,
        };
        port["name"] = json!(format!("{}-{number}", protocols[index]));
    }
}

/// The labels of a selector.
pub(crate) fn labels() -> impl Strategy<Value = Value> {
    prop_oneof![
        5 => app().prop_map(|app| json!({"app": app})),
        1 => (app(), version()).prop_map(|(app, version)| json!({"app": app, "version": version})),
        1 => version().prop_map(|version| json!({"version": version})),
    ]
}

/// The name of a Service.
pub(crate) fn service_name() -> impl Strategy<Value = String> {
    select(words(&["web", "web", "api", "all"]))
}

/// One of the namespaces.
pub(crate) fn namespace() -> impl Strategy<Value = String> {
    select(words(&["shop", "shop", "shop", "bank"]))
}

fn app() -> impl Strategy<Value = String> {
    select(words(&["web", "web", "api"]))
}

fn version() -> impl Strategy<Value = String> {
    select(words(&["v1", "v2"]))
}

/// An object with its metadata.
pub(crate) fn object(version: &str, kind: &str, namespace: &str, name: &str, spec: &Value) -> Value {
    json!({
        "apiVersion": version,
        "kind": kind,
        "metadata": {"name": name, "namespace": namespace},
        "spec": spec,
    })
}
