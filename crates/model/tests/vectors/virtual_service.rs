//! Vectors V01 to V46: VirtualServices at the client's sidecar.

use s2a_model::route::{Redirect, Rewrite, Target, VirtualService};
use s2a_model::topology::Protocol;
use s2a_model::{Backend, BySubject, Mesh, Name, Outcome};

use crate::ask::{ask, decision, received};
use crate::mesh::{labels, service, update_service, update_workload};
use crate::routes::{routed, virtual_service};
use crate::{Check, assert_complete};

/// A VirtualService for `web`, and requests of client `C` with the backend that gets them.
type Row = (u32, &'static str, &'static [(&'static str, &'static str)]);

const ROWS: &[Row] = &[
    (1, "p:/foo→A; *→B", &[("/foobar", "a"), ("/foo", "a"), ("/Foo", "b")]),
    (2, "p:/foo/→A; *→B", &[("/foo", "b"), ("/foo/", "a"), ("/foo/x", "a")]),
    (3, "e:/foo→A", &[("/foo?x=1", "a"), ("/foo/", "404")]),
    (4, "r:/v[0-9]+→A; *→B", &[("/v12", "a"), ("/v1/x", "b")]),
    (5, "p:/foo ignoreUriCase→A; *→B", &[("/FOObar", "a")]),
    (6, "r:/foo.* ignoreUriCase→A; *→B", &[("/FOO", "b")]),
    (7, "p:/api→A; p:/api/v2→B; *→C", &[("/api/v2/x", "a")]),
    (8, "r:.*→A; *→B", &[("/", "a")]),
    (9, "*h{x=1}→A; p:/foo→B; *→C", &[("/foo x=1", "a"), ("/foo", "b"), ("/z", "c")]),
    (10, "*h{x}→A; *→B", &[("x=", "a"), ("/", "b")]),
    (11, "*h{x~*}→A; *→B", &[("x=", "a"), ("/", "b")]),
    (12, "*h{x=}→A; *→B", &[("x=", "a"), ("x=1", "b"), ("/", "b")]),
    (13, "*!h{end-user=jason}→A; *→B", &[("/", "a"), ("end-user=jason", "b"), ("end-user=bob", "a")]),
    (14, "*!h{end-user~*}→A; *→B", &[("/", "a"), ("end-user=", "b"), ("end-user=jason", "b")]),
    (15, "*!h{end-user~.*}→A; *→B", &[("/", "b"), ("end-user=", "b"), ("end-user=jason", "b")]),
    (16, "*q{a=1}→A; *→B", &[("/?a=1&a=2", "a"), ("/?a=2&a=1", "b")]),
    (17, "*q{a}→A; *→B", &[("/?a", "a"), ("/?a=", "a"), ("/", "b")]),
    (18, "*m~GET|HEAD→A; *→B", &[("POST", "b"), ("HEAD", "a")]),
    (19, "*h{:method=GET}→A", &[("POST", "404"), ("GET", "a")]),
    (20, "*authority=reviews→A; *→B", &[("host=reviews:9080", "b"), ("host=reviews", "a")]),
    (21, "*h{x=1}→A", &[("/", "404")]),
    (22, "port=80→A; →B", &[(":8080", "b"), (":80", "a")]),
    (23, "port=80→A", &[(":8080", "web"), (":80", "a")]),
    (32, "→A:0,B:3,C:1", &[("/", "b:3 c:1")]),
    (33, "→A:0", &[("/", "a")]),
];

const OTHERS: &[Check] = &[
    (&[24, 25], conditions_on_the_client),
    (&[26, 27], destinations_without_port),
    (&[29, 30, 31], several_for_one_host),
    (&[34, 35, 36, 37, 38], redirects),
    (&[39, 40, 41], rewrites),
];

/// Of 11 the refusal of the object by the webhook is not stated, of 34 and 39 the query and the fragment: a path has
/// neither here, and a query goes along unchanged.
const NOT_STATED: &[(u32, &str)] = &[
    (28, "only Services of the registry can be dialled"),
    (42, "retries are compared as they stand, not evaluated"),
    (43, "retries are compared as they stand, not evaluated"),
    (44, "CORS is compared as it stands, not evaluated"),
    (45, "delegates are not merged: their VirtualService is marked as not modelled"),
    (46, "delegates are not merged: their VirtualService is marked as not modelled"),
];

#[test]
fn every_row_is_told() {
    let mut told: Vec<u32> = ROWS.iter().map(|(number, ..)| *number).collect();
    told.extend(OTHERS.iter().flat_map(|(numbers, _)| numbers.iter()));
    assert_complete(1..=46, &told, NOT_STATED);
}

#[test]
fn rows() {
    for (number, text, requests) in ROWS {
        let mesh = with(&[virtual_service(text)]);
        for (request, wanted) in *requests {
            assert_eq!(decision(&mesh, &ask(&format!("C {request}"))), *wanted, "V{number}: {text}: {request}");
        }
    }
}

#[test]
fn other_rows() {
    OTHERS.iter().for_each(|(_, check)| check());
}

fn with(all: &[VirtualService]) -> Mesh {
    Mesh { virtual_services: all.to_vec().into(), ..routed("sidecar") }
}

fn named(namespace: &str, name: &str, created: &str, text: &str) -> VirtualService {
    let created = Some(created.to_owned()).filter(|created| !created.is_empty());
    VirtualService { name: Name::new(namespace, name), created, ..virtual_service(text) }
}

const OLD: &str = "2024-01-01T00:00:00Z";
const NEW: &str = "2024-01-02T00:00:00Z";

fn conditions_on_the_client() {
    let mesh = with(&[virtual_service("ns=foo→A; *→B")]);
    assert_eq!(decision(&mesh, &ask("C")), "a", "V24");
    assert_eq!(decision(&mesh, &ask("D")), "b", "V24");
    let mut mesh = with(&[virtual_service("gateway=mesh labels{a=b}→A; *→B")]);
    assert_eq!(decision(&mesh, &ask("C")), "a", "V25");
    mesh.virtual_services = vec![virtual_service("labels{a=b}→A; *→B")].into();
    assert_eq!(decision(&mesh, &ask("C")), "b");
    update_workload(&mut mesh, "client", |client| client.labels.extend(labels(&[("a", "b")])));
    assert_eq!(decision(&mesh, &ask("C")), "a");
    mesh.virtual_services = vec![virtual_service("gateway=foo/ingress→A; *→B")].into();
    assert_eq!(decision(&mesh, &ask("C")), "b");
}

fn destinations_without_port() {
    let mut mesh = with(&[virtual_service("→A")]);
    let ports = |mesh: &Mesh, request: &str| match mesh.evaluate(&ask(request)) {
        Outcome::Forwarded(shares) => shares[0].pool.keys().cloned().collect::<Vec<_>>(),
        Outcome::Refused(_) | Outcome::Answered { .. } => Vec::new(),
    };
    assert_eq!(ports(&mesh, "C :8080"), [Backend::Workload(Name::new("foo", "a"), 9000)], "V26");
    assert_eq!(ports(&mesh, "C :80"), [Backend::Workload(Name::new("foo", "a"), 8080)], "V26");
    update_service(&mut mesh, "a", |a| *a = service("foo", "a", &[(80, 8080, Protocol::Http)]));
    assert_eq!(decision(&mesh, &ask("C :8080")), "503", "V27");
}

fn several_for_one_host() {
    let mesh = with(&[named("foo", "newer", NEW, "→B"), named("foo", "older", OLD, "e:/foo→A")]);
    assert_eq!(decision(&mesh, &ask("C /foo")), "a", "V29");
    assert_eq!(decision(&mesh, &ask("C /")), "404", "V29: the others are ignored");
    let wild = VirtualService { hosts: vec!["*.cluster.local".to_owned()], ..named("foo", "wild", OLD, "→A") };
    let mesh = with(&[wild.clone(), named("foo", "explicit", NEW, "→B")]);
    assert_eq!(decision(&mesh, &ask("C")), "b", "V30");
    assert_eq!(decision(&with(&[wild]), &ask("C")), "a", "V30");
    assert_eq!(decision(&with(&[named("arbitrary", "routes", OLD, "→A")]), &ask("C")), "a", "V31");
}

fn redirect(conditions: &str, redirect: Redirect) -> Mesh {
    let mut virtual_service = virtual_service(conditions);
    virtual_service.rules[0].action.target = Target::Redirect(redirect);
    with(&[virtual_service])
}

fn redirects() {
    let plain = Redirect { status: 301, scheme: None, host: None, port: None, listener_port: false, path: None };
    let uri = Redirect { path: Some(Rewrite::FullPath("/new/path".to_owned())), ..plain.clone() };
    let answer = |mesh: &Mesh, request: &str| decision(mesh, &ask(request));
    assert_eq!(answer(&redirect("p:/foo", uri), "C /foo?key=value host=h"), "301 http://h/new/path", "V34");
    let from_port = Redirect { listener_port: true, ..plain.clone() };
    let secure = Redirect { scheme: Some("https".to_owned()), ..from_port.clone() };
    assert_eq!(answer(&redirect("p:/foo", secure.clone()), "C /foo host=h"), "301 https://h:80/foo", "V35");
    assert_eq!(answer(&redirect("p:/foo", secure), "C /foo host=h:80"), "301 https://h:80/foo", "V35");
    let of = redirect("p:/foo", from_port);
    assert_eq!(answer(&of, "C /foo host=b"), "301 http://b/foo", "V36");
    assert_eq!(answer(&of, "C /foo host=b:80"), "301 http://b:80/foo", "V36");
    assert_eq!(answer(&of, "C :8080 /foo host=b"), "301 http://b:8080/foo", "V36");
    let elsewhere = Redirect { host: Some("new".to_owned()), ..plain.clone() };
    assert_eq!(answer(&redirect("p:/", elsewhere), "C :8080 /x host=b:8080"), "301 http://new/x", "V37");
    let prefix = Redirect { path: Some(Rewrite::Uri("/new/".to_owned())), ..plain };
    assert_eq!(answer(&redirect("p:/foo/", prefix.clone()), "C /foo/bar host=h"), "301 http://h/new/bar", "V38");
    assert_eq!(answer(&redirect("e:/foo", prefix), "C /foo host=h"), "301 http://h/new/", "the whole path");
}

fn rewrites() {
    let path = |conditions: &str, uri: &str, request: &str| {
        let mut virtual_service = virtual_service(&format!("{conditions}→A"));
        virtual_service.rules[0].action.rewrite = Some(Rewrite::Uri(uri.to_owned()));
        received(&with(&[virtual_service]), &ask(&format!("C {request}"))).0
    };
    assert_eq!(path("e:/foo", "/new/path", "/foo?key=value"), "/new/path", "V39");
    assert_eq!(path("p:/foo", "/", "/foo/x"), "//x", "V40");
    assert_eq!(path("p:/foo", "/bar", "/foobar"), "/barbar", "V41");
    assert_eq!(path("r:/f.*", "/bar", "/foobar"), "/bar");
    assert_eq!(path("*", "/bar", "/foo"), "/barfoo");
}

/// Equal times: name, then namespace. What is kept for a namespace comes first there, whatever its age.
#[test]
fn the_order_of_virtual_services() {
    let mesh = with(&[named("foo", "b", OLD, "→B"), named("bar", "a", OLD, "→A")]);
    assert_eq!(decision(&mesh, &ask("C")), "a");
    let kept = VirtualService { exported: false, ..named("bar", "kept", NEW, "→B") };
    let mesh = with(&[named("foo", "public", OLD, "→A"), kept]);
    assert_eq!(decision(&mesh, &ask("C")), "a");
    assert_eq!(decision(&mesh, &ask("D")), "b");
}

/// One without a rule for the port is ignored, and the next is used; a wildcard is not.
#[test]
fn a_port_that_the_first_does_not_know() {
    let first = named("foo", "first", OLD, "port=80→A");
    let mesh = with(&[first.clone(), named("foo", "second", NEW, "→B")]);
    assert_eq!(decision(&mesh, &ask("C :8080")), "b");
    let wild = VirtualService { hosts: vec!["*.cluster.local".to_owned()], ..named("foo", "wild", NEW, "→B") };
    let mesh = with(&[first, wild]);
    assert_eq!(decision(&mesh, &ask("C :8080")), "web");
}

/// Gateways that are not the mesh, and hosts that are other Services.
#[test]
fn what_is_not_for_the_service() {
    let gateway = VirtualService { gateways: vec!["foo/ingress".to_owned()], ..virtual_service("→A") };
    assert_eq!(decision(&with(std::slice::from_ref(&gateway)), &ask("C")), "web");
    let both = VirtualService { gateways: vec!["foo/ingress".to_owned(), "mesh".to_owned()], ..gateway };
    assert_eq!(decision(&with(&[both]), &ask("C")), "a");
    let other = VirtualService { hosts: vec!["c.foo.svc.cluster.local".to_owned()], ..virtual_service("→A") };
    assert_eq!(decision(&with(&[other]), &ask("C")), "web");
}

/// The server name of mutual TLS is that of the routed cluster.
#[test]
fn the_server_name_of_a_route() {
    let mut mesh = with(&[virtual_service("→A")]);
    let policy = crate::policy::policy("ns ALLOW when connection.sni=outbound_.80_._.a.foo.svc.cluster.local");
    mesh.authorization_policies.push(policy);
    assert!(crate::ask::allowed(&mesh, "C"));
    mesh.virtual_services = BySubject::default();
    assert!(!crate::ask::allowed(&mesh, "C"));
}
