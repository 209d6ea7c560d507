//! A header that comes twice: Envoy 1.40 compares line by line, older ones the lines joined by a comma.

use crate::ask::{allowed, ask, decision};
use crate::mesh::mesh;
use crate::policy::policy;
use crate::routes::{routed, virtual_service};

/// A condition of a policy, the same of a route where a route can say it, and whether lines `a` and `b` satisfy it: one
/// by one, and joined.
const ROWS: &[(&str, Option<&str>, bool, bool)] = &[
    ("request.headers[x]=a", Some("*h{x=a}"), true, false),
    ("request.headers[x]=a%2Cb", Some("*h{x=a%2Cb}"), false, true),
    ("request.headers[x]=a*", Some("*h{x^a}"), true, true),
    ("request.headers[x]=*a", None, true, false),
    ("!request.headers[x]=a", Some("*!h{x=a}"), false, true),
    ("request.headers[x]=*", Some("*h{x}"), true, true),
];

fn compare(mesh: &mut s2a_model::Mesh, by_line: bool) {
    let features = &mut mesh.settings.features;
    features.policies_compare_header_lines = by_line;
    features.routes_compare_header_lines = by_line;
}

#[test]
fn policies() {
    for (condition, _, by_line, joined) in ROWS {
        for (individually, wanted) in [(true, by_line), (false, joined)] {
            for (words, scope) in [("sidecar", "sel"), ("ambient waypoint", "svc")] {
                let mut mesh = mesh(words);
                compare(&mut mesh, individually);
                mesh.authorization_policies.push(policy(&format!("{scope} ALLOW when {condition}")));
                assert_eq!(allowed(&mesh, "A x=a x=b"), *wanted, "{words} {condition} {individually}");
                assert_eq!(allowed(&mesh, "A x=b"), by_line_of_b(condition), "{words} {condition}");
            }
        }
    }
}

/// Of one line `b` there is one reading.
fn by_line_of_b(condition: &str) -> bool {
    matches!(condition, "!request.headers[x]=a" | "request.headers[x]=*")
}

#[test]
fn routes() {
    for (condition, route, by_line, joined) in ROWS {
        let Some(route) = route else { continue };
        for (individually, wanted) in [(true, by_line), (false, joined)] {
            for words in ["sidecar", "ambient waypoint"] {
                let mut mesh = routed(words);
                compare(&mut mesh, individually);
                mesh.virtual_services.push(virtual_service(&format!("{route}→A; *→B")));
                let wanted = if *wanted { "a" } else { "b" };
                assert_eq!(decision(&mesh, &ask("C x=a x=b")), wanted, "{words} {condition} {individually}");
            }
        }
    }
}

/// The value `a,b` in one line is one value in either version.
#[test]
fn one_line_with_a_comma_is_one_value() {
    for individually in [true, false] {
        let mut mesh = routed("sidecar");
        compare(&mut mesh, individually);
        mesh.virtual_services.push(virtual_service("*h{x=a%2Cb}→A; *h{x=b}→B; *→D"));
        assert_eq!(decision(&mesh, &ask("C x=a,b")), "a");
        assert_eq!(decision(&mesh, &ask("C x=a x=b")), if individually { "b" } else { "a" });
    }
}

/// Policies changed in 1.30 and patches of older lines, routes in 1.31: between them one mesh compares in both ways.
#[test]
fn policies_and_routes_changed_apart() {
    let mut mesh = routed("sidecar");
    mesh.settings.features.routes_compare_header_lines = false;
    mesh.virtual_services.push(virtual_service("*h{x=a}→A; *→B"));
    assert_eq!(decision(&mesh, &ask("C x=a x=b")), "b", "the route sees `a,b`");
    let mut mesh = crate::mesh::mesh("sidecar");
    mesh.settings.features.routes_compare_header_lines = false;
    mesh.authorization_policies.push(policy("sel ALLOW when request.headers[x]=a"));
    assert!(allowed(&mesh, "A x=a x=b"), "the policy sees `a`");
}
