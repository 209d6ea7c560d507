//! Cutting a file into documents, before any YAML is parsed.
//!
//! Kubernetes cuts at every line that starts with `---` and parses each piece for itself
//! (k8s.io/apimachinery pkg/util/yaml/decoder.go). Only column 0 counts, so block scalars are safe.

use crate::Span;

/// The text between two separator lines.
#[derive(Debug, PartialEq)]
pub(super) struct Chunk {
    pub(super) span: Span,
    /// Where parsing starts: Kubernetes keeps a separator line as part of the document if nothing stands above it.
    pub(super) head: usize,
    /// The separator line above, if there is more on it than a comment.
    pub(super) fault: Option<Span>,
}

impl Chunk {
    /// The chunk with a faulty separator line above it.
    pub(super) fn whole(&self) -> Span {
        self.fault.map_or(self.span, |fault| Span::new(fault.start, self.span.end))
    }
}

pub(super) fn split(source: &str, start: usize) -> Vec<Chunk> {
    let mut chunks = Vec::new();
    let mut chunk = Chunk { span: Span::new(start, source.len()), head: start, fault: None };
    for line in separator_lines(source, start) {
        let text = source.get(line.range()).unwrap_or_default();
        let rest = text.get(3..).unwrap_or_default().trim();
        let visible = Span::new(line.start, line.start + text.trim_end().len());
        let fault = (!rest.is_empty() && !rest.starts_with('#')).then_some(visible);
        let head = if chunk.head == line.start { line.start } else { line.end };
        chunk.span.end = line.start;
        let next = Chunk { span: Span::new(line.end, source.len()), head, fault };
        chunks.push(std::mem::replace(&mut chunk, next));
    }
    chunks.push(chunk);
    chunks
}

/// The lines that start with `---`, line end included.
fn separator_lines(source: &str, start: usize) -> impl Iterator<Item = Span> {
    let body = source.get(start..).unwrap_or_default();
    let first = body.starts_with("---").then_some(start);
    let later = body.match_indices("\n---").map(move |(offset, _)| start + offset + 1);
    first.into_iter().chain(later).map(|at| {
        let length = source.get(at..).and_then(|rest| rest.find('\n')).map_or(source.len() - at, |newline| newline + 1);
        Span::new(at, at + length)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(source: &str) -> Vec<(&str, bool)> {
        split(source, 0).iter().map(|chunk| (&source[chunk.span.range()], chunk.fault.is_some())).collect()
    }

    #[test]
    fn only_column_zero_separates() {
        assert_eq!(
            texts("a: |\n  ---\n---\nb: 1\n--- # c\nc: 1\n"),
            [("a: |\n  ---\n", false), ("b: 1\n", false), ("c: 1\n", false)]
        );
    }

    #[test]
    fn anything_but_a_comment_behind_the_dashes_is_a_fault() {
        assert_eq!(texts("---x\na: 1\n---\nb: 1"), [("", false), ("a: 1\n", true), ("b: 1", false)]);
        assert_eq!(texts("----\n"), [("", false), ("", true)]);
        assert_eq!(texts("a: 1\n---# c\r\nb: 1"), [("a: 1\n", false), ("b: 1", false)]);
    }

    #[test]
    fn a_separator_line_below_nothing_is_parsed() {
        let heads: Vec<_> = split("---\n---\na: 1\n---\n---\n", 0).iter().map(|chunk| chunk.head).collect();
        assert_eq!(heads, [0, 0, 8, 17, 17]);
    }

    #[test]
    fn a_lone_carriage_return_ends_no_line() {
        assert_eq!(texts("a: 1\r---\rb: 1\r"), [("a: 1\r---\rb: 1\r", false)]);
    }
}
