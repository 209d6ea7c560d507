//! `cargo xtask bless`: the cases write what they expect.

use std::process::Command;

use crate::failure::Failure;
use crate::repository::Repository;

/// Runs the cases with permission to rewrite `expected.yaml` and `report.txt`. Whether a case may is decided by its
/// own declaration of verdict and diagnostics.
pub(crate) fn run(repository: &Repository) -> Result<String, Failure> {
    let failed = |reason: String| Failure::Program { program: "cargo test --test cases".to_owned(), reason };
    let status = Command::new("cargo")
        .args(["test", "--package", "sidecar2ambient", "--test", "cases"])
        .env("S2A_BLESS", "1")
        .current_dir(repository.path(""))
        .status()
        .map_err(|error| failed(error.to_string()))?;
    match status.success() {
        true => Ok("blessed; read the difference before you commit it\n".to_owned()),
        false => Err(failed("some cases declare another verdict or other diagnostics than they got".to_owned())),
    }
}
