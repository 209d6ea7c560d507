//! Generated files are what would be generated.

use crate::failure::Failure;
use crate::generate;
use crate::repository::Repository;

pub(super) fn check(repository: &Repository) -> Result<Vec<String>, Failure> {
    let outputs = generate::outputs(repository)?;
    let stale = outputs.iter().filter(|output| !generate::is_fresh(repository, output));
    Ok(stale.map(|output| format!("{} is stale; run `cargo xtask generate`", output.path)).collect())
}
