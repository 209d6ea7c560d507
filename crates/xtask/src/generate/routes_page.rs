//! `docs/src/reference/routes.md`.

use std::collections::BTreeMap;

use s2a_catalog::{Catalog, FeatureRow, Fidelity, Field};

use super::markdown::{code, head, table};

const INTRODUCTION: &str = "\
What becomes of every field. *exact*: one field, the same meaning. *restructured*: the same meaning in another shape.
*approximate*: some values only, or a difference which the remark states. *none*: no counterpart. Where a field cannot
be written, the code in the last column is raised; no field is dropped in silence.

";

const KINDS: &[&str] = &["VirtualService", "AuthorizationPolicy", "RequestAuthentication", "PeerAuthentication"];

/// Writes one table per kind.
pub(super) fn write(catalog: &Catalog) -> String {
    let features: BTreeMap<&str, &FeatureRow> =
        catalog.targets().feature.iter().map(|feature| (feature.name.as_str(), feature)).collect();
    let mut text = head("Fields", "rules/routes and rules/policies") + INTRODUCTION;
    for kind in KINDS {
        text.push_str(&format!("## {kind}\n\n"));
        text.push_str(&table(
            ["Field", "Becomes", "Fidelity", "Needs", "Remarks", "Otherwise"],
            catalog.fields(kind).iter().map(|(path, field)| row(path, field, &features)),
        ));
    }
    text.push_str("The attributes of an AuthorizationPolicy's rules have [a page of their own](attributes.md).\n");
    text
}

fn row(path: &str, field: &Field, features: &BTreeMap<&str, &FeatureRow>) -> [String; 6] {
    let needs = field.needs.as_deref().and_then(|name| features.get(name)).copied();
    let otherwise = field.otherwise.as_deref();
    [
        code(path.strip_prefix("spec.").unwrap_or(path)),
        field.target.clone().unwrap_or_default(),
        field.fidelity.map_or("", fidelity).to_owned(),
        needs.map(requirement).unwrap_or_default(),
        field.note.clone().unwrap_or_default(),
        otherwise.map(|id| format!("[{id}](diagnostics.md#{})", id.to_ascii_lowercase())).unwrap_or_default(),
    ]
}

fn fidelity(fidelity: Fidelity) -> &'static str {
    match fidelity {
        Fidelity::Exact => "exact",
        Fidelity::Restructured => "restructured",
        Fidelity::Approximate => "approximate",
        Fidelity::None => "none",
    }
}

/// Returns the oldest releases with a feature: `Istio 1.26, Gateway API 1.5 (1.3 experimental)`.
fn requirement(feature: &FeatureRow) -> String {
    let istio = feature.since.map(|since| format!("Istio {since}"));
    let gateway_api = match (feature.standard, feature.experimental) {
        (Some(standard), Some(experimental)) => Some(format!("Gateway API {standard} ({experimental} experimental)")),
        (Some(standard), None) => Some(format!("Gateway API {standard}")),
        (None, Some(experimental)) => Some(format!("Gateway API {experimental} experimental")),
        (None, None) => None,
    };
    istio.into_iter().chain(gateway_api).collect::<Vec<_>>().join(", ")
}
