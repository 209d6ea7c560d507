//! PeerAuthentication: every combination of mesh, namespace, workload and port, and what clients send.

use std::collections::BTreeMap;

use s2a_model::authz::{MutualTls, PeerAuthentication};
use s2a_model::route::{ClientTls, DestinationRule};
use s2a_model::topology::Labels;
use s2a_model::{Mesh, Name};

use crate::ask::{allowed, fate};
use crate::mesh::{labels, mesh, object};
use crate::policy::policy;

/// Absent, or a mode.
const MODES: [Option<MutualTls>; 5] =
    [None, Some(MutualTls::Unset), Some(MutualTls::Permissive), Some(MutualTls::Strict), Some(MutualTls::Disable)];

/// `scope MODE port=MODE…`: scopes are `root`, `ns` and `sel` (pods `app: web`).
pub(crate) fn peer_authentication(text: &str) -> PeerAuthentication {
    let words: Vec<&str> = text.split_whitespace().collect();
    let (namespace, selector) = match words[0] {
        "root" => ("istio-system", Labels::new()),
        "ns" => ("foo", Labels::new()),
        "sel" => ("foo", labels(&[("app", "web")])),
        other => panic!("unknown scope {other}"),
    };
    let port = |word: &&str| {
        let (port, mode) = word.split_once('=').unwrap();
        (port.parse().unwrap(), mode_of(mode))
    };
    made(namespace, selector, mode_of(words[1]), words[2..].iter().map(port).collect())
}

fn made(namespace: &str, selector: Labels, mode: MutualTls, ports: BTreeMap<u16, MutualTls>) -> PeerAuthentication {
    let name = Name::new(namespace, if selector.is_empty() { "default" } else { "web" });
    let object = object("PeerAuthentication", &name);
    PeerAuthentication { name, selector, empty_selector: false, mode, ports, created: None, object }
}

fn mode_of(word: &str) -> MutualTls {
    match word {
        "UNSET" => MutualTls::Unset,
        "PERMISSIVE" => MutualTls::Permissive,
        "STRICT" => MutualTls::Strict,
        "DISABLE" => MutualTls::Disable,
        other => panic!("unknown mode {other}"),
    }
}

/// One of the 625 combinations; the port is 8080. A port needs a workload's policy, whose mode may be missing.
#[derive(Clone, Copy, Debug)]
struct Combination {
    root: Option<MutualTls>,
    namespace: Option<MutualTls>,
    workload: Option<MutualTls>,
    port: Option<MutualTls>,
}

impl Combination {
    fn all() -> impl Iterator<Item = Combination> {
        MODES.into_iter().flat_map(|root| {
            MODES.into_iter().flat_map(move |namespace| {
                MODES.into_iter().flat_map(move |workload| {
                    MODES.into_iter().map(move |port| Combination { root, namespace, workload, port })
                })
            })
        })
    }

    fn mesh(self, words: &str) -> Mesh {
        let mut mesh = mesh(words);
        let whole = |namespace: &str, mode| made(namespace, Labels::new(), mode, BTreeMap::new());
        mesh.peer_authentications.extend(self.root.map(|mode| whole("istio-system", mode)));
        mesh.peer_authentications.extend(self.namespace.map(|mode| whole("foo", mode)));
        if self.workload.is_some() || self.port.is_some() {
            let mode = self.workload.unwrap_or(MutualTls::Unset);
            let ports = self.port.map(|mode| (8080, mode)).into_iter().collect();
            mesh.peer_authentications.push(made("foo", labels(&[("app", "web")]), mode, ports));
        }
        mesh
    }

    fn parent(self) -> MutualTls {
        let set = |mode: &Option<MutualTls>| mode.filter(|mode| *mode != MutualTls::Unset);
        [self.namespace, self.root].iter().find_map(set).unwrap_or(MutualTls::Permissive)
    }

    /// What a sidecar takes: the port, else the workload, the namespace, the mesh, the first that says something.
    fn at_sidecar(self, port: u16) -> MutualTls {
        let set = |mode: &Option<MutualTls>| mode.filter(|mode| *mode != MutualTls::Unset);
        let own = self.port.filter(|_| port == 8080);
        [own, self.workload].iter().find_map(set).unwrap_or(self.parent())
    }

    /// Whether ztunnel lets plaintext through: as a sidecar, but for three kinds of combination.
    fn plaintext_at_ztunnel(self, port: u16) -> bool {
        let silent = |mode: Option<MutualTls>| mode.is_none_or(|mode| mode == MutualTls::Unset);
        let strict_root = self.root == Some(MutualTls::Strict);
        let as_sidecar = self.at_sidecar(port) != MutualTls::Strict;
        match (self.workload, self.port) {
            (Some(MutualTls::Permissive | MutualTls::Disable), Some(MutualTls::Strict))
                if strict_root && silent(self.namespace) =>
            {
                true
            }
            (None | Some(MutualTls::Unset), Some(MutualTls::Permissive))
                if strict_root && self.namespace == Some(MutualTls::Unset) =>
            {
                true
            }
            (None | Some(MutualTls::Unset), Some(MutualTls::Disable)) if self.parent() == MutualTls::Strict => false,
            _ => as_sidecar,
        }
    }
}

#[test]
fn a_sidecar_takes_what_the_narrowest_policy_says() {
    for combination in Combination::all() {
        let mesh = combination.mesh("sidecar");
        let web = mesh.workload(&Name::new("foo", "web")).unwrap();
        for port in [8080, 9000] {
            let wanted = combination.at_sidecar(port);
            assert_eq!(mesh.peer_authentication_at_sidecar(web, port), wanted, "{combination:?}");
            let plaintext = allowed(&mesh, if port == 8080 { "P pod:8080" } else { "P pod:9000 tcp" });
            assert_eq!(plaintext, wanted != MutualTls::Strict, "{combination:?}");
        }
    }
}

#[test]
fn ztunnel_differs_in_three_ways() {
    let mut differing = 0;
    for combination in Combination::all() {
        let mesh = combination.mesh("ambient");
        for port in [8080, 9000] {
            let wanted = combination.plaintext_at_ztunnel(port);
            assert_eq!(allowed(&mesh, &format!("P pod:{port}")), wanted, "{combination:?}, {port}");
            assert!(allowed(&mesh, &format!("A pod:{port}")), "{combination:?}");
            differing += u32::from(wanted == (combination.at_sidecar(port) == MutualTls::Strict));
        }
    }
    assert!(differing > 0);
}

#[test]
fn the_rows_of_the_difference_table() {
    let rows = [
        ("STRICT", None, "PERMISSIVE", "STRICT", 8080, "- sidecar", "+"),
        ("STRICT", Some("UNSET"), "DISABLE", "STRICT", 8080, "- sidecar", "+"),
        ("STRICT", Some("UNSET"), "UNSET", "PERMISSIVE", 9000, "- sidecar", "+"),
        ("STRICT", Some("UNSET"), "UNSET", "PERMISSIVE", 8080, "+", "+"),
        ("STRICT", None, "UNSET", "DISABLE", 8080, "+", "- ztunnel"),
        ("UNSET", Some("STRICT"), "UNSET", "DISABLE", 8080, "+", "- ztunnel"),
    ];
    for (root, namespace, workload, own, port, at_sidecar, at_ztunnel) in rows {
        let texts = [format!("root {root}"), format!("sel {workload} 8080={own}")];
        let mut policies: Vec<_> = texts.iter().map(|text| peer_authentication(text)).collect();
        policies.extend(namespace.map(|mode| peer_authentication(&format!("ns {mode}"))));
        for (words, wanted) in [("sidecar", at_sidecar), ("ambient", at_ztunnel)] {
            let mesh = Mesh { peer_authentications: policies.clone().into(), ..mesh(words) };
            let protocol = if port == 9000 { " tcp" } else { "" };
            assert_eq!(fate(&mesh, &format!("P pod:{port}{protocol}")), wanted, "{words} {texts:?} {namespace:?}");
        }
    }
}

#[test]
fn what_does_not_count() {
    let of = |text: &str| {
        let mut mesh = mesh("sidecar");
        mesh.peer_authentications.push(peer_authentication(text));
        mesh
    };
    let mut rooted = of("root STRICT");
    rooted.peer_authentications.update(|policy| policy.selector = labels(&[("app", "web")]));
    assert_eq!(fate(&rooted, "P"), "+", "a policy of the root namespace with labels selects nothing");
    assert_eq!(fate(&of("sel PERMISSIVE 80=STRICT"), "P"), "+", "a Service port number is inert");
    let mut two = of("sel STRICT");
    two.peer_authentications.update(|policy| policy.created = Some("2024-01-02T00:00:00Z".to_owned()));
    let older = PeerAuthentication {
        created: Some("2024-01-01T00:00:00Z".to_owned()),
        name: Name::new("foo", "web-2"),
        ..peer_authentication("sel UNSET 9000=STRICT")
    };
    two.peer_authentications.push(older);
    assert_eq!(fate(&two, "P"), "+", "the oldest is used whole");
    assert_eq!(fate(&two, "P :9000 tcp"), "- sidecar");
}

/// The mesh with a DestinationRule for the Service.
fn with_rule(words: &str, tls: Option<ClientTls>, policies: &[&str]) -> Mesh {
    let mut mesh = mesh(words);
    let name = Name::new("foo", "web");
    mesh.destination_rules.push(DestinationRule {
        host: "web.foo.svc.cluster.local".to_owned(),
        subsets: Vec::new(),
        tls,
        tls_varies: false,
        exported: true,
        object: object("DestinationRule", &name),
        name,
    });
    mesh.peer_authentications.extend(policies.iter().map(|text| peer_authentication(text)));
    mesh
}

/// What a sidecar client sends: `id` (mutual TLS), `nobody` (plaintext) or `closed` (the server does not take it).
fn sent(mut mesh: Mesh, request: &str) -> &'static str {
    if !allowed(&mesh, request) {
        return "closed";
    }
    mesh.authorization_policies.push(policy("sel ALLOW from principals=*"));
    if allowed(&mesh, request) { "id" } else { "nobody" }
}

#[test]
fn what_a_sidecar_sends() {
    let rows: &[(Option<ClientTls>, &[&str], &str, &str)] = &[
        (None, &[], "id", "id"),
        (None, &["sel DISABLE"], "nobody", "id"),
        (None, &["sel PERMISSIVE 8080=DISABLE"], "nobody", "id"),
        (None, &["ns DISABLE"], "nobody", "id"),
        (None, &["root DISABLE"], "nobody", "id"),
        (None, &["ns DISABLE", "sel STRICT"], "closed", "id"),
        (Some(ClientTls::IstioMutual), &[], "id", "id"),
        (Some(ClientTls::IstioMutual), &["sel DISABLE"], "closed", "id"),
        (Some(ClientTls::IstioMutual), &["ns DISABLE"], "closed", "id"),
        (Some(ClientTls::Disable), &[], "nobody", "id"),
        (Some(ClientTls::Disable), &["sel STRICT"], "closed", "id"),
        (Some(ClientTls::Application), &[], "closed", "id"),
    ];
    for (tls, policies, to_sidecar, to_ambient) in rows {
        assert_eq!(sent(with_rule("sidecar", *tls, policies), "A"), *to_sidecar, "{tls:?} {policies:?}");
        assert_eq!(sent(with_rule("sidecar web=ambient", *tls, policies), "A"), *to_ambient, "{tls:?} {policies:?}");
    }
    let application = |policies| sent(with_rule("sidecar", Some(ClientTls::Application), policies), "A :9000 tcp");
    assert_eq!(application(&[]), "nobody", "a TCP port passes the application's TLS on");
    assert_eq!(application(&["sel STRICT"]), "closed");
    assert_eq!(application(&["sel DISABLE"]), "closed");
}

#[test]
fn without_automatic_mutual_tls_only_a_rule_turns_it_on() {
    let without = |tls| {
        let mut mesh = with_rule("sidecar", tls, &[]);
        mesh.settings.auto_mtls = false;
        sent(mesh, "A")
    };
    assert_eq!(without(None), "nobody");
    assert_eq!(without(Some(ClientTls::IstioMutual)), "id");
}

/// PeerAuthentication DISABLE does not turn HBONE off, and ambient clients read no DestinationRule.
#[test]
fn what_an_ambient_client_sends() {
    for tls in [None, Some(ClientTls::Disable), Some(ClientTls::IstioMutual)] {
        for words in ["ambient", "ambient web=sidecar"] {
            assert_eq!(sent(with_rule(words, tls, &["ns DISABLE"]), "A"), "id", "{words} {tls:?}");
        }
    }
}

/// A headless Service gets mutual TLS if every pod has a sidecar and the namespace does not disable it.
#[test]
fn headless_services() {
    let headless = |words: &str, policies: &[&str]| {
        let mut mesh = mesh(words);
        mesh.services.update(|service| service.headless = true);
        mesh.peer_authentications.extend(policies.iter().map(|text| peer_authentication(text)));
        mesh
    };
    assert_eq!(sent(headless("sidecar", &[]), "A"), "id");
    assert_eq!(sent(headless("sidecar", &["ns DISABLE"]), "A"), "nobody");
    assert_eq!(sent(headless("sidecar", &["sel DISABLE"]), "A"), "closed");
    assert_eq!(sent(headless("sidecar web=ambient", &[]), "A"), "nobody");
    assert_eq!(sent(headless("ambient", &[]), "A"), "id");
    let mut mixed = headless("sidecar", &[]);
    let second = s2a_model::topology::Workload {
        labels: labels(&[("app", "web")]),
        mode: s2a_model::topology::DataPlaneMode::Ambient,
        ..crate::mesh::workload("foo", "web-2", "10.0.0.9")
    };
    mixed.workloads.push(second);
    assert_eq!(sent(mixed, "A"), "nobody", "one ambient pod is enough");
}

/// istiod overlooks a policy of the root namespace with an empty selector where it configures ztunnel; one of another
/// namespace it does not.
#[test]
fn an_empty_selector_in_the_root_namespace_is_nothing_to_ztunnel() {
    let rows = [("root", [false, true]), ("ns", [false, false])];
    for (scope, wanted) in rows {
        for (words, wanted) in ["sidecar", "ambient"].iter().zip(wanted) {
            let mut mesh = mesh(words);
            let policy = peer_authentication(&format!("{scope} STRICT"));
            mesh.peer_authentications.push(PeerAuthentication { empty_selector: true, ..policy });
            assert_eq!(allowed(&mesh, "P pod:8080"), wanted, "{words}: {scope}");
        }
    }
}
