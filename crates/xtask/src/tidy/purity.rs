//! Libraries neither touch the machine nor print.

use super::source::code_lines;
use crate::failure::Failure;
use crate::repository::Repository;

/// The crates at the rim.
const RIM: &[&str] = &["crates/cli/", "crates/cluster/", "crates/conformance/", "crates/xtask/"];

const FORBIDDEN: &[&str] = &["std::env", "std::fs", "print!(", "println!(", "eprint!(", "eprintln!("];

pub(super) fn check(repository: &Repository) -> Result<Vec<String>, Failure> {
    let mut findings = Vec::new();
    for path in repository.files("crates", &["rs"])? {
        let tests = !path.contains("/src/") || path.ends_with("/tests.rs");
        if tests || RIM.iter().any(|rim| path.starts_with(rim)) {
            continue;
        }
        let text = repository.read(&path)?;
        findings.extend(code_lines(&text).filter_map(|(number, line)| {
            let found = forbidden(line)?;
            Some(format!("{path}:{number}: a library does not use `{found}`; give it the text and return the text"))
        }));
    }
    Ok(findings)
}

fn forbidden(line: &str) -> Option<&'static str> {
    FORBIDDEN.iter().copied().find(|found| line.match_indices(found).any(|(at, _)| !continues_a_word(line, at)))
}

/// Returns whether the letter before a place belongs to the same word: `eprint!(` holds no `print!(`.
fn continues_a_word(line: &str, at: usize) -> bool {
    let before = line.get(..at).unwrap_or_default();
    before.ends_with(|letter: char| letter.is_alphanumeric() || letter == '_')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn machine_and_terminal_are_found() {
        assert_eq!(forbidden("use std::fs;"), Some("std::fs"));
        assert_eq!(forbidden("    println!(\"a\");"), Some("println!("));
        assert_eq!(forbidden("    eprint!(\"a\");"), Some("eprint!("));
        assert_eq!(forbidden("use std::fmt;"), None);
        assert_eq!(forbidden("my_println!(1)"), None);
    }
}
