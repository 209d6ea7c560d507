//! Namespaces, and the data plane mode that their labels ask for.

use std::collections::{BTreeMap, BTreeSet};

use s2a_catalog::codes;
use s2a_diagnostic::Diagnostic;
use s2a_model::Mesh;
use s2a_model::topology::{DataPlaneMode, Labels, Namespace};

use super::Assumptions;
use super::reader::{Reader, labels};
use crate::Object;
use crate::emit::metadata::ORIGIN;

/// The mode of every namespace that some object is in.
#[derive(Debug)]
pub(super) struct Modes {
    modes: BTreeMap<String, DataPlaneMode>,
    assumed: BTreeMap<String, DataPlaneMode>,
}

impl Modes {
    /// The mode of a namespace's pods that say nothing themselves.
    pub(super) fn of(&self, namespace: &str) -> DataPlaneMode {
        self.modes.get(namespace).copied().unwrap_or(DataPlaneMode::None)
    }

    /// The modes that no label says.
    pub(super) fn assumed(&self) -> &BTreeMap<String, DataPlaneMode> {
        &self.assumed
    }
}

/// Lowers a Namespace.
pub(super) fn lower(object: &Object) -> (String, Namespace) {
    let name = object.id.name.name.clone();
    (name.clone(), Namespace { name, labels: labels(object), object: object.id.clone() })
}

/// Works out the mode of every namespace. Where no Namespace of the input has a mesh label, labels are taken to be
/// set elsewhere, and every namespace for injected; otherwise one without label is outside of the mesh. A namespace
/// without object is taken for injected, or for enrolled if it has a waypoint or something that was written for it before:
/// no label could say so.
pub(super) fn modes(objects: &[&Object], mesh: &Mesh, given: &Assumptions, reader: &mut Reader) -> Modes {
    let anything_labelled = mesh.namespaces.values().any(|namespace| mode_by_label(&namespace.labels).is_some());
    let names: BTreeSet<&str> = objects
        .iter()
        .map(|object| object.id.name.namespace.as_str())
        .chain(mesh.namespaces.keys().map(String::as_str))
        .filter(|name| !name.is_empty())
        .collect();
    let converted = converted(objects);
    let mut modes = Modes { modes: BTreeMap::new(), assumed: BTreeMap::new() };
    for name in names {
        let namespace = mesh.namespaces.get(name);
        let labelled = namespace.and_then(|namespace| mode_by_label(&namespace.labels));
        let system = name == mesh.settings.root_namespace || name.starts_with("kube-");
        let mode = match (labelled, given.namespaces.as_ref().and_then(|given| given.get(name))) {
            (Some(mode), _) => mode,
            (None, _) if system => DataPlaneMode::None,
            (None, Some(mode)) => assumed(&mut modes, name, *mode),
            (None, None) if namespace.is_some() && anything_labelled => DataPlaneMode::None,
            (None, None) if converted.contains(name) => assumed(&mut modes, name, DataPlaneMode::Ambient),
            (None, None) => {
                report(name, namespace, reader);
                assumed(&mut modes, name, DataPlaneMode::Sidecar)
            }
        };
        modes.modes.insert(name.to_owned(), mode);
    }
    modes
}

fn assumed(modes: &mut Modes, name: &str, mode: DataPlaneMode) -> DataPlaneMode {
    modes.assumed.insert(name.to_owned(), mode);
    mode
}

/// `istio-injection` hides `istio.io/rev`, and any value but `enabled` means no.
fn mode_by_label(labels: &Labels) -> Option<DataPlaneMode> {
    let injection = labels.get("istio-injection").map(String::as_str);
    match (labels.get("istio.io/dataplane-mode").map(String::as_str), injection) {
        (Some("ambient"), _) => Some(DataPlaneMode::Ambient),
        (_, Some("enabled")) => Some(DataPlaneMode::Sidecar),
        (_, Some(_)) => Some(DataPlaneMode::None),
        (_, None) if labels.contains_key("istio.io/rev") => Some(DataPlaneMode::Sidecar),
        (Some(_), None) => Some(DataPlaneMode::None),
        (None, None) => None,
    }
}

/// The namespaces with a waypoint of their own, or a guard or whatever else carries the annotation of a conversion. A
/// waypoint for other namespaces says nothing about the pods beside it.
fn converted<'a>(objects: &[&'a Object]) -> BTreeSet<&'a str> {
    let waypoint = |object: &Object| if object.id.kind == "Gateway" { super::waypoint::lower(object) } else { None };
    let written = |object: &&&Object| match waypoint(object) {
        Some(waypoint) => !waypoint.shared,
        None => object.id.kind != "ConfigMap" && object.annotation(ORIGIN).is_some(),
    };
    objects.iter().filter(written).map(|object| object.id.name.namespace.as_str()).collect()
}

fn report(name: &str, namespace: Option<&Namespace>, reader: &mut Reader) {
    let message = format!("namespace {name} has no mesh label here: taken for one with sidecar injection");
    let finding = match namespace {
        Some(namespace) => Diagnostic::about(
            &codes::NAMESPACE_ASSUMED_INJECTED,
            crate::object::reference(&namespace.object),
            "metadata",
            message,
        ),
        None => Diagnostic::plain(&codes::NAMESPACE_ASSUMED_INJECTED, message),
    };
    reader.report(finding);
}
