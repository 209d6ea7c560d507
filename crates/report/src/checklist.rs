//! Checks and what became of them, as a list and as JSON. The shape is described by `rules/schema/preflight.json`.

use s2a_diagnostic::{ObjectRef, Place, Sources};
use serde_json::{Value, json};

use crate::layout::{hang, pad, printable, trim_lines};
use crate::lines::Lines;
use crate::palette::{HEADING, Palette};

/// Items of one check that are shown unless all are asked for.
const SHOWN: usize = 6;

/// What to do about everything that is unknown.
const UNKNOWN: &str =
    "unknown: the input does not show it; the cluster itself (`--from-cluster`) or a backup of it does\n";

/// One check and what became of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChecklistRow {
    /// The check's name.
    pub name: String,
    /// What holds if it passes.
    pub title: String,
    /// `failed`, `warning`, `unknown` or `passed`.
    pub status: &'static str,
    /// How many objects were read for it; empty for none.
    pub looked_at: String,
    /// What it saw, the worst first.
    pub items: Vec<ChecklistItem>,
    /// What to do unless it passed.
    pub help: String,
}

/// One thing that a check saw.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChecklistItem {
    /// As the row's.
    pub status: &'static str,
    /// The object, where there is one.
    pub object: Option<ObjectRef>,
    /// The field; empty for the whole object.
    pub field: String,
    /// What was seen and what it means.
    pub text: String,
    /// Where it stands.
    pub place: Option<Place>,
}

/// How a list is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ChecklistOptions {
    /// Whether to paint.
    pub color: bool,
    /// Whether to show what passed, and every item.
    pub wide: bool,
    /// Whether to leave out what passed.
    pub quiet: bool,
}

/// The checks in the order given, with a count at the end.
#[must_use]
pub fn render_checklist(rows: &[ChecklistRow], options: ChecklistOptions) -> String {
    let palette = Palette { color: options.color };
    let width = rows.iter().map(|row| row.name.len()).max().unwrap_or_default();
    let shown = rows.iter().filter(|row| !(options.quiet && row.status == "passed"));
    let mut text: String = shown.map(|row| render_row(row, width, palette, options.wide)).collect();
    text.push_str(&format!("\n{} checks: {}\n", rows.len(), counts(rows)));
    if rows.iter().any(|row| row.status == "unknown") {
        text.push_str(UNKNOWN);
    }
    trim_lines(&text)
}

fn render_row(row: &ChecklistRow, width: usize, palette: Palette, wide: bool) -> String {
    let status = palette.paint(HEADING, &pad(row.status, "warning".len()));
    let mut text = format!("{status}  {}  {}\n", pad(&row.name, width), row.title);
    if row.status == "passed" && !wide {
        return text;
    }
    if !row.looked_at.is_empty() {
        text.push_str(&format!("           looked at {}\n", row.looked_at));
    }
    let items: Vec<&ChecklistItem> = row.items.iter().filter(|item| wide || item.status != "passed").collect();
    let limit = if wide { items.len() } else { SHOWN };
    text.extend(items.iter().take(limit).map(|item| render_item(item)));
    if let Some(more) = items.len().checked_sub(limit).filter(|more| *more > 0) {
        text.push_str(&format!("           and {more} more: `-o wide` shows all\n"));
    }
    if matches!(row.status, "failed" | "warning") {
        text.push_str(&format!("{}\n", hang("           do: ", &row.help)));
    }
    text
}

fn render_item(item: &ChecklistItem) -> String {
    let object = item.object.as_ref().map(|object| format!("{object} ")).unwrap_or_default();
    let field = if item.field.is_empty() { String::new() } else { format!("{} ", item.field) };
    let about = format!("{object}{field}");
    let about = if about.is_empty() { about } else { format!("{}: ", about.trim_end()) };
    let sign = match item.status {
        "failed" => '!',
        "warning" => '*',
        "unknown" => '?',
        _ => '-',
    };
    format!("{}\n", hang(&format!("         {sign} "), &printable(&format!("{about}{}", item.text))))
}

/// `1 failed, 2 warning`: the statuses that occur, the worst first.
fn counts(rows: &[ChecklistRow]) -> String {
    let count = |status: &str| rows.iter().filter(|row| row.status == status).count();
    let all = ["failed", "warning", "unknown", "passed"].map(|status| (count(status), status));
    let words = all.iter().filter(|(count, _)| *count > 0).map(|(count, status)| format!("{count} {status}"));
    words.collect::<Vec<_>>().join(", ")
}

/// The checks with every file and line resolved.
#[must_use]
pub fn checklist_to_json(rows: &[ChecklistRow], sources: &Sources) -> Value {
    let lines = Lines::new(sources);
    let count = |status: &str| rows.iter().filter(|row| row.status == status).count();
    json!({
        "schemaVersion": "1",
        "checks": rows.iter().map(|row| row_to_json(row, &lines)).collect::<Vec<_>>(),
        "counts": {
            "failed": count("failed"),
            "warning": count("warning"),
            "unknown": count("unknown"),
            "passed": count("passed"),
        },
    })
}

fn row_to_json(row: &ChecklistRow, lines: &Lines<'_>) -> Value {
    json!({
        "name": row.name,
        "title": row.title,
        "status": row.status,
        "lookedAt": row.looked_at,
        "items": row.items.iter().map(|item| item_to_json(item, lines)).collect::<Vec<_>>(),
        "help": row.help,
    })
}

fn item_to_json(item: &ChecklistItem, lines: &Lines<'_>) -> Value {
    let excerpt = item.place.as_ref().and_then(|place| lines.excerpt(place));
    json!({
        "status": item.status,
        "object": item.object.as_ref().map(crate::json::object),
        "field": item.field,
        "text": item.text,
        "file": excerpt.as_ref().map(|it| it.file),
        "line": excerpt.as_ref().map(|it| it.line),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLAIN: ChecklistOptions = ChecklistOptions { color: false, wide: false, quiet: false };

    fn item(status: &'static str, text: &str) -> ChecklistItem {
        let object = ObjectRef {
            api_version: "apps/v1".to_owned(),
            kind: "DaemonSet".to_owned(),
            namespace: "mon".to_owned(),
            name: "exporter".to_owned(),
        };
        ChecklistItem { status, object: Some(object), field: "spec".to_owned(), text: text.to_owned(), place: None }
    }

    fn row(name: &str, status: &'static str, items: Vec<ChecklistItem>) -> ChecklistRow {
        ChecklistRow {
            name: name.to_owned(),
            title: "it is so".to_owned(),
            status,
            looked_at: "2 Pods".to_owned(),
            items,
            help: "Do it.".to_owned(),
        }
    }

    #[test]
    fn what_passed_takes_one_line() {
        let rows = [row("ztunnel", "warning", vec![item("warning", "a\u{1b}b")]), row("spire", "passed", Vec::new())];
        let expected = "\
warning  ztunnel  it is so
           looked at 2 Pods
         * DaemonSet mon/exporter spec: a\u{fffd}b
           do: Do it.
passed   spire    it is so

2 checks: 1 warning, 1 passed
";
        assert_eq!(render_checklist(&rows, PLAIN), expected);
        assert!(!render_checklist(&rows, ChecklistOptions { quiet: true, ..PLAIN }).contains("spire"));
    }

    #[test]
    fn long_lists_are_cut_unless_wide() {
        let rows = [row("spire", "failed", (0..9).map(|number| item("failed", &number.to_string())).collect())];
        assert!(render_checklist(&rows, PLAIN).contains("and 3 more"));
        assert_eq!(
            render_checklist(&rows, ChecklistOptions { wide: true, ..PLAIN }).matches("mon/exporter").count(),
            9
        );
    }

    #[test]
    fn json_follows_its_schema() {
        let schema = serde_json::from_str(include_str!("../../../rules/schema/preflight.json")).unwrap();
        let validator = jsonschema::validator_for(&schema).unwrap();
        let rows = [row("spire", "failed", vec![item("failed", "x")]), row("ztunnel", "passed", Vec::new())];
        let value = checklist_to_json(&rows, &Sources::default());
        let errors: Vec<String> = validator.iter_errors(&value).map(|error| error.to_string()).collect();
        assert!(errors.is_empty(), "{errors:?}");
        assert_eq!(value["counts"]["failed"], 1);
    }
}
