//! One test per folder of `testdata/cases` and of `testdata/mutants`: the folder's name is the claim.

#[path = "cases/case.rs"]
mod case;
#[path = "cases/check.rs"]
mod check;
#[path = "cases/mutant.rs"]
mod mutant;
#[path = "cases/request.rs"]
mod request;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use libtest_mimic::{Arguments, Trial};

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../testdata");
    let bless = std::env::var_os("S2A_BLESS").is_some();
    let mut trials = Vec::new();
    for folder in folders(&root.join("cases")).iter().flat_map(|group| folders(group)) {
        let name = format!("case {}", tail(&folder, 2));
        trials.push(Trial::test(name, move || check::run(&folder, bless).map_err(Into::into)));
    }
    for folder in folders(&root.join("mutants")).iter().flat_map(|group| folders(group)).flat_map(|case| folders(&case))
    {
        let name = format!("mutant {}", tail(&folder, 3));
        let cases = root.join("cases");
        trials.push(Trial::test(name, move || mutant::run(&folder, &cases).map_err(Into::into)));
    }
    libtest_mimic::run(&arguments, trials).exit_code()
}

/// The folders in a folder, sorted.
fn folders(path: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(path).into_iter().flatten().flatten().map(|entry| entry.path());
    let mut found: Vec<PathBuf> = entries.filter(|path| path.is_dir()).collect();
    found.sort();
    found
}

/// The last parts of a path.
fn tail(path: &Path, count: usize) -> String {
    let parts: Vec<String> = path.components().map(|part| part.as_os_str().to_string_lossy().into_owned()).collect();
    parts.get(parts.len().saturating_sub(count)..).unwrap_or_default().join("/")
}
