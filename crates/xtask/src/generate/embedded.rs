//! `crates/catalog/src/embedded.rs`.

use super::rust::head;

/// Writes the list of rule files which are compiled in.
pub(super) fn write<'a>(paths: impl Iterator<Item = &'a str>) -> String {
    let mut text = head("The rule files.", "the names under rules");
    text.push_str("\n/// Path below `rules/` and text, sorted by path.\n");
    text.push_str("pub(crate) const FILES: &[(&str, &str)] = &[\n");
    for path in paths {
        text.push_str(&entry(path));
    }
    text.push_str("];\n");
    text
}

fn entry(path: &str) -> String {
    format!("(\"{path}\", include_str!(\"../../../rules/{path}\")),\n")
}
