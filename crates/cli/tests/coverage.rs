//! Every code is raised by a case, or named here with the reason why none can raise it.

#![expect(clippy::unwrap_used, reason = "a case that cannot be read fails the test")]

#[path = "cases/case.rs"]
#[expect(dead_code, reason = "what a case expects is checked with the cases")]
mod case;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use s2a_catalog::{Catalog, HazardStatus, Target, codes};
use sidecar2ambient::conversion::{Request, convert};

/// Codes that no case raises, with the reason.
const EXCEPTIONS: [(&str, &str); 6] = [
    ("S2A5005", "only a fault of ours: no output of a case is refused by its CRD"),
    ("S2A5006", "only a fault of ours: the verifier and the evaluator agree on every case"),
    ("S2A6020", "only a live cluster raises it: crates/cli/tests/live.rs"),
    ("S2A6021", "only a live cluster raises it: crates/cluster/tests/reading.rs"),
    ("S2A6022", "only a live cluster raises it: crates/cli/tests/live.rs"),
    ("S2A6023", "only a live cluster raises it: crates/cli/tests/live.rs"),
];

/// Codes of older releases, with the case that raises them there and the releases of Istio and of Gateway API.
const OLDER: [(&str, &str, &str, &str); 1] =
    [("S2A4027", "route/mirror-of-a-fraction-of-a-percent", "1.24", "1.2/standard")];

#[test]
fn every_code_is_raised_by_a_case() {
    let raised = raised();
    let excepted: BTreeSet<&str> = EXCEPTIONS.iter().map(|(code, _)| *code).collect();
    let older: BTreeSet<&str> = OLDER.iter().map(|(code, ..)| *code).collect();
    let unknown: Vec<&&str> = raised.keys().filter(|code| codes::find(code).is_none()).collect();
    assert!(unknown.is_empty(), "{unknown:?} are raised and are in no file of rules/diagnostics");
    let missing: Vec<String> = codes::ALL
        .iter()
        .filter(|code| !raised.contains_key(code.id) && !excepted.contains(code.id) && !older.contains(code.id))
        .map(|code| format!("{} ({})", code.id, code.name))
        .collect();
    assert!(missing.is_empty(), "add a case for each of {missing:#?}");
    for code in excepted.union(&older) {
        assert!(!raised.contains_key(code), "{code} needs no exception: {} raises it", raised[code]);
    }
}

#[test]
fn every_hazard_that_can_arise_has_a_case() {
    let named: BTreeSet<String> =
        folders().into_iter().flat_map(|folder| case::read(&folder).unwrap().hazards).collect();
    let catalog = Catalog::load().unwrap();
    let arising = catalog.hazards().iter().filter(|hazard| hazard.status != HazardStatus::NotArising);
    let missing: Vec<&String> = arising.map(|hazard| &hazard.id).filter(|id| !named.contains(*id)).collect();
    assert!(missing.is_empty(), "add a case for each of {missing:?}, and name it in `hazards`");
}

#[test]
fn every_code_that_a_list_names_exists() {
    let cases = folders().into_iter().flat_map(|folder| case::read(&folder).unwrap().expect.diagnostics);
    let listed =
        EXCEPTIONS.iter().map(|(code, _)| *code).chain(OLDER.iter().map(|(code, ..)| *code)).map(str::to_owned);
    for code in cases.chain(listed) {
        assert!(codes::find(&code).is_some(), "{code} is in no file of rules/diagnostics");
    }
}

#[test]
fn codes_of_older_releases_are_raised_there() {
    for (code, name, istio, gateway_api) in OLDER {
        let folder = root().join(name);
        let request = Request::for_target(Target::parse(istio, gateway_api).unwrap());
        let conversion = convert(case::inputs(&folder).unwrap(), &request).unwrap();
        let raised: BTreeSet<&str> = conversion.diagnostics.iter().map(|diagnostic| diagnostic.code.id).collect();
        assert!(raised.contains(code), "{name} does not raise {code} for Istio {istio}, but {raised:?}");
    }
}

/// Every code that some case raises, with the first such case.
fn raised() -> BTreeMap<&'static str, String> {
    let mut raised = BTreeMap::new();
    for folder in folders() {
        let case = case::read(&folder).unwrap();
        let conversion = case::conversion(&case, case::inputs(&folder).unwrap()).unwrap();
        for diagnostic in conversion.diagnostics {
            raised.entry(diagnostic.code.id).or_insert_with(|| folder.display().to_string());
        }
    }
    raised
}

/// The folders of all cases.
fn folders() -> Vec<PathBuf> {
    let below = |folder: &Path| -> Vec<PathBuf> {
        let mut found: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
        found.sort();
        found
    };
    below(&root()).iter().flat_map(|group| below(group)).collect()
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../testdata/cases")
}
