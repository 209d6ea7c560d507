//! `cargo xtask generate`: what follows from `rules/`.

mod attributes_page;
mod checks;
mod checks_page;
mod codes;
mod diagnostics_page;
mod embedded;
mod features;
mod known;
mod markdown;
mod releases_page;
mod routes_page;
mod rust;

use crate::failure::Failure;
use crate::repository::Repository;

/// A file which is written by this program alone.
pub(crate) struct Output {
    /// The path below the root.
    pub(crate) path: &'static str,
    /// What it must hold.
    pub(crate) text: String,
}

/// Writes all generated files and tells which of them changed.
pub(crate) fn run(repository: &Repository) -> Result<String, Failure> {
    let mut report = String::new();
    for output in outputs(repository)? {
        if !is_fresh(repository, &output) {
            repository.write(output.path, &output.text)?;
            report.push_str(&format!("wrote {}\n", output.path));
        }
    }
    Ok(if report.is_empty() { "everything was up to date\n".to_owned() } else { report })
}

/// Returns whether the file on disk is what would be written.
pub(crate) fn is_fresh(repository: &Repository, output: &Output) -> bool {
    repository.read(output.path).is_ok_and(|text| text == output.text)
}

/// Returns every generated file.
pub(crate) fn outputs(repository: &Repository) -> Result<Vec<Output>, Failure> {
    let files = repository.rule_files()?;
    let catalog = repository.catalog()?;
    let output = |path, text| Output { path, text };
    let rust = |path, text: String| Ok::<_, Failure>(output(path, rust::format(repository, &text)?));
    Ok(vec![
        rust("crates/catalog/src/checks.rs", checks::write(catalog.checks()))?,
        rust("crates/catalog/src/codes.rs", codes::write(catalog.diagnostics()))?,
        rust("crates/catalog/src/embedded.rs", embedded::write(files.iter().map(|(path, _)| path.as_str())))?,
        rust("crates/catalog/src/features.rs", features::write(&catalog.targets().feature))?,
        rust("crates/catalog/src/known.rs", known::write(catalog.targets()))?,
        output("docs/src/reference/attributes.md", attributes_page::write(catalog.attributes())),
        output("docs/src/reference/checks.md", checks_page::write(catalog.checks(), catalog.istiod_flags())),
        output("docs/src/reference/diagnostics.md", diagnostics_page::write(catalog.diagnostics())),
        output("docs/src/reference/releases.md", releases_page::write(catalog.targets())),
        output("docs/src/reference/routes.md", routes_page::write(&catalog)),
    ])
}
