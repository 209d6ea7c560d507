//! A second reader: what the cases expect to be written is read into the types of other crates and written again by
//! them. What they do not know, or read as something else, would be missing then.

#![expect(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test may fail loudly")]

use std::fs;
use std::path::{Path, PathBuf};

use gateway_api::apis::standard::gateways::Gateway;
use gateway_api::apis::standard::httproutes::HttpRoute;
use k8s_openapi::api::core::v1::Service;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

const CASES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../testdata/cases");

#[test]
fn http_routes_lose_nothing() {
    assert!(check::<HttpRoute>("HTTPRoute") > 30);
}

#[test]
fn gateways_lose_nothing() {
    assert!(check::<Gateway>("Gateway") > 30);
}

#[test]
fn services_lose_nothing() {
    assert!(check::<Service>("Service") > 30);
}

/// Compares every object of a kind with what `T` makes of it. Returns how many there are.
fn check<T: DeserializeOwned + Serialize>(kind: &str) -> usize {
    let mut checked = 0;
    for (path, object) in objects().into_iter().filter(|(_, object)| object["kind"] == kind && is_known(object)) {
        let shown = path.display();
        let read: T = serde_json::from_value(object.clone()).unwrap_or_else(|error| panic!("{shown}: {error}"));
        let again = serde_json::to_value(read).unwrap();
        for part in ["apiVersion", "kind", "metadata", "spec"] {
            assert_eq!(object[part], again[part], "{kind} of {shown}: {part}");
        }
        checked += 1;
    }
    checked
}

/// Istio has a kind `Gateway` of its own.
fn is_known(object: &Value) -> bool {
    object["apiVersion"].as_str().is_some_and(|version| !version.contains("istio.io"))
}

/// All objects of every `expected.yaml`, with the file.
fn objects() -> Vec<(PathBuf, Value)> {
    let files =
        folders(Path::new(CASES)).into_iter().flat_map(|group| folders(&group)).filter(|case| is_standard(case));
    let files = files.map(|case| case.join("expected.yaml"));
    files.filter(|file| file.is_file()).flat_map(|file| documents(&file)).collect()
}

/// The types of the other crates are those of the standard channel.
fn is_standard(case: &Path) -> bool {
    !fs::read_to_string(case.join("case.toml")).unwrap().contains("/experimental")
}

fn folders(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut folders: Vec<PathBuf> = entries.filter(|path| path.is_dir()).collect();
    folders.sort();
    folders
}

/// A case may hold a document that nobody can read, which is kept as it is.
fn documents(file: &Path) -> Vec<(PathBuf, Value)> {
    let text = fs::read_to_string(file).unwrap();
    let readable = s2a_yaml::read(&text).documents.into_iter().flatten().map(|document| document.root.to_json());
    readable.filter(|document| !document.is_null()).map(|document| (file.to_owned(), document)).collect()
}
