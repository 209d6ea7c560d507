//! What must hold of every conversion, whatever the input.

use std::collections::BTreeMap;

use s2a_catalog::Target;
use s2a_diagnostic::{Diagnostic, Severity};
use s2a_manifest::Input;
use s2a_model::authz::{MutualTls, PeerAuthentication};
use s2a_model::route::{self, ClientTls};
use s2a_model::topology::{Service, Workload};
use s2a_model::{Destination, Difference, Mesh, difference};
use s2a_verify::{Counterexample, Judgement, Verdict, Way};
use sidecar2ambient::conversion::{Conversion, Request, convert};

use crate::request::requests;

/// How many requests are tried where none should differ.
const REQUESTS: usize = 30;

/// Everything that does not hold, one line each.
pub(crate) fn complaints(texts: &[String], seed: u64) -> Vec<String> {
    let conversion = match conversion(texts) {
        Ok(conversion) => conversion,
        Err(error) => return vec![error],
    };
    let mut complaints = own_faults(&conversion);
    complaints.extend(conversion.verdicts.iter().filter_map(|verdict| unexplained(verdict, &conversion)));
    complaints.extend(conversion.verdicts.iter().filter_map(|verdict| refuted(verdict, &conversion, seed)));
    complaints.extend(again(&conversion));
    complaints.extend(in_reverse(texts, &conversion));
    complaints
}

fn conversion(texts: &[String]) -> Result<Conversion, String> {
    let input = Input { name: "input.yaml".to_owned(), bytes: texts.join("---\n").into_bytes() };
    convert(vec![input], &Request::for_target(Target::default())).map_err(|error| format!("failed: {error}"))
}

/// Output that the API server refuses, and a verifier that contradicts the evaluator.
fn own_faults(conversion: &Conversion) -> Vec<String> {
    let own = conversion.diagnostics.iter().filter(|finding| ["S2A5005", "S2A5006"].contains(&finding.code.id));
    own.map(|finding| format!("{} {:?} {}: {}", finding.code.id, finding.object, finding.field, finding.message))
        .collect()
}

/// A difference for callers of Services that no finding of an earlier stage announces.
fn unexplained(verdict: &Verdict, conversion: &Conversion) -> Option<String> {
    if verdict.way != Way::Service {
        return None;
    }
    let earlier =
        |finding: &&Diagnostic| !finding.code.id.starts_with("S2A5") && finding.severity() <= Severity::Warning;
    let announced = conversion.diagnostics.iter().find(earlier);
    match &verdict.judgement {
        Judgement::Equivalent => None,
        Judgement::Unknown(why) => {
            why.is_empty().then(|| format!("{:?} is unknown without a reason", verdict.destination))
        }
        Judgement::Differs(found) => {
            let widened = found.contains_key(&Difference::Looser);
            // A destination without port means another port to a waypoint that obeys a kept VirtualService.
            let weighs = |finding: &Diagnostic| finding.severity() == Severity::Error || finding.code.id == "S2A4032";
            let error = conversion.diagnostics.iter().filter(earlier).any(weighs);
            let clean = conversion.translation.refused.is_empty() && announced.is_none();
            let expected = sends_plaintext(verdict, conversion) || routes_before_policies(verdict, conversion);
            (!expected && (clean || (widened && !error)))
                .then(|| format!("{:?} on {}: {}", verdict.destination, verdict.way.as_str(), shown(found)))
        }
        Judgement::Contradiction(what) => Some(format!("{:?} contradicts itself: {what}", verdict.destination)),
    }
}

/// Whether routes and policies meet at this Service: a client's sidecar routes before the server's judges, a waypoint
/// judges first. That is a difference which only the verifier announces.
fn routes_before_policies(verdict: &Verdict, conversion: &Conversion) -> bool {
    let mesh = &conversion.mesh;
    let Some(service) = called(verdict, mesh) else { return false };
    let routes = mesh.virtual_services_of(&service.host(&mesh.settings.cluster_domain));
    !routes.is_empty() && reached(mesh, service).iter().any(|workload| is_judged(mesh, workload))
}

fn called<'a>(verdict: &Verdict, mesh: &'a Mesh) -> Option<&'a Service> {
    match &verdict.destination {
        Destination::Service { service, .. } => mesh.service(service),
        Destination::Workload { .. } => None,
    }
}

/// The workloads that calls to the Service end at, through its routes too.
fn reached<'a>(mesh: &'a Mesh, service: &'a Service) -> Vec<&'a Workload> {
    let routes = mesh.virtual_services_of(&service.host(&mesh.settings.cluster_domain));
    let targets =
        routes.iter().flat_map(|virtual_service| &virtual_service.rules).flat_map(|rule| match &rule.action.target {
            route::Target::Backends(backends) => backends.as_slice(),
            route::Target::Redirect(_) | route::Target::Respond { .. } => &[],
        });
    let routed = targets.filter_map(|backend| mesh.service_by_host(&backend.host));
    std::iter::once(service).chain(routed).flat_map(|service| mesh.workloads_of(service)).collect()
}

fn is_judged(mesh: &Mesh, workload: &Workload) -> bool {
    let selects = |scope, name| mesh.selects_for_sidecar(scope, name, workload);
    mesh.authorization_policies.iter().any(|policy| selects(&policy.scope, &policy.name))
        || mesh.request_authentications.iter().any(|policy| selects(&policy.scope, &policy.name))
}

/// Whether sidecars are told to send plaintext to this Service: ambient mode does not obey, so that callers who were
/// nobody get an identity. That is a difference which only the verifier announces.
fn sends_plaintext(verdict: &Verdict, conversion: &Conversion) -> bool {
    let mesh = &conversion.mesh;
    let Some(service) = called(verdict, mesh) else { return false };
    let off = |mode: &MutualTls| *mode == MutualTls::Disable;
    let workloads = reached(mesh, service);
    let in_reach = |policy: &&PeerAuthentication| {
        let namespace = &policy.name.namespace;
        *namespace == mesh.settings.root_namespace || workloads.iter().any(|it| it.name.namespace == *namespace)
    };
    let mut modes = mesh.peer_authentications.iter().filter(in_reach);
    let routed = || workloads.iter().flat_map(|workload| mesh.services_of(workload));
    let tls = |service: &Service| mesh.destination_rule(&service.host(&mesh.settings.cluster_domain))?.tls;
    modes.any(|policy| off(&policy.mode) || policy.ports.values().any(off))
        || std::iter::once(service).chain(routed()).any(|service| tls(service) == Some(ClientTls::Disable))
}

fn shown(found: &BTreeMap<Difference, Counterexample>) -> String {
    let one = |(kind, it): (&Difference, &Counterexample)| {
        format!("{kind:?}: {:?}\nbefore {:?}\nafter {:?}", it.request, it.before, it.after)
    };
    found.iter().map(one).collect::<Vec<_>>().join("\n")
}

/// A random request that refutes `equivalent`.
fn refuted(verdict: &Verdict, conversion: &Conversion, seed: u64) -> Option<String> {
    if !matches!(verdict.judgement, Judgement::Equivalent) {
        return None;
    }
    let (before, after) = (&conversion.mesh, &conversion.new_mesh);
    requests(before, after, verdict, seed).take(REQUESTS).find_map(|request| {
        let (old, new) = (before.evaluate(&request), after.evaluate(&request));
        let kind = difference(&old, &new)?;
        Some(format!("proved equivalent, and {kind:?}: {request:?}\nbefore {old:?}\nafter {new:?}"))
    })
}

/// Converting the output changes nothing.
fn again(first: &Conversion) -> Vec<String> {
    let texts: Vec<String> = first.emitted.files.iter().map(|(_, text)| text.clone()).collect();
    let second = match conversion(&texts) {
        Ok(second) => second,
        Err(error) => return vec![format!("a second conversion {error}")],
    };
    let changed = second.emitted.objects.iter().filter(|object| object.before != object.after);
    changed.map(|object| format!("a second conversion changes {}: {:?}", object.object, object.after)).collect()
}

/// The order of the documents does not matter.
fn in_reverse(texts: &[String], conversion: &Conversion) -> Option<String> {
    let reversed: Vec<String> = texts.iter().rev().cloned().collect();
    let other = match self::conversion(&reversed) {
        Ok(other) => other,
        Err(error) => return Some(format!("in reverse: {error}")),
    };
    let (one, other) = (objects(conversion), objects(&other));
    (one != other).then(|| {
        let only = |these: &[String], those: &[String]| {
            these.iter().filter(|it| !those.contains(it)).cloned().collect::<Vec<_>>().join("\n")
        };
        format!("the order of the documents matters:\n{}\n{}", only(&one, &other), only(&other, &one))
    })
}

fn objects(conversion: &Conversion) -> Vec<String> {
    let after = conversion.emitted.objects.iter().filter_map(|object| object.after.as_ref());
    let mut texts: Vec<String> = after.map(ToString::to_string).collect();
    texts.sort();
    texts
}
