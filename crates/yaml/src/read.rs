//! Reading one file: documents, errors and notes, each with its place.

mod base64;
mod chunks;
mod compose;
mod entries;
mod events;
mod expand;
mod float;
mod json;
mod scalar;

pub(crate) use float::general as format_float;
pub(crate) use scalar::{Scalar, is_timestamp, is_yaml_float, resolve_plain};

use crate::{Node, Span, Value};

/// Collections may stand this deep in each other.
///
/// Kubernetes stops at 10,000. Real objects stay below 100, and this far no recursive walk over the tree can
/// exhaust a thread's stack.
pub const MAX_DEPTH: usize = 400;

/// Everything one file holds.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Stream {
    /// The documents in order. Those that are empty or hold nothing but comments are left out, as Kubernetes does.
    pub documents: Vec<Result<Document, ReadError>>,
}

/// One document.
#[derive(Clone, PartialEq, Debug)]
pub struct Document {
    /// Its bytes: from behind the `---` line above (or the byte-order mark) up to the next such line; of a JSON
    /// stream, the value alone.
    pub span: Span,
    /// The syntax it was read as.
    pub syntax: Syntax,
    /// The tree. Never null.
    pub root: Node,
    /// What Kubernetes does here without saying so.
    pub notes: Vec<Note>,
}

/// The syntax a document was read as.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Syntax {
    /// YAML, JSON objects between `---` lines included.
    Yaml,
    /// A file that starts with `{` and holds JSON values one behind the other.
    Json,
}

/// Why a document cannot be read.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("{message}")]
pub struct ReadError {
    /// What is wrong, in lower case, without the place.
    pub message: String,
    /// Where.
    pub span: Span,
    /// Which kind of fault this is.
    pub kind: ReadErrorKind,
}

/// The kinds of faults.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum ReadErrorKind {
    /// Neither YAML nor JSON.
    Syntax,
    /// Text behind `---`. Kubernetes refuses the whole file and loses the document above as well.
    Separator,
    /// An unresolved `{{ … }}` of a template: this is not a manifest yet.
    Template,
    /// Nested too deep, or aliases that unfold into too much.
    Limit,
    /// A key that cannot become a string: null, a collection, or a number above `i64`.
    Key,
    /// An alias to nothing or to itself.
    Alias,
    /// A `<<` whose value is no map.
    Merge,
    /// A value that does not exist in JSON (`.inf`, `.nan`) or that is not what its tag says.
    Value,
}

/// Something Kubernetes does without a word and a person should know.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Note {
    /// What.
    pub kind: NoteKind,
    /// Where: the key that wins, the `<<`, or the content that is dropped.
    pub span: Span,
    /// The other place, if there is one: the key that loses.
    pub related: Option<Span>,
}

/// The kinds of notes.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum NoteKind {
    /// The key stands twice; the later one wins.
    DuplicateKey,
    /// A `<<` brings in the entries of another map.
    MergeKey,
    /// A `<<` overwrites a key that stands above it; most other readers keep the key.
    MergeOverwrites,
    /// A bare key that is a boolean or a number in another spelling: `y:` is read as `"true"`, `012:` as `"10"`.
    KeyChanged,
    /// What stands behind the end of the document (`...`, or a complete flow value) is dropped.
    ContentAfterEndMarker,
}

/// Reads a file as kubectl does: a byte-order mark is skipped, a file whose first visible character is `{` is a stream
/// of JSON values, everything else is YAML cut at the lines that start with `---`.
///
/// Never fails as a whole: a document that cannot be read is an error in its place. Kubernetes would stop there.
#[must_use]
pub fn read(source: &str) -> Stream {
    let start = if source.starts_with('\u{FEFF}') { '\u{FEFF}'.len_utf8() } else { 0 };
    let documents = match source.get(start..) {
        Some(body) if body.trim_start().starts_with('{') => read_json_first(source, start),
        _ => read_yaml(source, start),
    };
    Stream { documents }
}

type Documents = Vec<Result<Document, ReadError>>;

fn read_yaml(source: &str, start: usize) -> Documents {
    chunks::split(source, start).into_iter().filter_map(|chunk| read_chunk(source, &chunk).transpose()).collect()
}

/// JSON values for as long as they last. Kubernetes goes over to YAML at the first value that is no JSON, unless two
/// or more were; then the error stands.
fn read_json_first(source: &str, start: usize) -> Documents {
    let json::JsonStream { mut documents, failure } = json::read_stream(source, start);
    let Some((resume, error)) = failure else { return documents };
    if documents.len() > 1 {
        documents.push(Err(template_error(source, Span::new(resume, source.len())).unwrap_or(error)));
        return documents;
    }
    let mut rest = read_yaml(source, resume);
    if let Some(Err(first)) = rest.first_mut()
        && first.kind == ReadErrorKind::Syntax
    {
        *first = error;
    }
    // With a separator line below, the one value is a document like the others.
    if let Some(Ok(only)) = documents.first_mut()
        && source.get(resume..).is_some_and(|rest| rest.starts_with("---"))
    {
        only.syntax = Syntax::Yaml;
        only.span = Span::new(start, resume);
    }
    documents.append(&mut rest);
    documents
}

fn read_chunk(source: &str, chunk: &chunks::Chunk) -> Result<Option<Document>, ReadError> {
    let document = match chunk.fault {
        Some(separator) => Err(separator_error(source, separator)),
        None => parse_chunk(source, chunk),
    };
    document.map_err(|error| template_error(source, chunk.whole()).unwrap_or(error))
}

fn parse_chunk(source: &str, chunk: &chunks::Chunk) -> Result<Option<Document>, ReadError> {
    let text = source.get(chunk.head..chunk.span.end).unwrap_or_default();
    let body = text.strip_prefix('\u{FEFF}').unwrap_or(text);
    let base = chunk.span.end - body.len();
    if let Some(error) = stray_mark(body, base) {
        return Err(error);
    }
    let Some(composition) = compose::compose(body, base)? else { return Ok(None) };
    let (root, mut notes) = expand::expand(&composition)?;
    if let Some(dropped) = composition.dropped {
        notes.push(Note { kind: NoteKind::ContentAfterEndMarker, span: dropped, related: None });
    }
    let document =
        Document { span: Span::new(base.max(chunk.span.start), chunk.span.end), syntax: Syntax::Yaml, root, notes };
    Ok((document.root.value != Value::Null).then_some(document))
}

/// A byte-order mark at the start of a later line: goyaml takes it for content, the parser used here for nothing.
fn stray_mark(body: &str, base: usize) -> Option<ReadError> {
    let at = body.match_indices('\u{FEFF}').map(|(at, _)| at).find(|at| {
        body.get(..*at).is_some_and(|before| before.ends_with(['\n', '\r', '\u{85}', '\u{2028}', '\u{2029}']))
    })?;
    let message = "a byte-order mark in the middle of the file".to_owned();
    let span = Span::new(base + at, base + at + '\u{FEFF}'.len_utf8());
    Some(ReadError { message, span, kind: ReadErrorKind::Syntax })
}

fn separator_error(source: &str, span: Span) -> ReadError {
    let line = source.get(span.range()).unwrap_or_default();
    let message = format!("invalid document separator `{line}`: only a comment may follow `---`");
    ReadError { message, span, kind: ReadErrorKind::Separator }
}

/// The error that names a template, if the text that could not be read holds `{{ … }}`.
fn template_error(source: &str, span: Span) -> Option<ReadError> {
    let text = source.get(span.range())?;
    let open = text.find("{{")?;
    let length = text.get(open..)?.find("}}")?;
    let line_end = text.get(open..)?.find(['\r', '\n']).unwrap_or(length + 2);
    let start = span.start + open;
    let message = "unresolved template expression `{{ … }}`: render the template first".to_owned();
    let span = Span::new(start, start + line_end.min(length + 2));
    Some(ReadError { message, span, kind: ReadErrorKind::Template })
}
