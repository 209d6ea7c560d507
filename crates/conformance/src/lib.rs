//! What the real Istio does with requests, recorded, and held against the model.
//!
//! `testdata/baseline` holds rows: a request, and what became of it. They were recorded by `cargo xtask record`, which
//! has istiod configure a mesh and puts requests to a real Envoy; the test `baseline` asks
//! [`s2a_model::Mesh::evaluate`] the same. `docs/src/conformance.md` tells the whole.

pub mod baseline;
pub mod choose;
pub mod complete;
pub mod decision;
mod escape;
mod failure;
pub mod pair;
pub mod pools;
pub mod question;
pub mod sets;
pub mod told;
pub mod vectors;

pub use failure::Failure;
