//! The rows of `rules/hazards.toml`: the known traps of the move.

use serde::Deserialize;

/// What becomes of a hazard.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum HazardStatus {
    /// Rewrites take care of it.
    Handled,
    /// The input is refused with a code.
    Refused,
    /// It cannot happen in what we write.
    NotArising,
}

/// One trap.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Hazard {
    /// `H` and a number, never reused.
    pub id: String,
    /// One clause that says what goes wrong.
    pub title: String,
    /// What becomes of it.
    pub status: HazardStatus,
    /// The rewrites which take care of it.
    #[serde(default)]
    pub rewrites: Vec<String>,
    /// The code which refuses it.
    pub code: Option<String>,
    /// Why it does not arise, or what else a reader must know.
    pub why: Option<String>,
    /// Where this is to be seen.
    pub evidence: String,
}
