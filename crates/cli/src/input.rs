//! Which files are read.

use std::fs;
use std::io::{self, Read};
use std::path::Path;

use ignore::WalkBuilder;
use s2a_manifest::Input;

use crate::Failure;

/// The files of a run.
#[derive(Debug, Default)]
pub(crate) struct Files {
    /// Their names and bytes, sorted by name and without repetition.
    pub(crate) inputs: Vec<Input>,
}

/// Reads files, directories (recursively, `.gitignore` honoured) and standard input.
pub(crate) fn read(paths: &[String]) -> Result<Files, Failure> {
    let mut files = Files::default();
    for path in paths {
        if path == "-" {
            files.inputs.push(Input { name: "<stdin>".to_owned(), bytes: stdin()? });
        } else if Path::new(path).is_dir() {
            files.inputs.extend(directory(path)?);
        } else {
            files.inputs.push(file(path)?);
        }
    }
    files.inputs.sort_by(|left, right| left.name.cmp(&right.name));
    files.inputs.dedup_by(|left, right| left.name == right.name);
    Ok(files)
}

fn stdin() -> Result<Vec<u8>, Failure> {
    let mut bytes = Vec::new();
    io::stdin().read_to_end(&mut bytes).map_err(|source| Failure::Read { path: "<stdin>".to_owned(), source })?;
    Ok(bytes)
}

fn file(path: &str) -> Result<Input, Failure> {
    let bytes = fs::read(path).map_err(|source| Failure::Read { path: path.to_owned(), source })?;
    Ok(Input { name: path.to_owned(), bytes })
}

/// YAML and JSON files below a directory. Hidden files are left out, as `git` and `kubectl` users expect.
fn directory(path: &str) -> Result<Vec<Input>, Failure> {
    let mut inputs = Vec::new();
    for entry in WalkBuilder::new(path).require_git(false).build() {
        let entry = entry.map_err(|error| Failure::Read { path: path.to_owned(), source: io::Error::other(error) })?;
        let manifest = entry.path().extension().is_some_and(|it| it == "yaml" || it == "yml" || it == "json");
        if entry.file_type().is_some_and(|kind| kind.is_file()) && manifest {
            inputs.push(file(&entry.path().to_string_lossy())?);
        }
    }
    Ok(inputs)
}
