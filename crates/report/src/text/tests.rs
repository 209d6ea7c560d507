use proptest::prelude::*;
use s2a_diagnostic::{Code, Diagnostic, FileId, Label, Place, Severity, Sources};

use crate::sample::{self, NEEDS_WAYPOINT, SPELLING};
use crate::{Report, TextOptions, VerdictName, VerdictRow, render_text};

fn quiet(diagnostics: Vec<Diagnostic>, sources: &Sources) -> String {
    let report = Report { diagnostics, ..Report::default() };
    render_text(&report, sources, TextOptions { quiet: true, ..TextOptions::default() })
}

fn at(text: &str, marked: &str, message: &str) -> String {
    let mut sources = Sources::default();
    let file = sources.add("a.yaml", text);
    let start = text.find(marked).unwrap();
    let place = Place { file, start, end: start + marked.len() };
    quiet(vec![Diagnostic::at(&NEEDS_WAYPOINT, place, message)], &sources)
}

#[test]
fn an_error_shows_its_line() {
    let expected = "\
error[S2A3004]: the rule names an attribute that ztunnel does not see
 --> orders.yaml:9:21
  |
9 |             paths: [\"/admin\"]
  |                     ^^^^^^^^ `paths` is matched by a waypoint only
  |
  = in: AuthorizationPolicy shop/deny-admin spec.rules[0].to[0].operation.paths[0]
  = help: Attach the policy to a waypoint.
";
    assert_eq!(quiet(vec![sample::finding()], &sample::sources()), expected);
}

#[test]
fn a_finding_without_a_place_names_its_object() {
    let diagnostic = Diagnostic { place: None, ..sample::finding() }.with_help("Do it.");
    let label = Label { object: sample::object("Service", "orders"), field: "spec".into(), text: "no port".into() };
    let expected = "\
error[S2A3004]: the rule names an attribute that ztunnel does not see
--> AuthorizationPolicy shop/deny-admin spec.rules[0].to[0].operation.paths[0]
 = note: `paths` is matched by a waypoint only
 = note: Service shop/orders spec: no port
 = help: Do it.
";
    assert_eq!(quiet(vec![Diagnostic { labels: vec![label], ..diagnostic }], &Sources::default()), expected);
}

#[test]
fn a_finding_about_the_whole_input_has_no_place() {
    let expected = "\
error[S2A3004]: the rule names an attribute that ztunnel does not see
 |
 = note: no namespace
 = help: Attach the policy to a waypoint.
";
    assert_eq!(quiet(vec![Diagnostic::plain(&NEEDS_WAYPOINT, "no namespace")], &Sources::default()), expected);
}

#[test]
fn carets_stand_below_wide_characters_and_before_carriage_returns() {
    let expected = "\
error[S2A3004]: the rule names an attribute that ztunnel does not see
 --> a.yaml:2:10
  |
2 | name: 漢ü \"x\"
  |           ^^^ here
  |
  = help: Attach the policy to a waypoint.
";
    assert_eq!(at("a: 1\r\nname: 漢ü \"x\"\r\nb: 2\r\n", "\"x\"\r\nb", "here"), expected);
}

#[test]
fn a_long_message_stands_below_the_excerpt() {
    let expected = "\
error[S2A3004]: the rule names an attribute that ztunnel does not see
 --> a.yaml:1:4
  |
1 | a: 1
  |    ^
  |
  = note: some words some words some words some words some words some words some words some words
          some words some words some words some words
  = help: Attach the policy to a waypoint.
";
    assert_eq!(at("a: 1\n", "1", &"some words ".repeat(12)), expected);
}

#[test]
fn a_long_line_is_cut_around_the_place() {
    let text = at(&format!("a: {}mark {}\n", "x ".repeat(90), "y ".repeat(90)), "mark", "here");
    assert!(text.lines().all(|line| line.chars().count() <= 100), "{text}");
    assert!(text.contains("mark"), "{text}");
}

#[test]
fn terminal_sequences_in_the_source_are_defused() {
    let text = at("a: \u{9b}2J\u{1b}[31m x\n", "x", "\u{1b}[0m");
    assert!(!text.contains(['\u{1b}', '\u{9b}']), "{text:?}");
}

#[test]
fn notes_that_say_the_same_are_counted_and_errors_are_not() {
    let about = |code: &'static Code, name| {
        Diagnostic::about(code, sample::object("VirtualService", name), "", "`timeout` is in seconds")
    };
    let names = ["a", "b", "c", "d"];
    let notes = quiet(names.iter().map(|name| about(&SPELLING, name)).collect(), &Sources::default());
    let expected = "\
note[S2A2002]: the field is spelt otherwise
--> VirtualService shop/a
 = note: `timeout` is in seconds
 = note: … and 3 more like it
";
    assert_eq!(notes, expected);
    let errors = quiet(names.iter().map(|name| about(&NEEDS_WAYPOINT, name)).collect(), &Sources::default());
    assert_eq!(errors.matches("error[S2A3004]").count(), names.len());
}

#[test]
fn severity_can_be_limited() {
    let options = TextOptions { min_severity: Severity::Warning, ..TextOptions::default() };
    let report = Report { diagnostics: vec![Diagnostic::plain(&SPELLING, "so")], ..Report::default() };
    let text = render_text(&report, &Sources::default(), options);
    assert_eq!(text, "read      0 objects in 0 documents of 0 files\nfindings  0 errors, 0 warnings, 1 note\n");
}

#[test]
fn a_difference_shows_its_request() {
    let report = Report { diagnostics: Vec::new(), ..sample::report() };
    let expected = "\
Service shop/orders:8080
  service    equivalent
  pod-ip     looser
    request    GET /admin
    from       mesh client cluster.local/ns/web/sa/frontend
    to         Workload shop/orders:8080
    header     x-role: a
    header     x-role: b
    denied by  opa
    before     refused at sidecar of shop/orders
    because    AuthorizationPolicy shop/deny-admin spec.rules[0] (orders.yaml:7)
    after      delivered to Workload shop/orders:8080 at ztunnel of shop/orders
    because    AuthorizationPolicy shop/allow-web spec.rules[0]
  ingress    unknown
    because    an EnvoyFilter changes the routes

Service shop/cart:80   equivalent  service, plaintext
Workload shop/cart:80  equivalent  pod-ip

read      3 objects in 3 documents of 2 files; skipped notes.txt
objects   1 refused
verdicts  4 equivalent, 1 looser, 1 unknown
findings  0 errors, 0 warnings, 0 notes
";
    assert_eq!(render_text(&report, &sample::sources(), TextOptions::default()), expected);
}

#[test]
fn quiet_leaves_out_what_is_equivalent() {
    let report = Report { diagnostics: Vec::new(), ..sample::report() };
    let text = render_text(&report, &sample::sources(), TextOptions { quiet: true, ..TextOptions::default() });
    assert!(text.starts_with("Service shop/orders:8080\n") && !text.contains("shop/cart"), "{text}");
}

#[test]
fn the_order_of_the_rows_does_not_matter() {
    let mut report = sample::report();
    report.diagnostics.push(Diagnostic::plain(&SPELLING, "so"));
    report.verdicts.push(VerdictRow { verdict: VerdictName::Stricter, ..sample::looser() });
    let text = render_text(&report, &sample::sources(), TextOptions::default());
    report.verdicts.reverse();
    report.diagnostics.reverse();
    assert_eq!(render_text(&report, &sample::sources(), TextOptions::default()), text);
}

#[test]
fn words_stay_when_the_report_is_coloured() {
    let options = TextOptions { color: true, ..TextOptions::default() };
    let text = render_text(&sample::report(), &sample::sources(), options);
    assert!(text.contains("error[S2A3004]") && text.contains("\u{1b}[1m\u{1b}[91mlooser\u{1b}[0m"), "{text:?}");
}

proptest! {
    #[test]
    fn any_place_in_any_text_can_be_shown(
        text in prop_oneof!["[a:ü漢\u{1f468}\u{200d}\u{301}\u{ad}\u{1b} \t\r\u{feff}]{0,300}", "(\\PC|[\t\r\n]){0,300}"],
        message in "\\PC{0,120}",
        (start, length) in (0usize..400, 0usize..400),
        color in any::<bool>(),
    ) {
        let mut sources = Sources::default();
        sources.add("a.yaml", text);
        let place = Place { file: FileId(0), start, end: start.saturating_add(length) };
        let report = Report {
            diagnostics: vec![Diagnostic::at(&NEEDS_WAYPOINT, place, message)],
            ..Report::default()
        };
        let text = render_text(&report, &sources, TextOptions { color, ..TextOptions::default() });
        prop_assert!(text.lines().all(|line| line.trim_end() == line));
        prop_assert!(text.contains("S2A3004"));
    }
}
