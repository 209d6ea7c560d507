//! The front door: one set of releases, questions about objects.

use serde_json::Value;

use crate::answer::{Answer, Violation, ViolationRule};
use crate::error::AdmissionError;
use crate::installed::{Installed, Resource};
use crate::{metadata, stored};

/// The releases whose CRDs a cluster has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Release<'a> {
    /// Istio's minor release: `1.31`. A patch release stands for its minor.
    pub istio: &'a str,
    /// Gateway API's minor release: `1.6`. A patch release stands for its minor.
    pub gateway_api: &'a str,
    /// Whether the CRDs of Gateway API's experimental channel are installed, and not those of the standard channel.
    pub experimental: bool,
}

/// An API server as far as it can be known offline. Each schema is compiled when its kind is first asked about.
#[derive(Debug)]
pub struct Admission {
    installed: Installed,
}

impl Admission {
    /// The API server of a cluster with these releases.
    ///
    /// # Errors
    ///
    /// [`AdmissionError::UnknownRelease`] when no CRDs of a minor release are bundled, with those that are.
    pub fn new(release: Release<'_>) -> Result<Self, AdmissionError> {
        Ok(Self { installed: Installed::new(release)? })
    }

    /// What the server would answer to the creation of `object`, with unknown fields refused.
    ///
    /// # Errors
    ///
    /// [`AdmissionError::BrokenSchema`] when a bundled schema does not compile.
    pub fn review(&self, object: &Value) -> Result<Answer, AdmissionError> {
        let (kind, served) = match self.installed.find(object) {
            Resource::Unknown => return Ok(Answer::NotChecked),
            Resource::Refused(violation) => return Ok(Answer::Refused(vec![violation])),
            Resource::Served(kind, served) => (kind, served),
        };
        let schema = served.schema()?;
        let (stored, unknown) = stored::stored(&schema.structural, object);
        let checked = schema.check(&stored);
        let mut violations: Vec<_> = unknown.into_iter().map(unknown_field).collect();
        violations.extend(metadata::violations(&stored, kind.name_rule, kind.scope));
        violations.extend(checked.violations);
        violations.sort();
        violations.dedup();
        Ok(match (violations.is_empty(), checked.complete) {
            (false, _) => Answer::Refused(violations),
            (true, false) => Answer::NotChecked,
            (true, true) => Answer::Accepted,
        })
    }

    /// `object` as the server would store it, and the paths of the unknown fields it would drop, sorted.
    ///
    /// Unknown fields, nulls that mean absence, empty metadata and the status are gone; defaults are filled in. Whether the server
    /// would take it is another question. An object that we have no schema for comes back as it is.
    pub fn store(&self, object: &Value) -> (Value, Vec<String>) {
        let schema = match self.installed.find(object) {
            Resource::Served(_, served) => served.schema().ok(),
            Resource::Unknown | Resource::Refused(_) => None,
        };
        let Some(schema) = schema else { return (object.clone(), Vec::new()) };
        let (mut stored, pruned) = stored::stored(&schema.structural, object);
        stored::omit_empty_metadata(&mut stored);
        (stored, pruned)
    }
}

fn unknown_field(field: String) -> Violation {
    Violation { field, rule: ViolationRule::UnknownField, message: "is no field of this kind".to_owned() }
}
