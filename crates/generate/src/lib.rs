//! Random small meshes with sidecars, as a cluster takes them: a few workloads and Services in two namespaces, with
//! policies and routes that meet. The property tests, the baseline and the campaigns draw from here.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "what is generated has a shape that is known here")]

mod mesh;
mod policies;
mod routes;

pub use mesh::{Documents, documents};
