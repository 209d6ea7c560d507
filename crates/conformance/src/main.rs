//! Records what the real Istio does: `cargo xtask record [--earlier] [SET…]`, `cargo xtask campaign --meshes N --seed S`.

mod attributes;
mod campaign;
mod earlier;
mod record;
mod recorder;
mod sources;

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use s2a_conformance::Failure;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let done = match arguments.as_slice() {
        ["record", "--earlier", sets @ ..] => earlier::run(&root(), sets),
        ["record", sets @ ..] => record::run(&root(), sets),
        ["campaign", "--meshes", meshes, "--seed", seed] => match (meshes.parse(), seed.parse()) {
            (Ok(meshes), Ok(seed)) => campaign::run(&root(), meshes, seed),
            _ => Err(usage()),
        },
        _ => Err(usage()),
    };
    match done {
        Ok(text) => {
            say(&text);
            ExitCode::SUCCESS
        }
        Err(failure) => {
            say(&format!("{failure}\n"));
            ExitCode::FAILURE
        }
    }
}

fn usage() -> Failure {
    Failure::Malformed("usage: conformance record [--earlier] [SET…] | campaign --meshes N --seed S".to_owned())
}

/// The repository.
fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// Writes to the terminal, which may be closed.
fn say(text: &str) {
    let _ = std::io::stdout().write_all(text.as_bytes());
}
