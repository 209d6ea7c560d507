//! From arguments to what the libraries need.

use std::fs;

use s2a_catalog::{Target, checks, codes};
use s2a_manifest::read_mesh_config;

use super::read_option_file;
use crate::Failure;
use crate::args::{ChoiceArgs, SettingsArgs};
use crate::conversion::{Request, features};
use crate::settings::SettingsFile;

/// A format of reports.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ReportFormat {
    Text,
    Json,
}

/// The conversion that the arguments and the settings file ask for, and the arguments completed by the file.
pub(super) fn request(given: &SettingsArgs, choices: ChoiceArgs) -> Result<(Request, SettingsArgs), Failure> {
    let mut settings = given.clone();
    let file = match &settings.settings {
        Some(path) => SettingsFile::read(path, &read_option_file(path)?)?,
        None => SettingsFile::default(),
    };
    settings.accept.extend(file.accept.iter().cloned());
    check_accepted(&settings)?;
    let target = Target::parse(&settings.istio, &settings.gateway_api)?;
    let mut request = Request::for_target(target).choose(&file.complete(choices))?;
    if let Some(release) = &settings.istio_before {
        request.features_before = features(&Target::parse(release, &settings.gateway_api)?);
    }
    if let Some(namespace) = &settings.namespace {
        request.namespace = namespace.clone();
    }
    if let Some(path) = &settings.mesh_config {
        read_mesh_config(&read_option_file(path)?, &mut request.settings)?;
    }
    Ok((request, settings))
}

/// A misspelt code would let nothing pass, and nobody would know why. Only what the change of the data plane does to
/// every mesh may be accepted without naming the object.
fn check_accepted(settings: &SettingsArgs) -> Result<(), Failure> {
    for accepted in &settings.accept {
        let (code, whole) = accepted.split_once('=').map_or((accepted.as_str(), true), |(code, _)| (code, false));
        if codes::find(code).is_none() && checks::find(code).is_none() {
            return Err(Failure::Usage(format!(
                "`--accept {accepted}`: write CODE=KIND NAMESPACE/NAME with a code or a check that `rules` lists"
            )));
        }
        if whole && codes::find(code) != Some(&codes::IDENTITY_GAINED) {
            return Err(Failure::Usage(format!(
                "`--accept {accepted}`: name the object too, as CODE=KIND NAMESPACE/NAME"
            )));
        }
    }
    Ok(())
}

/// The format of the report on a stream: the one `--report` without a file, else text.
pub(super) fn format(settings: &SettingsArgs) -> Result<ReportFormat, Failure> {
    let mut formats = settings.report.iter().filter(|report| !report.contains('='));
    let first = formats.next().map_or(Ok(ReportFormat::Text), |name| parse(name));
    match formats.next() {
        None => first,
        Some(_) => Err(Failure::Usage("only one `--report` may come without a file".to_owned())),
    }
}

/// Writes the reports that go to files.
pub(super) fn write_reports(settings: &SettingsArgs, render: impl Fn(ReportFormat) -> String) -> Result<(), Failure> {
    for report in &settings.report {
        let Some((name, path)) = report.split_once('=') else { continue };
        let text = render(parse(name)?);
        fs::write(path, text).map_err(|source| Failure::Write { path: path.to_owned(), source })?;
    }
    Ok(())
}

fn parse(name: &str) -> Result<ReportFormat, Failure> {
    match name {
        "text" => Ok(ReportFormat::Text),
        "json" => Ok(ReportFormat::Json),
        other => Err(Failure::Usage(format!("unknown report format `{other}`: use `text` or `json`"))),
    }
}
