//! The part of a structural schema that says which fields there are.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

/// One node of a structural schema. What limits values is left to the JSON schema made from the same text.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct Structural {
    /// The fields of an object.
    pub(crate) properties: BTreeMap<String, Structural>,
    /// The values of a map.
    additional_properties: Option<Box<Structural>>,
    /// The items of a list.
    pub(crate) items: Option<Box<Structural>>,
    /// What the field is when it is absent.
    pub(crate) default: Option<Value>,
    /// Whether `null` is a value and not a way to leave the field out.
    pub(crate) nullable: bool,
    /// Whether fields without a schema are kept.
    #[serde(rename = "x-kubernetes-preserve-unknown-fields")]
    pub(crate) preserves_unknown_fields: bool,
    /// What makes two items of a list the same.
    #[serde(rename = "x-kubernetes-list-type")]
    pub(crate) list_type: ListType,
    /// The fields that tell the items of a [`ListType::Map`] apart.
    #[serde(rename = "x-kubernetes-list-map-keys")]
    pub(crate) list_map_keys: Vec<String>,
}

/// `x-kubernetes-list-type`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum ListType {
    /// A list like any other.
    #[default]
    Atomic,
    /// No two items are equal.
    Set,
    /// No two items have equal keys.
    Map,
}

impl Structural {
    /// The schema of a field, be it declared or the entry of a map.
    pub(crate) fn field(&self, name: &str) -> Option<&Structural> {
        self.properties.get(name).or(self.additional_properties.as_deref())
    }
}
