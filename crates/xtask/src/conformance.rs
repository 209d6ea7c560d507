//! `cargo xtask record` and `cargo xtask campaign`: what the real Istio does.

use std::process::Command;

use crate::failure::Failure;
use crate::repository::Repository;

/// Runs the program of `crates/conformance`, which is built only for this.
pub(crate) fn run(repository: &Repository, arguments: &[&str]) -> Result<String, Failure> {
    let failed = |reason: String| Failure::Program { program: "conformance".to_owned(), reason };
    let status = Command::new("cargo")
        .args(["run", "--quiet", "--package", "s2a-conformance", "--"])
        .args(arguments)
        .current_dir(repository.path(""))
        .status()
        .map_err(|error| failed(error.to_string()))?;
    if status.success() { Ok(String::new()) } else { Err(failed(status.to_string())) }
}
