//! The rows of `rules/checks` and of `rules/istiod_flags.toml`: what is looked at before anything moves.

use serde::Deserialize;

/// What a check is called and what it says of itself. The constants in [`checks`](crate::checks) are generated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Check {
    /// The name in kebab-case.
    pub name: &'static str,
    /// What holds if it passes, one lower-case clause.
    pub title: &'static str,
    /// What is looked at, a few words.
    pub looks_at: &'static str,
    /// The kinds it reads. If one of them cannot be read, the answer is unknown.
    pub kinds: &'static [&'static str],
    /// What to do if it does not pass, in the imperative.
    pub help: &'static str,
    /// Some lines for `explain`.
    pub explain: &'static str,
}

/// One row of `rules/checks`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct CheckRow {
    /// The name in kebab-case; the file has the same name.
    pub name: String,
    /// What holds if it passes.
    pub title: String,
    /// What is looked at.
    pub looks_at: String,
    /// The kinds it reads.
    pub kinds: Vec<String>,
    /// What to do if it does not pass.
    pub help: String,
    /// The shell commands it takes the place of.
    pub instead_of: Option<String>,
    /// Where the facts are to be seen.
    pub evidence: String,
    /// Some lines for `explain`.
    pub explain: String,
}

/// How much a setting weighs that is not at its default.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Weight {
    /// Verdicts for the default are wrong with it.
    Failed,
    /// A person must know it.
    Warning,
}

/// An environment variable of istiod that changes what policies and routes mean.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct IstiodFlag {
    /// The variable.
    pub name: String,
    /// Its value where it is not set and ambient mode is on.
    pub default: String,
    /// What another value weighs.
    pub off_default: Weight,
    /// What another value changes, one clause.
    pub meaning: String,
    /// Where this is to be seen.
    pub evidence: String,
}
