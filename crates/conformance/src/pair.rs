//! A mesh before and after its move, and what both mean.

use s2a_catalog::Target;
use s2a_manifest::{Assumptions, Input, Inventory, Lowered, lower};
use s2a_model::{ClientMode, Features, Settings};
use sidecar2ambient::conversion::{clients_after, features, moved};

use crate::Failure;

/// The manifests of a mesh before and after its move.
#[derive(Clone, Debug)]
pub struct Pair {
    /// A name, unique in its set.
    pub name: String,
    /// The mesh configuration, if it is not the default one.
    pub mesh_config: String,
    /// The manifests with sidecars.
    pub before: String,
    /// The manifests in ambient mode; `None` where only one mesh is recorded.
    pub after: Option<String>,
}

/// A mesh with what it was lowered from.
#[derive(Debug)]
pub struct Side {
    /// The objects.
    pub inventory: Inventory,
    /// What they mean, and what was assumed.
    pub lowered: Lowered,
}

impl Pair {
    /// What both mean; the second stands on what was assumed of the first.
    ///
    /// # Errors
    /// If a mesh configuration cannot be used.
    pub fn lower(&self) -> Result<(Side, Option<Side>), Failure> {
        self.lower_with(features(&Target::default()))
    }

    /// What both mean to another release.
    ///
    /// # Errors
    /// If a mesh configuration cannot be used.
    pub fn lower_with(&self, features: Features) -> Result<(Side, Option<Side>), Failure> {
        let settings = self.settings(features)?;
        let before = self.side(&self.before, &settings, ClientMode::Sidecar, &Assumptions::default())?;
        let after = match &self.after {
            None => None,
            Some(text) => {
                // A mesh that has no side before is one whose clients are in ambient mode.
                let clients = if self.before.is_empty() { ClientMode::Ambient } else { clients_after(&before.lowered) };
                Some(self.side(text, &settings, clients, &moved(&before.lowered))?)
            }
        };
        Ok((before, after))
    }

    fn settings(&self, features: Features) -> Result<Settings, Failure> {
        let mut settings = Settings { features, ..Settings::default() };
        if !self.mesh_config.is_empty() {
            s2a_manifest::read_mesh_config(&self.mesh_config, &mut settings).map_err(|error| self.failed(&error))?;
        }
        Ok(settings)
    }

    fn side(&self, text: &str, settings: &Settings, clients: ClientMode, given: &Assumptions) -> Result<Side, Failure> {
        let input = Input { name: format!("{}.yaml", self.name), bytes: text.as_bytes().to_vec() };
        let inventory = Inventory::read(vec![input], "default");
        let lowered = lower(&inventory, settings, clients, given).map_err(|error| self.failed(&error))?;
        Ok(Side { inventory, lowered })
    }

    fn failed(&self, error: &dyn std::error::Error) -> Failure {
        Failure::Mesh { mesh: self.name.clone(), reason: error.to_string() }
    }
}
