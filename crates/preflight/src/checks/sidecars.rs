//! `sidecars`: whether ambient clients reach running sidecars over HBONE.

use std::collections::BTreeMap;

use s2a_catalog::Release;
use s2a_model::topology::DataPlaneMode;

use super::istio_release;
use crate::pod::{Container, Pod};
use crate::{Environment, Item, Status, image};

/// An answer, with where it stands, for the pods of one owner.
type Answer = (String, Status, String);

pub(super) fn run(environment: &Environment<'_>) -> Vec<Item> {
    let istiods = istio_release::releases(environment);
    let oldest = environment.catalog.targets().istio.first().map(|row| row.release);
    let mut answers: BTreeMap<Answer, Vec<Pod<'_>>> = BTreeMap::new();
    for pod in environment.pods() {
        let Some(sidecar) = pod.sidecar() else { continue };
        for (status, text) in [hbone(&pod, &sidecar), release(&sidecar, &istiods, oldest)].into_iter().flatten() {
            answers.entry((pod.owner(), status, text)).or_default().push(pod);
        }
    }
    let none = answers.is_empty() && environment.workloads().any(|(it, _)| it.mode == DataPlaneMode::Sidecar);
    let mut items: Vec<Item> = answers.into_iter().filter_map(|(answer, pods)| item(&answer, &pods)).collect();
    if none {
        items.push(Item::plain(Status::Unknown, "workloads with sidecars, but no running pod of them to look at"));
    }
    items
}

fn item((owner, status, text): &Answer, pods: &[Pod<'_>]) -> Option<Item> {
    let count = pods.len();
    let of = format!("{count} {} of {owner}", if count == 1 { "pod" } else { "pods" });
    Some(Item::about(*status, pods.first()?.object, "", format!("{of}: {text}")))
}

/// The label decides what istiod tells ambient clients, the variable what the proxy listens for.
fn hbone(pod: &Pod<'_>, sidecar: &Container<'_>) -> Option<(Status, String)> {
    let label = pod.label("networking.istio.io/tunnel") == Some("http");
    let enabled = sidecar.environment().any(|(_, name, value)| name == "ISTIO_META_ENABLE_HBONE" && value == "true");
    Some(match (label, enabled) {
        (true, true) => (Status::Passed, "ambient clients reach them over HBONE".to_owned()),
        (true, false) => (
            Status::Failed,
            "the label networking.istio.io/tunnel promises HBONE, and the proxy is not set up for it".to_owned(),
        ),
        (false, true) => (
            Status::Warning,
            "set up for HBONE without the label networking.istio.io/tunnel: ambient clients call in plaintext"
                .to_owned(),
        ),
        (false, false) => {
            (Status::Warning, "not set up for HBONE: ambient clients call in plaintext, as nobody".to_owned())
        }
    })
}

fn release(sidecar: &Container<'_>, istiods: &[Release], oldest: Option<Release>) -> Option<(Status, String)> {
    let release = image::release(sidecar.image())?;
    let istiod = istiods.iter().max();
    if oldest.is_some_and(|oldest| release < oldest) {
        return Some((Status::Failed, format!("proxy {release} is older than every release that was examined")));
    }
    let behind = istiod.is_some_and(|istiod| release.minor.saturating_add(2) < istiod.minor);
    let newer = istiod.is_some_and(|istiod| release.minor > istiod.minor);
    let istiod = istiod.map(ToString::to_string).unwrap_or_default();
    match (behind, newer) {
        (true, _) => {
            Some((Status::Warning, format!("proxy {release} is more than two releases behind istiod {istiod}")))
        }
        (_, true) => Some((Status::Warning, format!("proxy {release} is newer than istiod {istiod}"))),
        (false, false) => None,
    }
}
