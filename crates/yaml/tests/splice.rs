//! Edits: the meaning is the intended one and every other byte stays.

use proptest::prelude::*;
use s2a_yaml::{Document, Edits, Span, SpliceError, Splicer, read};
use serde_json::{Value, json};

#[expect(clippy::unwrap_used, reason = "a test that cannot get this far has failed")]
fn document(source: &str, index: usize) -> Document {
    read(source).documents.remove(index).unwrap()
}

fn edit(source: &str, root: &str, change: impl FnOnce(&mut Splicer<'_>)) -> Result<String, SpliceError> {
    let document = document(source, 0);
    let mut splicer = Splicer::new(source, &document, root);
    change(&mut splicer);
    splicer.finish()
}

fn target() -> Value {
    json!([{"kind": "Gateway", "group": "", "name": "waypoint"}])
}

fn retarget(source: &str) -> Result<String, SpliceError> {
    edit(source, "", |splicer| {
        splicer.replace_entry("spec", "selector", "targetRefs", &target());
    })
}

const POLICY: &str = "\
# top
apiVersion: security.istio.io/v1   # the API
kind: AuthorizationPolicy
metadata:
  name: \"a\"
spec:
  selector:            # who
    # inside
    matchLabels:

      app: a
  # behind
  action: ALLOW
  rules:
  - from: [{source: {principals: ['*']}}] # all
";

#[test]
fn an_entry_is_replaced_in_its_place() {
    let expected = POLICY.replace(
        "  selector:            # who\n    # inside\n    matchLabels:\n\n      app: a\n",
        "  targetRefs:            # who\n    # inside\n  - kind: Gateway\n    group: \"\"\n    name: waypoint\n",
    );
    assert_eq!(retarget(POLICY).unwrap(), expected);
}

#[test]
fn line_ends_of_the_file_are_kept() {
    let (source, expected) = (POLICY.replace('\n', "\r\n"), retarget(POLICY).unwrap().replace('\n', "\r\n"));
    assert_eq!(retarget(&source).unwrap(), expected);
}

#[test]
fn flow_and_one_line_forms() {
    for (source, expected) in [
        (
            "spec: {selector: {matchLabels: {app: a}}, action: ALLOW}",
            "spec: {targetRefs: [{kind: Gateway, group: \"\", name: waypoint}], action: ALLOW}",
        ),
        (
            "spec:\n  selector: {matchLabels: {app: a}} # c\n  x: 1\n",
            "spec:\n  targetRefs: # c\n  - kind: Gateway\n    group: \"\"\n    name: waypoint\n  x: 1\n",
        ),
        (
            "spec:\n  selector: {matchLabels: {app: a}}\n  x: 1\n",
            "spec:\n  targetRefs:\n  - kind: Gateway\n    group: \"\"\n    name: waypoint\n  x: 1\n",
        ),
        (
            "spec:\n  selector: # c\n  x: 1\n",
            "spec:\n  targetRefs: # c\n  - kind: Gateway\n    group: \"\"\n    name: waypoint\n  x: 1\n",
        ),
        (
            "{\"spec\": {\"selector\": {\"app\": \"a\"}}}",
            "{\"spec\": {\"targetRefs\": [{\"kind\": \"Gateway\", \"group\": \"\", \"name\": \"waypoint\"}]}}",
        ),
    ] {
        assert_eq!(retarget(source).unwrap(), expected);
    }
}

#[test]
fn no_final_line_end_and_a_byte_order_mark() {
    assert_eq!(
        retarget("\u{FEFF}spec:\n    selector:\n        matchLabels:\n            app: a").unwrap(),
        "\u{FEFF}spec:\n    targetRefs:\n    - kind: Gateway\n      group: \"\"\n      name: waypoint"
    );
}

#[test]
fn decoys_in_text_are_not_touched() {
    let source = "a: |\n  selector:\n    x: 1\n\"spec\" :   \n    'selector'  :   {app: a}   # selector: {}\n";
    let expected = "a: |\n  selector:\n    x: 1\n\"spec\" :   \n    targetRefs  :   # selector: {}\n    - kind: Gateway\n      group: \"\"\n      name: waypoint\n";
    assert_eq!(retarget(source).unwrap(), expected);
}

#[test]
fn an_anchor_used_elsewhere_is_not_removed() {
    let source = "spec:\n  selector: &s\n    app: a\n  other: *s\n";
    assert_eq!(retarget(source), Err(SpliceError::Unfaithful { document: 0 }));
}

#[test]
fn an_alias_can_be_replaced_but_not_looked_through() {
    let source = "labels: &l\n  app: a\nspec:\n  selector: *l\n";
    assert_eq!(
        retarget(source).unwrap(),
        "labels: &l\n  app: a\nspec:\n  targetRefs:\n  - kind: Gateway\n    group: \"\"\n    name: waypoint\n"
    );
    let changed = edit(source, "", |splicer| {
        splicer.set("spec.selector", "app", &json!("b"));
    });
    assert_eq!(changed.unwrap(), "labels: &l\n  app: a\nspec:\n  selector:\n    app: b\n");
}

#[test]
fn merged_entries_are_refused() {
    let source = "base: &b {x: 1}\nspec:\n  <<: *b\n  y: 2\n";
    let removed = edit(source, "", |splicer| {
        splicer.remove_entry("spec", "x");
    });
    assert!(matches!(removed, Err(SpliceError::Shared { .. })), "{removed:?}");
    let added = edit(source, "", |splicer| {
        splicer.set("spec", "z", &json!(3));
    });
    assert_eq!(added.unwrap(), "base: &b {x: 1}\nspec:\n  <<: *b\n  y: 2\n  z: 3\n");
}

#[test]
fn set_replaces_appends_and_creates_parents() {
    let source = "metadata:\n  name: a # n\nspec:\n  x: 1 # x\n# end\n";
    let text = edit(source, "", |splicer| {
        splicer
            .set("metadata.annotations", "a/b", &json!("on"))
            .set("metadata.annotations", "c.d/e", &json!("two\nlines\n"))
            .set("metadata.labels[\"odd.key\"]", "deep", &json!({"x": []}))
            .set("metadata", "name", &json!("b"))
            .set("spec", "w", &json!([1]))
            .set("", "z", &json!(null));
    });
    assert_eq!(
        text.unwrap(),
        "metadata:\n  name: b # n\n  annotations:\n    a/b: \"on\"\n    c.d/e: |\n      two\n      lines\n  labels:\n    odd.key:\n      deep:\n        x: []\nspec:\n  x: 1 # x\n  w:\n  - 1\nz: null\n# end\n"
    );
}

#[test]
fn set_on_an_empty_value_or_map() {
    for (source, expected) in [
        ("metadata:\n  annotations: # c\n  name: a\n", "metadata:\n  annotations: # c\n    k: v\n  name: a\n"),
        ("metadata:\n  annotations: {}\n  name: a\n", "metadata:\n  annotations:\n    k: v\n  name: a\n"),
        ("metadata:\n  annotations: {a: b}\n  name: a\n", "metadata:\n  annotations: {a: b, k: v}\n  name: a\n"),
        ("metadata: {annotations: , name: a}\n", "metadata: {annotations:  {k: v}, name: a}\n"),
        ("metadata: {}", "metadata:\n  annotations:\n    k: v"),
        ("{}", "{\"metadata\": {\"annotations\": {\"k\": \"v\"}}}"),
    ] {
        let text = edit(source, "", |splicer| {
            splicer.set("metadata.annotations", "k", &json!("v"));
        });
        assert_eq!(text.unwrap(), expected);
    }
}

#[test]
fn scalars_of_every_style_are_replaced() {
    let source = "a: x\nb: 'x' # c\nc: \"x\"\nd: |\n  x\n  y\n\ne: >-\n  x\nf:\n  - x # c\n  - y\ng:\n";
    for (path, from, to) in [
        ("a", "a: x", "a: \"no\""),
        ("b", "b: 'x' # c", "b: \"no\" # c"),
        ("c", "c: \"x\"", "c: \"no\""),
        ("d", "d: |\n  x\n  y\n", "d: \"no\"\n"),
        ("e", "e: >-\n  x\n", "e: \"no\"\n"),
        ("f[0]", "- x", "- \"no\""),
        ("g", "g:", "g: \"no\""),
    ] {
        let text = edit(source, "", |splicer| {
            splicer.set_at(path, &json!("no"));
        });
        assert_eq!(text.unwrap(), source.replace(from, to), "{path}");
    }
}

#[test]
fn a_comment_behind_a_value_does_not_become_text() {
    let text = edit("a: x # c\n", "", |splicer| {
        splicer.set("", "a", &json!("one\ntwo"));
    });
    assert_eq!(text.unwrap(), "a: \"one\\ntwo\" # c\n");
    for behind in ["  # c\n", "\n    \n", "\n\n  # c\nb: 1\n", "  \n"] {
        let source = format!("a: x{behind}");
        let text = edit(&source, "", |splicer| {
            splicer.set("", "k", &json!("one\ntwo\n")).set("", "a", &json!("three\nfour"));
        });
        assert!(text.is_ok(), "{behind:?}");
    }
}

#[test]
fn removal_takes_the_lines_and_nothing_else() {
    let source = "a:\n  b: 1 # b\n  # c\n  c:\n    d: 1\n\n  e: |\n    x\n\nf: [{g: 1, h: 2, i: 3}]\nj:\n- k: 1\n  l: 2\n  m: 3\n";
    for (path, key, from, to) in [
        ("a", "b", "  b: 1 # b\n", ""),
        ("a", "c", "  c:\n    d: 1\n", ""),
        ("a", "e", "  e: |\n    x\n", ""),
        ("f[0]", "g", "g: 1, ", ""),
        ("f[0]", "h", "h: 2, ", ""),
        ("f[0]", "i", ", i: 3", ""),
        ("j[0]", "k", "k: 1\n  l: 2", "l: 2"),
        ("j[0]", "m", "  m: 3\n", ""),
        ("a.c", "d", "  c:\n    d: 1\n", "  c: {}\n"),
        ("", "j", "j:\n- k: 1\n  l: 2\n  m: 3\n", ""),
    ] {
        let text = edit(source, "", |splicer| {
            splicer.remove_entry(path, key);
        });
        assert_eq!(text.unwrap(), source.replace(from, to), "{path} {key}");
    }
}

#[test]
fn several_removals_and_a_map_left_empty() {
    let source = "a: # c\n  b: 1\n  c: 2 # c\nd: {e: 1, f: 2, g: 3}\n";
    let text = edit(source, "", |splicer| {
        splicer.remove_entry("a", "b").remove_entry("a", "c").remove_entry("d", "e").remove_entry("d", "f");
    });
    assert_eq!(text.unwrap(), "a: {} # c\nd: {g: 3}\n");
}

#[test]
fn changes_inside_lists() {
    let source = "rules:\n- a: 1 # one\n- a: 2\n# three\n- a: 3\nflow: [1, 2, 3]\n";
    let text = edit(source, "", |splicer| {
        splicer.set_at("rules", &json!([{"a": 1}, {"a": 3, "b": 4}])).set_at("flow", &json!([1, 2, 3, 4]));
    });
    assert_eq!(text.unwrap(), "rules:\n- a: 1 # one\n- a: 3\n  b: 4\n# three\nflow: [1, 2, 3, 4]\n");
}

#[test]
fn json_spread_over_lines_stays_so() {
    let source = "{\n    \"metadata\": {\n        \"name\": \"a\"\n    },\n    \"spec\": {\n        \"selector\": {\n            \"app\": \"a\"\n        }\n    }\n}\n";
    let text = edit(source, "", |splicer| {
        splicer.replace_entry("spec", "selector", "targetRefs", &json!([{"name": "w"}])).set(
            "metadata.annotations",
            "k",
            &json!("v"),
        );
    });
    assert_eq!(
        text.unwrap(),
        "{\n    \"metadata\": {\n        \"name\": \"a\",\n        \"annotations\": {\n            \"k\": \"v\"\n        }\n    },\n    \"spec\": {\n        \"targetRefs\": [\n            {\n                \"name\": \"w\"\n            }\n        ]\n    }\n}\n"
    );
}

#[test]
fn json_between_separator_lines_is_changed_as_yaml() {
    let source = "{\"a\": 1}\n---\n{\"b\": 2}\n";
    let documents: Vec<_> = read(source).documents.into_iter().map(Result::unwrap).collect();
    for index in [0, 1] {
        let mut edits = Edits::new(source);
        let mut splicer = Splicer::new(source, &documents[index], "");
        splicer.set("", "c", &json!({"d": 3}));
        edits.extend(splicer.into_edits().unwrap());
        edits.insert_document_after(&documents[index], "x: 1\n---\ny: 2\n");
        assert_eq!(read(&edits.finish().unwrap()).documents.len(), 4);

        let mut edits = Edits::new(source);
        edits.remove_document(&documents[index]);
        assert_eq!(read(&edits.finish().unwrap()).documents.len(), 1);

        let mut edits = Edits::new(source);
        edits.replace_document(&documents[index], "x: 1\n---\ny: 2\n");
        assert_eq!(read(&edits.finish().unwrap()).documents.len(), 3);
    }
}

#[test]
fn documents_are_taken_out_put_in_and_replaced() {
    let source = "\u{FEFF}# head\r\na: 1\r\n---\r\nb: 2\r\n--- # three\r\nc: 3";
    let documents: Vec<_> = read(source).documents.into_iter().map(Result::unwrap).collect();
    let mut edits = Edits::new(source);
    edits.remove_document(&documents[1]);
    edits.insert_document_after(&documents[1], "x: 1\ny: 2\n");
    edits.insert_document_after(&documents[2], "z: 3\n");
    let mut splicer = Splicer::new(source, &documents[0], "");
    splicer.set("", "a", &json!(2));
    edits.extend(splicer.into_edits().unwrap());
    assert_eq!(
        edits.finish().unwrap(),
        "\u{FEFF}# head\r\na: 2\r\n---\r\nx: 1\r\ny: 2\r\n--- # three\r\nc: 3\r\n---\r\nz: 3\r\n"
    );
    let mut edits = Edits::new(source);
    edits.remove_document(&documents[0]);
    edits.replace_document(&documents[1], "x: 1\n---\ny: 2\n");
    assert_eq!(edits.finish().unwrap(), "\u{FEFF}---\r\nx: 1\r\n---\r\ny: 2\r\n--- # three\r\nc: 3");
}

#[test]
fn documents_of_a_json_stream() {
    let source = "{\"a\": 1}\n{\"b\": 2}\n{\"c\": 3}\n";
    let documents: Vec<_> = read(source).documents.into_iter().map(Result::unwrap).collect();
    let mut edits = Edits::new(source);
    edits.remove_document(&documents[0]);
    edits.insert_document_after(&documents[1], "{\"x\": 1}\n");
    assert_eq!(edits.finish().unwrap(), "{\"b\": 2}\n{\"x\": 1}\n{\"c\": 3}\n");
}

#[test]
fn a_document_that_cannot_be_read_does_not_stand_in_the_way() {
    let source = "a: [\n---\nb: 1\n";
    let document = document(source, 1);
    let mut splicer = Splicer::new(source, &document, "");
    splicer.set("", "b", &json!(2));
    assert_eq!(splicer.finish().unwrap(), "a: [\n---\nb: 2\n");
}

#[test]
fn text_edits_may_change_comments_only() {
    let source = "a: 1 # old\nb: 2\n";
    let mut edits = Edits::new(source);
    edits.replace_text(Span::new(7, 10), "new");
    assert_eq!(edits.finish().unwrap(), "a: 1 # new\nb: 2\n");
    let mut edits = Edits::new(source);
    edits.replace_text(Span::new(3, 4), "5");
    assert_eq!(edits.finish(), Err(SpliceError::Unfaithful { document: 0 }));
}

#[test]
fn impossible_changes_are_named() {
    let source = "a: {b: 1, c: [x]}\n";
    let missing = |path: &str| Err(SpliceError::Missing { path: path.to_owned() });
    let run = |change: fn(&mut Splicer<'_>)| edit(source, "", change);
    assert_eq!(run(|splicer| _ = splicer.remove_entry("a", "z")), missing("a.z"));
    assert_eq!(run(|splicer| _ = splicer.set_at("a.c[1]", &json!(1))), missing("a.c[1]"));
    assert_eq!(run(|splicer| _ = splicer.replace_entry("x", "y", "z", &json!(1))), missing("x"));
    let exists = Err(SpliceError::Exists { path: "a.c".to_owned() });
    assert_eq!(run(|splicer| _ = splicer.replace_entry("a", "b", "c", &json!(1))), exists);
    let mismatch = Err(SpliceError::Mismatch { path: "a.b".to_owned() });
    assert_eq!(run(|splicer| _ = splicer.set("a.b", "x", &json!(1))), mismatch);
    assert_eq!(edit(source, "items[0]", |_| {}), missing("items[0]"));
}

/// A change in the middle of things: what, where, and with which value.
fn changes() -> impl Strategy<Value = Vec<(usize, &'static str, &'static str, Value)>> {
    let path = prop::sample::select(vec![
        "",
        "metadata",
        "spec",
        "spec.selector",
        "spec.rules[0]",
        "spec.rules[0].from[0]",
        "spec.new.er",
    ]);
    let key = prop::sample::select(vec![
        "apiVersion",
        "metadata",
        "name",
        "selector",
        "action",
        "rules",
        "from",
        "matchLabels",
        "a/b",
    ]);
    let value = prop::sample::select(vec![
        json!("on"),
        json!("one\ntwo\n"),
        json!(null),
        json!({}),
        json!([]),
        json!({"k": [{"a": 1, "b": "x"}, []]}),
        json!([["x"], 1]),
    ]);
    prop::collection::vec((0_usize..3, path, key, value), 1..5)
}

proptest! {
    #[test]
    fn any_changes_compose_in_any_layout(changes in changes(), layout in 0_usize..6) {
        let json: Value = read(POLICY).documents.remove(0).unwrap().root.to_json();
        let (source, root) = match layout {
            0 => (POLICY.to_owned(), ""),
            1 => (POLICY.replace('\n', "\r\n"), ""),
            2 => (format!("\u{FEFF}{}", POLICY.trim_end()), ""),
            3 => (json.to_string(), ""),
            4 => (s2a_yaml::write_json(&json), ""),
            _ => (s2a_yaml::write(&json!({"items": [1, json, 2]})), "items[1]"),
        };
        let document = document(&source, 0);
        let mut intended = None;
        for (operation, path, key, value) in &changes {
            // Changes that cannot be made are tried and left out.
            let mut splicer = Splicer::new(&source, &document, root);
            splicer.set_at("", intended.as_ref().unwrap_or(&document.root.locate(root).unwrap().to_json()));
            match operation {
                0 => _ = splicer.set(path, key, value),
                1 => _ = splicer.remove_entry(path, key),
                _ => _ = splicer.replace_entry(path, key, "targetRefs", value),
            }
            let after = splicer.value().clone();
            match splicer.finish() {
                Ok(text) => {
                    let root_after = read(&text).documents.remove(0).unwrap().root;
                    prop_assert!(root_after.locate(root).unwrap().equals_json(&after));
                    intended = Some(after);
                }
                Err(error) => prop_assert!(
                    matches!(error, SpliceError::Missing { .. } | SpliceError::Mismatch { .. } | SpliceError::Exists { .. }),
                    "{error:?} {operation} {path} {key} {value} in {source}"
                ),
            }
        }
    }
}

#[test]
fn json_without_spaces_behind_its_colons() {
    let source = "---\n{\"a\":{\"b\":\"c\"}}\n";
    let documents: Vec<_> = read(source).documents.into_iter().map(Result::unwrap).collect();
    let mut splicer = Splicer::new(source, &documents[0], "");
    splicer.remove_entry("a", "b").set("a", "e/f", &json!("g"));
    assert_eq!(splicer.finish().unwrap(), "---\n{\"a\":{\"e/f\":g}}\n");
}
