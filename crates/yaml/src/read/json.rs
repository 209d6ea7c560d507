//! JSON with places, by the rules of Go's decoder: duplicate keys are allowed, half surrogates become U+FFFD, values
//! may follow each other without a separator.

use super::entries::Entries;
use super::{Document, MAX_DEPTH, Note, NoteKind, ReadError, ReadErrorKind, Syntax};
use crate::{Entry, Node, Span, Style, Value};

/// The values at the start of a text.
pub(super) struct JsonStream {
    pub(super) documents: Vec<Result<Document, ReadError>>,
    /// Where the rest starts that is no JSON, and why it is none.
    pub(super) failure: Option<(usize, ReadError)>,
}

pub(super) fn read_stream(source: &str, start: usize) -> JsonStream {
    let mut documents = Vec::new();
    let mut at = start;
    loop {
        let mut reader = Reader { source, at, depth: 0, notes: Vec::new(), out_of_range: None };
        reader.skip_blanks();
        if reader.peek().is_none() {
            return JsonStream { documents, failure: None };
        }
        match reader.value() {
            Ok(root) if root.value == Value::Null => {}
            Ok(root) => documents.push(match reader.out_of_range {
                Some(error) => Err(error),
                None => Ok(Document { span: root.span, syntax: Syntax::Json, root, notes: reader.notes }),
            }),
            Err(error) => return JsonStream { documents, failure: Some((after_line_end(source, at), error)) },
        }
        at = reader.at;
    }
}

/// Kubernetes skips blanks up to the first line end before it goes on with YAML.
fn after_line_end(source: &str, at: usize) -> usize {
    let rest = source.get(at..).unwrap_or_default();
    let blanks = rest.len() - rest.trim_start().len();
    let newline = rest.get(..blanks).and_then(|blanks| blanks.find('\n'));
    at + newline.map_or(blanks, |newline| newline + 1)
}

type Outcome<T> = Result<T, ReadError>;

struct Reader<'a> {
    source: &'a str,
    at: usize,
    depth: usize,
    notes: Vec<Note>,
    /// A number too large for any type: good JSON, so the syntax stands, but not a value.
    out_of_range: Option<ReadError>,
}

impl<'a> Reader<'a> {
    fn value(&mut self) -> Outcome<Node> {
        self.skip_blanks();
        let start = self.at;
        let (style, value) = match self.peek() {
            Some(b'{') => (Style::Flow, self.nested(Self::object)?),
            Some(b'[') => (Style::Flow, self.nested(Self::array)?),
            Some(b'"') => (Style::DoubleQuoted, Value::String(self.string()?)),
            Some(b'-' | b'0'..=b'9') => (Style::Plain, self.number()?),
            _ => (Style::Plain, self.literal()?),
        };
        Ok(Node { span: Span::new(start, self.at), style, value })
    }

    fn nested(&mut self, read: fn(&mut Self) -> Outcome<Value>) -> Outcome<Value> {
        if self.depth >= MAX_DEPTH {
            let message = format!("nested more than {MAX_DEPTH} levels deep");
            return Err(ReadError { message, span: Span::at(self.at), kind: ReadErrorKind::Limit });
        }
        self.depth += 1;
        self.at += 1;
        let value = read(self)?;
        self.depth -= 1;
        Ok(value)
    }

    fn object(&mut self) -> Outcome<Value> {
        let mut entries = Entries::default();
        self.skip_blanks();
        if self.eat(b'}') {
            return Ok(Value::Mapping(entries.into_vec()));
        }
        loop {
            let entry = self.entry()?;
            let span = entry.key_span;
            if let (_, Some(lost)) = entries.insert(entry) {
                self.notes.push(Note { kind: NoteKind::DuplicateKey, span, related: Some(lost.key_span) });
            }
            self.skip_blanks();
            if self.eat(b'}') {
                return Ok(Value::Mapping(entries.into_vec()));
            }
            self.expect(b',', "`,` or `}`")?;
        }
    }

    fn entry(&mut self) -> Outcome<Entry> {
        self.skip_blanks();
        let start = self.at;
        if self.peek() != Some(b'"') {
            return Err(self.expected("a key in double quotes"));
        }
        let key = self.string()?;
        let key_span = Span::new(start, self.at);
        self.skip_blanks();
        self.expect(b':', "`:`")?;
        let value = self.value()?;
        Ok(Entry { key, key_span, value, span: Span::new(start, self.at) })
    }

    fn array(&mut self) -> Outcome<Value> {
        let mut items = Vec::new();
        self.skip_blanks();
        if self.eat(b']') {
            return Ok(Value::Sequence(items));
        }
        loop {
            items.push(self.value()?);
            self.skip_blanks();
            if self.eat(b']') {
                return Ok(Value::Sequence(items));
            }
            self.expect(b',', "`,` or `]`")?;
        }
    }

    fn string(&mut self) -> Outcome<String> {
        self.at += 1;
        let mut text = String::new();
        loop {
            let rest = self.rest();
            let plain = rest.find(|character| matches!(character, '"' | '\\' | '\0'..='\x1F')).unwrap_or(rest.len());
            text.push_str(rest.get(..plain).unwrap_or_default());
            self.at += plain;
            match self.peek() {
                Some(b'"') => break,
                Some(b'\\') => text.push(self.escape()?),
                _ => return Err(self.expected("the end of the string")),
            }
        }
        self.at += 1;
        Ok(text)
    }

    fn escape(&mut self) -> Outcome<char> {
        let character = match self.source.as_bytes().get(self.at + 1) {
            Some(b'n') => '\n',
            Some(b't') => '\t',
            Some(b'r') => '\r',
            Some(b'b') => '\u{8}',
            Some(b'f') => '\u{c}',
            Some(b'"') => '"',
            Some(b'\\') => '\\',
            Some(b'/') => '/',
            Some(b'u') => return self.unicode_escape(),
            _ => return Err(self.expected("an escape that JSON knows")),
        };
        self.at += 2;
        Ok(character)
    }

    fn unicode_escape(&mut self) -> Outcome<char> {
        let Some(unit) = self.code_unit(self.at) else { return Err(self.expected("four hexadecimal digits")) };
        self.at += 6;
        if let Some(character) = char::from_u32(unit) {
            return Ok(character);
        }
        let low =
            self.code_unit(self.at).filter(|low| (0xD800..0xDC00).contains(&unit) && (0xDC00..0xE000).contains(low));
        let Some(low) = low else { return Ok(char::REPLACEMENT_CHARACTER) };
        self.at += 6;
        let scalar = 0x1_0000 + ((unit & 0x3FF) << 10 | (low & 0x3FF));
        Ok(char::from_u32(scalar).unwrap_or(char::REPLACEMENT_CHARACTER))
    }

    /// The number behind `\u` at `at`.
    fn code_unit(&self, at: usize) -> Option<u32> {
        let digits = self.source.get(at..at + 6)?.strip_prefix("\\u")?;
        digits.bytes().all(|byte| byte.is_ascii_hexdigit()).then(|| u32::from_str_radix(digits, 16).ok())?
    }

    /// A number; one out of range is put down and read as null.
    fn number(&mut self) -> Outcome<Value> {
        let start = self.at;
        self.eat(b'-');
        if !self.eat(b'0') {
            self.digits()?;
        }
        if self.eat(b'.') {
            self.digits()?;
        }
        if self.eat(b'e') || self.eat(b'E') {
            let _signed = self.eat(b'+') || self.eat(b'-');
            self.digits()?;
        }
        let span = Span::new(start, self.at);
        let text = self.source.get(span.range()).unwrap_or_default();
        let integer = text.parse().ok().map(Value::Integer);
        let value = integer.or_else(|| text.parse().ok().and_then(Value::from_float));
        Ok(value.unwrap_or_else(|| {
            let message = format!("the number {text} is out of range");
            self.out_of_range = Some(ReadError { message, span, kind: ReadErrorKind::Value });
            Value::Null
        }))
    }

    fn digits(&mut self) -> Outcome<()> {
        let count = self.rest().bytes().take_while(u8::is_ascii_digit).count();
        self.at += count;
        if count == 0 { Err(self.expected("a digit")) } else { Ok(()) }
    }

    fn literal(&mut self) -> Outcome<Value> {
        for (word, value) in [("true", Value::Bool(true)), ("false", Value::Bool(false)), ("null", Value::Null)] {
            if self.rest().starts_with(word) {
                self.at += word.len();
                return Ok(value);
            }
        }
        Err(self.expected("a value"))
    }

    fn skip_blanks(&mut self) {
        let blank = |byte: &u8| matches!(byte, b' ' | b'\t' | b'\r' | b'\n');
        self.at += self.rest().bytes().take_while(blank).count();
    }

    fn expect(&mut self, byte: u8, name: &str) -> Outcome<()> {
        if self.eat(byte) { Ok(()) } else { Err(self.expected(name)) }
    }

    fn eat(&mut self, byte: u8) -> bool {
        let found = self.peek() == Some(byte);
        self.at += usize::from(found);
        found
    }

    fn peek(&self) -> Option<u8> {
        self.source.as_bytes().get(self.at).copied()
    }

    fn rest(&self) -> &'a str {
        self.source.get(self.at..).unwrap_or_default()
    }

    fn expected(&self, what: &str) -> ReadError {
        let found = self.rest().chars().next();
        let message = match found {
            Some(character) => format!("invalid JSON: expected {what}, found {character:?}"),
            None => format!("invalid JSON: expected {what}, found the end of the file"),
        };
        let span = Span::new(self.at, self.at + found.map_or(0, char::len_utf8));
        ReadError { message, span, kind: ReadErrorKind::Syntax }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(text: &str) -> Result<serde_json::Value, String> {
        let mut reader = Reader { source: text, at: 0, depth: 0, notes: Vec::new(), out_of_range: None };
        let node = reader.value().map_err(|error| error.message)?;
        Ok(node.to_json())
    }

    #[test]
    fn agrees_with_serde_json_on_valid_text() {
        for text in [r#"{"a": [1, -2.5, 1e3, true, null, "x\n\u00e9\ud83d\ude00\/"], "b": {}}"#, "[]", "0", "\"\""] {
            let node = value(text).unwrap();
            let other: serde_json::Value = serde_json::from_str(text).unwrap();
            assert_eq!(node.to_string().replace("1000", "1000.0"), other.to_string());
        }
    }

    #[test]
    fn refuses_what_is_no_json() {
        for text in
            ["{a: 1}", "{\"a\" 1}", "[1,]", "01x", "-", "1.", "\"\n\"", "\"\\x\"", "tru", "{", "\"", "\"\\u12g4\""]
        {
            let read = read_stream(text, 0);
            assert!(read.failure.is_some(), "{text}");
        }
        let error = read_stream("{\"a\": 1e999} {}", 0).documents.remove(0).unwrap_err();
        assert_eq!((error.message.as_str(), error.span), ("the number 1e999 is out of range", Span::new(6, 11)));
    }

    #[test]
    fn half_a_surrogate_pair_is_replaced() {
        assert_eq!(value(r#""\ud83dx""#).unwrap(), "\u{FFFD}x");
        assert_eq!(value(r#""\ude00\ud83d\u0041""#).unwrap(), "\u{FFFD}\u{FFFD}A");
    }
}
