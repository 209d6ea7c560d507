//! Writing values: block YAML as kubectl prints it, flow YAML and JSON for splices.

mod block;
mod flow;
mod quoting;

pub(crate) use block::{Breaks, entry_at, key_text, node_at, value_after_key};
pub(crate) use flow::{FlowSyntax, flow_entry, flow_value};

use crate::Syntax;
use serde::Serialize;
use serde_json::Value;

/// Writes one YAML document as kubectl prints it: two spaces, dashes under their key, long lines folded at 80 columns,
/// keys in the order they have. Strings are quoted where goyaml v2 or YAML 1.2 would read another type. Ends with a
/// line end.
#[must_use]
pub fn write(value: &Value) -> String {
    let indent = if is_inline(value) { 2 } else { 0 };
    let mut text = block::node_at(value, indent, Breaks::Literal);
    text.push('\n');
    text
}

/// Writes one JSON document as kubectl prints it: four spaces, keys in the order they have. Ends with a line end.
#[must_use]
pub fn write_json(value: &Value) -> String {
    let mut text = pretty_json(value, "    ");
    text.push('\n');
    text
}

/// Writes one document in the given syntax: [`write()`] or [`write_json`].
#[must_use]
pub fn write_as(syntax: Syntax, value: &Value) -> String {
    match syntax {
        Syntax::Yaml => write(value),
        Syntax::Json => write_json(value),
    }
}

/// Whether block YAML keeps the value on the line of its key: a scalar or an empty collection.
pub(crate) fn is_inline(value: &Value) -> bool {
    matches!(block::Layout::of(value), block::Layout::Inline)
}

pub(crate) fn pretty_json(value: &Value, indent: &str) -> String {
    let mut bytes = Vec::new();
    let formatter = serde_json::ser::PrettyFormatter::with_indent(indent.as_bytes());
    match value.serialize(&mut serde_json::Serializer::with_formatter(&mut bytes, formatter)) {
        Ok(()) => String::from_utf8(bytes).unwrap_or_default(),
        Err(_) => value.to_string(),
    }
}
