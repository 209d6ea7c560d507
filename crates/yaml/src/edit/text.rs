//! Lines and columns of a source text, and the splices made in it.

use super::SpliceError;
use crate::Span;

/// Bytes to take out and what to put in their place.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Splice {
    pub(super) span: Span,
    pub(super) text: String,
    /// How deep in the tree; of two insertions at one place the deeper comes first.
    pub(super) depth: usize,
}

/// What stands on the rest of a line.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Rest {
    Blank,
    Comment,
    Content,
}

/// A source text seen as lines.
#[derive(Clone, Copy, Debug)]
pub(super) struct Text<'a>(pub(super) &'a str);

impl<'a> Text<'a> {
    pub(super) fn get(self, start: usize, end: usize) -> &'a str {
        self.0.get(start..end).unwrap_or_default()
    }

    pub(super) fn line_start(self, offset: usize) -> usize {
        let before = self.get(0, offset);
        before
            .rfind('\n')
            .map_or_else(|| before.len() - before.trim_start_matches('\u{FEFF}').len(), |newline| newline + 1)
    }

    /// The end of the line at `offset`, in front of its line end.
    pub(super) fn line_end(self, offset: usize) -> usize {
        let rest = self.get(offset, self.0.len());
        let line = rest.find('\n').map_or(rest, |newline| self.get(offset, offset + newline));
        offset + line.strip_suffix('\r').unwrap_or(line).len()
    }

    /// The start of the line below `offset`, or the end of the text.
    pub(super) fn next_line(self, offset: usize) -> usize {
        self.get(offset, self.0.len()).find('\n').map_or(self.0.len(), |newline| offset + newline + 1)
    }

    /// Characters between the start of the line and `offset`.
    pub(super) fn column(self, offset: usize) -> usize {
        self.get(self.line_start(offset), offset).chars().count()
    }

    /// The blanks at the start of the line of `offset`.
    pub(super) fn indentation(self, offset: usize) -> &'a str {
        let line = self.get(self.line_start(offset), self.line_end(offset));
        self.get(
            self.line_start(offset),
            self.line_start(offset) + (line.len() - line.trim_start_matches([' ', '\t']).len()),
        )
    }

    /// Whether nothing but blanks stands before `offset` on its line.
    pub(super) fn starts_line(self, offset: usize) -> bool {
        self.get(self.line_start(offset), offset).trim_matches([' ', '\t']).is_empty()
    }

    pub(super) fn same_line(self, one: usize, other: usize) -> bool {
        self.line_start(one) == self.line_start(other)
    }

    pub(super) fn rest_of_line(self, offset: usize) -> Rest {
        let rest = self.get(offset, self.line_end(offset));
        let visible = rest.trim_start_matches([' ', '\t']);
        match visible.chars().next() {
            None => Rest::Blank,
            Some('#') if visible.len() < rest.len() => Rest::Comment,
            Some(_) => Rest::Content,
        }
    }

    /// The end of the line at `offset`, if only a comment may be in between.
    pub(super) fn free_line_end(self, offset: usize) -> Result<usize, SpliceError> {
        match self.rest_of_line(offset) {
            Rest::Blank | Rest::Comment => Ok(self.line_end(offset)),
            Rest::Content => Err(SpliceError::Layout { span: Span::at(offset) }),
        }
    }

    /// The line end this file uses.
    pub(super) fn newline(self) -> &'static str {
        match self.0.split_once('\n') {
            Some((first, _)) if first.ends_with('\r') => "\r\n",
            _ => "\n",
        }
    }

    /// `text` with the line ends of this file.
    pub(super) fn localize(self, text: &str) -> String {
        match self.newline() {
            "\r\n" => text.replace("\r\n", "\n").replace('\n', "\r\n"),
            _ => text.to_owned(),
        }
    }
}

/// Carries out splices. Where removals overlap, their union is removed; any other overlap is an error.
pub(super) fn apply(source: &str, splices: &[Splice]) -> Result<String, SpliceError> {
    let mut sorted: Vec<&Splice> = splices.iter().collect();
    sorted.sort_by_key(|splice| (splice.span.start, !splice.span.is_empty(), usize::MAX - splice.depth));
    let mut text = String::with_capacity(source.len());
    let mut done = 0;
    let mut removing = false;
    for splice in sorted {
        let (span, is_removal) = (splice.span, splice.text.is_empty());
        if span.start < done && !(removing && is_removal) {
            return Err(SpliceError::Overlap { span });
        }
        if span.start >= done {
            text.push_str(source.get(done..span.start).ok_or(SpliceError::Layout { span })?);
        }
        text.push_str(&splice.text);
        done = done.max(span.end);
        removing = is_removal;
    }
    text.push_str(source.get(done..).ok_or(SpliceError::Layout { span: Span::at(done) })?);
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn splice(start: usize, end: usize, text: &str, depth: usize) -> Splice {
        Splice { span: Span::new(start, end), text: text.to_owned(), depth }
    }

    #[test]
    fn insertions_at_one_place_are_ordered_by_depth() {
        let splices = [splice(1, 1, "2", 1), splice(1, 1, "1", 2), splice(1, 1, "3", 0), splice(1, 2, "X", 0)];
        assert_eq!(apply("abc", &splices).unwrap(), "a123Xc");
    }

    #[test]
    fn removals_may_overlap_and_nothing_else_may() {
        assert_eq!(apply("abcdef", &[splice(1, 4, "", 0), splice(2, 5, "", 0)]).unwrap(), "af");
        let overlap = apply("abcdef", &[splice(1, 4, "", 0), splice(2, 3, "x", 0)]);
        assert_eq!(overlap, Err(SpliceError::Overlap { span: Span::new(2, 3) }));
        assert!(apply("é", &[splice(1, 1, "x", 0)]).is_err());
    }

    #[test]
    fn lines_and_columns() {
        let text = Text("\u{FEFF}a: 1 # c\r\n  b: é x\r\n");
        assert_eq!(text.line_start(5), 3);
        assert_eq!(text.column(3), 0);
        assert_eq!(text.get(3, text.line_end(3)), "a: 1 # c");
        assert_eq!(text.rest_of_line(7), Rest::Comment);
        assert_eq!(text.column(21), 7);
        assert_eq!(text.indentation(20), "  ");
        assert_eq!(text.localize("x\ny"), "x\r\ny");
    }
}
