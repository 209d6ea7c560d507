//! `cargo xtask tidy`: what the compiler does not check.

mod arrows;
mod exercised;
mod freshness;
mod links;
mod lowering;
mod purity;
mod size;
mod sorting;
mod source;

use crate::failure::Failure;
use crate::repository::Repository;

type Check = fn(&Repository) -> Result<Vec<String>, Failure>;

// tidy: sorted
const CHECKS: &[Check] = &[
    arrows::check,
    exercised::check,
    freshness::check,
    links::check,
    lowering::check,
    purity::check,
    size::check,
    sorting::check,
];

/// Runs every check and tells all findings at once.
pub(crate) fn run(repository: &Repository) -> Result<String, Failure> {
    let mut findings = Vec::new();
    for check in CHECKS {
        findings.extend(check(repository)?);
    }
    match findings.is_empty() {
        true => Ok("tidy\n".to_owned()),
        false => Err(Failure::Findings(findings)),
    }
}
