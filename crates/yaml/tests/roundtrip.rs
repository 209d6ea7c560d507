//! What is written is read back as the same value, in every place and syntax.

use proptest::prelude::*;
use s2a_yaml::{Splicer, Syntax, read, write, write_as, write_json};
use serde_json::{Map, Value, json};

/// Strings that some reader takes for something else, or that end or begin something in YAML.
const STRINGS: &[&str] = &[
    "",
    " ",
    "  ",
    "a",
    "a ",
    " a",
    " a ",
    "a b",
    "~",
    "null",
    "Null",
    "NULL",
    "y",
    "Y",
    "n",
    "N",
    "yes",
    "Yes",
    "YES",
    "no",
    "No",
    "NO",
    "on",
    "On",
    "ON",
    "off",
    "Off",
    "OFF",
    "true",
    "True",
    "TRUE",
    "false",
    "False",
    "FALSE",
    "tRUE",
    "nO",
    "0",
    "1",
    "-1",
    "+1",
    "00",
    "01",
    "012",
    "08",
    "0o14",
    "0O14",
    "0x1F",
    "0X1f",
    "0xg",
    "0b101",
    "0B1",
    "1_000",
    "1__0",
    "_1",
    "1_",
    "1e3",
    "1E3",
    "1e+3",
    "1e",
    "e1",
    "1.",
    ".1",
    ".",
    "..",
    "...",
    "1.5",
    "1.2.3",
    "1.e3",
    "1e400",
    "12e4567",
    ".inf",
    "-.inf",
    "+.inf",
    ".Inf",
    ".INF",
    ".nan",
    ".NaN",
    "inf",
    "nan",
    "NaN",
    "Infinity",
    "18446744073709551615",
    "99999999999999999999",
    "0xFFFFFFFFFFFFFFFFFFFF",
    "0o7777777777777777777777777",
    "-0",
    "+0",
    "0.0",
    "190:20:30",
    "1:30",
    "12:30:45",
    "1:60",
    "-1:30",
    "1:30.5",
    "2001-12-14",
    "2001-1-1",
    "2001-12-14T21:59:43Z",
    "2001-12-14t21:59:43.1-05:00",
    "2001-12-14 21:59:43",
    "2001-02-30",
    "<<",
    "=",
    "-",
    "--",
    "---",
    "--- a",
    "----",
    "- a",
    "-a",
    "?",
    "? a",
    "?a",
    ":",
    ": a",
    ":a",
    "a:",
    "a: b",
    "a:b",
    "a :b",
    "::",
    "#",
    "# a",
    "#a",
    "a #b",
    "a# b",
    "a#b",
    "*",
    "*a",
    "&",
    "&a",
    "!",
    "!a",
    "!!str a",
    "|",
    "|-",
    ">",
    ">-",
    "%",
    "%a",
    "@",
    "@a",
    "`",
    "`a",
    "'",
    "'a'",
    "''",
    "\"",
    "\"a\"",
    "a'b",
    "a\"b",
    "{",
    "}",
    "{}",
    "{a}",
    "{{ .Values.x }}",
    "[",
    "]",
    "[]",
    "[a]",
    ",",
    ",a",
    "a,b",
    "\\",
    "\\n",
    "a\\",
    "\n",
    "\n\n",
    "a\n",
    "a\n\n",
    "a\nb",
    "a\nb\n",
    "\na",
    "\n a",
    " \n",
    "a \nb",
    "a\n b",
    "a\n\nb",
    "  a\nb",
    "a\n ",
    "a\n  \n",
    "\ta",
    "a\t",
    "a\tb",
    "\t",
    "a\t\nb",
    "a\n\tb",
    "\r",
    "a\r",
    "a\r\nb",
    "\r\n",
    "a\rb",
    "\u{85}",
    "a\u{85}b",
    "\u{2028}",
    "a\u{2028}b",
    "\u{2029}",
    "\u{a0}",
    "a\u{a0}",
    "\u{feff}",
    "\u{feff}a",
    "a\u{feff}",
    "\0",
    "\u{1}",
    "\u{7}",
    "\u{8}",
    "\u{b}",
    "\u{c}",
    "\u{1b}",
    "\u{7f}",
    "\u{80}",
    "\u{9f}",
    "é",
    "日本語",
    "😀",
    "\u{d7ff}",
    "\u{e000}",
    "\u{fffd}",
    "\u{fffe}",
    "\u{ffff}",
    "\u{10ffff}",
    "/",
    "/*",
    "a/b",
    "*.example.com",
    "http://a/b?c=d#e",
    "^/a(b|c)+$",
    "10.0.0.0/8",
    "2001:db8::",
    "2001:db8::1",
    "::1",
    "k=v",
    "a\nb: c",
    "- a\n- b",
    "# a\nb",
    "spiffe://cluster.local/ns/a/sa/b",
    "a  b",
    "a   b",
    "word word word word word word word word word word word word word word word word word word",
    "'word word word word word word word word word word word word word word word word word word",
    "word  word  word  word  word  word  word  word  word  word  word  word  word  word  word",
    "\tword word word word word word word word word word word word word word word word  word word",
    "word: word word word word word word word word word word word word word word # word word",
];

/// The only document of a text; `null` if it cannot be read or is not alone.
fn read_one(text: &str) -> Value {
    let mut documents = read(text).documents;
    match documents.pop() {
        Some(Ok(document)) if documents.is_empty() => document.root.to_json(),
        _ => Value::Null,
    }
}

fn check(value: &Value) {
    let text = write(value);
    assert_eq!(&read_one(&text), value, "{text}");
    assert_eq!(&read_one(&text.replace('\n', "\r\n")), value, "{text}");
    assert_eq!(&read_one(&write_json(value)), value);
    assert_eq!(write_as(Syntax::Json, value), write_json(value));
}

#[test]
fn strings_in_every_place() {
    assert!(STRINGS.len() >= 213);
    for text in STRINGS {
        check(&json!({"a": text, "b": [text, [text]], "c": {"d": text}, "e": 1}));
        check(&json!({*text: {"a": text}, "zz": [{*text: text}]}));
    }
}

#[test]
fn strings_put_in_by_edits() {
    for source in [
        "a: {b: x, c: [x]}\nd:\n  e: x # c\n  f:\n  - x\n",
        "{\"a\": {\"b\": \"x\", \"c\": [\"x\"]}, \"d\": {\"e\": \"x\", \"f\": [\"x\"]}}",
    ] {
        for text in STRINGS {
            let document = read(source).documents.remove(0).unwrap();
            let (mut splicer, value) = (Splicer::new(source, &document, ""), json!(text));
            for path in ["a.b", "a.c[0]", "d.e", "d.f[0]"] {
                splicer.set_at(path, &value);
            }
            splicer.set("a", text, &value).set("d", text, &json!({*text: [text]}));
            let intended = splicer.value().clone();
            assert_eq!(read_one(&splicer.finish().unwrap_or_else(|error| panic!("{text:?}: {error}"))), intended);
        }
    }
}

fn text() -> impl Strategy<Value = String> {
    let word = prop::sample::select(STRINGS);
    prop_oneof![
        word.clone().prop_map(str::to_owned),
        prop::collection::vec(word, 0..12).prop_map(|words| words.join(" ")),
        any::<String>(),
    ]
}

fn value() -> impl Strategy<Value = Value> {
    let number = prop_oneof![any::<i64>().prop_map(Value::from), any::<f64>().prop_map(Value::from)];
    let leaf =
        prop_oneof![Just(Value::Null), any::<bool>().prop_map(Value::from), number, text().prop_map(Value::from)];
    leaf.prop_recursive(4, 24, 4, |inner| {
        let entries = prop::collection::vec((text(), inner.clone()), 0..4);
        prop_oneof![
            prop::collection::vec(inner, 0..4).prop_map(Value::from),
            entries.prop_map(|entries| Value::from(entries.into_iter().collect::<Map<_, _>>())),
        ]
    })
}

proptest! {
    #[test]
    fn any_value_is_read_back(value in value()) {
        let value = json!({"k": value});
        for text in [write(&value), write(&value).replace('\n', "\r\n"), write_json(&value)] {
            let root = read(&text).documents.remove(0).unwrap().root;
            prop_assert!(root.equals_json(&value), "{}", text);
        }
    }

    #[test]
    fn writing_is_stable(value in value()) {
        let text = write(&json!({"k": value}));
        prop_assert_eq!(write(&read_one(&text)), text);
    }
}
