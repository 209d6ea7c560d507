//! Which crate may depend on which: the table of the architecture page.

use crate::failure::Failure;
use crate::repository::{Package, Repository};

/// Every crate of ours and the crates of ours it may link.
// tidy: sorted
const ALLOWED: &[(&str, &[&str])] = &[
    ("s2a-admission", &["s2a-catalog", "s2a-diagnostic", "s2a-yaml"]),
    ("s2a-catalog", &["s2a-diagnostic"]),
    ("s2a-cluster", &["s2a-diagnostic", "s2a-yaml"]),
    ("s2a-conformance", &["s2a-catalog", "s2a-generate", "s2a-manifest", "s2a-model", "s2a-yaml", "sidecar2ambient"]),
    ("s2a-diagnostic", &[]),
    ("s2a-generate", &["s2a-yaml"]),
    ("s2a-manifest", &["s2a-catalog", "s2a-diagnostic", "s2a-model", "s2a-yaml"]),
    ("s2a-model", &[]),
    ("s2a-preflight", &["s2a-catalog", "s2a-diagnostic", "s2a-manifest", "s2a-model"]),
    ("s2a-report", &["s2a-catalog", "s2a-diagnostic", "s2a-model", "s2a-verify"]),
    ("s2a-translate", &["s2a-catalog", "s2a-diagnostic", "s2a-model"]),
    ("s2a-verify", &["s2a-model"]),
    ("s2a-xtask", &["s2a-catalog"]),
    ("s2a-yaml", &[]),
];

/// The binary may use everything.
const BINARY: &str = "sidecar2ambient";

/// Libraries of others that a crate of ours must not link.
const FORBIDDEN: &[(&str, &str, &str)] = &[("s2a-model", "serde", "the model is no file format")];

pub(super) fn check(repository: &Repository) -> Result<Vec<String>, Failure> {
    let metadata = repository.metadata()?;
    Ok(metadata.packages.iter().flat_map(package).collect())
}

/// Returns the arrows of one crate that must not exist. Tests may use what they like.
fn package(package: &Package) -> Vec<String> {
    let linked = package.dependencies.iter().filter(|dependency| dependency.kind.as_deref() != Some("dev"));
    linked.filter_map(|dependency| forbidden(&package.name, &dependency.name)).collect()
}

fn forbidden(from: &str, to: &str) -> Option<String> {
    if let Some((_, _, why)) = FORBIDDEN.iter().find(|(who, what, _)| (*who, *what) == (from, to)) {
        return Some(format!("{from} must not depend on {to}: {why}"));
    }
    let ours = to == BINARY || to.starts_with("s2a-");
    if !ours || from == BINARY {
        return None;
    }
    let Some((_, allowed)) = ALLOWED.iter().find(|(name, _)| *name == from) else {
        return Some(format!(
            "{from} has no row in crates/xtask/src/tidy/arrows.rs; add one and one in the architecture page"
        ));
    };
    (!allowed.contains(&to)).then(|| {
        format!(
            "{from} must not depend on {to}; it may depend on: {}",
            if allowed.is_empty() { "none of ours".to_owned() } else { allowed.join(", ") }
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_checker_does_not_know_the_maker() {
        assert!(forbidden("s2a-verify", "s2a-translate").is_some());
        assert!(forbidden("s2a-verify", "s2a-catalog").is_some());
        assert!(forbidden("s2a-translate", "s2a-manifest").is_some());
        assert!(forbidden("s2a-model", "serde").is_some());
    }

    #[test]
    fn allowed_arrows_and_foreign_crates_pass() {
        assert_eq!(forbidden("s2a-verify", "s2a-model"), None);
        assert_eq!(forbidden("s2a-verify", "regex-syntax"), None);
        assert_eq!(forbidden("sidecar2ambient", "s2a-translate"), None);
    }

    #[test]
    fn a_crate_without_a_row_is_named() {
        assert!(forbidden("s2a-new", "s2a-model").unwrap().contains("has no row"));
    }
}
