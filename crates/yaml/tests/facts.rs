//! What Kubernetes makes of a text, fact by fact: recorded from k8s.io/apimachinery's `YAMLOrJSONDecoder` with
//! sigs.k8s.io/yaml 1.6.0 and go.yaml.in/yaml/v2 2.4.4, the reader that kubectl uses.

use s2a_yaml::{NoteKind, ReadErrorKind, Syntax, read};
use serde_json::{Value, json};

/// The documents of a file, an error as the name of its kind.
fn outcome(source: &str) -> Vec<Value> {
    let documents = read(source).documents.into_iter();
    documents
        .map(|document| {
            document.map_or_else(|error| json!(format!("!{:?}", error.kind)), |document| document.root.to_json())
        })
        .collect()
}

#[track_caller]
fn check(source: &str, documents: &[Value]) {
    assert_eq!(outcome(source), documents, "{source:?}");
}

#[test]
fn booleans_and_nulls() {
    check("a: [y, Y, yes, Yes, YES, on, On, ON, true, True, TRUE]", &[json!({"a": vec![true; 11]})]);
    check("a: [n, N, no, No, NO, off, Off, OFF, false, False, FALSE]", &[json!({"a": vec![false; 11]})]);
    check("a: [yEs, nO, oN, tRUE, nULL, 'y', \"no\"]", &[json!({"a": ["yEs", "nO", "oN", "tRUE", "nULL", "y", "no"]})]);
    check("a: [~, null, Null, NULL]\nb:", &[json!({"a": [null, null, null, null], "b": null})]);
    check(
        "name: n\nkind: Y\ncountry: NO\non: x",
        &[json!({"name": false, "kind": true, "country": false, "true": "x"})],
    );
}

#[test]
fn numbers() {
    check(
        "a: [012, 0o14, 0x1F, 0b101, 1_000, 08, 1e3, +12, -0x1, 0b-11, 1_, .5, 1., .1_0]",
        &[json!({"a": [10, 12, 31, 5, 1000, 8, 1000, 12, -1, -3, 1, 0.5, 1, 0.1]})],
    );
    check(
        "a: [190:20:30, 2001-12-14, 1e400, 12e4567, 1.2.3, _1, 0xg, ._1, inf, NaN, 0x1p-2]",
        &[
            json!({"a": ["190:20:30", "2001-12-14", "1e400", "12e4567", "1.2.3", "_1", "0xg", "._1", "inf", "NaN", "0x1p-2"]}),
        ],
    );
    check(
        "a: [9223372036854775807, 9223372036854775808, 18446744073709551615, -9223372036854775808, 1e20, 1e18, -0.0]",
        &[
            json!({"a": [i64::MAX, 9_223_372_036_854_775_808_f64, 18_446_744_073_709_551_615_f64, i64::MIN, 1e20, 1_000_000_000_000_000_000_i64, 0]}),
        ],
    );
    for source in ["a: .inf", "a: -.INF", "a: .nan"] {
        check(source, &[json!("!Value")]);
    }
}

#[test]
fn tags() {
    check(
        "a: !!str 12\nb: !!int \"12\"\nc: !!float 1\nd: !!bool yes\ne: !!null \"\"\nf: !!binary aGVsbG8=\ng: !own 1\nh: ! 12\ni: !!timestamp 2001-12-14",
        &[
            json!({"a": "12", "b": 12, "c": 1, "d": true, "e": null, "f": "hello", "g": "1", "h": "12", "i": "2001-12-14"}),
        ],
    );
    for source in ["a: !!int x", "a: !!bool 1", "a: !!null x", "a: !!binary aGVsbG8", "a: !!timestamp x"] {
        check(source, &[json!("!Value")]);
    }
}

#[test]
fn keys_become_strings() {
    check(
        "0x10: a\n012: b\n1e3: c\nyes: d\n1e6: e\n1.5: f\n0.00001: g\n.inf: h\n0: i",
        &[
            json!({"16": "a", "10": "b", "1000": "c", "true": "d", "1e+06": "e", "1.5": "f", "1e-05": "g", ".inf": "h", "0": "i"}),
        ],
    );
    for source in ["~: a", "[a]: b", "? {a: b}\n: c", "18446744073709551615: a"] {
        check(source, &[json!("!Key")]);
    }
}

#[test]
fn duplicate_keys_and_merges() {
    check("a: 1\na: 2", &[json!({"a": 2})]);
    check("{\"a\": 1, \"a\": 2}", &[json!({"a": 2})]);
    check("x: &x {a: 1, b: 2}\nz: {b: 3, <<: *x}", &[json!({"x": {"a": 1, "b": 2}, "z": {"b": 2, "a": 1}})]);
    check("x: &x {a: 1, b: 2}\nz: {<<: *x, b: 3}", &[json!({"x": {"a": 1, "b": 2}, "z": {"a": 1, "b": 3}})]);
    check(
        "x: &x {a: 1}\nw: &w {a: 2, c: 3}\nz: {<<: [*x, *w]}",
        &[json!({"x": {"a": 1}, "w": {"a": 2, "c": 3}, "z": {"a": 1, "c": 3}})],
    );
    check("z: {\"<<\": 1}", &[json!({"z": {"<<": 1}})]);
    check("z: <<", &[json!({"z": "<<"})]);
    for source in ["z: {<<: 1}", "z: {<<: [1]}", "z: {<<: }", "z: {<<: [[{a: 1}]]}"] {
        check(source, &[json!("!Merge")]);
    }
}

#[test]
fn anchors() {
    check("a: &x 1\nb: &x 2\nc: *x", &[json!({"a": 1, "b": 2, "c": 2})]);
    check("- &a k\n- {*a : 1}", &[json!(["k", {"k": 1}])]);
    check("a: &x !!str 1\nb: *x", &[json!({"a": "1", "b": "1"})]);
    for source in ["a: *x", "a: &x [*x]", "a: &x {b: *x}", "a: &x 1\n---\nb: *x"] {
        assert_eq!(outcome(source).pop(), Some(json!("!Alias")), "{source}");
    }
}

#[test]
fn separators() {
    check(
        "a: 1\n---\nb: 1\n--- # c\nc: 1\n---# c\nd: 1\n---",
        &[json!({"a": 1}), json!({"b": 1}), json!({"c": 1}), json!({"d": 1})],
    );
    check("# c\n---\n---\n\n---\n~\n---\na: 1", &[json!({"a": 1})]);
    check("a: 1\n--- {b: 1}\n---\nc: 1", &[json!({"a": 1}), json!("!Separator"), json!({"c": 1})]);
    check("---x\na: 1", &[json!("!Separator")]);
    check("----\na: 1", &[json!("!Separator")]);
    check("---# c\na: 1", &[json!("!Syntax")]);
    check("%YAML 1.1\n---\na: 1", &[json!("!Syntax"), json!({"a": 1})]);
    check("a: |\n  ---\n  x\n", &[json!({"a": "---\nx\n"})]);
}

#[test]
fn ends_of_documents_and_lines() {
    check("a: 1\n...\nb: 1", &[json!({"a": 1})]);
    check("{a: 1} {b: 2}", &[json!({"a": 1})]);
    check("a: 1\r---\rb: 1\r", &[json!({"a": 1})]);
    check("a: |\n  x", &[json!({"a": "x\n"})]);
    check("a: |+\n  x\n", &[json!({"a": "x\n"})]);
    check("a: |\r\n  x\r\n  y\r\nb: 'p\r\n  q'\r\n", &[json!({"a": "x\ny\n", "b": "p q"})]);
    check("\u{FEFF}a: 1\n---\n\u{FEFF}b: 1", &[json!({"a": 1}), json!({"b": 1})]);
}

#[test]
fn tabs_and_brackets() {
    check("a:\t1", &[json!({"a": 1})]);
    check("a: [\t1,\t2\t]", &[json!({"a": [1, 2]})]);
    check("a: [\n1\n]", &[json!({"a": [1]})]);
    check("a: {\nb: 1\n}", &[json!({"a": {"b": 1}})]);
    for source in ["a: b\n\t\nc: d", "a: b\n\t# c\nc: d", "-\tx", "a:\n\tb: 1"] {
        check(source, &[json!("!Syntax")]);
    }
}

#[test]
fn json_and_what_only_starts_like_it() {
    check("{\"a\": \"\\ud83d\\ude00 \\/\"}", &[json!({"a": "😀 /"})]);
    check("{}{\"a\":1} [1]\nnull", &[json!({}), json!({"a": 1}), json!([1])]);
    check(
        "{\"a\": 1.0, \"b\": -0, \"c\": 1e3, \"d\": 9223372036854775808}",
        &[json!({"a": 1, "b": 0, "c": 1000, "d": 9_223_372_036_854_775_808_f64})],
    );
    check("{\"a\": 1,}", &[json!({"a": 1})]);
    check("{a: 1}", &[json!({"a": 1})]);
    check("{\"a\":1}\n---\nb: 2", &[json!({"a": 1}), json!({"b": 2})]);
    check("{\"a\":1}\n{\"b\":2}\n---\nc: 1", &[json!({"a": 1}), json!({"b": 2}), json!("!Syntax")]);
    check("{\"a\": 1e400}", &[json!("!Value")]);
    check("a: 1\n---\n{\"b\": \"\\u00e9\"}", &[json!({"a": 1}), json!({"b": "é"})]);
}

#[test]
fn templates_are_named() {
    for source in [
        "a: {{ .Values.x }}",
        "{{- if x }}\na: 1\n{{- end }}",
        "{{ .x }}",
        "a: 1\n{{ include \"b\" . }}\nc: 1",
        "--- {{ x }}\na: 1",
    ] {
        let error = read(source).documents.into_iter().find_map(Result::err).unwrap();
        assert_eq!(error.kind, ReadErrorKind::Template, "{source}");
        assert!(source[error.span.range()].starts_with("{{"), "{source}");
    }
    check("a: \"{{ .Values.x }}\"", &[json!({"a": "{{ .Values.x }}"})]);
    check("a: 1\n---\nb: {{ x }}\n---\nc: 1", &[json!({"a": 1}), json!("!Template"), json!({"c": 1})]);
}

/// The places where goyaml and the C scanner (and its port used here) part.
mod scanner_differences {
    use super::*;

    #[test]
    fn a_colon_before_a_bracket_ends_a_word_and_stays_in_it() {
        check("a: [1.2.3.4, 2001:db8::]", &[json!({"a": ["1.2.3.4", "2001:db8::"]})]);
        check("a: {b:, c: '::', d: [::x, \"y:\"]} # e:,", &[json!("!Syntax")]);
        check("a: {b:, c: '::,'} # e:,", &[json!({"a": {"b:": null, "c": "::,"}})]);
        check("a: {\"b\":[1], c:[2]}", &[json!("!Syntax")]);
    }

    #[test]
    fn a_question_mark_ends_a_word_in_brackets() {
        for source in ["a: [b?c]", "a: {b: x?y=1}"] {
            check(source, &[json!("!Syntax")]);
        }
        check("a: b?c\nd: ['b?c']", &[json!({"a": "b?c", "d": ["b?c"]})]);
    }

    #[test]
    fn an_escaped_slash_is_json_only() {
        check("a: \"\\/\"", &[json!("!Syntax")]);
        check("a: \"\\\\/\"", &[json!({"a": "\\/"})]);
    }

    #[test]
    fn a_tag_before_a_comma_is_an_error() {
        check("{a: !!str, b: 1}", &[json!("!Syntax")]);
    }

    /// goyaml reads `"it's"`; the difference is known, and an error is on the safe side.
    #[test]
    fn an_escaped_apostrophe_is_an_error_here() {
        check("a: \"it\\'s\"", &[json!("!Syntax")]);
    }

    /// goyaml takes the mark for the first character of a key; here it is an error, on the safe side.
    #[test]
    fn a_byte_order_mark_at_a_later_line_is_an_error_here() {
        check("a: 1\n\u{FEFF}b: 1", &[json!("!Syntax")]);
    }
}

#[test]
fn notes_tell_what_happens_in_silence() {
    let notes = |source: &'static str| {
        let document = read(source).documents.remove(0).unwrap();
        let notes = document.notes.into_iter();
        notes
            .map(|note| (note.kind, &source[note.span.range()], note.related.map(|span| span.start)))
            .collect::<Vec<_>>()
    };
    assert_eq!(notes("a: 1\n'a': 2\n"), [(NoteKind::DuplicateKey, "'a'", Some(0))]);
    assert_eq!(notes("{\"a\": 1, \"a\": 2}"), [(NoteKind::DuplicateKey, "\"a\"", Some(1))]);
    assert_eq!(notes("a: 1\n...\n# c\nb: 1\n"), [(NoteKind::ContentAfterEndMarker, "# c\nb: 1", None)]);
    assert_eq!(notes("{a: 1} {b: 2}"), [(NoteKind::ContentAfterEndMarker, "{b: 2}", None)]);
    assert_eq!(notes("a: 1\n... # c\n"), []);
    assert_eq!(
        notes("y: 1\n\"y\": 2\n012: 3\n"),
        [(NoteKind::KeyChanged, "y", None), (NoteKind::KeyChanged, "012", None)]
    );
    assert_eq!(notes("x: &x {a: 1}\nz: {<<: *x, a: 2}\n"), [(NoteKind::MergeKey, "<<", None)]);
    assert_eq!(
        notes("x: &x {a: 1}\nz: {a: 2, <<: *x}\n"),
        [(NoteKind::MergeKey, "<<", None), (NoteKind::MergeOverwrites, "<<", Some(17))]
    );
}

#[test]
fn spans_are_those_of_the_file() {
    let source = "\u{FEFF}# é\r\na: 'é'\r\n---\r\nb:\r\n  - |\r\n    x\r\n\r\n  - {c: \"d\"} # e\r\nf: &g\r\n  h: i\r\nj: *g\r\nk:\r\n";
    let documents: Vec<_> = read(source).documents.into_iter().map(Result::unwrap).collect();
    let text = |index: usize, path: &str| &source[documents[index].root.locate(path).unwrap().span.range()];
    assert_eq!(&source[documents[0].span.range()], "# é\r\na: 'é'\r\n");
    assert!(source[documents[1].span.range()].starts_with("b:\r\n"));
    assert_eq!(text(0, "a"), "'é'");
    assert_eq!(text(1, "b"), "- |\r\n    x\r\n\r\n  - {c: \"d\"}");
    assert_eq!(text(1, "b[0]"), "|\r\n    x");
    assert_eq!(text(1, "b[1]"), "{c: \"d\"}");
    assert_eq!(text(1, "f"), "&g\r\n  h: i");
    assert_eq!(text(1, "j"), "*g");
    assert_eq!(text(1, "j.h"), "i");
    assert_eq!(text(1, "k"), "");
    let entry = documents[1].root.entry("b").unwrap();
    assert_eq!(&source[entry.span.range()], "b:\r\n  - |\r\n    x\r\n\r\n  - {c: \"d\"}");
    assert_eq!(&source[entry.key_span.range()], "b");
    assert_eq!(documents[1].syntax, Syntax::Yaml);
}

#[test]
fn errors_point_at_their_place() {
    for (source, place) in [
        ("a: 1\nb: [\n", 10),
        ("x: y\n---\na: *b\n", 12),
        ("a: 1\n~: 2\n", 5),
        ("ok: 1\n---\n\u{FEFF}a: \u{1}\n", 16),
        ("{\"a\": tru", 6),
    ] {
        let error = read(source).documents.into_iter().find_map(Result::err).unwrap();
        assert_eq!(error.span.start, place, "{source:?} {error:?}");
    }
}
