//! AuthorizationPolicy, field by field, with the API's own names.

use std::net::IpAddr;

use crate::topology::Labels;
use crate::{Name, Named, ObjectId, Pattern};

/// An AuthorizationPolicy that istiod accepts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuthorizationPolicy {
    /// Namespace and name.
    pub name: Name,
    /// What it applies to.
    pub scope: Scope,
    /// What it does.
    pub action: Action,
    /// The rules, one of which must match. None at all never match.
    pub rules: Vec<Rule>,
    /// Annotation `istio.io/dry-run`: watched but not enforced.
    pub dry_run: bool,
    /// The object.
    pub object: ObjectId,
}

impl Named for AuthorizationPolicy {
    fn name(&self) -> &Name {
        &self.name
    }
}

/// What a policy applies to.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Scope {
    /// No selector: the namespace, or the mesh if it is the root namespace.
    Namespace,
    /// A selector with at least one label.
    Selector(Labels),
    /// A selector without labels: every pod for sidecars, none for ztunnel.
    EmptySelector,
    /// `targetRefs`: waypoints and gateways only.
    Targets(Vec<TargetRef>),
}

/// One entry of `targetRefs`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct TargetRef {
    /// What kind of object.
    pub kind: TargetKind,
    /// Its name.
    pub name: String,
}

/// What a `targetRef` may point to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum TargetKind {
    /// A Service of the policy's namespace.
    Service,
    /// A ServiceEntry of the policy's namespace.
    ServiceEntry,
    /// A Gateway of the policy's namespace.
    Gateway,
    /// The GatewayClass of all waypoints, from the root namespace only.
    GatewayClass,
}

/// What a policy does with the requests that its rules match.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Action {
    /// Lets them through; everything else is refused once there is one such policy.
    Allow,
    /// Refuses them.
    Deny,
    /// Marks them for the log.
    Audit,
    /// Asks this provider of the mesh configuration.
    Custom(String),
}

/// One rule: some `from` and some `to` and every `when`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rule {
    /// Sources, one of which must match.
    pub from: Vec<Source>,
    /// Operations, one of which must match.
    pub to: Vec<Operation>,
    /// Conditions, all of which must hold.
    pub when: Vec<When>,
}

/// A list of values and the list of its negation; both conditions must hold.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Values {
    /// One of these must match, if there are any.
    pub values: Vec<String>,
    /// None of these may match.
    pub not_values: Vec<String>,
}

/// `rules[].from[].source`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Source {
    /// `principals`.
    pub principals: Values,
    /// `requestPrincipals`.
    pub request_principals: Values,
    /// `namespaces`.
    pub namespaces: Values,
    /// `serviceAccounts`.
    pub service_accounts: Values,
    /// `trustDomains`.
    pub trust_domains: Values,
    /// `ipBlocks`.
    pub ip_blocks: Values,
    /// `remoteIpBlocks`.
    pub remote_ip_blocks: Values,
}

/// `rules[].to[].operation`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Operation {
    /// `hosts`.
    pub hosts: Values,
    /// `ports`.
    pub ports: Values,
    /// `methods`.
    pub methods: Values,
    /// `paths`.
    pub paths: Values,
}

/// `rules[].when[]`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct When {
    /// The attribute.
    pub key: String,
    /// Its values.
    pub values: Values,
}

impl Values {
    /// Whether neither list has an entry.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.values.is_empty() && self.not_values.is_empty()
    }

    /// Whether a text satisfies both lists, read as strings with a wildcard at one end.
    #[must_use]
    pub fn hold_for_text(&self, text: &str) -> bool {
        self.hold(|value| Pattern::from_wildcard(value).matches(text, false))
    }

    /// Whether an address satisfies both lists, read as addresses and ranges.
    #[must_use]
    pub fn hold_for_address(&self, address: IpAddr) -> bool {
        self.hold(|value| super::envoy::range(value).is_some_and(|range| range.contains(&address)))
    }

    fn hold(&self, matches: impl Fn(&String) -> bool) -> bool {
        (self.values.is_empty() || self.values.iter().any(&matches)) && !self.not_values.iter().any(&matches)
    }
}

impl AuthorizationPolicy {
    /// Whether it can refuse anything: AUDIT and dry-run cannot.
    #[must_use]
    pub fn is_enforcing(&self) -> bool {
        !self.dry_run && self.action != Action::Audit
    }
}
