//! `ValidateRequestAuthentication` and `ValidatePeerAuthentication`.

use super::authorization_policy::scope;
use super::place::{Place, Refusals};

pub(super) fn check_request(spec: &Place<'_>, refusals: &mut Refusals) {
    scope(spec, refusals);
    for rule in spec.items("jwtRules") {
        let known = rule.has_any(&["issuer", "jwksUri", "jwks_uri"]);
        refusals.when(!known, &rule, "a rule needs an issuer or a `jwksUri`");
        for value in ["audiences", "fromParams", "fromCookies"].iter().flat_map(|key| rule.texts(key)) {
            refusals.when(value.text().is_empty(), &value, "an empty value is not allowed");
        }
        for header in rule.items("fromHeaders") {
            refusals.when(header.filled("name").is_none(), &header, "a header needs a name");
        }
    }
}

pub(super) fn check_peer(spec: &Place<'_>, refusals: &mut Refusals) {
    let selects = spec.get("selector").is_some_and(|selector| selector.filled("matchLabels").is_some());
    let ports = spec.filled("portLevelMtls");
    if let Some(ports) = ports.filter(|_| !selects) {
        refusals.when(true, &ports, "ports have modes of their own only where a selector selects workloads");
    }
    for (number, port) in spec.entries("portLevelMtls") {
        let valid = number.parse::<u32>().is_ok_and(|number| (1..=65535).contains(&number));
        refusals.when(!valid, &port, format!("`{number}` is no port"));
    }
}
