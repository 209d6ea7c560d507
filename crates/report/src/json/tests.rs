use jsonschema::Validator;
use s2a_diagnostic::{Diagnostic, Sources};
use serde_json::{Value, json};

use crate::{Report, sample, to_json};

const SCHEMA: &str = include_str!("../../../../rules/schema/report.json");

fn schema() -> Value {
    serde_json::from_str(SCHEMA).unwrap()
}

fn errors(validator: &Validator, value: &Value) -> Vec<String> {
    validator.iter_errors(value).map(|error| format!("{}: {error}", error.instance_path())).collect()
}

#[test]
fn an_empty_report_has_every_list() {
    let expected = json!({
        "schemaVersion": "1",
        "verdicts": [],
        "diagnostics": [],
        "objects": [],
        "classification": [],
        "counts": { "files": 0, "documents": 0, "objectsByKind": {}, "skippedFiles": [] },
    });
    assert_eq!(to_json(&Report::default(), &Sources::default()), expected);
}

#[test]
fn a_report_as_text() {
    let report = Report { verdicts: vec![sample::looser()], classification: Vec::new(), ..sample::report() };
    let text = serde_json::to_string_pretty(&to_json(&report, &sample::sources())).unwrap();
    assert_eq!(text, include_str!("report.json").trim_end());
}

#[test]
fn verdicts_are_sorted_by_destination_and_path() {
    let value = to_json(&sample::report(), &sample::sources());
    let verdicts = value["verdicts"].as_array().unwrap().iter();
    let order: Vec<_> = verdicts.map(|it| format!("{} {}", it["destination"], it["path"]).replace('"', "")).collect();
    let expected = [
        "Service shop/cart:80 service",
        "Service shop/cart:80 plaintext",
        "Service shop/orders:8080 service",
        "Service shop/orders:8080 pod-ip",
        "Service shop/orders:8080 ingress",
        "Workload shop/cart:80 pod-ip",
    ];
    assert_eq!(order, expected);
}

#[test]
fn only_an_unknown_verdict_has_a_reason() {
    let value = to_json(&sample::report(), &sample::sources());
    for verdict in value["verdicts"].as_array().unwrap() {
        assert_eq!(verdict.get("reason").is_some(), verdict["verdict"] == "unknown", "{verdict}");
    }
}

#[test]
fn reports_keep_to_the_schema() {
    let validator = jsonschema::draft202012::new(&schema()).unwrap();
    let plain = Report { diagnostics: vec![Diagnostic::plain(&sample::SPELLING, "so")], ..Report::default() };
    for report in [Report::default(), plain, sample::report()] {
        let value = to_json(&report, &sample::sources());
        assert_eq!(errors(&validator, &value), Vec::<String>::new());
    }
}

#[test]
fn the_schema_refuses_what_is_no_report() {
    let validator = jsonschema::draft202012::new(&schema()).unwrap();
    let report = to_json(&sample::report(), &sample::sources());
    let change = |pointer: &str, value: Value| {
        let mut report = report.clone();
        *report.pointer_mut(pointer).unwrap() = value;
        report
    };
    let wrong = [
        change("/schemaVersion", json!("2")),
        change("/verdicts/0/verdict", json!("fine")),
        change("/verdicts/0/counterexample", json!({})),
        change("/diagnostics/0/line", json!(0)),
        change("/diagnostics/0/code", json!("X1")),
        change("/objects/0/object", Value::Null),
        change("/counts/files", json!(-1)),
        change("/classification/0", json!({ "layer": "L5" })),
    ];
    for value in wrong {
        assert!(!validator.is_valid(&value), "{value}");
    }
}
