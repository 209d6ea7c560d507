//! The converted objects: as text, as a part, as files.

use std::fs;
use std::path::{Component, Path, PathBuf};

use s2a_diagnostic::FileId;
use s2a_manifest::EmittedObject;
use serde_json::{Value, json};

use crate::args::Format;
use crate::conversion::Conversion;
use crate::{Failure, assumed};

/// All objects, in the order of the input.
pub(crate) fn everything(conversion: &Conversion, format: Format) -> String {
    match format {
        Format::Json => list(written(conversion).filter_map(|object| object.after.clone())),
        Format::Yaml => {
            let files = conversion.emitted.files.iter();
            let texts: Vec<String> = files.map(|(file, text)| text_of(conversion, *file, text)).collect();
            join(texts.iter().map(String::as_str).filter(|text| !text.trim().is_empty()))
        }
    }
}

/// Changed and new objects only.
pub(crate) fn changed(conversion: &Conversion, format: Format) -> String {
    let changed = written(conversion).filter(|object| object.before != object.after);
    let values = changed.filter_map(|object| object.after.clone());
    match format {
        Format::Json => list(values),
        Format::Yaml => values.map(|value| s2a_yaml::write(&value)).collect::<Vec<_>>().join("---\n"),
    }
}

fn is_assumed(conversion: &Conversion, file: FileId) -> bool {
    conversion.before.sources.get(file).is_some_and(|source| source.name == assumed::FILE)
}

/// The objects that belong into the output: not those that were only stated.
fn written(conversion: &Conversion) -> impl Iterator<Item = &EmittedObject> {
    let stated = |object: &&EmittedObject| object.before.is_some() && is_assumed(conversion, object.file);
    conversion.emitted.objects.iter().filter(move |object| !stated(object))
}

/// The text of a file; of the stated objects only what was added beside them.
fn text_of(conversion: &Conversion, file: FileId, text: &str) -> String {
    if !is_assumed(conversion, file) {
        return text.to_owned();
    }
    let added = written(conversion).filter(|object| object.file == file).filter_map(|object| object.after.as_ref());
    added.map(s2a_yaml::write).collect::<Vec<_>>().join("---\n")
}

fn list(items: impl Iterator<Item = Value>) -> String {
    s2a_yaml::write_json(&json!({ "apiVersion": "v1", "items": items.collect::<Vec<_>>(), "kind": "List" }))
}

/// Several files as one stream. A byte-order mark belongs to the start of a file, so only the first keeps its own.
fn join<'a>(texts: impl Iterator<Item = &'a str>) -> String {
    let mut joined = String::new();
    for text in texts {
        if joined.is_empty() {
            joined.push_str(text);
            continue;
        }
        if !joined.ends_with('\n') {
            joined.push('\n');
        }
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        if !starts_with_separator(text) {
            joined.push_str("---\n");
        }
        joined.push_str(text);
    }
    joined
}

fn starts_with_separator(text: &str) -> bool {
    let first = text.lines().find(|line| !line.trim().is_empty() && !line.starts_with('#'));
    first.is_some_and(|line| line.trim_end() == "---")
}

/// Writes every file into `directory` in the layout of the input, and `removed.yaml`.
pub(crate) fn write_directory(conversion: &Conversion, directory: &Path) -> Result<Vec<PathBuf>, Failure> {
    let mut written = Vec::new();
    let names = conversion.before.sources.iter().map(|(_, source)| source.name.as_str());
    let names: Vec<&str> = names.filter(|name| *name != assumed::FILE).collect();
    let (stated, files): (Vec<_>, Vec<_>) =
        conversion.emitted.files.iter().partition(|(file, _)| is_assumed(conversion, *file));
    let added = stated.into_iter().map(|(file, text)| (PathBuf::from("added.yaml"), text_of(conversion, *file, text)));
    let files = mirrored(&names).into_iter().zip(files).map(|(path, (_, text))| (path, text.clone()));
    for (path, text) in files.chain(added) {
        let path = directory.join(path);
        write(&path, &text)?;
        written.push(path);
    }
    let removed: Vec<Value> = conversion.emitted.objects.iter().filter_map(deletion).collect();
    let path = directory.join("removed.yaml");
    write(&path, &removed.iter().map(s2a_yaml::write).collect::<Vec<_>>().join("---\n"))?;
    written.push(path);
    Ok(written)
}

fn write(path: &Path, text: &str) -> Result<(), Failure> {
    let failed = |source| Failure::Write { path: path.display().to_string(), source };
    if let Some(parent) = path.parent() {
        fs::create_dir_all(parent).map_err(failed)?;
    }
    fs::write(path, text).map_err(failed)
}

/// The paths below the output directory: those of the input without the directories that all of them share. Nothing of
/// them may lead out.
fn mirrored(names: &[&str]) -> Vec<PathBuf> {
    let normal = |name: &str| -> PathBuf {
        Path::new(name).components().filter(|part| matches!(part, Component::Normal(_))).collect()
    };
    let paths: Vec<PathBuf> = names.iter().map(|name| normal(&file_name(name))).collect();
    let mut shared = paths.first().and_then(|path| path.parent()).map(Path::to_path_buf).unwrap_or_default();
    while !paths.iter().all(|path| path.starts_with(&shared)) {
        shared.pop();
    }
    paths.iter().map(|path| path.strip_prefix(&shared).unwrap_or(path).to_path_buf()).collect()
}

/// What is no file gets the name of one: `<stdin>`, and `cluster:shop/Service/cart`.
fn file_name(name: &str) -> String {
    match name.strip_prefix("cluster:") {
        Some(path) => format!("{path}.yaml"),
        None => name.trim_matches(['<', '>']).to_owned(),
    }
}

/// A line for every object that must be deleted, for those who do not write files.
pub(crate) fn removals(conversion: &Conversion) -> String {
    let removed = conversion.emitted.objects.iter().filter(|object| object.after.is_none());
    removed.map(|object| format!("to be deleted: {} (`--output-dir` writes removed.yaml)\n", object.object)).collect()
}

/// What `kubectl delete -f` needs of an object.
fn deletion(object: &EmittedObject) -> Option<Value> {
    if object.after.is_some() {
        return None;
    }
    let reference = &object.object;
    Some(json!({
        "apiVersion": reference.api_version,
        "kind": reference.kind,
        "metadata": { "name": reference.name, "namespace": reference.namespace },
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_keep_the_layout_below_what_they_share() {
        let mirrored =
            |names: &[&str]| -> Vec<String> { mirrored(names).iter().map(|path| path.display().to_string()).collect() };
        assert_eq!(mirrored(&["k8s/a.yaml", "k8s/sub/b.yaml"]), ["a.yaml", "sub/b.yaml"]);
        assert_eq!(mirrored(&["/abs/a.yaml"]), ["a.yaml"]);
        assert_eq!(mirrored(&["../x/a.yaml", "y/a.yaml"]), ["x/a.yaml", "y/a.yaml"]);
        assert_eq!(mirrored(&["<stdin>"]), ["stdin"]);
        let served = ["cluster:shop/Service/cart", "cluster:bank/Service/ledger"];
        assert_eq!(mirrored(&served), ["shop/Service/cart.yaml", "bank/Service/ledger.yaml"]);
    }
}
