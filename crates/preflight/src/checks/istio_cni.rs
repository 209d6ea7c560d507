//! `istio-cni`: the CNI agent, and whether ambient mode is enabled in it.

use s2a_manifest::Object;
use serde_json::Value;

use super::istio_release;
use super::ztunnel::older_than_istiod;
use crate::pod::Pod;
use crate::{Environment, Item, Status};

pub(super) fn run(environment: &Environment<'_>) -> Vec<Item> {
    let agents = environment.of("DaemonSet").iter().filter_map(|object| Pod::new(object));
    let agents: Vec<Pod<'_>> = agents.filter(|pod| pod.label("k8s-app") == Some("istio-cni-node")).collect();
    if agents.is_empty() {
        let missing = "no DaemonSet istio-cni-node: ambient mode needs it on every node";
        return if environment.is_known("DaemonSet") {
            vec![Item::plain(Status::Warning, missing)]
        } else {
            Vec::new()
        };
    }
    let istiods = istio_release::releases(environment);
    agents.iter().flat_map(|agent| [older_than_istiod(agent, &istiods), enabled(agent, environment)]).collect()
}

/// The setting stands in the agent's ConfigMap, in older releases in its environment.
fn enabled(agent: &Pod<'_>, environment: &Environment<'_>) -> Item {
    let containers = agent.containers();
    let own = containers.iter().flat_map(|it| it.environment()).find(|(_, name, _)| *name == "AMBIENT_ENABLED");
    let namespace = &agent.object.id.name.namespace;
    let maps = environment.of("ConfigMap").iter().filter(|map| map.id.name.namespace == *namespace);
    let map = maps.copied().find(|map| map.id.name.name.starts_with("istio-cni"));
    let (object, field, value) = match (own, map.and_then(|map| Some((map, setting(map)?)))) {
        (Some((_, _, value)), _) => (agent.object, agent.field("spec.containers"), value),
        (None, Some((map, value))) => (map, "data.AMBIENT_ENABLED".to_owned(), value),
        (None, None) => {
            return Item::about(
                Status::Unknown,
                agent.object,
                "",
                "nothing says whether ambient mode is enabled in it",
            );
        }
    };
    match value {
        "true" => Item::about(Status::Passed, object, field, "ambient mode is enabled"),
        other => Item::about(Status::Warning, object, field, format!("ambient mode is not enabled: `{other}`")),
    }
}

fn setting(map: &Object) -> Option<&str> {
    map.json.pointer("/data/AMBIENT_ENABLED").and_then(Value::as_str)
}
