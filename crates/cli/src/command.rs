//! The commands.

mod audit;
mod backup;
mod explain;
mod gate;
mod preflight;
mod setup;

use std::fs;

use s2a_diagnostic::{Diagnostic, Severity, Sources};
use s2a_report::{Change, Report, TextOptions, render_classification, render_diff, render_text, to_json};

use crate::args::{
    Args, CheckArgs, ChoiceArgs, Command, CommonArgs, ConvertArgs, DiffArgs, Only, SettingsArgs, VerifyArgs,
};
use crate::conversion::{Conversion, convert};
use crate::{Ending, Failure, comparison, input, output, rows, source, terminal};

/// Runs the program.
///
/// # Errors
/// Whatever stops it: wrong arguments, files that cannot be read or written.
pub fn run(args: Args) -> Result<Ending, Failure> {
    match args.command {
        Command::Convert(args) => run_convert(&args),
        Command::Diff(args) => run_diff(&args),
        Command::Check(args) => run_check(&args),
        Command::Classify(args) => run_classify(&args),
        Command::Verify(args) => run_verify(&args),
        Command::Preflight(args) => preflight::run(&args),
        Command::Audit(args) => audit::run(&args),
        Command::Backup(args) => backup::run(&args),
        Command::Explain { code } => explain::explain(&code),
        Command::Rules => explain::rules(),
        Command::Completion { shell } => explain::completion(shell),
        Command::Version => explain::version(),
    }
}

fn run_convert(args: &ConvertArgs) -> Result<Ending, Failure> {
    let (conversion, report, settings) = convert_paths(&args.common)?;
    match (&args.output_dir, args.only) {
        (Some(directory), _) => {
            let written = output::write_directory(&conversion, directory)?;
            terminal::say(&format!("wrote {} files into {}\n", written.len(), directory.display()));
        }
        (None, only) => {
            let text = match only {
                Some(Only::Changed) => output::changed(&conversion, args.output),
                None => output::everything(&conversion, args.output),
            };
            terminal::print(&text)?;
            terminal::say(&output::removals(&conversion));
        }
    }
    finish(&report, &conversion.before.sources, &settings, Stream::Error)
}

fn run_diff(args: &DiffArgs) -> Result<Ending, Failure> {
    let (conversion, report, settings) = convert_paths(&args.common)?;
    let color = terminal::colors(settings.color, terminal::stdout_is_terminal());
    terminal::print(&render_diff(&changes(&conversion), color))?;
    let ending = finish(&report, &conversion.before.sources, &settings, Stream::Error)?;
    let differs = conversion.emitted.objects.iter().any(|object| object.before != object.after);
    Ok(if ending == Ending::Clean && differs { Ending::Findings } else { ending })
}

fn run_check(args: &CheckArgs) -> Result<Ending, Failure> {
    let (conversion, report, settings) = convert_paths(&args.common)?;
    finish(&report, &conversion.before.sources, &settings, Stream::Output)
}

fn run_classify(args: &CheckArgs) -> Result<Ending, Failure> {
    let (conversion, report, settings) = convert_paths(&args.common)?;
    terminal::print(&render_classification(&report.classification))?;
    let settings = &settings;
    setup::write_reports(settings, |format| rendered(&report, &conversion.before.sources, settings, format, false))?;
    let ending = gate::not_read(&report.diagnostics, settings);
    Ok(if ending == Ending::Clean { gate::nothing_to_do(&report, settings).unwrap_or(ending) } else { ending })
}

fn run_verify(args: &VerifyArgs) -> Result<Ending, Failure> {
    let settings = &args.settings;
    let (request, settings) = setup::request(settings, ChoiceArgs::default())?;
    let settings = &settings;
    let before = input::read(std::slice::from_ref(&args.before))?.inputs;
    let after = input::read(std::slice::from_ref(&args.after))?.inputs;
    let comparison =
        comparison::compare(before, after, &request.namespace, &request.settings, request.features_before)?;
    let report = Report {
        verdicts: rows::verdicts(&comparison.verdicts, &comparison.before),
        counts: rows::counts(&comparison.before),
        diagnostics: comparison.diagnostics,
        objects: Vec::new(),
        classification: Vec::new(),
    };
    finish(&report, &comparison.before.sources, settings, Stream::Output)
}

/// The conversion, its report, and the settings completed by those of the file.
fn convert_paths(args: &CommonArgs) -> Result<(Conversion, Report, SettingsArgs), Failure> {
    let (request, settings) = setup::request(&args.settings, args.choices.clone())?;
    let source = source::read(args, &request)?;
    let mut conversion = convert(source.inputs, &request)?;
    conversion.diagnostics.extend(source.findings);
    conversion.diagnostics.sort_by_key(Diagnostic::sort_key);
    let report = rows::report(&conversion);
    Ok((conversion, report, settings))
}

/// Where the text report goes if nothing else is asked for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Stream {
    Output,
    Error,
}

fn finish(report: &Report, sources: &Sources, settings: &SettingsArgs, stream: Stream) -> Result<Ending, Failure> {
    let on_terminal = match stream {
        Stream::Output => terminal::stdout_is_terminal(),
        Stream::Error => terminal::stderr_is_terminal(),
    };
    let color = terminal::colors(settings.color, on_terminal);
    let format = setup::format(settings)?;
    let text = rendered(report, sources, settings, format, color);
    match stream {
        Stream::Output => terminal::print(&text)?,
        Stream::Error => terminal::say(&text),
    }
    setup::write_reports(settings, |format| rendered(report, sources, settings, format, false))?;
    let ending = gate::ending(report, settings);
    Ok(if ending == Ending::Clean { gate::nothing_to_do(report, settings).unwrap_or(ending) } else { ending })
}

fn rendered(
    report: &Report,
    sources: &Sources,
    settings: &SettingsArgs,
    format: setup::ReportFormat,
    color: bool,
) -> String {
    match format {
        setup::ReportFormat::Json => format!("{:#}\n", to_json(report, sources)),
        setup::ReportFormat::Text => {
            let min_severity = if settings.quiet { Severity::Warning } else { Severity::Note };
            render_text(report, sources, TextOptions { color, quiet: settings.quiet, min_severity })
        }
    }
}

fn changes(conversion: &Conversion) -> Vec<Change> {
    let changed = conversion.emitted.objects.iter().filter(|object| object.before != object.after);
    changed
        .map(|object| Change {
            object: object.object.clone(),
            renamed_from: None,
            before: object.before.as_ref().map(s2a_yaml::write),
            after: object.after.as_ref().map(s2a_yaml::write),
        })
        .collect()
}

/// Reads a file that an option names.
pub(crate) fn read_option_file(path: &std::path::Path) -> Result<String, Failure> {
    fs::read_to_string(path).map_err(|source| Failure::Read { path: path.display().to_string(), source })
}
