//! `cargo xtask corpus DIR`: the binary over many repositories.

mod fields;
mod forms;
mod shares;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::failure::Failure;
use crate::repository::Repository;
use fields::Fields;
use forms::Forms;
use shares::Shares;

/// The exit code of a Rust program that panicked.
const PANIC: i32 = 101;

/// Longer than the largest repository takes; what takes longer hangs.
const LIMIT: Duration = Duration::from_secs(120);

/// How one run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Ending {
    Code(i32),
    Panic,
    Signal,
    Overdue,
}

/// Checks every repository below `folder/files` and counts how the runs ended. Findings in a repository are no
/// failure; panics, signals and runs without an end are.
pub(crate) fn run(repository: &Repository, folder: &Path) -> Result<String, Failure> {
    let binary = repository.metadata()?.target_directory.join("release/sidecar2ambient");
    if !binary.exists() {
        let reason = "not built; run `cargo build --release --package sidecar2ambient`".to_owned();
        return Err(Failure::Program { program: binary.display().to_string(), reason });
    }
    let report = repository.metadata()?.target_directory.join("corpus-report.json");
    let mut shares = Shares::default();
    let mut forms = Forms::default();
    let mut fields = Fields::default();
    let catalog = repository.catalog()?;
    let rows = catalog.fields("VirtualService");
    let mut counts: BTreeMap<Ending, usize> = BTreeMap::new();
    let mut lines = Vec::new();
    let mut failed = false;
    for path in entries(&folder.join("files"))? {
        if !path.is_dir() {
            lines.push(format!("skipped: {} is no folder", path.display()));
            continue;
        }
        let ending = check(&binary, &path, &report)?;
        let found = read(&report);
        shares.add(&found);
        forms.add(&found);
        fields.add(&rows, &path)?;
        let count = counts.entry(ending).or_default();
        *count = count.saturating_add(1);
        if let Some(word) = failure_word(ending) {
            lines.push(format!("{word}: {}", path.display()));
            failed = true;
        }
    }
    lines.extend(counts.iter().map(|(ending, count)| format!("{count:>6}  {}", describe(*ending))));
    lines.extend(shares.lines());
    lines.extend(forms.lines());
    lines.extend(fields.lines(&rows));
    if failed { Err(Failure::Findings(lines)) } else { Ok(lines.join("\n") + "\n") }
}

fn entries(folder: &Path) -> Result<Vec<PathBuf>, Failure> {
    let failed = |source| Failure::File { path: folder.to_owned(), source };
    let entries = fs::read_dir(folder).map_err(failed)?;
    let mut paths =
        entries.map(|entry| entry.map(|entry| entry.path())).collect::<Result<Vec<_>, _>>().map_err(failed)?;
    paths.sort();
    Ok(paths)
}

/// The report of the last run; nothing if it wrote none.
fn read(report: &Path) -> Value {
    let text = fs::read_to_string(report).unwrap_or_default();
    fs::remove_file(report).ok();
    serde_json::from_str(&text).unwrap_or_default()
}

fn check(binary: &Path, folder: &Path, report: &Path) -> Result<Ending, Failure> {
    let failed =
        |error: std::io::Error| Failure::Program { program: binary.display().to_string(), reason: error.to_string() };
    let mut command = Command::new(binary);
    command.arg("check").arg(folder).arg(format!("--report=json={}", report.display()));
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    let mut child = command.spawn().map_err(failed)?;
    let started = Instant::now();
    while started.elapsed() < LIMIT {
        if let Some(status) = child.try_wait().map_err(failed)? {
            return Ok(ending(status));
        }
        thread::sleep(Duration::from_millis(5));
    }
    child.kill().and_then(|()| child.wait()).map_err(failed)?;
    Ok(Ending::Overdue)
}

fn ending(status: ExitStatus) -> Ending {
    match status.code() {
        Some(PANIC) => Ending::Panic,
        Some(code) => Ending::Code(code),
        None => Ending::Signal,
    }
}

fn failure_word(ending: Ending) -> Option<&'static str> {
    match ending {
        Ending::Code(_) => None,
        Ending::Panic => Some("panic"),
        Ending::Signal => Some("signal"),
        Ending::Overdue => Some("overdue"),
    }
}

fn describe(ending: Ending) -> String {
    match ending {
        Ending::Code(code) => format!("exit code {code}"),
        Ending::Panic => "panics".to_owned(),
        Ending::Signal => "ended by a signal".to_owned(),
        Ending::Overdue => format!("still running after {} seconds", LIMIT.as_secs()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn findings_are_no_failure_and_crashes_are() {
        assert_eq!(failure_word(Ending::Code(1)), None);
        for ending in [Ending::Panic, Ending::Signal, Ending::Overdue] {
            assert!(failure_word(ending).is_some());
        }
    }
}
