//! One Kubernetes object of the input.

use s2a_diagnostic::{FileId, ObjectRef};
use s2a_model::{Name, ObjectId};
use serde_json::Value;

/// An object with the place it was read from.
#[derive(Clone, Debug)]
pub struct Object {
    /// Group, version, kind, namespace and name. Objects without namespace have the default one.
    pub id: ObjectId,
    /// The file.
    pub file: FileId,
    /// The index of the document among the readable documents of the file.
    pub document: usize,
    /// Where the object stands in the document: empty, or `items[3]` in a List.
    pub root: String,
    /// The object as Kubernetes would read it.
    pub json: Value,
}

/// Kinds whose objects have no namespace, among those that a mesh repository holds.
const CLUSTER_WIDE: [&str; 12] = [
    "ClusterRole",
    "ClusterRoleBinding",
    "CustomResourceDefinition",
    "GatewayClass",
    "IngressClass",
    "MutatingWebhookConfiguration",
    "Namespace",
    "Node",
    "PersistentVolume",
    "PriorityClass",
    "StorageClass",
    "ValidatingWebhookConfiguration",
];

impl Object {
    /// Reads the identity of an object. `None` if it has no `apiVersion` or `kind`.
    #[must_use]
    pub fn identify(json: &Value, default_namespace: &str) -> Option<ObjectId> {
        let kind = json.get("kind")?.as_str()?;
        let api_version = json.get("apiVersion")?.as_str()?;
        let metadata = json.get("metadata");
        let text = |key: &str| metadata.and_then(|metadata| metadata.get(key)).and_then(Value::as_str);
        let namespace = match text("namespace") {
            _ if CLUSTER_WIDE.contains(&kind) => "",
            Some(namespace) if !namespace.is_empty() => namespace,
            Some(_) | None => default_namespace,
        };
        let name = text("name").or_else(|| text("generateName")).unwrap_or_default();
        Some(ObjectId { api_version: api_version.to_owned(), kind: kind.to_owned(), name: Name::new(namespace, name) })
    }

    /// The API group; empty for the core group.
    #[must_use]
    pub fn group(&self) -> &str {
        self.id.api_version.rsplit_once('/').map_or("", |(group, _)| group)
    }

    /// The object's name as findings show it.
    #[must_use]
    pub fn reference(&self) -> ObjectRef {
        reference(&self.id)
    }

    /// A text of the metadata.
    #[must_use]
    pub fn metadata(&self, key: &str) -> Option<&str> {
        self.json.get("metadata")?.get(key)?.as_str()
    }

    /// An annotation.
    #[must_use]
    pub fn annotation(&self, key: &str) -> Option<&str> {
        self.json.get("metadata")?.get("annotations")?.get(key)?.as_str()
    }
}

/// The name that findings show.
#[must_use]
pub(crate) fn reference(id: &ObjectId) -> ObjectRef {
    ObjectRef {
        api_version: id.api_version.clone(),
        kind: id.kind.clone(),
        namespace: id.name.namespace.clone(),
        name: id.name.name.clone(),
    }
}
