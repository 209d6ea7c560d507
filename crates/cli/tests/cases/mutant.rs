//! A correct output with one fault: the comparison must find it.

use std::fs;
use std::path::Path;

use s2a_catalog::Target;
use s2a_manifest::Input;
use s2a_verify::Judgement;
use serde::Deserialize;
use sidecar2ambient::comparison::compare;
use sidecar2ambient::conversion::Request;

use crate::case;
use crate::check::together;

/// `counterexample.toml`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Fault {
    path: String,
    verdict: String,
}

/// Compares the case's input with the faulty output.
pub(crate) fn run(folder: &Path, cases: &Path) -> Result<(), String> {
    let read = |name: &str| fs::read_to_string(folder.join(name)).map_err(|error| format!("{name}: {error}"));
    let fault: Fault = toml::from_str(&read("counterexample.toml")?).map_err(|error| error.to_string())?;
    let original = original(folder, cases)?;
    let case = case::read(&original)?;
    let before = case::inputs(&original)?;
    let after = vec![Input { name: "after.yaml".to_owned(), bytes: read("after.yaml")?.into_bytes() }];
    let mut request = Request::for_target(Target::default());
    if let Some(text) = &case.mesh_config {
        s2a_manifest::read_mesh_config(text, &mut request.settings).map_err(|error| error.to_string())?;
    }
    let comparison = compare(before, after, "default", &request.settings, request.features_before);
    let comparison = comparison.map_err(|error| error.to_string())?;
    let own = together(&comparison.verdicts, &fault.path);
    if own == fault.verdict {
        return Ok(());
    }
    let shown: Vec<String> = comparison
        .verdicts
        .iter()
        .filter(|verdict| verdict.way.as_str() == fault.path && !matches!(verdict.judgement, Judgement::Equivalent))
        .map(|verdict| format!("{:?} {:#?}", verdict.destination, verdict.judgement))
        .collect();
    Err(format!("expected {} on path {}, is {own}\n{}", fault.verdict, fault.path, shown.join("\n")))
}

/// The case that a mutant belongs to: `mutants/authz/CASE/FAULT` to `cases/authz/CASE`, or another group's.
fn original(folder: &Path, cases: &Path) -> Result<std::path::PathBuf, String> {
    let name = folder.parent().and_then(Path::file_name).ok_or("no case folder")?;
    let groups = crate::folders(cases);
    let found = groups.iter().map(|group| group.join(name)).find(|path| path.is_dir());
    found.ok_or_else(|| format!("no case {}", name.to_string_lossy()))
}
