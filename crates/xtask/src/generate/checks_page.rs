//! `docs/src/reference/checks.md`.

use s2a_catalog::{CheckRow, IstiodFlag, Weight};

use super::markdown::{code, head, table};

const INTRODUCTION: &str = "\
What `sidecar2ambient preflight` looks at. `sidecar2ambient explain NAME` prints the same text. A check is passed, warning,
failed or unknown; unknown means that the input does not show it.

";

const FLAGS: &str = "\
## Settings of istiod

The environment variables that `istiod-flags` looks for.

";

/// Writes a table of all checks, a paragraph for each, and the settings of istiod.
pub(super) fn write(checks: &[CheckRow], flags: &[IstiodFlag]) -> String {
    let mut text = head("Checks", "rules/checks") + INTRODUCTION;
    text.push_str(&table(["Check", "What it holds", "Instead of"], checks.iter().map(summary)));
    text.push_str(&checks.iter().map(section).collect::<String>());
    text.push_str(FLAGS);
    text.push_str(&table(["Variable", "Default", "Otherwise", "Meaning"], flags.iter().map(flag)));
    text.truncate(text.trim_end().len());
    text + "\n"
}

fn summary(row: &CheckRow) -> [String; 3] {
    let instead_of = row.instead_of.as_deref().map(code).unwrap_or_default();
    [format!("[{}](#{})", row.name, row.name), row.title.clone(), instead_of]
}

fn section(row: &CheckRow) -> String {
    let CheckRow { name, title: _, looks_at, kinds: _, help, instead_of: _, evidence: _, explain } = row;
    format!("### {name}\n\nLooks at {looks_at}.\n\n{}\n\n{help}\n\n", explain.trim_end())
}

fn flag(row: &IstiodFlag) -> [String; 4] {
    let weight = match row.off_default {
        Weight::Failed => "failed",
        Weight::Warning => "warning",
    };
    [code(&row.name), code(&row.default), weight.to_owned(), row.meaning.clone()]
}
