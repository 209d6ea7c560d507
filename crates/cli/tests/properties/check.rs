//! What must hold of every conversion, whatever the input.

use std::collections::BTreeMap;

use s2a_catalog::Target;
use s2a_diagnostic::{Diagnostic, Severity};
use s2a_manifest::Input;
use s2a_model::authz::MutualTls;
use s2a_model::route::ClientTls;
use s2a_model::{Difference, difference};
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
            let expected = sends_plaintext(conversion) || routes_before_policies(conversion);
            (!expected && (clean || (widened && !error)))
                .then(|| format!("{:?} on {}: {}", verdict.destination, verdict.way.as_str(), shown(found)))
        }
        Judgement::Contradiction(what) => Some(format!("{:?} contradicts itself: {what}", verdict.destination)),
    }
}

/// Whether routes and policies meet: a client's sidecar routes before the server's judges, a waypoint judges first. That
/// is a difference which only the verifier announces.
fn routes_before_policies(conversion: &Conversion) -> bool {
    let mesh = &conversion.mesh;
    let policies = !mesh.authorization_policies.is_empty() || !mesh.request_authentications.is_empty();
    policies && !mesh.virtual_services.is_empty()
}

/// Whether sidecars are told to send plaintext somewhere: ambient mode does not obey, so that callers who were nobody get
/// an identity. That is a difference which only the verifier announces.
fn sends_plaintext(conversion: &Conversion) -> bool {
    let mesh = &conversion.mesh;
    let off = |mode: &MutualTls| *mode == MutualTls::Disable;
    mesh.peer_authentications.iter().any(|policy| off(&policy.mode) || policy.ports.values().any(off))
        || mesh.destination_rules.iter().any(|rule| rule.tls == Some(ClientTls::Disable))
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

/// Converting the output changes nothing. A namespace without an object, whose sidecars were assumed, has no label that
/// could say that they are gone: it is converted again each time.
fn again(first: &Conversion) -> Vec<String> {
    if first.diagnostics.iter().any(|finding| finding.code.id == "S2A2004") {
        return Vec::new();
    }
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
