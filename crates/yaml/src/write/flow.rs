//! Values on one line, in braces and brackets.

use super::quoting::{push_double_quoted, reads_as_string};
use serde_json::Value;

/// Whose rules a value in braces must follow.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum FlowSyntax {
    /// Flow YAML: bare words where nothing speaks against it.
    Yaml,
    /// JSON: everything in double quotes.
    Json,
}

/// The value on one line.
pub(crate) fn flow_value(value: &Value, syntax: FlowSyntax) -> String {
    match value {
        Value::Object(map) => {
            let entries: Vec<_> = map.iter().map(|(key, value)| flow_entry(key, value, syntax)).collect();
            format!("{{{}}}", entries.join(", "))
        }
        Value::Array(items) => {
            let items: Vec<_> = items.iter().map(|item| flow_value(item, syntax)).collect();
            format!("[{}]", items.join(", "))
        }
        Value::String(text) => string(text, syntax),
        Value::Null | Value::Bool(_) | Value::Number(_) => value.to_string(),
    }
}

/// `key: value` on one line.
pub(crate) fn flow_entry(key: &str, value: &Value, syntax: FlowSyntax) -> String {
    format!("{}: {}", string(key, syntax), flow_value(value, syntax))
}

fn string(text: &str, syntax: FlowSyntax) -> String {
    match syntax {
        FlowSyntax::Json => Value::from(text).to_string(),
        FlowSyntax::Yaml if is_bare(text) => text.to_owned(),
        FlowSyntax::Yaml => {
            let mut out = String::from("\"");
            text.chars().for_each(|character| push_double_quoted(&mut out, character));
            out.push('"');
            out
        }
    }
}

/// Only what is beyond doubt between brackets.
fn is_bare(text: &str) -> bool {
    text.starts_with(|first: char| first.is_ascii_alphanumeric() || first == '/')
        && text.chars().all(|character| character.is_ascii_alphanumeric() || matches!(character, '.' | '/' | '-' | '_'))
        && reads_as_string(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn yaml_and_json() {
        let value = json!({"a": ["x", "*", "on", 1, null], "b c": {}});
        assert_eq!(flow_value(&value, FlowSyntax::Yaml), r#"{a: [x, "*", "on", 1, null], "b c": {}}"#);
        assert_eq!(flow_value(&value, FlowSyntax::Json), r#"{"a": ["x", "*", "on", 1, null], "b c": {}}"#);
    }
}
