//! The last lines of a report: how much there is of everything.

use s2a_diagnostic::Severity;

use crate::layout::{hang, pad, printable};
use crate::{Apply, Disposition, ObjectRow, Report, VerdictName};

/// As many objects are named; the report in JSON has all.
const NAMED: usize = 12;

/// What was read, what became of it, what was proved and what was found.
pub(super) fn render(report: &Report) -> String {
    let mut lines = vec![line("read", &read(report))];
    lines.extend(became(report).map(|text| line("objects", &text)));
    let applied = Apply::ALL.into_iter().filter_map(|apply| applied(report, apply));
    lines.extend(applied.enumerate().map(|(index, text)| line(if index == 0 { "apply" } else { "" }, &text)));
    lines.extend(proved(report).map(|text| line("verdicts", &text)));
    lines.push(line("findings", &found(report)));
    lines.join("\n")
}

fn line(key: &str, text: &str) -> String {
    hang(&pad(key, "findings  ".len()), text)
}

fn read(report: &Report) -> String {
    let counts = &report.counts;
    let objects = number(counts.objects_by_kind.values().sum(), "object");
    let (documents, files) = (number(counts.documents, "document"), number(counts.files, "file"));
    let skipped = match counts.skipped_files.as_slice() {
        [] => String::new(),
        files => format!("; skipped {}", files.join(", ")),
    };
    format!("{objects} in {documents} of {files}{skipped}")
}

fn became(report: &Report) -> Option<String> {
    let count = |disposition| report.objects.iter().filter(|row| row.disposition == disposition).count();
    tally(Disposition::ALL.map(|it| (it.as_str(), count(it))))
}

/// What is to be applied, or deleted, before the move or together with it.
fn applied(report: &Report, apply: Apply) -> Option<String> {
    let rows: Vec<&ObjectRow> = report.objects.iter().filter(|row| row.apply == Some(apply)).collect();
    let name = |row: &&ObjectRow| match row.disposition {
        Disposition::Removed => format!("{} (deleted)", printable(&row.object.to_string())),
        Disposition::Unchanged | Disposition::Changed | Disposition::Added | Disposition::Refused => {
            printable(&row.object.to_string())
        }
    };
    let mut names: Vec<String> = rows.iter().take(NAMED).map(name).collect();
    if rows.len() > NAMED {
        names.push(format!("{} more", rows.len() - NAMED));
    }
    (!names.is_empty()).then(|| format!("{}: {}", apply.as_str(), names.join(", ")))
}

fn proved(report: &Report) -> Option<String> {
    let count = |verdict| report.verdicts.iter().filter(|row| row.verdict == verdict).count();
    tally(VerdictName::ALL.map(|it| (it.as_str(), count(it))))
}

/// The words that occur, with their numbers.
fn tally(counts: [(&str, usize); 5]) -> Option<String> {
    let counts = counts.into_iter().filter(|(_, count)| *count > 0);
    let counts: Vec<String> = counts.map(|(word, count)| format!("{count} {word}")).collect();
    (!counts.is_empty()).then(|| counts.join(", "))
}

fn found(report: &Report) -> String {
    let count = |severity| report.diagnostics.iter().filter(|it| it.severity() == severity).count();
    [Severity::Error, Severity::Warning, Severity::Note].map(|it| number(count(it), it.as_str())).join(", ")
}

fn number(count: usize, noun: &str) -> String {
    let plural = if count == 1 { "" } else { "s" };
    format!("{count} {noun}{plural}")
}
