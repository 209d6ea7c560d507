//! Where in an object a value stands, spelt as the API server spells it.

use std::fmt;

/// A path such as `spec.rules[0].matches` or `metadata.labels[example.com/a]`.
#[derive(Clone, Debug, Default)]
pub(crate) struct FieldPath(String);

impl FieldPath {
    /// The path of a whole object.
    pub(crate) fn root() -> Self {
        Self::default()
    }

    /// Reads an RFC 6901 JSON pointer. A segment of digits is taken as an index.
    pub(crate) fn from_pointer(pointer: &str) -> Self {
        pointer.split('/').skip(1).fold(Self::root(), |path, segment| {
            let name = segment.replace("~1", "/").replace("~0", "~");
            match name.parse() {
                Ok(index) => path.index(index),
                Err(_) => path.child(&name),
            }
        })
    }

    /// The path of a field or map entry of the value here.
    pub(crate) fn child(&self, key: &str) -> Self {
        let Self(parent) = self;
        match (parent.as_str(), is_plain(key)) {
            ("", true) => Self(key.to_owned()),
            (_, true) => Self(format!("{parent}.{key}")),
            (_, false) => Self(format!("{parent}[{key}]")),
        }
    }

    /// The path that is `below`, spelt in the same way, under the value here.
    pub(crate) fn join(&self, below: &str) -> Self {
        let Self(parent) = self;
        let below = below.strip_prefix('.').unwrap_or(below);
        let dot = if parent.is_empty() || below.is_empty() || below.starts_with('[') { "" } else { "." };
        Self(format!("{parent}{dot}{below}"))
    }

    /// The path of an item of the list here.
    pub(crate) fn index(&self, index: usize) -> Self {
        Self(format!("{}[{index}]", self.0))
    }
}

impl fmt::Display for FieldPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

fn is_plain(key: &str) -> bool {
    !key.is_empty() && key.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_as_the_server_writes_it() {
        let path = FieldPath::root().child("spec").child("rules").index(2).child("matches");
        assert_eq!(path.to_string(), "spec.rules[2].matches");
        assert_eq!(FieldPath::from_pointer("/spec/rules/2/matches").to_string(), "spec.rules[2].matches");
        assert_eq!(FieldPath::from_pointer("").to_string(), "");
    }

    #[test]
    fn a_path_goes_on_below_another() {
        let rules = FieldPath::root().child("rules");
        assert_eq!(rules.join("").to_string(), "rules");
        assert_eq!(rules.join(".a[0]").to_string(), "rules.a[0]");
        assert_eq!(rules.join("[0].a").to_string(), "rules[0].a");
        assert_eq!(FieldPath::root().join("spec.a").to_string(), "spec.a");
    }

    #[test]
    fn a_key_that_is_no_word_stands_in_brackets() {
        let labels = FieldPath::from_pointer("/metadata/labels");
        assert_eq!(labels.child("example.com/a").to_string(), "metadata.labels[example.com/a]");
        assert_eq!(FieldPath::from_pointer("/a/b~1c~0d").to_string(), "a[b/c~d]");
    }
}
