//! Edits of list items: they go, come and change next to each other.

use s2a_yaml::{Document, Edits, Splicer, read};
use serde_json::json;

#[expect(clippy::unwrap_used, reason = "a test that cannot get this far has failed")]
fn document(source: &str, index: usize) -> Document {
    read(source).documents.remove(index).unwrap()
}

const LIST: &str = "\
apiVersion: v1
kind: List
items:
- kind: A
  spec:
    selector: {app: a}
- kind: B # b
# between
- kind: C
  spec:
    selector:
      app: c
metadata: {}
";

#[test]
fn items_of_a_list_in_both_dash_styles_and_in_json() {
    let indented = LIST.replace("\n- ", "\n  - ").replace("\n  kind", "\n    kind").replace("\n  spec", "\n    spec");
    let indented = indented.replace("\n    selector", "\n      selector").replace("\n      app", "\n        app");
    for source in [LIST, &indented] {
        let document = document(source, 0);
        let mut edits = Edits::new(source);
        edits.insert_item_after(&document, "items[0]", &json!({"kind": "D"})).unwrap();
        edits.remove_item(&document, "items[1]").unwrap();
        for item in ["items[2]", "items[0]"] {
            let mut splicer = Splicer::new(source, &document, item);
            splicer.replace_entry("spec", "selector", "targetRefs", &json!([{"name": "w"}])).set(
                "",
                "status",
                &json!("x"),
            );
            edits.extend(splicer.into_edits().unwrap());
        }
        let text = edits.finish().unwrap();
        let items = read(&text).documents.remove(0).unwrap().root.get("items").unwrap().to_json();
        let spec = json!({"targetRefs": [{"name": "w"}]});
        assert_eq!(
            items,
            json!([{"kind": "A", "spec": spec, "status": "x"}, {"kind": "D"}, {"kind": "C", "spec": spec, "status": "x"}])
        );
        assert!(text.contains("# between\n") && text.ends_with("metadata: {}\n"));
    }
    let source = "{\"items\": [{\"kind\": \"A\"}, {\"kind\": \"B\"}]}";
    let document = document(source, 0);
    let mut edits = Edits::new(source);
    edits.insert_item_after(&document, "items[1]", &json!({"kind": "C"})).unwrap();
    edits.insert_item_after(&document, "items[1]", &json!({"kind": "D"})).unwrap();
    edits.remove_item(&document, "items[0]").unwrap();
    assert_eq!(edits.finish().unwrap(), "{\"items\": [{\"kind\": \"B\"}, {\"kind\": \"C\"}, {\"kind\": \"D\"}]}");
}

#[test]
fn a_list_that_loses_all_items() {
    let document = document(LIST, 0);
    let mut edits = Edits::new(LIST);
    for item in ["items[0]", "items[1]", "items[2]"] {
        edits.remove_item(&document, item).unwrap();
    }
    assert_eq!(edits.finish().unwrap(), "apiVersion: v1\nkind: List\nitems: []\nmetadata: {}\n");
}

/// Every way to keep, take out, replace and add behind each of four items.
#[test]
fn items_go_and_come_next_to_each_other() {
    let block = "items:\n- a: 1\n- a: 2 # two\n- a: 3\n- a: 4\nkind: List\n";
    let indented = block.replace("\n-", "\n  -");
    let flow = "{\"items\": [{\"a\": 1}, {\"a\": 2}, {\"a\": 3}, {\"a\": 4}]}";
    for source in [block, &indented, flow] {
        let document = document(source, 0);
        for choices in 0..4_u32.pow(4) {
            let mut edits = Edits::new(source);
            let mut expected = Vec::new();
            for index in 0..4_u32 {
                let (item, choice) = (format!("items[{index}]"), choices / 4_u32.pow(index) % 4);
                let (removes, adds) = (choice & 1 == 1, choice & 2 == 2);
                if removes {
                    edits.remove_item(&document, &item).unwrap();
                } else {
                    expected.push(json!({"a": index + 1}));
                }
                if adds {
                    let new = json!({"b": {"c": index}});
                    edits.insert_item_after(&document, &item, &new).unwrap();
                    expected.push(new);
                }
            }
            let text = edits.finish().unwrap_or_else(|error| panic!("{choices} in {source}: {error}"));
            let items = read(&text).documents.remove(0).unwrap().root.get("items").unwrap().to_json();
            assert_eq!(items, json!(expected), "{text}");
        }
    }
}
