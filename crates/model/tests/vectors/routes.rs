//! Route lists in words: rules with `;` between them, each `conditions→target`.
//!
//! Conditions on the path: `p:` prefix, `e:` exact, `r:` regular expression, `*` none (VirtualService), `PP:`, `EX:`,
//! `RX:` (HTTPRoute). Headers: `h{x=1}` exact, `h{x^1}` prefix, `h{x~re}` regular expression, `h{x}` present, several
//! with commas; `!h{…}` without them. `q{…}` query parameters, `m=` and `m~` method, `authority=`, `port=`, `ns=`
//! (of the client), `gateway=`, `labels{a=1}` (of the client), `ignoreUriCase`. `%2C` is a comma in a value.
//!
//! Targets are Services of `foo`: `A` or, with weights, `A:1,B:3`.

use s2a_model::route::{
    BackendRef, HeaderMatch, HeaderTest, HttpRoute, ParentRef, QueryMatch, RouteAction, RouteMatch, RouteRule,
    VirtualService,
};
use s2a_model::topology::Protocol;
use s2a_model::{Mesh, Name, Origin, Pattern, TextMatch};

use crate::mesh::{apply_words, mesh, object, service, workload};

pub(crate) const WEB: &str = "web.foo.svc.cluster.local";

/// The mesh of the words, and in it Services `a` to `e` in `foo` with their workloads, ports 80 and 8080 (pod ports 8080
/// and 9000) like `web`, and a client `client` in `foo` and in `bar`.
pub(crate) fn routed(words: &str) -> Mesh {
    let mut mesh = mesh("");
    mesh.services.update(|web| web.ports = ports("web").ports);
    for name in ["a", "b", "c", "d", "e"] {
        mesh.services.push(ports(name));
        if name != "a" {
            mesh.workloads.push(workload("foo", name, "10.0.1.1"));
        }
    }
    mesh.workloads.extend(["foo", "bar"].map(|namespace| workload(namespace, "client", "10.0.0.5")));
    apply_words(&mut mesh, words);
    mesh
}

fn ports(name: &str) -> s2a_model::topology::Service {
    service("foo", name, &[(80, 8080, Protocol::Http), (8080, 9000, Protocol::Http)])
}

/// A VirtualService in `foo` for `web`.
pub(crate) fn virtual_service(text: &str) -> VirtualService {
    let name = Name::new("foo", "routes");
    VirtualService {
        hosts: vec![WEB.to_owned()],
        gateways: Vec::new(),
        exported: true,
        rules: rules(text, None),
        connections: Vec::new(),
        delegates: Vec::new(),
        not_modelled: Vec::new(),
        controller: None,
        created: None,
        object: object("VirtualService", &name),
        name,
    }
}

/// An HTTPRoute in `foo` for `web`, whose backends are ports 80.
pub(crate) fn http_route(name: &str, text: &str) -> HttpRoute {
    let name = Name::new("foo", name);
    HttpRoute {
        parents: vec![ParentRef { service: Name::new("foo", "web"), port: None }],
        rules: rules(text, Some(80)),
        void: false,
        created: None,
        object: object("HTTPRoute", &name),
        name,
    }
}

/// A destination in `foo`.
pub(crate) fn backend(name: &str, port: Option<u16>, weight: u32) -> BackendRef {
    BackendRef { weight, ..BackendRef::to(format!("{}.foo.svc.cluster.local", name.to_lowercase()), port) }
}

fn rules(text: &str, port: Option<u16>) -> Vec<RouteRule> {
    text.split(';').map(|rule| self::rule(rule.trim(), port)).collect()
}

fn rule(text: &str, port: Option<u16>) -> RouteRule {
    let (conditions, target) = text.split_once('→').unwrap_or((text, ""));
    let backend = |entry: &str| {
        let (name, weight) = entry.split_once(':').unwrap_or((entry, "1"));
        backend(name, port, weight.parse().unwrap())
    };
    let backends = target.split(',').filter(|entry| !entry.is_empty()).map(backend).collect();
    let matches = if conditions.is_empty() { Vec::new() } else { vec![condition(conditions)] };
    RouteRule { name: None, matches, action: RouteAction::forward(backends), origin: Origin::default() }
}

fn condition(text: &str) -> RouteMatch {
    let mut condition = RouteMatch::any(Origin::default());
    for word in text.split_whitespace() {
        let word = word.strip_prefix('*').unwrap_or(word);
        if !word.is_empty() {
            apply(&mut condition, word);
        }
    }
    condition
}

fn apply(condition: &mut RouteMatch, word: &str) {
    if let Some((kind, list)) = word.strip_suffix('}').and_then(|word| word.split_once('{')) {
        list.split(',').for_each(|entry| apply_entry(condition, kind, entry));
    } else if let Some((kind, value)) = word.split_once(':').filter(|(kind, _)| is_path(kind)) {
        condition.path.any_of = vec![path(kind, value)];
    } else if word == "ignoreUriCase" {
        condition.path.ignore_case = true;
    } else if let Some(regex) = word.strip_prefix("m~") {
        condition.method = Some(TextMatch::of(Pattern::Regex(regex.to_owned())));
    } else {
        let (name, value) = word.split_once('=').unwrap_or_else(|| panic!("unknown word {word}"));
        apply_pair(condition, name, value);
    }
}

fn apply_pair(condition: &mut RouteMatch, name: &str, value: &str) {
    let exact = || Some(TextMatch::of(Pattern::Exact(value.to_owned())));
    match name {
        "m" => condition.method = exact(),
        "authority" => condition.authority = exact(),
        "port" => condition.port = Some(value.parse().unwrap()),
        "ns" => condition.client.namespace = Some(value.to_owned()),
        "gateway" => condition.client.gateways.push(value.to_owned()),
        other => panic!("unknown condition {other}"),
    }
}

fn is_path(kind: &str) -> bool {
    matches!(kind, "p" | "e" | "r" | "PP" | "EX" | "RX")
}

/// One trailing slash of an HTTPRoute's prefix does not count, and `/` is any path.
fn path(kind: &str, value: &str) -> Pattern {
    match (kind, value) {
        ("p", _) | ("PP", "/") => Pattern::Prefix(value.to_owned()),
        ("PP", _) => Pattern::SegmentPrefix(value.strip_suffix('/').unwrap_or(value).to_owned()),
        ("e" | "EX", _) => Pattern::Exact(value.to_owned()),
        _ => Pattern::Regex(value.to_owned()),
    }
}

fn apply_entry(condition: &mut RouteMatch, kind: &str, entry: &str) {
    let (name, test) = test(entry);
    match kind {
        "h" | "!h" => {
            let test = test.map_or(HeaderTest::Present, |pattern| HeaderTest::Text(TextMatch::of(pattern)));
            condition.headers.push(HeaderMatch { name, test, negated: kind == "!h" });
        }
        "q" => condition.query.push(QueryMatch { name, value: test.map(TextMatch::of) }),
        "labels" => {
            let Some(Pattern::Exact(value)) = test else { panic!("labels are exact") };
            condition.client.labels.insert(name, value);
        }
        other => panic!("unknown list {other}"),
    }
}

/// The name and what is asked of it; a regular expression of one star asks for presence.
fn test(entry: &str) -> (String, Option<Pattern>) {
    let Some(at) = entry.find(['=', '^', '~']) else { return (entry.to_owned(), None) };
    let value = entry[at + 1..].replace("%2C", ",");
    let pattern = match &entry[at..=at] {
        "=" => Some(Pattern::Exact(value)),
        "^" => Some(Pattern::Prefix(value)),
        _ if value == "*" => None,
        _ => Some(Pattern::Regex(value)),
    };
    (entry[..at].to_owned(), pattern)
}
