//! Block YAML, laid out as goyaml v2 lays it out (emitterc.go).

use super::quoting::{Quoting, push_double_quoted, quoting};
use crate::read::format_float;
use serde_json::{Map, Number, Value};

/// Lines are folded at the first space behind this column.
const WIDTH: usize = 80;

/// A longer key is written behind a `?` of its own.
const LONGEST_KEY: usize = 128;

/// How the line breaks of a text are written.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Breaks {
    /// As line breaks, below a `|`.
    Literal,
    /// As `\n` between double quotes, for places where something follows that a `|` would swallow.
    Escaped,
}

/// A value whose first character stands in column `indent`, as do the further lines of a scalar; no line end behind it.
pub(crate) fn node_at(value: &Value, indent: usize, breaks: Breaks) -> String {
    let mut emitter = Emitter::new(indent, breaks);
    match Layout::of(value) {
        Layout::Mapping(map) => emitter.mapping(map, indent),
        Layout::Sequence(items) => emitter.sequence(items, indent),
        Layout::Inline => emitter.inline(value, indent),
    }
    emitter.out
}

/// `key: value` whose key stands in column `indent`; no line end behind it.
pub(crate) fn entry_at(key: &str, value: &Value, indent: usize, breaks: Breaks) -> String {
    let mut emitter = Emitter::new(indent, breaks);
    emitter.entry(key, value, indent);
    emitter.out
}

/// What follows the colon of an entry whose key stands in column `indent`: a space and a scalar, or a line end and a
/// collection. The colon is the last of `column` characters on its line.
pub(crate) fn value_after_key(value: &Value, indent: usize, column: usize, breaks: Breaks) -> String {
    let mut emitter = Emitter::new(column, breaks);
    emitter.after_key(value, indent);
    emitter.out
}

/// A key without its colon, on one line.
pub(crate) fn key_text(key: &str) -> String {
    let mut emitter = Emitter::new(0, Breaks::Escaped);
    emitter.string(key, 0, true);
    emitter.out
}

/// Whether a value needs lines of its own.
pub(crate) enum Layout<'v> {
    Mapping(&'v Map<String, Value>),
    Sequence(&'v [Value]),
    /// A scalar or an empty collection: it stays on the line of its key.
    Inline,
}

impl<'v> Layout<'v> {
    pub(crate) fn of(value: &'v Value) -> Self {
        match value {
            Value::Object(map) if !map.is_empty() => Self::Mapping(map),
            Value::Array(items) if !items.is_empty() => Self::Sequence(items),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) | Value::Object(_) => {
                Self::Inline
            }
        }
    }
}

struct Emitter {
    out: String,
    /// Characters on the current line.
    column: usize,
    breaks: Breaks,
}

impl Emitter {
    fn new(column: usize, breaks: Breaks) -> Self {
        Self { out: String::new(), column, breaks }
    }

    fn mapping(&mut self, map: &Map<String, Value>, indent: usize) {
        for (position, (key, value)) in map.iter().enumerate() {
            if position > 0 {
                self.line(indent);
            }
            self.entry(key, value, indent);
        }
    }

    fn entry(&mut self, key: &str, value: &Value, indent: usize) {
        let key = key_text(key);
        let long = key.len() > LONGEST_KEY;
        if long {
            self.text("? ");
        }
        self.text(&key);
        if long {
            self.line(indent);
        }
        self.text(":");
        self.after_key(value, indent);
    }

    fn after_key(&mut self, value: &Value, indent: usize) {
        match Layout::of(value) {
            Layout::Mapping(map) => {
                self.line(indent + 2);
                self.mapping(map, indent + 2);
            }
            Layout::Sequence(items) => {
                self.line(indent);
                self.sequence(items, indent);
            }
            Layout::Inline => {
                self.text(" ");
                self.inline(value, indent + 2);
            }
        }
    }

    fn sequence(&mut self, items: &[Value], indent: usize) {
        for (position, item) in items.iter().enumerate() {
            if position > 0 {
                self.line(indent);
            }
            self.text("- ");
            match Layout::of(item) {
                Layout::Mapping(map) => self.mapping(map, indent + 2),
                Layout::Sequence(items) => self.sequence(items, indent + 2),
                Layout::Inline => self.inline(item, indent + 2),
            }
        }
    }

    /// A scalar or an empty collection; further lines stand in column `indent`.
    fn inline(&mut self, value: &Value, indent: usize) {
        match value {
            Value::Null => self.text("null"),
            Value::Bool(true) => self.text("true"),
            Value::Bool(false) => self.text("false"),
            Value::Number(number) => self.text(&number_text(number)),
            Value::String(text) => self.string(text, indent, false),
            Value::Array(_) => self.text("[]"),
            Value::Object(_) => self.text("{}"),
        }
    }

    fn string(&mut self, text: &str, indent: usize, is_key: bool) {
        let fold = (!is_key).then_some(indent);
        match quoting(text, is_key) {
            Quoting::Plain => self.plain(text, fold),
            Quoting::Single => self.single_quoted(text, fold),
            Quoting::Double => self.double_quoted(text, fold),
            Quoting::Literal if self.breaks == Breaks::Escaped => self.double_quoted(text, fold),
            Quoting::Literal => self.literal(text, indent),
        }
    }

    fn plain(&mut self, text: &str, fold: Option<usize>) {
        self.words(text, fold, |emitter, character| emitter.character(character));
    }

    fn single_quoted(&mut self, text: &str, fold: Option<usize>) {
        self.text("'");
        self.words(text, fold, |emitter, character| {
            if character == '\'' {
                emitter.character('\'');
            }
            emitter.character(character);
        });
        self.text("'");
    }

    /// Characters of which a lone space may become a line break.
    fn words(&mut self, text: &str, fold: Option<usize>, mut put: impl FnMut(&mut Self, char)) {
        let mut previous = None;
        let mut characters = text.chars().peekable();
        while let Some(character) = characters.next() {
            let lone = character == ' '
                && previous.is_some_and(|before| before != ' ')
                && characters.peek().is_some_and(|next| *next != ' ');
            match fold {
                Some(indent) if lone && self.column > WIDTH => self.line(indent),
                _ => put(self, character),
            }
            previous = Some(character);
        }
    }

    fn double_quoted(&mut self, text: &str, fold: Option<usize>) {
        self.text("\"");
        let mut previous = None;
        let mut characters = text.chars().peekable();
        while let Some(character) = characters.next() {
            let next = characters.peek().copied();
            let breakable = character == ' ' && previous.is_some_and(|before| before != ' ') && next.is_some();
            match fold {
                Some(indent) if breakable && self.column > WIDTH => {
                    self.line(indent);
                    if next == Some(' ') {
                        self.text("\\");
                    }
                }
                _ => {
                    let start = self.out.len();
                    push_double_quoted(&mut self.out, character);
                    self.column += self.out.get(start..).map_or(0, |written| written.chars().count());
                }
            }
            previous = Some(character);
        }
        self.text("\"");
    }

    fn literal(&mut self, text: &str, indent: usize) {
        self.text("|");
        if text.starts_with([' ', '\n']) {
            self.text("2");
        }
        let body = match text.strip_suffix('\n') {
            None => {
                self.text("-");
                text
            }
            Some(body) => {
                if body.is_empty() || body.ends_with('\n') {
                    self.text("+");
                }
                body
            }
        };
        for line in body.split('\n') {
            if line.is_empty() {
                self.out.push('\n');
            } else {
                self.line(indent);
                self.text(line);
            }
        }
    }

    fn line(&mut self, indent: usize) {
        self.out.push('\n');
        self.out.extend(std::iter::repeat_n(' ', indent));
        self.column = indent;
    }

    fn text(&mut self, text: &str) {
        self.out.push_str(text);
        self.column += text.chars().count();
    }

    fn character(&mut self, character: char) {
        self.out.push(character);
        self.column += 1;
    }
}

/// Integers as they are, other numbers as Go prints them.
fn number_text(number: &Number) -> String {
    match crate::Value::from_number(number) {
        Some(crate::Value::Float(float)) if number.is_f64() => format_float(&format!("{float:e}")),
        Some(crate::Value::Integer(integer)) => integer.to_string(),
        _ => number.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::write;
    use serde_json::json;

    #[test]
    fn layout() {
        let value = json!({
            "a": {"b": [1, {"c": null, "d": []}, [[true], "x"]], "e": {}},
            "f": "one\ntwo\n",
            "g": [" x\ny", ""],
            "h": 1.5,
            "i": 1e3,
            "on": "off",
        });
        let text = "\
a:
  b:
  - 1
  - c: null
    d: []
  - - - true
    - x
  e: {}
f: |
  one
  two
g:
- |2-
   x
  y
- \"\"
h: 1.5
i: 1000
\"on\": \"off\"
";
        assert_eq!(write(&value), text);
    }

    #[test]
    fn long_lines_are_folded_as_kubectl_folds_them() {
        let words = "word ".repeat(20);
        let value = json!({"plain": words.trim_end(), "single": format!("'{}'", words.trim_end()), "double": format!("{words}\t")});
        let [line, rest] = [15, 5].map(|count| vec!["word"; count].join(" "));
        let text =
            format!("plain: {line}\n  {rest}\nsingle: '''{line}\n  {rest}'''\ndouble: \"{line}\n  {rest} \\t\"\n");
        assert_eq!(write(&value), text);
    }

    #[test]
    fn long_keys_stand_alone() {
        let key = "k".repeat(129);
        assert_eq!(write(&json!({key.clone(): {"a": 1}})), format!("? {key}\n:\n  a: 1\n"));
    }

    #[test]
    fn scalars_alone() {
        assert_eq!(write(&json!("x")), "x\n");
        assert_eq!(write(&json!([])), "[]\n");
        assert_eq!(write(&json!(null)), "null\n");
    }
}
