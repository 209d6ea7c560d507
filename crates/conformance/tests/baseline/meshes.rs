//! The files of rows, with the meshes that they are about.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use s2a_conformance::baseline::{Rows, SideName, read_meshes};
use s2a_conformance::pair::Pair;

/// The meshes of a set by name.
pub(crate) type Meshes = BTreeMap<String, Pair>;

/// Every set: its name, its rows, its meshes.
pub(crate) fn all(root: &Path) -> Vec<(String, Rows, Meshes)> {
    let folder = root.join("testdata/baseline");
    let mut sets = Vec::new();
    for entry in fs::read_dir(&folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|extension| extension == "rows") {
            let rows = Rows::read(&fs::read_to_string(&path).unwrap()).unwrap();
            let own = path.with_extension("meshes");
            let meshes = if own.exists() { recorded(&own) } else { cases(root, &rows) };
            sets.push((path.file_stem().unwrap().to_string_lossy().into_owned(), rows, meshes));
        }
    }
    sets.sort_by(|one, other| one.0.cmp(&other.0));
    sets
}

/// Meshes that are kept with their rows.
fn recorded(path: &Path) -> Meshes {
    let mut meshes = Meshes::new();
    for (name, side, text) in read_meshes(&fs::read_to_string(path).unwrap()).unwrap() {
        let pair = meshes.entry(name.clone()).or_insert_with(|| pair(name, String::new()));
        match side {
            SideName::Before => pair.before = text,
            SideName::After => pair.after = Some(text),
        }
    }
    meshes
}

/// Meshes that are cases, as far as they still exist.
fn cases(root: &Path, rows: &Rows) -> Meshes {
    let mut meshes = Meshes::new();
    for mesh in &rows.meshes {
        let folder = root.join("testdata/cases").join(&mesh.mesh);
        let Ok(before) = fs::read_to_string(folder.join("input.yaml")) else { continue };
        let case: toml::Table = toml::from_str(&fs::read_to_string(folder.join("case.toml")).unwrap()).unwrap();
        let mut pair = pair(mesh.mesh.clone(), before);
        pair.mesh_config = case.get("mesh_config").and_then(toml::Value::as_str).unwrap_or_default().to_owned();
        pair.after = fs::read_to_string(folder.join("expected.yaml")).ok();
        meshes.insert(mesh.mesh.clone(), pair);
    }
    meshes
}

fn pair(name: String, before: String) -> Pair {
    Pair { name, mesh_config: String::new(), before, after: None }
}
