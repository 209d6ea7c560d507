//! TCPRoutes and TLSRoutes with Services as parents.

use s2a_model::route::{BackendRef, ClientCondition, ConnectionMatch, ConnectionRoute, ConnectionRule, ParentRef};
use s2a_model::{Origin, Settings};
use serde::Deserialize;
use serde_json::Value;

use super::http_route::{BackendSpec, ParentSpec, Scope, backend, mesh_parent};
use super::reader::{Reader, origin};
use crate::Object;

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct TcpSpec {
    parent_refs: Vec<ParentSpec>,
    rules: Vec<RuleSpec>,
    use_default_gateways: Value,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct TlsSpec {
    parent_refs: Vec<ParentSpec>,
    hostnames: Vec<String>,
    rules: Vec<RuleSpec>,
    use_default_gateways: Value,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct RuleSpec {
    name: Option<String>,
    backend_refs: Vec<BackendSpec>,
}

/// Lowers a TCPRoute.
pub(super) fn lower_tcp(object: &Object, settings: &Settings, reader: &mut Reader) -> Option<ConnectionRoute> {
    let TcpSpec { parent_refs, rules, use_default_gateways: _ } = reader.spec(object)?;
    route(object, settings, parent_refs, rules, None)
}

/// Lowers a TLSRoute, whose host names are server names.
pub(super) fn lower_tls(object: &Object, settings: &Settings, reader: &mut Reader) -> Option<ConnectionRoute> {
    let TlsSpec { parent_refs, hostnames, rules, use_default_gateways: _ } = reader.spec(object)?;
    let names = if hostnames.is_empty() { vec!["*".to_owned()] } else { hostnames };
    route(object, settings, parent_refs, rules, Some(&names))
}

fn route(
    object: &Object,
    settings: &Settings,
    parents: Vec<ParentSpec>,
    rules: Vec<RuleSpec>,
    server_names: Option<&[String]>,
) -> Option<ConnectionRoute> {
    let namespace = &object.id.name.namespace;
    let parents: Vec<ParentRef> = parents.into_iter().filter_map(|parent| mesh_parent(parent, namespace)).collect();
    let mut scope = Scope::of(namespace, settings);
    let whole = origin(object, "spec");
    let lower = |(index, spec)| rule(spec, server_names, &mut scope, whole.item("rules", index));
    let rules = rules.into_iter().enumerate().map(lower).collect();
    let void = scope.void;
    let created = object.metadata("creationTimestamp").map(str::to_owned);
    let name = object.id.name.clone();
    (!parents.is_empty()).then(|| ConnectionRoute { name, parents, rules, void, created, object: object.id.clone() })
}

fn rule(spec: RuleSpec, server_names: Option<&[String]>, scope: &mut Scope<'_>, origin: Origin) -> ConnectionRule {
    let RuleSpec { name: _, backend_refs } = spec;
    let condition = |names: &[String]| ConnectionMatch {
        port: None,
        server_names: names.to_vec(),
        by_address: false,
        client: ClientCondition::default(),
        origin: origin.clone(),
    };
    let backends: Vec<BackendRef> = backend_refs.into_iter().map(|spec| backend(spec, scope)).collect();
    ConnectionRule {
        tls: server_names.is_some(),
        matches: server_names.map(condition).into_iter().collect(),
        backends: backends.into_iter().filter(|backend| backend.weight > 0).collect(),
        origin,
    }
}
