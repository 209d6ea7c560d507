//! `cargo xtask campaign`: random meshes, converted, judged before and after, and compared with the model.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::{Config, RngSeed, TestRunner};
use s2a_conformance::Failure;
use s2a_conformance::decision::{agrees, modelled, recorded};
use s2a_generate::Documents;

use crate::record::{Prepared, prepare};
use crate::recorder::{Recorder, Release, Task};
use crate::sources::{Source, Told, converted};

/// How many meshes are judged together.
const BATCH: usize = 30;

/// How many questions are put to a mesh.
const QUESTIONS: usize = 20;

/// How often a mesh is made smaller at the most.
const SHRINKS: usize = 60;

/// What a campaign has seen.
#[derive(Default)]
struct Seen {
    meshes: usize,
    rows: usize,
    not_judged: BTreeMap<String, usize>,
    disagreeing: usize,
}

/// Judges meshes, and writes each that disagrees, made small, to `target/campaign` for a person to judge.
pub(crate) fn run(root: &Path, meshes: usize, seed: u64) -> Result<String, Failure> {
    let recorder = Recorder::ready(root, Release::Current)?;
    let config = Config { rng_seed: RngSeed::Fixed(seed), failure_persistence: None, ..Config::default() };
    let mut runner = TestRunner::new(config);
    let mut seen = Seen::default();
    while seen.meshes < meshes {
        let trees = (0..BATCH.min(meshes.saturating_sub(seen.meshes))).map(|_| {
            let tree = s2a_generate::documents().new_tree(&mut runner);
            tree.map_err(|reason| Failure::Malformed(reason.to_string()))
        });
        let trees = trees.collect::<Result<Vec<_>, _>>()?;
        let sources = trees.iter().map(|tree| source(seen.meshes, &tree.current())).collect::<Result<Vec<_>, _>>()?;
        let found = judge(&recorder, sources, &mut seen)?;
        for (mut tree, complaints) in trees.into_iter().zip(found) {
            seen.meshes = seen.meshes.saturating_add(1);
            if !complaints.is_empty() {
                seen.disagreeing = seen.disagreeing.saturating_add(1);
                let (mesh, complaints) = smaller(&recorder, &mut tree, complaints)?;
                keep(root, seed, seen.meshes, &mesh, &complaints)?;
            }
        }
    }
    Ok(seen.text(seed))
}

fn source(number: usize, documents: &Documents) -> Result<Source, Failure> {
    Ok(Source { pair: converted(number.to_string(), documents.stream())?, told: Told::None })
}

/// The disagreements of each mesh.
fn judge(recorder: &Recorder, sources: Vec<Source>, seen: &mut Seen) -> Result<Vec<Vec<String>>, Failure> {
    let prepared = sources.into_iter().map(|source| prepare(source, QUESTIONS)).collect::<Result<Vec<_>, _>>()?;
    prepared_disagreements(recorder, &prepared, seen)
}

fn prepared_disagreements(
    recorder: &Recorder,
    prepared: &[Prepared],
    seen: &mut Seen,
) -> Result<Vec<Vec<String>>, Failure> {
    let sides: Vec<_> =
        prepared.iter().enumerate().flat_map(|(mesh, one)| one.sides.iter().map(move |side| (mesh, side))).collect();
    let tasks: Vec<Task<'_>> = sides
        .iter()
        .map(|(_, one)| Task { manifests: &one.text, mesh_config: "", side: &one.side, questions: &one.questions })
        .collect();
    let mut found = vec![Vec::new(); prepared.len()];
    for (answer, (mesh, one)) in recorder.judge(&tasks).into_iter().zip(sides) {
        let answer = match answer {
            Ok(answer) => answer,
            Err(failure) => {
                seen.skip(&failure.to_string());
                continue;
            }
        };
        let model = &one.side.lowered.mesh;
        for (question, fate) in one.questions.iter().zip(answer.fates.iter().flatten()) {
            if !fate.error.is_empty() {
                seen.skip(&fate.error);
                continue;
            }
            seen.rows = seen.rows.saturating_add(1);
            let real = recorded(fate, question.http.as_ref());
            let own = modelled(&model.evaluate(&question.request(model)), question.http.as_ref());
            if let Some(complaints) = found.get_mut(mesh).filter(|_| !agrees(&real, &own)) {
                complaints.push(format!("{}: {question}\n    real  {real}\n    model {own}", one.name.as_str()));
            }
        }
    }
    Ok(found)
}

/// Makes a mesh smaller while it still disagrees.
fn smaller(
    recorder: &Recorder,
    tree: &mut impl ValueTree<Value = Documents>,
    complaints: Vec<String>,
) -> Result<(String, Vec<String>), Failure> {
    let mut best = (tree.current().stream(), complaints);
    let mut going = tree.simplify();
    for _ in 0..SHRINKS {
        if !going {
            break;
        }
        let documents = tree.current();
        let found = judge(recorder, vec![source(0, &documents)?], &mut Seen::default())?.concat();
        going = if found.is_empty() {
            tree.complicate()
        } else {
            best = (documents.stream(), found);
            tree.simplify()
        };
    }
    Ok(best)
}

fn keep(root: &Path, seed: u64, number: usize, mesh: &str, complaints: &[String]) -> Result<(), Failure> {
    let folder = root.join(format!("target/campaign/{seed}-{number}"));
    let failed =
        |error: std::io::Error| Failure::File { path: folder.display().to_string(), reason: error.to_string() };
    fs::create_dir_all(&folder).map_err(failed)?;
    fs::write(folder.join("input.yaml"), mesh).map_err(failed)?;
    fs::write(folder.join("disagreement.txt"), complaints.join("\n")).map_err(failed)
}

impl Seen {
    fn skip(&mut self, why: &str) {
        let count = self.not_judged.entry(why.chars().take(80).collect()).or_default();
        *count = count.saturating_add(1);
    }

    fn text(&self, seed: u64) -> String {
        let mut text =
            format!("seed {seed}: {} meshes, {} rows, {} meshes disagree\n", self.meshes, self.rows, self.disagreeing);
        for (why, count) in &self.not_judged {
            text.push_str(&format!("not judged {count}: {why}\n"));
        }
        text
    }
}
