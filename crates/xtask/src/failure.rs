//! Why a chore failed.

use std::io;
use std::path::PathBuf;

use s2a_catalog::CatalogError;

/// Why a chore failed, as the person who ran it should read it.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    /// The arguments are none we know.
    #[error("{0}")]
    Usage(&'static str),
    /// A file could not be read or written.
    #[error("{}: {source}", path.display())]
    File { path: PathBuf, source: io::Error },
    /// A rule file is malformed.
    #[error(transparent)]
    Catalog(#[from] CatalogError),
    /// A program could not be run, or did not do what was asked.
    #[error("{program}: {reason}")]
    Program { program: String, reason: String },
    /// What a check found, one finding a line.
    #[error("{}", .0.join("\n"))]
    Findings(Vec<String>),
}
