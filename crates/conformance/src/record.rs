//! `cargo xtask record`: rows for the sets of meshes.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use s2a_conformance::Failure;
use s2a_conformance::baseline::{MeshRows, Rows, SideName};
use s2a_conformance::choose::{askable, digest, host_fits, questions};
use s2a_conformance::decision::recorded;
use s2a_conformance::pair::{Pair, Side};
use s2a_conformance::pools::Pools;
use s2a_conformance::question::Question;
use s2a_conformance::told;
use s2a_model::Destination;

use crate::attributes;
use crate::recorder::{Recorder, Release, Task};
use crate::sources::{self, Source, Told};

/// How many questions are put to a mesh besides those that a person wrote; a mesh of four guarded Services gets more.
const QUESTIONS: usize = 30;
const QUESTIONS_FOR_ATTRIBUTES: usize = 64;
const QUESTIONS_FOR_VECTORS: usize = 0;

/// Records the sets with these names, or all.
pub(crate) fn run(root: &Path, sets: &[&str]) -> Result<String, Failure> {
    let recorder = Recorder::ready(root, Release::Current)?;
    let mut said = String::new();
    for set in ["attributes", "cases", "fields", "random", "vectors"] {
        if !sets.is_empty() && !sets.contains(&set) {
            continue;
        }
        let sources = match set {
            "attributes" => attributes::sources()?,
            "cases" => sources::cases(root)?,
            "fields" => sources::fields(root)?,
            "vectors" => sources::vectors(root)?,
            _ => sources::random()?,
        };
        if ["attributes", "fields", "random"].contains(&set) {
            write(&root.join(format!("testdata/baseline/{set}.meshes")), &mesh_texts(&sources))?;
        }
        said.push_str(&record(root, &recorder, set, sources)?);
    }
    Ok(said)
}

/// A mesh that is ready to be judged.
pub(crate) struct Prepared {
    pub(crate) pair: Pair,
    pub(crate) sides: Vec<PreparedSide>,
}

/// One side of it, and what is asked.
pub(crate) struct PreparedSide {
    pub(crate) name: SideName,
    pub(crate) text: String,
    pub(crate) side: Side,
    pub(crate) questions: Vec<Question>,
}

fn record(root: &Path, recorder: &Recorder, set: &str, sources: Vec<Source>) -> Result<String, Failure> {
    let count = match set {
        "attributes" => QUESTIONS_FOR_ATTRIBUTES,
        "vectors" => QUESTIONS_FOR_VECTORS,
        _ => QUESTIONS,
    };
    let prepared = sources.into_iter().map(|source| prepare(source, count)).collect::<Result<Vec<_>, _>>()?;
    let mut tasks = Vec::new();
    let mut about = Vec::new();
    for one in &prepared {
        for side in &one.sides {
            let PreparedSide { text, side: mesh, questions, .. } = side;
            tasks.push(Task { manifests: text, mesh_config: &one.pair.mesh_config, side: mesh, questions });
            about.push((&one.pair.name, side));
        }
    }
    let mut rows = Rows { recorded_with: recorder.versions()?, meshes: Vec::new() };
    let mut said = String::new();
    for (answer, (mesh, of)) in recorder.judge(&tasks).into_iter().zip(about) {
        let side = of.name;
        let answer = match answer {
            Ok(answer) => answer,
            Err(failure) => {
                said.push_str(&format!("{mesh} {}: {failure}\n", side.as_str()));
                continue;
            }
        };
        for refused in &answer.refused {
            said.push_str(&format!("{mesh} {}: refused {refused}\n", side.as_str()));
        }
        let mut lines = BTreeMap::new();
        for (question, fate) in of.questions.iter().zip(answer.fates.iter().flatten()) {
            if fate.error.is_empty() {
                lines.insert(question.to_string(), recorded(fate, question.http.as_ref()));
            } else {
                said.push_str(&format!("{mesh} {}: {question}: {}\n", side.as_str(), fate.error));
            }
        }
        let digest = format!("{:016x}", digest(&of.text));
        rows.meshes.push(MeshRows { mesh: mesh.clone(), side, digest, rows: lines.into_iter().collect() });
    }
    let count: usize = rows.meshes.iter().map(|mesh| mesh.rows.len()).sum();
    said.push_str(&format!("{set}: {count} rows of {} meshes\n", rows.meshes.len()));
    write(&root.join(format!("testdata/baseline/{set}.rows")), &rows.text())?;
    Ok(said)
}

/// The meshes of a set that has no other place for them.
fn mesh_texts(sources: &[Source]) -> String {
    let text = |source: &Source| {
        let Pair { name, before, after, .. } = &source.pair;
        let after = after.as_ref().map(|after| format!("= {name} after\n{after}")).unwrap_or_default();
        format!("= {name} before\n{before}{after}")
    };
    sources.iter().map(text).collect()
}

fn write(path: &Path, text: &str) -> Result<(), Failure> {
    fs::write(path, text).map_err(|error| Failure::File { path: path.display().to_string(), reason: error.to_string() })
}

/// Lowers a mesh and chooses what to ask of it.
pub(crate) fn prepare(source: Source, count: usize) -> Result<Prepared, Failure> {
    let Source { pair, told } = source;
    let (before, after) = pair.lower()?;
    let sides: Vec<&Side> = std::iter::once(&before).chain(&after).collect();
    let meshes: Vec<_> = sides.iter().map(|side| &side.lowered.mesh).collect();
    let pools = Pools::of(&sides);
    let malformed = |reason| Failure::Mesh { mesh: pair.name.clone(), reason };
    let mut all = match told {
        Told::Case(text) => told::questions(&text, &before.lowered.mesh).map_err(malformed)?,
        Told::Vector(questions) => questions,
        Told::None => Vec::new(),
    };
    all.retain(|question| askable(question, &meshes));
    all.extend(questions(&meshes, &pools, digest(&pair.name), count));
    let fits = |question: &&Question, name: SideName| name == SideName::After || host_fits(question);
    let exists = |question: &&Question, side: &Side| {
        let mesh = &side.lowered.mesh;
        match &question.to {
            Destination::Service { service, .. } => mesh.service(service).is_some(),
            Destination::Workload { workload, .. } => mesh.workload(workload).is_some(),
        }
    };
    let prepared = |name: SideName, text: &str, side: Side| {
        let questions =
            all.iter().filter(|question| exists(question, &side) && fits(question, name)).cloned().collect();
        PreparedSide { name, text: text.to_owned(), side, questions }
    };
    let mut both = Vec::new();
    if !pair.before.is_empty() {
        both.push(prepared(SideName::Before, &pair.before, before));
    }
    both.extend(after.map(|side| prepared(SideName::After, pair.after.as_deref().unwrap_or_default(), side)));
    Ok(Prepared { sides: both, pair })
}
