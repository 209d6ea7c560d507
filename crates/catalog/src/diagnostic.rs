//! The rows of `rules/diagnostics`: one file per code.

use s2a_diagnostic::Severity;
use serde::Deserialize;

use crate::release::Release;

/// The texts of one code. [`codes`](crate::codes) are generated from these rows.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DiagnosticRow {
    /// `S2A` and four digits; the file has the same name.
    pub code: String,
    /// The finding in kebab-case.
    pub name: String,
    /// The weight of every finding with this code.
    #[serde(with = "SeverityName")]
    pub severity: Severity,
    /// The first release of this program with the code.
    pub since: Release,
    /// One lower-case clause.
    pub title: String,
    /// What to do, in the imperative.
    pub help: String,
    /// Some lines that state the fact behind the finding.
    pub explain: String,
}

#[derive(Deserialize)]
#[serde(remote = "Severity", rename_all = "lowercase")]
enum SeverityName {
    Error,
    Warning,
    Note,
}
