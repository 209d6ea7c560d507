//! `kubernetes-version`: the API server's release, against what the installed Istio release supports.

use s2a_catalog::{IstioRow, Release};
use serde_json::Value;

use super::istio_release;
use crate::{Environment, Item, Status, image};

pub(super) fn run(environment: &Environment<'_>) -> Vec<Item> {
    let Some((version, source)) = version(environment) else {
        return vec![Item::plain(Status::Unknown, "neither an API server nor a Node says its version")];
    };
    let Some(release) = image::version(&version) else {
        return vec![Item::plain(Status::Unknown, format!("`{version}` is no version"))];
    };
    let mut lines = istio_release::releases(environment);
    lines.push(environment.target.istio);
    let rows = &environment.catalog.targets().istio;
    let rows = rows.iter().filter(|row| lines.iter().any(|line| line.same_line(row.release)));
    rows.map(|row| judged(release, row, source)).collect()
}

/// What the API server says, else what a node's kubelet says.
fn version(environment: &Environment<'_>) -> Option<(String, &'static str)> {
    let kubelet = |node: &&s2a_manifest::Object| {
        let version = node.json.pointer("/status/nodeInfo/kubeletVersion").and_then(Value::as_str)?;
        Some((version.to_owned(), "a node"))
    };
    let server = environment.server.version.clone().map(|version| (version, "the API server"));
    server.or_else(|| environment.of("Node").iter().find_map(kubelet))
}

fn judged(release: Release, row: &IstioRow, source: &str) -> Item {
    let [oldest, newest] = row.kubernetes;
    let line = Release::line(release.major, release.minor);
    let supported = format!("Istio {} supports {oldest} to {newest}", row.release);
    if line < oldest {
        Item::plain(Status::Failed, format!("{source} runs Kubernetes {release}, and {supported}"))
    } else if line > newest {
        Item::plain(Status::Warning, format!("{source} runs Kubernetes {release}, which nobody tested: {supported}"))
    } else {
        Item::plain(Status::Passed, format!("{source} runs Kubernetes {release}, and {supported}"))
    }
}
