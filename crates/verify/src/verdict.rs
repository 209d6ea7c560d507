//! The answer to each question: a proof, a request, or the reason why neither can be had.

use std::collections::BTreeMap;
use std::net::IpAddr;

use rayon::prelude::*;
use s2a_model::evaluate::Delivered;
use s2a_model::{Destination, Difference, Mesh, Outcome, Request};

use crate::comparison::Comparison;
use crate::slice::{Way, slices};

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
    let comparison = Comparison::new(before, after);
    let judgements: Vec<Judgement> = slices.par_iter().map(|slice| comparison.judge(slice)).collect();
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
