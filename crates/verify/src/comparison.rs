//! One question about two meshes: put, solved, and confirmed by evaluation.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use s2a_model::authz::JwtRule;
use s2a_model::{ClientKind, Difference, Mesh, difference};

use crate::compile::{Compared, FORWARDED_FOR, Fold, Lists, Unclear, compile, exact_paths};
use crate::logic::{Budget, Solver, System, Terminal, Witness};
use crate::request::{assumptions, domains, forwarded, no_waypoint, request, waypoints};
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
    /// What the question leaves out, if anything.
    left_out: Option<String>,
}

impl<'m> Comparison<'m> {
    /// A comparison that has been asked nothing yet.
    pub(crate) fn new(before: &'m Mesh, after: &'m Mesh) -> Self {
        Comparison { before, after, waypoints: waypoints(before, after), solver: Solver::default() }
    }

    /// The answer to one question.
    pub(crate) fn judge(&self, slice: &Slice) -> Judgement {
        let kinds = [Difference::Looser, Difference::Stricter, Difference::Different];
        let mut question = match self.question(slice) {
            Ok(question) => question,
            Err(unclear) => return Judgement::Unknown(unclear.to_string()),
        };
        let left_out = question.left_out.take();
        match self.solve(question, slice, &kinds) {
            Err(unknown) => Judgement::Unknown(unknown.to_string()),
            Ok(found) if found.is_empty() => left_out.map_or(Judgement::Equivalent, Judgement::Unknown),
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
        let mut assume = assumptions(before, after, slice);
        assume.extend(forwarded(slice).filter(|literal| lists.ask_for(&literal.dimension)));
        let system = System { lists: lists.lists, assume, domains: domains(before, slice, &lists.compared) };
        Ok(Question { system, old, new, left_out: repeated_lines(&lists.compared) })
    }

    /// The plainest request for each kind of difference. A mesh may have many waypoints, and a request is seldom one
    /// of theirs, so each is left out when it turns up.
    fn solve(
        &self,
        question: Question,
        slice: &Slice,
        kinds: &[Difference],
    ) -> Result<BTreeMap<Difference, Witness>, Unknown> {
        let Question { mut system, old, new, left_out: _ } = question;
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

    /// Evaluates each witness. One of which not all is known says nothing.
    fn confirm(&self, slice: &Slice, found: BTreeMap<Difference, Witness>) -> Judgement {
        let mut confirmed = BTreeMap::new();
        for (kind, witness) in found {
            let mut counterexample = self.counterexample(slice, &witness);
            if difference(&counterexample.before, &counterexample.after) != Some(kind) {
                return match not_known(&witness) {
                    Some(why) => Judgement::Unknown(why.to_owned()),
                    None => Judgement::Contradiction(format!("{kind:?} at {:?}", witness.values)),
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

/// Where one list compares the lines of a header one by one and another one joins them, only single lines are asked about.
fn repeated_lines(compared: &Compared) -> Option<String> {
    let name = compared.by_line.intersection(&compared.joined).next()?;
    Some(format!("several lines of header {name} are compared one by one in one place and joined in another"))
}

/// What keeps a witness from being a request that can be sent: nobody knows the address of a waypoint, and a text that a
/// policy asks of `x-forwarded-for` need not end in the address that another asks for.
fn not_known(witness: &Witness) -> Option<&'static str> {
    let value = |dimension: &Dimension| witness.values.get(dimension);
    if let Some(Value::Ip(_)) = value(&Dimension::WaypointIp) {
        return Some("a policy judges the waypoint's address, which is not known");
    }
    let forwarded = value(&Dimension::Header(FORWARDED_FOR.to_owned()));
    let has_text = match forwarded {
        Some(Value::Text(text)) => !text.is_empty(),
        Some(Value::Lines(_)) => true,
        Some(Value::Absent | Value::Ip(_) | Value::Flag(_)) | None => false,
    };
    (has_text && value(&Dimension::RemoteIp).is_some())
        .then_some("policies judge the text of x-forwarded-for, and the address in it")
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
    mesh.workloads.update(|workload| workload.ip = workload.ip.or(Some(ip)));
    mesh
}
