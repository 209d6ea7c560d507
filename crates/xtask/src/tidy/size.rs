//! Files stay small enough to read.

use super::source::is_generated;
use crate::failure::Failure;
use crate::repository::Repository;

/// The most lines a source file may have, tests included.
const LIMIT: usize = 500;

pub(super) fn check(repository: &Repository) -> Result<Vec<String>, Failure> {
    let mut findings = Vec::new();
    for path in repository.files("crates", &["rs"])? {
        let text = repository.read(&path)?;
        let lines = text.lines().count();
        if lines > LIMIT && !is_generated(&text) {
            findings.push(format!("{path} has {lines} lines; divide it, {LIMIT} are the most"));
        }
    }
    Ok(findings)
}
