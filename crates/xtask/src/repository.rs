//! The files of the repository.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use s2a_catalog::Catalog;
use serde::Deserialize;

use crate::failure::Failure;

/// Folders nobody wrote by hand.
const SKIPPED: &[&str] = &["book", "node_modules", "target"];

/// The working copy this program was built from.
pub(crate) struct Repository {
    root: PathBuf,
}

/// What `cargo metadata` tells about the workspace.
#[derive(Deserialize)]
pub(crate) struct Metadata {
    pub(crate) packages: Vec<Package>,
    pub(crate) target_directory: PathBuf,
}

/// One crate of the workspace.
#[derive(Deserialize)]
pub(crate) struct Package {
    pub(crate) name: String,
    pub(crate) dependencies: Vec<Dependency>,
}

/// One entry of a crate's dependencies.
#[derive(Deserialize)]
pub(crate) struct Dependency {
    pub(crate) name: String,
    /// Missing for what the crate itself links.
    pub(crate) kind: Option<String>,
}

impl Repository {
    /// Returns the working copy which holds this crate's sources.
    pub(crate) fn here() -> Repository {
        Repository { root: Path::new(env!("CARGO_MANIFEST_DIR")).join("../..") }
    }

    /// Returns the working copy at a place.
    pub(crate) fn at(root: PathBuf) -> Repository {
        Repository { root }
    }

    /// Returns the place of a path below the root.
    pub(crate) fn path(&self, relative: &str) -> PathBuf {
        self.root.join(relative)
    }

    /// Reads a text file.
    pub(crate) fn read(&self, relative: &str) -> Result<String, Failure> {
        let path = self.path(relative);
        fs::read_to_string(&path).map_err(|source| Failure::File { path, source })
    }

    /// Writes a text file and the folders above it.
    pub(crate) fn write(&self, relative: &str, text: &str) -> Result<(), Failure> {
        let path = self.path(relative);
        let folder = path.parent().unwrap_or(&self.root);
        let written = fs::create_dir_all(folder).and_then(|()| fs::write(&path, text));
        written.map_err(|source| Failure::File { path, source })
    }

    /// Returns whether a file or folder exists.
    pub(crate) fn has(&self, relative: &str) -> bool {
        self.path(relative).exists()
    }

    /// Returns all files below a folder with one of the extensions, as sorted paths below the root. A folder which
    /// does not exist has none; hidden and built folders are left out.
    pub(crate) fn files(&self, folder: &str, extensions: &[&str]) -> Result<Vec<String>, Failure> {
        let mut found = Vec::new();
        let mut pending = vec![folder.to_owned()];
        while let Some(folder) = pending.pop() {
            for (name, is_folder) in self.entries(&folder)? {
                let path = if folder.is_empty() { name.clone() } else { format!("{folder}/{name}") };
                let extension = name.rsplit_once('.').map_or("", |(_, extension)| extension);
                match is_folder {
                    true if !name.starts_with('.') && !SKIPPED.contains(&name.as_str()) => pending.push(path),
                    false if extensions.contains(&extension) => found.push(path),
                    true | false => {}
                }
            }
        }
        found.sort();
        Ok(found)
    }

    fn entries(&self, folder: &str) -> Result<Vec<(String, bool)>, Failure> {
        let path = self.path(folder);
        if !path.exists() {
            return Ok(Vec::new());
        }
        let failed = |source| Failure::File { path: path.clone(), source };
        let mut entries = Vec::new();
        for entry in fs::read_dir(&path).map_err(failed)? {
            let entry = entry.map_err(failed)?;
            let kind = entry.file_type().map_err(failed)?;
            entries.push((entry.file_name().to_string_lossy().into_owned(), kind.is_dir()));
        }
        Ok(entries)
    }

    /// Returns the rule files which the catalogue reads, as path below `rules/` and text.
    pub(crate) fn rule_files(&self) -> Result<Vec<(String, String)>, Failure> {
        let mut paths = self.files("rules", &["toml", "txt"])?;
        paths.retain(|path| !path.starts_with("rules/crds/") && !path.starts_with("rules/schema/"));
        let below = |path: &str| path.strip_prefix("rules/").unwrap_or(path).to_owned();
        paths.iter().map(|path| Ok((below(path), self.read(path)?))).collect()
    }

    /// Reads the catalogue from the files as they are now, not as they were when this program was built.
    pub(crate) fn catalog(&self) -> Result<Catalog, Failure> {
        let files = self.rule_files()?;
        Ok(Catalog::read(files.iter().map(|(path, text)| (path.as_str(), text.as_str())))?)
    }

    /// Asks cargo about the workspace.
    pub(crate) fn metadata(&self) -> Result<Metadata, Failure> {
        let failed = |reason: String| Failure::Program { program: "cargo metadata".to_owned(), reason };
        let output = Command::new("cargo")
            .args(["metadata", "--format-version", "1", "--no-deps"])
            .current_dir(&self.root)
            .output()
            .map_err(|error| failed(error.to_string()))?;
        if !output.status.success() {
            return Err(failed(String::from_utf8_lossy(&output.stderr).into_owned()));
        }
        serde_json::from_slice(&output.stdout).map_err(|error| failed(error.to_string()))
    }
}
