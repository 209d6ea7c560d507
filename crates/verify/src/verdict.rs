//! The answer to each question: a proof, a request, or the reason why neither can be had.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use rayon::prelude::*;
use s2a_model::authz::JwtRule;
use s2a_model::evaluate::Delivered;
use s2a_model::{ClientKind, Destination, Difference, Mesh, Outcome, Request, difference};

use crate::compile::{Fold, Lists, Unclear, compile, exact_paths};
use crate::logic::{Budget, System, Terminal, Witness, solve};
use crate::request::{assumptions, domains, no_waypoint, request, waypoints};
use crate::slice::{Slice, Way, slices};
use crate::space::{Dimension, Unknown, Value};

/// The answer for one destination and one way.
#[derive(Clone, Debug)]
pub struct Verdict {
    /// What is dialled.
    pub destination: Destination,
    /// On which way.
    pub way: Way,
    /// The answer.
    pub judgement: Judgement,
}

/// What was found.
#[derive(Clone, Debug)]
pub enum Judgement {
    /// Proved: no request tells the two meshes apart.
    Equivalent,
    /// A request of each kind of difference that there is, the plainest one.
    Differs(BTreeMap<Difference, Counterexample>),
    /// Neither proved nor refuted, for this reason.
    Unknown(String),
    /// A request was found and evaluation does not confirm it: a fault of this tool, or of what it assumes.
    Contradiction(String),
}

/// A request that tells two meshes apart, with its fate in both.
#[derive(Clone, Debug)]
pub struct Counterexample {
    /// The request.
    pub request: Request,
    /// Its fate before.
    pub before: Outcome<Delivered>,
    /// Its fate after.
    pub after: Outcome<Delivered>,
    /// Whether the client keeps its sidecar in a mesh that is moved by parts.
    pub keeps_sidecar: bool,
    /// The address of the pods, where a policy asks for it and the input does not show it.
    pub pod_ip: Option<IpAddr>,
    /// Whether nothing would be looser on this way if calls to pod addresses had shown before who calls: the policies
    /// are the same, and the connection is another.
    pub identity_gained: bool,
}

/// Compares two meshes for every destination of the first. The verdicts are sorted by destination and way; what was
/// asked for HTTP and for plain connections on one port is one verdict. The questions know nothing of each other, and
/// are answered on all processors.
#[must_use]
pub fn verify(before: &Mesh, after: &Mesh) -> Vec<Verdict> {
    let slices = slices(before, after);
    let judgements: Vec<Judgement> = slices.par_iter().map(|slice| judge(before, after, slice)).collect();
    let mut verdicts: Vec<Verdict> = Vec::new();
    for (slice, judgement) in slices.into_iter().zip(judgements) {
        let same = |last: &&mut Verdict| last.destination == slice.destination && last.way == slice.way;
        match verdicts.last_mut().filter(same) {
            Some(last) => last.judgement.join(judgement),
            None => verdicts.push(Verdict { destination: slice.destination, way: slice.way, judgement }),
        }
    }
    verdicts
}

impl Judgement {
    /// Puts two answers about one destination together.
    fn join(&mut self, other: Judgement) {
        match (&mut *self, other) {
            (_, Judgement::Equivalent) => {}
            (Judgement::Unknown(_), Judgement::Unknown(_)) | (Judgement::Contradiction(_), _) => {}
            (_, Judgement::Contradiction(why)) => *self = Judgement::Contradiction(why),
            (Judgement::Differs(known), Judgement::Differs(more)) => {
                for (kind, counterexample) in more {
                    let weaker =
                        known.get(&kind).is_none_or(|it| it.identity_gained && !counterexample.identity_gained);
                    if weaker {
                        known.insert(kind, counterexample);
                    }
                }
            }
            // What is not known could be a widening: only one that was found says as much.
            (Judgement::Differs(known), Judgement::Unknown(why)) => {
                if !widens(known) {
                    *self = Judgement::Unknown(why);
                }
            }
            (Judgement::Unknown(_), Judgement::Differs(found)) => {
                if widens(&found) {
                    *self = Judgement::Differs(found);
                }
            }
            (Judgement::Equivalent, other) => *self = other,
        }
    }
}

/// Whether a widening was found that nobody accepts as a whole.
fn widens(found: &BTreeMap<Difference, Counterexample>) -> bool {
    found.get(&Difference::Looser).is_some_and(|it| !it.identity_gained)
}

/// Two rules for one issuer with other keys, or another place to look for the token, may accept different tokens.
fn same_keys(before: &BTreeSet<JwtRule>, after: &BTreeSet<JwtRule>) -> Result<(), Unclear> {
    let of = |rules: &BTreeSet<JwtRule>, issuer: &str| -> BTreeSet<String> {
        rules.iter().filter(|rule| rule.issuer == issuer).map(|rule| rule.fingerprint.clone()).collect()
    };
    for rule in before {
        let (old, new) = (of(before, &rule.issuer), of(after, &rule.issuer));
        if !new.is_empty() && old != new {
            let message =
                format!("the keys of issuer {}, or where its tokens are looked for, are not the same", rule.issuer);
            return Err(Unclear::Said(message));
        }
    }
    Ok(())
}

/// A question about both meshes, ready to be solved.
struct Question {
    system: System,
    /// Callers that are left out.
    waypoints: BTreeSet<String>,
    old: Fold,
    new: Fold,
}

fn question(before: &Mesh, after: &Mesh, slice: &Slice) -> Result<Question, Unclear> {
    let paths = exact_paths(before, slice).into_iter().chain(exact_paths(after, slice)).collect();
    let mut lists = Lists { paths, ..Lists::default() };
    let old = compile(before, slice, &mut lists)?;
    let tokens = std::mem::take(&mut lists.tokens);
    let new = compile(after, slice, &mut lists)?;
    same_keys(&tokens, &lists.tokens)?;
    let system =
        System { lists: lists.lists, assume: assumptions(before, after, slice), domains: domains(before, slice) };
    let waypoints = if slice.client == ClientKind::Mesh { waypoints(before, after) } else { BTreeSet::new() };
    Ok(Question { system, waypoints, old, new })
}

impl Question {
    /// The plainest request for each kind of difference. A mesh may have many waypoints, and a request is seldom one
    /// of theirs, so each is left out when it turns up.
    fn solve(&self, kinds: &[Difference]) -> Result<BTreeMap<Difference, Witness>, Unknown> {
        let judge = |answers: &[Terminal]| difference(&self.old.outcome(answers), &self.new.outcome(answers));
        let mut met = BTreeSet::new();
        loop {
            let mut system = self.system.clone();
            system.assume.extend((!met.is_empty()).then(|| no_waypoint(&met)));
            let found = solve(&system, kinds, &judge, Budget::default())?;
            let known = met.len();
            met.extend(found.values().filter_map(peer).filter(|peer| self.waypoints.contains(peer)));
            if met.len() == known {
                return Ok(found);
            }
        }
    }
}

fn peer(witness: &Witness) -> Option<String> {
    match witness.values.get(&Dimension::Peer) {
        Some(Value::Text(peer)) => Some(peer.clone()),
        _ => None,
    }
}

fn judge(before: &Mesh, after: &Mesh, slice: &Slice) -> Judgement {
    let kinds = [Difference::Looser, Difference::Stricter, Difference::Different];
    let found = match question(before, after, slice) {
        Ok(question) => question.solve(&kinds),
        Err(unclear) => return Judgement::Unknown(unclear.to_string()),
    };
    match found {
        Err(unknown) => Judgement::Unknown(unknown.to_string()),
        Ok(found) if found.is_empty() => Judgement::Equivalent,
        Ok(found) => confirm(before, after, slice, found),
    }
}

/// Evaluates each witness. One that needs a waypoint of a certain address says nothing: nobody knows its address.
fn confirm(before: &Mesh, after: &Mesh, slice: &Slice, found: BTreeMap<Difference, Witness>) -> Judgement {
    let mut confirmed = BTreeMap::new();
    for (kind, witness) in found {
        let mut counterexample = counterexample(before, after, slice, &witness);
        if difference(&counterexample.before, &counterexample.after) != Some(kind) {
            return match witness.values.get(&Dimension::WaypointIp) {
                Some(Value::Ip(_)) => Judgement::Unknown(
                    "a policy at ztunnel judges the waypoint's address, which is not known".to_owned(),
                ),
                _ => Judgement::Contradiction(format!("{kind:?} at {:?}", witness.values)),
            };
        }
        counterexample.identity_gained = kind == Difference::Looser && gains_identity(before, after, slice);
        confirmed.insert(kind, counterexample);
    }
    Judgement::Differs(confirmed)
}

fn counterexample(before: &Mesh, after: &Mesh, slice: &Slice, witness: &Witness) -> Counterexample {
    let request = request(before, slice, witness);
    let pod_ip = match witness.values.get(&Dimension::DestinationIp) {
        Some(Value::Ip(ip)) => Some(*ip),
        _ => None,
    };
    let fate = |mesh: &Mesh| match pod_ip {
        Some(ip) => with_pods_at(mesh, ip).evaluate(&request),
        None => mesh.evaluate(&request),
    };
    Counterexample {
        before: fate(before),
        after: fate(after),
        request,
        keeps_sidecar: slice.remains,
        pod_ip,
        identity_gained: false,
    }
}

/// The mesh with an address for the pods that show none.
fn with_pods_at(mesh: &Mesh, ip: IpAddr) -> Mesh {
    let mut mesh = mesh.clone();
    for workload in &mut mesh.workloads {
        workload.ip = workload.ip.or(Some(ip));
    }
    mesh
}

/// Whether calls to pod addresses are looser for no other reason than that they show now who calls.
fn gains_identity(before: &Mesh, after: &Mesh, slice: &Slice) -> bool {
    if slice.way != Way::PodIp || slice.remains {
        return false;
    }
    let shown = Slice { identified: true, ..slice.clone() };
    let found = question(before, after, &shown).map(|question| question.solve(&[Difference::Looser]));
    matches!(found, Ok(Ok(found)) if found.is_empty())
}
