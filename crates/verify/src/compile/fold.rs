//! What the answers of all lists mean together.

use std::collections::BTreeMap;

use s2a_model::evaluate::Effect;
use s2a_model::route::{HeaderChanges, PathRewrite};
use s2a_model::{Backend, EnforcementPoint, Outcome, Refusal, Share, normalize};

use super::policies::REFUSED;
use crate::logic::Terminal;

/// How the answers of the lists are put together.
#[derive(Debug)]
pub(crate) struct Fold {
    /// The waypoint's policies.
    pub(super) waypoint: Option<Gate>,
    /// The list of routes, whose answers count the actions.
    pub(super) routes: Option<usize>,
    /// What is done: the first where no route matches, then one for each route.
    pub(super) actions: Vec<Action>,
}

/// What a route does.
#[derive(Debug)]
pub(super) enum Action {
    /// Sends the request to backends.
    Forward(Vec<PlannedShare>),
    /// Answers it.
    Answer { status: u16, detail: String },
    /// There is no route.
    Nowhere,
}

/// A share of the traffic with what stands in front of each backend.
#[derive(Debug)]
pub(super) struct PlannedShare {
    pub(super) pool: Vec<(Backend, Gate)>,
    pub(super) weight: u64,
    pub(super) what: Sent,
}

/// Whether a backend is reached.
#[derive(Clone, Debug)]
pub(super) enum Gate {
    /// Always.
    Open,
    /// Never: there is no such workload.
    Missing,
    /// Never: the point cannot take the connection.
    Shut(EnforcementPoint),
    /// As this list says.
    List(EnforcementPoint, usize),
}

/// What is sent to a backend, in a form that can be compared without a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Sent {
    pub(super) path: PathRewrite,
    pub(super) host: Option<String>,
    pub(super) headers: HeaderChanges,
    pub(super) effect: Effect,
}

impl Default for Sent {
    fn default() -> Self {
        Sent { path: PathRewrite::Keep, host: None, headers: HeaderChanges::default(), effect: Effect::default() }
    }
}

impl Fold {
    /// The fate of the requests for which the lists give these answers.
    pub(crate) fn outcome(&self, answers: &[Terminal]) -> Outcome<Sent> {
        if let Some(refusal) = self.waypoint.as_ref().and_then(|gate| gate.refusal(answers)) {
            return Outcome::Refused(refusal);
        }
        let chosen = self.routes.and_then(|list| answers.get(list)).copied().unwrap_or_default();
        match self.actions.get(usize::try_from(chosen).unwrap_or_default()) {
            Some(Action::Forward(shares)) => {
                Outcome::Forwarded(normalize(shares.iter().map(|share| share.outcome(answers)).collect()))
            }
            Some(Action::Answer { status, detail }) => Outcome::Answered { status: *status, detail: detail.clone() },
            Some(Action::Nowhere) | None => Outcome::Refused(Refusal { at: None, by: None }),
        }
    }
}

impl PlannedShare {
    fn outcome(&self, answers: &[Terminal]) -> Share<Sent> {
        let pool: BTreeMap<Backend, Option<Refusal>> =
            self.pool.iter().map(|(backend, gate)| (backend.clone(), gate.refusal(answers))).collect();
        Share { pool, weight: self.weight, what: self.what.clone() }
    }
}

impl Gate {
    fn refusal(&self, answers: &[Terminal]) -> Option<Refusal> {
        match self {
            Gate::Open => None,
            Gate::Missing => Some(Refusal { at: None, by: None }),
            Gate::Shut(point) => Some(Refusal { at: Some(point.clone()), by: None }),
            Gate::List(point, list) => {
                (answers.get(*list) == Some(&REFUSED)).then(|| Refusal { at: Some(point.clone()), by: None })
            }
        }
    }
}
