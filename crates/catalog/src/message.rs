//! The rows of `rules/routes` and `rules/policies`: what becomes of each field.

use serde::Deserialize;

/// How much of a field's meaning is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Fidelity {
    /// All of it, in one field.
    Exact,
    /// All of it, in another shape.
    Restructured,
    /// Some values only, or all but a difference which the note states.
    Approximate,
    /// Nothing: there is no counterpart.
    None,
}

/// A message of an Istio API and its fields.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Message {
    /// The message's name in the API; a root has the name of its kind.
    pub message: String,
    /// Whether this is the `spec` of a kind.
    #[serde(default)]
    pub root: bool,
    /// The fields.
    pub field: Vec<Field>,
}

/// A field of a message.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Field {
    /// The field's path inside the message: `[]` marks a list, `{}` a map.
    pub source: String,
    /// The message the field holds; its fields are rows of their own. All other keys are missing then.
    pub message: Option<String>,
    /// What it becomes: a kind and a path in it.
    pub target: Option<String>,
    /// How much of the meaning is kept.
    pub fidelity: Option<Fidelity>,
    /// The feature of the target without which it cannot be written.
    pub needs: Option<String>,
    /// The code raised where it cannot be written.
    pub otherwise: Option<String>,
    /// What else a reader must know.
    pub note: Option<String>,
    /// Where this is to be seen.
    pub evidence: Option<String>,
    /// Cases that have the field, as folders below `testdata/cases`. The rows of routes have some.
    #[serde(default)]
    pub cases: Vec<String>,
    /// Why no case can have the field.
    pub no_case: Option<String>,
}
