//! GRPCRoutes with Services as parents. istiod makes the same of them as of HTTPRoutes: a method is a path.
//!
//! Source: istio/istio `pilot/pkg/config/kube/gateway/conversion.go` (`convertGRPCRoute`, `createGRPCURIMatch`).

use s2a_model::route::{HttpRoute, RouteAction, RouteMatch, RouteRule};
use s2a_model::{Origin, Pattern, Settings, TextMatch};
use serde::Deserialize;
use serde_json::Value;

use super::http_route::{BackendSpec, FilterSpec, ParentSpec, Scope, ValueMatch, add_header, apply, for_mesh, target};
use super::reader::Reader;
use crate::Object;

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct Spec {
    parent_refs: Vec<ParentSpec>,
    hostnames: Vec<String>,
    rules: Vec<RuleSpec>,
    use_default_gateways: Value,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct RuleSpec {
    name: Option<String>,
    matches: Vec<MatchSpec>,
    filters: Vec<FilterSpec>,
    backend_refs: Vec<BackendSpec>,
    session_persistence: Value,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct MatchSpec {
    method: Option<MethodSpec>,
    headers: Vec<ValueMatch>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct MethodSpec {
    #[serde(rename = "type")]
    kind: Option<String>,
    service: Option<String>,
    method: Option<String>,
}

/// Lowers a GRPCRoute to the HTTPRoute that means the same. `hostnames` are ignored for mesh parents.
pub(super) fn lower(object: &Object, settings: &Settings, reader: &mut Reader) -> Option<HttpRoute> {
    let Spec { parent_refs, hostnames: _, rules, use_default_gateways: _ } = reader.spec(object)?;
    for_mesh(object, settings, parent_refs, rules, rule)
}

/// Without matches a rule takes everything, behind all other rules.
fn rule(spec: RuleSpec, scope: &mut Scope<'_>, at: Origin) -> RouteRule {
    let RuleSpec { name, matches, filters, backend_refs, session_persistence: _ } = spec;
    let mut action = RouteAction { target: target(backend_refs, scope), ..RouteAction::forward(Vec::new()) };
    for filter in filters {
        apply(&mut action, filter, scope);
    }
    let matches = matches.into_iter().enumerate();
    let matches = matches.map(|(index, spec)| condition(spec, at.item("matches", index), scope)).collect();
    RouteRule { name, matches, action, origin: at }
}

fn condition(spec: MatchSpec, origin: Origin, scope: &mut Scope<'_>) -> RouteMatch {
    let MatchSpec { method, headers } = spec;
    let path = match method {
        // Any path, and behind every regular expression in the order.
        None => Pattern::NonEmpty,
        Some(method) => path(method).unwrap_or_else(|| {
            scope.void = true;
            Pattern::NonEmpty
        }),
    };
    let mut condition = RouteMatch { path: TextMatch::of(path), ..RouteMatch::any(origin) };
    for header in &headers {
        add_header(&mut condition, header);
    }
    condition
}

/// `None` if neither service nor method is named.
fn path(spec: MethodSpec) -> Option<Pattern> {
    let MethodSpec { kind, service, method } = spec;
    let regex = kind.as_deref() == Some("RegularExpression");
    Some(match (service, method) {
        (None, None) => return None,
        (None, Some(method)) => Pattern::Regex(format!("/[^/]+/{method}")),
        (Some(service), None) if regex => Pattern::Regex(format!("/{service}/.+")),
        (Some(service), None) => Pattern::SegmentPrefix(format!("/{service}")),
        (Some(service), Some(method)) if regex => Pattern::Regex(format!("/{service}/{method}")),
        (Some(service), Some(method)) => Pattern::Exact(format!("/{service}/{method}")),
    })
}
