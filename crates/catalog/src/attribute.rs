//! The rows of `rules/attributes.toml`: what an AuthorizationPolicy can ask for.

use serde::Deserialize;

use crate::release::Release;

/// The layer at which an attribute can be seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
pub enum Layer {
    /// ztunnel evaluates the attribute.
    L4,
    /// ztunnel does not, whatever the attribute is about.
    L7,
}

/// An enforcement point as a column of the catalogue.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Observer {
    /// A sidecar on an HTTP chain.
    SidecarHttp,
    /// A sidecar on a TCP chain.
    SidecarTcp,
    /// ztunnel.
    Ztunnel,
    /// A waypoint on an HTTP chain.
    Waypoint,
}

/// How the values of an attribute are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum MatchSyntax {
    /// Exact, prefix `x*`, suffix `*x` or presence `*`.
    String,
    /// As [`MatchSyntax::String`], letters of either case being equal.
    StringIgnoringCase,
    /// As [`MatchSyntax::String`], or a template with `{*}` and `{**}`.
    Path,
    /// As [`MatchSyntax::String`]; for Envoy `*` is a wildcard anywhere.
    Namespace,
    /// `account` or `namespace/account`, exact.
    ServiceAccount,
    /// Issuer and subject, divided at the last `/`.
    RequestPrincipal,
    /// An IP address or a CIDR block.
    Address,
    /// A decimal port number.
    Port,
}

/// What ztunnel does with a rule that asks for the attribute.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum AtZtunnel {
    /// It evaluates the condition.
    Evaluated,
    /// istiod drops an ALLOW rule and takes the condition out of a DENY rule.
    Stripped,
    /// istiod takes the condition out of every rule, without a trace.
    Ignored,
}

/// What a service waypoint compares the values with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum AtWaypoint {
    /// The same as a sidecar.
    AsSent,
    /// The Service's port instead of the pod's.
    ServicePort,
    /// The Service's address instead of the pod's.
    ServiceAddress,
    /// Nothing: a positive condition never holds, a negated one always.
    NeverMatches,
    /// The empty text, but for the application's own TLS.
    Empty,
    /// The token, if a RequestAuthentication is attached to the waypoint as well.
    NeedsRequestAuthentication,
}

/// One attribute.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Attribute {
    /// The field below `spec`, `rules.from.source.principals` for example, or `rules.when`.
    pub field: String,
    /// The field with the negated values; conditions negate by `notValues`.
    pub negated: Option<String>,
    /// The condition's key, without its parameter, where the field is `rules.when`.
    pub key: Option<String>,
    /// What stands in brackets behind the key.
    pub parameter: Option<String>,
    /// Whether ztunnel can decide it.
    pub layer: Layer,
    /// How values are compared.
    #[serde(rename = "match")]
    pub syntax: MatchSyntax,
    /// Who knows its value.
    pub seen_by: Vec<Observer>,
    /// Whether Envoy drops it on TCP chains.
    pub http_only: bool,
    /// What ztunnel does with it.
    pub at_ztunnel: AtZtunnel,
    /// What a waypoint compares.
    pub at_waypoint: AtWaypoint,
    /// The first Istio release with it, where it is younger than the oldest release we know.
    pub since: Option<Release>,
    /// What else a reader must know.
    pub note: Option<String>,
    /// Where this is to be seen.
    pub evidence: String,
}

impl Attribute {
    /// Returns whether `name` means this attribute: its field, its negated field, or its key with or without a
    /// parameter (`request.headers[x-user]`). Conditions are named by their key only.
    #[must_use]
    pub fn is_named(&self, name: &str) -> bool {
        let Some(key) = self.key.as_deref() else {
            return self.field == name || self.negated.as_deref() == Some(name);
        };
        let rest = match (name.strip_prefix(key), self.parameter.is_some()) {
            (None, _) => return false,
            (Some(rest), false) => return rest.is_empty(),
            (Some(rest), true) => rest,
        };
        // The filter of `experimental.envoy.filters.<filter>[key]` is a part of the name.
        rest.is_empty() || rest.ends_with(']') && (rest.starts_with('[') || rest.starts_with('.'))
    }

    /// Returns the name to show: the key of a condition, the last part of a field otherwise.
    #[must_use]
    pub fn name(&self) -> &str {
        match &self.key {
            Some(key) => key,
            None => self.field.rsplit('.').next().unwrap_or(&self.field),
        }
    }
}
