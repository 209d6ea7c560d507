//! VirtualServices.

mod action;
mod condition;

use s2a_model::Origin;
use s2a_model::route::{RouteRule, VirtualService};
use serde::Deserialize;
use serde_json::Value;

use super::reader::{Reader, origin};
use super::string_match::{exported, resolve_host};
use crate::Object;
use action::{ActionSpec, action};
use condition::{HttpMatch, condition};

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct Spec {
    hosts: Vec<String>,
    gateways: Vec<String>,
    http: Vec<HttpRule>,
    tls: Vec<Value>,
    tcp: Vec<Value>,
    export_to: Vec<String>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct HttpRule {
    name: Option<String>,
    #[serde(rename = "match")]
    matches: Vec<HttpMatch>,
    route: Vec<action::RouteDestination>,
    redirect: Option<action::RedirectSpec>,
    direct_response: Option<action::DirectResponse>,
    delegate: Option<Value>,
    rewrite: Option<action::RewriteSpec>,
    timeout: Option<String>,
    retries: Option<Value>,
    fault: Option<Value>,
    mirror: Option<action::Destination>,
    mirrors: Vec<action::MirrorSpec>,
    mirror_percent: Option<f64>,
    mirror_percentage: Option<action::Percent>,
    cors_policy: Option<Value>,
    headers: Option<action::HeadersSpec>,
}

/// What a VirtualService's names are relative to.
struct Scope<'a> {
    namespace: &'a str,
    domain: &'a str,
}

impl Scope<'_> {
    fn host(&self, host: &str) -> String {
        resolve_host(host, self.namespace, self.domain)
    }
}

/// Lowers a VirtualService. A delegate is a part of another one, and not modelled.
pub(super) fn lower(object: &Object, domain: &str, reader: &mut Reader) -> Option<VirtualService> {
    let Spec { hosts, gateways, http, tls, tcp, export_to } = reader.spec(object)?;
    let scope = Scope { namespace: &object.id.name.namespace, domain };
    let whole = origin(object, "spec");
    let mut not_modelled = Vec::new();
    let rules = http.into_iter().enumerate().map(|(index, spec)| {
        let at = whole.item("http", index);
        if spec.delegate.is_some() {
            not_modelled.push(at.field("delegate"));
        }
        rule(spec, &scope, at)
    });
    let rules = rules.collect();
    Some(VirtualService {
        name: object.id.name.clone(),
        hosts: hosts.iter().map(|host| scope.host(host)).collect(),
        gateways,
        exported: exported(&export_to),
        rules,
        has_tcp: !tls.is_empty() || !tcp.is_empty(),
        not_modelled,
        created: object.metadata("creationTimestamp").map(str::to_owned),
        object: object.id.clone(),
    })
}

fn rule(spec: HttpRule, scope: &Scope<'_>, at: Origin) -> RouteRule {
    let HttpRule {
        name,
        matches,
        route,
        redirect,
        direct_response,
        delegate: _,
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
    let action = action(
        ActionSpec {
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
        },
        scope,
    );
    let matches = matches.into_iter().enumerate();
    let matches = matches.map(|(index, spec)| condition(spec, at.item("match", index))).collect();
    RouteRule { name, matches, action, origin: at }
}
