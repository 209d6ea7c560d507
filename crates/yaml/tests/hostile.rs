//! Hostile and broken input: always an answer, never a panic, never a stack or memory exhausted.

use proptest::prelude::*;
use s2a_yaml::{MAX_DEPTH, Node, ReadErrorKind, Value, decode, read};

/// Reads on a thread with a small stack, as a server might have.
#[expect(clippy::unwrap_used, reason = "a test that cannot get this far has failed")]
fn kind(source: String) -> Option<ReadErrorKind> {
    let reading = move || read(&source).documents.into_iter().find_map(Result::err).map(|error| error.kind);
    std::thread::Builder::new().stack_size(2 << 20).spawn(reading).unwrap().join().unwrap()
}

#[test]
fn deep_nesting_is_a_limit_error() {
    for source in [
        "[".repeat(100_000),
        "{a: ".repeat(100_000),
        "- ".repeat(100_000),
        format!("{}a", "[".repeat(100_000)),
        format!("{{\"a\":{}", "[".repeat(100_000)),
        format!("a: {}1{}", "[".repeat(MAX_DEPTH), "]".repeat(MAX_DEPTH)),
        (0..5_000).map(|depth| format!("{}a:\n", " ".repeat(depth))).collect(),
    ] {
        assert_eq!(kind(source), Some(ReadErrorKind::Limit));
    }
}

#[test]
fn the_depth_that_is_allowed_is_walked_without_trouble() {
    let deep = MAX_DEPTH - 1;
    for source in [
        format!("a: {}1{}", "[".repeat(deep), "]".repeat(deep)),
        format!("{{\"a\": {}1{}}}", "[".repeat(deep), "]".repeat(deep)),
    ] {
        let walk = move || {
            let root = read(&source).documents.remove(0).unwrap().root;
            assert!(root.clone().equals_json(&root.to_json()));
            s2a_yaml::write(&root.to_json())
        };
        let text = std::thread::Builder::new().stack_size(2 << 20).spawn(walk).unwrap().join().unwrap();
        assert_eq!(text.matches('-').count(), deep);
    }
}

#[test]
fn aliases_that_unfold_into_too_much_are_a_limit_error() {
    let laughs = |width: usize, depth: usize| {
        let lines = (1..depth).map(|level| {
            let items = vec![format!("*a{}", level - 1); width].join(", ");
            format!("a{level}: &a{level} [{items}]\n")
        });
        format!("a0: &a0 [lol, lol]\n{}", lines.collect::<String>())
    };
    assert_eq!(kind(laughs(9, 30)), Some(ReadErrorKind::Limit));
    assert_eq!(kind(laughs(2, 60)), Some(ReadErrorKind::Limit));
    let long_string = format!("a: &a {}\nb: [{}]\n", "x".repeat(100_000), vec!["*a"; 20_000].join(", "));
    assert_eq!(kind(long_string), Some(ReadErrorKind::Limit));
    let merges: String =
        (1..40).map(|level| format!("a{level}: &a{level} {{<<: [*a{0}, *a{0}]}}\n", level - 1)).collect();
    assert_eq!(kind(format!("a0: &a0 {{x: 1}}\n{merges}")), Some(ReadErrorKind::Limit));
    let chain: String = (1..2_000).map(|level| format!("- &a{level} [*a{}]\n", level - 1)).collect();
    assert_eq!(kind(format!("- &a0 x\n{chain}")), Some(ReadErrorKind::Limit));
    assert_eq!(kind("a: &a [*a]".to_owned()), Some(ReadErrorKind::Alias));
    assert_eq!(kind("a: &a {<<: *a}".to_owned()), Some(ReadErrorKind::Alias));
}

#[test]
fn the_parser_s_own_panics_are_errors() {
    for source in ["{a: !!str,", "{a: !!str, b: 1}", "[!,]", "[!!,"] {
        assert!(read(source).documents.iter().all(Result::is_err), "{source}");
    }
}

/// Every span lies within the source, on character boundaries.
fn check_spans(source: &str, node: &Node) {
    assert!(source.get(node.span.range()).is_some(), "{:?} in {source:?}", node.span);
    match &node.value {
        Value::Sequence(items) => items.iter().for_each(|item| check_spans(source, item)),
        Value::Mapping(entries) => entries.iter().for_each(|entry| {
            assert!(source.get(entry.key_span.range()).is_some() && source.get(entry.span.range()).is_some());
            check_spans(source, &entry.value);
        }),
        Value::Null | Value::Bool(_) | Value::Integer(_) | Value::Float(_) | Value::String(_) => {}
    }
}

fn check(bytes: &[u8]) {
    let source = decode(bytes);
    for document in read(&source).documents {
        match document {
            Ok(document) => {
                assert!(source.get(document.span.range()).is_some());
                document.notes.iter().for_each(|note| assert!(source.get(note.span.range()).is_some()));
                check_spans(&source, &document.root);
            }
            Err(error) => {
                assert!(source.get(error.span.range()).is_some(), "{error:?} in {source:?}");
                assert!(!error.message.is_empty());
            }
        }
    }
}

const MANIFEST: &str = "\
# policy
apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: &meta
  name: \"a\"
  labels: {app: 'x', tier: [1, 2.5, ~]}
spec:
  <<: *meta
  text: |-
    one
      two
  folded: >
    three
    four
  rules:
  - from:
    - source: {principals: [\"*\", a:b], ipBlocks: [2001:db8::]}
    when: []
---
{\"json\": [true, \"\\u00e9\", null]}
";

fn pieces() -> impl Strategy<Value = String> {
    let piece = prop::sample::select(vec![
        "a", "b: ", "- ", "? ", ": ", "\n", "\n  ", "\r\n", "\t", "{", "}", "[", "]", ", ", "&a ", "*a", "!!str ",
        "! ", "|", ">", "'", "\"", "\\", "#", " # ", "<<", "---", "...", "%", "{{", "}}", "é", "\u{FEFF}", "\u{2028}",
        "\u{85}", "1", "yes", "~",
    ]);
    prop::collection::vec(piece, 0..24).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn any_bytes_are_read(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        check(&bytes);
    }

    #[test]
    fn any_pieces_of_syntax_are_read(text in pieces()) {
        check(text.as_bytes());
    }

    #[test]
    fn mutated_manifests_are_read(at in 0..MANIFEST.len(), length in 0_usize..6, text in pieces(), crlf in any::<bool>()) {
        let mut bytes = MANIFEST.as_bytes().to_vec();
        let end = (at + length).min(bytes.len());
        bytes.splice(at..end, text.bytes());
        let mutated = String::from_utf8_lossy(&bytes);
        check(if crlf { mutated.replace('\n', "\r\n") } else { mutated.into_owned() }.as_bytes());
    }

    #[test]
    fn truncated_manifests_are_read(at in 0..MANIFEST.len()) {
        check(MANIFEST.get(..at).unwrap_or_default().as_bytes());
    }
}
