//! The way back: a tree as a pattern of the `regex` crate, written without any of the contested constructs.

use std::fmt::Write;

use regex_syntax::hir::ClassUnicode;

use super::Node;

/// A pattern that matches what `node` matches.
pub(super) fn write(node: &Node) -> String {
    match node {
        Node::Empty => "(?:)".to_owned(),
        Node::Class(class) => write_class(class),
        Node::Start => r"\A".to_owned(),
        Node::End => r"\z".to_owned(),
        Node::Concat(nodes) => nodes.iter().map(write).collect(),
        Node::Alternation(nodes) => {
            format!("(?:{})", nodes.iter().map(write).collect::<Vec<_>>().join("|"))
        }
        Node::Repeat { node, min, max } => {
            let max = max.map(|max| max.to_string()).unwrap_or_default();
            format!("(?:{}){{{min},{max}}}", write(node))
        }
    }
}

fn write_class(class: &ClassUnicode) -> String {
    if class.ranges().is_empty() {
        return r"[^\x{0}-\x{10FFFF}]".to_owned();
    }
    let mut out = "[".to_owned();
    for range in class.iter() {
        let (start, end) = (u32::from(range.start()), u32::from(range.end()));
        // Writing to a `String` cannot fail.
        let _ = write!(out, r"\x{{{start:x}}}-\x{{{end:x}}}");
    }
    out.push(']');
    out
}
