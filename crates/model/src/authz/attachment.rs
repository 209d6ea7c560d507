//! Which policies a point enforces (istio/istio `pilot/pkg/model/policyattachment.go`).

use super::envoy::{self, Chain};
use super::{
    Action, Attribute, AuthorizationPolicy, CustomRules, JwtRule, Literal, PolicySet, RequestAuthentication, Rule,
    Scope, TargetKind, TargetRef, Test, TokenRules, ztunnel,
};
use crate::topology::{Service, Waypoint, Workload};
use crate::{Mesh, Name, Principal};

impl Mesh {
    /// The policies of the sidecar in front of a workload.
    #[must_use]
    pub fn policies_at_sidecar(&self, workload: &Workload, chain: Chain) -> PolicySet {
        let mut set = PolicySet { tokens: self.tokens_at_sidecar(workload, chain), ..PolicySet::default() };
        for policy in self.enforcing([&workload.name.namespace, self.root()]) {
            if self.selects(&policy.scope, &policy.name, workload, true) {
                add(&mut set, policy, envoy::compile(policy, chain, &self.settings));
            }
        }
        set
    }

    /// The policies of the ztunnel in front of a workload, PeerAuthentications included.
    #[must_use]
    pub fn policies_at_ztunnel(&self, workload: &Workload) -> PolicySet {
        let mut set = PolicySet { deny: self.peer_authentication_at_ztunnel(workload), ..PolicySet::default() };
        let known = |action: &Action| matches!(action, Action::Allow | Action::Deny);
        let in_reach = self.enforcing([&workload.name.namespace, self.root()]);
        for policy in in_reach.filter(|policy| known(&policy.action)) {
            if self.selects(&policy.scope, &policy.name, workload, false) {
                add(&mut set, policy, ztunnel::compile(policy, &self.settings));
            }
        }
        set
    }

    /// The policies that a waypoint applies to traffic for a Service.
    #[must_use]
    pub fn policies_at_waypoint(&self, waypoint: &Waypoint, service: &Service, chain: Chain) -> PolicySet {
        self.policies_of_waypoint(waypoint, Some(service), chain)
    }

    /// The policies that a waypoint applies to traffic for a pod's address: none of a Service.
    #[must_use]
    pub fn policies_at_waypoint_for_pods(&self, waypoint: &Waypoint, chain: Chain) -> PolicySet {
        self.policies_of_waypoint(waypoint, None, chain)
    }

    fn policies_of_waypoint(&self, waypoint: &Waypoint, service: Option<&Service>, chain: Chain) -> PolicySet {
        let attached = |scope: &Scope, name: &Name| self.targets(scope, name, waypoint, service);
        let home = &waypoint.name.namespace;
        let in_reach = [home, service.map_or(home, |service| &service.name.namespace), self.root()];
        let tokens = self.request_authentications.of_namespaces(in_reach);
        let tokens = tokens.filter(|policy| attached(&policy.scope, &policy.name));
        let mut set = PolicySet { tokens: union(tokens, chain), ..PolicySet::default() };
        for policy in self.enforcing(in_reach).filter(|policy| attached(&policy.scope, &policy.name)) {
            add(&mut set, policy, envoy::compile(policy, chain, &self.settings));
        }
        set
    }

    /// Whether a policy with this scope and name selects the workload's pods for sidecars.
    #[must_use]
    pub fn selects_for_sidecar(&self, scope: &Scope, name: &Name, workload: &Workload) -> bool {
        self.selects(scope, name, workload, true)
    }

    /// Whether ztunnel can enforce all of the policy's rules as a sidecar would: nothing in it needs HTTP.
    #[must_use]
    pub fn is_http_free(policy: &AuthorizationPolicy) -> bool {
        !policy.rules.iter().any(ztunnel::has_http_attribute)
    }

    /// Whether ztunnel could find that a rule matches a caller with this identity, whatever else is asked.
    #[must_use]
    pub fn ztunnel_rule_may_match(&self, policy: &AuthorizationPolicy, rule: &Rule, principal: &Principal) -> bool {
        let one = AuthorizationPolicy { rules: vec![rule.clone()], ..policy.clone() };
        let could = |literal: &Literal| match (&literal.attribute, &literal.test) {
            (Attribute::Peer, Test::Text(text)) => text.matches(principal.as_str()) != literal.negated,
            _ => true,
        };
        ztunnel::compile(&one, &self.settings).iter().any(|alternative| alternative.literals.iter().all(could))
    }

    /// The policies of these namespaces that refuse something.
    fn enforcing<const N: usize>(&self, namespaces: [&str; N]) -> impl Iterator<Item = &AuthorizationPolicy> {
        self.authorization_policies.of_namespaces(namespaces).filter(|policy| policy.is_enforcing())
    }

    fn root(&self) -> &str {
        &self.settings.root_namespace
    }

    fn tokens_at_sidecar(&self, workload: &Workload, chain: Chain) -> TokenRules {
        let selected = |policy: &&RequestAuthentication| self.selects(&policy.scope, &policy.name, workload, true);
        let in_reach = self.request_authentications.of_namespaces([&workload.name.namespace, self.root()]);
        union(in_reach.filter(selected), chain)
    }

    /// An empty selector selects every pod for sidecars and none for ztunnel, where the decoded label map is nil.
    fn selects(&self, scope: &Scope, name: &Name, workload: &Workload, sidecar: bool) -> bool {
        let in_reach = name.namespace == workload.name.namespace || name.namespace == self.settings.root_namespace;
        in_reach
            && match scope {
                Scope::Namespace => true,
                Scope::Selector(labels) => workload.has_labels(labels),
                Scope::EmptySelector => sidecar,
                Scope::Targets(_) => false,
            }
    }

    /// Where only the Service's namespace is read, a Gateway is known by its name alone.
    fn targets(&self, scope: &Scope, policy: &Name, waypoint: &Waypoint, service: Option<&Service>) -> bool {
        let Scope::Targets(targets) = scope else { return false };
        let reads_all = self.settings.features.waypoint_reads_root_policies;
        let of_service = service.map(|service| &service.name);
        let home = of_service.filter(|_| !reads_all).map_or(&waypoint.name.namespace, |service| &service.namespace);
        let one = |target: &TargetRef| match target.kind {
            TargetKind::Service => {
                of_service.is_some_and(|service| policy.namespace == service.namespace && target.name == service.name)
            }
            TargetKind::Gateway => policy.namespace == *home && target.name == waypoint.name.name,
            TargetKind::GatewayClass => {
                reads_all && policy.namespace == self.settings.root_namespace && target.name == "istio-waypoint"
            }
            TargetKind::ServiceEntry => false,
        };
        targets.iter().any(one)
    }
}

fn add(set: &mut PolicySet, policy: &AuthorizationPolicy, rules: Vec<super::Alternative>) {
    match &policy.action {
        Action::Allow => set.allow.get_or_insert_default().extend(rules),
        Action::Deny => set.deny.extend(rules),
        Action::Audit => {}
        Action::Custom(provider) => match set.custom.iter_mut().find(|custom| custom.provider == *provider) {
            Some(custom) => custom.rules.extend(rules),
            None => set.custom.push(CustomRules { provider: provider.clone(), rules }),
        },
    }
}

/// Tokens are looked at on HTTP chains only.
fn union<'a>(policies: impl Iterator<Item = &'a RequestAuthentication>, chain: Chain) -> TokenRules {
    let mut rules: Vec<JwtRule> = match chain {
        Chain::Http => policies.flat_map(|policy| policy.rules.iter().cloned()).collect(),
        Chain::Tcp => Vec::new(),
    };
    rules.sort();
    rules.dedup();
    TokenRules { rules }
}
