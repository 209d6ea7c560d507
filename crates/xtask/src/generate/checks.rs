//! `crates/catalog/src/checks.rs`.

use s2a_catalog::CheckRow;

use super::rust::{constant, head, literal};

const TAIL: &str = "];

/// Returns the check with this name.
#[must_use]
pub fn find(name: &str) -> Option<&'static Check> {
    ALL.iter().copied().find(|check| check.name == name)
}
";

/// Writes one constant per check, the list of all and the look-up.
pub(super) fn write(rows: &[CheckRow]) -> String {
    let mut text = head("Every check as a constant.", "rules/checks");
    text.push_str("\nuse crate::check::Check;\n\n");
    for row in rows {
        text.push_str(&one(row));
    }
    text.push_str("/// All checks, sorted by name.\npub const ALL: &[&Check] = &[\n");
    for row in rows {
        text.push_str(&format!("    &{},\n", constant(&row.name)));
    }
    text.push_str(TAIL);
    text
}

fn one(row: &CheckRow) -> String {
    let CheckRow { name, title, looks_at, kinds, help, instead_of: _, evidence: _, explain } = row;
    let kinds: Vec<String> = kinds.iter().map(|kind| literal(kind)).collect();
    let fields = [
        ("name", literal(name)),
        ("title", literal(title)),
        ("looks_at", literal(looks_at)),
        ("kinds", format!("&[{}]", kinds.join(", "))),
        ("help", literal(help)),
        ("explain", literal(explain)),
    ];
    let fields: String = fields.iter().map(|(field, value)| format!("    {field}: {value},\n")).collect();
    format!("/// `{name}`: {title}.\npub const {}: Check = Check {{\n{fields}}};\n\n", constant(name))
}
