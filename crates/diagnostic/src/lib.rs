//! What the tool says to people: findings with a code, a place and a remedy.
//!
//! Diagnostics are values for the author of the manifests; they are never errors of the program. Logic names the
//! object and the field it speaks of; the place in a file is filled in when the finding is about to be shown.

mod code;
mod diagnostic;
mod sources;

pub use code::{Code, Severity};
pub use diagnostic::{Diagnostic, Label, ObjectRef, Place};
pub use sources::{FileId, Position, Source, Sources};
