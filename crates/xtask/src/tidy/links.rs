//! Relative links in Markdown lead to files that exist.

use std::path::Path;

use crate::failure::Failure;
use crate::repository::Repository;

pub(super) fn check(repository: &Repository) -> Result<Vec<String>, Failure> {
    let mut findings = Vec::new();
    for path in repository.files("", &["md"])? {
        let text = repository.read(&path)?;
        let folder = Path::new(&path).parent().map(Path::to_string_lossy).unwrap_or_default().into_owned();
        for (number, target) in links(&text) {
            if !repository.has(format!("{folder}/{target}").trim_start_matches('/')) {
                findings.push(format!("{path}:{number}: no file `{target}`"));
            }
        }
    }
    Ok(findings)
}

/// Returns the relative targets of all links outside code, without their anchors.
fn links(text: &str) -> Vec<(usize, &str)> {
    let mut found = Vec::new();
    let mut fenced = false;
    for (index, line) in text.lines().enumerate() {
        if line.trim_start().starts_with("```") {
            fenced = !fenced;
        }
        if !fenced {
            found.extend(targets(line).map(|target| (index.saturating_add(1), target)));
        }
    }
    found
}

fn targets(line: &str) -> impl Iterator<Item = &str> {
    // Every other part between backticks is code.
    let prose = line.split('`').step_by(2);
    let after = prose.flat_map(|part| part.split("](").skip(1));
    let whole = after.filter_map(|rest| rest.split([')', ' ']).next());
    let files = whole.filter_map(|target| target.split('#').next());
    files.filter(|target| !target.is_empty() && !target.contains(':') && !target.starts_with('/'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_relative_links_outside_code_count() {
        let text = "[a](b.md#c) and `[x](y)` and [d](https://e) [f](#g)\n```\n[h](i)\n```\n[j](../k.md)\n";
        assert_eq!(links(text), [(1, "b.md"), (5, "../k.md")]);
    }
}
