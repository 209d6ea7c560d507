//! The checks, sorted by name.

mod envoy_filters;
mod gateway_api_definitions;
mod gateway_api_served;
mod host_network;
mod init_containers;
mod istio_cni;
mod istio_release;
mod istiod_flags;
mod kubernetes_version;
mod mesh_config;
mod multicluster;
mod namespaces;
mod network_policies;
mod opted_out_pods;
mod peer_authentication;
mod root_namespace_pods;
mod sidecars;
mod spire;
mod wasm_plugins;
mod workload_entries;
mod ztunnel;

use s2a_catalog::{Check, checks};

use crate::environment::plural;
use crate::{Environment, Item, Outcome, Status};

type Run = fn(&Environment<'_>) -> Vec<Item>;

// tidy: sorted
const CHECKS: &[(&Check, Run)] = &[
    (&checks::ENVOY_FILTERS, envoy_filters::run),
    (&checks::GATEWAY_API_DEFINITIONS, gateway_api_definitions::run),
    (&checks::GATEWAY_API_SERVED, gateway_api_served::run),
    (&checks::HOST_NETWORK, host_network::run),
    (&checks::INIT_CONTAINERS, init_containers::run),
    (&checks::ISTIOD_FLAGS, istiod_flags::run),
    (&checks::ISTIO_CNI, istio_cni::run),
    (&checks::ISTIO_RELEASE, istio_release::run),
    (&checks::KUBERNETES_VERSION, kubernetes_version::run),
    (&checks::MESH_CONFIG, mesh_config::run),
    (&checks::MULTICLUSTER, multicluster::run),
    (&checks::NAMESPACES, namespaces::run),
    (&checks::NETWORK_POLICIES, network_policies::run),
    (&checks::OPTED_OUT_PODS, opted_out_pods::run),
    (&checks::PEER_AUTHENTICATION, peer_authentication::run),
    (&checks::ROOT_NAMESPACE_PODS, root_namespace_pods::run),
    (&checks::SIDECARS, sidecars::run),
    (&checks::SPIRE, spire::run),
    (&checks::WASM_PLUGINS, wasm_plugins::run),
    (&checks::WORKLOAD_ENTRIES, workload_entries::run),
    (&checks::ZTUNNEL, ztunnel::run),
];

/// Makes every check, the worst outcome first.
#[must_use]
pub fn run(environment: &Environment<'_>) -> Vec<Outcome> {
    let mut outcomes: Vec<Outcome> = CHECKS.iter().map(|(check, run)| outcome(check, *run, environment)).collect();
    outcomes.sort_by_key(|outcome| (outcome.status, outcome.check.name));
    outcomes
}

fn outcome(check: &'static Check, run: Run, environment: &Environment<'_>) -> Outcome {
    let mut items = run(environment);
    items.extend(unread(check, environment));
    items.extend(unseen(check, environment));
    items.sort();
    items.dedup();
    let status = items.iter().map(|item| item.status).min().unwrap_or(Status::Passed);
    Outcome { check, status, looked_at: environment.looked_at(check), items }
}

/// Kinds which the cluster did not let us read.
fn unread(check: &Check, environment: &Environment<'_>) -> Vec<Item> {
    let of_check = environment.server.unread.iter().filter(|unread| check.kinds.contains(&unread.kind.as_str()));
    of_check.map(|it| Item::plain(Status::Unknown, format!("{} not read: {}", plural(&it.kind, 2), it.why))).collect()
}

/// That files hold none of the kinds says nothing about the cluster they are from.
fn unseen(check: &Check, environment: &Environment<'_>) -> Option<Item> {
    let none = !check.kinds.is_empty() && check.kinds.iter().all(|kind| environment.of(kind).is_empty());
    let kinds = || check.kinds.iter().map(|kind| plural(kind, 2)).collect::<Vec<_>>().join(", ");
    (none && !environment.server.complete)
        .then(|| Item::plain(Status::Unknown, format!("the input has no {}", kinds())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_has_a_check_and_every_check_a_row() {
        let mut registered: Vec<&str> = CHECKS.iter().map(|(check, _)| check.name).collect();
        registered.sort_unstable();
        assert_eq!(registered, checks::ALL.iter().map(|check| check.name).collect::<Vec<_>>());
    }
}
