//! Every row of `rules/routes` and every attribute has its mesh; the rows that `rules/targets.toml` names exist; what an
//! earlier release does otherwise is among them.

use std::collections::BTreeSet;
use std::sync::Arc;

use libtest_mimic::{Failed, Trial};
use s2a_catalog::Catalog;
use s2a_conformance::baseline::MeshRows;
use s2a_conformance::sets::{self, Set};

/// The test of a set that has to be complete.
pub(crate) fn trial(set: &Arc<Set>) -> Option<Trial> {
    let wanted: fn(&Catalog) -> Vec<String> = match set.name.as_str() {
        "fields" => fields,
        "attributes" => attributes,
        _ => return None,
    };
    let set = Arc::clone(set);
    Some(Trial::test(format!("complete {}", set.name), move || is_complete(&set, &wanted(&Catalog::load()?))))
}

fn is_complete(set: &Set, wanted: &[String]) -> Result<(), Failed> {
    let recorded: BTreeSet<&String> =
        set.rows.meshes.iter().filter(|mesh| !mesh.rows.is_empty()).map(|mesh| &mesh.mesh).collect();
    let missing: Vec<&String> = wanted.iter().filter(|name| !recorded.contains(name)).collect();
    if missing.is_empty() { Ok(()) } else { Err(format!("no rows for {missing:?}").into()) }
}

/// The fields that a VirtualService can have, by message: a mesh is called like its row.
fn fields(catalog: &Catalog) -> Vec<String> {
    let mut messages = vec!["VirtualService"];
    let (mut seen, mut names) = (BTreeSet::new(), Vec::new());
    while let Some(name) = messages.pop() {
        let Some(message) = catalog.messages().iter().find(|one| one.message == name && seen.insert(name)) else {
            continue;
        };
        for field in &message.field {
            match &field.message {
                Some(inner) => messages.push(inner),
                None => names.push(format!("{name}/{}", field.source)),
            }
        }
    }
    names
}

fn attributes(catalog: &Catalog) -> Vec<String> {
    catalog.attributes().iter().map(sets::mesh_of).collect()
}

/// The tests of what `rules/targets.toml` says about the rows.
pub(crate) fn targets(sets: &[Arc<Set>]) -> Vec<Trial> {
    let (named, differing) = (sets.to_vec(), sets.to_vec());
    vec![
        Trial::test("targets rows that are named exist", move || {
            let names: BTreeSet<String> = named.iter().flat_map(|set| names(&set.name, &set.rows.meshes)).collect();
            none_of(&evidence()?.difference(&names).cloned().collect::<Vec<_>>(), "no such rows")
        }),
        Trial::test("targets explain what the earlier release does otherwise", move || {
            let names = differing.iter().flat_map(|set| names(&set.name, &set.earlier.meshes));
            let told = evidence()?;
            let is_told = |name: &String| told.contains(name) || told.contains(&other_side(name));
            none_of(&names.filter(|name| !is_told(name)).collect::<Vec<_>>(), "no feature names")
        }),
    ]
}

fn none_of(names: &[String], what: &str) -> Result<(), Failed> {
    if names.is_empty() { Ok(()) } else { Err(format!("{what} {names:?}").into()) }
}

/// Set, mesh and side of rows.
fn names(set: &str, meshes: &[MeshRows]) -> Vec<String> {
    meshes.iter().map(|mesh| format!("{set} {} {}", mesh.mesh, mesh.side.as_str())).collect()
}

fn other_side(name: &str) -> String {
    match name.strip_suffix(" after") {
        Some(mesh) => format!("{mesh} before"),
        None => name.replace(" before", " after"),
    }
}

/// The rows that features name as their evidence.
fn evidence() -> Result<BTreeSet<String>, Failed> {
    let catalog = Catalog::load()?;
    let rows = catalog.targets().feature.iter().flat_map(|feature| feature.evidence.split("; row: ").skip(1));
    Ok(rows.map(str::to_owned).collect())
}
