//! The catalogue entry behind a finding.

use std::fmt;

/// How much a finding weighs. Severity follows direction: what could widen access is an error, what narrows it or
/// needs a person is a warning, a change of spelling is a note.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// Something could be let through, lost or not applied.
    Error,
    /// Something is refused that was let through, or a person must look.
    Warning,
    /// Something changed its form but not its meaning.
    Note,
}

impl Severity {
    /// The lower-case word used in every output format.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Severity::Error => "error",
            Severity::Warning => "warning",
            Severity::Note => "note",
        }
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

/// One kind of finding. The texts come from `rules/diagnostics`, one file per code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Code {
    /// `S2A` and four digits, never reused.
    pub id: &'static str,
    /// The finding in kebab-case, without its remedy.
    pub name: &'static str,
    /// The weight of every finding with this code.
    pub severity: Severity,
    /// One lower-case clause.
    pub title: &'static str,
    /// What to do, in the imperative.
    pub help: &'static str,
    /// Some lines for `explain`.
    pub explain: &'static str,
}
