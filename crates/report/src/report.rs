//! What a run has to say, as rows.

use std::collections::BTreeMap;

use s2a_diagnostic::{Diagnostic, ObjectRef};
use serde::Serialize;

use crate::VerdictRow;

/// Everything one run has to say. The rows may come in any order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// The findings of every stage.
    pub diagnostics: Vec<Diagnostic>,
    /// One row per destination and path, or more where one pair has several counterexamples.
    pub verdicts: Vec<VerdictRow>,
    /// What became of each object.
    pub objects: Vec<ObjectRow>,
    /// Which proxy enforces each policy rule.
    pub classification: Vec<ClassificationRow>,
    /// How much was read.
    pub counts: Counts,
}

/// What became of an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Disposition {
    /// It is the same before and after.
    Unchanged,
    /// It was rewritten.
    Changed,
    /// It exists only afterwards.
    Added,
    /// It exists only before.
    Removed,
    /// It could not be rewritten, and a person must decide.
    Refused,
}

impl Disposition {
    /// Every disposition, in the order in which they are counted.
    pub(crate) const ALL: [Disposition; 5] =
        [Disposition::Unchanged, Disposition::Changed, Disposition::Added, Disposition::Removed, Disposition::Refused];

    /// The lower-case word used in every output format.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Disposition::Unchanged => "unchanged",
            Disposition::Changed => "changed",
            Disposition::Added => "added",
            Disposition::Removed => "removed",
            Disposition::Refused => "refused",
        }
    }
}

/// One object and what became of it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ObjectRow {
    /// The object; the new one where it was renamed.
    pub object: ObjectRef,
    /// What became of it.
    pub disposition: Disposition,
    /// When it has to be applied; `None` if there is nothing to apply.
    pub apply: Option<Apply>,
    /// The ids of the codes that say why.
    pub because: Vec<String>,
}

/// When an object of the output may be applied.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Apply {
    /// Before the move: no proxy of the mesh with sidecars takes notice of it.
    Before,
    /// Only together with the move: sidecars obey it at once, or still need what it takes away.
    With,
}

impl Apply {
    /// Both, in their order in time.
    pub(crate) const ALL: [Apply; 2] = [Apply::Before, Apply::With];

    /// The word of the report.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Apply::Before => "before the move",
            Apply::With => "with the move",
        }
    }
}

/// Where one policy rule is enforced before and after.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ClassificationRow {
    /// The policy.
    pub object: ObjectRef,
    /// The rule, as `spec.rules[0]`.
    pub field: String,
    /// `L4` when ztunnel sees all the rule asks for, else `L7`.
    pub layer: String,
    /// The attribute that forces `L7`.
    pub because: Option<String>,
    /// The proxies that enforce the rule in sidecar mode.
    pub enforced_before: String,
    /// The proxies that enforce the rule in ambient mode.
    pub enforced_after: String,
    /// What the rule does if it is applied in ambient mode as it stands: `fails open`, `fails closed`, `broader deny`
    /// or `no effect`.
    pub left_behind: String,
}

/// How much was read.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Counts {
    /// Files read.
    pub files: usize,
    /// YAML documents in them.
    pub documents: usize,
    /// Objects by kind.
    pub objects_by_kind: BTreeMap<String, usize>,
    /// The names of files that were left out.
    pub skipped_files: Vec<String>,
}
