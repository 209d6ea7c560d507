//! Where the meshes of a set come from.

use std::fs;
use std::path::{Path, PathBuf};

use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::{Config, RngSeed, TestRunner};
use s2a_catalog::Target;
use s2a_conformance::Failure;
use s2a_conformance::pair::Pair;
use s2a_conformance::question::Question;
use s2a_conformance::sets;
use s2a_conformance::vectors::Vector;
use s2a_manifest::{Input, Inventory};
use serde_json::Value;
use sidecar2ambient::conversion::{Conversion, Request, convert};

/// A mesh with the requests that a person wrote for it.
pub(crate) struct Source {
    pub(crate) pair: Pair,
    pub(crate) told: Told,
}

/// Requests that a person wrote.
pub(crate) enum Told {
    None,
    /// In a `requests.toml`.
    Case(String),
    /// With a vector.
    Vector(Vec<Question>),
}

/// The vectors, whose meshes a person wrote.
pub(crate) fn vectors(root: &Path) -> Result<Vec<Source>, Failure> {
    let source = |vector: Vector| {
        let questions = vector.asked.into_iter().map(|asked| asked.question).collect();
        Source { pair: vector.pair, told: Told::Vector(questions) }
    };
    Ok(sets::vectors(root)?.into_iter().map(source).collect())
}

/// The fields of VirtualServices, with what they are converted into.
pub(crate) fn fields(root: &Path) -> Result<Vec<Source>, Failure> {
    let source = |vector: Vector| {
        let conversion = conversion(&vector.pair.name, &vector.pair.before)?;
        let input = Input { name: "mesh.yaml".to_owned(), bytes: vector.pair.before.into_bytes() };
        let inventory = Inventory::read(vec![input], "default");
        let before = lines(inventory.effective().into_iter().map(|object| &object.json));
        let questions = vector.asked.into_iter().map(|asked| asked.question).collect();
        let after = lines(conversion.emitted.objects.iter().filter_map(|object| object.after.as_ref()));
        let pair = Pair { name: vector.pair.name, mesh_config: String::new(), before, after: Some(after) };
        Ok(Source { pair, told: Told::Vector(questions) })
    };
    sets::fields(root)?.into_iter().map(source).collect()
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
        sources.push(Source { pair: converted(format!("{number:03}"), tree.current().stream())?, told: Told::None });
    }
    Ok(sources)
}

/// A mesh and what it is converted into.
pub(crate) fn converted(name: String, before: String) -> Result<Pair, Failure> {
    let conversion = conversion(&name, &before)?;
    let objects = conversion.emitted.objects.iter().filter_map(|object| object.after.as_ref());
    let after = stream(objects);
    Ok(Pair { name, mesh_config: String::new(), before, after: Some(after) })
}

fn conversion(name: &str, before: &str) -> Result<Conversion, Failure> {
    let input = Input { name: "mesh.yaml".to_owned(), bytes: before.as_bytes().to_vec() };
    let conversion = convert(vec![input], &Request::for_target(Target::default()));
    conversion.map_err(|error| Failure::Mesh { mesh: name.to_owned(), reason: error.to_string() })
}

/// A stream of manifests with a line for each.
fn lines<'a>(objects: impl Iterator<Item = &'a Value>) -> String {
    objects.map(|object| format!("---\n{object}\n")).collect()
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
        mesh_config: sets::mesh_config(folder)?,
        before,
        after: optional("expected.yaml"),
    };
    Ok(Some(Source { pair, told: optional("requests.toml").map_or(Told::None, Told::Case) }))
}

fn folders(path: &Path) -> Result<Vec<PathBuf>, Failure> {
    Ok(sets::entries(path)?.into_iter().filter(|path| path.is_dir()).collect())
}
