//! From choices, as they are written, to what the translator takes.

use std::collections::BTreeSet;

use s2a_model::Name;
use s2a_model::change::DirectCaller;
use s2a_translate::{GuardScope, Options, RouteOptions, WaypointOptions, WaypointScope};

use crate::args::{ChoiceArgs, Guard, Scope};
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
            direct_callers: choices.direct_caller.iter().map(|text| direct_caller(text)).collect::<Result<_, _>>()?,
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
    let wrong =
        || Failure::Usage(format!("`--direct-caller {text}`: write NAMESPACE/ACCOUNT or NAMESPACE/ACCOUNT:PORT"));
    let (account, port) = match text.split_once(':') {
        Some((account, port)) => (account, Some(port.parse().map_err(|_| wrong())?)),
        None => (text, None),
    };
    let (namespace, name) = account.split_once('/').ok_or_else(wrong)?;
    Ok(DirectCaller { account: Name::new(namespace, name), port })
}
