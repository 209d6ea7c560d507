//! HTTPRoutes.

mod traffic_policy;

use s2a_model::route::{
    BackendRef, HeaderChanges, HeaderMatch, HeaderTest, HttpRoute, Mirror, ParentRef, Redirect, Rewrite, RouteMatch,
    RouteRule, Target,
};
use s2a_model::{Pattern, TextMatch};
use serde_json::{Map, Value, json};

/// Writes an HTTPRoute. Fields that the API server would fill in are left out, unless Istio reads their absence
/// otherwise.
pub(super) fn write(route: &HttpRoute, metadata: Map<String, Value>) -> Value {
    let parents: Vec<Value> = route.parents.iter().map(write_parent).collect();
    let rules: Vec<Value> = route.rules.iter().map(|rule| write_rule(rule, route)).collect();
    json!({
        "apiVersion": "gateway.networking.k8s.io/v1",
        "kind": "HTTPRoute",
        "metadata": metadata,
        "spec": { "parentRefs": parents, "rules": rules },
    })
}

/// A Service as the parent of a route in its namespace.
pub(super) fn write_parent(parent: &ParentRef) -> Value {
    let mut reference = json!({ "group": "", "kind": "Service", "name": parent.service.name });
    set(&mut reference, "port", parent.port.map(|port| json!(port)));
    reference
}

fn write_rule(rule: &RouteRule, route: &HttpRoute) -> Value {
    let mut written = json!({});
    let matches: Vec<Value> = rule.matches.iter().map(write_match).collect();
    set(&mut written, "matches", (!matches.is_empty()).then(|| json!(matches)));
    let filters = filters(rule, route);
    set(&mut written, "filters", (!filters.is_empty()).then(|| json!(filters)));
    set(&mut written, "backendRefs", backends(rule, route));
    set(&mut written, "timeouts", traffic_policy::timeouts(&rule.action));
    set(&mut written, "retry", rule.action.retries.as_ref().map(traffic_policy::retry));
    written
}

fn write_match(condition: &RouteMatch) -> Value {
    let mut written = json!({ "path": write_path(&condition.path) });
    let mut headers: Vec<Value> = condition.headers.iter().map(write_header).collect();
    if let Some(authority) = &condition.authority {
        headers.push(named("Host", authority));
    }
    set(&mut written, "headers", (!headers.is_empty()).then(|| json!(headers)));
    let any = TextMatch::of(Pattern::Regex(".*".to_owned()));
    let query: Vec<Value> =
        condition.query.iter().map(|query| named(&query.name, query.value.as_ref().unwrap_or(&any))).collect();
    set(&mut written, "queryParams", (!query.is_empty()).then(|| json!(query)));
    let method = condition.method.as_ref().and_then(|method| method.any_of.first());
    if let Some(Pattern::Exact(method)) = method {
        set(&mut written, "method", Some(json!(method)));
    }
    written
}

fn write_path(path: &TextMatch) -> Value {
    let (kind, value) = match path.any_of.first() {
        Some(Pattern::Exact(value)) => ("Exact", value.clone()),
        Some(Pattern::SegmentPrefix(value) | Pattern::Prefix(value)) => ("PathPrefix", value.clone()),
        Some(Pattern::Regex(value)) => ("RegularExpression", value.clone()),
        Some(Pattern::Suffix(_) | Pattern::NonEmpty | Pattern::Template(_)) | None => ("PathPrefix", "/".to_owned()),
    };
    json!({ "type": kind, "value": value })
}

fn write_header(header: &HeaderMatch) -> Value {
    match &header.test {
        HeaderTest::Text(text) => named(&header.name, text),
        HeaderTest::Present => named(&header.name, &TextMatch::of(Pattern::Regex(".*".to_owned()))),
    }
}

fn named(name: &str, text: &TextMatch) -> Value {
    match text.any_of.first() {
        Some(Pattern::Exact(value)) => json!({ "name": name, "value": value }),
        Some(Pattern::Regex(value)) => json!({ "name": name, "type": "RegularExpression", "value": value }),
        _ => json!({ "name": name, "type": "RegularExpression", "value": ".*" }),
    }
}

fn filters(rule: &RouteRule, route: &HttpRoute) -> Vec<Value> {
    let action = &rule.action;
    let mut filters = Vec::new();
    let mut request = action.request_headers.clone();
    let plain_host = action.rewrite_host.as_ref().filter(|host| is_host_name(host));
    if let (Some(host), None) = (&action.rewrite_host, plain_host) {
        request.set.push(("Host".to_owned(), host.clone()));
    }
    filters.extend(modifier("RequestHeaderModifier", "requestHeaderModifier", &request));
    filters.extend(modifier("ResponseHeaderModifier", "responseHeaderModifier", &action.response_headers));
    filters.extend(action.cors.as_ref().map(traffic_policy::cors));
    filters.extend(action.mirrors.iter().map(|mirror| write_mirror(mirror, route)));
    match &action.target {
        Target::Redirect(redirect) => filters.push(write_redirect(redirect)),
        Target::Backends(_) => filters.extend(url_rewrite(plain_host, action.rewrite.as_ref())),
        Target::Respond { .. } => {}
    }
    filters
}

fn is_host_name(host: &str) -> bool {
    !host.is_empty() && host.chars().all(|it| it.is_ascii_lowercase() || it.is_ascii_digit() || it == '-' || it == '.')
}

fn modifier(kind: &str, key: &str, changes: &HeaderChanges) -> Option<Value> {
    if changes.is_empty() {
        return None;
    }
    let entries = |list: &[(String, String)]| -> Vec<Value> {
        list.iter().map(|(name, value)| json!({ "name": name, "value": value })).collect()
    };
    let mut written = json!({});
    set(&mut written, "set", (!changes.set.is_empty()).then(|| json!(entries(&changes.set))));
    set(&mut written, "add", (!changes.add.is_empty()).then(|| json!(entries(&changes.add))));
    set(&mut written, "remove", (!changes.remove.is_empty()).then(|| json!(changes.remove)));
    Some(json!({ "type": kind, key: written }))
}

/// Whole percentages as `percent`, everything as no value, the rest as a fraction of a million.
fn write_mirror(mirror: &Mirror, route: &HttpRoute) -> Value {
    let mut backend = reference(&mirror.to, &route.name.namespace);
    if let Some(entries) = backend.as_object_mut() {
        entries.shift_remove("weight");
    }
    let mut written = json!({ "backendRef": backend });
    match mirror.per_million {
        1_000_000 => {}
        parts if parts % 10_000 == 0 => set(&mut written, "percent", Some(json!(parts / 10_000))),
        parts => set(&mut written, "fraction", Some(fraction(parts))),
    }
    json!({ "type": "RequestMirror", "requestMirror": written })
}

/// A fraction that istiod turns back into just this number of parts of a million.
fn fraction(parts: u32) -> Value {
    let gives = |numerator: u32, denominator: u32| {
        let percent = 100.0 * f64::from(numerator) / f64::from(denominator);
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "istiod cuts off in the same way")]
        let back = (percent * 10_000.0) as u32;
        back == parts
    };
    let candidates = [1_000, 10_000, 100_000, 1_000_000].into_iter().filter_map(|denominator: u32| {
        let exact = u64::from(parts) * u64::from(denominator) / 1_000_000;
        let exact = u32::try_from(exact).ok()?;
        [exact, exact + 1].into_iter().find(|numerator| gives(*numerator, denominator)).map(|it| (it, denominator))
    });
    let (numerator, denominator) = candidates.into_iter().next().unwrap_or((parts, 1_000_000));
    json!({ "numerator": numerator, "denominator": denominator })
}

fn write_redirect(redirect: &Redirect) -> Value {
    let mut written = json!({});
    set(&mut written, "scheme", redirect.scheme.as_ref().map(|scheme| json!(scheme)));
    set(&mut written, "hostname", redirect.host.as_ref().map(|host| json!(host)));
    set(&mut written, "path", redirect.path.as_ref().and_then(path_modifier));
    set(&mut written, "port", redirect.port.map(|port| json!(port)));
    set(&mut written, "statusCode", Some(json!(redirect.status)));
    json!({ "type": "RequestRedirect", "requestRedirect": written })
}

fn url_rewrite(host: Option<&String>, rewrite: Option<&Rewrite>) -> Option<Value> {
    let path = rewrite.and_then(path_modifier);
    if host.is_none() && path.is_none() {
        return None;
    }
    let mut written = json!({});
    set(&mut written, "hostname", host.map(|host| json!(host)));
    set(&mut written, "path", path);
    Some(json!({ "type": "URLRewrite", "urlRewrite": written }))
}

fn path_modifier(rewrite: &Rewrite) -> Option<Value> {
    match rewrite {
        Rewrite::FullPath(path) => Some(json!({ "type": "ReplaceFullPath", "replaceFullPath": path })),
        Rewrite::PrefixMatch(path) => Some(json!({ "type": "ReplacePrefixMatch", "replacePrefixMatch": path })),
        Rewrite::Uri(_) | Rewrite::Regex { .. } => None,
    }
}

/// An answer of 500 is a backend that gets nothing.
fn backends(rule: &RouteRule, route: &HttpRoute) -> Option<Value> {
    match &rule.action.target {
        Target::Backends(backends) => {
            let single = backends.len() == 1;
            let write = |backend: &BackendRef| {
                let mut written = reference(backend, &route.name.namespace);
                if single && let Some(entries) = written.as_object_mut() {
                    entries.shift_remove("weight");
                }
                let mut request = backend.request_headers.clone();
                request.set.extend(backend.rewrite_host.iter().map(|host| ("Host".to_owned(), host.clone())));
                let filters: Vec<Value> = [
                    modifier("RequestHeaderModifier", "requestHeaderModifier", &request),
                    modifier("ResponseHeaderModifier", "responseHeaderModifier", &backend.response_headers),
                ]
                .into_iter()
                .flatten()
                .collect();
                set(&mut written, "filters", (!filters.is_empty()).then(|| json!(filters)));
                written
            };
            Some(Value::Array(backends.iter().map(write).collect()))
        }
        Target::Respond { .. } => route.parents.first().map(|parent| {
            let port = parent.port.unwrap_or(80);
            json!([{ "name": parent.service.name, "port": port, "weight": 0 }])
        }),
        Target::Redirect(_) => None,
    }
}

/// A Service by name and namespace; a host outside of the cluster by Istio's own kind.
pub(super) fn reference(backend: &BackendRef, own_namespace: &str) -> Value {
    let mut written = match service_name(&backend.host) {
        Some((name, namespace)) if namespace == own_namespace => json!({ "name": name }),
        Some((name, namespace)) => json!({ "name": name, "namespace": namespace }),
        None => json!({ "group": "networking.istio.io", "kind": "Hostname", "name": backend.host }),
    };
    set(&mut written, "port", backend.port.map(|port| json!(port)));
    set(&mut written, "weight", Some(json!(backend.weight)));
    written
}

fn service_name(host: &str) -> Option<(&str, &str)> {
    let (name, rest) = host.split_once('.')?;
    let (namespace, rest) = rest.split_once('.')?;
    rest.starts_with("svc.").then_some((name, namespace))
}

pub(super) fn set(value: &mut Value, key: &str, entry: Option<Value>) {
    if let (Some(entries), Some(entry)) = (value.as_object_mut(), entry) {
        entries.insert(key.to_owned(), entry);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fractions_come_back_as_they_were() {
        assert_eq!(fraction(125_000), json!({ "numerator": 125, "denominator": 1000 }));
        assert_eq!(fraction(500), json!({ "numerator": 5, "denominator": 10_000 }));
    }
}
