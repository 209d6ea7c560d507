//! What a check says.

use s2a_catalog::Check;
use s2a_diagnostic::ObjectRef;
use s2a_manifest::Object;

/// How a check ended, the worst first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Status {
    /// Something must be done before anything moves.
    Failed,
    /// A person must look.
    Warning,
    /// The input does not show it, which is never success.
    Unknown,
    /// It is as it should be.
    Passed,
}

impl Status {
    /// All of them, the worst first.
    pub const ALL: [Status; 4] = [Status::Failed, Status::Warning, Status::Unknown, Status::Passed];

    /// The lower-case word used in every output format.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Status::Failed => "failed",
            Status::Warning => "warning",
            Status::Unknown => "unknown",
            Status::Passed => "passed",
        }
    }
}

/// One thing that a check saw.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Item {
    /// How it weighs.
    pub status: Status,
    /// The object, where there is one.
    pub object: Option<ObjectRef>,
    /// The field, as `spec.hostNetwork`; empty for the whole object.
    pub field: String,
    /// What was seen and what it means, one lower-case clause.
    pub text: String,
}

impl Item {
    /// Something about the input as a whole.
    pub(crate) fn plain(status: Status, text: impl Into<String>) -> Self {
        Item { status, object: None, field: String::new(), text: text.into() }
    }

    /// Something about a field of an object.
    pub(crate) fn about(status: Status, object: &Object, field: impl Into<String>, text: impl Into<String>) -> Self {
        Item { object: Some(object.reference()), field: field.into(), ..Item::plain(status, text) }
    }
}

/// What became of one check.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// The check.
    pub check: &'static Check,
    /// The worst of its items.
    pub status: Status,
    /// How many objects of which kinds were read for it.
    pub looked_at: String,
    /// What it saw, the worst first.
    pub items: Vec<Item>,
}
