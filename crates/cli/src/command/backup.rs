//! `backup`: everything a rollback needs, and whether a backup is whole.

use std::path::Path;

use crate::args::BackupArgs;
use crate::backup::manifest::Manifest;
use crate::{Ending, Failure, backup, terminal};

pub(super) fn run(args: &BackupArgs) -> Result<Ending, Failure> {
    match (&args.verify, &args.output_dir) {
        (Some(directory), _) => verify(directory),
        (None, Some(directory)) if args.cluster.from_cluster => write(args, directory),
        (None, Some(_)) => Err(Failure::Usage("a backup is made of a cluster: say `--from-cluster`".to_owned())),
        (None, None) => Err(Failure::Usage(
            "say where the backup goes with `--output-dir DIR`, or which one to look at with `--verify DIR`".to_owned(),
        )),
    }
}

/// Says whether a backup is whole.
fn verify(directory: &Path) -> Result<Ending, Failure> {
    let (manifest, faults) = backup::verify(directory)?;
    let mut text: String = faults.iter().map(|fault| format!("{fault}\n")).collect();
    let word = if faults.is_empty() { "whole" } else { "not whole" };
    text.push_str(&format!("{}: {word}, {}\n", directory.display(), counts(&manifest)));
    terminal::print(&text)?;
    Ok(if faults.is_empty() { Ending::Clean } else { Ending::Findings })
}

/// `12 objects of 4 kinds`.
fn counts(manifest: &Manifest) -> String {
    let objects: usize = manifest.counts.values().sum();
    format!("{objects} objects of {} kinds", manifest.counts.len())
}

#[cfg(not(feature = "cluster"))]
fn write(_: &BackupArgs, _: &Path) -> Result<Ending, Failure> {
    Err(Failure::Usage("`backup --from-cluster`: this program was built without the feature `cluster`".to_owned()))
}

#[cfg(feature = "cluster")]
fn write(args: &BackupArgs, directory: &Path) -> Result<Ending, Failure> {
    refuse_a_used_folder(directory)?;
    let namespace = args.namespace.as_deref();
    let snapshot = crate::live::snapshot(&args.cluster, namespace, &args.root_namespace)?;
    let namespaces = namespace.filter(|_| !args.cluster.all_namespaces).map(|name| vec![name.to_owned()]);
    let manifest = written::write(&snapshot, namespaces, directory)?;
    let unread = &manifest.unread;
    terminal::say(&unread.iter().map(|it| format!("{} were not read: {}\n", it.kind, it.why)).collect::<String>());
    let word = if unread.is_empty() { "wrote" } else { "not whole: wrote" };
    terminal::print(&format!("{word} {} into {}\n", counts(&manifest), directory.display()))?;
    Ok(if unread.is_empty() { Ending::Clean } else { Ending::Findings })
}

/// Old files beside new ones would be neither backup.
#[cfg(feature = "cluster")]
fn refuse_a_used_folder(directory: &Path) -> Result<(), Failure> {
    let used = std::fs::read_dir(directory).is_ok_and(|mut entries| entries.next().is_some());
    let message = || format!("{} is not empty: a backup needs a folder of its own", directory.display());
    if used { Err(Failure::Usage(message())) } else { Ok(()) }
}

#[cfg(feature = "cluster")]
mod written {
    use std::collections::BTreeMap;
    use std::fs;
    use std::path::Path;

    use s2a_cluster::{ServedObject, Snapshot};

    use crate::Failure;
    use crate::backup::manifest::{DefinitionRow, FILE_NAME, FileRow, Manifest, UnreadRow, hash};

    /// Writes the objects, and the manifest last: a backup that was interrupted has none.
    pub(super) fn write(
        snapshot: &Snapshot,
        namespaces: Option<Vec<String>>,
        directory: &Path,
    ) -> Result<Manifest, Failure> {
        let mut manifest = head(snapshot, namespaces);
        for object in &snapshot.objects {
            let path = path(object);
            write_file(&directory.join(&path), &object.text)?;
            manifest.files.push(FileRow { path, sha256: hash(object.text.as_bytes()) });
            *manifest.counts.entry(object.kind.clone()).or_default() += 1;
        }
        manifest.files.sort();
        write_file(&directory.join(FILE_NAME), &manifest.to_text())?;
        Ok(manifest)
    }

    fn path(object: &ServedObject) -> String {
        let folder = if object.is_made_by_a_controller { "observed" } else { "restore" };
        format!("{folder}/{}.yaml", object.path)
    }

    fn head(snapshot: &Snapshot, namespaces: Option<Vec<String>>) -> Manifest {
        let definition = |it: &s2a_cluster::Definition| DefinitionRow {
            group: it.group.clone(),
            kind: it.kind.clone(),
            versions: it.versions.clone(),
            bundle_version: it.bundle_version.clone(),
            channel: it.channel.clone(),
        };
        Manifest {
            schema_version: "1".to_owned(),
            program: format!("sidecar2ambient {}", env!("CARGO_PKG_VERSION")),
            server_version: Some(snapshot.version.clone()),
            namespaces,
            definitions: snapshot.definitions.as_ref().map(|all| all.iter().map(definition).collect()),
            unread: snapshot.unread.iter().map(|it| UnreadRow { kind: it.kind.clone(), why: it.why.clone() }).collect(),
            counts: BTreeMap::new(),
            files: Vec::new(),
        }
    }

    fn write_file(path: &Path, text: &str) -> Result<(), Failure> {
        let failed = |source| Failure::Write { path: path.display().to_string(), source };
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent).map_err(failed)?;
        }
        fs::write(path, text).map_err(failed)
    }
}
