//! Finds lines and columns in the texts of a run.

use s2a_diagnostic::{FileId, Place, Sources};

/// An index of the line starts of every source, so that many places in a large file cost one pass over it.
pub(crate) struct Lines<'a> {
    sources: &'a Sources,
    starts: Vec<Vec<usize>>,
}

/// The line a place begins on, and the part of the line that the place covers.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Excerpt<'a> {
    /// The name of the file.
    pub(crate) file: &'a str,
    /// The line, from 1.
    pub(crate) line: usize,
    /// The text of the line before the place.
    pub(crate) before: &'a str,
    /// The part of the line that the place covers, without trailing blanks.
    pub(crate) marked: &'a str,
    /// The rest of the line, without its line break.
    pub(crate) after: &'a str,
}

impl Excerpt<'_> {
    /// The column of the place, from 1, in characters.
    pub(crate) fn column(&self) -> usize {
        self.before.chars().count() + 1
    }
}

impl<'a> Lines<'a> {
    pub(crate) fn new(sources: &'a Sources) -> Self {
        let starts = sources.iter().map(|(_, source)| line_starts(&source.text)).collect();
        Lines { sources, starts }
    }

    /// The first line of a place, or none for a file that is not there. A place beyond the end is the end; one inside
    /// a character begins with that character.
    pub(crate) fn excerpt(&self, place: &Place) -> Option<Excerpt<'a>> {
        let FileId(file) = place.file;
        let source = self.sources.get(place.file)?;
        let text = source.text.as_str();
        let starts = self.starts.get(file)?;
        let offset = text.floor_char_boundary(place.start);
        let line = starts.partition_point(|line_start| *line_start <= offset);
        let line_start = *starts.get(line.checked_sub(1)?)?;
        let content = text.get(line_start..)?.lines().next().unwrap_or_default();
        let start = content.len().min(offset - line_start);
        let end = content.ceil_char_boundary(place.end.saturating_sub(line_start)).max(start);
        let marked = content.get(start..end)?.trim_end();
        Some(Excerpt {
            file: &source.name,
            line,
            before: content.get(..start)?,
            marked,
            after: content.get(start + marked.len()..)?,
        })
    }
}

/// The offset of the first byte of every line.
fn line_starts(text: &str) -> Vec<usize> {
    std::iter::once(0).chain(text.match_indices('\n').map(|(newline, _)| newline + 1)).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn place(start: usize, end: usize) -> Place {
        Place { file: FileId(0), start, end }
    }

    fn sources(text: &str) -> Sources {
        let mut sources = Sources::default();
        sources.add("a.yaml", text);
        sources
    }

    #[test]
    fn a_place_of_several_lines_is_cut_after_the_first() {
        let sources = sources("a:\r\n  b: ü  \r\n  c: 1\r\n");
        let excerpt = Lines::new(&sources).excerpt(&place(6, 25));
        let expected = Excerpt { file: "a.yaml", line: 2, before: "  ", marked: "b: ü", after: "  " };
        assert_eq!(excerpt, Some(expected));
    }

    #[test]
    fn the_end_of_the_text_is_a_place() {
        let sources = sources("a: 1\n");
        let excerpt = Lines::new(&sources).excerpt(&place(900, 901));
        assert_eq!(excerpt, Some(Excerpt { file: "a.yaml", line: 2, before: "", marked: "", after: "" }));
    }

    #[test]
    fn a_file_that_is_not_there_has_no_places() {
        let sources = sources("a: 1\n");
        assert_eq!(Lines::new(&sources).excerpt(&Place { file: FileId(1), start: 0, end: 1 }), None);
    }

    proptest! {
        #[test]
        fn lines_and_columns_are_those_of_sources(text in "[aü漢\u{1f600} \t\n]{0,40}", start in 0usize..100) {
            prop_assume!(text.is_char_boundary(start) || start > text.len());
            let sources = sources(&text);
            let position = sources.position(FileId(0), start).unwrap();
            let lines = Lines::new(&sources);
            let excerpt = lines.excerpt(&place(start, start + 3)).unwrap();
            prop_assert_eq!((excerpt.line, excerpt.column()), (position.line, position.column));
        }
    }
}
