//! One question about two meshes: put, solved, and confirmed by evaluation.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use s2a_model::authz::JwtRule;
use s2a_model::{ClientKind, Difference, Mesh, difference};

use crate::compile::{Fold, Lists, Unclear, compile, exact_paths};
use crate::logic::{Budget, Solver, System, Terminal, Witness};
use crate::request::{assumptions, domains, no_waypoint, request, waypoints};
use crate::slice::{Slice, Way};
use crate::space::{Dimension, Unknown, Value};
use crate::verdict::{Counterexample, Judgement};

/// Two meshes that are compared.
pub(crate) struct Comparison<'m> {
    before: &'m Mesh,
    after: &'m Mesh,
    waypoints: BTreeSet<String>,
    solver: Solver,
}

/// A question about both meshes, ready to be solved.
struct Question {
    system: System,
    old: Fold,
    new: Fold,
}

impl<'m> Comparison<'m> {
    /// A comparison that has been asked nothing yet.
    pub(crate) fn new(before: &'m Mesh, after: &'m Mesh) -> Self {
        Comparison { before, after, waypoints: waypoints(before, after), solver: Solver::default() }
    }

    /// The answer to one question.
    pub(crate) fn judge(&self, slice: &Slice) -> Judgement {
        let kinds = [Difference::Looser, Difference::Stricter, Difference::Different];
        let found = match self.question(slice) {
            Ok(question) => self.solve(question, slice, &kinds),
            Err(unclear) => return Judgement::Unknown(unclear.to_string()),
        };
        match found {
            Err(unknown) => Judgement::Unknown(unknown.to_string()),
            Ok(found) if found.is_empty() => Judgement::Equivalent,
            Ok(found) => self.confirm(slice, found),
        }
    }

    fn question(&self, slice: &Slice) -> Result<Question, Unclear> {
        let Comparison { before, after, .. } = self;
        let paths = exact_paths(before, slice).into_iter().chain(exact_paths(after, slice)).collect();
        let mut lists = Lists { paths, ..Lists::default() };
        let old = compile(before, slice, &mut lists)?;
        let tokens = std::mem::take(&mut lists.tokens);
        let new = compile(after, slice, &mut lists)?;
        same_keys(&tokens, &lists.tokens)?;
        let system =
            System { lists: lists.lists, assume: assumptions(before, after, slice), domains: domains(before, slice) };
        Ok(Question { system, old, new })
    }

    /// The plainest request for each kind of difference. A mesh may have many waypoints, and a request is seldom one
    /// of theirs, so each is left out when it turns up.
    fn solve(
        &self,
        question: Question,
        slice: &Slice,
        kinds: &[Difference],
    ) -> Result<BTreeMap<Difference, Witness>, Unknown> {
        let Question { mut system, old, new } = question;
        let judge = |answers: &[Terminal]| difference(&old.outcome(answers), &new.outcome(answers));
        let is_waypoint = |peer: &String| slice.client == ClientKind::Mesh && self.waypoints.contains(peer);
        let mut met = BTreeSet::new();
        let assumed = system.assume.len();
        loop {
            let found = self.solver.solve(&system, kinds, &judge, Budget::default())?;
            let known = met.len();
            met.extend(found.values().filter_map(peer).filter(is_waypoint));
            if met.len() == known {
                return Ok(found);
            }
            system.assume.truncate(assumed);
            system.assume.push(no_waypoint(&met));
        }
    }

    /// Evaluates each witness. One that needs a waypoint of a certain address says nothing: nobody knows its address.
    fn confirm(&self, slice: &Slice, found: BTreeMap<Difference, Witness>) -> Judgement {
        let mut confirmed = BTreeMap::new();
        for (kind, witness) in found {
            let mut counterexample = self.counterexample(slice, &witness);
            if difference(&counterexample.before, &counterexample.after) != Some(kind) {
                return match witness.values.get(&Dimension::WaypointIp) {
                    Some(Value::Ip(_)) => Judgement::Unknown(
                        "a policy at ztunnel judges the waypoint's address, which is not known".to_owned(),
                    ),
                    _ => Judgement::Contradiction(format!("{kind:?} at {:?}", witness.values)),
                };
            }
            counterexample.identity_gained = kind == Difference::Looser && self.gains_identity(slice);
            confirmed.insert(kind, counterexample);
        }
        Judgement::Differs(confirmed)
    }

    fn counterexample(&self, slice: &Slice, witness: &Witness) -> Counterexample {
        let request = request(self.before, slice, witness);
        let pod_ip = match witness.values.get(&Dimension::DestinationIp) {
            Some(Value::Ip(ip)) => Some(*ip),
            _ => None,
        };
        let fate = |mesh: &Mesh| match pod_ip {
            Some(ip) => with_pods_at(mesh, ip).evaluate(&request),
            None => mesh.evaluate(&request),
        };
        let (before, after) = (fate(self.before), fate(self.after));
        Counterexample { before, after, request, keeps_sidecar: slice.remains, pod_ip, identity_gained: false }
    }

    /// Whether calls to pod addresses are looser for no other reason than that they show now who calls.
    fn gains_identity(&self, slice: &Slice) -> bool {
        if slice.way != Way::PodIp || slice.remains {
            return false;
        }
        let shown = Slice { identified: true, ..slice.clone() };
        let found = self.question(&shown).map(|question| self.solve(question, &shown, &[Difference::Looser]));
        matches!(found, Ok(Ok(found)) if found.is_empty())
    }
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

fn peer(witness: &Witness) -> Option<String> {
    match witness.values.get(&Dimension::Peer) {
        Some(Value::Text(peer)) => Some(peer.clone()),
        _ => None,
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
