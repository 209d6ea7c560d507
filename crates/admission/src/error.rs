//! What can go wrong on our side.

/// Why no answer could be given. Says nothing about the object.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum AdmissionError {
    /// The CRDs of this release are not bundled.
    #[error("the CRDs of {product} {asked} are not known; known releases: {}", known.join(", "))]
    UnknownRelease {
        /// `Istio` or `Gateway API`.
        product: &'static str,
        /// The release as asked for.
        asked: String,
        /// The minor releases we know, oldest first.
        known: Vec<String>,
    },
    /// The bundled index does not parse: a defect of this build.
    #[error("the bundled index of CRDs is broken: {reason}")]
    BrokenIndex {
        /// What the parser says.
        reason: String,
    },
    /// A bundled schema is missing or does not compile: a defect of this build.
    #[error("the bundled schema {schema} is broken: {reason}")]
    BrokenSchema {
        /// The name of the schema in the index.
        schema: String,
        /// What the compiler says.
        reason: String,
    },
}
