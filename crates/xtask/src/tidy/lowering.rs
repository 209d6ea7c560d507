//! Lowering names every field of what it takes apart, so that a field added upstream stops the build.

use super::source::code_lines;
use crate::failure::Failure;
use crate::repository::Repository;

/// Where structs of foreign APIs are taken apart.
const FOLDER: &str = "crates/manifest/src/lower";

pub(super) fn check(repository: &Repository) -> Result<Vec<String>, Failure> {
    let mut findings = Vec::new();
    for path in repository.files(FOLDER, &["rs"])? {
        let text = repository.read(&path)?;
        let rests = code_lines(&text).filter(|(_, line)| leaves_fields_out(line));
        findings.extend(rests.map(|(number, _)| format!("{path}:{number}: name every field instead of `..`")));
    }
    Ok(findings)
}

/// Returns whether a struct pattern leaves fields out. `{ .. }`, which asks for a variant only, is no such pattern.
fn leaves_fields_out(line: &str) -> bool {
    line.trim() == ".." || line.contains(", .. }")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_patterns_which_name_fields_count() {
        assert!(leaves_fields_out("let Retry { attempts, .. } = retry;"));
        assert!(leaves_fields_out("        .."));
        assert!(!leaves_fields_out("matches!(value, Value::Map { .. })"));
        assert!(!leaves_fields_out("let [first, ..] = list;"));
        assert!(!leaves_fields_out("Mesh { name, ..Mesh::default() }"));
    }
}
