//! When a target has a behaviour.

use crate::release::Release;
use crate::target::{Channel, Target};

/// Whether a target has a behaviour.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Support {
    /// It has it.
    Yes,
    /// It has it once this istiod setting, off by default, is on.
    BehindFlag(&'static str),
    /// It lacks it.
    No,
}

/// What a feature asks of a target: a row of `rules/targets.toml` as a constant.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Requirement {
    pub(crate) since: Option<Release>,
    pub(crate) until: Option<Release>,
    pub(crate) backports: &'static [Release],
    pub(crate) standard: Option<Release>,
    pub(crate) experimental: Option<Release>,
    pub(crate) gone: Option<Release>,
    pub(crate) flag: Option<&'static str>,
    pub(crate) never: bool,
}

impl Requirement {
    /// What every target meets.
    pub(crate) const NONE: Requirement = Requirement {
        since: None,
        until: None,
        backports: &[],
        standard: None,
        experimental: None,
        gone: None,
        flag: None,
        never: false,
    };

    pub(crate) fn met_by(&self, target: &Target) -> Support {
        if self.never || !self.met_by_istio(target.istio) || !self.met_by_gateway_api(target) {
            return Support::No;
        }
        self.flag.map_or(Support::Yes, Support::BehindFlag)
    }

    fn met_by_istio(&self, istio: Release) -> bool {
        let begun = self.since.is_none_or(|since| since <= istio)
            || self.backports.iter().any(|backport| backport.same_line(istio) && *backport <= istio);
        begun && self.until.is_none_or(|until| istio < until)
    }

    fn met_by_gateway_api(&self, target: &Target) -> bool {
        if self.standard.is_none() && self.experimental.is_none() {
            return true;
        }
        let begun = |since: Option<Release>| since.is_some_and(|since| since <= target.gateway_api);
        let offered = match target.channel {
            Channel::Standard => begun(self.standard),
            Channel::Experimental => begun(self.standard) || begun(self.experimental),
        };
        offered && self.gone.is_none_or(|gone| target.gateway_api < gone)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::features::Feature;

    fn target(istio: &str, gateway_api: &str) -> Target {
        Target::parse(istio, gateway_api).unwrap()
    }

    #[test]
    fn since_and_backports_count_patches() {
        let feature = Feature::WaypointUsesAllVirtualServices;
        for (istio, expected) in [("1.27", false), ("1.28", false), ("1.28.5", false), ("1.28.6", true)] {
            assert_eq!(target(istio, "1.4").supports(feature), expected, "{istio}");
        }
        for (istio, expected) in [("1.29.1", false), ("1.29.2", true), ("1.30", true), ("1.31", true)] {
            assert_eq!(target(istio, "1.4").supports(feature), expected, "{istio}");
        }
    }

    #[test]
    fn a_defect_ends_with_the_release_that_mends_it() {
        let feature = Feature::DryRunEnforcedAtZtunnel;
        assert!(target("1.24", "1.2").supports(feature));
        assert!(target("1.25", "1.2").supports(feature), "an unknown patch may have it");
        assert!(!target("1.25.2", "1.2").supports(feature));
    }

    #[test]
    fn channels_differ() {
        let timeouts = Feature::HttpRouteTimeouts;
        assert!(!target("1.31", "1.1/standard").supports(timeouts));
        assert!(target("1.31", "1.1/experimental").supports(timeouts));
        assert!(target("1.31", "1.2/standard").supports(timeouts));

        let retry = Feature::HttpRouteRetry;
        assert!(!target("1.31", "1.6/standard").supports(retry));
        assert!(target("1.31", "1.6/experimental").supports(retry));
        assert!(!target("1.24", "1.6/experimental").supports(retry), "istiod does not read it yet");
    }

    #[test]
    fn a_field_may_go_again() {
        let feature = Feature::HttpRouteRetryZeroAttempts;
        assert!(target("1.31", "1.5/experimental").supports(feature));
        assert!(!target("1.31", "1.6/experimental").supports(feature));
    }

    #[test]
    fn flags_are_not_support() {
        let target = target("1.31", "1.6");
        assert_eq!(target.support(Feature::AutoAllowWaypoint), Support::BehindFlag("PILOT_AUTO_ALLOW_WAYPOINT_POLICY"));
        assert!(!target.supports(Feature::SidecarsUseWaypoints));
    }
}
