//! Half-migrated servers and mixed clients: what arrives, and what policies make of it.

use crate::ask::{allowed, fate};
use crate::mesh::mesh;
use crate::policy::policy;

/// What the table also says and the model cannot state.
const NOT_STATED: &[(&str, &str)] = &[
    ("sidecar pods without label `networking.istio.io/tunnel: http`", "the model takes all pods as restarted"),
    ("the waypoint's own address", "it is not in the input: no range matches it"),
];

/// Client, server and waypoint; and what the server sees: the client's identity, the waypoint's, the client's address,
/// Istio's server name.
const SEEN: &[(&str, [bool; 4])] = &[
    ("a=sidecar web=sidecar", [true, false, true, true]),
    ("a=sidecar web=sidecar waypoint", [true, false, true, true]),
    ("a=sidecar web=ambient", [true, false, true, false]),
    ("a=sidecar web=ambient waypoint", [true, false, true, false]),
    ("a=ambient web=sidecar", [true, false, false, false]),
    ("a=ambient web=sidecar waypoint", [false, true, false, false]),
    ("a=ambient web=ambient", [true, false, true, false]),
    ("a=ambient web=ambient waypoint", [false, true, false, false]),
];

#[test]
fn what_the_server_sees() {
    let tests = [
        "sel ALLOW from principals=A",
        "sel ALLOW from principals=WP",
        "sel ALLOW from ipBlocks=10.0.0.1",
        "sel ALLOW when connection.sni=outbound_.80_._.web.foo.svc.cluster.local",
    ];
    for (words, wanted) in SEEN {
        for (text, wanted) in tests.iter().zip(wanted) {
            let mut mesh = mesh(words);
            mesh.authorization_policies.push(policy(text));
            assert_eq!(allowed(&mesh, "A"), *wanted, "{words}: {text}");
        }
    }
    assert!(NOT_STATED.iter().all(|(_, reason)| !reason.is_empty()));
}

/// Policies by selector with an ambient client and no waypoint: their fate at an ambient pod and at one with a sidecar.
const BY_SERVER: &[(&str, &str, bool, bool)] = &[
    ("sel ALLOW from ipBlocks=10.0.0.0/8", "A", true, false),
    ("sel DENY from ipBlocks=10.0.0.0/8", "A", false, true),
    ("sel DENY from !ipBlocks=10.0.0.0/8", "A", true, false),
    ("sel ALLOW to methods=GET", "A", false, true),
    ("sel DENY to methods=POST", "A POST", true, false),
    ("sel ALLOW when connection.sni=*.web.foo.svc.cluster.local", "A", false, false),
];

#[test]
fn policies_by_kind_of_server() {
    for (text, request, at_ambient, at_sidecar) in BY_SERVER {
        for (words, wanted) in [("a=ambient web=ambient", at_ambient), ("a=ambient web=sidecar", at_sidecar)] {
            let mut mesh = mesh(words);
            mesh.authorization_policies.push(policy(text));
            assert_eq!(allowed(&mesh, request), *wanted, "{words}: {text}");
        }
    }
}

#[test]
fn through_a_waypoint_clients_are_admitted_with_the_waypoint_only() {
    for server in ["ambient", "sidecar"] {
        let mut mesh = mesh(&format!("a=ambient web={server} waypoint"));
        mesh.authorization_policies.push(policy("sel ALLOW from principals=A"));
        assert!(!allowed(&mesh, "A"), "{server}");
        mesh.authorization_policies.push(policy("sel ALLOW from principals=WP"));
        assert!(allowed(&mesh, "A"), "{server}");
    }
}

/// A sidecar that dials a pod's address is nobody to the server; ztunnel carries the identity there too.
#[test]
fn pod_addresses() {
    let rows = [
        ("sel ALLOW from principals=A", [false, true]),
        ("PA", [false, true]),
        ("sel DENY from principals=A", [true, false]),
        ("sel DENY from !principals=*", [false, true]),
    ];
    for (text, wanted) in rows {
        for (words, wanted) in ["sidecar", "ambient"].iter().zip(wanted) {
            let mut mesh = mesh(words);
            match text {
                "PA" => mesh.peer_authentications.push(crate::peer_authentication::peer_authentication("ns STRICT")),
                text => mesh.authorization_policies.push(policy(text)),
            }
            assert_eq!(allowed(&mesh, "A pod:8080"), wanted, "{words}: {text}");
        }
    }
}

/// The last `x-forwarded-for` entry is the remote address, whoever wrote it; it counts where HTTP is read.
#[test]
fn forwarded_addresses() {
    let with = |words: &str, text: &str| {
        let mut mesh = mesh(words);
        mesh.authorization_policies.push(policy(text));
        mesh
    };
    for (words, scope) in [("sidecar", "sel"), ("ambient waypoint", "svc")] {
        let mesh = with(words, &format!("{scope} ALLOW from remoteIpBlocks=192.0.2.9"));
        assert_eq!(fate(&mesh, "A x-forwarded-for=10.0.0.1,192.0.2.9"), "+", "{words}");
        assert_ne!(fate(&mesh, "A x-forwarded-for=192.0.2.9,10.0.0.1"), "+", "{words}");
        assert_ne!(fate(&mesh, "A"), "+", "{words}");
        assert_ne!(fate(&mesh, "A :9000 x-forwarded-for=192.0.2.9"), "+", "a TCP chain reads no header, {words}");
    }
}
