//! What stops the program: the operator's errors, never the author's of the manifests.

use std::io;

use s2a_admission::AdmissionError;
use s2a_catalog::{CatalogError, TargetError};
use s2a_manifest::{EmitError, MeshConfigError};

/// Why the program could not do what was asked. It ends with exit code 2.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Failure {
    /// A file cannot be read.
    #[error("cannot read {path}: {source}")]
    Read {
        /// The path as given.
        path: String,
        /// The system's reason.
        source: io::Error,
    },
    /// A file cannot be written.
    #[error("cannot write {path}: {source}")]
    Write {
        /// The path.
        path: String,
        /// The system's reason.
        source: io::Error,
    },
    /// Standard output is gone.
    #[error("cannot write to standard output: {0}")]
    Output(io::Error),
    /// A value on the command line is not known.
    #[error("{0}")]
    Usage(String),
    /// The mesh configuration is wrong.
    #[error(transparent)]
    MeshConfig(#[from] MeshConfigError),
    /// A cluster cannot be read.
    #[cfg(feature = "cluster")]
    #[error(transparent)]
    Cluster(#[from] s2a_cluster::ClusterError),
    /// The target is not known.
    #[error(transparent)]
    Target(#[from] TargetError),
    /// The schemas of this build are broken, or the target is unknown.
    #[error(transparent)]
    Admission(#[from] AdmissionError),
    /// The rules of this build are broken.
    #[error(transparent)]
    Catalog(#[from] CatalogError),
    /// A change could not be written into a file.
    #[error("{0}; please report this with the file")]
    Emit(#[from] EmitError),
}

impl Failure {
    /// Whether the reader of standard output went away, which is no error of ours.
    #[must_use]
    pub fn is_broken_pipe(&self) -> bool {
        matches!(self, Failure::Output(error) if error.kind() == io::ErrorKind::BrokenPipe)
    }
}
