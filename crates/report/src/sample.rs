//! Reports that the tests share.

use std::collections::BTreeMap;

use s2a_diagnostic::{Code, Diagnostic, FileId, ObjectRef, Place, Severity, Sources};

use crate::{
    ClassificationRow, CounterexampleRow, Counts, Disposition, FateRow, ObjectRow, PathName, Report, RequestRow,
    RuleRow, VerdictName, VerdictRow,
};

pub(crate) const NEEDS_WAYPOINT: Code = Code {
    id: "S2A3004",
    name: "rule-needs-waypoint",
    severity: Severity::Error,
    title: "the rule names an attribute that ztunnel does not see",
    help: "Attach the policy to a waypoint.",
    explain: "ztunnel sees the connection only.\n\nA rule that names an HTTP attribute never matches there.\n",
};

pub(crate) const SPELLING: Code = Code {
    id: "S2A2002",
    name: "spelling-changed",
    severity: Severity::Note,
    title: "the field is spelt otherwise",
    help: "",
    explain: "",
};

pub(crate) const POLICY: &str = "\
apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata:
  name: deny-admin
spec:
  rules:
    - to:
        - operation:
            paths: [\"/admin\"]
";

pub(crate) fn sources() -> Sources {
    let mut sources = Sources::default();
    sources.add("orders.yaml", POLICY);
    sources
}

/// The first occurrence of `text` in the sample policy.
pub(crate) fn place_of(text: &str) -> Place {
    let start = POLICY.find(text).unwrap();
    Place { file: FileId(0), start, end: start + text.len() }
}

pub(crate) fn object(kind: &str, name: &str) -> ObjectRef {
    ObjectRef {
        api_version: "security.istio.io/v1".to_owned(),
        kind: kind.to_owned(),
        namespace: "shop".to_owned(),
        name: name.to_owned(),
    }
}

pub(crate) fn finding() -> Diagnostic {
    let policy = object("AuthorizationPolicy", "deny-admin");
    let field = "spec.rules[0].to[0].operation.paths[0]";
    let diagnostic = Diagnostic::about(&NEEDS_WAYPOINT, policy, field, "`paths` is matched by a waypoint only");
    Diagnostic { place: Some(place_of("\"/admin\"")), ..diagnostic }
}

pub(crate) fn looser() -> VerdictRow {
    let rule = |name: &str, place| RuleRow {
        object: object("AuthorizationPolicy", name),
        field: "spec.rules[0]".to_owned(),
        place,
    };
    VerdictRow {
        destination: "Service shop/orders:8080".to_owned(),
        path: PathName::PodIp,
        verdict: VerdictName::Looser,
        reason: None,
        counterexample: Some(CounterexampleRow {
            request: RequestRow {
                client: "mesh client cluster.local/ns/web/sa/frontend".to_owned(),
                to: "Workload shop/orders:8080".to_owned(),
                method: Some("GET".to_owned()),
                path: Some("/admin".to_owned()),
                headers: BTreeMap::from([("x-role".to_owned(), vec!["a".to_owned(), "b".to_owned()])]),
                denied_by: vec!["opa".to_owned()],
                ..RequestRow::default()
            },
            before: FateRow {
                fate: "refused".to_owned(),
                at: Some("sidecar of shop/orders".to_owned()),
                rule: Some(rule("deny-admin", Some(place_of("to:")))),
            },
            after: FateRow {
                fate: "delivered to Workload shop/orders:8080".to_owned(),
                at: Some("ztunnel of shop/orders".to_owned()),
                rule: Some(rule("allow-web", None)),
            },
        }),
    }
}

pub(crate) fn verdict(destination: &str, path: PathName, verdict: VerdictName) -> VerdictRow {
    let reason = (verdict == VerdictName::Unknown).then(|| "an EnvoyFilter changes the routes".to_owned());
    VerdictRow { destination: destination.to_owned(), path, verdict, reason, counterexample: None }
}

pub(crate) fn verdicts() -> Vec<VerdictRow> {
    vec![
        verdict("Workload shop/cart:80", PathName::PodIp, VerdictName::Equivalent),
        verdict("Service shop/orders:8080", PathName::Ingress, VerdictName::Unknown),
        looser(),
        verdict("Service shop/orders:8080", PathName::Service, VerdictName::Equivalent),
        verdict("Service shop/cart:80", PathName::Service, VerdictName::Equivalent),
        verdict("Service shop/cart:80", PathName::Plaintext, VerdictName::Equivalent),
    ]
}

pub(crate) fn classification() -> Vec<ClassificationRow> {
    let row = |name: &str, rule: usize, because: Option<&str>, after: &str, left_behind: &str| ClassificationRow {
        object: object("AuthorizationPolicy", name),
        field: format!("spec.rules[{rule}]"),
        layer: if because.is_some() { "L7" } else { "L4" }.to_owned(),
        because: because.map(str::to_owned),
        enforced_before: "sidecar".to_owned(),
        enforced_after: after.to_owned(),
        left_behind: left_behind.to_owned(),
    };
    vec![
        row("grüße", 0, None, "ztunnel", "no effect"),
        row("deny-admin", 0, Some("paths"), "waypoint", "fails open"),
        row("deny-admin", 1, None, "ztunnel", "no effect"),
    ]
}

pub(crate) fn report() -> Report {
    Report {
        diagnostics: vec![finding()],
        verdicts: verdicts(),
        objects: vec![ObjectRow {
            apply: None,
            object: object("AuthorizationPolicy", "deny-admin"),
            disposition: Disposition::Refused,
            because: vec!["S2A3004".to_owned()],
        }],
        classification: classification(),
        counts: Counts {
            files: 2,
            documents: 3,
            objects_by_kind: BTreeMap::from([("AuthorizationPolicy".to_owned(), 2), ("Service".to_owned(), 1)]),
            skipped_files: vec!["notes.txt".to_owned()],
        },
    }
}
