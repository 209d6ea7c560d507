//! DestinationRule, as far as routes and identity depend on it.

use crate::topology::Labels;
use crate::{Mesh, Name, ObjectId};

/// A DestinationRule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DestinationRule {
    /// Namespace and name.
    pub name: Name,
    /// The full host name, or a wildcard.
    pub host: String,
    /// The subsets.
    pub subsets: Vec<Subset>,
    /// `trafficPolicy.tls.mode`.
    pub tls: Option<ClientTls>,
    /// Whether a subset or a port has TLS settings of its own, which are not modelled.
    pub tls_varies: bool,
    /// Whether every namespace sees it.
    pub exported: bool,
    /// The object.
    pub object: ObjectId,
}

/// A named part of a host's pods.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subset {
    /// The name.
    pub name: String,
    /// The labels of the pods.
    pub labels: Labels,
}

/// `trafficPolicy.tls.mode`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClientTls {
    /// Plaintext to sidecars.
    Disable,
    /// Istio's mutual TLS.
    IstioMutual,
    /// TLS that ends in the application.
    Application,
}

impl Mesh {
    /// The DestinationRule for a host. Of several the one of the Service's namespace counts here; the client's own
    /// namespace, which a sidecar asks first, is not known.
    #[must_use]
    pub fn destination_rule(&self, host: &str) -> Option<&DestinationRule> {
        let home = self.service_by_host(host).map(|service| service.name.namespace.as_str());
        let exact = self.destination_rules.iter().filter(|rule| rule.host == host);
        let in_home = exact.clone().find(|rule| home == Some(rule.name.namespace.as_str()));
        let wildcard = || {
            let covers = |rule: &&DestinationRule| rule.host.strip_prefix('*').is_some_and(|end| host.ends_with(end));
            self.destination_rules.iter().filter(covers).max_by_key(|rule| rule.host.len())
        };
        in_home.or_else(|| exact.clone().next()).or_else(wildcard)
    }

    /// The subset of a host.
    #[must_use]
    pub fn subset(&self, host: &str, subset: &str) -> Option<&Subset> {
        self.destination_rules
            .iter()
            .filter(|rule| rule.host == host)
            .flat_map(|rule| &rule.subsets)
            .find(|candidate| candidate.name == subset)
    }
}
