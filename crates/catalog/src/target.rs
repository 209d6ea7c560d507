//! The releases the output is meant for.

use std::fmt;
use std::str::FromStr;

use serde::Deserialize;

use crate::feature::Support;
use crate::features::Feature;
use crate::known;
use crate::release::{Release, ReleaseError};

/// The Gateway API channel whose CRDs are installed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Channel {
    /// Stable kinds and fields only.
    Standard,
    /// Stable and experimental kinds and fields.
    Experimental,
}

impl fmt::Display for Channel {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Channel::Standard => "standard",
            Channel::Experimental => "experimental",
        })
    }
}

impl FromStr for Channel {
    type Err = TargetError;

    fn from_str(text: &str) -> Result<Channel, TargetError> {
        match text {
            "standard" => Ok(Channel::Standard),
            "experimental" => Ok(Channel::Experimental),
            _ => Err(TargetError::UnknownChannel(text.to_owned())),
        }
    }
}

/// The Istio release and the Gateway API CRDs of the cluster which will take the output.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Target {
    /// The Istio release.
    pub istio: Release,
    /// The release of the installed Gateway API CRDs.
    pub gateway_api: Release,
    /// The channel of the installed Gateway API CRDs.
    pub channel: Channel,
}

impl Target {
    /// Reads an Istio release, such as `1.31`, and a Gateway API release with its channel, such as `1.4/experimental`.
    /// Without a channel the standard one is meant.
    ///
    /// # Errors
    ///
    /// Fails when a text is no version, when the release is not one the catalogue knows, or on an unknown channel.
    pub fn parse(istio: &str, gateway_api: &str) -> Result<Target, TargetError> {
        let (release, channel) = match gateway_api.split_once('/') {
            Some((release, channel)) => (release, channel.parse()?),
            None => (gateway_api, Channel::Standard),
        };
        Ok(Target {
            istio: known_release("Istio", known::ISTIO, istio)?,
            gateway_api: known_release("Gateway API", known::GATEWAY_API, release)?,
            channel,
        })
    }

    /// Returns whether this target has the behaviour without further settings. What is unknown or behind a flag
    /// counts as missing.
    #[must_use]
    pub fn supports(&self, feature: Feature) -> bool {
        self.support(feature) == Support::Yes
    }

    /// Returns whether this target has the behaviour, and under which condition.
    #[must_use]
    pub fn support(&self, feature: Feature) -> Support {
        feature.requirement().met_by(self)
    }
}

impl Default for Target {
    /// The newest release of both, in the standard channel.
    fn default() -> Target {
        known::DEFAULT
    }
}

impl fmt::Display for Target {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Istio {}, Gateway API {} {}", self.istio, self.gateway_api, self.channel)
    }
}

fn known_release(product: &'static str, releases: &[Release], text: &str) -> Result<Release, TargetError> {
    let release = text.parse::<Release>()?;
    match releases.iter().any(|known| known.same_line(release)) {
        true => Ok(release),
        false => Err(TargetError::UnknownRelease { product, release, known: span(releases) }),
    }
}

/// Writes the first and the last of a sorted list: `1.24 to 1.31`.
fn span(releases: &[Release]) -> String {
    match releases {
        [first, .., last] => format!("{first} to {last}"),
        [only] => only.to_string(),
        [] => "none".to_owned(),
    }
}

/// The target named by the operator is not one we know.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TargetError {
    /// The text is no version.
    #[error(transparent)]
    Malformed(#[from] ReleaseError),
    /// The release is outside the catalogue.
    #[error("{product} {release} is not known; known are {known}")]
    UnknownRelease {
        /// `Istio` or `Gateway API`.
        product: &'static str,
        /// What was asked for.
        release: Release,
        /// The range of known releases.
        known: String,
    },
    /// The channel is neither of the two.
    #[error("`{0}` is not a Gateway API channel; there are `standard` and `experimental`")]
    UnknownChannel(String),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_releases_and_channel() {
        let target = Target::parse("1.31", "1.4/experimental").unwrap();
        assert_eq!(target.to_string(), "Istio 1.31, Gateway API 1.4 experimental");
        assert_eq!(Target::parse("1.28.6", "1.6").unwrap().channel, Channel::Standard);
    }

    #[test]
    fn refuses_what_is_not_known_and_says_what_is() {
        let error = Target::parse("1.20", "1.4").unwrap_err();
        assert_eq!(error.to_string(), "Istio 1.20 is not known; known are 1.24 to 1.31");
        assert!(matches!(Target::parse("1.31", "1.4/alpha"), Err(TargetError::UnknownChannel(_))));
        assert!(matches!(Target::parse("latest", "1.4"), Err(TargetError::Malformed(_))));
    }

    #[test]
    fn the_default_target_is_known() {
        let target = Target::default();
        let again = Target::parse(&target.istio.to_string(), &format!("{}/{}", target.gateway_api, target.channel));
        assert_eq!(again, Ok(target));
    }
}
