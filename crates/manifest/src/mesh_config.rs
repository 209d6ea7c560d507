//! The mesh configuration, as far as policies and routes depend on it.

use s2a_model::{OutboundPolicy, PathNormalization, Settings};
use serde_json::Value;

use crate::{Inventory, Object};

/// Why a mesh configuration cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum MeshConfigError {
    /// It is no YAML mapping.
    #[error("the mesh configuration cannot be read: {0}")]
    Unreadable(String),
    /// A field has a value that no release knows.
    #[error("the mesh configuration has an unknown value `{value}` in {field}")]
    UnknownValue {
        /// The field.
        field: &'static str,
        /// Its value.
        value: String,
    },
}

/// Reads the text of a mesh configuration into settings.
///
/// # Errors
/// If the text is no mapping or a field that matters has an unknown value.
pub fn read_mesh_config(text: &str, settings: &mut Settings) -> Result<(), MeshConfigError> {
    match parse(text) {
        None => Ok(()),
        Some(config) => apply(&config?, settings),
    }
}

/// Looks for a mesh configuration among the objects: the ConfigMap `istio` of istiod, or an IstioOperator.
///
/// # Errors
/// As [`read_mesh_config`].
pub(crate) fn find_mesh_config(inventory: &Inventory, settings: &mut Settings) -> Result<(), MeshConfigError> {
    for object in &inventory.objects {
        if let Some(config) = config_of(object) {
            apply(&config?, settings)?;
        }
    }
    Ok(())
}

/// The mesh configuration among the objects, as it stands there, with its object; the last if there are several. `None`
/// without any, and for one that cannot be read.
#[must_use]
pub fn mesh_config(inventory: &Inventory) -> Option<(&Object, Value)> {
    let configs = inventory.objects.iter().rev().filter_map(|object| Some((object, config_of(object)?.ok()?)));
    configs.into_iter().next()
}

fn config_of(object: &Object) -> Option<Result<Value, MeshConfigError>> {
    match object.id.kind.as_str() {
        "ConfigMap" if object.id.name.name == "istio" => parse(object.json.get("data")?.get("mesh")?.as_str()?),
        "IstioOperator" => object.json.get("spec")?.get("meshConfig").cloned().map(Ok),
        _ => None,
    }
}

/// Reads the first document; `None` for an empty text.
fn parse(text: &str) -> Option<Result<Value, MeshConfigError>> {
    let document = s2a_yaml::read(text).documents.into_iter().next()?;
    Some(match document {
        Ok(document) => Ok(document.root.to_json()),
        Err(error) => Err(MeshConfigError::Unreadable(error.message)),
    })
}

fn apply(config: &Value, settings: &mut Settings) -> Result<(), MeshConfigError> {
    let text = |value: &Value, key: &str| value.get(key).and_then(Value::as_str).map(str::to_owned);
    if let Some(domain) = text(config, "trustDomain") {
        settings.trust_domain = domain;
    }
    if let Some(namespace) = text(config, "rootNamespace") {
        settings.root_namespace = namespace;
    }
    if let Some(aliases) = config.get("trustDomainAliases").and_then(Value::as_array) {
        settings.trust_domain_aliases = aliases.iter().filter_map(Value::as_str).map(str::to_owned).collect();
    }
    if let Some(auto) = config.get("enableAutoMtls").and_then(Value::as_bool) {
        settings.auto_mtls = auto;
    }
    if let Some(mode) = config.get("outboundTrafficPolicy").and_then(|policy| text(policy, "mode")) {
        settings.outbound_policy = outbound(&mode)?;
    }
    if let Some(mode) = config.get("pathNormalization").and_then(|path| text(path, "normalization")) {
        settings.path_normalization = normalization(&mode)?;
    }
    Ok(())
}

fn outbound(mode: &str) -> Result<OutboundPolicy, MeshConfigError> {
    match mode {
        "ALLOW_ANY" => Ok(OutboundPolicy::AllowAny),
        "REGISTRY_ONLY" => Ok(OutboundPolicy::RegistryOnly),
        other => Err(MeshConfigError::UnknownValue { field: "outboundTrafficPolicy.mode", value: other.to_owned() }),
    }
}

fn normalization(mode: &str) -> Result<PathNormalization, MeshConfigError> {
    match mode {
        "DEFAULT" | "BASE" => Ok(PathNormalization::Base),
        "NONE" => Ok(PathNormalization::None),
        "MERGE_SLASHES" => Ok(PathNormalization::MergeSlashes),
        "DECODE_AND_MERGE_SLASHES" => Ok(PathNormalization::DecodeAndMergeSlashes),
        other => {
            Err(MeshConfigError::UnknownValue { field: "pathNormalization.normalization", value: other.to_owned() })
        }
    }
}
