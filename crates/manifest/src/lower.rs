//! From objects to their meaning.
//!
//! Every field of the kinds that matter is named in a struct; a field that no struct names is a finding, because
//! nothing may be dropped in silence.

mod authorization_policy;
mod connection_route;
mod destination_rule;
mod grpc_route;
mod http_route;
mod namespace;
mod peer_authentication;
mod reader;
mod request_authentication;
mod service;
mod service_entry;
pub(crate) mod string_match;
mod version;
mod virtual_service;
mod waypoint;
mod workload;

use std::collections::BTreeMap;

use s2a_catalog::codes;
use s2a_diagnostic::Diagnostic;
use s2a_model::route::{ConnectionRoute, HttpRoute};
use s2a_model::topology::{DataPlaneMode, Workload};
use s2a_model::{ClientMode, Mesh, Settings};

use crate::mesh_config::find_mesh_config;
use crate::webhook::{self, Refusal};
use crate::{Inventory, MeshConfigError, Object};
use reader::Reader;

/// What is taken for granted because the input does not say it.
#[derive(Clone, Debug, Default)]
pub struct Assumptions {
    /// Workloads that Services must have; `None` to work them out.
    pub workloads: Option<Vec<Workload>>,
    /// The mode of namespaces that have no mesh label; `None` to work it out.
    pub namespaces: Option<BTreeMap<String, DataPlaneMode>>,
}

/// A mesh with what was assumed to get it.
#[derive(Debug)]
pub struct Lowered {
    /// The mesh.
    pub mesh: Mesh,
    /// What was assumed; given to the lowering of the output, so that both sides stand on the same ground.
    pub assumptions: Assumptions,
    /// Findings about fields, and about what was assumed.
    pub diagnostics: Vec<Diagnostic>,
}

/// Says what the objects mean.
///
/// # Errors
/// If a mesh configuration among the objects cannot be used.
pub fn lower(
    inventory: &Inventory,
    settings: &Settings,
    clients: ClientMode,
    assumptions: &Assumptions,
) -> Result<Lowered, MeshConfigError> {
    let mut settings = settings.clone();
    find_mesh_config(inventory, &mut settings)?;
    let objects = inventory.effective();
    let mut reader = Reader::default();
    let taken = |object: &&Object| version::is_served(object, &mut reader) && webhook_takes(object, &mut reader);
    let objects: Vec<&Object> = objects.into_iter().filter(taken).collect();
    let mut mesh = Mesh { settings, clients, ..Mesh::default() };
    let of = |group: &str, kind: &str| -> Vec<&Object> {
        objects.iter().filter(|object| object.group() == group && object.id.kind == kind).copied().collect()
    };
    mesh.namespaces = of("", "Namespace").into_iter().map(namespace::lower).collect();
    let modes = namespace::modes(&objects, &mesh, assumptions, &mut reader);
    mesh.workloads = workload::lower_all(&objects, &mesh, &modes, &mut reader).into();
    mesh.services = collect(of("", "Service"), |object| service::lower(object, &mut reader));
    mesh.waypoints = collect(of("gateway.networking.k8s.io", "Gateway"), waypoint::lower);
    lower_policies(&mut mesh, &of, &mut reader);
    lower_routes(&mut mesh, &of, &mut reader);
    let assumed = match &assumptions.workloads {
        Some(workloads) => workload::with_modes(workloads, &modes),
        None => workload::assume(&mesh, &modes, &mut reader),
    };
    mesh.workloads.extend(assumed.iter().cloned());
    let assumptions = Assumptions { workloads: Some(assumed), namespaces: Some(modes.assumed().clone()) };
    Ok(Lowered { mesh, assumptions, diagnostics: reader.diagnostics })
}

/// An object that Istio's webhook refuses has no effect and is left out, with findings.
fn webhook_takes(object: &Object, reader: &mut Reader) -> bool {
    let refusals = webhook::refusals(object);
    let taken = refusals.is_empty();
    for Refusal { field, why } in refusals {
        reader.report(Diagnostic::about(&codes::OBJECT_ISTIO_REFUSES, object.reference(), &field, why));
    }
    taken
}

fn lower_policies<'a>(mesh: &mut Mesh, of: &dyn Fn(&str, &str) -> Vec<&'a Object>, reader: &mut Reader) {
    let group = "security.istio.io";
    mesh.authorization_policies =
        collect(of(group, "AuthorizationPolicy"), |object| authorization_policy::lower(object, reader));
    mesh.request_authentications =
        collect(of(group, "RequestAuthentication"), |object| request_authentication::lower(object, reader));
    mesh.peer_authentications =
        collect(of(group, "PeerAuthentication"), |object| peer_authentication::lower(object, reader));
}

fn lower_routes<'a>(mesh: &mut Mesh, of: &dyn Fn(&str, &str) -> Vec<&'a Object>, reader: &mut Reader) {
    let group = "networking.istio.io";
    let domain = mesh.settings.cluster_domain.clone();
    let controllers = [of("argoproj.io", "Rollout"), of("flagger.app", "Canary")].concat();
    let controllers = virtual_service::Controllers::of(&controllers);
    mesh.virtual_services =
        virtual_service::lower_all(&of(group, "VirtualService"), &controllers, &domain, reader).into();
    mesh.destination_rules =
        collect(of(group, "DestinationRule"), |object| destination_rule::lower(object, &domain, reader));
    mesh.service_entries = collect(of(group, "ServiceEntry"), |object| service_entry::lower(object, reader));
    lower_gateway_api_routes(mesh, of, reader);
}

fn lower_gateway_api_routes<'a>(mesh: &mut Mesh, of: &dyn Fn(&str, &str) -> Vec<&'a Object>, reader: &mut Reader) {
    let of = |kind: &str| of("gateway.networking.k8s.io", kind);
    let settings = mesh.settings.clone();
    let mut http: Vec<HttpRoute> = collect(of("HTTPRoute"), |object| http_route::lower(object, &settings, reader));
    http.extend(collect::<_, Vec<_>>(of("GRPCRoute"), |object| grpc_route::lower(object, &settings, reader)));
    http.sort_by(|left, right| left.object.cmp(&right.object));
    mesh.http_routes = http.into();
    let mut connections: Vec<ConnectionRoute> =
        collect(of("TCPRoute"), |object| connection_route::lower_tcp(object, &settings, reader));
    connections
        .extend(collect::<_, Vec<_>>(of("TLSRoute"), |object| connection_route::lower_tls(object, &settings, reader)));
    connections.sort_by(|left, right| left.object.cmp(&right.object));
    mesh.connection_routes = connections.into();
    let routes = ["GRPCRoute", "HTTPRoute"].into_iter().flat_map(of);
    mesh.gateway_backends = routes.flat_map(http_route::gateway_backends).collect();
    mesh.gateway_backends.sort();
    mesh.gateway_backends.dedup();
}

fn collect<T, L: FromIterator<T>>(objects: Vec<&Object>, lower: impl FnMut(&Object) -> Option<T>) -> L {
    objects.into_iter().filter_map(lower).collect()
}
