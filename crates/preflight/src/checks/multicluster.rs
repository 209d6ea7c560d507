//! `multicluster`: signs of a mesh that is more than one cluster with one network.

use s2a_manifest::Object;
use serde_json::Value;

use crate::{Environment, Item, Status};

const NETWORK: &str = "topology.istio.io/network";

pub(super) fn run(environment: &Environment<'_>) -> Vec<Item> {
    let mut items = Vec::new();
    items.extend(networks(environment));
    items.extend(gateways(environment));
    items.extend(labelled(environment));
    let text = "it is exported to other clusters, whose calls no verdict speaks of";
    items.extend(environment.of("ServiceExport").iter().map(|it| Item::about(Status::Warning, it, "", text)));
    items.extend(external(environment));
    items
}

fn networks(environment: &Environment<'_>) -> Option<Item> {
    let map = environment.of("ConfigMap").iter().find(|map| map.id.name.name == "istio")?;
    let text = map.json.pointer("/data/meshNetworks").and_then(Value::as_str)?;
    let some = text.contains("endpoints") || text.contains("gateways");
    some.then(|| Item::about(Status::Warning, map, "data.meshNetworks", "several networks are configured"))
}

/// An east-west gateway passes connections on by their server name.
fn gateways(environment: &Environment<'_>) -> Vec<Item> {
    let passes = |object: &&Object| {
        let servers = object.json.pointer("/spec/servers").and_then(Value::as_array).into_iter().flatten();
        let class = object.json.pointer("/spec/gatewayClassName").and_then(Value::as_str);
        let mode = |server: &Value| server.pointer("/tls/mode").and_then(Value::as_str) == Some("AUTO_PASSTHROUGH");
        servers.into_iter().any(mode) || class == Some("istio-east-west")
    };
    let found = environment.of("Gateway").iter().copied().filter(passes);
    found
        .map(|it| Item::about(Status::Warning, it, "spec", "an east-west gateway: calls come from other networks"))
        .collect()
}

/// A network in one label is a name for later; two different ones are two networks.
fn labelled(environment: &Environment<'_>) -> Vec<Item> {
    let kinds = ["Namespace", "Service"].into_iter().flat_map(|kind| environment.of(kind).iter().copied());
    let network = |object: &Object| {
        object.json.pointer("/metadata/labels").and_then(|labels| labels.get(NETWORK)?.as_str().map(str::to_owned))
    };
    let found: Vec<(&Object, String)> = kinds.filter_map(|object| Some((object, network(object)?))).collect();
    let several = found.iter().any(|(_, one)| found.iter().any(|(_, other)| one != other));
    let status = if several { Status::Warning } else { Status::Passed };
    let item = |(object, network): &(&Object, String)| {
        Item::about(status, object, format!("metadata.labels[{NETWORK}]"), format!("on network {network}"))
    };
    found.iter().map(item).collect()
}

fn external(environment: &Environment<'_>) -> Vec<Item> {
    let istiods = environment.istiods();
    let set = |pod: &crate::pod::Pod<'_>| {
        let containers = pod.containers();
        containers
            .iter()
            .any(|it| it.environment().any(|(_, name, value)| name == "EXTERNAL_ISTIOD" && value == "true"))
    };
    let found = istiods.iter().filter(|pod| set(pod));
    let text = "it is the control plane of other clusters too";
    found.map(|pod| Item::about(Status::Warning, pod.object, pod.field("spec.containers"), text)).collect()
}
