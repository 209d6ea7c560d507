//! The comments of a document, for whoever puts another in its place.

use crate::{Document, Node, Span, Value};

/// The comments of a document, each from its `#` to the end of its line, in their order. What looks like one inside of a
/// scalar is none.
#[must_use]
pub fn comments<'a>(source: &'a str, document: &Document) -> Vec<&'a str> {
    let mut scalars = Vec::new();
    spans(&document.root, &mut scalars);
    let inside = |offset: usize| scalars.iter().any(|span| (span.start..span.end).contains(&offset));
    let mut found = Vec::new();
    let mut start = document.span.start;
    for line in source.get(document.span.range()).unwrap_or_default().split_inclusive('\n') {
        let begins = |(at, _): &(usize, &str)| {
            let before = line.get(..*at).and_then(|before| before.chars().next_back());
            before.is_none_or(|before| before == ' ' || before == '\t') && !inside(start + at)
        };
        if let Some((at, _)) = line.match_indices('#').find(begins) {
            found.push(line.get(at..).unwrap_or_default().trim_end());
        }
        start += line.len();
    }
    found
}

/// The places of all keys and scalars.
fn spans(node: &Node, found: &mut Vec<Span>) {
    match &node.value {
        Value::Sequence(items) => items.iter().for_each(|item| spans(item, found)),
        Value::Mapping(entries) => {
            for entry in entries {
                found.push(entry.key_span);
                spans(&entry.value, found);
            }
        }
        Value::Null | Value::Bool(_) | Value::Integer(_) | Value::Float(_) | Value::String(_) => found.push(node.span),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_are_told_from_text() {
        let source = "# who: us\na: 'b # c' # d\ne: |\n  # text\n  more\nf: g#h\n#i\n---\n# next\nj: 1\n";
        let stream = crate::read(source);
        let documents: Vec<&Document> = stream.documents.iter().flatten().collect();
        assert_eq!(comments(source, documents[0]), ["# who: us", "# d", "#i"]);
        assert_eq!(comments(source, documents[1]), ["# next"]);
    }
}
