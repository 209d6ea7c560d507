//! Names of things and where facts come from.

use std::fmt;

/// A namespaced name, shown as `namespace/name`.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Name {
    /// The namespace.
    pub namespace: String,
    /// The name inside the namespace.
    pub name: String,
}

impl Name {
    /// Makes a name of its two parts.
    pub fn new(namespace: impl Into<String>, name: impl Into<String>) -> Self {
        Name { namespace: namespace.into(), name: name.into() }
    }
}

impl fmt::Display for Name {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}/{}", self.namespace, self.name)
    }
}

/// Identifies a Kubernetes object.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ObjectId {
    /// `group/version`, or `v1`.
    pub api_version: String,
    /// The kind.
    pub kind: String,
    /// Namespace (empty for cluster-wide kinds) and name.
    pub name: Name,
}

impl fmt::Display for ObjectId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.name.namespace.is_empty() {
            write!(formatter, "{} {}", self.kind, self.name.name)
        } else {
            write!(formatter, "{} {}", self.kind, self.name)
        }
    }
}

/// Where a part of the mesh stands: an object and a field of it, as `spec.rules[0]`.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Origin {
    /// The object.
    pub object: ObjectId,
    /// The field; empty for the whole object.
    pub field: String,
}

impl Origin {
    /// The origin of a field below this one.
    #[must_use]
    pub fn field(&self, field: &str) -> Origin {
        let joined = match (self.field.is_empty(), field.starts_with('[')) {
            (true, _) => field.to_owned(),
            (false, true) => format!("{}{field}", self.field),
            (false, false) => format!("{}.{field}", self.field),
        };
        Origin { object: self.object.clone(), field: joined }
    }

    /// The origin of an element of a list field below this one.
    #[must_use]
    pub fn item(&self, field: &str, index: usize) -> Origin {
        self.field(&format!("{field}[{index}]"))
    }
}
