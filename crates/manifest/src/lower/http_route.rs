//! HTTPRoutes with Services as parents.

mod traffic_policy;

use s2a_model::route::{
    BackendRef, ClientCondition, HeaderChanges, HeaderMatch, HeaderTest, HttpRoute, Mirror, ParentRef, QueryMatch,
    Redirect, Rewrite, RouteAction, RouteMatch, RouteRule, Target,
};
use s2a_model::{Name, Origin, Pattern, Settings, TextMatch};
use serde::Deserialize;
use serde_json::Value;

use super::reader::{Reader, origin};
use crate::Object;
use traffic_policy::{CorsSpec, RetrySpec, Timeouts};

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
pub(super) struct ParentSpec {
    group: Option<String>,
    kind: Option<String>,
    namespace: Option<String>,
    name: String,
    section_name: Option<String>,
    port: Option<u16>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct RuleSpec {
    name: Option<String>,
    matches: Vec<MatchSpec>,
    filters: Vec<FilterSpec>,
    backend_refs: Vec<BackendSpec>,
    timeouts: Option<Timeouts>,
    retry: Option<RetrySpec>,
    session_persistence: Option<Value>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct MatchSpec {
    path: Option<ValueMatch>,
    headers: Vec<ValueMatch>,
    query_params: Vec<ValueMatch>,
    method: Option<String>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct ValueMatch {
    name: String,
    #[serde(rename = "type")]
    kind: Option<String>,
    value: Option<String>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct FilterSpec {
    #[serde(rename = "type")]
    kind: String,
    request_header_modifier: Option<Modifier>,
    response_header_modifier: Option<Modifier>,
    request_mirror: Option<MirrorFilter>,
    request_redirect: Option<RedirectFilter>,
    url_rewrite: Option<UrlRewrite>,
    cors: Option<CorsSpec>,
    extension_ref: Option<Value>,
    external_auth: Option<Value>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Modifier {
    set: Vec<NameValue>,
    add: Vec<NameValue>,
    remove: Vec<String>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct NameValue {
    name: String,
    value: String,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct MirrorFilter {
    backend_ref: BackendSpec,
    percent: Option<u32>,
    fraction: Option<Fraction>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Fraction {
    numerator: u32,
    denominator: Option<u32>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct RedirectFilter {
    scheme: Option<String>,
    hostname: Option<String>,
    path: Option<PathModifier>,
    port: Option<u16>,
    status_code: Option<u16>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct UrlRewrite {
    hostname: Option<String>,
    path: Option<PathModifier>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct PathModifier {
    #[serde(rename = "type")]
    kind: String,
    replace_full_path: Option<String>,
    replace_prefix_match: Option<String>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct BackendSpec {
    group: Option<String>,
    kind: Option<String>,
    namespace: Option<String>,
    name: String,
    port: Option<u16>,
    weight: Option<u32>,
    filters: Vec<FilterSpec>,
}

/// What an HTTPRoute's names are relative to, and whether istiod drops the object.
pub(super) struct Scope<'a> {
    pub(super) namespace: &'a str,
    pub(super) domain: &'a str,
    pub(super) void: bool,
    /// Whether a CORS filter lets preflights of other origins through.
    pub(super) forwards_preflights: bool,
}

impl<'a> Scope<'a> {
    /// The scope of an object of this namespace.
    pub(super) fn of(namespace: &'a str, settings: &'a Settings) -> Self {
        let forwards_preflights = !settings.features.cors_ignores_other_preflights;
        Scope { namespace, domain: &settings.cluster_domain, void: false, forwards_preflights }
    }
}

/// Lowers an HTTPRoute. Only Services count as parents here; a route for Gateways changes nothing inside of the mesh.
pub(super) fn lower(object: &Object, settings: &Settings, reader: &mut Reader) -> Option<HttpRoute> {
    // istiod ignores `hostnames` for mesh parents.
    let Spec { parent_refs, hostnames: _, rules, use_default_gateways: _ } = reader.spec(object)?;
    for_mesh(object, settings, parent_refs, rules, rule)
}

/// The route of an object with these parents and rules, if some parent is a Service.
pub(super) fn for_mesh<R>(
    object: &Object,
    settings: &Settings,
    parents: Vec<ParentSpec>,
    rules: Vec<R>,
    rule: fn(R, &mut Scope<'_>, Origin) -> RouteRule,
) -> Option<HttpRoute> {
    let namespace = &object.id.name.namespace;
    let parents: Vec<ParentRef> = parents.into_iter().filter_map(|parent| mesh_parent(parent, namespace)).collect();
    let mut scope = Scope::of(namespace, settings);
    let whole = origin(object, "spec");
    let rules = rules.into_iter().enumerate();
    let rules = rules.map(|(index, spec)| rule(spec, &mut scope, whole.item("rules", index))).collect();
    let void = scope.void;
    let created = object.metadata("creationTimestamp").map(str::to_owned);
    let route = HttpRoute { name: object.id.name.clone(), parents, rules, void, created, object: object.id.clone() };
    (!route.parents.is_empty()).then_some(route)
}

/// The Services that a route of a Gateway sends to, with the account that Istio runs such a gateway under:
/// `NAME-istio` in the Gateway's namespace (istio/istio `pilot/pkg/config/kube/gatewaycommon`).
pub(super) fn gateway_backends(object: &Object) -> Vec<(Name, Name)> {
    let home = &object.id.name.namespace;
    let list = |pointer: &str| object.json.pointer(pointer).and_then(Value::as_array).cloned().unwrap_or_default();
    let text = |value: &Value, key: &str| value.get(key).and_then(Value::as_str).map(str::to_owned);
    let gateways: Vec<Name> = list("/spec/parentRefs")
        .iter()
        .filter(|parent| text(parent, "kind").is_none_or(|kind| kind == "Gateway"))
        .filter_map(|parent| {
            Some(Name::new(
                text(parent, "namespace").unwrap_or(home.clone()),
                format!("{}-istio", text(parent, "name")?),
            ))
        })
        .collect();
    let backends = list("/spec/rules")
        .into_iter()
        .flat_map(|rule| rule.get("backendRefs").and_then(Value::as_array).cloned().unwrap_or_default());
    let services: Vec<Name> = backends
        .filter(|backend| text(backend, "kind").is_none_or(|kind| kind == "Service"))
        .filter_map(|backend| {
            Some(Name::new(text(&backend, "namespace").unwrap_or(home.clone()), text(&backend, "name")?))
        })
        .collect();
    services.iter().flat_map(|service| gateways.iter().map(move |gateway| (service.clone(), gateway.clone()))).collect()
}

pub(super) fn mesh_parent(parent: ParentSpec, own_namespace: &str) -> Option<ParentRef> {
    let ParentSpec { group, kind, namespace, name, section_name: _, port } = parent;
    let is_service = group.as_deref() == Some("") && kind.as_deref() == Some("Service");
    let namespace = namespace.unwrap_or_else(|| own_namespace.to_owned());
    is_service.then(|| ParentRef { service: Name::new(namespace, name), port })
}

fn rule(spec: RuleSpec, scope: &mut Scope<'_>, at: Origin) -> RouteRule {
    let RuleSpec { name, matches, filters, backend_refs, timeouts, retry, session_persistence: _ } = spec;
    let target = target(backend_refs, scope);
    let (timeout, retries) = traffic_policy::timeout_and_retries(timeouts.unwrap_or_default(), retry);
    let mut action = RouteAction { target, timeout, retries, ..RouteAction::forward(Vec::new()) };
    for filter in filters {
        apply(&mut action, filter, scope);
    }
    // The API server fills in a match of everything.
    let matches = if matches.is_empty() { vec![MatchSpec::default()] } else { matches };
    let matches = matches.into_iter().enumerate();
    let matches = matches.map(|(index, spec)| condition(spec, at.item("matches", index))).collect();
    RouteRule { name, matches, action, origin: at }
}

/// Nothing to send to, or everything with weight 0: istiod answers 500.
pub(super) fn target(specs: Vec<BackendSpec>, scope: &mut Scope<'_>) -> Target {
    let backends: Vec<BackendRef> = specs.into_iter().map(|spec| backend(spec, scope)).collect();
    let total: u64 = backends.iter().map(|backend| u64::from(backend.weight)).sum();
    match total {
        0 => Target::Respond { status: 500, body: String::new() },
        _ => Target::Backends(backends.into_iter().filter(|backend| backend.weight > 0).collect()),
    }
}

fn condition(spec: MatchSpec, origin: Origin) -> RouteMatch {
    let MatchSpec { path: path_spec, headers, query_params, method } = spec;
    let mut condition = RouteMatch {
        path: path_spec
            .map_or_else(|| TextMatch::of(Pattern::Prefix("/".to_owned())), |spec| TextMatch::of(path(&spec))),
        method: method.map(|method| TextMatch::of(Pattern::Exact(method))),
        query: query_params
            .into_iter()
            .map(|spec| QueryMatch {
                value: (spec.value.as_deref() != Some("*")).then(|| TextMatch::of(value(&spec))),
                name: spec.name,
            })
            .collect(),
        client: ClientCondition::default(),
        ..RouteMatch::any(origin)
    };
    for header in headers {
        add_header(&mut condition, &header);
    }
    condition
}

/// A condition on `Host` is one on the authority; the single character `*` as a regular expression is presence.
pub(super) fn add_header(condition: &mut RouteMatch, header: &ValueMatch) {
    let name = header.name.to_ascii_lowercase();
    if name == "host" && condition.authority.is_none() {
        condition.authority = Some(TextMatch::of(value(header)));
        return;
    }
    let present = header.kind.as_deref() == Some("RegularExpression") && header.value.as_deref() == Some("*");
    let test = if present { HeaderTest::Present } else { HeaderTest::Text(TextMatch::of(value(header))) };
    condition.headers.push(HeaderMatch { name, test, negated: false });
}

/// One trailing slash of a prefix is cut; `/` is any path.
fn path(spec: &ValueMatch) -> Pattern {
    let value = spec.value.clone().unwrap_or_else(|| "/".to_owned());
    match spec.kind.as_deref() {
        Some("Exact") => Pattern::Exact(value),
        Some("RegularExpression") => Pattern::Regex(value),
        _ if value == "/" => Pattern::Prefix(value),
        _ => Pattern::SegmentPrefix(value.strip_suffix('/').map_or(value.clone(), str::to_owned)),
    }
}

fn value(spec: &ValueMatch) -> Pattern {
    let value = spec.value.clone().unwrap_or_default();
    match spec.kind.as_deref() {
        Some("RegularExpression") => Pattern::Regex(value),
        _ => Pattern::Exact(value),
    }
}

pub(super) fn apply(action: &mut RouteAction, filter: FilterSpec, scope: &mut Scope<'_>) {
    let FilterSpec {
        kind: _,
        request_header_modifier,
        response_header_modifier,
        request_mirror,
        request_redirect,
        url_rewrite,
        cors,
        extension_ref,
        external_auth,
    } = filter;
    scope.void |= extension_ref.is_some() || external_auth.is_some();
    if let Some(modifier) = request_header_modifier {
        let (changes, host) = changes(modifier);
        action.request_headers = changes;
        action.rewrite_host = action.rewrite_host.take().or(host);
    }
    if let Some(modifier) = response_header_modifier {
        action.response_headers = changes(modifier).0;
    }
    if let Some(mirror) = request_mirror {
        action.mirrors.push(lower_mirror(mirror, scope));
    }
    if let Some(redirect) = request_redirect {
        action.target = Target::Redirect(lower_redirect(redirect));
    }
    if let Some(UrlRewrite { hostname, path }) = url_rewrite {
        action.rewrite_host = hostname.or(action.rewrite_host.take());
        action.rewrite = path.and_then(path_modifier);
    }
    if let Some(cors) = cors {
        action.cors = Some(traffic_policy::cors(cors, scope.forwards_preflights));
    }
}

fn changes(modifier: Modifier) -> (HeaderChanges, Option<String>) {
    let Modifier { set, add, remove } = modifier;
    let is_host = |entry: &NameValue| entry.name.eq_ignore_ascii_case("host");
    let host = set.iter().chain(&add).find(|entry| is_host(entry)).map(|entry| entry.value.clone());
    let lower = |entries: Vec<NameValue>| -> Vec<(String, String)> {
        let kept = entries.into_iter().filter(|entry| !is_host(entry));
        let mut kept: Vec<_> = kept.map(|NameValue { name, value }| (name.to_ascii_lowercase(), value)).collect();
        kept.sort();
        kept
    };
    let remove = remove.into_iter().map(|name| name.to_ascii_lowercase()).collect();
    (HeaderChanges { remove, set: lower(set), add: lower(add) }, host)
}

fn path_modifier(modifier: PathModifier) -> Option<Rewrite> {
    let PathModifier { kind: _, replace_full_path, replace_prefix_match } = modifier;
    replace_full_path.map(Rewrite::FullPath).or(replace_prefix_match.map(Rewrite::PrefixMatch))
}

/// A redirect with neither port nor scheme gets the port of the listener.
fn lower_redirect(filter: RedirectFilter) -> Redirect {
    let RedirectFilter { scheme, hostname, path, port, status_code } = filter;
    Redirect {
        status: status_code.unwrap_or(302),
        listener_port: port.is_none() && scheme.is_none(),
        scheme,
        host: hostname,
        port,
        path: path.and_then(path_modifier),
    }
}

fn lower_mirror(filter: MirrorFilter, scope: &mut Scope<'_>) -> Mirror {
    let MirrorFilter { backend_ref, percent, fraction } = filter;
    let fraction = fraction.map(|Fraction { numerator, denominator }| {
        let percent = 100.0 * f64::from(numerator) / f64::from(denominator.unwrap_or(100).max(1));
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "istiod cuts off in the same way")]
        let parts = (percent * 10_000.0) as u32;
        parts
    });
    let per_million = fraction.or(percent.map(|percent| percent * 10_000)).unwrap_or(1_000_000);
    Mirror { to: BackendRef { weight: 1, ..backend(backend_ref, scope) }, per_million }
}

/// A reference without port, or to a name with a dot, makes istiod drop the whole route.
pub(super) fn backend(spec: BackendSpec, scope: &mut Scope<'_>) -> BackendRef {
    let BackendSpec { group, kind, namespace, name, port, weight, filters } = spec;
    let is_host = kind.as_deref() == Some("Hostname") && group.as_deref() == Some("networking.istio.io");
    scope.void |= port.is_none() || (!is_host && name.contains('.'));
    let namespace = namespace.as_deref().unwrap_or(scope.namespace);
    let host = if is_host { name } else { format!("{name}.{namespace}.svc.{}", scope.domain) };
    let mut backend = BackendRef { weight: weight.unwrap_or(1), ..BackendRef::to(host, port) };
    for filter in filters {
        if let Some(modifier) = filter.request_header_modifier {
            (backend.request_headers, backend.rewrite_host) = changes(modifier);
        } else if let Some(modifier) = filter.response_header_modifier {
            backend.response_headers = changes(modifier).0;
        } else {
            scope.void = true;
        }
    }
    backend
}
