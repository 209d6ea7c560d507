//! `namespaces`: what the labels of each namespace say.

use std::collections::BTreeSet;

use s2a_manifest::Object;
use serde_json::Value;

use crate::{Environment, Item, Status};

pub(super) fn run(environment: &Environment<'_>) -> Vec<Item> {
    let revisions = revisions(environment);
    environment.of("Namespace").iter().map(|namespace| judged(namespace, &revisions)).collect()
}

/// The revisions and tags that something answers to; none if no istiod is among the objects.
fn revisions<'a>(environment: &Environment<'a>) -> BTreeSet<&'a str> {
    let istiods = environment.istiods();
    let tags = environment.of("MutatingWebhookConfiguration").iter().flat_map(|webhook| {
        let labels = webhook.json.pointer("/metadata/labels");
        ["istio.io/tag", "istio.io/rev"].into_iter().filter_map(move |key| labels?.get(key)?.as_str())
    });
    istiods.iter().filter_map(|istiod| istiod.label("istio.io/rev")).chain(tags).collect()
}

fn judged(namespace: &Object, revisions: &BTreeSet<&str>) -> Item {
    let labels = namespace.json.pointer("/metadata/labels");
    let label = |key: &str| labels.and_then(|labels| labels.get(key)).and_then(Value::as_str);
    let (status, text) =
        meaning(label("istio-injection"), label("istio.io/rev"), label("istio.io/dataplane-mode"), revisions);
    Item::about(status, namespace, "metadata.labels", text)
}

fn meaning(
    injection: Option<&str>,
    revision: Option<&str>,
    mode: Option<&str>,
    revisions: &BTreeSet<&str>,
) -> (Status, String) {
    let answered = |revision: &str| revisions.is_empty() || revisions.contains(revision);
    match (injection, revision, mode) {
        (Some(injection), Some(revision), _) => {
            let text = format!("istio-injection={injection} hides istio.io/rev={revision}");
            (Status::Warning, format!("{text}, which comes to life when the first is removed"))
        }
        (Some("enabled"), None, Some("ambient")) | (None, Some(_), Some("ambient")) => {
            (Status::Warning, "pods that start get a sidecar, and those without one are ambient".to_owned())
        }
        (None, Some(revision), _) if !answered(revision) => {
            (Status::Failed, format!("istio.io/rev={revision}: no istiod and no tag answers, so nothing is injected"))
        }
        (Some("enabled"), None, _) => (Status::Passed, "sidecars by istio-injection=enabled".to_owned()),
        (None, Some(revision), _) => (Status::Passed, format!("sidecars by istio.io/rev={revision}")),
        (Some(other), None, Some("ambient")) => (Status::Passed, format!("ambient, with istio-injection={other}")),
        (None, None, Some("ambient")) => (Status::Passed, "ambient already".to_owned()),
        (Some(other), None, _) => (Status::Passed, format!("outside of the mesh by istio-injection={other}")),
        (None, None, Some(other)) => {
            (Status::Passed, format!("outside of the mesh by istio.io/dataplane-mode={other}"))
        }
        (None, None, None) => (Status::Passed, "outside of the mesh, without a label".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_label_hides_the_second() {
        let known = BTreeSet::from(["default", "1-30"]);
        let status = |injection, revision, mode| meaning(injection, revision, mode, &known).0;
        assert_eq!(status(Some("enabled"), None, None), Status::Passed);
        assert_eq!(status(Some("disabled"), Some("1-30"), None), Status::Warning);
        assert_eq!(status(None, Some("1-30"), None), Status::Passed);
        assert_eq!(status(None, Some("1-29"), None), Status::Failed);
        assert_eq!(status(None, Some("1-30"), Some("ambient")), Status::Warning);
        assert_eq!(status(None, None, None), Status::Passed);
    }

    #[test]
    fn without_an_istiod_no_revision_is_missed() {
        assert_eq!(meaning(None, Some("1-29"), None, &BTreeSet::new()).0, Status::Passed);
    }
}
