//! Do two meshes mean the same, and if not, which request tells them apart?
//!
//! [`verify()`] puts one question for each destination and each way to it. A question becomes decision lists over a
//! space of requests (`compile`); [`logic`] proves that no point of the space tells the two sides apart, or finds the
//! plainest that does; and [`s2a_model::Mesh::evaluate`] must agree with every request before it is shown. Nothing
//! here knows how the second mesh came about.

mod comparison;
mod compile;
pub mod logic;
mod request;
mod slice;
pub mod space;
mod verdict;

pub use request::PLAIN_ADDRESS;
pub use slice::Way;
pub use verdict::{Counterexample, Judgement, Verdict, verify};

#[cfg(test)]
mod sample;
