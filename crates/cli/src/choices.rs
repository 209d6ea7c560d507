//! From choices, as they are written, to what the translator takes.

use std::collections::BTreeSet;

use s2a_model::Name;
use s2a_model::change::DirectCaller;
use s2a_translate::{GuardScope, Options, RouteOptions, SourceAddresses, WaypointOptions, WaypointScope};

use crate::args::{ChoiceArgs, Guard, IpBlocks, Scope};
use crate::conversion::Request;
use crate::{Failure, settings};

impl Request {
    /// The conversion with these choices.
    ///
    /// # Errors
    /// If a caller or a statement cannot be read.
    pub fn choose(mut self, choices: &ChoiceArgs) -> Result<Self, Failure> {
        self.options = Options {
            waypoint_scope: match choices.waypoint_scope {
                None | Some(Scope::Namespace) => WaypointScope::Namespace,
                Some(Scope::Service) => WaypointScope::Service,
            },
            waypoint: waypoint(choices),
            guard: match choices.guard {
                None | Some(Guard::Workload) => GuardScope::Workload,
                Some(Guard::Namespace) => GuardScope::Namespace,
                Some(Guard::None) => GuardScope::None,
            },
            source_addresses: match choices.ip_blocks {
                None | Some(IpBlocks::Refuse) => SourceAddresses::Refused,
                Some(IpBlocks::Remote) => SourceAddresses::Remote,
            },
            direct_callers: choices.direct_caller.iter().map(|text| direct_caller(text)).collect::<Result<_, _>>()?,
            admit_found_callers: choices.admit_found_callers,
            routes: RouteOptions {
                portable: choices.portable,
                segment_prefix: choices.segment_prefix,
                ..self.options.routes
            },
            ..self.options
        };
        let moving: BTreeSet<String> = choices.migrate_namespace.iter().cloned().collect();
        self.moving = (!moving.is_empty()).then_some(moving);
        self.assumed = settings::stated(choices)?;
        Ok(self)
    }
}

fn waypoint(choices: &ChoiceArgs) -> WaypointOptions {
    let usual = WaypointOptions::default();
    WaypointOptions {
        name: choices.waypoint_name.clone().unwrap_or(usual.name),
        namespace: choices.waypoint_namespace.clone(),
        replicas: choices.waypoint_replicas,
        disruption_budget: choices.waypoint_disruption_budget,
    }
}

fn direct_caller(text: &str) -> Result<DirectCaller, Failure> {
    let wrong = |what: String| Failure::Usage(format!("`--direct-caller {text}`: {what}"));
    let form = || wrong("write NAMESPACE/ACCOUNT or NAMESPACE/ACCOUNT:PORT".to_owned());
    let (account, port) = match text.split_once(':') {
        Some((account, port)) => (account, Some(port.parse().map_err(|_| form())?)),
        None => (text, None),
    };
    let parts: Vec<&str> = account.split('/').collect();
    match parts.as_slice() {
        parts if parts.iter().any(|part| part.is_empty()) => Err(form()),
        [namespace, name] => Ok(DirectCaller { account: Name::new(*namespace, *name), port }),
        [name] => Err(wrong(format!("the namespace of account {name} is missing: write NAMESPACE/{name}"))),
        [_, "ns", namespace, "sa", name] => {
            Err(wrong(format!("this is a principal: write its account as {namespace}/{name}")))
        }
        _ => Err(form()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(text: &str) -> String {
        match direct_caller(text) {
            Ok(caller) => caller.to_string(),
            Err(failure) => failure.to_string(),
        }
    }

    #[test]
    fn a_caller_is_an_account_with_its_namespace() {
        assert_eq!(answer("watch/scraper"), "watch/scraper");
        assert_eq!(answer("watch/scraper:9090"), "watch/scraper on port 9090");
        assert!(answer("scraper").contains("write NAMESPACE/scraper"));
        assert!(answer("cluster.local/ns/watch/sa/scraper").contains("write its account as watch/scraper"));
        for text in ["watch/scraper:http", "/scraper", "a/b/c", ""] {
            assert!(answer(text).contains("write NAMESPACE/ACCOUNT or"), "{text}");
        }
    }
}
