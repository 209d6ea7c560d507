//! VirtualServices.

mod action;
mod condition;
mod connection;
mod controller;
mod delegate;
mod traffic_policy;

use s2a_model::route::{RouteRule, VirtualService};
use serde::Deserialize;
use serde_json::Value;

use super::reader::{Reader, origin};
use super::string_match::{exported, resolve_host};
use crate::Object;
use action::action;
use condition::{HttpMatch, condition};
use connection::{TcpRule, TlsRule};
pub(super) use controller::Controllers;
use delegate::{Delegate, Delegates, Parsed, Placed};
use traffic_policy::{CorsSpec, RetriesSpec};

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct Spec {
    hosts: Vec<String>,
    gateways: Vec<String>,
    http: Vec<HttpRule>,
    tls: Vec<TlsRule>,
    tcp: Vec<TcpRule>,
    export_to: Vec<String>,
}

#[derive(Clone, Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct HttpRule {
    name: Option<String>,
    #[serde(rename = "match")]
    matches: Vec<HttpMatch>,
    route: Vec<action::RouteDestination>,
    redirect: Option<action::RedirectSpec>,
    direct_response: Option<action::DirectResponse>,
    delegate: Option<Delegate>,
    rewrite: Option<action::RewriteSpec>,
    timeout: Option<String>,
    retries: Option<RetriesSpec>,
    fault: Option<Value>,
    mirror: Option<action::Destination>,
    mirrors: Vec<action::MirrorSpec>,
    #[serde(alias = "mirror_percent")]
    mirror_percent: Option<f64>,
    mirror_percentage: Option<action::Percent>,
    cors_policy: Option<CorsSpec>,
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

/// Lowers all VirtualServices together, because some of them are parts of others.
pub(super) fn lower_all(
    objects: &[&Object],
    controllers: &Controllers,
    domain: &str,
    reader: &mut Reader,
) -> Vec<VirtualService> {
    let mut parsed = Vec::new();
    for object in objects {
        let scope = Scope { namespace: &object.id.name.namespace, domain };
        if let Some(spec) = reader.spec::<Spec>(object) {
            parsed.push(Parsed { id: object.id.clone(), spec: spec.resolved(&scope), object });
        }
    }
    let delegates = Delegates::of(&parsed);
    parsed.iter().map(|parsed| lower(parsed, &delegates, controllers)).collect()
}

impl Spec {
    /// The same with the names of hosts resolved.
    fn resolved(mut self, scope: &Scope<'_>) -> Self {
        self.hosts.iter_mut().for_each(|host| *host = scope.host(host));
        for rule in &mut self.http {
            rule.route.iter_mut().for_each(|destination| destination.resolve(scope));
            rule.mirror.iter_mut().for_each(|destination| destination.resolve(scope));
            rule.mirrors.iter_mut().for_each(|mirror| mirror.resolve(scope));
        }
        self.tls.iter_mut().for_each(|rule| rule.resolve(scope));
        self.tcp.iter_mut().for_each(|rule| rule.resolve(scope));
        self
    }
}

fn lower(parsed: &Parsed<'_>, delegates: &Delegates<'_>, controllers: &Controllers) -> VirtualService {
    let Parsed { id: _, spec, object } = parsed;
    let Spec { hosts, gateways, http: _, tls, tcp, export_to } = spec;
    let whole = origin(object, "spec");
    let merged = delegates.merged(parsed, &whole);
    VirtualService {
        name: object.id.name.clone(),
        hosts: hosts.clone(),
        gateways: gateways.clone(),
        exported: exported(export_to),
        rules: merged.rules.into_iter().map(rule).collect(),
        connections: connection::lower(tls, tcp, &whole),
        delegates: merged.from,
        not_modelled: merged.missing,
        controller: controllers.of_virtual_service(object),
        created: object.metadata("creationTimestamp").map(str::to_owned),
        object: object.id.clone(),
    }
}

fn rule(placed: Placed) -> RouteRule {
    let Placed { mut spec, at, places } = placed;
    let name = spec.name.take();
    let matches = std::mem::take(&mut spec.matches);
    let action = action(spec);
    let matches = matches.into_iter().zip(places).map(|(spec, place)| condition(spec, place)).collect();
    RouteRule { name, matches, action, origin: at }
}
