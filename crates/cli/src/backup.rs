//! Backups: a folder with one file for each object, and a manifest.
//!
//! `restore/` holds what `kubectl apply -R -f` brings back, `observed/` what controllers make, which is there to be looked
//! at. Every other command reads the folder as it reads any other; the manifest is no YAML file and passed over by them.

pub(crate) mod manifest;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use s2a_preflight::Server;

use crate::Failure;
use manifest::{FILE_NAME, Manifest, hash};

/// What is wrong with a backup, one lower-case clause each; nothing if it is whole.
pub(crate) fn verify(directory: &Path) -> Result<(Manifest, Vec<String>), Failure> {
    let manifest = Manifest::read(directory)?;
    let mut faults = Vec::new();
    for row in &manifest.files {
        match fs::read(directory.join(&row.path)) {
            Err(error) => faults.push(format!("{}: {error}", row.path)),
            Ok(bytes) if hash(&bytes) != row.sha256 => faults.push(format!("{}: it was changed", row.path)),
            Ok(_) => {}
        }
    }
    let known: BTreeSet<&str> = manifest.files.iter().map(|row| row.path.as_str()).collect();
    let found = files_below(directory)?;
    let strange = found.iter().filter(|path| !known.contains(path.as_str()) && path.as_str() != FILE_NAME);
    faults.extend(strange.map(|path| format!("{path}: it does not belong to the backup")));
    if manifest.counts.values().sum::<usize>() != manifest.files.len() {
        faults.push(format!("{FILE_NAME}: its counts are not those of its files"));
    }
    faults.extend(manifest.unread.iter().map(|it| format!("{} were not read: {}", it.kind, it.why)));
    Ok((manifest, faults))
}

/// What the API server said of itself when a backup among the paths was made. `None` if there is no backup.
pub(crate) fn server_of(paths: &[String]) -> Result<Option<Server>, Failure> {
    let backup = paths.iter().map(Path::new).find(|path| path.join(FILE_NAME).is_file());
    backup.map(|path| Ok(Manifest::read(path)?.server())).transpose()
}

/// The files of a folder, with `/` between the parts of their paths.
fn files_below(directory: &Path) -> Result<Vec<String>, Failure> {
    let mut found = Vec::new();
    let mut open: Vec<PathBuf> = vec![directory.to_path_buf()];
    while let Some(folder) = open.pop() {
        let failed = |source| Failure::Read { path: folder.display().to_string(), source };
        for entry in fs::read_dir(&folder).map_err(failed)? {
            let path = entry.map_err(failed)?.path();
            if path.is_dir() {
                open.push(path);
            } else if let Ok(relative) = path.strip_prefix(directory) {
                let parts = relative.components().map(|part| part.as_os_str().to_string_lossy());
                found.push(parts.collect::<Vec<_>>().join("/"));
            }
        }
    }
    found.sort();
    Ok(found)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use manifest::{FileRow, UnreadRow};

    fn write(directory: &Path, path: &str, text: &str) {
        let path = directory.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    #[test]
    fn each_fault_is_named() {
        let directory = std::env::temp_dir().join(format!("s2a-backup-{}", std::process::id()));
        let file = |name: &str, text: &str| FileRow { path: format!("restore/{name}"), sha256: hash(text.as_bytes()) };
        let mut manifest = Manifest {
            schema_version: "1".to_owned(),
            counts: BTreeMap::from([("Service".to_owned(), 3)]),
            files: vec![file("a.yaml", "a"), file("b.yaml", "b"), file("c.yaml", "c")],
            ..Manifest::default()
        };
        for name in ["a", "b", "c"] {
            write(&directory, &format!("restore/{name}.yaml"), name);
        }
        write(&directory, FILE_NAME, &manifest.to_text());
        assert_eq!(verify(&directory).unwrap().1, Vec::<String>::new());

        write(&directory, "restore/b.yaml", "other");
        write(&directory, "restore/d.yaml", "d");
        fs::remove_file(directory.join("restore/c.yaml")).unwrap();
        manifest.unread = vec![UnreadRow { kind: "Pod".to_owned(), why: "forbidden".to_owned() }];
        manifest.counts.insert("Pod".to_owned(), 1);
        write(&directory, FILE_NAME, &manifest.to_text());
        let faults = verify(&directory).unwrap().1;
        fs::remove_dir_all(&directory).unwrap();
        let expected =
            ["b.yaml: it was changed", "c.yaml: ", "d.yaml: it does not belong", "its counts", "Pod were not read"];
        assert_eq!(faults.len(), expected.len(), "{faults:?}");
        assert!(faults.iter().zip(expected).all(|(fault, expected)| fault.contains(expected)), "{faults:?}");
    }
}
