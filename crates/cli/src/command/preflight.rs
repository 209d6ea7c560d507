//! `preflight`: what stands in the way before anything moves.

use s2a_catalog::Catalog;
use s2a_manifest::{Assumptions, Inventory, emit, lower};
use s2a_model::ClientMode;
use s2a_preflight::{Environment, Item, Outcome, Server, Status};
use s2a_report::{ChecklistItem, ChecklistOptions, ChecklistRow, checklist_to_json, render_checklist};
use s2a_translate::translate;

use super::gate;
use super::setup::{self, ReportFormat};
use crate::args::{Form, Gate, PreflightArgs, SettingsArgs};
use crate::conversion::Request;
use crate::{Ending, Failure, source, terminal};

pub(super) fn run(args: &PreflightArgs) -> Result<Ending, Failure> {
    let (request, settings) = setup::request(&args.common.settings, args.common.choices.clone())?;
    let settings = &settings;
    let mut source = source::read(&args.common, &request)?;
    source.inputs.extend(request.assumed.clone());
    let inventory = Inventory::read(source.inputs, &request.namespace);
    let outcomes = outcomes(&inventory, &request, source.server)?;
    let rows: Vec<ChecklistRow> = outcomes.iter().map(|outcome| row(outcome, &inventory)).collect();
    let render = |format, color, wide| match format {
        ReportFormat::Json => format!("{:#}\n", checklist_to_json(&rows, &inventory.sources)),
        ReportFormat::Text => render_checklist(&rows, ChecklistOptions { color, wide, quiet: settings.quiet }),
    };
    let color = terminal::colors(settings.color, terminal::stdout_is_terminal());
    let format = if args.output == Form::Json { ReportFormat::Json } else { setup::format(settings)? };
    terminal::print(&render(format, color, args.output == Form::Wide))?;
    setup::write_reports(settings, |format| render(format, false, true))?;
    let nothing = inventory.objects.is_empty() && !settings.allow_empty;
    let not_read = gate::not_read(&source.findings, settings);
    Ok(if not_read != Ending::Clean {
        not_read
    } else if nothing {
        Ending::NothingToDo
    } else {
        ending(&outcomes, settings)
    })
}

/// Makes the checks on what was read.
fn outcomes(inventory: &Inventory, request: &Request, server: Server) -> Result<Vec<Outcome>, Failure> {
    let mut old = lower(inventory, &request.settings, ClientMode::Sidecar, &Assumptions::default())?;
    old.mesh.moving.clone_from(&request.moving);
    let catalog = Catalog::load()?;
    let mut environment = Environment::new(inventory, &old.mesh, &catalog, request.target, server);
    let emitted = emit(inventory, &translate(&old.mesh, &request.options).changes)?;
    let written = emitted.objects.into_iter().filter(|object| object.after.is_some() && object.before != object.after);
    environment.written = written.map(|object| (object.object.api_version, object.object.kind)).collect();
    Ok(s2a_preflight::run(&environment))
}

fn row(outcome: &Outcome, inventory: &Inventory) -> ChecklistRow {
    let item = |item: &Item| ChecklistItem {
        status: item.status.as_str(),
        object: item.object.clone(),
        field: item.field.clone(),
        text: item.text.clone(),
        place: item.object.as_ref().and_then(|object| inventory.place_of_reference(object, &item.field)),
    };
    ChecklistRow {
        name: outcome.check.name.to_owned(),
        title: outcome.check.title.to_owned(),
        status: outcome.status.as_str(),
        looked_at: outcome.looked_at.clone(),
        items: outcome.items.iter().map(item).collect(),
        help: outcome.check.help.to_owned(),
    }
}

/// A failure weighs as an error, a warning and what is unknown as a warning.
fn ending(outcomes: &[Outcome], settings: &SettingsArgs) -> Ending {
    let blocks = |status: Status| match settings.fail_on {
        Gate::Never => false,
        Gate::Error => status == Status::Failed,
        Gate::Warning | Gate::Note => status != Status::Passed,
    };
    let counts =
        |outcome: &&Outcome| outcome.items.iter().any(|it| blocks(it.status) && !accepted(outcome, it, settings));
    if outcomes.iter().any(|outcome| counts(&outcome)) { Ending::Findings } else { Ending::Clean }
}

/// `CHECK=Kind ns/name`.
fn accepted(outcome: &Outcome, item: &Item, settings: &SettingsArgs) -> bool {
    let object = item.object.as_ref().map(ToString::to_string);
    let names = settings.accept.iter().filter_map(|accepted| accepted.split_once('='));
    names.into_iter().any(|(check, name)| check == outcome.check.name && Some(name) == object.as_deref())
}
