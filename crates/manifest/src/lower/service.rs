//! Services.

use k8s_openapi::api::core::v1::ServiceSpec;
use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;
use s2a_model::topology::{Service, ServicePort, TargetPort, port_protocol};

use super::reader::{Reader, labels, without_nulls};
use crate::Object;

/// Lowers a Service.
pub(super) fn lower(object: &Object, reader: &mut Reader) -> Option<Service> {
    let spec = object.json.get("spec").cloned().unwrap_or_default();
    let spec: ServiceSpec = reader.read(object, "spec", without_nulls(spec), false)?;
    let external_name = spec.external_name.filter(|_| spec.type_.as_deref() == Some("ExternalName"));
    Some(Service {
        name: object.id.name.clone(),
        labels: labels(object),
        selector: spec.selector.unwrap_or_default(),
        ports: spec.ports.unwrap_or_default().into_iter().filter_map(port).collect(),
        headless: spec.cluster_ip.as_deref() == Some("None"),
        external_name,
        ip: spec.cluster_ip.and_then(|ip| ip.parse().ok()),
        created: object.metadata("creationTimestamp").map(str::to_owned),
        object: object.id.clone(),
    })
}

fn port(port: k8s_openapi::api::core::v1::ServicePort) -> Option<ServicePort> {
    let number = u16::try_from(port.port).ok()?;
    let target = match port.target_port {
        Some(IntOrString::Int(target)) => TargetPort::Number(u16::try_from(target).ok()?),
        Some(IntOrString::String(name)) => name.parse().map_or(TargetPort::Name(name), TargetPort::Number),
        None => TargetPort::Number(number),
    };
    let name = port.name.unwrap_or_default();
    let transport = port.protocol.as_deref().unwrap_or("TCP");
    let protocol = port_protocol(transport, port.app_protocol.as_deref(), &name, number);
    Some(ServicePort { name, number, target, protocol })
}
