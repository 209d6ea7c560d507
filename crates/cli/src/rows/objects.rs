//! What became of each object, as rows of a report.

use std::collections::{BTreeMap, BTreeSet};

use s2a_catalog::codes;
use s2a_diagnostic::ObjectRef;
use s2a_manifest::EmittedObject;
use s2a_report::{Disposition, ObjectRow};

use super::reference;
use crate::apply_order;
use crate::conversion::Conversion;

/// What was said of the objects.
struct Said<'a> {
    /// The codes of the findings about each object.
    codes: BTreeMap<&'a ObjectRef, BTreeSet<&'a str>>,
    /// The objects that stay as they are although they should not.
    refused: BTreeSet<ObjectRef>,
}

/// A row for every object of the input and every new one.
pub(super) fn rows(conversion: &Conversion) -> Vec<ObjectRow> {
    let said = Said::of(conversion);
    conversion.emitted.objects.iter().map(|object| said.row(object)).collect()
}

impl<'a> Said<'a> {
    fn of(conversion: &'a Conversion) -> Self {
        let mut codes: BTreeMap<&ObjectRef, BTreeSet<&str>> = BTreeMap::new();
        for diagnostic in &conversion.diagnostics {
            if let Some(object) = &diagnostic.object {
                codes.entry(object).or_default().insert(diagnostic.code.id);
            }
        }
        Said { codes, refused: conversion.translation.refused.keys().map(reference).collect() }
    }

    fn row(&self, object: &EmittedObject) -> ObjectRow {
        let codes = self.codes.get(&object.object);
        let disposition = match (&object.before, &object.after) {
            (None, _) => Disposition::Added,
            (Some(_), None) => Disposition::Removed,
            (Some(before), Some(after)) if before != after => Disposition::Changed,
            _ if self.refused.contains(&object.object) || codes.is_some_and(without_counterpart) => {
                Disposition::Refused
            }
            _ => Disposition::Unchanged,
        };
        let because = codes.into_iter().flatten().map(|code| (*code).to_owned()).collect();
        ObjectRow { object: object.object.clone(), disposition, apply: apply_order::of(object), because }
    }
}

/// Whether a finding says that the object did something for sidecars that nothing does in ambient mode.
fn without_counterpart(said: &BTreeSet<&str>) -> bool {
    said.contains(codes::ENVOY_FILTER_NOT_TRANSLATED.id) || said.contains(codes::WASM_PLUGIN_NOT_TRANSLATED.id)
}
