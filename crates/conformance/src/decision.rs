//! What becomes of a request, in one form whoever says it.

use std::collections::{BTreeMap, BTreeSet};

use s2a_model::evaluate::Delivered;
use s2a_model::{Backend, EnforcementPoint, HttpRequest, Outcome, Refusal, Share, normalize};
use serde::Deserialize;

use crate::escape::escape;
use crate::question::target;

/// A fate as the recorder writes it (`testdata/baseline/recorder/request.go`).
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fate {
    /// Why it could not be judged.
    #[serde(default)]
    pub error: String,
    #[serde(default)]
    status: u16,
    #[serde(default)]
    location: String,
    #[serde(default)]
    body: String,
    #[serde(default)]
    refused: String,
    #[serde(default)]
    shares: Vec<RecordedShare>,
}

#[derive(Clone, Debug, Deserialize)]
struct RecordedShare {
    weight: u64,
    pool: Vec<RecordedBackend>,
}

#[derive(Clone, Debug, Deserialize)]
struct RecordedBackend {
    pod: String,
    port: u16,
    #[serde(default)]
    refused: String,
    http: Option<RecordedHttp>,
}

#[derive(Clone, Debug, Deserialize)]
struct RecordedHttp {
    method: String,
    path: String,
    host: String,
    #[serde(default)]
    headers: Vec<(String, String)>,
}

/// A part of the traffic: its backends, where each of them refuses, and what it receives.
type Part = Share<String>;

/// What the real proxies do, as a row says it.
#[must_use]
pub fn recorded(fate: &Fate, sent: Option<&HttpRequest>) -> String {
    if fate.status > 0 {
        let detail = if fate.location.is_empty() { &fate.body } else { &fate.location };
        return answered(fate.status, detail);
    }
    if !fate.refused.is_empty() {
        return format!("refused {}", fate.refused);
    }
    let part = |share: &RecordedShare| {
        let backend = |one: &RecordedBackend| {
            let (namespace, name) = one.pod.split_once('/').unwrap_or_default();
            let backend = match one.pod.contains('/') {
                true => Backend::Workload(s2a_model::Name::new(namespace, name), one.port),
                false => Backend::External(one.pod.clone(), one.port),
            };
            (backend, one.refused.clone())
        };
        let received = share.pool.iter().find(|one| one.refused.is_empty()).and_then(|one| one.http.as_ref());
        let received = received.zip(sent).map(|(received, sent)| received.request(sent));
        part(share.weight, share.pool.iter().map(backend).collect(), changes(sent, received.as_ref()))
    };
    shared(fate.shares.iter().map(part).collect())
}

/// What the model says, in the same words.
#[must_use]
pub fn modelled(outcome: &Outcome<Delivered>, sent: Option<&HttpRequest>) -> String {
    match outcome {
        Outcome::Answered { status, detail } => answered(*status, detail),
        Outcome::Refused(refusal) => format!("refused {}", point(refusal)),
        Outcome::Forwarded(shares) => {
            let to_part = |share: &Share<Delivered>| {
                let pool: Pool = share
                    .pool
                    .iter()
                    .map(|(to, no)| (to.clone(), no.as_ref().map(point).unwrap_or_default()))
                    .collect();
                let open = pool.values().any(String::is_empty);
                let received = share.what.http.as_ref().filter(|_| open);
                part(share.weight, pool, changes(sent, received))
            };
            shared(shares.iter().map(to_part).collect())
        }
    }
}

/// Whether the model says what was recorded. Where a request gets nowhere, no policy has refused it, and the model may
/// see the refusal at the next point. A route that answers a bare 404 is to the model what it is to the client: no route.
#[must_use]
pub fn agrees(recorded: &str, modelled: &str) -> bool {
    let gets_nowhere = |decision: &str| decision == "refused nowhere";
    let refused = |decision: &str| decision.starts_with("refused ");
    recorded == modelled
        || (gets_nowhere(recorded) && refused(modelled))
        || (refused(recorded) && gets_nowhere(modelled))
        || (recorded == "answer 404" && gets_nowhere(modelled))
}

/// Backends, and where each refuses; empty where it does not.
type Pool = BTreeMap<Backend, String>;

fn part(weight: u64, pool: Pool, what: String) -> (Pool, Part) {
    // The point is kept beside the share, since two refusals are alike wherever they happen.
    let marked = pool.iter().map(|(to, at)| {
        let refusal = (!at.is_empty()).then_some(Refusal { at: None, by: None });
        (to.clone(), refusal)
    });
    let share = Share { pool: marked.collect(), weight, what };
    (pool, share)
}

fn shared(parts: Vec<(Pool, Part)>) -> String {
    let points: BTreeMap<Backend, String> = parts.iter().flat_map(|(pool, _)| pool.clone()).collect();
    let parts = normalize(parts.into_iter().map(|(_, part)| part).collect());
    let open = parts.iter().any(|part| part.pool.values().any(Option::is_none));
    if !open {
        let at: BTreeSet<&str> = points.values().map(String::as_str).collect();
        let at: Vec<&str> = at.into_iter().collect();
        return format!("refused {}", if at.is_empty() { "nowhere".to_owned() } else { at.join(",") });
    }
    let whole = parts.len() == 1;
    let texts = parts.iter().map(|part| {
        let weight = if whole { String::new() } else { format!("{}*", part.weight) };
        let pool: Vec<String> = part.pool.keys().map(|to| backend(to, &points)).collect();
        let pool = if pool.is_empty() { "nowhere".to_owned() } else { pool.join("|") };
        format!("{weight}{pool}{}", part.what)
    });
    let mut texts: Vec<String> = texts.collect();
    texts.sort();
    texts.join(" + ")
}

fn backend(to: &Backend, points: &BTreeMap<Backend, String>) -> String {
    let name = match to {
        Backend::Workload(name, port) => format!("{name}:{port}"),
        Backend::External(host, port) => format!("{host}:{port}"),
    };
    match points.get(to).map(String::as_str) {
        None | Some("") => name,
        Some(at) => format!("{name}!{at}"),
    }
}

fn answered(status: u16, detail: &str) -> String {
    // Requests carry their query apart, so a location is compared without.
    let detail = detail.split('?').next().unwrap_or_default();
    if detail.is_empty() { format!("answer {status}") } else { format!("answer {status} {}", escape(detail)) }
}

fn point(refusal: &Refusal) -> String {
    match &refusal.at {
        None => "nowhere",
        Some(EnforcementPoint::Sidecar(_)) => "sidecar",
        Some(EnforcementPoint::Ztunnel(_)) => "ztunnel",
        Some(EnforcementPoint::Waypoint(_)) => "waypoint",
    }
    .to_owned()
}

/// What is other in the request that arrives than in the one that was sent. The token's header is not looked at.
fn changes(sent: Option<&HttpRequest>, received: Option<&HttpRequest>) -> String {
    let (Some(sent), Some(received)) = (sent, received) else { return String::new() };
    let mut text = String::new();
    let mut say = |what: &str, value: &str| text.push_str(&format!(" {what}{}", escape(value)));
    if sent.method != received.method {
        say("method=", &received.method);
    }
    if target(sent) != target(received) {
        say("path=", &target(received));
    }
    if sent.host != received.host {
        say("host=", &received.host);
    }
    let names: BTreeSet<&String> = sent.headers.keys().chain(received.headers.keys()).collect();
    for name in names.into_iter().filter(|name| *name != "authorization") {
        let (old, new) = (sent.headers.get(name), received.headers.get(name));
        match new {
            None => say("-", name),
            Some(lines) if old != new => {
                for line in lines {
                    say("+", &format!("{name}:{line}"));
                }
            }
            Some(_) => {}
        }
    }
    text
}

impl RecordedHttp {
    /// An empty host is the address that was dialled.
    fn request(&self, sent: &HttpRequest) -> HttpRequest {
        let (path, query) = self.path.split_once('?').unwrap_or((&self.path, ""));
        let mut http = HttpRequest::get(if self.host.is_empty() { &sent.host } else { &self.host });
        self.method.clone_into(&mut http.method);
        path.clone_into(&mut http.path);
        for pair in query.split('&').filter(|pair| !pair.is_empty()) {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            http.query.entry(name.to_owned()).or_insert_with(|| value.to_owned());
        }
        for (name, line) in &self.headers {
            http.headers.entry(name.clone()).or_default().push(line.clone());
        }
        http
    }
}
