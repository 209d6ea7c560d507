//! The translation of a whole mesh.

use std::collections::BTreeMap;

use s2a_diagnostic::{Code, Diagnostic};
use s2a_model::change::Change;
use s2a_model::{Mesh, ObjectId};

use crate::plan::Plan;
use crate::{Options, authz, enroll, protocols, route};

/// What is to be changed, and what is to be said about it.
#[derive(Debug, Default)]
pub struct Translation {
    /// The changes, in no particular order.
    pub changes: Vec<Change>,
    /// The objects that stay as they are although they should not, with the reasons.
    pub refused: BTreeMap<ObjectId, Vec<&'static Code>>,
    /// What a person should know, in no particular order, and some of it more than once.
    pub diagnostics: Vec<Diagnostic>,
}

/// Why something is left as it is.
#[derive(Clone, Debug)]
pub struct Refusal {
    /// The object.
    pub object: ObjectId,
    /// The finding.
    pub finding: Diagnostic,
}

impl Translation {
    /// Leaves an object as it is.
    pub(crate) fn refuse(&mut self, refusal: Refusal) {
        let codes = self.refused.entry(refusal.object).or_default();
        if !codes.contains(&refusal.finding.code) {
            codes.push(refusal.finding.code);
        }
        self.diagnostics.push(refusal.finding);
    }

    /// Changes something.
    pub(crate) fn change(&mut self, change: Change) {
        self.changes.push(change);
    }

    /// Says something.
    pub(crate) fn say(&mut self, diagnostic: Diagnostic) {
        self.diagnostics.push(diagnostic);
    }
}

/// Translates a mesh. A mesh that is in ambient mode already needs no change.
#[must_use]
pub fn translate(mesh: &Mesh, options: &Options) -> Translation {
    let mut translation = Translation::default();
    let routes = route::plan(mesh, options);
    let plan = Plan::of(mesh, &routes, options, &mut translation);
    protocols::report(mesh, &mut translation);
    authz::translate(mesh, &plan, &mut translation);
    route::translate(mesh, &plan, routes, &mut translation);
    enroll::translate(mesh, &plan, &mut translation);
    merge_edits(&mut translation);
    translation
}

/// One edit per object, so that the emitter sees everything that changes in it at once.
fn merge_edits(translation: &mut Translation) {
    let mut merged: Vec<Change> = Vec::new();
    let mut at: BTreeMap<ObjectId, usize> = BTreeMap::new();
    for change in std::mem::take(&mut translation.changes) {
        let Change::Edit { object, edits } = change else {
            merged.push(change);
            continue;
        };
        match at.get(&object).and_then(|index| merged.get_mut(*index)) {
            Some(Change::Edit { edits: earlier, .. }) => earlier.extend(edits),
            Some(Change::Remove { .. } | Change::Add { .. }) | None => {
                at.insert(object.clone(), merged.len());
                merged.push(Change::Edit { object, edits });
            }
        }
    }
    translation.changes = merged;
}
