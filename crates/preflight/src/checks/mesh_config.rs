//! `mesh-config`: the settings of the mesh that policies, routes and identities depend on.

use serde_json::Value;

use crate::{Environment, Item, Status};

/// A setting: where it stands, the values that are as assumed, how another one weighs, and what it means.
type Setting = (&'static str, &'static [&'static str], Status, &'static str);

const SETTINGS: &[Setting] = &[
    (
        "/enableAutoMtls",
        &["true"],
        Status::Warning,
        "sidecars call in plaintext unless a DestinationRule says otherwise; ambient pods never do",
    ),
    ("/inboundTrafficPolicy/mode", &["PASSTHROUGH"], Status::Warning, "it is about sidecars only"),
    ("/outboundTrafficPolicy/mode", &["ALLOW_ANY"], Status::Warning, "ztunnel lets calls to unknown hosts through"),
    (
        "/pathNormalization/normalization",
        &["DEFAULT", "BASE"],
        Status::Passed,
        "a waypoint normalises once where two sidecars did it twice",
    ),
    ("/trustDomain", &["cluster.local"], Status::Passed, "part of every identity"),
];

/// Lists that narrow who sees what at sidecars, and not at ztunnel.
const EXPORTS: [&str; 3] =
    ["defaultDestinationRuleExportTo", "defaultServiceExportTo", "defaultVirtualServiceExportTo"];

pub(super) fn run(environment: &Environment<'_>) -> Vec<Item> {
    let Some((object, config)) = &environment.mesh_config else {
        let text = "no mesh configuration was found: the defaults are assumed";
        return vec![Item::plain(Status::Unknown, text)];
    };
    let about = |status, key: &str, text: String| Item::about(status, object, at(object, key), text);
    let mut items: Vec<Item> = SETTINGS.iter().filter_map(|setting| of_setting(setting, config, &about)).collect();
    let list = |key: &str| config.get(key).and_then(Value::as_array).filter(|list| !list.is_empty());
    items.extend(
        list("trustDomainAliases")
            .map(|names| about(Status::Passed, "trustDomainAliases", format!("aliases {}", words(names)))),
    );
    items.extend(EXPORTS.into_iter().filter_map(|key| {
        let names = list(key).filter(|names| names.iter().any(|name| name.as_str() != Some("*")))?;
        Some(about(
            Status::Warning,
            key,
            format!("{key}: {}: sidecars see less than ambient clients will", words(names)),
        ))
    }));
    items.extend(
        list("discoverySelectors").map(|_| {
            about(Status::Warning, "discoverySelectors", "istiod sees a part of the namespaces only".to_owned())
        }),
    );
    items.extend(
        providers(config).map(|names| about(Status::Passed, "extensionProviders", format!("providers {names}"))),
    );
    items
}

fn of_setting(setting: &Setting, config: &Value, about: &dyn Fn(Status, &str, String) -> Item) -> Option<Item> {
    let (pointer, usual, status, meaning) = setting;
    let value = config.pointer(pointer)?;
    let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let key = pointer.trim_start_matches('/').replace('/', ".");
    let status = if usual.contains(&value.as_str()) { Status::Passed } else { *status };
    let meaning = if usual.contains(&value.as_str()) { "as by default" } else { meaning };
    Some(about(status, &key, format!("{key}: {value}: {meaning}")))
}

/// Where a setting stands in its object; the ConfigMap holds all of them in one text.
fn at(object: &s2a_manifest::Object, key: &str) -> String {
    if object.id.kind == "ConfigMap" { "data.mesh".to_owned() } else { format!("spec.meshConfig.{key}") }
}

fn words(names: &[Value]) -> String {
    names.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(", ")
}

fn providers(config: &Value) -> Option<String> {
    let list = config.get("extensionProviders").and_then(Value::as_array)?;
    let name = |provider: &Value| provider.get("name").and_then(Value::as_str).map(str::to_owned);
    Some(list.iter().filter_map(name).collect::<Vec<_>>().join(", "))
}
