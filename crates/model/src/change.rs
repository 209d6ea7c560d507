//! What a translation does to the objects of a mesh. Everything it does not name stays as it is.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use crate::authz::Rule;
use crate::route::{ConnectionRoute, HttpRoute};
use crate::topology::Labels;
use crate::{Name, ObjectId};

/// A change of one object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// Some of its fields change.
    Edit {
        /// The object.
        object: ObjectId,
        /// What changes.
        edits: Vec<Edit>,
    },
    /// It is no longer needed.
    Remove {
        /// The object.
        object: ObjectId,
    },
    /// A new object.
    Add {
        /// The object beside which it is written.
        beside: ObjectId,
        /// The objects it comes from.
        origins: Vec<ObjectId>,
        /// Its namespace and name.
        name: Name,
        /// What it is.
        object: NewObject,
    },
}

/// A change of some fields.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Edit {
    /// `spec.targetRefs` names these Services; `spec.selector` goes.
    TargetServices(Vec<String>),
    /// The list at this path gets these values.
    Values {
        /// The path, as `spec.rules[0].to[0].operation.ports`.
        field: String,
        /// The values.
        values: Vec<String>,
    },
    /// `spec.rules` of an AuthorizationPolicy.
    Rules(Vec<Rule>),
    /// Labels of the object are set and removed.
    Labels {
        /// Labels that get a value.
        set: BTreeMap<String, String>,
        /// Labels that go.
        remove: Vec<String>,
    },
    /// `spec.gateways` of a VirtualService.
    Gateways(Vec<String>),
    /// A DENY rule of a policy is to spare this principal: it joins `notPrincipals` of every source.
    Spare {
        /// The index of the rule.
        rule: usize,
        /// How many sources the rule has; with none it gets one.
        sources: usize,
        /// The principal.
        principal: String,
    },
    /// An entry of a mapping gets a value; the mapping is made if it is not there.
    SetEntry {
        /// The path of the mapping.
        at: String,
        /// The key.
        key: String,
        /// The value.
        value: String,
    },
    /// A destination of a VirtualService gets a port.
    Port {
        /// The path of the destination.
        at: String,
        /// The port.
        number: u16,
    },
    /// An entry of a mapping goes.
    RemoveEntry {
        /// The path of the mapping.
        at: String,
        /// The key.
        key: String,
    },
}

/// A new object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NewObject {
    /// A Gateway of class `istio-waypoint`.
    Waypoint {
        /// Other namespaces that may use it.
        namespaces: BTreeSet<String>,
        /// The ConfigMap that says how it is deployed.
        parameters: Option<String>,
    },
    /// The ConfigMap that says how a waypoint is deployed.
    WaypointParameters {
        /// How many pods it has.
        replicas: Option<u32>,
        /// Whether it gets a PodDisruptionBudget that keeps one pod.
        disruption_budget: bool,
    },
    /// An AuthorizationPolicy that admits only these service accounts, for ztunnel.
    Guard {
        /// The pods it selects; empty for the whole namespace.
        selector: Labels,
        /// Namespace and name of the accounts.
        accounts: Vec<Name>,
        /// Who else is admitted.
        direct: Vec<DirectCaller>,
    },
    /// A copy of an object with some fields changed.
    Copy {
        /// The object.
        of: ObjectId,
        /// What changes.
        edits: Vec<Edit>,
    },
    /// An HTTPRoute.
    HttpRoute {
        /// The route.
        route: Box<HttpRoute>,
        /// In which form it keeps the order of the rules.
        form: String,
        /// Which rules of the old object became which of its own.
        rules: String,
    },
    /// A TCPRoute.
    TcpRoute(Box<ConnectionRoute>),
    /// A Service for the pods of a subset.
    SubsetService {
        /// The Service of all pods.
        of: ObjectId,
        /// The labels that the pods have besides.
        labels: Labels,
    },
    /// The traffic policy of a subset, for its own Service.
    SubsetDestinationRule {
        /// The DestinationRule of all subsets.
        of: ObjectId,
        /// The subset.
        subset: String,
        /// The host name of the subset's Service.
        host: String,
    },
}

/// A caller of pod addresses, such as a scraper.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct DirectCaller {
    /// Namespace and name of its service account.
    pub account: Name,
    /// The pod port it may call; `None` for every port.
    pub port: Option<u16>,
}

impl fmt::Display for DirectCaller {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.port {
            Some(port) => write!(formatter, "{} on port {port}", self.account),
            None => write!(formatter, "{}", self.account),
        }
    }
}
