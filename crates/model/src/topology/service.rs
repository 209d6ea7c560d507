//! Services and what they select.

use std::net::IpAddr;

use super::{Labels, Protocol, Workload};
use crate::list::host_subject;
use crate::{Name, Named, ObjectId, Subjects};

/// A Kubernetes Service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Service {
    /// Namespace and name.
    pub name: Name,
    /// Its own labels; some of them bind it to a waypoint.
    pub labels: Labels,
    /// Which pods it selects. Empty: none, its endpoints are kept by somebody else.
    pub selector: Labels,
    /// Its ports.
    pub ports: Vec<ServicePort>,
    /// Whether it has no address of its own.
    pub headless: bool,
    /// The DNS name it stands for, of type ExternalName.
    pub external_name: Option<String>,
    /// Its address where the input has one.
    pub ip: Option<IpAddr>,
    /// `metadata.creationTimestamp`.
    pub created: Option<String>,
    /// The object.
    pub object: ObjectId,
}

impl Named for Service {
    fn name(&self) -> &Name {
        &self.name
    }
}

/// A port of a Service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServicePort {
    /// The name, empty if there is only one port.
    pub name: String,
    /// The number that clients dial.
    pub number: u16,
    /// The port of the pods.
    pub target: TargetPort,
    /// What Istio takes the traffic for.
    pub protocol: Protocol,
}

/// `targetPort` of a Service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TargetPort {
    /// A number.
    Number(u16),
    /// The name of a container port.
    Name(String),
}

/// Hosts outside of the cluster that the mesh knows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServiceEntry {
    /// Namespace and name.
    pub name: Name,
    /// Its own labels; some of them bind it to a waypoint.
    pub labels: Labels,
    /// The host names.
    pub hosts: Vec<String>,
    /// Port numbers.
    pub ports: Vec<u16>,
    /// The object.
    pub object: ObjectId,
}

impl Named for ServiceEntry {
    fn name(&self) -> &Name {
        &self.name
    }
}

impl Subjects for ServiceEntry {
    type Subject = String;

    fn subjects(&self) -> Vec<String> {
        self.hosts.iter().map(|host| host_subject(host)).collect()
    }
}

impl Service {
    /// `name.namespace.svc.domain`.
    #[must_use]
    pub fn host(&self, domain: &str) -> String {
        format!("{}.{}.svc.{domain}", self.name.name, self.name.namespace)
    }

    /// The port with this number; of a TCP and a UDP port with one number the TCP port.
    #[must_use]
    pub fn port(&self, number: u16) -> Option<&ServicePort> {
        let mut found = self.ports.iter().filter(|port| port.number == number);
        found.clone().find(|port| port.protocol != Protocol::Udp).or_else(|| found.next())
    }

    /// Whether the Service selects the workload's pods. A Service without a selector selects nothing.
    #[must_use]
    pub fn selects(&self, workload: &Workload) -> bool {
        !self.selector.is_empty()
            && self.name.namespace == workload.name.namespace
            && workload.has_labels(&self.selector)
    }
}

impl ServicePort {
    /// The port of the workload's pods that this port leads to. `None` if it is a name that no container has; for an
    /// assumed workload the Service port's own number is taken then.
    #[must_use]
    pub fn target_on(&self, workload: &Workload) -> Option<u16> {
        match &self.target {
            TargetPort::Number(number) => Some(*number),
            TargetPort::Name(name) => workload
                .ports
                .iter()
                .find(|port| port.name.as_ref() == Some(name))
                .map(|port| port.number)
                .or(workload.assumed.then_some(self.number)),
        }
    }
}
