//! The tree of one document, in which every node knows its bytes.

use crate::Span;
use serde_json::{Map, Number};

/// One value and where it stands.
///
/// Under an alias (`*name`) the alias itself is the span of the node, while everything below keeps the place of its
/// definition, so an inner span may lie outside the outer one. The same holds for entries that a `<<` brought in.
#[derive(Clone, PartialEq, Debug)]
pub struct Node {
    /// First byte (of an anchor or tag, if there is one) to the last byte of the value. A block collection ends with
    /// its last scalar, a block scalar with its last line that is not blank, a value left out is empty.
    pub span: Span,
    /// How the value is written.
    pub style: Style,
    /// The value as Kubernetes reads it.
    pub value: Value,
}

/// How a node is written in the source.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Style {
    /// A bare word, a number, or a value left out.
    Plain,
    /// `'text'`
    SingleQuoted,
    /// `"text"`
    DoubleQuoted,
    /// `|` and the lines below.
    Literal,
    /// `>` and the lines below.
    Folded,
    /// A collection written by indentation.
    Block,
    /// A collection in brackets or braces; every JSON collection.
    Flow,
    /// `*name`: the value stands elsewhere.
    Alias,
}

/// A value, typed as goyaml v2 types it.
#[derive(Clone, PartialEq, Debug)]
pub enum Value {
    /// `null`, `~`, or nothing at all.
    Null,
    /// A boolean, `yes`, `on` and `y` included.
    Bool(bool),
    /// A number without fraction that fits 64 bits; `1e3` and `08` are such numbers too.
    Integer(i64),
    /// Every other number. Kubernetes keeps integers above `i64` as floats. Always finite.
    Float(f64),
    /// Text. Dates are text as well.
    String(String),
    /// A list.
    Sequence(Vec<Node>),
    /// A map, its keys once each, in source order.
    Mapping(Vec<Entry>),
}

/// One key of a mapping with its value.
#[derive(Clone, PartialEq, Debug)]
pub struct Entry {
    /// The key as Kubernetes reads it: `y:` is `"true"`, `012:` is `"10"`.
    pub key: String,
    /// Where the key stands.
    pub key_span: Span,
    /// The value.
    pub value: Node,
    /// First byte of the key to the last byte of the value, without a comment or line end behind it.
    pub span: Span,
}

impl Node {
    /// The value under `key`, if this is a mapping that has it.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&Self> {
        self.entry(key).map(|entry| &entry.value)
    }

    /// The whole entry under `key`, if this is a mapping that has it.
    #[must_use]
    pub fn entry(&self, key: &str) -> Option<&Entry> {
        self.as_mapping()?.iter().find(|entry| entry.key == key)
    }

    /// The text, if this is a string.
    #[must_use]
    pub fn as_str(&self) -> Option<&str> {
        if let Value::String(text) = &self.value { Some(text) } else { None }
    }

    /// The items, if this is a sequence.
    #[must_use]
    pub fn as_sequence(&self) -> Option<&[Self]> {
        if let Value::Sequence(items) = &self.value { Some(items) } else { None }
    }

    /// The entries, if this is a mapping.
    #[must_use]
    pub fn as_mapping(&self) -> Option<&[Entry]> {
        if let Value::Mapping(entries) = &self.value { Some(entries) } else { None }
    }

    /// The boolean, if this is one.
    #[must_use]
    pub fn as_bool(&self) -> Option<bool> {
        if let Value::Bool(flag) = self.value { Some(flag) } else { None }
    }

    /// The number, if this is a whole one of 64 bits.
    #[must_use]
    pub fn as_integer(&self) -> Option<i64> {
        if let Value::Integer(number) = self.value { Some(number) } else { None }
    }

    /// Whether this is null or left out.
    #[must_use]
    pub fn is_null(&self) -> bool {
        self.value == Value::Null
    }

    /// What kind of value this is, for messages: `"string"`, `"boolean"`, `"integer"`, `"number"`, `"list"`, `"map"`, `"null"`.
    #[must_use]
    pub fn type_name(&self) -> &'static str {
        match self.value {
            Value::Null => "null",
            Value::Bool(_) => "boolean",
            Value::Integer(_) => "integer",
            Value::Float(_) => "number",
            Value::String(_) => "string",
            Value::Sequence(_) => "list",
            Value::Mapping(_) => "map",
        }
    }

    /// The tree without its places, as Kubernetes hands it to its JSON decoder.
    #[must_use]
    pub fn to_json(&self) -> serde_json::Value {
        match &self.value {
            Value::Null => serde_json::Value::Null,
            Value::Bool(flag) => (*flag).into(),
            Value::Integer(number) => (*number).into(),
            Value::Float(number) => {
                Number::from_f64(*number).map_or(serde_json::Value::Null, serde_json::Value::Number)
            }
            Value::String(text) => text.as_str().into(),
            Value::Sequence(items) => items.iter().map(Self::to_json).collect(),
            Value::Mapping(entries) => {
                let map: Map<_, _> = entries.iter().map(|entry| (entry.key.clone(), entry.value.to_json())).collect();
                map.into()
            }
        }
    }

    /// Whether the tree, without its places, is `json` to Kubernetes; the order of keys does not matter, nor does `1.0`
    /// for `1`.
    #[must_use]
    pub fn equals_json(&self, json: &serde_json::Value) -> bool {
        match (&self.value, json) {
            (Value::Null, serde_json::Value::Null) => true,
            (Value::Bool(flag), serde_json::Value::Bool(other)) => flag == other,
            (number @ (Value::Integer(_) | Value::Float(_)), serde_json::Value::Number(other)) => {
                Value::from_number(other).as_ref() == Some(number)
            }
            (Value::String(text), serde_json::Value::String(other)) => text == other,
            (Value::Sequence(items), serde_json::Value::Array(others)) => {
                items.len() == others.len() && items.iter().zip(others).all(|(item, other)| item.equals_json(other))
            }
            (Value::Mapping(entries), serde_json::Value::Object(others)) => {
                let same = |entry: &Entry| others.get(&entry.key).is_some_and(|other| entry.value.equals_json(other));
                entries.len() == others.len() && entries.iter().all(same)
            }
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn root(text: &str) -> Node {
        crate::read(text).documents.remove(0).unwrap().root
    }

    #[test]
    fn accessors_answer_only_for_their_own_type() {
        let node = root("s: text\nb: yes\ni: 0x10\nf: 1.5\nl: [1]\nz:\n");
        assert_eq!(node.get("s").unwrap().as_str(), Some("text"));
        assert_eq!(node.get("b").unwrap().as_bool(), Some(true));
        assert_eq!(node.get("i").unwrap().as_integer(), Some(16));
        assert_eq!(node.get("l").unwrap().as_sequence().unwrap().len(), 1);
        assert!(node.get("z").unwrap().is_null());
        assert_eq!(node.get("f").unwrap().as_integer(), None);
        assert_eq!(node.get("absent"), None);
        let names: Vec<_> = node.as_mapping().unwrap().iter().map(|entry| entry.value.type_name()).collect();
        assert_eq!(names, ["string", "boolean", "integer", "number", "list", "null"]);
    }

    #[test]
    fn comparison_ignores_the_order_of_keys_but_not_the_type() {
        let node = root("a: 1\nb: [x, 2.5]\n");
        assert!(node.equals_json(&serde_json::json!({"b": ["x", 2.5], "a": 1})));
        assert!(!node.equals_json(&serde_json::json!({"a": "1", "b": ["x", 2.5]})));
        assert!(!node.equals_json(&serde_json::json!({"a": 1})));
        assert!(node.equals_json(&serde_json::json!({"a": 1.0, "b": ["x", 2.5]})));
    }
}
