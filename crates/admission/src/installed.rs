//! Which kinds a cluster with some releases has, and which of them an object is of.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::OnceLock;

use serde_json::Value;

use crate::admission::Release;
use crate::answer::{Violation, ViolationRule};
use crate::bundle::{self, Bundle, Channel, Kind, Product};
use crate::error::AdmissionError;
use crate::schema::Schema;

/// Objects nested deeper than this are refused unread. No schema goes half as deep.
const DEEPEST: usize = 128;

/// The kinds of one set of releases.
#[derive(Debug)]
pub(crate) struct Installed {
    /// By group and kind.
    kinds: BTreeMap<(String, String), (Kind, BTreeMap<String, Served>)>,
    /// Kinds that some bundled release has, in these releases or not.
    known: BTreeSet<(String, String)>,
}

/// One version of a kind that is served.
pub(crate) struct Served {
    schema: String,
    compiled: OnceLock<Result<Schema, AdmissionError>>,
}

/// What an object is.
pub(crate) enum Resource<'a> {
    /// Of a kind that no bundled release has.
    Unknown,
    /// Nothing that these releases serve.
    Refused(Violation),
    /// Of this kind and version.
    Served(&'a Kind, &'a Served),
}

impl Installed {
    /// The kinds of these releases and of Kubernetes itself.
    pub(crate) fn new(release: Release<'_>) -> Result<Self, AdmissionError> {
        let bundles = bundle::bundles()?;
        let channel = if release.experimental { Channel::Experimental } else { Channel::Standard };
        let chosen = [
            choose(&bundles, Product::Istio, release.istio, None)?,
            choose(&bundles, Product::GatewayApi, release.gateway_api, Some(channel))?,
        ];
        let core = bundles.iter().filter(|bundle| bundle.product == Product::Kubernetes);
        let kinds = core.chain(chosen).flat_map(|bundle| &bundle.kinds);
        Ok(Self {
            kinds: kinds.map(|kind| (key(kind), (kind.clone(), served(kind)))).collect(),
            known: bundles.iter().flat_map(|bundle| &bundle.kinds).map(key).collect(),
        })
    }

    /// Looks an object up by its `apiVersion` and `kind`.
    pub(crate) fn find(&self, object: &Value) -> Resource<'_> {
        if is_deeper_than(DEEPEST, object) {
            return refused("", ViolationRule::Schema, "is nested too deep");
        }
        let Some(kind) = text(object, "kind") else { return refused("kind", ViolationRule::Schema, "is required") };
        let Some(api_version) = text(object, "apiVersion") else {
            return refused("apiVersion", ViolationRule::Schema, "is required");
        };
        let (group, version) = api_version.split_once('/').unwrap_or(("", api_version));
        let key = (group.to_owned(), kind.to_owned());
        match self.kinds.get(&key) {
            Some((kind, served)) => match served.get(version) {
                Some(version) => Resource::Served(kind, version),
                None => refused("apiVersion", ViolationRule::NotServed, &only_served(served)),
            },
            None if self.known.contains(&key) => {
                refused("kind", ViolationRule::NotServed, "is not in the chosen release and channel")
            }
            None => Resource::Unknown,
        }
    }
}

impl Served {
    /// The schema, compiled at the first call.
    pub(crate) fn schema(&self) -> Result<&Schema, AdmissionError> {
        self.compiled.get_or_init(|| compile(&self.schema)).as_ref().map_err(Clone::clone)
    }
}

impl fmt::Debug for Served {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.schema)
    }
}

fn compile(name: &str) -> Result<Schema, AdmissionError> {
    let text = bundle::schema_text(name).ok_or("is not bundled".to_owned());
    text.and_then(Schema::compile).map_err(|reason| AdmissionError::BrokenSchema { schema: name.to_owned(), reason })
}

fn choose<'a>(
    bundles: &'a [Bundle],
    product: Product,
    asked: &str,
    channel: Option<Channel>,
) -> Result<&'a Bundle, AdmissionError> {
    let of_product = || bundles.iter().filter(move |bundle| bundle.product == product && bundle.channel == channel);
    of_product().find(|bundle| bundle.release == minor(asked)).ok_or_else(|| AdmissionError::UnknownRelease {
        product: product.name(),
        asked: asked.to_owned(),
        known: of_product().map(|bundle| bundle.release.clone()).collect(),
    })
}

/// `1.31` of `1.31.2`.
fn minor(release: &str) -> &str {
    release.match_indices('.').nth(1).and_then(|(at, _)| release.get(..at)).unwrap_or(release)
}

fn key(kind: &Kind) -> (String, String) {
    (kind.group.clone(), kind.kind.clone())
}

fn served(kind: &Kind) -> BTreeMap<String, Served> {
    let with_schema = |version: &bundle::Version| {
        let schema = version.schema.clone()?;
        Some((version.name.clone(), Served { schema, compiled: OnceLock::new() }))
    };
    kind.versions.iter().filter_map(with_schema).collect()
}

fn only_served(served: &BTreeMap<String, Served>) -> String {
    let versions: Vec<&str> = served.keys().map(String::as_str).collect();
    format!("is not served in the chosen release; served versions: {}", versions.join(", "))
}

fn refused(field: &str, rule: ViolationRule, message: &str) -> Resource<'static> {
    Resource::Refused(Violation { field: field.to_owned(), rule, message: message.to_owned() })
}

fn text<'a>(object: &'a Value, field: &str) -> Option<&'a str> {
    object.get(field).and_then(Value::as_str).filter(|text| !text.is_empty())
}

fn is_deeper_than(limit: usize, value: &Value) -> bool {
    let Some(inner) = limit.checked_sub(1) else { return true };
    match value {
        Value::Array(items) => items.iter().any(|item| is_deeper_than(inner, item)),
        Value::Object(fields) => fields.values().any(|value| is_deeper_than(inner, value)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const RELEASE: Release<'_> = Release { istio: "1.31", gateway_api: "1.6", experimental: false };

    fn outcome(release: Release<'_>, api_version: &str, kind: &str) -> String {
        let installed = Installed::new(release).unwrap();
        match installed.find(&json!({ "apiVersion": api_version, "kind": kind })) {
            Resource::Unknown => "unknown".to_owned(),
            Resource::Refused(violation) => violation.to_string(),
            Resource::Served(kind, _) => format!("{}/{}", kind.group, kind.kind),
        }
    }

    #[test]
    fn a_patch_release_stands_for_its_minor() {
        assert!(Installed::new(Release { istio: "1.31.2", gateway_api: "1.6.0", ..RELEASE }).is_ok());
        assert_eq!(minor("1.31"), "1.31");
        assert_eq!(minor("1.31.2-rc.1"), "1.31");
    }

    #[test]
    fn an_unknown_release_names_the_known_ones() {
        let error = Installed::new(Release { gateway_api: "0.8", ..RELEASE }).unwrap_err().to_string();
        let expected = "the CRDs of Gateway API 0.8 are not known; known releases: 1.1, 1.2, 1.3, 1.4, 1.5, 1.6";
        assert_eq!(error, expected);
        assert!(Installed::new(Release { istio: "", ..RELEASE }).is_err());
    }

    #[test]
    fn an_object_is_found_by_group_version_and_kind() {
        assert_eq!(outcome(RELEASE, "v1", "Service"), "/Service");
        assert_eq!(outcome(RELEASE, "networking.istio.io/v1", "Gateway"), "networking.istio.io/Gateway");
        assert_eq!(outcome(RELEASE, "gateway.networking.k8s.io/v1", "Gateway"), "gateway.networking.k8s.io/Gateway");
        assert_eq!(outcome(RELEASE, "apps/v1", "Deployment"), "unknown");
        assert_eq!(
            outcome(RELEASE, "security.istio.io/v2", "AuthorizationPolicy"),
            "apiVersion: is not served in the chosen release; served versions: v1, v1beta1"
        );
    }

    #[test]
    fn a_kind_of_another_channel_is_refused() {
        let standard = Release { gateway_api: "1.3", ..RELEASE };
        let absent = "kind: is not in the chosen release and channel";
        assert_eq!(outcome(standard, "gateway.networking.k8s.io/v1alpha2", "TCPRoute"), absent);
        let experimental = Release { experimental: true, ..standard };
        let present = "gateway.networking.k8s.io/TCPRoute";
        assert_eq!(outcome(experimental, "gateway.networking.k8s.io/v1alpha2", "TCPRoute"), present);
    }

    #[test]
    fn what_is_no_object_is_refused() {
        let installed = Installed::new(RELEASE).unwrap();
        let deep = (0..1000).fold(json!(1), |inner, _| json!([inner]));
        for bad in
            [json!(null), json!([]), json!({ "kind": "Service" }), json!({ "apiVersion": "v1", "kind": 1 }), deep]
        {
            assert!(matches!(installed.find(&bad), Resource::Refused(_)), "{bad}");
        }
    }
}
