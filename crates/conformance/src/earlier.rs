//! `cargo xtask record --earlier`: what an earlier release makes of the rows that are recorded.

use std::fs;
use std::path::Path;

use s2a_conformance::Failure;
use s2a_conformance::baseline::{MeshRows, Rows, SideName};
use s2a_conformance::decision::recorded;
use s2a_conformance::pair::Side;
use s2a_conformance::question::Question;
use s2a_conformance::sets::{self, Set};

use crate::recorder::{Answer, Recorder, Release, Task};

/// Some rows, with the mesh that they are about.
struct Asked<'a> {
    rows: &'a MeshRows,
    text: &'a str,
    mesh_config: &'a str,
    side: Side,
    questions: Vec<Question>,
}

impl Asked<'_> {
    fn task(&self) -> Task<'_> {
        let Asked { text, mesh_config, side, questions, .. } = self;
        Task { manifests: text, mesh_config, side, questions }
    }
}

/// Asks the earlier release the questions of these sets, or of all, and keeps the rows that differ.
pub(crate) fn run(root: &Path, names: &[&str]) -> Result<String, Failure> {
    let recorder = Recorder::ready(root, Release::Earlier)?;
    let mut said = String::new();
    for set in sets::all(root)?.iter().filter(|set| names.is_empty() || names.contains(&set.name.as_str())) {
        said.push_str(&record(root, &recorder, set)?);
    }
    Ok(said)
}

fn record(root: &Path, recorder: &Recorder, set: &Set) -> Result<String, Failure> {
    let asked =
        set.rows.meshes.iter().filter_map(|rows| asked(set, rows).transpose()).collect::<Result<Vec<_>, _>>()?;
    let (mut said, mut meshes) = (String::new(), Vec::new());
    let answers = recorder.judge(&asked.iter().map(Asked::task).collect::<Vec<_>>());
    for (one, answer) in asked.iter().zip(answers) {
        match answer {
            Ok(answer) => meshes.extend(differences(one, &answer)),
            Err(failure) => said.push_str(&format!("{} {}: {failure}\n", one.rows.mesh, one.rows.side.as_str())),
        }
    }
    let count: usize = asked.iter().map(|one| one.questions.len()).sum();
    let other: usize = meshes.iter().map(|mesh: &MeshRows| mesh.rows.len()).sum();
    said.push_str(&format!("{}: {other} of {count} rows differ\n", set.name));
    let folder = root.join("testdata/baseline/earlier");
    let path = folder.join(format!("{}.rows", set.name));
    let failed = |error: std::io::Error| Failure::File { path: path.display().to_string(), reason: error.to_string() };
    fs::create_dir_all(&folder).map_err(failed)?;
    fs::write(&path, Rows { recorded_with: recorder.versions()?, meshes }.text()).map_err(failed)?;
    Ok(said)
}

/// Rows whose mesh is still the one that was recorded.
fn asked<'a>(set: &'a Set, rows: &'a MeshRows) -> Result<Option<Asked<'a>>, Failure> {
    let Some((pair, text)) = set.recorded(rows) else { return Ok(None) };
    let (before, after) = pair.lower()?;
    let side = match rows.side {
        SideName::Before => Some(before),
        SideName::After => after,
    };
    let Some(side) = side else { return Ok(None) };
    Ok(Some(Asked { rows, text, mesh_config: &pair.mesh_config, side, questions: rows.questions()? }))
}

/// The rows that the earlier release answers otherwise.
fn differences(asked: &Asked<'_>, answer: &Answer) -> Option<MeshRows> {
    let fates = answer.fates.iter().flatten();
    let rows = asked.questions.iter().zip(fates).zip(&asked.rows.rows).filter_map(|((question, fate), (text, now))| {
        let then = match fate.error.is_empty() {
            true => recorded(fate, question.http.as_ref()),
            false => format!("not judged: {}", fate.error),
        };
        (then != *now).then(|| (text.clone(), then))
    });
    let rows: Vec<_> = rows.collect();
    (!rows.is_empty()).then(|| MeshRows { rows, ..asked.rows.clone() })
}
