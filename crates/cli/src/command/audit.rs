//! `audit`: what is there, and what the move makes of it.

use s2a_report::{audit_to_json, render_audit};

use super::setup::{self, ReportFormat};
use super::{convert_paths, gate};
use crate::args::{Form, PreflightArgs};
use crate::{Ending, Failure, audit, terminal};

pub(super) fn run(args: &PreflightArgs) -> Result<Ending, Failure> {
    let (conversion, report, settings) = convert_paths(&args.common)?;
    let settings = &settings;
    let audit = audit::audit(&conversion);
    let render = |format, wide| match format {
        ReportFormat::Json => format!("{:#}\n", audit_to_json(&audit)),
        ReportFormat::Text => render_audit(&audit, wide),
    };
    let format = if args.output == Form::Json { ReportFormat::Json } else { setup::format(settings)? };
    terminal::print(&render(format, args.output == Form::Wide))?;
    setup::write_reports(settings, |format| render(format, true))?;
    let ending = gate::not_read(&report.diagnostics, settings);
    Ok(if ending == Ending::Clean { gate::nothing_to_do(&report, settings).unwrap_or(ending) } else { ending })
}
