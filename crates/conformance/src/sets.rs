//! The sets of rows in `testdata/baseline`, with the meshes that they are about.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use s2a_catalog::Attribute;

use crate::Failure;
use crate::baseline::{MeshRows, Rows, SideName, read_meshes};
use crate::choose::digest;
use crate::pair::Pair;
use crate::vectors::{self, Vector};

/// A set of rows.
#[derive(Debug)]
pub struct Set {
    /// Its name.
    pub name: String,
    /// What the release does that the rows are about.
    pub rows: Rows,
    /// The rows of which the earlier release makes something else.
    pub earlier: Rows,
    /// The meshes by name, as they are now.
    pub meshes: BTreeMap<String, Pair>,
}

impl Set {
    /// The mesh of some rows and the manifests of its side, unless they have changed since they were recorded.
    #[must_use]
    pub fn recorded(&self, rows: &MeshRows) -> Option<(&Pair, &str)> {
        let pair = self.meshes.get(&rows.mesh)?;
        let text = match rows.side {
            SideName::Before => &pair.before,
            SideName::After => pair.after.as_ref()?,
        };
        (format!("{:016x}", digest(text)) == rows.digest).then_some((pair, text))
    }
}

/// Every set, by name.
///
/// # Errors
/// If a file cannot be read.
pub fn all(root: &Path) -> Result<Vec<Set>, Failure> {
    let folder = root.join("testdata/baseline");
    files(&folder, "rows")?.iter().map(|path| set(root, path)).collect()
}

fn set(root: &Path, path: &Path) -> Result<Set, Failure> {
    let name = stem(path);
    let rows = Rows::read(&read(path)?)?;
    let earlier = path.with_file_name("earlier").join(format!("{name}.rows"));
    let earlier = if earlier.exists() { Rows::read(&read(&earlier)?)? } else { Rows::default() };
    let own = path.with_extension("meshes");
    let meshes = match name.as_str() {
        "vectors" => vectors(root)?.into_iter().map(|one| (one.pair.name.clone(), one.pair)).collect(),
        _ if own.exists() => kept(&own)?,
        _ => cases(root, &rows)?,
    };
    Ok(Set { name, rows, earlier, meshes })
}

/// The vectors.
///
/// # Errors
/// If a file cannot be read, or is none of vectors.
pub fn vectors(root: &Path) -> Result<Vec<Vector>, Failure> {
    let mut all = Vec::new();
    for path in files(&root.join("testdata/baseline/vectors"), "toml")? {
        all.extend(vectors::read(&stem(&path), &read(&path)?)?);
    }
    Ok(all)
}

/// The VirtualServices for each of their fields, on the side before; what they are converted into is kept with the rows.
///
/// # Errors
/// If the file cannot be read, or is none of vectors.
pub fn fields(root: &Path) -> Result<Vec<Vector>, Failure> {
    let mut all = vectors::read("", &read(&root.join("testdata/baseline/fields.toml"))?)?;
    all.iter_mut().for_each(|one| one.pair.name = one.pair.name.trim_start_matches('/').to_owned());
    Ok(all)
}

/// The name of an attribute's mesh.
#[must_use]
pub fn mesh_of(attribute: &Attribute) -> String {
    let last = attribute.field.rsplit('.').next().unwrap_or_default();
    let text = attribute.key.as_deref().unwrap_or(last);
    let parameter = attribute.parameter.as_deref().map(|_| "-of").unwrap_or_default();
    format!("{text}{parameter}")
}

/// Meshes that are kept with their rows.
fn kept(path: &Path) -> Result<BTreeMap<String, Pair>, Failure> {
    let mut meshes = BTreeMap::new();
    for (name, side, text) in read_meshes(&read(path)?)? {
        let pair = meshes.entry(name.clone()).or_insert_with(|| pair(name, String::new()));
        match side {
            SideName::Before => pair.before = text,
            SideName::After => pair.after = Some(text),
        }
    }
    Ok(meshes)
}

/// Meshes that are cases, as far as they still exist.
fn cases(root: &Path, rows: &Rows) -> Result<BTreeMap<String, Pair>, Failure> {
    let mut meshes = BTreeMap::new();
    for mesh in &rows.meshes {
        let folder = root.join("testdata/cases").join(&mesh.mesh);
        let Ok(before) = fs::read_to_string(folder.join("input.yaml")) else { continue };
        let mut pair = pair(mesh.mesh.clone(), before);
        pair.mesh_config = mesh_config(&folder)?;
        pair.after = fs::read_to_string(folder.join("expected.yaml")).ok();
        meshes.insert(mesh.mesh.clone(), pair);
    }
    Ok(meshes)
}

/// The mesh configuration of a case.
///
/// # Errors
/// If its `case.toml` cannot be read.
pub fn mesh_config(folder: &Path) -> Result<String, Failure> {
    let text = read(&folder.join("case.toml"))?;
    let case: toml::Table = toml::from_str(&text).map_err(|error| Failure::Malformed(error.to_string()))?;
    Ok(case.get("mesh_config").and_then(toml::Value::as_str).unwrap_or_default().to_owned())
}

fn pair(name: String, before: String) -> Pair {
    Pair { name, mesh_config: String::new(), before, after: None }
}

fn stem(path: &Path) -> String {
    path.file_stem().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
}

fn files(folder: &Path, extension: &str) -> Result<Vec<PathBuf>, Failure> {
    let fits = |path: &PathBuf| path.extension().is_some_and(|own| own == extension);
    Ok(entries(folder)?.into_iter().filter(fits).collect())
}

/// What is in a folder, sorted.
///
/// # Errors
/// If it cannot be read.
pub fn entries(folder: &Path) -> Result<Vec<PathBuf>, Failure> {
    let failed =
        |error: std::io::Error| Failure::File { path: folder.display().to_string(), reason: error.to_string() };
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).map_err(failed)? {
        found.push(entry.map_err(failed)?.path());
    }
    found.sort();
    Ok(found)
}

/// The text of a file.
///
/// # Errors
/// If it cannot be read.
pub fn read(path: &Path) -> Result<String, Failure> {
    fs::read_to_string(path)
        .map_err(|error| Failure::File { path: path.display().to_string(), reason: error.to_string() })
}
