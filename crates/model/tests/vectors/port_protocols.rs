//! Which ports are HTTP: what ALLOW methods GET and DENY methods POST do to GET, POST and bytes on a port.

use s2a_model::topology::port_protocol;

use crate::ask::allowed;
use crate::mesh::mesh;
use crate::policy::policy;

#[derive(Clone, Copy, Debug)]
enum Declared {
    Name(&'static str),
    AppProtocol(&'static str),
    /// No name, and this number.
    Number(u16),
}

use Declared::{AppProtocol, Name, Number};

/// Fates of GET, POST and bytes under ALLOW GET and under DENY POST, at sidecar and waypoint alike.
const ROWS: &[(&[Declared], &str, &str)] = &[
    (
        &[
            Name("http"),
            Name("HTTP"),
            Name("http2"),
            Name("grpc"),
            Name("grpc-web"),
            Name("http-metrics"),
            AppProtocol("http"),
            AppProtocol("grpc-web"),
            AppProtocol("kubernetes.io/h2c"),
            AppProtocol("kubernetes.io/ws"),
            AppProtocol("http-alt"),
        ],
        "+--",
        "+--",
    ),
    (
        &[
            Name("tcp"),
            Name("tls"),
            Name("https"),
            Name("mysql"),
            Name("mongo"),
            Name("redis"),
            Name("tcp-db"),
            AppProtocol("tcp-db"),
            AppProtocol("kubernetes.io/wss"),
            Number(25),
            Number(53),
            Number(3306),
            Number(27017),
        ],
        "---",
        "---",
    ),
    (
        &[
            Number(8080),
            Name("web"),
            Name("metrics"),
            Name("httpx"),
            Name("http1"),
            AppProtocol("h2c"),
            AppProtocol("ws"),
            AppProtocol("postgres"),
            AppProtocol("example.com/http"),
        ],
        "+--",
        "+--",
    ),
];

/// Bytes on an HTTP port match no filter chain; on a sniffed port they take the TCP chain, where ALLOW refuses and
/// DENY is widened. Both are a refusal, so a policy for bytes tells the kinds apart.
const BYTES_WITHOUT_POLICY: [bool; 3] = [false, true, true];

fn fates(declared: Declared, words: &str, policy_text: &str) -> String {
    let (transport, app_protocol, name, number) = match declared {
        Name(name) => ("TCP", None, name, 80),
        AppProtocol(value) => ("TCP", Some(value), "tcp", 80),
        Number(number) => ("TCP", None, "", number),
    };
    let mut mesh = mesh(words);
    mesh.services.update(|service| {
        service.ports[0].number = number;
        service.ports[0].protocol = port_protocol(transport, app_protocol, name, number);
    });
    if !policy_text.is_empty() {
        let scope = if words == "sidecar" { "sel" } else { "svc" };
        mesh.authorization_policies.push(policy(&format!("{scope} {policy_text}")));
    }
    let requests = ["GET", "POST", "tcp"].map(|what| format!("A :{number} {what}"));
    requests.iter().map(|request| if allowed(&mesh, request) { '+' } else { '-' }).collect()
}

#[test]
fn rows() {
    for (row, bytes) in ROWS.iter().zip(BYTES_WITHOUT_POLICY) {
        let (all, under_allow, under_deny) = row;
        for declared in *all {
            for words in ["sidecar", "ambient waypoint"] {
                assert_eq!(fates(*declared, words, "ALLOW to methods=GET"), *under_allow, "{words} {declared:?}");
                assert_eq!(fates(*declared, words, "DENY to methods=POST"), *under_deny, "{words} {declared:?}");
                let open = fates(*declared, words, "");
                assert_eq!(open, if bytes { "+++" } else { "++-" }, "{words} {declared:?}");
            }
        }
    }
}

/// A TCP port that is named `udp` has a TCP chain at a sidecar and none at a waypoint.
#[test]
fn a_tcp_port_named_udp() {
    assert_eq!(fates(Name("udp"), "sidecar", ""), "+++");
    assert_eq!(fates(Name("udp"), "sidecar", "ALLOW to methods=GET"), "---");
    assert_eq!(fates(Name("udp"), "sidecar", "ALLOW {}"), "+++");
    assert_eq!(fates(Name("udp"), "ambient waypoint", ""), "---");
}

/// DNS: a UDP and a TCP port of one number are two ports, and mesh traffic is for the TCP one.
#[test]
fn a_udp_port_hides_no_tcp_port() {
    for words in ["sidecar", "ambient waypoint"] {
        let mut mesh = mesh(words);
        let mut udp = mesh.services[0].ports[1].clone();
        udp.protocol = port_protocol("UDP", None, "dns", 9000);
        mesh.services.update(|service| service.ports.insert(0, udp.clone()));
        assert!(allowed(&mesh, "A tcp :9000"), "{words}");
    }
}

/// A port of no Service is sniffed at a sidecar; with ztunnel alone nothing reads HTTP there.
#[test]
fn a_port_of_no_service() {
    let fates = |words: &str, text: &str| -> String {
        let mut mesh = mesh(words);
        mesh.authorization_policies.push(policy(text));
        let requests = ["P pod:7000 GET", "P pod:7000 POST", "P pod:7000 tcp"];
        requests.iter().map(|request| if allowed(&mesh, request) { '+' } else { '-' }).collect()
    };
    assert_eq!(fates("sidecar", "sel ALLOW to methods=GET"), "+--");
    assert_eq!(fates("sidecar", "sel DENY to methods=POST"), "+--");
    assert_eq!(fates("ambient", "sel ALLOW to methods=GET"), "---");
    assert_eq!(fates("ambient", "sel DENY to methods=POST"), "+++");
}

/// Two Services on one pod port: the oldest says what the port is, equal ages by name.
#[test]
fn two_services_on_one_pod_port() {
    let kind = |created: [Option<&str>; 2]| {
        let mut mesh = mesh("sidecar");
        let mut other = mesh.services[0].clone();
        other.name.name = "alias".to_owned();
        other.ports.truncate(1);
        other.ports[0].protocol = port_protocol("TCP", None, "tcp", 80);
        let [of_web, of_other] = created.map(|created| created.map(str::to_owned));
        mesh.services.update(|web| web.created.clone_from(&of_web));
        other.created = of_other;
        mesh.services.push(other);
        mesh.authorization_policies.push(policy("sel ALLOW to methods=GET"));
        if allowed(&mesh, "A") { "http" } else { "tcp" }
    };
    assert_eq!(kind([Some("2024-01-01T00:00:00Z"), Some("2024-01-02T00:00:00Z")]), "http");
    assert_eq!(kind([Some("2024-01-02T00:00:00Z"), Some("2024-01-01T00:00:00Z")]), "tcp");
    assert_eq!(kind([None, None]), "tcp", "`alias` comes before `web`");
}
