//! `tls` and `tcp`.

use s2a_model::Origin;
use s2a_model::route::{ClientCondition, ConnectionMatch, ConnectionRule};
use s2a_model::topology::Labels;
use serde::Deserialize;

use super::Scope;
use super::action::{RouteDestination, connection_backend};

/// An entry of `tls`.
#[derive(Clone, Deserialize, Default)]
#[serde(default)]
pub(super) struct TlsRule {
    #[serde(rename = "match")]
    matches: Vec<TlsMatch>,
    route: Vec<RouteDestination>,
}

#[derive(Clone, Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct TlsMatch {
    sni_hosts: Vec<String>,
    destination_subnets: Vec<String>,
    port: Option<u16>,
    source_labels: Labels,
    gateways: Vec<String>,
    source_namespace: Option<String>,
}

/// An entry of `tcp`.
#[derive(Clone, Deserialize, Default)]
#[serde(default)]
pub(super) struct TcpRule {
    #[serde(rename = "match")]
    matches: Vec<TcpMatch>,
    route: Vec<RouteDestination>,
}

#[derive(Clone, Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct TcpMatch {
    destination_subnets: Vec<String>,
    port: Option<u16>,
    source_subnet: Option<String>,
    source_labels: Labels,
    gateways: Vec<String>,
    source_namespace: Option<String>,
}

impl TlsRule {
    /// Resolves the names of hosts.
    pub(super) fn resolve(&mut self, scope: &Scope<'_>) {
        self.route.iter_mut().for_each(|destination| destination.resolve(scope));
    }
}

impl TcpRule {
    /// Resolves the names of hosts.
    pub(super) fn resolve(&mut self, scope: &Scope<'_>) {
        self.route.iter_mut().for_each(|destination| destination.resolve(scope));
    }
}

/// Lowers both lists.
pub(super) fn lower(tls: &[TlsRule], tcp: &[TcpRule], whole: &Origin) -> Vec<ConnectionRule> {
    let tls = tls.iter().cloned().enumerate().map(|(index, TlsRule { matches, route })| {
        let at = whole.item("tls", index);
        let matches = placed(matches, &at).map(|(spec, at)| tls_match(spec, at)).collect();
        rule(true, matches, route, at)
    });
    let tcp = tcp.iter().cloned().enumerate().map(|(index, TcpRule { matches, route })| {
        let at = whole.item("tcp", index);
        let matches = placed(matches, &at).map(|(spec, at)| tcp_match(spec, at)).collect();
        rule(false, matches, route, at)
    });
    tls.chain(tcp).collect()
}

fn placed<T>(matches: Vec<T>, at: &Origin) -> impl Iterator<Item = (T, Origin)> {
    matches.into_iter().enumerate().map(move |(index, spec)| (spec, at.item("match", index)))
}

fn rule(tls: bool, matches: Vec<ConnectionMatch>, route: Vec<RouteDestination>, origin: Origin) -> ConnectionRule {
    let backends = route.into_iter().map(connection_backend).collect();
    ConnectionRule { tls, matches, backends, origin }
}

fn tls_match(spec: TlsMatch, origin: Origin) -> ConnectionMatch {
    let TlsMatch { sni_hosts, destination_subnets, port, source_labels, gateways, source_namespace } = spec;
    ConnectionMatch {
        port: port.filter(|port| *port != 0),
        server_names: sni_hosts,
        by_address: !destination_subnets.is_empty(),
        client: client(source_labels, source_namespace, gateways),
        origin,
    }
}

/// `sourceSubnet` is read by nobody.
fn tcp_match(spec: TcpMatch, origin: Origin) -> ConnectionMatch {
    let TcpMatch { destination_subnets, port, source_subnet: _, source_labels, gateways, source_namespace } = spec;
    ConnectionMatch {
        port: port.filter(|port| *port != 0),
        server_names: Vec::new(),
        by_address: !destination_subnets.is_empty(),
        client: client(source_labels, source_namespace, gateways),
        origin,
    }
}

fn client(labels: Labels, namespace: Option<String>, gateways: Vec<String>) -> ClientCondition {
    ClientCondition { labels, namespace: namespace.filter(|namespace| !namespace.is_empty()), gateways }
}
