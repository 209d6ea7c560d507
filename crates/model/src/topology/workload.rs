//! Workloads: the pods of one template.

use std::collections::BTreeMap;
use std::net::IpAddr;

use crate::{Name, Named, ObjectId};

/// Kubernetes labels.
pub type Labels = BTreeMap<String, String>;

/// Which data plane stands in front of a workload.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DataPlaneMode {
    /// None: the pods are outside of the mesh.
    None,
    /// A sidecar in each pod.
    Sidecar,
    /// The node's ztunnel.
    Ambient,
}

/// What a workload is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// An application.
    Application,
    /// An ingress or egress gateway: its own proxy is the workload.
    Gateway,
}

/// The pods of one template. All of them share labels, service account and mode.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Workload {
    /// Namespace, and the name of the Deployment or other owner.
    pub name: Name,
    /// The labels of the pods.
    pub labels: Labels,
    /// The service account's name.
    pub service_account: String,
    /// What stands in front of the pods.
    pub mode: DataPlaneMode,
    /// Whether the pods share the node's network, so that no data plane captures them.
    pub host_network: bool,
    /// What the pods are for.
    pub role: Role,
    /// The ports that the containers declare.
    pub ports: Vec<ContainerPort>,
    /// A pod's address where the input has one.
    pub ip: Option<IpAddr>,
    /// The port that its annotations offer to Prometheus (`prometheus.io/scrape`, `prometheus.io/port`).
    pub scraped: Option<u16>,
    /// The object it comes from; a Service's if the workload was assumed.
    pub object: ObjectId,
    /// Whether no workload was given and this one stands for the pods that a Service must have.
    pub assumed: bool,
}

impl Named for Workload {
    fn name(&self) -> &Name {
        &self.name
    }
}

/// A port that a container declares.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContainerPort {
    /// Its name, which Services may use as a target.
    pub name: Option<String>,
    /// Its number.
    pub number: u16,
}

impl Workload {
    /// Whether all of `selector` are labels of the pods.
    #[must_use]
    pub fn has_labels(&self, selector: &Labels) -> bool {
        selector.iter().all(|(key, value)| self.labels.get(key) == Some(value))
    }
}
