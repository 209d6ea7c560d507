//! Version numbers of releases.

use std::cmp::Ordering;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, de};

/// A release: `1.31`, or `1.28.6` where the patch matters. Without a patch it stands for the first patch of its line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Release {
    /// The first number.
    pub major: u16,
    /// The second number.
    pub minor: u16,
    /// The third number, where it is known.
    pub patch: Option<u16>,
}

impl Release {
    /// Returns the release line `major.minor`.
    #[must_use]
    pub const fn line(major: u16, minor: u16) -> Release {
        Release { major, minor, patch: None }
    }

    /// Returns one patch release.
    #[must_use]
    pub const fn patch(major: u16, minor: u16, patch: u16) -> Release {
        Release { major, minor, patch: Some(patch) }
    }

    /// Returns whether both belong to one line, `1.28.6` and `1.28` for example.
    #[must_use]
    pub fn same_line(self, other: Release) -> bool {
        (self.major, self.minor) == (other.major, other.minor)
    }

    fn key(self) -> (u16, u16, u16) {
        (self.major, self.minor, self.patch.unwrap_or(0))
    }
}

impl Ord for Release {
    fn cmp(&self, other: &Self) -> Ordering {
        self.key().cmp(&other.key()).then(self.patch.is_some().cmp(&other.patch.is_some()))
    }
}

impl PartialOrd for Release {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl fmt::Display for Release {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}.{}", self.major, self.minor)?;
        match self.patch {
            Some(patch) => write!(formatter, ".{patch}"),
            None => Ok(()),
        }
    }
}

/// The text is no version number.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a version such as `1.31` or `1.28.6`")]
pub struct ReleaseError(String);

impl FromStr for Release {
    type Err = ReleaseError;

    /// Reads `1.31`, `1.31.2` and both with a leading `v`.
    fn from_str(text: &str) -> Result<Release, ReleaseError> {
        let refused = || ReleaseError(text.to_owned());
        let numbers = text.strip_prefix('v').unwrap_or(text).split('.').map(number).collect::<Option<Vec<_>>>();
        match numbers.ok_or_else(refused)?.as_slice() {
            [major, minor] => Ok(Release::line(*major, *minor)),
            [major, minor, patch] => Ok(Release::patch(*major, *minor, *patch)),
            [] | [_] | [_, _, _, _, ..] => Err(refused()),
        }
    }
}

/// Reads decimal digits only: Rust's own reader would take a sign.
fn number(text: &str) -> Option<u16> {
    let digits = text.bytes().all(|byte| byte.is_ascii_digit());
    digits.then(|| text.parse().ok()).flatten()
}

impl<'de> Deserialize<'de> for Release {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Release, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_and_writes_both_forms() {
        for text in ["1.31", "1.28.6", "0.0", "2.10.0"] {
            assert_eq!(text.parse::<Release>().unwrap().to_string(), text);
        }
        assert_eq!("v1.6.1".parse::<Release>().unwrap(), Release::patch(1, 6, 1));
    }

    #[test]
    fn refuses_what_is_no_version() {
        for text in ["", "1", "1.", "1.x", "+1.2", "1.2.3.4", "1.2-rc.0", "99999.1"] {
            assert!(text.parse::<Release>().is_err(), "{text}");
        }
    }

    #[test]
    fn numbers_are_compared_as_numbers() {
        assert!(Release::line(1, 9) < Release::line(1, 10));
        assert!(Release::line(1, 28) < Release::patch(1, 28, 6));
        assert!(Release::patch(1, 28, 6) < Release::line(1, 29));
    }
}
