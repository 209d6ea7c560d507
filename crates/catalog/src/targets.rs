//! The rows of `rules/targets.toml`.

use serde::Deserialize;

use crate::release::Release;
use crate::target::Channel;

/// The releases we know and what differs between them.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Targets {
    /// What is meant when the operator names nothing.
    pub default: DefaultTarget,
    /// Istio releases, oldest first.
    pub istio: Vec<IstioRow>,
    /// Gateway API releases, oldest first.
    #[serde(rename = "gateway-api")]
    pub gateway_api: Vec<GatewayApiRow>,
    /// Kubernetes releases, oldest first.
    pub kubernetes: Vec<KubernetesRow>,
    /// Behaviours that differ between releases.
    pub feature: Vec<FeatureRow>,
}

/// The target of an operator who names none.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct DefaultTarget {
    /// The Istio release.
    pub istio: Release,
    /// The Gateway API release.
    pub gateway_api: Release,
    /// The Gateway API channel.
    pub channel: Channel,
    /// Where this is to be seen.
    pub evidence: String,
}

/// An Istio release.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct IstioRow {
    /// The release line.
    pub release: Release,
    /// The Gateway API release it is built with.
    pub gateway_api: Release,
    /// Whether the line still got fixes when the row was last changed.
    pub supported: bool,
    /// The oldest and the newest Kubernetes release it supports.
    pub kubernetes: [Release; 2],
    /// Where this is to be seen.
    pub evidence: String,
}

/// A Gateway API release.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GatewayApiRow {
    /// The release line.
    pub release: Release,
    /// Where this is to be seen.
    pub evidence: String,
}

/// A Kubernetes release.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KubernetesRow {
    /// The release line.
    pub release: Release,
    /// Where this is to be seen.
    pub evidence: String,
}

/// A behaviour that differs between releases. [`Feature`](crate::Feature) is generated from these rows.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FeatureRow {
    /// The name in kebab-case.
    pub name: String,
    /// One sentence that says what holds.
    pub title: String,
    /// The first Istio release with it.
    pub since: Option<Release>,
    /// The first Istio release without it.
    pub until: Option<Release>,
    /// Patch releases of older lines that have it too.
    #[serde(default)]
    pub backports: Vec<Release>,
    /// The first Gateway API release with it in the standard channel.
    pub standard: Option<Release>,
    /// The first Gateway API release with it in the experimental channel.
    pub experimental: Option<Release>,
    /// The first Gateway API release without it.
    pub gone: Option<Release>,
    /// The istiod setting which must be on.
    pub flag: Option<String>,
    /// No release has it.
    #[serde(default)]
    pub never: bool,
    /// Where this is to be seen.
    pub evidence: String,
}
