//! The bundled CRDs: which release has which kind, with which schema. Made by `rules/crds/pack.py`.

mod schemas;

use serde::Deserialize;

use crate::error::AdmissionError;

const INDEX: &str = include_str!("../../../rules/crds/index.json");

/// One release of one product.
#[derive(Deserialize)]
pub(crate) struct Bundle {
    pub(crate) product: Product,
    /// The minor release: `1.31`.
    pub(crate) release: String,
    /// Only Gateway API has channels.
    pub(crate) channel: Option<Channel>,
    pub(crate) kinds: Vec<Kind>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Product {
    Kubernetes,
    Istio,
    GatewayApi,
}

impl Product {
    /// The name people know it by.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Kubernetes => "Kubernetes",
            Self::Istio => "Istio",
            Self::GatewayApi => "Gateway API",
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Channel {
    Standard,
    Experimental,
}

/// One kind of a release: what `spec` of its CRD says.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Kind {
    pub(crate) group: String,
    pub(crate) kind: String,
    pub(crate) scope: Scope,
    #[serde(default)]
    pub(crate) name_rule: NameRule,
    pub(crate) versions: Vec<Version>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub(crate) enum Scope {
    Namespaced,
    Cluster,
}

/// The rule for `metadata.name`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
pub(crate) enum NameRule {
    #[default]
    #[serde(rename = "dns-1123-subdomain")]
    Dns1123Subdomain,
    #[serde(rename = "dns-1123-label")]
    Dns1123Label,
    #[serde(rename = "dns-1035-label")]
    Dns1035Label,
}

/// One version of a kind.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Version {
    pub(crate) name: String,
    /// The name of the schema; absent when the version is not served.
    pub(crate) schema: Option<String>,
}

/// Every bundled release, oldest first within a product.
pub(crate) fn bundles() -> Result<Vec<Bundle>, AdmissionError> {
    serde_json::from_str(INDEX).map_err(|error| AdmissionError::BrokenIndex { reason: error.to_string() })
}

/// The text of a schema.
pub(crate) fn schema_text(name: &str) -> Option<&'static str> {
    let at = schemas::SCHEMAS.binary_search_by(|(known, _)| (*known).cmp(name)).ok()?;
    schemas::SCHEMAS.get(at).map(|(_, text)| *text)
}

/// Every schema: its name, its text.
#[cfg(test)]
pub(crate) fn schemas() -> &'static [(&'static str, &'static str)] {
    schemas::SCHEMAS
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn index_and_schemas_name_each_other() {
        let bundles = bundles().unwrap();
        let named: BTreeSet<&str> = bundles
            .iter()
            .flat_map(|bundle| &bundle.kinds)
            .flat_map(|kind| &kind.versions)
            .filter_map(|version| version.schema.as_deref())
            .collect();
        let listed: Vec<&str> = schemas::SCHEMAS.iter().map(|(name, _)| *name).collect();
        assert_eq!(named.into_iter().collect::<Vec<_>>(), listed, "run rules/crds/pack.py");
    }

    #[test]
    fn every_release_has_the_kinds_we_write() {
        for bundle in bundles().unwrap() {
            let kinds: BTreeSet<&str> = bundle.kinds.iter().map(|kind| kind.kind.as_str()).collect();
            let wanted: &[&str] = match bundle.product {
                Product::Kubernetes => &["Namespace", "Service"],
                Product::Istio => {
                    &["AuthorizationPolicy", "DestinationRule", "RequestAuthentication", "VirtualService"]
                }
                Product::GatewayApi => &["Gateway", "GatewayClass", "HTTPRoute", "GRPCRoute", "ReferenceGrant"],
            };
            for kind in wanted {
                assert!(kinds.contains(kind), "{:?} {} has no {kind}", bundle.product, bundle.release);
            }
        }
    }
}
