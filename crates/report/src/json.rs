//! The report as JSON. The shape is described by `rules/schema/report.json`.

use s2a_diagnostic::{Diagnostic, ObjectRef, Place, Sources};
use serde_json::{Value, json};

use crate::lines::Lines;
use crate::{Apply, ClassificationRow, CounterexampleRow, FateRow, ObjectRow, Report, RuleRow, VerdictRow};

/// The report with every file and line resolved. What is absent is `null`, but for `reason`, which only an unknown
/// verdict has. The order does not depend on the order of the rows: verdicts are sorted by destination and path,
/// findings by place, objects by name; the rules of one policy keep their order.
#[must_use]
pub fn to_json(report: &Report, sources: &Sources) -> Value {
    let lines = Lines::new(sources);
    let mut verdicts: Vec<&VerdictRow> = report.verdicts.iter().collect();
    verdicts.sort();
    let diagnostics = sorted(&report.diagnostics, Diagnostic::sort_key);
    let objects = sorted(&report.objects, |row| row.object.clone());
    let classification = sorted(&report.classification, |row| row.object.clone());
    json!({
        "schemaVersion": "1",
        "verdicts": list(&verdicts, |row| verdict(row, &lines)),
        "diagnostics": list(&diagnostics, |it| diagnostic(it, &lines)),
        "objects": list(&objects, object_row),
        "classification": list(&classification, classification_row),
        "counts": report.counts,
    })
}

fn sorted<T, K: Ord>(rows: &[T], key: impl Fn(&T) -> K) -> Vec<&T> {
    let mut rows: Vec<&T> = rows.iter().collect();
    rows.sort_by_cached_key(|row| key(row));
    rows
}

fn list<T>(rows: &[&T], to_value: impl Fn(&T) -> Value) -> Value {
    rows.iter().map(|row| to_value(row)).collect()
}

fn verdict(row: &VerdictRow, lines: &Lines<'_>) -> Value {
    let mut value = json!({
        "destination": row.destination,
        "path": row.path.as_str(),
        "verdict": row.verdict.as_str(),
    });
    if let Some(fields) = value.as_object_mut() {
        fields.extend(row.reason.as_ref().map(|reason| ("reason".to_owned(), json!(reason))));
        let counterexample = row.counterexample.as_ref().map(|it| counterexample(it, lines));
        fields.insert("counterexample".to_owned(), json!(counterexample));
    }
    value
}

fn counterexample(row: &CounterexampleRow, lines: &Lines<'_>) -> Value {
    json!({
        "request": row.request,
        "before": fate(&row.before, lines),
        "after": fate(&row.after, lines),
    })
}

fn fate(row: &FateRow, lines: &Lines<'_>) -> Value {
    json!({ "fate": row.fate, "at": row.at, "rule": row.rule.as_ref().map(|it| rule(it, lines)) })
}

fn rule(row: &RuleRow, lines: &Lines<'_>) -> Value {
    let place = Located::new(row.place.as_ref(), lines);
    json!({ "object": object(&row.object), "field": row.field, "file": place.file, "line": place.line })
}

fn diagnostic(diagnostic: &Diagnostic, lines: &Lines<'_>) -> Value {
    let place = Located::new(diagnostic.place.as_ref(), lines);
    json!({
        "code": diagnostic.code.id,
        "name": diagnostic.code.name,
        "severity": diagnostic.severity().as_str(),
        "title": diagnostic.code.title,
        "message": diagnostic.message,
        "help": diagnostic.help.as_deref().unwrap_or(diagnostic.code.help),
        "object": diagnostic.object.as_ref().map(object),
        "field": diagnostic.field,
        "file": place.file,
        "line": place.line,
        "column": place.column,
    })
}

fn object_row(row: &ObjectRow) -> Value {
    json!({
        "object": object(&row.object),
        "disposition": row.disposition.as_str(),
        "apply": row.apply.map(Apply::as_str),
        "because": row.because,
    })
}

fn classification_row(row: &ClassificationRow) -> Value {
    json!({
        "object": object(&row.object),
        "field": row.field,
        "layer": row.layer,
        "because": row.because,
        "enforcedBefore": row.enforced_before,
        "enforcedAfter": row.enforced_after,
        "leftBehind": row.left_behind,
    })
}

pub(crate) fn object(object: &ObjectRef) -> Value {
    json!({
        "apiVersion": object.api_version,
        "kind": object.kind,
        "namespace": object.namespace,
        "name": object.name,
    })
}

/// A place in words, or nothing of it.
#[derive(Default)]
struct Located<'a> {
    file: Option<&'a str>,
    line: Option<usize>,
    column: Option<usize>,
}

impl<'a> Located<'a> {
    fn new(place: Option<&Place>, lines: &Lines<'a>) -> Self {
        let Some(excerpt) = place.and_then(|place| lines.excerpt(place)) else { return Located::default() };
        Located { file: Some(excerpt.file), line: Some(excerpt.line), column: Some(excerpt.column()) }
    }
}

#[cfg(test)]
mod tests;
