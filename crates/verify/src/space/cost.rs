//! How far a request is from a plain one.

use std::ops::Add;

/// How far a request is from a plain one: first the number of attributes that depart from it, then the length of
/// those that are text. A header of several lines counts once for each.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Cost {
    /// The number of attributes, or lines of one, that a plain request does not have.
    pub departures: u32,
    /// Their total length in characters.
    pub length: u32,
}

impl Cost {
    /// The cost of one attribute that departs from the plain request with `text`.
    pub(crate) fn of_text(text: &str) -> Self {
        Cost { departures: 1, length: u32::try_from(text.chars().count()).unwrap_or(u32::MAX) }
    }
}

impl Add for Cost {
    type Output = Cost;

    fn add(self, other: Cost) -> Cost {
        Cost {
            departures: self.departures.saturating_add(other.departures),
            length: self.length.saturating_add(other.length),
        }
    }
}
