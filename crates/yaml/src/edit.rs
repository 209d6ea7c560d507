//! Byte-exact edits: replace these bytes, read again, compare trees; every other byte stays.
//!
//! A [`Splicer`] takes changes to one object as changes to its JSON value. When it is done, the value it started from
//! and the value it arrived at are compared, and every difference becomes the smallest splice that makes it. [`Edits`]
//! collects the splices of several objects of one file, whole documents and list items besides. Nothing is handed out
//! before the new text has been read again and its tree is the intended one.

mod block;
mod diff;
mod edits;
mod flow;
mod splicer;
mod text;
mod verify;

pub use edits::Edits;
pub use splicer::Splicer;

use crate::Span;

/// Why an edit is refused. The file is then left as it is; a person has to make the change.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum SpliceError {
    /// The path is not well formed, or names nothing.
    #[error("there is no `{path}` to edit")]
    Missing {
        /// The path asked for.
        path: String,
    },
    /// The path names something, but no map or list as the edit needs.
    #[error("`{path}` is of another type than the edit needs")]
    Mismatch {
        /// The path asked for.
        path: String,
    },
    /// The new key is there already.
    #[error("`{path}` exists already")]
    Exists {
        /// The path of the entry that is in the way.
        path: String,
    },
    /// Two edits touch the same bytes.
    #[error("two edits touch the same place")]
    Overlap {
        /// The place of the second.
        span: Span,
    },
    /// The value came here by a `<<`; changing it would change other places.
    #[error("the value is shared by a merge key")]
    Shared {
        /// Where the shared value is defined.
        span: Span,
    },
    /// The text is laid out in a way that leaves no room for the edit.
    #[error("the text is laid out in a way that cannot be edited")]
    Layout {
        /// The place.
        span: Span,
    },
    /// Read again, the new text would mean something else than intended: an anchor is used elsewhere, say.
    #[error("the edited text would not read as intended")]
    Unfaithful {
        /// The document concerned, counted from 0 among those of the new text.
        document: usize,
    },
}
