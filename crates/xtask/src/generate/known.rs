//! `crates/catalog/src/known.rs`.

use s2a_catalog::{Channel, Release, Targets};

use super::rust::{head, release};

/// Writes the releases a target may name.
pub(super) fn write(targets: &Targets) -> String {
    let mut text = head("The releases a target may name.", "rules/targets.toml");
    text.push_str("\nuse crate::release::Release;\nuse crate::target::{Channel, Target};\n");
    text.push_str(&list("ISTIO", "Istio", targets.istio.iter().map(|row| row.release)));
    text.push_str(&list("GATEWAY_API", "Gateway API", targets.gateway_api.iter().map(|row| row.release)));
    let channel = match targets.default.channel {
        Channel::Standard => "Standard",
        Channel::Experimental => "Experimental",
    };
    text.push_str(&format!(
        "\n/// What is meant when nothing is named.\npub(crate) const DEFAULT: Target =\n    Target {{ istio: {}, gateway_api: {}, \
         channel: Channel::{channel} }};\n",
        release(targets.default.istio),
        release(targets.default.gateway_api),
    ));
    text
}

fn list(name: &str, product: &str, releases: impl Iterator<Item = Release>) -> String {
    let items: Vec<String> = releases.map(release).collect();
    let items = items.join(", ");
    format!("\n/// {product} releases, oldest first.\npub(crate) const {name}: &[Release] = &[{items}];\n")
}
