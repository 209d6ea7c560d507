//! Which questions are put to a mesh.

#![expect(clippy::indexing_slicing, reason = "indices are taken below the length")]

use std::collections::BTreeSet;
use std::net::Ipv4Addr;

use s2a_model::topology::{DataPlaneMode, Protocol, Role};
use s2a_model::{Destination, Mesh, Name};
use serde_json::Value;

use crate::pools::Pools;
use crate::question::{Asker, Carried, PLAIN_ADDRESS, Question, request};

/// Chooses about `count` questions: every kind of client at every address comes first, with requests made of the texts
/// of the mesh. Equal seeds give equal questions.
#[must_use]
pub fn questions(meshes: &[&Mesh], pools: &Pools, seed: u64, count: usize) -> Vec<Question> {
    let mut dice = Dice(seed | 1);
    let destinations = destinations(meshes);
    let clients = clients(meshes, pools);
    let mut chosen: BTreeSet<String> = BTreeSet::new();
    let mut questions = Vec::new();
    if destinations.is_empty() {
        return questions;
    }
    let mut turn = 0;
    while questions.len() < count && turn < count.saturating_mul(4) {
        let (to, protocol) = &destinations[turn % destinations.len()];
        let client = match turn / destinations.len() {
            round if round < clients.len() => clients[round].clone(),
            _ => dice.of(&clients).clone(),
        };
        turn += 1;
        let Some(question) = question(&mut dice, client, to, *protocol, pools) else { continue };
        if askable(&question, meshes) && chosen.insert(question.to_string()) {
            questions.push(question);
        }
    }
    questions
}

fn question(dice: &mut Dice, client: Asker, to: &Destination, protocol: Protocol, pools: &Pools) -> Option<Question> {
    let is_http = match protocol {
        Protocol::Http => !dice.one_in(8),
        Protocol::Tcp => false,
        Protocol::Sniffed => !dice.one_in(3),
        // The recorder begins no TLS of its own.
        Protocol::Tls | Protocol::Udp => return None,
    };
    let address = if pools.addresses.is_empty() || dice.one_in(3) {
        PLAIN_ADDRESS
    } else {
        *dice.of(&pools.addresses.iter().copied().collect::<Vec<Ipv4Addr>>())
    };
    let mut question = Question { client, address, to: to.clone(), http: None, token: Carried::Nothing };
    if !is_http {
        return Some(question);
    }
    let mut http = request(&dice.text(&pools.methods), &dice.text(&pools.paths), to);
    if !pools.hosts.is_empty() && dice.one_in(6) {
        http.host = dice.text(&pools.hosts);
    } else if dice.one_in(8) {
        http.host = short_host(to);
    }
    for (name, lines) in &pools.headers {
        if dice.one_in(2) {
            http.headers.entry(name.clone()).or_default().push(dice.text(lines));
        }
    }
    question.http = Some(http);
    question.token = token(dice, pools);
    Some(question)
}

fn short_host(to: &Destination) -> String {
    match to {
        Destination::Service { service, port } => format!("{}.{}:{port}", service.name, service.namespace),
        Destination::Workload { .. } => Question::usual_host(to),
    }
}

fn token(dice: &mut Dice, pools: &Pools) -> Carried {
    if (pools.issuers.is_empty() && pools.claims.is_empty()) || dice.one_in(3) {
        return Carried::Nothing;
    }
    if dice.one_in(6) {
        return Carried::Rubbish;
    }
    let mut claims = serde_json::Map::new();
    if !pools.issuers.is_empty() {
        claims.insert("iss".to_owned(), Value::String(dice.text(&pools.issuers)));
    }
    if !dice.one_in(4) {
        let subject = if pools.subjects.is_empty() { "somebody".to_owned() } else { dice.text(&pools.subjects) };
        claims.insert("sub".to_owned(), Value::String(subject));
    }
    for (name, values) in &pools.claims {
        // A claim inside of a claim is left out: its outer one would have to be an object.
        if !name.contains('.') && !dice.one_in(3) {
            claims.insert(name.clone(), Value::String(dice.text(values)));
        }
    }
    Carried::Signed(claims)
}

/// Every address of every mesh, with what it is taken for.
fn destinations(meshes: &[&Mesh]) -> Vec<(Destination, Protocol)> {
    let mut all: Vec<(Destination, Protocol)> = Vec::new();
    for mesh in meshes {
        for service in mesh.services.iter().filter(|service| service.external_name.is_none()) {
            let of = |port: &s2a_model::topology::ServicePort| {
                (Destination::Service { service: service.name.clone(), port: port.number }, port.protocol)
            };
            all.extend(service.ports.iter().map(of));
        }
        for workload in mesh.workloads.iter().filter(|workload| workload.role == Role::Application) {
            let of = |port: u16| {
                let to = Destination::Workload { workload: workload.name.clone(), port };
                (to, mesh.protocol_of_pod_port(workload, port))
            };
            all.extend(mesh.pod_ports(workload).into_iter().map(of));
        }
    }
    all.sort();
    all.dedup_by(|one, other| one.0 == other.0);
    all
}

/// Workloads and accounts of the meshes, a stranger, somebody outside.
fn clients(meshes: &[&Mesh], pools: &Pools) -> Vec<Asker> {
    let application = |workload: &&s2a_model::topology::Workload| {
        workload.role == Role::Application && workload.mode != DataPlaneMode::None
    };
    let workloads = meshes.iter().flat_map(|mesh| mesh.workloads.iter().filter(application));
    let mut all: BTreeSet<Asker> = workloads.map(|workload| Asker::Mesh(workload.name.clone())).collect();
    all.extend(pools.accounts.iter().cloned().map(Asker::Mesh));
    let mut all: Vec<Asker> = all.into_iter().take(8).collect();
    all.push(Asker::Mesh(Name::new("stranger", "stranger")));
    all.push(Asker::Outside);
    all
}

/// Whether real proxies and model are asked the same thing: a pod does not call itself, and a client is in the mesh
/// before and after.
#[must_use]
pub fn askable(question: &Question, meshes: &[&Mesh]) -> bool {
    let Asker::Mesh(name) = &question.client else { return true };
    let selected = |mesh: &&Mesh, service: &Name| {
        let both = mesh.service(service).zip(mesh.workload(name));
        both.is_some_and(|(service, workload)| service.headless && service.selects(workload))
    };
    let itself = match &question.to {
        Destination::Workload { workload, .. } => workload == name,
        Destination::Service { service, .. } => meshes.iter().any(|mesh| selected(mesh, service)),
    };
    let outside = |mesh: &&Mesh| mesh.workload(name).is_some_and(|one| one.mode == DataPlaneMode::None);
    !itself && !meshes.iter().any(outside)
}

/// Whether a sidecar takes the request to what was dialled: it goes by the `Host`, and the model assumes that this is a
/// name of the Service, or the address of the pod.
#[must_use]
pub fn host_fits(question: &Question) -> bool {
    let Some(http) = &question.http else { return true };
    let Destination::Service { service, port } = &question.to else {
        return http.host == Question::usual_host(&question.to);
    };
    let own = match &question.client {
        Asker::Mesh(name) | Asker::Gateway(name) => name.namespace == service.namespace,
        Asker::Outside => true,
    };
    let host = http.host.strip_suffix(&format!(":{port}")).unwrap_or(&http.host);
    let long = format!("{}.{}.svc.cluster.local", service.name, service.namespace);
    let cut = long
        .strip_prefix(host)
        .is_some_and(|rest| rest.is_empty() || rest == ".cluster.local" || rest == ".svc.cluster.local");
    cut || (own && host == service.name)
}

/// Numbers that look random and come again with the same seed (xorshift).
struct Dice(u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn below(&mut self, bound: usize) -> usize {
        let bound = u64::try_from(bound.max(1)).unwrap_or(1);
        usize::try_from(self.next() % bound).unwrap_or(0)
    }

    fn one_in(&mut self, count: usize) -> bool {
        self.below(count) == 0
    }

    fn of<'a, T>(&mut self, all: &'a [T]) -> &'a T {
        &all[self.below(all.len())]
    }

    fn text(&mut self, all: &BTreeSet<String>) -> String {
        all.iter().nth(self.below(all.len())).cloned().unwrap_or_default()
    }
}

/// A seed made of a text (FNV-1a), and the mark by which a mesh is known to be the recorded one.
#[must_use]
pub fn digest(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}
