//! PeerAuthentication: which connections a server takes, at sidecars and at ztunnel.
//!
//! Sources: istio/istio `pilot/pkg/security/authn/policy_applier.go` (`ComposePeerAuthentication`) and
//! `pilot/pkg/serviceregistry/ambient/authorization.go` (`convertPeerAuthentication`).

use std::collections::BTreeMap;

use super::{Alternative, Attribute, Literal, Test};
use crate::topology::{Labels, Workload};
use crate::{Mesh, Name, Named, ObjectId, Origin, Pattern, TextMatch};

/// `mtls.mode`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum MutualTls {
    /// As the next wider policy says.
    Unset,
    /// Plaintext only.
    Disable,
    /// Both.
    Permissive,
    /// Mutual TLS only.
    Strict,
}

/// A PeerAuthentication.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PeerAuthentication {
    /// Namespace and name.
    pub name: Name,
    /// The labels it selects; empty for a whole namespace or the mesh.
    pub selector: Labels,
    /// Whether the key `selector` is there and has no labels.
    pub empty_selector: bool,
    /// `mtls.mode`.
    pub mode: MutualTls,
    /// `portLevelMtls`, by pod port.
    pub ports: BTreeMap<u16, MutualTls>,
    /// `metadata.creationTimestamp`.
    pub created: Option<String>,
    /// The object.
    pub object: ObjectId,
}

impl Named for PeerAuthentication {
    fn name(&self) -> &Name {
        &self.name
    }
}

/// The policies that count for a workload, the oldest of each scope.
struct InForce<'a> {
    mesh: Option<&'a PeerAuthentication>,
    namespace: Option<&'a PeerAuthentication>,
    workload: Option<&'a PeerAuthentication>,
}

impl Mesh {
    /// What a sidecar in front of the workload takes on a pod port.
    #[must_use]
    pub fn peer_authentication_at_sidecar(&self, workload: &Workload, port: u16) -> MutualTls {
        let in_force = self.peer_authentications_of(workload);
        let parent = in_force.parent();
        let Some(own) = in_force.workload else { return parent };
        let base = inherit(own.mode, parent);
        own.ports.get(&port).map_or(base, |mode| inherit(*mode, base))
    }

    /// The mode of the namespace, or of the mesh: what clients look at before they look at a pod.
    #[must_use]
    pub fn peer_authentication_of_namespace(&self, workload: &Workload) -> MutualTls {
        self.peer_authentications_of(workload).parent()
    }

    /// The DENY rules that ztunnel enforces for the workload's PeerAuthentications.
    #[must_use]
    pub fn peer_authentication_at_ztunnel(&self, workload: &Workload) -> Vec<Alternative> {
        self.peer_authentications_of(workload).without_empty_selector(self).at_ztunnel()
    }

    /// A PeerAuthentication that competes with another of the same scope and age and says something else: which of them
    /// ztunnel takes is left to chance.
    #[must_use]
    pub fn tied_peer_authentication(&self, workload: &Workload) -> Option<&ObjectId> {
        let in_force = self.peer_authentications_of(workload);
        let root = &self.settings.root_namespace;
        let same_scope = |one: &PeerAuthentication, other: &PeerAuthentication| {
            let selects = |policy: &PeerAuthentication| {
                policy.selector.is_empty() || (policy.name.namespace != *root && workload.has_labels(&policy.selector))
            };
            one.name.namespace == other.name.namespace
                && one.selector.is_empty() == other.selector.is_empty()
                && selects(other)
        };
        let tied = |one: &&PeerAuthentication| {
            self.peer_authentications.of_namespace(&one.name.namespace).iter().any(|other| {
                same_scope(one, other)
                    && one.created == other.created
                    && (one.mode != other.mode || one.ports != other.ports)
            })
        };
        let chosen = [in_force.mesh, in_force.namespace, in_force.workload];
        chosen.into_iter().flatten().find(tied).map(|policy| &policy.object)
    }

    /// The oldest policy for the whole mesh. istiod takes one with an empty selector for it where it configures sidecars,
    /// and overlooks it where it configures ztunnel (judged: istiod 1.32-dev).
    fn mesh_wide_peer_authentication(&self, with_empty_selector: bool) -> Option<&PeerAuthentication> {
        let is_mesh_wide = |policy: &&PeerAuthentication| {
            policy.name.namespace == self.settings.root_namespace
                && policy.selector.is_empty()
                && (with_empty_selector || !policy.empty_selector)
        };
        let candidates = self.peer_authentications.iter().filter(is_mesh_wide);
        candidates.min_by_key(|policy| (&policy.created, &policy.name.name))
    }

    fn peer_authentications_of(&self, workload: &Workload) -> InForce<'_> {
        let root = &self.settings.root_namespace;
        let oldest = |wanted: &dyn Fn(&PeerAuthentication) -> bool| {
            let in_reach = self.peer_authentications.of_namespaces([root, &workload.name.namespace]);
            let candidates = in_reach.filter(|policy| wanted(policy));
            candidates.min_by_key(|policy| (&policy.created, &policy.name.name, &policy.name.namespace))
        };
        let home = &workload.name.namespace;
        InForce {
            mesh: self.mesh_wide_peer_authentication(true),
            namespace: oldest(&|policy| policy.name.namespace == *home && home != root && policy.selector.is_empty()),
            workload: oldest(&|policy| {
                policy.name.namespace == *home
                    && home != root
                    && !policy.selector.is_empty()
                    && workload.has_labels(&policy.selector)
            }),
        }
    }
}

impl<'a> InForce<'a> {
    /// What istiod tells ztunnel of them.
    fn without_empty_selector(self, mesh: &'a Mesh) -> Self {
        InForce { mesh: mesh.mesh_wide_peer_authentication(false), ..self }
    }
}

impl InForce<'_> {
    fn parent(&self) -> MutualTls {
        let mode = |policy: Option<&PeerAuthentication>| policy.map_or(MutualTls::Unset, |policy| policy.mode);
        inherit(mode(self.namespace), inherit(mode(self.mesh), MutualTls::Permissive))
    }

    fn at_ztunnel(&self) -> Vec<Alternative> {
        let parent_strict = self.parent() == MutualTls::Strict;
        let Some(own) = self.workload else {
            let origin = self.namespace.filter(|policy| policy.mode != MutualTls::Unset).or(self.mesh);
            return origin.filter(|_| parent_strict).map(|policy| deny(policy, None)).into_iter().collect();
        };
        let with = |mode: &dyn Fn(MutualTls) -> bool| -> Vec<u16> {
            own.ports.iter().filter(|(_, value)| mode(**value)).map(|(port, _)| *port).collect()
        };
        let strict_ports = with(&|mode| mode == MutualTls::Strict);
        match own.mode {
            MutualTls::Strict => {
                let exempt = with(&|mode| matches!(mode, MutualTls::Permissive | MutualTls::Disable));
                vec![deny(own, Some((exempt, true)))]
            }
            MutualTls::Unset if parent_strict => {
                self.inherited_strict(own, &with(&|mode| mode == MutualTls::Permissive))
            }
            // A known precedence slip of `||` and `&&`: with STRICT from the mesh alone the rule is dropped.
            MutualTls::Permissive | MutualTls::Disable if self.strict_from_mesh_alone() => Vec::new(),
            MutualTls::Permissive | MutualTls::Disable | MutualTls::Unset if strict_ports.is_empty() => Vec::new(),
            MutualTls::Permissive | MutualTls::Disable | MutualTls::Unset => {
                vec![deny(own, Some((strict_ports, false)))]
            }
        }
    }

    /// An UNSET namespace policy below a STRICT mesh makes the workload refer to a rule that is never made.
    fn inherited_strict(&self, own: &PeerAuthentication, exempt: &[u16]) -> Vec<Alternative> {
        let lost = self.namespace.is_some_and(|policy| policy.mode == MutualTls::Unset) && !exempt.is_empty();
        if lost { Vec::new() } else { vec![deny(own, Some((exempt.to_vec(), true)))] }
    }

    fn strict_from_mesh_alone(&self) -> bool {
        self.mesh.is_some_and(|policy| policy.mode == MutualTls::Strict)
            && self.namespace.is_none_or(|policy| policy.mode == MutualTls::Unset)
    }
}

fn inherit(mode: MutualTls, parent: MutualTls) -> MutualTls {
    if mode == MutualTls::Unset { parent } else { mode }
}

/// Refuses connections without identity: on every port, on some ports, or on all but some.
fn deny(policy: &PeerAuthentication, ports: Option<(Vec<u16>, bool)>) -> Alternative {
    let nobody =
        Literal { attribute: Attribute::Peer, test: Test::Text(TextMatch::of(Pattern::NonEmpty)), negated: true };
    let port = ports.filter(|(ports, _)| !ports.is_empty()).map(|(ports, negated)| Literal {
        attribute: Attribute::DestinationPort,
        test: Test::Port(ports),
        negated,
    });
    Alternative {
        literals: std::iter::once(nobody).chain(port).collect(),
        origin: Origin { object: policy.object.clone(), field: "spec.mtls".to_owned() },
    }
}
