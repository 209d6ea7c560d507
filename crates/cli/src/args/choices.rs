//! What the output is to be.

use clap::{Args, ValueEnum};
use serde::Deserialize;

/// Choices of a conversion.
#[derive(Clone, Debug, Default, Args)]
pub struct ChoiceArgs {
    /// What to bind to a waypoint [default: namespace]
    #[arg(long, value_enum, value_name = "SCOPE")]
    pub waypoint_scope: Option<Scope>,
    /// The name of waypoints that are added [default: waypoint]
    #[arg(long, value_name = "NAME")]
    pub waypoint_name: Option<String>,
    /// Add one waypoint in this namespace, for all namespaces that need one
    #[arg(long, value_name = "NAMESPACE")]
    pub waypoint_namespace: Option<String>,
    /// How many pods a waypoint that is added has
    #[arg(long, value_name = "COUNT", value_parser = clap::value_parser!(u32).range(1..))]
    pub waypoint_replicas: Option<u32>,
    /// Give each waypoint that is added a PodDisruptionBudget
    #[arg(long)]
    pub waypoint_disruption_budget: bool,
    /// Write only routes that any implementation of Gateway API takes in the same order
    #[arg(long)]
    pub portable: bool,
    /// Let a path prefix such as `/foo` end with its segment, so that it no longer matches `/foobar`
    #[arg(long)]
    pub segment_prefix: bool,
    /// What one guard covers [default: workload]
    #[arg(long, value_enum, value_name = "SCOPE")]
    pub guard: Option<Guard>,
    /// What becomes of source addresses in policies that need a waypoint [default: refuse]
    #[arg(long, value_enum, value_name = "FORM")]
    pub ip_blocks: Option<IpBlocks>,
    /// Let this account call pods past the waypoint; may be repeated
    #[arg(long, value_name = "NAMESPACE/ACCOUNT[:PORT]")]
    pub direct_caller: Vec<String>,
    /// Let callers of pods that the input shows past the waypoint, also where they could do more than before
    #[arg(long)]
    pub admit_found_callers: bool,
    /// Move this namespace only; may be repeated. The others keep their sidecars
    #[arg(long, value_name = "NAMESPACE")]
    pub migrate_namespace: Vec<String>,
    /// State what the input does not show, as `Service=shop/web:80→8080,app=web`; may be repeated
    #[arg(long, value_name = "KIND=NAMESPACE/NAME[:FACTS]")]
    pub assume: Vec<String>,
}

/// What is bound to a waypoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Scope {
    /// The namespace, with exceptions where policies need them
    Namespace,
    /// Each Service that needs one
    Service,
}

/// What becomes of source addresses in policies that need a waypoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum IpBlocks {
    /// The policy stays, because a waypoint does not see them
    Refuse,
    /// They are compared as remote addresses, and requests with `x-forwarded-for` are refused
    Remote,
}

/// What one guard covers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Guard {
    /// One workload, or its namespace where all of it was closed already
    Workload,
    /// The namespace, all of which is then led through the waypoint
    Namespace,
    /// Nothing: rules at the waypoint bind only those who dial the Service
    None,
}
