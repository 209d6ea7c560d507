//! Applies the changes of a translation to the texts that were read.
//!
//! Every byte that no change is about stays. What is written is read again and compared with what was meant.

mod copy;
mod edit;
mod http_route;
pub(crate) mod metadata;
mod new_object;
mod rules;
mod tcp_route;

use std::collections::BTreeMap;

use rayon::prelude::*;
use s2a_diagnostic::{FileId, ObjectRef, Source};
use s2a_model::ObjectId;
use s2a_model::change::{Change, Edit, NewObject};
use s2a_yaml::{Edits, SpliceError, Splicer, Syntax};
use serde_json::Value;

use crate::object::reference;
use crate::{Inventory, Object};

/// The files as they will be, and what became of every object.
#[derive(Debug, Default)]
pub struct Emitted {
    /// The new text of each file, in the order of the input.
    pub files: Vec<(FileId, String)>,
    /// Every object of the input and every new one, in the order of the output.
    pub objects: Vec<EmittedObject>,
}

/// An object before and after.
#[derive(Clone, Debug)]
pub struct EmittedObject {
    /// Its name.
    pub object: ObjectRef,
    /// The file it stands in, or is written to.
    pub file: FileId,
    /// Before; `None` if it is new.
    pub before: Option<Value>,
    /// After; `None` if it goes.
    pub after: Option<Value>,
}

/// Why a change could not be written.
#[derive(Debug, thiserror::Error)]
pub enum EmitError {
    /// The text left no room for the change, or would read otherwise.
    #[error("{object} in {file} cannot be rewritten: {source}")]
    Splice {
        /// The object.
        object: String,
        /// The file.
        file: String,
        /// The reason.
        source: SpliceError,
    },
}

/// A new object with the place it goes to.
struct Addition {
    object: ObjectRef,
    value: Value,
}

/// What happens to one object and around it.
#[derive(Default)]
struct Fate<'a> {
    edits: Vec<&'a Edit>,
    removed: bool,
    additions: Vec<Addition>,
}

/// Applies changes to the texts of the inventory.
///
/// # Errors
/// If a text leaves no room for a change, or would read otherwise than was meant.
pub fn emit(inventory: &Inventory, changes: &[Change]) -> Result<Emitted, EmitError> {
    let fates = fates(inventory, changes);
    let mut objects: BTreeMap<FileId, Vec<(&Object, Option<&Fate<'_>>)>> = BTreeMap::new();
    for (index, object) in inventory.objects.iter().enumerate() {
        objects.entry(object.file).or_default().push((object, fates.get(&index)));
    }
    let files: Vec<_> = inventory.sources.iter().collect();
    let written: Vec<_> = files
        .into_par_iter()
        .map(|(file, source)| {
            let objects = objects.get(&file).map(Vec::as_slice).unwrap_or_default();
            (file, emit_file(inventory, source, objects))
        })
        .collect();
    let mut emitted = Emitted::default();
    for (file, written) in written {
        let (text, objects) = written?;
        emitted.files.push((file, text));
        emitted.objects.extend(objects);
    }
    Ok(emitted)
}

/// The new text of one file, and what became of its objects.
fn emit_file(
    inventory: &Inventory,
    source: &Source,
    objects: &[(&Object, Option<&Fate<'_>>)],
) -> Result<(String, Vec<EmittedObject>), EmitError> {
    let mut edits = Edits::new(&source.text);
    let mut emitted = Vec::new();
    for (object, fate) in objects {
        write(inventory, object, *fate, &mut edits, &mut emitted)
            .map_err(|error| failed(object, &source.name, error))?;
    }
    let text = match objects.iter().find(|(_, fate)| fate.is_some()) {
        // Only a text that changes has to be read again.
        Some((object, _)) => edits.finish().map_err(|error| failed(object, &source.name, error))?,
        None => source.text.clone(),
    };
    Ok((text, emitted))
}

fn failed(object: &Object, file: &str, source: SpliceError) -> EmitError {
    EmitError::Splice { object: object.id.to_string(), file: file.to_owned(), source }
}

/// What happens to each object, by its index.
fn fates<'a>(inventory: &Inventory, changes: &'a [Change]) -> BTreeMap<usize, Fate<'a>> {
    let mut fates: BTreeMap<usize, Fate<'a>> = BTreeMap::new();
    for change in changes {
        match change {
            Change::Edit { object, edits } => {
                if let Some(index) = inventory.index_of(object) {
                    fates.entry(index).or_default().edits.extend(edits);
                }
            }
            Change::Remove { object } => {
                if let Some(index) = inventory.index_of(object) {
                    fates.entry(index).or_default().removed = true;
                }
            }
            Change::Add { beside, origins, name, object } => {
                let Some(index) = inventory.index_of(beside) else { continue };
                let Some(neighbour) = inventory.objects.get(index) else { continue };
                let Some(value) = new_object(inventory, neighbour, origins, name, object) else { continue };
                if let Some(id) = Object::identify(&value, &name.namespace) {
                    fates.entry(index).or_default().additions.push(Addition { object: reference(&id), value });
                }
            }
        }
    }
    for fate in fates.values_mut() {
        fate.additions.sort_by(|left, right| left.object.cmp(&right.object));
    }
    fates
}

fn new_object(
    inventory: &Inventory,
    neighbour: &Object,
    origins: &[ObjectId],
    name: &s2a_model::Name,
    object: &NewObject,
) -> Option<Value> {
    let metadata = metadata::of_new(neighbour, origins, name);
    match object {
        NewObject::Waypoint { namespaces, parameters } => {
            Some(new_object::waypoint(metadata, name, namespaces, parameters.as_deref()))
        }
        NewObject::WaypointParameters { replicas, disruption_budget } => {
            Some(new_object::waypoint_parameters(metadata, *replicas, *disruption_budget))
        }
        NewObject::Guard { selector, accounts, direct } => {
            Some(new_object::guard(metadata, selector, accounts, direct))
        }
        NewObject::Copy { of, edits } => Some(copy::policy(&inventory.object(of)?.json, metadata, edits)),
        NewObject::HttpRoute { route, form, rules } => {
            Some(http_route::write(route, metadata::with_form(metadata, form, rules)))
        }
        NewObject::TcpRoute(route) => Some(tcp_route::write(route, metadata)),
        NewObject::SubsetService { of, labels } => Some(copy::service(&inventory.object(of)?.json, metadata, labels)),
        NewObject::SubsetDestinationRule { of, subset, host } => {
            copy::destination_rule(&inventory.object(of)?.json, metadata, subset, host)
        }
    }
}

fn write<'a>(
    inventory: &'a Inventory,
    object: &'a Object,
    fate: Option<&Fate<'_>>,
    edits: &mut Edits<'a>,
    emitted: &mut Vec<EmittedObject>,
) -> Result<(), SpliceError> {
    let before = Some(object.json.clone());
    let mut record = |name: ObjectRef, before: Option<Value>, after: Option<Value>| {
        emitted.push(EmittedObject { object: name, file: object.file, before, after });
    };
    let (Some(fate), Some(document)) = (fate, inventory.document(object)) else {
        record(object.reference(), before.clone(), before);
        return Ok(());
    };
    let source = inventory.sources.get(object.file).map_or("", |source| source.text.as_str());
    if fate.removed {
        record(object.reference(), before, None);
    } else if fate.edits.is_empty() {
        record(object.reference(), before.clone(), before);
    } else {
        let mut splicer = Splicer::new(source, document, &object.root);
        for change in &fate.edits {
            edit::splice(&mut splicer, change);
        }
        metadata::annotate(&mut splicer, object);
        record(object.reference(), before, Some(splicer.value().clone()));
        edits.extend(splicer.into_edits()?);
    }
    for addition in &fate.additions {
        record(addition.object.clone(), None, Some(addition.value.clone()));
    }
    place(object, document, fate, source, edits)
}

/// Writes the new objects behind the old one, or in its place.
fn place<'a>(
    object: &Object,
    document: &'a s2a_yaml::Document,
    fate: &Fate<'_>,
    source: &str,
    edits: &mut Edits<'a>,
) -> Result<(), SpliceError> {
    if object.root.is_empty() {
        let text = documents(&fate.additions, document.syntax);
        match (fate.removed, fate.additions.is_empty()) {
            (true, true) => edits.remove_document(document),
            (true, false) => edits.replace_document(document, &(comments(source, document) + &text)),
            (false, false) => edits.insert_document_after(document, &text),
            (false, true) => {}
        }
        return Ok(());
    }
    for addition in &fate.additions {
        edits.insert_item_after(document, &object.root, &addition.value)?;
    }
    if fate.removed {
        edits.remove_item(document, &object.root)?;
    }
    Ok(())
}

/// What people wrote about the old object, for the one in its place.
fn comments(source: &str, document: &s2a_yaml::Document) -> String {
    match document.syntax {
        Syntax::Yaml => {
            s2a_yaml::comments(source, document).into_iter().map(|comment| format!("{comment}\n")).collect()
        }
        Syntax::Json => String::new(),
    }
}

fn documents(additions: &[Addition], syntax: Syntax) -> String {
    let (write, separator): (fn(&Value) -> String, &str) = match syntax {
        Syntax::Yaml => (s2a_yaml::write, "---\n"),
        Syntax::Json => (s2a_yaml::write_json, "\n"),
    };
    additions.iter().map(|addition| write(&addition.value)).collect::<Vec<_>>().join(separator)
}
