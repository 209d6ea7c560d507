//! Waypoints, and which of them serves a Service.

use super::{Labels, Service, ServiceEntry, Workload};
use crate::{Mesh, Name, Named, ObjectId};

const USE_WAYPOINT: &str = "istio.io/use-waypoint";
const USE_WAYPOINT_CANARY: &str = "istio.io/use-waypoint-canary";

/// A namespace that the input has an object for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Namespace {
    /// Its name.
    pub name: String,
    /// Its labels.
    pub labels: Labels,
    /// The object.
    pub object: ObjectId,
}

/// A waypoint proxy: a Gateway of class `istio-waypoint`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Waypoint {
    /// Namespace and name of the Gateway.
    pub name: Name,
    /// The account it runs under: annotation `gateway.istio.io/service-account`, else the Gateway's name.
    pub service_account: String,
    /// Label `istio.io/waypoint-for`.
    pub serves: WaypointFor,
    /// Whether namespaces other than its own may use it (`allowedRoutes` of its HBONE listener).
    pub shared: bool,
    /// The object.
    pub object: ObjectId,
}

impl Named for Waypoint {
    fn name(&self) -> &Name {
        &self.name
    }
}

/// Which traffic a waypoint takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WaypointFor {
    /// Traffic to Services; the default.
    Service,
    /// Traffic to pod addresses.
    Workload,
    /// Both.
    All,
    /// Neither.
    None,
}

impl Mesh {
    /// The waypoint that ambient clients of the Service go through. A binding to a waypoint that does not exist, is
    /// of the wrong type or is not shared with the namespace is no binding at all: the traffic goes straight to the
    /// pods (istio/istio `pilot/pkg/serviceregistry/ambient/waypoints.go`).
    #[must_use]
    pub fn waypoint_of(&self, service: &Service) -> Option<&Waypoint> {
        if service.headless || service.external_name.is_some() {
            return None;
        }
        let waypoint = self.bound_waypoint(&service.labels, &service.name.namespace, USE_WAYPOINT)?;
        matches!(waypoint.serves, WaypointFor::Service | WaypointFor::All).then_some(waypoint)
    }

    /// The waypoint that ambient clients go through when they dial hosts of the ServiceEntry.
    #[must_use]
    pub fn waypoint_of_entry(&self, entry: &ServiceEntry) -> Option<&Waypoint> {
        let waypoint = self.bound_waypoint(&entry.labels, &entry.name.namespace, USE_WAYPOINT)?;
        matches!(waypoint.serves, WaypointFor::Service | WaypointFor::All).then_some(waypoint)
    }

    /// Whether the object says for itself which waypoint it uses, or that it uses none.
    #[must_use]
    pub fn binds_itself(labels: &Labels) -> bool {
        labels.contains_key(USE_WAYPOINT)
    }

    /// The waypoint that ambient clients go through when they dial the address of one of the workload's pods.
    #[must_use]
    pub fn waypoint_of_workload(&self, workload: &Workload) -> Option<&Waypoint> {
        let waypoint = self.bound_waypoint(&workload.labels, &workload.name.namespace, USE_WAYPOINT)?;
        matches!(waypoint.serves, WaypointFor::Workload | WaypointFor::All).then_some(waypoint)
    }

    /// The waypoint that a part of the connections to the Service goes through instead (1.31). How large a part is not
    /// modelled.
    #[must_use]
    pub fn canary_waypoint_of(&self, service: &Service) -> Option<&Waypoint> {
        self.waypoint_of(service)?;
        self.bound_waypoint(&service.labels, &service.name.namespace, USE_WAYPOINT_CANARY)
    }

    /// The waypoint that a label of the object or of its namespace names.
    fn bound_waypoint(&self, labels: &Labels, namespace: &str, key: &str) -> Option<&Waypoint> {
        let by_namespace = || binding(&self.namespaces.get(namespace)?.labels, namespace, key);
        let bound = binding(labels, namespace, key).or_else(by_namespace)?;
        let waypoint = self.waypoints.get(&bound?)?;
        (waypoint.shared || waypoint.name.namespace == namespace).then_some(waypoint)
    }

    /// Whether ingress gateways send traffic for the Service through its waypoint.
    #[must_use]
    pub fn ingress_uses_waypoint(&self, service: &Service) -> bool {
        const LABEL: &str = "istio.io/ingress-use-waypoint";
        let own = service.labels.get(LABEL);
        let inherited =
            || self.namespaces.get(&service.name.namespace).and_then(|namespace| namespace.labels.get(LABEL));
        own.or_else(inherited).is_some_and(|value| value == "true")
    }
}

/// `Some(None)` is the opt-out `none`.
fn binding(labels: &Labels, namespace: &str, key: &str) -> Option<Option<Name>> {
    let name = labels.get(key)?;
    if name == "none" {
        return Some(None);
    }
    let namespace = labels.get(&format!("{key}-namespace")).map_or(namespace, String::as_str);
    Some(Some(Name::new(namespace, name)))
}
