//! `istio-release`: the release in istiod's image, against the releases we know and the one that is judged for.

use s2a_catalog::Release;

use crate::pod::Pod;
use crate::{Environment, Item, Status, image};

pub(super) fn run(environment: &Environment<'_>) -> Vec<Item> {
    let istiods = environment.istiods();
    let mut items: Vec<Item> = istiods.iter().map(|istiod| of_istiod(istiod, environment)).collect();
    if istiods.is_empty() {
        items.push(Item::plain(Status::Unknown, "no istiod: no Deployment has the label app=istiod"));
    }
    items.extend(tags(environment));
    items
}

/// The releases of all istiods, for other checks.
pub(super) fn releases(environment: &Environment<'_>) -> Vec<Release> {
    environment.istiods().iter().filter_map(|istiod| image::release(image_of(istiod)?.1)).collect()
}

fn image_of<'a>(istiod: &Pod<'a>) -> Option<(String, &'a str)> {
    let discovery = istiod.containers().into_iter().find(|container| container.name == "discovery")?;
    Some((format!("{}.image", discovery.field), discovery.image()))
}

fn of_istiod(istiod: &Pod<'_>, environment: &Environment<'_>) -> Item {
    let revision = istiod.label("istio.io/rev").unwrap_or("default");
    let Some((field, image)) = image_of(istiod) else {
        return Item::about(
            Status::Unknown,
            istiod.object,
            istiod.field("spec.containers"),
            "no container `discovery`",
        );
    };
    let (status, text) = match image::release(image) {
        Some(release) => judged(release, environment),
        None => (Status::Unknown, format!("the image `{image}` has no version in its tag")),
    };
    Item::about(status, istiod.object, field, format!("revision {revision}: {text}"))
}

fn judged(release: Release, environment: &Environment<'_>) -> (Status, String) {
    let rows = &environment.catalog.targets().istio;
    let target = environment.target.istio;
    match rows.iter().find(|row| row.release.same_line(release)) {
        None if rows.first().is_some_and(|oldest| release < oldest.release) => {
            (Status::Failed, format!("Istio {release} is older than every release that was examined"))
        }
        None => (Status::Warning, format!("Istio {release} was not examined: what is said here may not hold")),
        Some(row) if !row.supported => (Status::Warning, format!("Istio {release} gets no fixes any more")),
        Some(_) if !release.same_line(target) => {
            let what = format!("Istio {release}, but everything is judged for {target}: say `--istio {release}`");
            (Status::Warning, what)
        }
        Some(_) => (Status::Passed, format!("Istio {release}")),
    }
}

/// Revision tags, with the revision that each points to.
fn tags(environment: &Environment<'_>) -> Vec<Item> {
    let webhooks = environment.of("MutatingWebhookConfiguration").iter();
    let tag = |object: &&&s2a_manifest::Object| {
        let label = |key: &str| object.json.pointer("/metadata/labels")?.get(key)?.as_str();
        let (tag, revision) = (label("istio.io/tag")?, label("istio.io/rev")?);
        let text = format!("tag {tag} points to revision {revision}");
        Some(Item::about(Status::Passed, object, "metadata.labels", text))
    };
    webhooks.filter_map(|object| tag(&object)).collect()
}
