//! When the exit code is 1 or 3.

use s2a_catalog::codes;
use s2a_diagnostic::{Diagnostic, Severity};
use s2a_report::Report;

use crate::args::{Gate, SettingsArgs};
use crate::{Ending, terminal};

/// Kinds without which there is nothing to convert.
const OF_THE_MESH: [&str; 6] =
    ["AuthorizationPolicy", "HTTPRoute", "Namespace", "RequestAuthentication", "Service", "VirtualService"];

/// Whether the input holds no object that a mesh is made of.
pub(super) fn nothing_to_do(report: &Report, settings: &SettingsArgs) -> Option<Ending> {
    let kinds = &report.counts.objects_by_kind;
    let workloads = ["CronJob", "DaemonSet", "Deployment", "Job", "Pod", "ReplicaSet", "StatefulSet"];
    let any = OF_THE_MESH.iter().chain(&workloads).any(|kind| kinds.contains_key(*kind));
    (!any && !settings.allow_empty).then_some(Ending::NothingToDo)
}

/// Whether a finding reaches the gate and was not accepted.
pub(super) fn ending(report: &Report, settings: &SettingsArgs) -> Ending {
    let least = match settings.fail_on {
        Gate::Error => Severity::Error,
        Gate::Warning => Severity::Warning,
        Gate::Note => Severity::Note,
        Gate::Never => return Ending::Clean,
    };
    let blocks = |diagnostic: &Diagnostic| diagnostic.severity() <= least && !is_accepted(diagnostic, settings);
    if report.diagnostics.iter().any(blocks) { Ending::Findings } else { Ending::Clean }
}

/// Says what could not be read of a cluster, for commands that show no findings: what they show is not all there is.
pub(super) fn not_read(diagnostics: &[Diagnostic], settings: &SettingsArgs) -> Ending {
    let of_source = [&codes::KIND_NOT_READ, &codes::KIND_NOT_LOOKED_AT, &codes::NAMESPACES_NOT_READ];
    let found = diagnostics.iter().filter(|diagnostic| of_source.contains(&diagnostic.code));
    let report = Report { diagnostics: found.cloned().collect(), ..Report::default() };
    for it in &report.diagnostics {
        terminal::say(&format!("{}[{}]: {}\n", it.severity(), it.code.id, it.message));
    }
    ending(&report, settings)
}

/// `CODE=Kind ns/name` names the code and the object of a finding; `CODE` alone means it wherever it is raised.
fn is_accepted(diagnostic: &Diagnostic, settings: &SettingsArgs) -> bool {
    let object = diagnostic.object.as_ref().map(ToString::to_string);
    settings.accept.iter().any(|accepted| {
        let (code, name) =
            accepted.split_once('=').map_or((accepted.as_str(), None), |(code, name)| (code, Some(name)));
        (code == diagnostic.code.id || code == diagnostic.code.name) && (name.is_none() || name == object.as_deref())
    })
}
