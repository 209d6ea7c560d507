//! Nothing under `rules/` is forgotten, invented or left dangling. A failure prints the row to add.

#![expect(clippy::unwrap_used, reason = "a file that cannot be read fails the test")]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use s2a_catalog::{AtZtunnel, Catalog, Feature, Fidelity, Field, HazardStatus, Layer, Observer, Target, checks, codes};

fn catalog() -> Catalog {
    Catalog::load().unwrap()
}

fn rules() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../rules")
}

/// Returns the file names of a folder below `rules/`, without their extension, sorted.
fn names(folder: &str) -> Vec<String> {
    let entries = fs::read_dir(rules().join(folder)).unwrap();
    let mut names: Vec<String> =
        entries.map(|entry| entry.unwrap().path().file_stem().unwrap().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

/// Returns all texts of evidence with the row they stand in.
fn evidence(catalog: &Catalog) -> Vec<(String, String)> {
    let targets = catalog.targets();
    let mut rows = vec![("targets default".to_owned(), targets.default.evidence.clone())];
    rows.extend(targets.istio.iter().map(|row| (format!("istio {}", row.release), row.evidence.clone())));
    rows.extend(targets.gateway_api.iter().map(|row| (format!("gateway-api {}", row.release), row.evidence.clone())));
    rows.extend(targets.kubernetes.iter().map(|row| (format!("kubernetes {}", row.release), row.evidence.clone())));
    rows.extend(targets.feature.iter().map(|row| (format!("feature {}", row.name), row.evidence.clone())));
    rows.extend(catalog.attributes().iter().map(|row| (format!("attribute {}", row.name()), row.evidence.clone())));
    rows.extend(catalog.rewrites().iter().map(|row| (format!("rewrite {}", row.name), row.evidence.clone())));
    rows.extend(catalog.hazards().iter().map(|row| (format!("hazard {}", row.id), row.evidence.clone())));
    rows.extend(catalog.checks().iter().map(|row| (format!("check {}", row.name), row.evidence.clone())));
    rows.extend(catalog.istiod_flags().iter().map(|row| (format!("flag {}", row.name), row.evidence.clone())));
    for message in catalog.messages() {
        let leaves = message.field.iter().filter(|field| field.message.is_none());
        rows.extend(leaves.map(|field| {
            (format!("{} {}", message.message, field.source), field.evidence.clone().unwrap_or_default())
        }));
    }
    rows
}

#[test]
fn every_file_is_compiled_in() {
    let catalog = catalog();
    assert_eq!(names("diagnostics").len(), catalog.diagnostics().len(), "run `cargo xtask generate`");
    assert_eq!(names("checks").len(), catalog.checks().len(), "run `cargo xtask generate`");
    assert_eq!(names("authz").len(), catalog.rewrites().len(), "run `cargo xtask generate`");
    assert_eq!(names("routes").len() + names("policies").len(), catalog.messages().len(), "run `cargo xtask generate`");
    assert_eq!(names("fields").len(), catalog.upstream_kinds().count(), "run `cargo xtask generate`");
}

#[test]
fn a_diagnostic_has_the_name_of_its_file() {
    let in_files: Vec<String> = catalog().diagnostics().iter().map(|row| row.code.clone()).collect();
    assert_eq!(in_files, names("diagnostics"));
}

#[test]
fn a_rewrite_has_the_name_of_its_file() {
    let in_files: Vec<String> = catalog().rewrites().iter().map(|row| row.name.replace('-', "_")).collect();
    assert_eq!(in_files, names("authz"));
}

#[test]
fn a_check_has_the_name_of_its_file() {
    let in_files: Vec<String> = catalog().checks().iter().map(|row| row.name.replace('-', "_")).collect();
    assert_eq!(in_files, names("checks"));
}

#[test]
fn checks_are_worded_alike() {
    let catalog = catalog();
    assert_eq!(catalog.checks().len(), checks::ALL.len(), "run `cargo xtask generate`");
    for (row, check) in catalog.checks().iter().zip(checks::ALL) {
        let texts = [&row.name, &row.title, &row.looks_at, &row.help, &row.explain];
        assert_eq!(texts, [check.name, check.title, check.looks_at, check.help, check.explain]);
        assert!(codes::find(&row.name).is_none(), "{}: a code has this name, and `explain` takes both", row.name);
        assert!(row.name.bytes().all(|byte| KEBAB.contains(&byte)), "{}: kebab-case", row.name);
        assert!(!row.title.ends_with('.') && !row.title.contains('\n'), "{}: the title is one clause", row.name);
        assert!(row.help.ends_with('.'), "{}: the help ends with a full stop", row.name);
        assert!((2..=8).contains(&row.explain.lines().count()), "{}: two to eight lines explain", row.name);
        assert!(row.kinds.is_sorted(), "{}: the kinds are sorted", row.name);
    }
}

#[test]
fn flags_of_features_have_a_row() {
    let catalog = catalog();
    let flags: BTreeSet<&str> = catalog.istiod_flags().iter().map(|row| row.name.as_str()).collect();
    assert!(catalog.istiod_flags().is_sorted_by(|a, b| a.name < b.name), "istiod_flags.toml is sorted by name");
    for feature in &catalog.targets().feature {
        let known = feature.flag.as_deref().is_none_or(|flag| flags.contains(flag));
        assert!(known, "{}: add a [[flag]] to rules/istiod_flags.toml", feature.name);
    }
}

#[test]
fn constants_are_fresh() {
    let catalog = catalog();
    let rows = catalog.diagnostics();
    assert_eq!(rows.len(), codes::ALL.len(), "run `cargo xtask generate`");
    for (row, code) in rows.iter().zip(codes::ALL) {
        let texts = [&row.code, &row.name, &row.title, &row.help, &row.explain];
        assert_eq!(texts, [code.id, code.name, code.title, code.help, code.explain], "run `cargo xtask generate`");
        assert_eq!(row.severity, code.severity, "run `cargo xtask generate`");
    }
    let features: Vec<&str> = catalog.targets().feature.iter().map(|row| row.name.as_str()).collect();
    let constants: Vec<&str> = Feature::ALL.iter().map(|feature| feature.name()).collect();
    assert_eq!(features, constants, "run `cargo xtask generate`");
}

#[test]
fn codes_are_found_by_id_and_by_name() {
    assert_eq!(codes::find("S2A3001"), Some(&codes::POLICY_MOVED_TO_WAYPOINT));
    assert_eq!(codes::find("policy-moved-to-waypoint"), Some(&codes::POLICY_MOVED_TO_WAYPOINT));
    assert_eq!(codes::find("S2A9999"), None);
}

const KEBAB: &[u8] = b"abcdefghijklmnopqrstuvwxyz0123456789-";

/// Names with which a title may begin in spite of their capitals.
const TITLE_NAMES: &[&str] = &["HTTPRoute", "Istio"];

#[test]
fn diagnostics_are_worded_alike() {
    let mut names = BTreeSet::new();
    for row in catalog().diagnostics() {
        let code = &row.code;
        let name = |title: &str| TITLE_NAMES.iter().any(|name| title.starts_with(name));
        assert!(code.len() == 7 && code[3..].bytes().all(|byte| byte.is_ascii_digit()), "{code}: S2A and four digits");
        assert!(names.insert(row.name.clone()), "{code}: the name `{}` is taken", row.name);
        assert!(row.name.bytes().all(|byte| KEBAB.contains(&byte)), "{code}: kebab-case");
        assert!(row.title.starts_with(char::is_lowercase) || name(&row.title), "{code}: the title is lower-case");
        assert!(!row.title.ends_with('.') && !row.title.contains('\n'), "{code}: the title is one clause");
        assert!(row.help.ends_with('.') && !row.help.contains('\n'), "{code}: the help is one line with a full stop");
        let lines = row.explain.lines().count();
        assert!((2..=8).contains(&lines), "{code}: two to eight lines explain, not {lines}");
    }
}

#[test]
fn every_row_has_evidence() {
    for (row, evidence) in evidence(&catalog()) {
        assert!(evidence.len() > 8, "{row}: add `evidence = \"repository path: name\"`");
    }
}

#[test]
fn every_upstream_field_has_a_row_and_every_row_a_field() {
    let catalog = catalog();
    for kind in catalog.upstream_kinds() {
        let rows = rows_of(&catalog, kind);
        let upstream: BTreeSet<String> = catalog.upstream_fields(kind).iter().cloned().collect();
        let missing: Vec<_> = upstream.difference(&rows).collect();
        let invented: Vec<_> = rows.difference(&upstream).collect();
        assert!(missing.is_empty(), "{kind}: add a [[field]] or [[attribute]] for each of {missing:#?}");
        assert!(invented.is_empty(), "{kind}: upstream has no field for the rows {invented:#?}");
    }
}

/// Returns the paths of all leaves which have a row: fields, and for AuthorizationPolicy the attributes of its rules.
fn rows_of(catalog: &Catalog, kind: &str) -> BTreeSet<String> {
    let mut paths: BTreeSet<String> = catalog.fields(kind).into_keys().collect();
    if kind == "AuthorizationPolicy" {
        for attribute in catalog.attributes() {
            let fields = std::iter::once(&attribute.field).chain(&attribute.negated);
            paths.extend(fields.map(|field| attribute_path(field)));
        }
    }
    paths
}

/// Returns the upstream path of an attribute's field: the source and the operation stand in lists of their own.
fn attribute_path(field: &str) -> String {
    let lists = [
        ("rules.from.source.", "spec.rules[].from[].source."),
        ("rules.to.operation.", "spec.rules[].to[].operation."),
    ];
    match lists.iter().find_map(|(short, long)| Some(format!("{long}{}[]", field.strip_prefix(short)?))) {
        Some(path) => path,
        None => "spec.rules[].when[].key".to_owned(),
    }
}

#[test]
fn messages_are_all_reached_and_all_exist() {
    let catalog = catalog();
    let defined: BTreeSet<&str> = catalog.messages().iter().map(|message| message.message.as_str()).collect();
    let roots = catalog.messages().iter().filter(|message| message.root).map(|message| message.message.as_str());
    let inner =
        catalog.messages().iter().flat_map(|message| &message.field).filter_map(|field| field.message.as_deref());
    let used: BTreeSet<&str> = roots.chain(inner).collect();
    assert_eq!(defined, used, "a message is missing, or nothing holds it");
}

#[test]
fn a_field_says_what_becomes_of_it() {
    for message in catalog().messages() {
        for field in &message.field {
            assert_eq!(fault(field), None, "{} {}", message.message, field.source);
        }
    }
}

/// Returns what is wrong with a row.
fn fault(field: &Field) -> Option<&'static str> {
    let Field { source: _, message, target, fidelity, needs, otherwise, note, evidence: _, cases: _, no_case: _ } =
        field;
    match (message, fidelity) {
        (Some(_), None) => [target, needs, otherwise, note].iter().any(|key| key.is_some()).then_some("only `message`"),
        (Some(_), Some(_)) => Some("`message` or `fidelity`, not both"),
        (None, None) => Some("add `fidelity`"),
        (None, Some(Fidelity::None)) if otherwise.is_none() => Some("add `otherwise`: it is dropped in silence"),
        (None, Some(Fidelity::None)) if target.is_some() => Some("there is a target, so the fidelity is not `none`"),
        (None, Some(Fidelity::Approximate)) if note.is_none() => Some("add `note`: say what differs"),
        (None, Some(Fidelity::Exact)) if target.is_none() && note.is_none() => Some("add `target`, or a `note`"),
        (None, Some(_)) => None,
    }
}

#[test]
fn links_between_rows_resolve() {
    let catalog = catalog();
    let code = |id: &str, row: &str| assert!(codes::find(id).is_some(), "{row}: no file rules/diagnostics/{id}.toml");
    let features: BTreeSet<&str> = catalog.targets().feature.iter().map(|row| row.name.as_str()).collect();
    for field in catalog.messages().iter().flat_map(|message| &message.field) {
        field.otherwise.iter().for_each(|id| code(id, &field.source));
        assert!(field.needs.as_deref().is_none_or(|name| features.contains(name)), "{}: no such feature", field.source);
    }
    for rewrite in catalog.rewrites() {
        rewrite.raises.iter().chain(&rewrite.refuses).for_each(|id| code(id, &rewrite.name));
    }
    for hazard in catalog.hazards() {
        hazard.code.iter().for_each(|id| code(id, &hazard.id));
        let known = |name: &String| catalog.rewrites().iter().any(|rewrite| rewrite.name == *name);
        assert!(hazard.rewrites.iter().all(known), "{}: no such rewrite", hazard.id);
    }
}

#[test]
fn every_hazard_has_an_answer() {
    let catalog = catalog();
    for (hazard, number) in catalog.hazards().iter().zip(1..) {
        assert_eq!(hazard.id, format!("H{number}"), "hazards are numbered without gaps");
        match hazard.status {
            HazardStatus::Handled => assert!(!hazard.rewrites.is_empty(), "{}: add `rewrites`", hazard.id),
            HazardStatus::Refused => assert!(hazard.code.is_some(), "{}: add `code`", hazard.id),
            HazardStatus::NotArising => assert!(hazard.why.is_some(), "{}: add `why`", hazard.id),
        }
    }
    assert_eq!(catalog.hazards().len(), 52);
}

#[test]
fn the_columns_of_an_attribute_agree() {
    for attribute in catalog().attributes() {
        let name = attribute.name();
        let seen_by = |observer| attribute.seen_by.contains(&observer);
        assert_eq!(attribute.layer == Layer::L4, seen_by(Observer::Ztunnel), "{name}: L4 is what ztunnel sees");
        assert_eq!(attribute.layer == Layer::L4, attribute.at_ztunnel == AtZtunnel::Evaluated, "{name}");
        assert_eq!(attribute.http_only, !seen_by(Observer::SidecarTcp), "{name}: http-only is unseen on TCP");
        assert!(seen_by(Observer::SidecarHttp), "{name}: a sidecar sees every attribute on HTTP");
        assert_eq!(attribute.key.is_some(), attribute.field == "rules.when", "{name}: conditions have a key");
        assert_eq!(attribute.key.is_some(), attribute.negated.is_none(), "{name}: fields have a negation");
    }
}

#[test]
fn releases_are_known_and_in_order() {
    let catalog = catalog();
    let targets = catalog.targets();
    assert!(targets.istio.is_sorted_by(|a, b| a.release < b.release));
    assert!(targets.gateway_api.is_sorted_by(|a, b| a.release < b.release));
    assert!(targets.kubernetes.is_sorted_by(|a, b| a.release < b.release));
    for row in &targets.istio {
        let target = Target::parse(&row.release.to_string(), &row.gateway_api.to_string());
        assert!(target.is_ok(), "Istio {}: no row for Gateway API {}", row.release, row.gateway_api);
    }
    let target = Target::default();
    assert_eq!((target.istio, target.gateway_api), (targets.default.istio, targets.default.gateway_api));
}
