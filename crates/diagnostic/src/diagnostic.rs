//! A finding.

use std::fmt;
use std::ops::Range;

use crate::{Code, FileId, Severity};

/// Names a Kubernetes object as `kubectl` does.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ObjectRef {
    /// `group/version`, or `v1`.
    pub api_version: String,
    /// The kind.
    pub kind: String,
    /// The namespace; empty for cluster-wide kinds.
    pub namespace: String,
    /// The name.
    pub name: String,
}

impl fmt::Display for ObjectRef {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.namespace.is_empty() {
            write!(formatter, "{} {}", self.kind, self.name)
        } else {
            write!(formatter, "{} {}/{}", self.kind, self.namespace, self.name)
        }
    }
}

/// A range of bytes in one source file.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Place {
    /// The file.
    pub file: FileId,
    /// Start and end in bytes.
    pub start: usize,
    /// The byte after the last one.
    pub end: usize,
}

impl Place {
    /// The place as a range of bytes.
    #[must_use]
    pub fn range(&self) -> Range<usize> {
        self.start..self.end
    }
}

/// A further place that belongs to a finding, with a few words.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Label {
    /// The object spoken of.
    pub object: ObjectRef,
    /// The field, as `spec.rules[0].to`; empty for the whole object.
    pub field: String,
    /// What is to be seen there.
    pub text: String,
}

/// A finding about one field of one object, or one place of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// What kind of finding.
    pub code: &'static Code,
    /// The particulars, one lower-case sentence without a full stop.
    pub message: String,
    /// The object, where there is one.
    pub object: Option<ObjectRef>,
    /// The field, as `spec.rules[0].to`; empty for the whole object.
    pub field: String,
    /// Where the field stands; filled in late.
    pub place: Option<Place>,
    /// Further places.
    pub labels: Vec<Label>,
    /// A remedy more precise than the code's own.
    pub help: Option<String>,
}

impl Diagnostic {
    /// A finding about a field of an object.
    #[must_use]
    pub fn about(code: &'static Code, object: ObjectRef, field: &str, message: impl Into<String>) -> Self {
        Diagnostic { object: Some(object), field: field.to_owned(), ..Diagnostic::plain(code, message) }
    }

    /// A finding about a place of a file that is no object.
    #[must_use]
    pub fn at(code: &'static Code, place: Place, message: impl Into<String>) -> Self {
        Diagnostic { place: Some(place), ..Diagnostic::plain(code, message) }
    }

    /// A finding about the input as a whole.
    #[must_use]
    pub fn plain(code: &'static Code, message: impl Into<String>) -> Self {
        Diagnostic {
            code,
            message: message.into(),
            object: None,
            field: String::new(),
            place: None,
            labels: Vec::new(),
            help: None,
        }
    }

    /// The same finding with a remedy of its own.
    #[must_use]
    pub fn with_help(self, help: impl Into<String>) -> Self {
        Diagnostic { help: Some(help.into()), ..self }
    }

    /// The weight, which is the code's.
    #[must_use]
    pub fn severity(&self) -> Severity {
        self.code.severity
    }

    /// The order in which findings are shown: by place, then code, then text. It does not depend on the order in
    /// which they were found.
    #[must_use]
    pub fn sort_key(&self) -> (Option<Place>, Option<ObjectRef>, String, &'static str, String) {
        (self.place.clone(), self.object.clone(), self.field.clone(), self.code.id, self.message.clone())
    }
}
