//! The rows of `rules/authz`: how a policy is rewritten.

use serde::Deserialize;

/// What a rewrite may do to the fate of requests.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Effect {
    /// Nothing.
    Equivalent,
    /// Some requests are refused that were let through.
    Stricter,
    /// Some requests are let through that were refused.
    Looser,
}

/// One rewrite.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rewrite {
    /// The name in kebab-case; the module has the same in `snake_case`.
    pub name: String,
    /// One clause that says what happens.
    pub title: String,
    /// When it applies.
    pub when: String,
    /// What is written.
    pub writes: String,
    /// What it may do to requests.
    pub effect: Effect,
    /// The codes which tell that it was applied.
    pub raises: Vec<String>,
    /// The codes which tell that it could not be.
    pub refuses: Vec<String>,
    /// Where this is to be seen.
    pub evidence: String,
}
