//! What a VirtualService needs that stays, so that a waypoint reads it as sidecars did.

use std::collections::BTreeSet;

use s2a_catalog::codes;
use s2a_model::change::{Change, Edit};
use s2a_model::route::{BackendRef, Target, VirtualService};
use s2a_model::{Mesh, Name, ObjectId, Origin};

use super::http_ports;
use crate::Translation;
use crate::findings::about;

/// Writes the port of destinations that name none: for a sidecar that is the port that was called, a waypoint takes a
/// Service's only port instead. Where several ports are called, no one port can be written.
pub(super) fn write_ports(mesh: &Mesh, object: &ObjectId, services: &BTreeSet<Name>, translation: &mut Translation) {
    let Some(virtual_service) = mesh.virtual_services.get(&object.name) else { return };
    let called: BTreeSet<u16> = services.iter().filter_map(|name| mesh.service(name)).flat_map(http_ports).collect();
    let mut called = called.into_iter();
    let (Some(port), None) = (called.next(), called.next()) else { return };
    let mut edits = Vec::new();
    for at in destinations_without(mesh, virtual_service, port) {
        let message = format!("port {port} is written, which is meant with sidecars; a waypoint would take another");
        translation.say(about(&codes::DESTINATION_PORT_WRITTEN, &at, message));
        edits.push(Edit::Port { at: at.field, number: port });
    }
    if !edits.is_empty() {
        translation.change(Change::Edit { object: object.clone(), edits });
    }
}

/// Destinations without a port whose Service has one other port.
fn destinations_without(mesh: &Mesh, virtual_service: &VirtualService, port: u16) -> Vec<Origin> {
    let other_port = |to: &BackendRef| {
        let ports = mesh.service_by_host(&to.host).map(|service| service.ports.as_slice());
        to.port.is_none() && matches!(ports, Some([only]) if only.number != port)
    };
    let mut found = Vec::new();
    for rule in virtual_service.rules.iter().filter(|rule| rule.origin.object == virtual_service.object) {
        if let Target::Backends(backends) = &rule.action.target {
            let without = backends.iter().enumerate().filter(|(_, to)| other_port(to));
            found.extend(without.map(|(index, _)| rule.origin.item("route", index).field("destination")));
        }
    }
    found
}
