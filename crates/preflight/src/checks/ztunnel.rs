//! `ztunnel`: whether it is there, and not older than istiod.

use s2a_catalog::Release;

use super::istio_release;
use crate::pod::Pod;
use crate::{Environment, Item, Status, image};

pub(super) fn run(environment: &Environment<'_>) -> Vec<Item> {
    let sets = environment.of("DaemonSet").iter().filter_map(|object| Pod::new(object));
    let found: Vec<Pod<'_>> = sets.filter(|pod| pod.label("app") == Some("ztunnel")).collect();
    if found.is_empty() && environment.is_known("DaemonSet") {
        return vec![Item::plain(
            Status::Warning,
            "no DaemonSet has the label app=ztunnel: install it before pods move",
        )];
    }
    let istiods = istio_release::releases(environment);
    found.iter().map(|ztunnel| older_than_istiod(ztunnel, &istiods)).collect()
}

/// Compares a component of the nodes with istiod.
pub(super) fn older_than_istiod(component: &Pod<'_>, istiods: &[Release]) -> Item {
    let containers = component.containers();
    let Some(container) = containers.iter().find(|container| !container.init) else {
        return Item::about(Status::Unknown, component.object, "", "it has no container");
    };
    let field = format!("{}.image", container.field);
    let Some(release) = image::release(container.image()) else {
        let text = format!("the image `{}` has no version in its tag", container.image());
        return Item::about(Status::Unknown, component.object, field, text);
    };
    match istiods.iter().max() {
        Some(istiod) if release < *istiod => {
            let text = format!("release {release} is older than istiod {istiod}");
            Item::about(Status::Warning, component.object, field, text)
        }
        Some(_) => Item::about(Status::Passed, component.object, field, format!("release {release}")),
        None => {
            Item::about(Status::Passed, component.object, field, format!("release {release}, no istiod to compare"))
        }
    }
}
