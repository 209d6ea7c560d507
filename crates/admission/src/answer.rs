//! What the API server would say.

use std::fmt;

/// The answer to a request that creates an object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// The object would be stored.
    Accepted,
    /// We cannot say: no bundled release knows the kind, or a rule uses a CEL function that we cannot evaluate.
    NotChecked,
    /// The object would be refused, for every one of these reasons. Never empty; in order of field.
    Refused(Vec<Violation>),
}

/// One reason to refuse an object.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Violation {
    /// Where: `spec.rules[0].matches`. A map key that is no plain word stands in brackets; empty for the whole object.
    pub field: String,
    /// Which rule of the API it breaks.
    pub rule: ViolationRule,
    /// Why, without the field: `is required`.
    pub message: String,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.field.is_empty() { f.write_str(&self.message) } else { write!(f, "{}: {}", self.field, self.message) }
    }
}

/// What kind of rule a [`Violation`] breaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ViolationRule {
    /// The release does not serve this kind or this version of it.
    NotServed,
    /// No field of this name. Refused with `fieldValidation=Strict`, which is what kubectl asks for.
    UnknownField,
    /// The structural schema: type, required, enum, pattern, limits.
    Schema,
    /// A duplicate in a list with `x-kubernetes-list-type` `map` or `set`.
    ListType,
    /// A rule in `x-kubernetes-validations`.
    Cel,
    /// A name, a namespace, or the key or value of a label or annotation.
    Name,
}
