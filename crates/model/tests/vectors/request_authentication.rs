//! RequestAuthentication: which tokens pass, at a sidecar and at a waypoint alike.

use s2a_model::authz::{JwtRule, RequestAuthentication};

use crate::ask::allowed;
use crate::authz::accepting;
use crate::mesh::mesh;
use crate::policy::{policy, scope};

/// What the table also says and the model cannot state.
const NOT_STATED: &[(&str, &str)] = &[
    ("a good token in one place and a bad one in another", "a request has one token"),
    ("`Basic`, `bearer`, a header without the rule's prefix", "to the model that is no token"),
    ("two Authorization lines", "to the model that is an invalid token"),
    ("401 or 403", "the model says who refuses, not with which status"),
    ("removed and added headers, cookies, `spaceDelimitedClaims`", "part of the fingerprint of a rule, not evaluated"),
    ("preflights", "CORS is compared, not evaluated"),
];

fn audiences(all: &[&[&str]]) -> RequestAuthentication {
    let rule = |audiences: &&[&str]| JwtRule {
        issuer: "iss".to_owned(),
        audiences: audiences.iter().map(|audience| (*audience).to_owned()).collect(),
        fingerprint: String::new(),
        changed_headers: Vec::new(),
    };
    RequestAuthentication { rules: all.iter().map(rule).collect(), ..accepting(scope("sel"), &[]) }
}

/// Rules by their audiences, and whether a token passes without policies, and whether it satisfies
/// `requestPrincipals: ["*"]`.
type Row = (&'static [&'static [&'static str]], &'static str, bool, bool);

const ROWS: &[Row] = &[
    (&[&[]], "A", true, false),
    (&[&[]], "A jwt=iss/s", true, true),
    (&[&[]], "A jwt=other/s", false, false),
    (&[&[]], "A jwt=invalid", false, false),
    (&[&[]], "A jwt=iss", true, false),
    (&[&["a"]], "A jwt=iss/s", false, false),
    (&[&["a"]], "A jwt=iss/s aud=a", true, true),
    (&[&["a"]], "A jwt=iss/s aud=b", false, false),
    (&[&["a"]], "A jwt=iss/s aud=https://a/", true, true),
    (&[&["http://a"]], "A jwt=iss/s aud=a/", true, true),
    (&[&["a"]], "A jwt=iss/s aud=a//", false, false),
    (&[&["a"], &["b"]], "A jwt=iss/s aud=b", true, true),
    (&[&["a"], &["b"]], "A jwt=iss/s aud=c", false, false),
    (&[&["a"], &[]], "A jwt=iss/s aud=c", true, true),
    (&[], "A jwt=iss/s", true, false),
    (&[], "A jwt=invalid", true, false),
];

#[test]
fn rows() {
    for (rules, request, passes, has_principal) in ROWS {
        for (words, place) in [("sidecar", "sel"), ("ambient waypoint", "svc")] {
            let mut mesh = mesh(words);
            mesh.request_authentications.push(RequestAuthentication { scope: scope(place), ..audiences(rules) });
            assert_eq!(allowed(&mesh, request), *passes, "{words} {rules:?}: {request}");
            mesh.authorization_policies.push(policy(&format!("{place} ALLOW from requestPrincipals=*")));
            assert_eq!(allowed(&mesh, request), *has_principal, "{words} {rules:?}: {request}");
        }
    }
    assert!(NOT_STATED.iter().all(|(_, reason)| !reason.is_empty()));
}

/// All that are attached are one union; without any, no token is looked at.
#[test]
fn several_objects_are_a_union() {
    let places = [("sidecar", ["root-ns", "ns", "sel"]), ("ambient waypoint", ["root-class", "gw", "svc"])];
    for (words, places) in places {
        for count in 0..=places.len() {
            let mut mesh = mesh(words);
            for (place, issuer) in places.iter().zip(["one", "two", "three"]).take(count) {
                mesh.request_authentications.push(at(place, issuer));
            }
            for (index, issuer) in ["one", "two", "three"].iter().enumerate() {
                let wanted = count == 0 || index < count;
                assert_eq!(allowed(&mesh, &format!("A jwt={issuer}/s")), wanted, "{words}, {count}, {issuer}");
            }
        }
    }
    let mut elsewhere = mesh("ambient waypoint");
    elsewhere.request_authentications.push(at("class", "one"));
    assert!(allowed(&elsewhere, "A jwt=two/s"), "a GatewayClass counts from the root namespace only");
}

fn at(place: &str, issuer: &str) -> RequestAuthentication {
    let (namespace, place) = place.strip_prefix("root-").map_or(("foo", place), |place| ("istio-system", place));
    let mut made = accepting(scope(place), &[issuer]);
    made.name.namespace = namespace.to_owned();
    made
}
