//! RequestAuthentications.

use s2a_model::authz::{JwtRule, RequestAuthentication};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::authorization_policy::{Selector, TargetRefSpec, scope};
use super::reader::Reader;
use crate::Object;

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct Spec {
    selector: Option<Selector>,
    target_ref: Option<TargetRefSpec>,
    target_refs: Vec<TargetRefSpec>,
    jwt_rules: Vec<JwtRuleSpec>,
}

/// Issuer and audiences are judged; the rest decides which tokens are found and what is passed on, and is compared
/// as it stands.
#[derive(Deserialize, Serialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct JwtRuleSpec {
    issuer: String,
    audiences: Vec<String>,
    #[serde(alias = "jwks_uri")]
    jwks_uri: Option<String>,
    jwks: Option<String>,
    from_headers: Value,
    from_params: Value,
    from_cookies: Value,
    output_payload_to_header: Option<String>,
    forward_original_token: Option<bool>,
    output_claim_to_headers: Value,
    timeout: Option<String>,
    space_delimited_claims: Value,
}

/// Lowers a RequestAuthentication.
pub(super) fn lower(object: &Object, reader: &mut Reader) -> Option<RequestAuthentication> {
    let Spec { selector, target_ref, target_refs, jwt_rules } = reader.spec(object)?;
    Some(RequestAuthentication {
        name: object.id.name.clone(),
        scope: scope(selector, target_ref, target_refs),
        rules: jwt_rules.into_iter().map(rule).collect(),
        object: object.id.clone(),
    })
}

fn rule(mut spec: JwtRuleSpec) -> JwtRule {
    let issuer = std::mem::take(&mut spec.issuer);
    let mut audiences = std::mem::take(&mut spec.audiences);
    audiences.sort();
    JwtRule { issuer, audiences, fingerprint: serde_json::to_string(&spec).unwrap_or_default() }
}
