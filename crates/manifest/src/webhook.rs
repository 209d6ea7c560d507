//! What istiod's admission webhook refuses, as far as it changes what an object means.
//!
//! After `istio/istio pkg/config/validation/validation.go`, `virtualservice.go` and `pkg/config/security/security.go`.
//! Headers' names and values, regular expressions, gateways' names, CORS, shares of faults and the conditions of retries are not
//! looked at here: a word that is wrong there is found where it is read.

mod authentication;
mod authorization_policy;
mod place;
mod virtual_service;

use crate::Object;
use place::{Place, Refusals};

pub(crate) use place::Refusal;

/// Why the webhook refuses an object; empty if it takes it, or if the kind is not looked at.
pub(crate) fn refusals(object: &Object) -> Vec<Refusal> {
    let mut refusals = Refusals::default();
    let Some(spec) = object.json.get("spec") else { return Vec::new() };
    let spec = Place::new("spec", spec);
    match (object.group(), object.id.kind.as_str()) {
        ("security.istio.io", "AuthorizationPolicy") => authorization_policy::check(&spec, &mut refusals),
        ("security.istio.io", "RequestAuthentication") => authentication::check_request(&spec, &mut refusals),
        ("security.istio.io", "PeerAuthentication") => authentication::check_peer(&spec, &mut refusals),
        ("networking.istio.io", "VirtualService") => virtual_service::check(&spec, &mut refusals),
        _ => {}
    }
    refusals.0
}
