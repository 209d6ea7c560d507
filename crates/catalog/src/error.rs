//! Why the catalogue could not be read.

/// A file under `rules/` is not what its type asks for. The files are compiled in and tested, so that a user never
/// sees this.
#[derive(Debug, thiserror::Error)]
pub enum CatalogError {
    /// The file is not TOML, lacks a field or has one that nobody knows.
    #[error("rules/{path}: {source}")]
    Malformed {
        /// The path below `rules/`.
        path: String,
        /// What the reader of TOML says, with line and column.
        source: Box<toml::de::Error>,
    },
    /// No kind of row lives in files of this name.
    #[error("rules/{path}: no rule file has this place; see rules/README.md")]
    Misplaced {
        /// The path below `rules/`.
        path: String,
    },
    /// A file that must exist is missing.
    #[error("rules/{path} is missing")]
    Missing {
        /// The path below `rules/`.
        path: &'static str,
    },
}
