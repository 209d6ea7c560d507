//! The settings file: what a team decides once, beside the manifests.

use std::path::Path;

use s2a_manifest::Input;
use serde::Deserialize;

use crate::args::{ChoiceArgs, Guard, IpBlocks, Scope};
use crate::{Failure, assumed};

/// The file. Every entry has an option of the same meaning; what the command line says comes first, lists are joined.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct SettingsFile {
    /// `--accept`.
    pub accept: Vec<String>,
    /// `--admit-found-callers`.
    pub admit_found_callers: bool,
    /// `--assume`.
    pub assume: Vec<String>,
    /// `--direct-caller`.
    pub direct_callers: Vec<String>,
    /// `--guard`.
    pub guard: Option<Guard>,
    /// `--ip-blocks`.
    pub ip_blocks: Option<IpBlocks>,
    /// `--migrate-namespace`.
    pub migrate_namespaces: Vec<String>,
    /// `--portable`.
    pub portable: bool,
    /// `--segment-prefix`.
    pub segment_prefix: bool,
    /// The options that begin with `--waypoint`.
    pub waypoint: WaypointEntries,
}

/// Entries below `waypoint`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct WaypointEntries {
    /// `--waypoint-scope`.
    pub scope: Option<Scope>,
    /// `--waypoint-name`.
    pub name: Option<String>,
    /// `--waypoint-namespace`.
    pub namespace: Option<String>,
    /// `--waypoint-replicas`.
    pub replicas: Option<u32>,
    /// `--waypoint-disruption-budget`.
    pub disruption_budget: bool,
}

impl SettingsFile {
    /// Reads the text of a settings file.
    ///
    /// # Errors
    /// If it is no YAML mapping, or has an entry that nobody knows.
    pub fn read(path: &Path, text: &str) -> Result<Self, Failure> {
        if text.trim().is_empty() {
            return Ok(SettingsFile::default());
        }
        serde_yaml::from_str(text)
            .map_err(|error| Failure::Usage(format!("the settings in {}: {error}", path.display())))
    }

    /// The choices of the command line, completed by those of the file.
    #[must_use]
    pub fn complete(&self, mut choices: ChoiceArgs) -> ChoiceArgs {
        let waypoint = &self.waypoint;
        choices.waypoint_scope = choices.waypoint_scope.or(waypoint.scope);
        choices.waypoint_name = choices.waypoint_name.or_else(|| waypoint.name.clone());
        choices.waypoint_namespace = choices.waypoint_namespace.or_else(|| waypoint.namespace.clone());
        choices.waypoint_replicas = choices.waypoint_replicas.or(waypoint.replicas);
        choices.waypoint_disruption_budget |= waypoint.disruption_budget;
        choices.guard = choices.guard.or(self.guard);
        choices.ip_blocks = choices.ip_blocks.or(self.ip_blocks);
        choices.admit_found_callers |= self.admit_found_callers;
        choices.portable |= self.portable;
        choices.segment_prefix |= self.segment_prefix;
        choices.direct_caller.extend(self.direct_callers.iter().cloned());
        choices.migrate_namespace.extend(self.migrate_namespaces.iter().cloned());
        choices.assume.extend(self.assume.iter().cloned());
        choices
    }
}

/// The objects that the choices state, as a file of their own.
///
/// # Errors
/// If a statement cannot be read.
pub(crate) fn stated(choices: &ChoiceArgs) -> Result<Option<Input>, Failure> {
    let objects = choices.assume.iter().map(|fact| assumed::object(fact)).collect::<Result<Vec<_>, _>>()?;
    let texts: Vec<String> = objects.iter().map(s2a_yaml::write).collect();
    let file = || Input { name: assumed::FILE.to_owned(), bytes: texts.join("---\n").into_bytes() };
    Ok((!texts.is_empty()).then(file))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<SettingsFile, Failure> {
        SettingsFile::read(Path::new("settings.yaml"), text)
    }

    #[test]
    fn the_command_line_comes_first_and_lists_are_joined() -> Result<(), Failure> {
        let file = read("guard: none\nwaypoint: {name: gate, replicas: 2}\ndirectCallers: [a/b]\n")?;
        let given = ChoiceArgs {
            guard: Some(Guard::Namespace),
            direct_caller: vec!["c/d".to_owned()],
            ..ChoiceArgs::default()
        };
        let choices = file.complete(given);
        assert_eq!(choices.guard, Some(Guard::Namespace));
        assert_eq!(choices.waypoint_name.as_deref(), Some("gate"));
        assert_eq!(choices.waypoint_replicas, Some(2));
        assert_eq!(choices.direct_caller, ["c/d", "a/b"]);
        Ok(())
    }

    #[test]
    fn an_unknown_entry_is_an_error() {
        assert!(read("gaurd: none\n").is_err());
        assert!(read("").is_ok());
    }
}
