//! The rim of the YAML parser: the only file that knows `libyaml-safer`.
//!
//! goyaml v2 is a port of the same C scanner, so the two agree on nearly every input. They differ in these places:
//!
//! - goyaml takes `x:` before `,` or `]` in flow as one word (`[2001:db8::]`); here the colon is masked and restored.
//! - goyaml refuses `?` inside a flow word and the escape `\/`; [`super::compose`] refuses them too.
//! - goyaml accepts the escape `\'`; here it is an error.
//! - goyaml takes a byte-order mark at the start of a later line for content, the parser skips it; [`super`] refuses it.
//! - both refuse `{a: !!str,}`, the parser by a panic, which is caught here.

use crate::{Span, Style};
use libyaml_safer::{Encoding, ErrorKind, EventData, MappingStyle, Mark, Parser, ScalarStyle, SequenceStyle};
use std::io::{BufReader, Chain, Read};
use std::panic::{AssertUnwindSafe, catch_unwind};

/// A source of parsing events; the whole of what the reader needs from a YAML parser.
pub(super) trait EventSource {
    /// The next event. Behind an error or the end of the stream there is nothing to ask for.
    fn next_event(&mut self) -> Result<Event, EventError>;
}

#[derive(Debug, PartialEq)]
pub(super) struct Event {
    pub(super) kind: EventKind,
    /// Offsets within the text that is parsed.
    pub(super) span: Span,
}

#[derive(Debug, PartialEq)]
pub(super) enum EventKind {
    StreamStart,
    StreamEnd,
    DocumentStart,
    DocumentEnd,
    Alias(String),
    Scalar(ScalarEvent),
    SequenceStart { anchor: Option<String>, style: Style },
    SequenceEnd,
    MappingStart { anchor: Option<String>, style: Style },
    MappingEnd,
}

#[derive(Debug, PartialEq)]
pub(super) struct ScalarEvent {
    pub(super) anchor: Option<String>,
    pub(super) tag: Option<String>,
    pub(super) text: String,
    /// Bare and without a tag: its type follows from its text.
    pub(super) implicit: bool,
    pub(super) style: Style,
}

#[derive(Debug, PartialEq)]
pub(super) struct EventError {
    pub(super) message: String,
    pub(super) offset: usize,
    /// The parser met a colon that goyaml would take as part of the word.
    pub(super) unexpected_colon: bool,
}

/// Events of `libyaml-safer`. Its panics on malformed input become errors.
pub(super) struct LibyamlEvents<'a> {
    parser: Parser<BufReader<Chain<&'a [u8], &'static [u8]>>>,
    text: &'a str,
    mask: Option<char>,
}

impl<'a> LibyamlEvents<'a> {
    /// Events of `text`, with a final line end if it has none, as Kubernetes does it. In what comes out, `mask` stands for
    /// a colon.
    pub(super) fn new(text: &'a str, mask: Option<char>) -> Self {
        let mut parser = Parser::new();
        parser.set_encoding(Encoding::Utf8);
        let final_line_end = if text.ends_with('\n') { b"".as_slice() } else { b"\n".as_slice() };
        parser.set_input(BufReader::new(text.as_bytes().chain(final_line_end)));
        Self { parser, text, mask }
    }

    fn offset(&self, mark: &Mark) -> usize {
        usize::try_from(mark.index).unwrap_or(usize::MAX).min(self.text.len())
    }

    fn error(&self, error: &libyaml_safer::Error) -> EventError {
        let problem = error.problem();
        let message = error.context().map_or_else(|| problem.to_owned(), |context| format!("{problem} {context}"));
        let offset = match (error.kind(), error.problem_mark()) {
            (ErrorKind::Reader, _) => self.text.find(is_forbidden).unwrap_or_default(),
            (_, Some(mark)) => self.offset(&mark),
            (_, None) => 0,
        };
        EventError { message, offset, unexpected_colon: problem == "found unexpected ':'" }
    }

    fn unmask(&self, text: String) -> String {
        match self.mask {
            Some(mask) => text.replace(mask, ":"),
            None => text,
        }
    }
}

impl EventSource for LibyamlEvents<'_> {
    fn next_event(&mut self) -> Result<Event, EventError> {
        let parser = &mut self.parser;
        let Ok(outcome) = catch_unwind(AssertUnwindSafe(|| parser.parse())) else {
            let message = "the YAML parser gave up on this document".to_owned();
            return Err(EventError { message, offset: 0, unexpected_colon: false });
        };
        let event = outcome.map_err(|error| self.error(&error))?;
        let span = Span::new(self.offset(&event.start_mark), self.offset(&event.end_mark));
        let kind = match event.data {
            EventData::StreamStart { .. } => EventKind::StreamStart,
            EventData::StreamEnd => EventKind::StreamEnd,
            EventData::DocumentStart { .. } => EventKind::DocumentStart,
            EventData::DocumentEnd { .. } => EventKind::DocumentEnd,
            EventData::Alias { anchor } => EventKind::Alias(anchor),
            EventData::Scalar { anchor, tag, value, plain_implicit: implicit, style, .. } => {
                let style = scalar_style(style);
                EventKind::Scalar(ScalarEvent { anchor, tag, text: self.unmask(value), implicit, style })
            }
            EventData::SequenceStart { anchor, style, .. } => {
                let style = if style == SequenceStyle::Flow { Style::Flow } else { Style::Block };
                EventKind::SequenceStart { anchor, style }
            }
            EventData::SequenceEnd => EventKind::SequenceEnd,
            EventData::MappingStart { anchor, style, .. } => {
                let style = if style == MappingStyle::Flow { Style::Flow } else { Style::Block };
                EventKind::MappingStart { anchor, style }
            }
            EventData::MappingEnd => EventKind::MappingEnd,
        };
        Ok(Event { kind, span })
    }
}

/// The text with a stand-in for every colon that ends a word inside flow brackets, and the stand-in: a character that
/// occurs nowhere in the text. `None` if there is no such colon or every candidate occurs.
pub(super) fn mask_colons(text: &str) -> Option<(String, char)> {
    let mask = ('a'..='z').chain('A'..='Z').chain("_^~;".chars()).find(|candidate| !text.contains(*candidate))?;
    let mut masked = String::with_capacity(text.len());
    let mut previous = '\n';
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        let within_word =
            !matches!(previous, '"' | '\'' | '\\' | ',' | '[' | ']' | '{' | '}') && !previous.is_whitespace();
        let ends_word = matches!(characters.peek(), Some(',' | '?' | '[' | ']' | '{' | '}'));
        masked.push(if character == ':' && within_word && ends_word { mask } else { character });
        previous = character;
    }
    (masked != text).then_some((masked, mask))
}

fn scalar_style(style: ScalarStyle) -> Style {
    match style {
        ScalarStyle::SingleQuoted => Style::SingleQuoted,
        ScalarStyle::DoubleQuoted => Style::DoubleQuoted,
        ScalarStyle::Literal => Style::Literal,
        ScalarStyle::Folded => Style::Folded,
        ScalarStyle::Plain | ScalarStyle::Any | _ => Style::Plain,
    }
}

/// Characters a YAML stream must not hold.
fn is_forbidden(character: char) -> bool {
    !matches!(character, '\t' | '\n' | '\r' | ' '..='~' | '\u{85}' | '\u{A0}'..='\u{FFFD}' | '\u{10000}'..)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kinds(text: &str) -> Result<Vec<EventKind>, EventError> {
        let mut events = LibyamlEvents::new(text, None);
        let mut kinds = Vec::new();
        loop {
            let event = events.next_event()?;
            if event.kind == EventKind::StreamEnd {
                return Ok(kinds);
            }
            kinds.push(event.kind);
        }
    }

    #[test]
    fn a_block_scalar_at_the_end_gets_its_line_end() {
        let kinds = kinds("|\n  x").unwrap();
        assert!(matches!(&kinds[2], EventKind::Scalar(scalar) if scalar.text == "x\n"), "{kinds:?}");
    }

    #[test]
    fn errors_carry_their_offset() {
        let error = kinds("a: 1\nb: [\n").unwrap_err();
        assert_eq!((error.offset, error.unexpected_colon), (10, false));
        assert_eq!(kinds("a: \u{1}\n").unwrap_err().offset, 3);
        assert!(kinds("[a:, b]").unwrap_err().unexpected_colon);
    }

    #[test]
    fn masks_only_colons_that_end_a_word() {
        let (masked, mask) = mask_colons("[2001:db8::, {\"k\":[v]}]").unwrap();
        assert_eq!(masked, format!("[2001:db8:{mask}, {{\"k\":[v]}}]"));
        assert_eq!(mask_colons("[1, 2]"), None);
    }
}
