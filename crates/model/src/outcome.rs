//! What becomes of a request, and how two fates differ.

use std::collections::{BTreeMap, BTreeSet};

use crate::{EnforcementPoint, Name, Origin};

/// What becomes of a request. `D` describes what the application receives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome<D> {
    /// No application sees it: a point refuses it, or there is nothing to send it to.
    Refused(Refusal),
    /// A proxy answers it.
    Answered {
        /// The HTTP status.
        status: u16,
        /// The `Location` or the body.
        detail: String,
    },
    /// It goes to one of these shares of the backends.
    Forwarded(Vec<Share<D>>),
}

/// Where a request ended, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// The point that refused it; `None` if there was no backend or no route.
    pub at: Option<EnforcementPoint>,
    /// The rule that refused it; `None` where an ALLOW rule was missing.
    pub by: Option<Origin>,
}

/// One of the backends that may receive a request.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Backend {
    /// The pods of a workload, at this port.
    Workload(Name, u16),
    /// A host outside of the cluster, at this port.
    External(String, u16),
}

/// Backends that share a part of the traffic among themselves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Share<D> {
    /// The backends, and which of them refuse the request. None at all: there is nothing to send it to.
    pub pool: BTreeMap<Backend, Option<Refusal>>,
    /// The part of the traffic, in lowest terms with the other shares.
    pub weight: u64,
    /// What the application receives.
    pub what: D,
}

/// How the fate of a request changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Difference {
    /// It reaches an application that it did not reach before.
    Looser,
    /// It no longer reaches an application.
    Stricter,
    /// It reaches another backend, or arrives changed, or gets another answer.
    Different,
}

impl<D> Outcome<D> {
    /// The backends whose application receives the request.
    #[must_use]
    pub fn delivered(&self) -> BTreeSet<&Backend> {
        let shares = match self {
            Outcome::Forwarded(shares) => shares.as_slice(),
            Outcome::Refused(_) | Outcome::Answered { .. } => &[],
        };
        let open = |share: &'_ Share<D>| share.weight > 0;
        let pools = shares.iter().filter(|share| open(share)).flat_map(|share| &share.pool);
        pools.filter(|(_, refusal)| refusal.is_none()).map(|(backend, _)| backend).collect()
    }

    /// The first refusal, if nothing is delivered.
    #[must_use]
    pub fn refusal(&self) -> Option<&Refusal> {
        match self {
            Outcome::Refused(refusal) => Some(refusal),
            Outcome::Forwarded(shares) => {
                shares.iter().flat_map(|share| share.pool.values()).find_map(|refusal| refusal.as_ref())
            }
            Outcome::Answered { .. } => None,
        }
    }
}

/// Compares two fates of one request. `None` means that nothing a client or an application could see has changed;
/// who refused it does not count.
#[must_use]
pub fn difference<D: PartialEq>(before: &Outcome<D>, after: &Outcome<D>) -> Option<Difference> {
    match (before, after) {
        (Outcome::Answered { status, detail }, Outcome::Answered { status: new, detail: text }) => {
            (status != new || detail != text).then_some(Difference::Different)
        }
        (Outcome::Answered { .. }, _) | (_, Outcome::Answered { .. }) => Some(Difference::Different),
        _ => compare_deliveries(before, after),
    }
}

fn compare_deliveries<D: PartialEq>(before: &Outcome<D>, after: &Outcome<D>) -> Option<Difference> {
    let (old, new) = (before.delivered(), after.delivered());
    let gained = new.difference(&old).next().is_some();
    let lost = old.difference(&new).next().is_some();
    match (gained, lost) {
        (true, true) => Some(Difference::Different),
        (true, false) => Some(Difference::Looser),
        (false, true) => Some(Difference::Stricter),
        (false, false) if old.is_empty() => None,
        (false, false) => (!same_shares(before, after)).then_some(Difference::Different),
    }
}

/// Whether two outcomes split the traffic alike and deliver the same.
fn same_shares<D: PartialEq>(before: &Outcome<D>, after: &Outcome<D>) -> bool {
    let (Outcome::Forwarded(before), Outcome::Forwarded(after)) = (before, after) else { return false };
    before.len() == after.len() && before.iter().all(|share| after.iter().any(|other| same_share(share, other)))
}

fn same_share<D: PartialEq>(share: &Share<D>, other: &Share<D>) -> bool {
    let refused = |share: &Share<D>| share.pool.values().map(Option::is_some).collect::<Vec<_>>();
    let delivers = share.pool.values().any(Option::is_none);
    share.weight == other.weight
        && share.pool.keys().eq(other.pool.keys())
        && refused(share) == refused(other)
        && (!delivers || share.what == other.what)
}

/// Merges equal shares, drops those of weight 0 where others are left, and reduces the weights to lowest terms.
#[must_use]
pub fn normalize<D: PartialEq>(shares: Vec<Share<D>>) -> Vec<Share<D>> {
    let mut merged: Vec<Share<D>> = Vec::new();
    for share in shares.into_iter().filter(|share| share.weight > 0) {
        let twin = merged.iter_mut().find(|other| other.pool == share.pool && other.what == share.what);
        match twin {
            Some(other) => other.weight = other.weight.saturating_add(share.weight),
            None => merged.push(share),
        }
    }
    let divisor = merged.iter().fold(0, |divisor, share| gcd(divisor, share.weight)).max(1);
    for share in &mut merged {
        share.weight /= divisor;
    }
    merged.sort_by(|left, right| left.pool.keys().cmp(right.pool.keys()));
    merged
}

fn gcd(left: u64, right: u64) -> u64 {
    if right == 0 { left } else { gcd(right, left % right) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn share(name: &str, weight: u64, refused: bool) -> Share<u8> {
        let refusal = refused.then_some(Refusal { at: None, by: None });
        let backend = Backend::Workload(Name::new("foo", name), 80);
        Share { pool: BTreeMap::from([(backend, refusal)]), weight, what: 0 }
    }

    #[test]
    fn weights_are_compared_in_lowest_terms() {
        let half = Outcome::Forwarded(normalize(vec![share("a", 50, false), share("b", 50, false)]));
        let equal = Outcome::Forwarded(normalize(vec![share("b", 1, false), share("a", 1, false)]));
        let other = Outcome::Forwarded(normalize(vec![share("a", 2, false), share("b", 1, false)]));
        assert_eq!(difference(&half, &equal), None);
        assert_eq!(difference(&half, &other), Some(Difference::Different));
    }

    #[test]
    fn a_refusal_that_ends_is_looser() {
        let open = Outcome::Forwarded(vec![share("a", 1, false)]);
        let shut = Outcome::Forwarded(vec![share("a", 1, true)]);
        let refused = Outcome::Refused(Refusal { at: None, by: None });
        assert_eq!(difference(&shut, &open), Some(Difference::Looser));
        assert_eq!(difference(&open, &shut), Some(Difference::Stricter));
        assert_eq!(difference(&shut, &refused), None);
    }
}
