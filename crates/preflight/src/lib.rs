//! What stands in the way before anything moves: one check, one file.
//!
//! [`run`] looks at an [`Environment`], which is the objects of a backup or of a cluster with what its API server said
//! of itself, and gives one [`Outcome`] for each check of `rules/checks`. [`left_behind`] names what has no counterpart
//! in ambient mode.

mod checks;
mod environment;
mod image;
pub mod left_behind;
mod outcome;
mod pod;
mod selector;
mod server;

pub use checks::run;
pub use environment::Environment;
pub use outcome::{Item, Outcome, Status};
pub use server::{Definition, Server, Unread};
