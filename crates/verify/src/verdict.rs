//! The answer to each question: a proof, a request, or the reason why neither can be had.

use std::collections::{BTreeMap, BTreeSet};

use s2a_model::authz::JwtRule;
use s2a_model::evaluate::Delivered;
use s2a_model::{Destination, Difference, Mesh, Outcome, Request, difference};

use crate::compile::{Lists, Unclear, compile, exact_paths};
use crate::logic::{Budget, System, solve};
use crate::request::{assumptions, domains, request};
use crate::slice::{Slice, Way, slices};

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
}

/// Compares two meshes for every destination of the first. The verdicts are sorted by destination and way; what was
/// asked for HTTP and for plain connections on one port is one verdict.
#[must_use]
pub fn verify(before: &Mesh, after: &Mesh) -> Vec<Verdict> {
    let mut verdicts: Vec<Verdict> = Vec::new();
    for slice in slices(before) {
        let judgement = judge(before, after, &slice);
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
                    known.entry(kind).or_insert(counterexample);
                }
            }
            (Judgement::Differs(_), Judgement::Unknown(_)) => {}
            (Judgement::Equivalent | Judgement::Unknown(_), other) => *self = other,
        }
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

fn judge(before: &Mesh, after: &Mesh, slice: &Slice) -> Judgement {
    let paths = exact_paths(before, slice).into_iter().chain(exact_paths(after, slice)).collect();
    let mut lists = Lists { paths, ..Lists::default() };
    let folds = compile(before, slice, &mut lists).and_then(|old| {
        let tokens = std::mem::take(&mut lists.tokens);
        let new = compile(after, slice, &mut lists)?;
        same_keys(&tokens, &lists.tokens)?;
        Ok((old, new))
    });
    let (old, new) = match folds {
        Ok(folds) => folds,
        Err(unclear) => return Judgement::Unknown(unclear.to_string()),
    };
    let system =
        System { lists: lists.lists, assume: assumptions(before, after, slice), domains: domains(before, slice) };
    let kinds = [Difference::Looser, Difference::Stricter, Difference::Different];
    let judge = |answers: &[u32]| difference(&old.outcome(answers), &new.outcome(answers));
    match solve(&system, &kinds, &judge, Budget::default()) {
        Err(unknown) => Judgement::Unknown(unknown.to_string()),
        Ok(found) if found.is_empty() => Judgement::Equivalent,
        Ok(found) => {
            let mut confirmed = BTreeMap::new();
            for (kind, witness) in found {
                let request = request(before, slice, &witness);
                let counterexample =
                    Counterexample { before: before.evaluate(&request), after: after.evaluate(&request), request };
                if difference(&counterexample.before, &counterexample.after) != Some(kind) {
                    return Judgement::Contradiction(format!("{kind:?} at {:?}", witness.values));
                }
                confirmed.insert(kind, counterexample);
            }
            Judgement::Differs(confirmed)
        }
    }
}
