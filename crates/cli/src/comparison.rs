//! `verify`: two configurations that anybody may have written.

use s2a_diagnostic::Diagnostic;
use s2a_manifest::{Assumptions, Input, Inventory, lower};
use s2a_model::topology::DataPlaneMode;
use s2a_model::{ClientMode, Features, Mesh, Settings};
use s2a_verify::{Verdict, verify};

use crate::{Failure, conversion, judge};

/// What was found about two configurations.
#[derive(Debug)]
pub struct Comparison {
    /// The configuration before.
    pub before: Inventory,
    /// What it means.
    pub mesh: Mesh,
    /// What the configuration after means.
    pub new_mesh: Mesh,
    /// Whether both mean the same.
    pub verdicts: Vec<Verdict>,
    /// All findings.
    pub diagnostics: Vec<Diagnostic>,
}

/// Compares two configurations. Mesh clients that neither shows are connected as most workloads of each are.
///
/// # Errors
/// If a mesh configuration among the objects is wrong.
pub fn compare(
    before: Vec<Input>,
    after: Vec<Input>,
    namespace: &str,
    settings: &Settings,
    features_before: Features,
) -> Result<Comparison, Failure> {
    let before = Inventory::read(before, namespace);
    let after = Inventory::read(after, namespace);
    let old = lower(&before, settings, ClientMode::Sidecar, &Assumptions::default())?;
    let old_clients = usual_clients(&old.mesh);
    let assumptions = conversion::moved(&old);
    let new = lower(&after, settings, ClientMode::Ambient, &assumptions)?;
    let mut old_mesh = old.mesh;
    old_mesh.clients = old_clients;
    old_mesh.settings.features = features_before;
    let mut new_mesh = new.mesh;
    new_mesh.clients = usual_clients(&new_mesh);
    let verdicts = verify(&old_mesh, &new_mesh);
    let mut diagnostics = before.diagnostics.clone();
    diagnostics.extend(old.diagnostics);
    diagnostics.extend(judge::findings(&verdicts, &old_mesh));
    before.locate(&mut diagnostics);
    diagnostics.sort_by_key(Diagnostic::sort_key);
    diagnostics.dedup();
    Ok(Comparison { before, mesh: old_mesh, new_mesh, verdicts, diagnostics })
}

fn usual_clients(mesh: &Mesh) -> ClientMode {
    let count = |mode| mesh.workloads.iter().filter(|workload| workload.mode == mode).count();
    if count(DataPlaneMode::Ambient) > count(DataPlaneMode::Sidecar) {
        ClientMode::Ambient
    } else {
        ClientMode::Sidecar
    }
}
