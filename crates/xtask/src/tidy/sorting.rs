//! Tables marked `tidy: sorted` are sorted.

use crate::failure::Failure;
use crate::repository::Repository;

const MARK: &str = "// tidy: sorted";

pub(super) fn check(repository: &Repository) -> Result<Vec<String>, Failure> {
    let mut findings = Vec::new();
    for path in repository.files("crates", &["rs"])? {
        let text = repository.read(&path)?;
        findings.extend(unsorted(&text).map(|(line, before)| format!("{path}: `{line}` belongs before `{before}`")));
    }
    Ok(findings)
}

/// Returns the first line out of order of every marked table, with the line before it. A table's rows are the lines
/// with the least indentation between its head and its end.
fn unsorted(text: &str) -> impl Iterator<Item = (&str, &str)> {
    let tables = text.split(MARK).skip(1).filter_map(|after| after.split_once("[\n")).filter_map(|(_, rest)| {
        let (rows, _) = rest.split_once("\n]")?;
        let indentation = |line: &str| line.len().saturating_sub(line.trim_start().len());
        let least = rows.lines().map(indentation).min()?;
        let rows: Vec<&str> = rows.lines().filter(|line| indentation(line) == least).map(str::trim).collect();
        Some(rows)
    });
    tables.filter_map(|rows| {
        let disorder = rows.windows(2).find(|pair| pair.is_sorted_by(|a, b| a > b))?;
        Some((*disorder.last()?, *disorder.first()?))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn first(rows: &str) -> Option<(String, String)> {
        let text = format!("{MARK}\nconst A: &[B] = &[\n{rows}];\n");
        unsorted(&text).next().map(|(line, before)| (line.to_owned(), before.to_owned()))
    }

    #[test]
    fn order_is_that_of_the_text() {
        assert_eq!(first("    a,\n    b,\n"), None);
        assert_eq!(first("    b,\n    a,\n"), Some(("a,".to_owned(), "b,".to_owned())));
    }

    #[test]
    fn rows_may_have_several_lines() {
        assert_eq!(first("    (a,\n        z),\n    (b,\n        c),\n"), None);
    }
}
