//! Paths such as `spec.rules[0].from[1].source["odd.key"]`.

use crate::{Node, Span};
use std::fmt;

/// One step of a path.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) enum Step {
    Index(usize),
    Key(String),
}

/// A place in a tree; the empty path is the root.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug, Default)]
pub(crate) struct Path(pub(crate) Vec<Step>);

impl Path {
    /// Reads the written form; `None` where brackets or quotes do not match or a name is empty.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let mut steps = Vec::new();
        let mut rest = text;
        while !rest.is_empty() {
            let (step, after) = if let Some(inner) = rest.strip_prefix('[') { bracket(inner)? } else { name(rest)? };
            steps.push(step);
            rest = match after.strip_prefix('.') {
                Some("") => return None,
                Some(next) => next,
                None if after.is_empty() || after.starts_with('[') => after,
                None => return None,
            };
        }
        Some(Self(steps))
    }

    pub(crate) fn child(&self, step: Step) -> Self {
        let mut path = self.clone();
        path.0.push(step);
        path
    }

    /// The node of `json` at this place.
    pub(crate) fn find_mut<'j>(&self, json: &'j mut serde_json::Value) -> Option<&'j mut serde_json::Value> {
        self.0.iter().try_fold(json, |value, step| match step {
            Step::Key(key) => value.as_object_mut()?.get_mut(key),
            Step::Index(index) => value.as_array_mut()?.get_mut(*index),
        })
    }
}

impl fmt::Display for Path {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (position, step) in self.0.iter().enumerate() {
            match step {
                Step::Index(index) => write!(out, "[{index}]")?,
                Step::Key(key) if key.is_empty() || key.contains(['.', '[', ']', '"']) => {
                    write!(out, "[{}]", serde_json::Value::from(key.as_str()))?;
                }
                Step::Key(key) if position == 0 => out.write_str(key)?,
                Step::Key(key) => write!(out, ".{key}")?,
            }
        }
        Ok(())
    }
}

/// A bare name, up to the next dot or bracket.
fn name(text: &str) -> Option<(Step, &str)> {
    let (name, rest) = text.split_at_checked(text.find(['.', '[']).unwrap_or(text.len()))?;
    (!name.is_empty()).then(|| (Step::Key(name.to_owned()), rest))
}

/// What follows `[`: a number or a JSON string, then `]`.
fn bracket(text: &str) -> Option<(Step, &str)> {
    if text.starts_with('"') {
        let mut strings = serde_json::Deserializer::from_str(text).into_iter::<String>();
        let key = strings.next()?.ok()?;
        let rest = text.get(strings.byte_offset()..)?.strip_prefix(']')?;
        return Some((Step::Key(key), rest));
    }
    let (digits, rest) = text.split_once(']')?;
    let digits = digits.bytes().all(|byte| byte.is_ascii_digit()).then_some(digits)?;
    Some((Step::Index(digits.parse().ok()?), rest))
}

impl Node {
    /// The node at `path`, written `spec.rules[0].from[1].source["odd.key"]`; the empty path is this node.
    #[must_use]
    pub fn locate(&self, path: &str) -> Option<&Self> {
        Path::parse(path)?.0.iter().try_fold(self, Node::step)
    }

    /// Where to point for `path`: the key of the entry it names, the whole item if it ends in an index, and for a path
    /// that does not exist the same for its deepest part that does.
    #[must_use]
    pub fn locate_span(&self, path: &str) -> Span {
        let steps = Path::parse(path).unwrap_or_default().0;
        let (mut node, mut span) = (self, self.span);
        for step in &steps {
            let Some(next) = node.step(step) else { break };
            span = match step {
                Step::Key(key) => node.entry(key).map_or(next.span, |entry| entry.key_span),
                Step::Index(_) => next.span,
            };
            node = next;
        }
        span
    }

    pub(crate) fn step(&self, step: &Step) -> Option<&Self> {
        match step {
            Step::Key(key) => self.get(key),
            Step::Index(index) => self.as_sequence()?.get(*index),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_read_and_print_alike() {
        for text in ["", "spec", "spec.rules[0].from[1].source[\"odd.key\"]", "[2].a", "[\"a]b\"][0]", "a-b.c/d"] {
            assert_eq!(Path::parse(text).unwrap().to_string(), text);
        }
    }

    #[test]
    fn broken_paths_are_refused() {
        for text in [".", "a.", "a..b", "a[", "a[x]", "a[-1]", "a[\"b]", "a[0]b", "a[99999999999999999999]"] {
            assert_eq!(Path::parse(text), None, "{text}");
        }
    }

    #[test]
    fn span_of_a_path_is_the_key_or_the_deepest_part_there_is() {
        let source = "spec:\n  rules:\n  - from: [a]\n";
        let root = crate::read(source).documents.remove(0).unwrap().root;
        let text = |path: &str| &source[root.locate_span(path).range()];
        assert_eq!(text("spec.rules"), "rules");
        assert_eq!(text("spec.rules[0]"), "from: [a]");
        assert_eq!(text("spec.rules[0].from[0]"), "a");
        assert_eq!(text("spec.rules[0].to.hosts"), "from: [a]");
        assert_eq!(text("spec.selector.matchLabels"), "spec");
        assert_eq!(text(""), source.trim_end());
        assert_eq!(root.locate("spec.rules[0].from[0]").unwrap().as_str(), Some("a"));
        assert_eq!(root.locate("spec.rules[1]"), None);
    }
}
