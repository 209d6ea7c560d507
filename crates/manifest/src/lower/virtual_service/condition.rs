//! `http[].match[]`.

use std::collections::BTreeMap;

use s2a_model::route::{ClientCondition, HeaderMatch, HeaderTest, QueryMatch, RouteMatch};
use s2a_model::topology::Labels;
use s2a_model::{Origin, Pattern, TextMatch};
use serde::Deserialize;

use crate::lower::string_match::StringMatch;

/// One of the matches of a rule.
#[derive(Clone, Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct HttpMatch {
    pub(super) name: Option<String>,
    pub(super) uri: Option<StringMatch>,
    pub(super) scheme: Option<StringMatch>,
    pub(super) method: Option<StringMatch>,
    pub(super) authority: Option<StringMatch>,
    pub(super) headers: BTreeMap<String, StringMatch>,
    pub(super) port: Option<u16>,
    pub(super) source_labels: Labels,
    pub(super) gateways: Vec<String>,
    pub(super) query_params: BTreeMap<String, StringMatch>,
    pub(super) ignore_uri_case: bool,
    pub(super) without_headers: BTreeMap<String, StringMatch>,
    pub(super) source_namespace: Option<String>,
    pub(super) stat_prefix: Option<String>,
}

/// Lowers a match. Its name and `statPrefix` choose nothing.
pub(super) fn condition(spec: HttpMatch, origin: Origin) -> RouteMatch {
    let HttpMatch {
        name: _,
        uri,
        scheme,
        method,
        authority,
        headers,
        port,
        source_labels,
        gateways,
        query_params,
        ignore_uri_case,
        without_headers,
        source_namespace,
        stat_prefix: _,
    } = spec;
    let mut condition = RouteMatch {
        path: path(uri, ignore_uri_case),
        method: method.and_then(|method| method.text()),
        authority: authority.and_then(|authority| authority.text()),
        scheme: scheme.and_then(|scheme| scheme.text()),
        query: query_params.into_iter().map(|(name, test)| QueryMatch { name, value: query_value(&test) }).collect(),
        port: port.filter(|port| *port != 0),
        client: ClientCondition {
            labels: source_labels,
            namespace: source_namespace.filter(|namespace| !namespace.is_empty()),
            gateways,
        },
        ..RouteMatch::any(origin)
    };
    for (name, test) in headers {
        add_header(&mut condition, &name, &test);
    }
    condition.headers.extend(without_headers.into_iter().map(|(name, test)| header(&name, &test, true)));
    condition
}

fn path(uri: Option<StringMatch>, ignore_case: bool) -> TextMatch {
    let pattern = uri.and_then(|uri| uri.pattern()).unwrap_or_else(|| Pattern::Prefix("/".to_owned()));
    TextMatch { any_of: vec![pattern], ignore_case }
}

/// Pseudo headers are the attributes they stand for; two conditions on one attribute stay apart.
fn add_header(condition: &mut RouteMatch, name: &str, test: &StringMatch) {
    let slot = match name.to_ascii_lowercase().as_str() {
        ":method" => &mut condition.method,
        ":authority" => &mut condition.authority,
        ":scheme" => &mut condition.scheme,
        _ => return condition.headers.push(header(name, test, false)),
    };
    match (slot.is_none(), test.text()) {
        (true, Some(text)) => *slot = Some(text),
        (true, None) => {}
        (false, _) => condition.headers.push(header(name, test, false)),
    }
}

fn header(name: &str, test: &StringMatch, negated: bool) -> HeaderMatch {
    let test = match test.pattern() {
        None => HeaderTest::Present,
        Some(Pattern::Regex(regex)) if regex == "*" => HeaderTest::Present,
        Some(pattern) => HeaderTest::Text(TextMatch::of(pattern)),
    };
    HeaderMatch { name: name.to_ascii_lowercase(), test, negated }
}

fn query_value(test: &StringMatch) -> Option<TextMatch> {
    match test.pattern() {
        Some(Pattern::Regex(regex)) if regex == "*" => None,
        other => other.map(TextMatch::of),
    }
}
