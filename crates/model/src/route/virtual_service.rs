//! VirtualService, and which of them a host gets.

use super::{ConnectionRule, RouteRule};
use crate::list::{could_cover, host_subject};
use crate::topology::Service;
use crate::{Mesh, Name, Named, ObjectId, Origin, Subjects};

/// A VirtualService with its short names resolved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VirtualService {
    /// Namespace and name.
    pub name: Name,
    /// The full host names, or wildcards.
    pub hosts: Vec<String>,
    /// `gateways`; empty means the mesh.
    pub gateways: Vec<String>,
    /// Whether every namespace sees it.
    pub exported: bool,
    /// `http`, in order.
    pub rules: Vec<RouteRule>,
    /// `tls` and `tcp`, in order.
    pub connections: Vec<ConnectionRule>,
    /// The VirtualServices whose rules have been merged into `rules`.
    pub delegates: Vec<ObjectId>,
    /// Parts whose meaning is not known, as delegates that the input lacks: nothing can be said about the host's routes.
    pub not_modelled: Vec<Origin>,
    /// What rewrites it while a rollout is under way: a Rollout of Argo, a Canary of Flagger.
    pub controller: Option<ObjectId>,
    /// `metadata.creationTimestamp`.
    pub created: Option<String>,
    /// The object.
    pub object: ObjectId,
}

impl Named for VirtualService {
    fn name(&self) -> &Name {
        &self.name
    }
}

impl Subjects for VirtualService {
    type Subject = String;

    fn subjects(&self) -> Vec<String> {
        self.hosts.iter().map(|host| host_subject(host)).collect()
    }
}

impl VirtualService {
    /// Whether sidecars and waypoints obey it.
    #[must_use]
    pub fn is_for_mesh(&self) -> bool {
        self.gateways.is_empty() || self.gateways.iter().any(|gateway| gateway == "mesh")
    }

    /// Whether it is for a host inside of the mesh.
    #[must_use]
    pub fn applies_to(&self, host: &str) -> bool {
        self.is_for_mesh() && self.covers(host).is_some()
    }

    /// How exactly its hosts name a Service: the number of characters that say so, most for the whole name; `None` if it
    /// is not for it.
    #[must_use]
    pub fn specificity(&self, service: &Service, mesh: &Mesh) -> Option<usize> {
        self.covers(&service.host(&mesh.settings.cluster_domain))
    }

    /// Whether one of its hosts is, or covers, `host`; the number of characters that say so, most for an exact one.
    pub(super) fn covers(&self, host: &str) -> Option<usize> {
        let specificity = |own: &String| match own.strip_prefix('*') {
            Some(suffix) => host.ends_with(suffix).then_some(suffix.len()),
            None => (own == host).then_some(usize::MAX),
        };
        self.hosts.iter().filter_map(specificity).max()
    }
}

impl Mesh {
    /// The VirtualServices for a host inside of the mesh, in the order of their names.
    #[must_use]
    pub fn virtual_services_for(&self, host: &str) -> Vec<&VirtualService> {
        let mut found = self.virtual_services.about(&could_cover(host));
        found.retain(|virtual_service| virtual_service.applies_to(host));
        found
    }

    /// The VirtualServices with rules that apply to a host inside of the mesh, the one that sidecars take first: the most
    /// specific host, then the oldest, then by name and namespace.
    #[must_use]
    pub fn virtual_services_of(&self, host: &str) -> Vec<&VirtualService> {
        let with_rules =
            self.virtual_services_for(host).into_iter().filter(|virtual_service| !virtual_service.rules.is_empty());
        let mut found: Vec<(usize, &VirtualService)> =
            with_rules.filter_map(|virtual_service| Some((virtual_service.covers(host)?, virtual_service))).collect();
        found.sort_by(|(left, one), (right, other)| right.cmp(left).then_with(|| age(one).cmp(&age(other))));
        found.into_iter().map(|(_, virtual_service)| virtual_service).collect()
    }
}

/// The order of creation; equal times by name, then namespace.
pub(super) fn age(virtual_service: &VirtualService) -> (&Option<String>, &str, &str) {
    (&virtual_service.created, &virtual_service.name.name, &virtual_service.name.namespace)
}
