//! Reads a live cluster, read-only and page by page.
//!
//! [`read`] gives a [`Snapshot`]: every object of the kinds that matter to a mesh, as the text that a file of it would
//! hold, and what the API server says of itself. It only lists and gets. Nothing else of the program knows that clusters
//! exist: the texts go to the same reader as files.

mod access;
mod discovery;
mod error;
mod kinds;
mod list;
mod snapshot;
mod strip;

pub use access::Access;
pub use error::ClusterError;
pub use snapshot::{Definition, Selection, ServedObject, Snapshot, Unread, read};
