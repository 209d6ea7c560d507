//! `gateway-api-definitions`: the CRDs of the Gateway API, their bundle and channel, against those that are judged for.

use s2a_catalog::{Channel, Release};

use crate::server::Definition;
use crate::{Environment, Item, Status, image};

const GROUP: &str = "gateway.networking.k8s.io";

/// Without these nothing that is written can be applied.
const NEEDED: [&str; 3] = ["Gateway", "GatewayClass", "HTTPRoute"];

pub(super) fn run(environment: &Environment<'_>) -> Vec<Item> {
    let Some(definitions) = &environment.server.definitions else {
        return vec![Item::plain(Status::Unknown, "no CustomResourceDefinition was read")];
    };
    let installed: Vec<&Definition> = definitions.iter().filter(|it| it.group == GROUP).collect();
    let missing: Vec<&str> =
        NEEDED.into_iter().filter(|kind| !installed.iter().any(|definition| definition.kind == *kind)).collect();
    if !missing.is_empty() {
        return vec![Item::plain(Status::Failed, format!("not installed: {}", missing.join(", ")))];
    }
    let mut bundles: Vec<(Option<&str>, Option<&str>)> =
        installed.iter().map(|it| (it.bundle_version.as_deref(), it.channel.as_deref())).collect();
    bundles.sort_unstable();
    bundles.dedup();
    let mut items: Vec<Item> = bundles.iter().map(|(bundle, channel)| judged(*bundle, *channel, environment)).collect();
    if bundles.len() > 1 {
        items.push(Item::plain(Status::Warning, "the CRDs are of several bundles or channels"));
    }
    items
}

fn judged(bundle: Option<&str>, channel: Option<&str>, environment: &Environment<'_>) -> Item {
    let (Some(bundle), Some(channel)) = (bundle, channel) else {
        return Item::plain(Status::Unknown, "a CRD says neither its bundle version nor its channel");
    };
    let (Some(release), Ok(known)) = (image::version(bundle), channel.parse::<Channel>()) else {
        return Item::plain(Status::Unknown, format!("bundle {bundle} in channel {channel} is not known"));
    };
    let target = &environment.target;
    if release.same_line(target.gateway_api) && known == target.channel {
        return Item::plain(Status::Passed, format!("bundle {bundle} in channel {channel}"));
    }
    let line = Release::line(release.major, release.minor);
    let judged_for = format!("{}/{}", target.gateway_api, target.channel);
    let advice = format!("everything is judged for {judged_for}: say `--gateway-api {line}/{channel}`");
    Item::plain(Status::Warning, format!("bundle {bundle} in channel {channel}, but {advice}"))
}
