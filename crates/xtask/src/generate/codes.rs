//! `crates/catalog/src/codes.rs`.

use s2a_catalog::DiagnosticRow;

use super::rust::{constant, head, literal};

const TAIL: &str = "];

/// Returns the code with this id (`S2A3001`) or name (`policy-moved-to-waypoint`).
#[must_use]
pub fn find(id_or_name: &str) -> Option<&'static Code> {
    ALL.iter().find(|code| code.id == id_or_name || code.name == id_or_name)
}
";

/// Writes one constant per code, the list of all and the look-up.
pub(super) fn write(rows: &[DiagnosticRow]) -> String {
    let mut text = head("Every code as a constant.", "rules/diagnostics");
    text.push_str("\nuse s2a_diagnostic::{Code, Severity};\n\n");
    for row in rows {
        text.push_str(&one(row));
    }
    text.push_str("/// All codes, in order of their number.\npub const ALL: &[Code] = &[\n");
    for row in rows {
        text.push_str(&format!("    {},\n", constant(&row.name)));
    }
    text.push_str(TAIL);
    text
}

fn one(row: &DiagnosticRow) -> String {
    let DiagnosticRow { code, name, severity, since: _, title, help, explain } = row;
    let fields = [
        ("id", literal(code)),
        ("name", literal(name)),
        ("severity", format!("Severity::{severity:?}")),
        ("title", literal(title)),
        ("help", literal(help)),
        ("explain", literal(explain)),
    ];
    let fields: String = fields.iter().map(|(field, value)| format!("    {field}: {value},\n")).collect();
    format!("/// {code}: {title}.\npub const {}: Code = Code {{\n{fields}}};\n\n", constant(name))
}
