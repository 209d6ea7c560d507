//! Random requests that a verdict speaks of.

use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, Ipv4Addr};

use proptest::prelude::RngExt;
use proptest::test_runner::{RngAlgorithm, TestRng};
use s2a_model::topology::{Protocol, Role};
use s2a_model::{Claims, Client, ClientKind, Destination, HttpRequest, Mesh, Principal, Request, Token};
use s2a_verify::{Verdict, Way};

/// Endless random requests to the destination of a verdict, on its way.
pub(crate) fn requests<'a>(
    before: &'a Mesh,
    after: &'a Mesh,
    verdict: &'a Verdict,
    seed: u64,
) -> impl Iterator<Item = Request> + 'a {
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&seed.to_le_bytes());
    let mut draw = Draw(TestRng::from_seed(RngAlgorithm::ChaCha, &bytes));
    std::iter::from_fn(move || Some(draw.request(before, after, verdict)))
}

struct Draw(TestRng);

impl Draw {
    fn of<'a, T>(&mut self, items: &'a [T]) -> &'a T {
        &items[self.0.random_range(0..items.len())]
    }

    fn one_in(&mut self, chances: u32) -> bool {
        self.0.random_range(0..chances) == 0
    }

    fn request(&mut self, before: &Mesh, after: &Mesh, verdict: &Verdict) -> Request {
        let protocol = match &verdict.destination {
            Destination::Service { service, port } => before.service(service).unwrap().port(*port).unwrap().protocol,
            Destination::Workload { workload, port } => {
                before.protocol_of_pod_port(before.workload(workload).unwrap(), *port)
            }
        };
        let is_http = match protocol {
            Protocol::Http => true,
            Protocol::Tcp | Protocol::Tls | Protocol::Udp => false,
            Protocol::Sniffed => !self.one_in(3),
        };
        let http = is_http.then(|| self.http(&verdict.destination));
        let token = if is_http { self.token() } else { Token::None };
        let providers = s2a_model::evaluate::providers(before);
        let denied_by: BTreeSet<String> = providers.into_iter().filter(|_| self.one_in(2)).collect();
        let client = self.client(before, after, verdict.way);
        Request { client, to: verdict.destination.clone(), http, token, denied_by }
    }

    fn client(&mut self, before: &Mesh, after: &Mesh, way: Way) -> Client {
        let ip = *self.of(&[Ipv4Addr::new(10, 0, 0, 1), Ipv4Addr::new(192, 168, 1, 1), Ipv4Addr::new(8, 8, 8, 8)]);
        let (kind, principal) = match way {
            Way::Service | Way::PodIp => (ClientKind::Mesh, Some(self.principal(after))),
            Way::Plaintext => (ClientKind::Outside, None),
            Way::Ingress => (ClientKind::Gateway, Some(gateway(before))),
        };
        Client { kind, principal, ip: IpAddr::V4(ip), workload: None }
    }

    /// Any identity of the mesh but a waypoint's.
    fn principal(&mut self, after: &Mesh) -> Principal {
        loop {
            let namespace = *self.of(&["shop", "bank", "other", "shopping"]);
            let account = *self.of(&["web", "api", "default", "waypoint"]);
            let principal = Principal::of(&after.settings.trust_domain, namespace, account);
            if after.waypoints.iter().all(|waypoint| after.waypoint_principal(waypoint) != principal) {
                return principal;
            }
        }
    }

    fn http(&mut self, to: &Destination) -> HttpRequest {
        let host = match to {
            Destination::Service { service, port } => {
                let name = &service.name;
                let mut forms = vec![name.clone(), format!("{name}.{}", service.namespace)];
                forms.push(format!("{name}.{}.svc", service.namespace));
                forms.push(format!("{name}.{}.svc.cluster.local", service.namespace));
                let ported: Vec<String> = forms.iter().map(|form| format!("{form}:{port}")).collect();
                forms.extend(ported);
                self.of(&forms).clone()
            }
            Destination::Workload { workload, port } => format!("{}:{port}", workload.name),
        };
        let paths =
            ["/", "/a", "/a/", "/a/b", "/a/b/", "/ab", "/A", "/A/b", "/a/7", "/x/b", "/b", "/abc/b", "/a/b/c", "/c"];
        let mut http = HttpRequest::get(&host);
        http.path = (*self.of(&paths)).to_owned();
        http.method = (*self.of(&["GET", "POST", "PUT", "get"])).to_owned();
        for name in ["x-tier", "x-user"] {
            if self.one_in(2) {
                let lines = if self.one_in(5) { 2 } else { 1 };
                let lines = (0..lines).map(|_| (*self.of(&["gold", "go", "", "silver"])).to_owned()).collect();
                http.headers.insert(name.to_owned(), lines);
            }
        }
        if self.one_in(4) {
            http.headers.insert("x-forwarded-for".to_owned(), vec![(*self.of(&["10.0.0.7", "8.8.4.4"])).to_owned()]);
        }
        if self.one_in(2) {
            http.query.insert("q".to_owned(), (*self.of(&["gold", "go", ""])).to_owned());
        }
        http
    }

    fn token(&mut self) -> Token {
        if self.one_in(2) {
            return Token::None;
        }
        if self.one_in(6) {
            return Token::Invalid;
        }
        let mut others: BTreeMap<Vec<String>, Vec<String>> = BTreeMap::new();
        if self.one_in(2) {
            others.insert(vec!["groups".to_owned()], vec![(*self.of(&["admin", "user"])).to_owned()]);
        }
        if self.one_in(2) {
            others.insert(vec!["aud".to_owned()], vec![(*self.of(&["aud-a", "aud-b"])).to_owned()]);
        }
        let subject = (!self.one_in(4)).then(|| (*self.of(&["ann", "bob"])).to_owned());
        Token::Valid(Claims { issuer: (*self.of(&["issuer-a", "issuer-b", "issuer-c"])).to_owned(), subject, others })
    }
}

/// The identity of the ingress gateway.
fn gateway(mesh: &Mesh) -> Principal {
    let known = mesh.workloads.iter().find(|workload| workload.role == Role::Gateway);
    known.map_or_else(
        || Principal::of(&mesh.settings.trust_domain, "istio-system", "istio-ingressgateway-service-account"),
        |workload| mesh.principal_of(workload),
    )
}
