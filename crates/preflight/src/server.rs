//! What an API server says of itself.

use serde_json::Value;

use s2a_manifest::Object;

/// What is known of the API server behind the objects.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Server {
    /// Its version, as `v1.34.2-gke.7`.
    pub version: Option<String>,
    /// Whether the objects are all there are: a kind that is missing then has no objects. True of a cluster and of a
    /// backup, but not of files.
    pub complete: bool,
    /// The custom resource definitions, if they could be read.
    pub definitions: Option<Vec<Definition>>,
    /// The kinds that could not be read.
    pub unread: Vec<Unread>,
}

/// A custom resource definition, as far as it matters here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Definition {
    /// The API group.
    pub group: String,
    /// The kind.
    pub kind: String,
    /// The versions that are served.
    pub versions: Vec<String>,
    /// `gateway.networking.k8s.io/bundle-version`.
    pub bundle_version: Option<String>,
    /// `gateway.networking.k8s.io/channel`.
    pub channel: Option<String>,
}

/// A kind that could not be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unread {
    /// The kind.
    pub kind: String,
    /// Why, one lower-case clause.
    pub why: String,
}

impl Definition {
    /// Reads a CustomResourceDefinition. `None` if it lacks a group or a kind.
    #[must_use]
    pub fn read(object: &Object) -> Option<Self> {
        let spec = object.json.get("spec")?;
        let versions = spec.get("versions").and_then(Value::as_array).into_iter().flatten();
        let served = versions.filter(|version| version.get("served").and_then(Value::as_bool) == Some(true));
        Some(Definition {
            group: spec.get("group")?.as_str()?.to_owned(),
            kind: spec.pointer("/names/kind")?.as_str()?.to_owned(),
            versions: served.filter_map(|version| version.get("name")?.as_str().map(str::to_owned)).collect(),
            bundle_version: object.annotation("gateway.networking.k8s.io/bundle-version").map(str::to_owned),
            channel: object.annotation("gateway.networking.k8s.io/channel").map(str::to_owned),
        })
    }
}
