//! DestinationRule, as far as routes and identity depend on it.

use crate::list::{could_cover, covers, host_subject};
use crate::topology::Labels;
use crate::{Mesh, Name, Named, ObjectId, Subjects};

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

impl Named for DestinationRule {
    fn name(&self) -> &Name {
        &self.name
    }
}

impl Subjects for DestinationRule {
    type Subject = String;

    fn subjects(&self) -> Vec<String> {
        vec![host_subject(&self.host)]
    }
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
        let exact = self.destination_rules_of(host);
        let in_home = exact.iter().copied().find(|rule| home == Some(rule.name.namespace.as_str()));
        let wildcard = || {
            let covering =
                self.destination_rules.about(&could_cover(host)).into_iter().filter(|rule| covers(&rule.host, host));
            covering.max_by_key(|rule| rule.host.len())
        };
        in_home.or_else(|| exact.first().copied()).or_else(wildcard)
    }

    /// The DestinationRules that name this very host.
    #[must_use]
    pub fn destination_rules_of(&self, host: &str) -> Vec<&DestinationRule> {
        let mut found = self.destination_rules.about(&[host_subject(host)]);
        found.retain(|rule| rule.host == host);
        found
    }

    /// The subset of a host.
    #[must_use]
    pub fn subset(&self, host: &str, subset: &str) -> Option<&Subset> {
        self.destination_rules_of(host)
            .into_iter()
            .flat_map(|rule| &rule.subsets)
            .find(|candidate| candidate.name == subset)
    }
}
