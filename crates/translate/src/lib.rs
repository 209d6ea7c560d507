//! A sidecar-mode mesh in, the changes that make it an ambient-mode mesh out.
//!
//! What comes out should mean the same; whether it does is for `s2a-verify` to say, on the bytes that were written.
//! Four verbs: what is exact as it stands is kept, what ambient mode says otherwise is rewritten, what it cannot say
//! is refused with a code where it stands, and the rest is added.

mod authz;
mod classify;
mod enroll;
mod findings;
mod options;
mod plan;
mod protocols;
mod route;
mod translation;

pub use classify::{Classification, LeftBehind, classify};
pub use options::{GuardScope, Options, RouteOptions, SourceAddresses, WaypointOptions, WaypointScope};
pub use translation::{Refusal, Translation, translate};
