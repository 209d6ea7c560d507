//! What can go wrong.

/// Why something could not be read, recorded or compared.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// A file of the baseline, or a line of it, is not what it should be.
    #[error("{0}")]
    Malformed(String),
    /// A mesh could not be read.
    #[error("{mesh}: {reason}")]
    Mesh {
        /// The mesh.
        mesh: String,
        /// Why.
        reason: String,
    },
    /// A file could not be read or written.
    #[error("{path}: {reason}")]
    File {
        /// The file.
        path: String,
        /// Why.
        reason: String,
    },
    /// A program could not be run, or did not answer.
    #[error("{program}: {reason}")]
    Program {
        /// The program.
        program: String,
        /// Why.
        reason: String,
    },
}
