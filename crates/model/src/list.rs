//! Lists that find what belongs to a namespace, or is for a host or a Service, without looking at anything else.

mod by_name;
mod by_subject;

pub use by_name::{ByName, Named};
pub use by_subject::{BySubject, Subjects};
pub(crate) use by_subject::{could_cover, covers, host_subject};
