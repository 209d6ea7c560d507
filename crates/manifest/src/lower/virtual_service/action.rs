//! What a rule does: destinations, redirect, rewrite, headers, mirrors.

use std::collections::BTreeMap;

use s2a_model::route::{BackendRef, HeaderChanges, Mirror, Redirect, Retries, Rewrite, RouteAction, Target};
use serde::Deserialize;
use serde_json::Value;

use super::traffic_policy;
use super::{HttpRule, Scope};
use crate::lower::string_match::milliseconds;

#[derive(Clone, Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct RouteDestination {
    destination: Destination,
    weight: u32,
    headers: Option<HeadersSpec>,
}

#[derive(Clone, Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Destination {
    host: String,
    subset: Option<String>,
    port: Option<PortSelector>,
}

impl Destination {
    /// Resolves the host's name.
    pub(super) fn resolve(&mut self, scope: &Scope<'_>) {
        self.host = scope.host(&self.host);
    }
}

impl RouteDestination {
    /// Resolves the host's name.
    pub(super) fn resolve(&mut self, scope: &Scope<'_>) {
        self.destination.resolve(scope);
    }
}

impl MirrorSpec {
    /// Resolves the host's name.
    pub(super) fn resolve(&mut self, scope: &Scope<'_>) {
        self.destination.resolve(scope);
    }
}

#[derive(Clone, Deserialize, Default)]
#[serde(default)]
struct PortSelector {
    number: u16,
}

#[derive(Clone, Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct RedirectSpec {
    uri: Option<String>,
    authority: Option<String>,
    port: Option<u16>,
    derive_port: Option<String>,
    scheme: Option<String>,
    redirect_code: Option<u16>,
    prefix_rewrite: Option<String>,
}

#[derive(Clone, Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct DirectResponse {
    status: u16,
    body: Option<Body>,
}

#[derive(Clone, Deserialize, Default)]
#[serde(default)]
struct Body {
    string: Option<String>,
    bytes: Option<String>,
}

#[derive(Clone, Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct RewriteSpec {
    uri: Option<String>,
    authority: Option<String>,
    uri_regex_rewrite: Option<RegexRewriteSpec>,
}

#[derive(Clone, Deserialize, Default)]
#[serde(default)]
struct RegexRewriteSpec {
    #[serde(rename = "match")]
    pattern: String,
    rewrite: String,
}

#[derive(Clone, Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct MirrorSpec {
    destination: Destination,
    percentage: Option<Percent>,
}

#[derive(Clone, Deserialize, Default)]
#[serde(default)]
pub(super) struct Percent {
    value: f64,
}

#[derive(Clone, Deserialize, Default)]
#[serde(default)]
pub(super) struct HeadersSpec {
    request: HeaderOperations,
    response: HeaderOperations,
}

#[derive(Clone, Deserialize, Default)]
#[serde(default)]
struct HeaderOperations {
    set: BTreeMap<String, String>,
    add: BTreeMap<String, String>,
    remove: Vec<String>,
}

/// Lowers what a rule does. Redirect wins over an answer, and that over destinations.
pub(super) fn action(spec: HttpRule) -> RouteAction {
    let HttpRule {
        name: _,
        matches: _,
        delegate: _,
        route,
        redirect,
        direct_response,
        rewrite,
        timeout,
        retries,
        fault,
        mirror,
        mirrors,
        mirror_percent,
        mirror_percentage,
        cors_policy,
        headers,
    } = spec;
    let HeadersSpec { request, response } = headers.unwrap_or_default();
    let (request_headers, header_host) = changes(request);
    let (response_headers, _) = changes(response);
    let rewrite = rewrite.unwrap_or_default();
    let timeout = timeout.as_deref().and_then(milliseconds).filter(|timeout| *timeout > 0);
    let percentage = mirror_percentage.map(|percent| percent.value).or(mirror_percent);
    let single =
        mirror.map(|destination| MirrorSpec { destination, percentage: percentage.map(|value| Percent { value }) });
    RouteAction {
        target: target(route, redirect, direct_response),
        rewrite: path_rewrite(&rewrite),
        rewrite_host: rewrite.authority.or(header_host),
        request_headers,
        response_headers,
        timeout,
        mirrors: single.into_iter().chain(mirrors).map(lower_mirror).filter(|it| it.per_million > 0).collect(),
        retries: retries.map(|spec| traffic_policy::retries(spec, timeout)).filter(|it| *it != Retries::default()),
        fault: canonical(fault),
        cors: cors_policy.map(traffic_policy::cors),
    }
}

fn target(
    route: Vec<RouteDestination>,
    redirect: Option<RedirectSpec>,
    direct_response: Option<DirectResponse>,
) -> Target {
    if let Some(redirect) = redirect {
        return Target::Redirect(lower_redirect(redirect));
    }
    if let Some(DirectResponse { status, body }) = direct_response {
        let Body { string, bytes } = body.unwrap_or_default();
        return Target::Respond { status, body: string.or(bytes).unwrap_or_default() };
    }
    Target::Backends(route.into_iter().map(backend).collect())
}

fn backend(spec: RouteDestination) -> BackendRef {
    let RouteDestination { destination, weight, headers } = spec;
    let HeadersSpec { request, response } = headers.unwrap_or_default();
    let (request_headers, rewrite_host) = changes(request);
    let (response_headers, _) = changes(response);
    BackendRef { weight, request_headers, response_headers, rewrite_host, ..to(destination) }
}

/// A destination of a connection; a weight counts only beside others.
pub(super) fn connection_backend(spec: RouteDestination) -> BackendRef {
    let RouteDestination { destination, weight, headers: _ } = spec;
    BackendRef { weight, ..to(destination) }
}

fn to(destination: Destination) -> BackendRef {
    let Destination { host, subset, port } = destination;
    BackendRef {
        subset: subset.filter(|subset| !subset.is_empty()),
        ..BackendRef::to(host, port.map(|port| port.number).filter(|port| *port != 0))
    }
}

/// Without a port of its own a redirect leaves the port of the `Host` header alone.
fn lower_redirect(spec: RedirectSpec) -> Redirect {
    let RedirectSpec { uri, authority, port, derive_port, scheme, redirect_code, prefix_rewrite } = spec;
    Redirect {
        status: redirect_code.filter(|code| *code != 0).unwrap_or(301),
        scheme: scheme.filter(|scheme| !scheme.is_empty()),
        host: authority.filter(|authority| !authority.is_empty()),
        port: port.filter(|port| *port != 0),
        listener_port: derive_port.as_deref() == Some("FROM_REQUEST_PORT"),
        path: uri.filter(|uri| !uri.is_empty()).map(Rewrite::FullPath).or(prefix_rewrite.map(Rewrite::Uri)),
    }
}

fn path_rewrite(spec: &RewriteSpec) -> Option<Rewrite> {
    let RewriteSpec { uri, authority: _, uri_regex_rewrite } = spec;
    let regex = uri_regex_rewrite.as_ref().map(|RegexRewriteSpec { pattern, rewrite }| Rewrite::Regex {
        pattern: pattern.clone(),
        substitution: rewrite.clone(),
    });
    regex.or(uri.clone().filter(|uri| !uri.is_empty()).map(Rewrite::Uri))
}

/// Envoy takes parts of a million, cut off; without a percentage everything is copied.
fn lower_mirror(spec: MirrorSpec) -> Mirror {
    let MirrorSpec { destination, percentage } = spec;
    Mirror { to: to(destination), per_million: per_million(percentage.map_or(100.0, |percent| percent.value)) }
}

fn per_million(percent: f64) -> u32 {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "istiod cuts off in the same way")]
    let parts = (percent.clamp(0.0, 100.0) * 10_000.0) as u32;
    parts
}

/// The changes, and the new host if `host` is set. Pseudo headers other than `:authority` are dropped by istiod.
fn changes(operations: HeaderOperations) -> (HeaderChanges, Option<String>) {
    let HeaderOperations { set, add, remove } = operations;
    let is_host = |name: &str| name.eq_ignore_ascii_case("host") || name == ":authority";
    let host = set.iter().chain(&add).find(|(name, _)| is_host(name)).map(|(_, value)| value.clone());
    let lower = |entries: BTreeMap<String, String>| -> Vec<(String, String)> {
        let kept = entries.into_iter().filter(|(name, _)| !is_host(name) && !name.starts_with(':'));
        kept.map(|(name, value)| (name.to_ascii_lowercase(), value)).collect()
    };
    let remove = remove.into_iter().map(|name| name.to_ascii_lowercase()).collect();
    (HeaderChanges { remove, set: lower(set), add: lower(add) }, host)
}

/// A value with its keys sorted, as text.
fn canonical(value: Option<Value>) -> Option<String> {
    fn sorted(value: Value) -> Value {
        match value {
            Value::Object(entries) => {
                let entries: BTreeMap<String, Value> = entries.into_iter().map(|(key, it)| (key, sorted(it))).collect();
                Value::Object(entries.into_iter().collect())
            }
            Value::Array(items) => Value::Array(items.into_iter().map(sorted).collect()),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => value,
        }
    }
    value.map(|value| sorted(value).to_string())
}
