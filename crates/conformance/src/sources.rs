//! Where the meshes of a set come from.

use std::fs;
use std::path::{Path, PathBuf};

use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::{Config, RngSeed, TestRunner};
use s2a_catalog::Target;
use s2a_conformance::Failure;
use s2a_conformance::pair::Pair;
use s2a_manifest::Input;
use serde_json::Value;
use sidecar2ambient::conversion::{Request, convert};

/// A mesh with the requests that a person wrote for it.
pub(crate) struct Source {
    pub(crate) pair: Pair,
    pub(crate) told: Option<String>,
}

/// The cases, by group and name.
pub(crate) fn cases(root: &Path) -> Result<Vec<Source>, Failure> {
    let mut sources = Vec::new();
    for group in folders(&root.join("testdata/cases"))? {
        for folder in folders(&group)? {
            if let Some(source) = case(&folder)? {
                sources.push(source);
            }
        }
    }
    Ok(sources)
}

/// How many random meshes are recorded, and the seed that they are drawn with.
const RANDOM: usize = 200;
const SEED: u64 = 20_261_124;

/// Random meshes and what they are converted into.
pub(crate) fn random() -> Result<Vec<Source>, Failure> {
    let config = Config { rng_seed: RngSeed::Fixed(SEED), failure_persistence: None, ..Config::default() };
    let mut runner = TestRunner::new(config);
    let mut sources = Vec::new();
    for number in 0..RANDOM {
        let tree = s2a_generate::documents().new_tree(&mut runner);
        let tree = tree.map_err(|reason| Failure::Malformed(reason.to_string()))?;
        sources.push(Source { pair: converted(format!("{number:03}"), tree.current().stream())?, told: None });
    }
    Ok(sources)
}

/// A mesh and what it is converted into.
pub(crate) fn converted(name: String, before: String) -> Result<Pair, Failure> {
    let input = Input { name: "mesh.yaml".to_owned(), bytes: before.clone().into_bytes() };
    let conversion = convert(vec![input], &Request::for_target(Target::default()));
    let conversion = conversion.map_err(|error| Failure::Mesh { mesh: name.clone(), reason: error.to_string() })?;
    let objects = conversion.emitted.objects.iter().filter_map(|object| object.after.as_ref());
    let after = stream(objects);
    Ok(Pair { name, mesh_config: String::new(), before, after: Some(after) })
}

/// A stream of manifests.
pub(crate) fn stream<'a>(objects: impl Iterator<Item = &'a Value>) -> String {
    let texts: Vec<String> = objects.map(s2a_yaml::write).collect();
    texts.join("---\n")
}

/// A case; `None` if its input is no stream of manifests.
fn case(folder: &Path) -> Result<Option<Source>, Failure> {
    let name = |path: &Path| path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let group = folder.parent().map(name).unwrap_or_default();
    let optional = |file: &str| fs::read_to_string(folder.join(file)).ok();
    let Some(before) = optional("input.yaml") else { return Ok(None) };
    let pair = Pair {
        name: format!("{group}/{}", name(folder)),
        mesh_config: mesh_config(folder)?,
        before,
        after: optional("expected.yaml"),
    };
    Ok(Some(Source { pair, told: optional("requests.toml") }))
}

fn mesh_config(folder: &Path) -> Result<String, Failure> {
    let text = read(&folder.join("case.toml"))?;
    let case: toml::Table = toml::from_str(&text).map_err(|error| Failure::Malformed(error.to_string()))?;
    Ok(case.get("mesh_config").and_then(toml::Value::as_str).unwrap_or_default().to_owned())
}

fn folders(path: &Path) -> Result<Vec<PathBuf>, Failure> {
    let failed = |error: std::io::Error| Failure::File { path: path.display().to_string(), reason: error.to_string() };
    let mut found = Vec::new();
    for entry in fs::read_dir(path).map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        if path.is_dir() {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}

/// The text of a file.
pub(crate) fn read(path: &Path) -> Result<String, Failure> {
    fs::read_to_string(path)
        .map_err(|error| Failure::File { path: path.display().to_string(), reason: error.to_string() })
}
