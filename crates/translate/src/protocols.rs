//! Service ports that lead to one pod port and declare different protocols: a sidecar's listener has the protocol of one
//! of them, and without sidecars each has its own.

use s2a_catalog::codes;
use s2a_model::Mesh;
use s2a_model::topology::{Protocol, Service, ServicePort, Workload};

use crate::Translation;
use crate::findings::about;
use crate::plan::{addressed_services, migrates};

/// Says which Service ports are not answered as they declare.
pub(crate) fn report(mesh: &Mesh, translation: &mut Translation) {
    for workload in mesh.workloads.iter().filter(|workload| migrates(mesh, workload)) {
        for service in addressed_services(mesh, workload) {
            let ports = service.ports.iter().enumerate();
            ports.for_each(|(index, port)| report_port(mesh, workload, service, (index, port), translation));
        }
    }
}

fn report_port(
    mesh: &Mesh,
    workload: &Workload,
    service: &Service,
    (index, port): (usize, &ServicePort),
    translation: &mut Translation,
) {
    let Some(target) = port.target_on(workload) else { return };
    let answered = mesh.protocol_of_pod_port(workload, target);
    if word(answered) == word(port.protocol) || port.protocol == Protocol::Udp {
        return;
    }
    let message = format!(
        "port {} is declared {}, and the sidecar of {} answers pod port {target} as {}",
        port.number,
        word(port.protocol),
        workload.name,
        word(answered),
    );
    let origin = s2a_model::Origin { object: service.object.clone(), field: format!("spec.ports[{index}]") };
    let finding = about(&codes::POD_PORT_WITH_TWO_PROTOCOLS, &origin, message);
    translation.say(finding);
}

fn word(protocol: Protocol) -> &'static str {
    match protocol {
        Protocol::Http => "HTTP",
        Protocol::Tcp | Protocol::Tls => "TCP",
        Protocol::Sniffed => "either",
        Protocol::Udp => "UDP",
    }
}
