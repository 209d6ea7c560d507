//! The inventory of a mesh, from its conversion.

mod calls;
mod needs;
mod workloads;

use std::collections::BTreeMap;

use s2a_diagnostic::{Diagnostic, Severity};
use s2a_report::{Audit, BlockRow};

use crate::conversion::Conversion;

/// What is there, and what the move makes of it.
pub(crate) fn audit(conversion: &Conversion) -> Audit {
    Audit {
        objects: objects(conversion),
        workloads: workloads::rows(conversion),
        needs_waypoint: needs::rows(conversion),
        cannot_move: blocks(conversion),
        calls: calls::rows(conversion),
    }
}

fn objects(conversion: &Conversion) -> BTreeMap<String, BTreeMap<String, usize>> {
    let mut counts: BTreeMap<String, BTreeMap<String, usize>> = BTreeMap::new();
    for object in conversion.before.effective() {
        let group = object.group();
        let istio = if object.id.kind == "Gateway" { format!("Gateway.{group}") } else { object.id.kind.clone() };
        *counts.entry(object.id.name.namespace.clone()).or_default().entry(istio).or_default() += 1;
    }
    counts
}

/// Objects that were refused, and those about which there is an error other than a verdict.
fn blocks(conversion: &Conversion) -> Vec<BlockRow> {
    let row = |object: s2a_diagnostic::ObjectRef, code: &s2a_diagnostic::Code| BlockRow {
        object,
        code: code.id.to_owned(),
        title: code.title.to_owned(),
    };
    let refused = conversion.translation.refused.iter();
    let refused = refused.flat_map(|(id, codes)| codes.iter().map(move |code| row(crate::rows::reference(id), code)));
    let is_verdict = |diagnostic: &Diagnostic| diagnostic.code.id.starts_with("S2A5");
    let errors = conversion.diagnostics.iter().filter(|it| it.severity() == Severity::Error && !is_verdict(it));
    let errors = errors.filter_map(|it| Some(row(it.object.clone()?, it.code)));
    let mut rows: Vec<BlockRow> = refused.chain(errors).collect();
    rows.sort();
    rows.dedup();
    rows
}
