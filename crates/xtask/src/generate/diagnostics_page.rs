//! `docs/src/reference/diagnostics.md`.

use s2a_catalog::DiagnosticRow;

use super::markdown::{code, head, table};

const INTRODUCTION: &str = "\
Every finding has a code, which is never given to another finding. What could widen access is an error; what narrows
it or needs a person is a warning; a change of spelling is a note. `sidecar2ambient explain CODE` prints the same text.

";

/// The stages, by the first digit of their codes.
const STAGES: &[(char, &str)] = &[
    ('1', "Reading"),
    ('2', "Classification"),
    ('3', "Authorization"),
    ('4', "Routes"),
    ('5', "Verification"),
    ('6', "Environment"),
    ('7', "Rollout"),
];

/// Writes a table of all codes and a paragraph for each.
pub(super) fn write(rows: &[DiagnosticRow]) -> String {
    let mut text = head("Diagnostics", "rules/diagnostics") + INTRODUCTION;
    for (digit, stage) in STAGES {
        let rows: Vec<&DiagnosticRow> = rows.iter().filter(|row| row.code.chars().nth(3) == Some(*digit)).collect();
        text.push_str(&format!("## {stage}\n\n"));
        text.push_str(&table(["Code", "Name", "Severity", "Finding"], rows.iter().map(|row| summary(row))));
        text.push_str(&rows.iter().map(|row| section(row)).collect::<String>());
    }
    text.truncate(text.trim_end().len());
    text + "\n"
}

fn summary(row: &DiagnosticRow) -> [String; 4] {
    let anchor = row.code.to_ascii_lowercase();
    let name = code(&row.name);
    [format!("[{}](#{anchor})", row.code), name, row.severity.to_string(), row.title.clone()]
}

fn section(row: &DiagnosticRow) -> String {
    let DiagnosticRow { code, name, severity, since, title, help, explain } = row;
    format!("### {code}\n\n`{name}`, {severity}, since {since}: {title}.\n\n{}\n\n{help}\n\n", explain.trim_end())
}
