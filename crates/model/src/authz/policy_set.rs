//! All policies that one enforcement point applies, and how it decides.

use super::request_authentication::TokenDecision;
use super::{Alternative, TokenRules};
use crate::{Origin, Token, View};

/// The policies of one enforcement point, merged: a policy of one level has no precedence over another's.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PolicySet {
    /// CUSTOM rules by provider. With several providers on one proxy every matching request is refused.
    pub custom: Vec<CustomRules>,
    /// Which tokens are accepted.
    pub tokens: TokenRules,
    /// DENY rules.
    pub deny: Vec<Alternative>,
    /// ALLOW rules; `None` if there is no ALLOW policy, which lets everything through.
    pub allow: Option<Vec<Alternative>>,
}

/// The CUSTOM rules of one provider.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CustomRules {
    /// The provider's name.
    pub provider: String,
    /// When it is asked.
    pub rules: Vec<Alternative>,
}

/// Whether a point lets a request through.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Decision {
    /// It does.
    Allowed,
    /// It does not: because of this rule, or because no ALLOW rule matched.
    Refused(Option<Origin>),
}

impl PolicySet {
    /// Decides in Envoy's order: CUSTOM, tokens, DENY, ALLOW.
    #[must_use]
    pub fn decide(&self, view: &View<'_>, token: &Token) -> Decision {
        let several = self.custom.len() > 1;
        for custom in &self.custom {
            let asked = custom.rules.iter().find(|rule| rule.matches(view));
            if let Some(rule) = asked.filter(|_| several || view.denied_by.contains(&custom.provider)) {
                return Decision::Refused(Some(rule.origin.clone()));
            }
        }
        let claims = match self.tokens.decide(token) {
            TokenDecision::Refused => return Decision::Refused(None),
            TokenDecision::Passes(claims) => claims,
        };
        let view = View { claims, ..view.clone() };
        if let Some(rule) = self.deny.iter().find(|rule| rule.matches(&view)) {
            return Decision::Refused(Some(rule.origin.clone()));
        }
        match &self.allow {
            Some(rules) if !rules.iter().any(|rule| rule.matches(&view)) => Decision::Refused(None),
            Some(_) | None => Decision::Allowed,
        }
    }
}
