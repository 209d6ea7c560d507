//! Verdicts, grouped by destination, each difference with the request that shows it.

use crate::layout::{columns, hang, pad, printable};
use crate::lines::Lines;
use crate::palette::{HEADING, Palette};
use crate::{CounterexampleRow, FateRow, RequestRow, RuleRow, VerdictName, VerdictRow};

/// One text per destination.
pub(super) fn render(rows: &[VerdictRow], lines: &Lines<'_>, palette: Palette, quiet: bool) -> Vec<String> {
    let mut rows: Vec<&VerdictRow> = rows.iter().collect();
    rows.sort();
    let destinations = rows.chunk_by(|a, b| a.destination == b.destination);
    let (equivalent, other): (Vec<_>, Vec<_>) = destinations.partition(|rows| are_equivalent(rows));
    let mut texts: Vec<String> = other.into_iter().map(|rows| one_destination(rows, lines, palette)).collect();
    if !quiet && !equivalent.is_empty() {
        texts.push(table(&equivalent, palette));
    }
    texts
}

fn are_equivalent(rows: &[&VerdictRow]) -> bool {
    rows.iter().all(|row| row.verdict == VerdictName::Equivalent)
}

/// Destinations that nothing happens to, one a line.
fn table(destinations: &[&[&VerdictRow]], palette: Palette) -> String {
    let name = |rows: &[&VerdictRow]| rows.first().map(|row| printable(&row.destination)).unwrap_or_default();
    let width = destinations.iter().map(|rows| columns(&name(rows))).max().unwrap_or_default();
    let line = |rows: &&[&VerdictRow]| {
        let paths: Vec<&str> = rows.iter().map(|row| row.path.as_str()).collect();
        let verdict = palette.verdict(VerdictName::Equivalent);
        format!("{}  {verdict}  {}", pad(&name(rows), width), paths.join(", "))
    };
    destinations.iter().map(line).collect::<Vec<_>>().join("\n")
}

fn one_destination(rows: &[&VerdictRow], lines: &Lines<'_>, palette: Palette) -> String {
    let name = rows.first().map(|row| printable(&row.destination)).unwrap_or_default();
    let mut text = vec![palette.paint(HEADING, &name)];
    for row in rows {
        let path = pad(row.path.as_str(), KEY_WIDTH);
        text.push(format!("  {path}{}", palette.verdict(row.verdict)));
        text.extend(row.reason.as_deref().map(|reason| entry("because", reason)));
        text.extend(row.counterexample.iter().flat_map(|it| counterexample(it, lines)));
    }
    text.join("\n")
}

fn counterexample(row: &CounterexampleRow, lines: &Lines<'_>) -> Vec<String> {
    let mut entries = request(&row.request);
    entries.extend(fate("before", &row.before, lines));
    entries.extend(fate("after", &row.after, lines));
    entries
}

fn request(row: &RequestRow) -> Vec<String> {
    let http = [&row.method, &row.path].into_iter().flatten().map(String::as_str).collect::<Vec<_>>().join(" ");
    let what = if http.is_empty() { "a connection" } else { &http };
    let mut entries = vec![entry("request", what), entry("from", &row.client), entry("to", &row.to)];
    entries.extend(row.host.iter().map(|host| entry("host", host)));
    for (name, values) in &row.headers {
        entries.extend(values.iter().map(|value| entry("header", &format!("{name}: {value}"))));
    }
    entries.extend(row.query.iter().map(|(name, value)| entry("query", &format!("{name}={value}"))));
    entries.extend(row.token.iter().map(|token| entry("token", token)));
    entries.extend((!row.denied_by.is_empty()).then(|| entry("denied by", &row.denied_by.join(", "))));
    entries
}

fn fate(key: &str, row: &FateRow, lines: &Lines<'_>) -> Vec<String> {
    let at = row.at.as_ref().map(|at| format!(" at {at}")).unwrap_or_default();
    let mut entries = vec![entry(key, &format!("{}{at}", row.fate))];
    entries.extend(row.rule.as_ref().map(|it| entry("because", &rule(it, lines))));
    entries
}

fn rule(row: &RuleRow, lines: &Lines<'_>) -> String {
    let field = if row.field.is_empty() { String::new() } else { format!(" {}", row.field) };
    let excerpt = row.place.as_ref().and_then(|place| lines.excerpt(place));
    let place = excerpt.map(|it| format!(" ({}:{})", it.file, it.line)).unwrap_or_default();
    format!("{}{field}{place}", row.object)
}

const KEY_WIDTH: usize = 11;

fn entry(key: &str, text: &str) -> String {
    hang(&format!("    {}", pad(key, KEY_WIDTH)), text)
}
