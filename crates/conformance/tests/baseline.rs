//! Every row of `testdata/baseline` against the model: a test for each recorded mesh, and at the end the rows by area and
//! by the point that decides.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a test may fail loudly and tells what it counted"
)]

#[path = "baseline/complete.rs"]
mod complete;
#[path = "baseline/tally.rs"]
mod tally;
#[path = "baseline/uncovered.rs"]
mod uncovered;

use std::path::Path;
use std::process::ExitCode;
use std::sync::{Arc, Mutex};

use libtest_mimic::{Arguments, Failed, Trial};
use s2a_catalog::Target;
use s2a_conformance::baseline::{MeshRows, SideName};
use s2a_conformance::decision::{agrees, modelled};
use s2a_conformance::pair::{Pair, Side};
use s2a_conformance::sets::{self, Set};
use s2a_conformance::vectors::{Asked, Vector};
use s2a_model::Features;
use sidecar2ambient::conversion::features;

use tally::Tally;
use uncovered::Uncovered;

/// The releases of Istio and of Gateway API that the rows in `earlier` come closest to.
const EARLIER: (&str, &str) = ("1.30", "1.5");

/// The largest part of the meshes, one in so many, that may have changed since they were recorded.
const STALE_AT_MOST: usize = 5;

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let tally = Arc::new(Mutex::new(Tally::default()));
    let uncovered = Arc::new(Uncovered::read(&root));
    let mut trials = Vec::new();
    let (vectors, fields) = (sets::vectors(&root).unwrap(), sets::fields(&root).unwrap());
    let sets: Vec<Arc<Set>> = sets::all(&root).unwrap().into_iter().map(Arc::new).collect();
    trials.extend(complete::targets(&sets));
    for set in sets {
        let trial = |rows: &MeshRows| trial(&set, rows, &tally, &uncovered);
        trials.extend(set.rows.meshes.iter().map(trial));
        let expected = match set.name.as_str() {
            "vectors" => &vectors[..],
            "fields" => &fields[..],
            _ => &[],
        };
        trials.extend(expected.iter().map(|vector| expectations(&set, vector)));
        trials.extend(complete::trial(&set));
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
fn trial(set: &Arc<Set>, rows: &MeshRows, tally: &Arc<Mutex<Tally>>, uncovered: &Arc<Uncovered>) -> Trial {
    let name = format!("{} {} {}", set.name, rows.mesh, rows.side.as_str());
    let stale = set.recorded(rows).is_none();
    let (set, tally, uncovered) = (Arc::clone(set), Arc::clone(tally), Arc::clone(uncovered));
    let (rows, area) = (rows.clone(), name.clone());
    let run = move || {
        let pair = set.meshes.get(&rows.mesh).ok_or("no such mesh")?;
        check(&area, pair, &rows, &tally, &uncovered)?;
        check_earlier(pair, &set, &rows)
    };
    Trial::test(name, run).with_ignored_flag(stale)
}

/// A test of what a person expects of a vector against what was recorded of it.
fn expectations(set: &Arc<Set>, vector: &Vector) -> Trial {
    let (set, vector) = (Arc::clone(set), vector.clone());
    let name = format!("expected {} {}", vector.pair.name, vector.side().as_str());
    let run = move || {
        let of = |mesh: &&MeshRows| mesh.mesh == vector.pair.name && mesh.side == vector.side();
        let rows = set.rows.meshes.iter().find(of).ok_or("not recorded: run `cargo xtask record vectors`")?;
        let complaint = |asked: &Asked| {
            let text = asked.question.to_string();
            match rows.rows.iter().find(|(question, _)| *question == text) {
                Some((_, decision)) if asked.is_met(decision) => None,
                found => Some(format!("{text}\n    expected {}\n    recorded {found:?}", asked.wanted)),
            }
        };
        let complaints: Vec<String> = vector.asked.iter().filter_map(complaint).collect();
        if complaints.is_empty() { Ok(()) } else { Err(complaints.join("\n").into()) }
    };
    Trial::test(name, run)
}

fn check(name: &str, pair: &Pair, rows: &MeshRows, tally: &Mutex<Tally>, uncovered: &Uncovered) -> Result<(), Failed> {
    let side = side(pair.lower()?, rows.side)?;
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

/// The model with what it is told of the earlier release, where that is something else. Rows that the earlier release
/// answers otherwise are those of a feature that `rules/targets.toml` names, and left to it.
fn check_earlier(pair: &Pair, set: &Set, rows: &MeshRows) -> Result<(), Failed> {
    let now = features(&Target::default());
    let Features { policies_compare_header_lines, routes_compare_header_lines, .. } = now;
    // These are facts about Envoy, and both releases were asked with the same one.
    let earlier = Features {
        policies_compare_header_lines,
        routes_compare_header_lines,
        ..features(&Target::parse(EARLIER.0, EARLIER.1)?)
    };
    let differs = |other: &&MeshRows| other.mesh == rows.mesh && other.side == rows.side;
    if earlier == now || set.earlier.meshes.iter().any(|one| differs(&one)) {
        return Ok(());
    }
    let (before, after) = pair.lower_with(earlier)?;
    let (now, then) = (side(pair.lower()?, rows.side)?, side((before, after), rows.side)?);
    for (question, (text, _)) in rows.questions()?.iter().zip(&rows.rows) {
        let fate = |side: &Side| {
            let mesh = &side.lowered.mesh;
            modelled(&mesh.evaluate(&question.request(mesh)), question.http.as_ref())
        };
        if fate(&now) != fate(&then) {
            return Err(
                format!("{text}\n    the model of {} says {}, the release does not", EARLIER.0, fate(&then)).into()
            );
        }
    }
    Ok(())
}

fn side((before, after): (Side, Option<Side>), name: SideName) -> Result<Side, Failed> {
    match name {
        SideName::Before => Ok(before),
        SideName::After => after.ok_or_else(|| "no mesh after".into()),
    }
}
