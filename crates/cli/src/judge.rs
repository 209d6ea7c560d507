//! Verdicts and schema violations as findings.

use s2a_admission::{Admission, Answer, Violation};
use s2a_catalog::codes;
use s2a_diagnostic::{Diagnostic, ObjectRef};
use s2a_model::{Destination, Difference, Mesh};
use s2a_verify::{Counterexample, Judgement, Verdict, Way};

use crate::Failure;
use crate::rows::{self, fate, request_line};

/// What the API server would refuse of an object.
pub(crate) fn violations(admission: &Admission, object: &serde_json::Value) -> Result<Vec<Violation>, Failure> {
    match admission.review(object)? {
        Answer::Accepted | Answer::NotChecked => Ok(Vec::new()),
        Answer::Refused(violations) => Ok(violations),
    }
}

/// The finding about a violation.
pub(crate) fn refused_by_schema(object: &ObjectRef, violation: &Violation) -> Diagnostic {
    Diagnostic::about(&codes::OUTPUT_REFUSED_BY_SCHEMA, object.clone(), &violation.field, violation.message.clone())
}

/// A finding for every verdict that is not `equivalent`.
pub(crate) fn findings(verdicts: &[Verdict], before: &Mesh) -> Vec<Diagnostic> {
    verdicts.iter().flat_map(|verdict| verdict_findings(verdict, before)).collect()
}

fn verdict_findings(verdict: &Verdict, before: &Mesh) -> Vec<Diagnostic> {
    let object = object(&verdict.destination, before);
    let to = rows::destination(&verdict.destination);
    let way = verdict.way.as_str();
    match &verdict.judgement {
        Judgement::Equivalent => Vec::new(),
        Judgement::Unknown(why) => {
            let message = format!("{to} on the {way} path: {why}");
            vec![about(&codes::NOT_PROVED, object, &message)]
        }
        Judgement::Contradiction(why) => {
            let message = format!("{to} on the {way} path: {why}");
            vec![about(&codes::INTERNAL_DISAGREEMENT, object, &message)]
        }
        Judgement::Differs(found) => {
            let finding = |(kind, counterexample): (&Difference, &Counterexample)| {
                let request = request_line(&counterexample.request);
                let request_http = counterexample.request.http.as_ref();
                let old = fate(&counterexample.before, request_http);
                let new = fate(&counterexample.after, request_http);
                let at = counterexample.pod_ip.map(|ip| format!(", with the pod at {ip},")).unwrap_or_default();
                let kept = rows::kept(counterexample);
                let message =
                    format!("{to} on the {way} path: {request}{kept}{at} was {}, and is {}", old.fate, new.fate);
                about(code(*kind, verdict, counterexample), object.clone(), &message)
            };
            found.iter().map(finding).collect()
        }
    }
}

fn code(kind: Difference, verdict: &Verdict, counterexample: &Counterexample) -> &'static s2a_diagnostic::Code {
    match (kind, verdict.way, &verdict.destination) {
        (Difference::Looser, _, _) if counterexample.identity_gained => &codes::IDENTITY_GAINED,
        (Difference::Looser, _, _) => &codes::ACCESS_WIDENED,
        (Difference::Stricter, Way::Plaintext, Destination::Workload { .. }) => &codes::PLAINTEXT_CALLERS_REFUSED,
        (Difference::Stricter, _, _) => &codes::ACCESS_NARROWED,
        (Difference::Different, _, _) => &codes::ROUTING_CHANGED,
    }
}

fn about(code: &'static s2a_diagnostic::Code, object: Option<ObjectRef>, message: &str) -> Diagnostic {
    match object {
        Some(object) => Diagnostic::about(code, object, "metadata.name", message),
        None => Diagnostic::plain(code, message),
    }
}

fn object(destination: &Destination, mesh: &Mesh) -> Option<ObjectRef> {
    let id = match destination {
        Destination::Service { service, .. } => mesh.service(service).map(|service| &service.object),
        Destination::Workload { workload, .. } => mesh.workload(workload).map(|workload| &workload.object),
    };
    id.map(rows::reference)
}
