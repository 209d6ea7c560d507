//! Every row of `testdata/baseline` against the model: a test for each recorded mesh, and at the end the rows by area and
//! by the point that decides.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a test may fail loudly and tells what it counted"
)]

#[path = "baseline/meshes.rs"]
mod meshes;
#[path = "baseline/tally.rs"]
mod tally;
#[path = "baseline/uncovered.rs"]
mod uncovered;

use std::path::Path;
use std::process::ExitCode;
use std::sync::{Arc, Mutex};

use libtest_mimic::{Arguments, Failed, Trial};
use s2a_conformance::baseline::{MeshRows, SideName};
use s2a_conformance::choose::digest;
use s2a_conformance::decision::{agrees, modelled};
use s2a_conformance::pair::Pair;

use tally::Tally;
use uncovered::Uncovered;

/// The largest part of the meshes, one in so many, that may have changed since they were recorded.
const STALE_AT_MOST: usize = 5;

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let tally = Arc::new(Mutex::new(Tally::default()));
    let uncovered = Arc::new(Uncovered::read(&root));
    let mut trials = Vec::new();
    for (set, rows, meshes) in meshes::all(&root) {
        for mesh in rows.meshes {
            trials.push(trial(&set, mesh, &meshes, &tally, &uncovered));
        }
    }
    let stale = trials.iter().filter(|trial| trial.has_ignored_flag()).count();
    let (total, complete) = (trials.len(), arguments.filter.is_none());
    let conclusion = libtest_mimic::run(&arguments, trials);
    let unused = uncovered.unused();
    print!("{}", tally.lock().unwrap().text(&uncovered));
    if complete && !unused.is_empty() {
        println!("testdata/baseline/uncovered.toml names rows that agree: {unused:?}");
        return ExitCode::FAILURE;
    }
    if total == 0 || stale > total / STALE_AT_MOST {
        println!("{stale} of {total} meshes have changed: run `cargo xtask record`");
        return ExitCode::FAILURE;
    }
    conclusion.exit_code()
}

/// A test of one mesh; ignored if the mesh is not any more the one that was recorded.
fn trial(
    set: &str,
    rows: MeshRows,
    meshes: &meshes::Meshes,
    tally: &Arc<Mutex<Tally>>,
    uncovered: &Arc<Uncovered>,
) -> Trial {
    let name = format!("{set} {} {}", rows.mesh, rows.side.as_str());
    let pair = meshes.get(&rows.mesh).cloned();
    let text = pair.as_ref().and_then(|pair| match rows.side {
        SideName::Before => Some(&pair.before),
        SideName::After => pair.after.as_ref(),
    });
    let stale = text.is_none_or(|text| format!("{:016x}", digest(text)) != rows.digest);
    let (tally, uncovered, area) = (Arc::clone(tally), Arc::clone(uncovered), name.clone());
    let run = move || {
        let pair = pair.ok_or("no such mesh")?;
        check(&area, &pair, &rows, &tally, &uncovered)
    };
    Trial::test(name, run).with_ignored_flag(stale)
}

fn check(name: &str, pair: &Pair, rows: &MeshRows, tally: &Mutex<Tally>, uncovered: &Uncovered) -> Result<(), Failed> {
    let (before, after) = pair.lower()?;
    let side = match rows.side {
        SideName::Before => before,
        SideName::After => after.ok_or("no mesh after")?,
    };
    let mesh = &side.lowered.mesh;
    let mut complaints = Vec::new();
    for (question, (text, decision)) in rows.questions()?.iter().zip(&rows.rows) {
        let own = modelled(&mesh.evaluate(&question.request(mesh)), question.http.as_ref());
        tally.lock().unwrap().count(name, decision);
        if !agrees(decision, &own) && !uncovered.excuses(name, text) {
            complaints.push(format!("{text}\n    real  {decision}\n    model {own}"));
        }
    }
    if complaints.is_empty() { Ok(()) } else { Err(complaints.join("\n").into()) }
}
