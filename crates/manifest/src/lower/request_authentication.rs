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
    let changed_headers = changed_headers(&spec);
    JwtRule { issuer, audiences, fingerprint: serde_json::to_string(&spec).unwrap_or_default(), changed_headers }
}

/// Any place that is named replaces the usual ones (istio/istio `pilot/pkg/security/authn/policy_applier.go`).
fn changed_headers(spec: &JwtRuleSpec) -> Vec<String> {
    let names = |list: &Value, key: &str| -> Vec<String> {
        let entries = list.as_array().map(Vec::as_slice).unwrap_or_default();
        entries.iter().filter_map(|entry| entry.get(key)?.as_str()).map(str::to_ascii_lowercase).collect()
    };
    let usual = [&spec.from_headers, &spec.from_params, &spec.from_cookies].into_iter().all(Value::is_null);
    let mut changed = match spec.forward_original_token {
        Some(true) => Vec::new(),
        Some(false) | None if usual => vec!["authorization".to_owned()],
        Some(false) | None => names(&spec.from_headers, "name"),
    };
    changed.extend(spec.output_payload_to_header.iter().map(|name| name.to_ascii_lowercase()));
    changed.extend(names(&spec.output_claim_to_headers, "header"));
    changed
}

#[cfg(test)]
mod tests {
    use super::*;

    fn changed(spec: &str) -> Vec<String> {
        changed_headers(&serde_json::from_str(spec).unwrap())
    }

    #[test]
    fn a_token_is_taken_away_and_its_claims_are_written() {
        assert_eq!(changed("{}"), ["authorization"]);
        assert_eq!(changed(r#"{"forwardOriginalToken": true, "outputPayloadToHeader": "X-Claims"}"#), ["x-claims"]);
        assert_eq!(changed(r#"{"fromHeaders": [{"name": "X-Jwt", "prefix": "T "}]}"#), ["x-jwt"]);
        assert!(changed(r#"{"fromParams": ["token"]}"#).is_empty());
        assert_eq!(
            changed(r#"{"fromCookies": ["c"], "outputClaimToHeaders": [{"header": "x-sub", "claim": "sub"}]}"#),
            ["x-sub"]
        );
    }
}
