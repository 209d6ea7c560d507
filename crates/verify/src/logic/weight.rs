//! Costs above the least possible one.

use std::ops::{Add, Sub};

use crate::space::Cost;

/// By how much a cost exceeds another. The order is lexicographic, and adding the same to both sides keeps it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Weight {
    departures: i64,
    length: i64,
}

impl Weight {
    /// More than any real weight.
    pub(super) const INFINITE: Weight = Weight { departures: i64::MAX / 4, length: 0 };
}

impl From<Cost> for Weight {
    fn from(cost: Cost) -> Self {
        Weight { departures: i64::from(cost.departures), length: i64::from(cost.length) }
    }
}

impl Add for Weight {
    type Output = Weight;

    fn add(self, other: Weight) -> Weight {
        Weight {
            departures: self.departures.saturating_add(other.departures),
            length: self.length.saturating_add(other.length),
        }
    }
}

impl Sub for Weight {
    type Output = Weight;

    fn sub(self, other: Weight) -> Weight {
        Weight {
            departures: self.departures.saturating_sub(other.departures),
            length: self.length.saturating_sub(other.length),
        }
    }
}
