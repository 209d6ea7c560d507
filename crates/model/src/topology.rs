//! Namespaces, workloads, Services and waypoints, and how they belong together.

mod protocol;
mod service;
mod waypoint;
mod workload;

pub use protocol::{Protocol, port_protocol};
pub use service::{Service, ServiceEntry, ServicePort, TargetPort};
pub use waypoint::{Namespace, Waypoint, WaypointFor};
pub use workload::{ContainerPort, DataPlaneMode, Labels, Role, Workload};
