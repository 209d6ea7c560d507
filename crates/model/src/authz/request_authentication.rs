//! RequestAuthentication: which tokens are accepted.

use super::Scope;
use crate::{Claims, Name, Named, ObjectId, Token};

/// A RequestAuthentication.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestAuthentication {
    /// Namespace and name.
    pub name: Name,
    /// What it applies to.
    pub scope: Scope,
    /// `jwtRules`.
    pub rules: Vec<JwtRule>,
    /// The object.
    pub object: ObjectId,
}

impl Named for RequestAuthentication {
    fn name(&self) -> &Name {
        &self.name
    }
}

/// One of `jwtRules`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct JwtRule {
    /// The issuer.
    pub issuer: String,
    /// The audiences, one of which the token must have, if there are any.
    pub audiences: Vec<String>,
    /// Everything else of the rule (keys, locations, what is forwarded), in a canonical form: two rules that differ
    /// here may accept different tokens.
    pub fingerprint: String,
    /// Names of headers, in lower case, that the check takes away or writes: those that tokens stand in, unless they are
    /// passed on, and those that claims are written to.
    pub changed_headers: Vec<String>,
}

/// All rules that a point applies: a union.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TokenRules {
    /// The rules, sorted, without duplicates.
    pub rules: Vec<JwtRule>,
}

/// What becomes of a request because of its token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum TokenDecision<'a> {
    /// It goes on, with these claims if any.
    Passes(Option<&'a Claims>),
    /// It is refused.
    Refused,
}

impl TokenRules {
    /// Without rules no token is looked at. A token is refused if no rule accepts it.
    pub(super) fn decide<'a>(&self, token: &'a Token) -> TokenDecision<'a> {
        match token {
            Token::None => TokenDecision::Passes(None),
            Token::Invalid | Token::Valid(_) if self.rules.is_empty() => TokenDecision::Passes(None),
            Token::Valid(claims) if self.rules.iter().any(|rule| rule.accepts(claims)) => {
                TokenDecision::Passes(Some(claims))
            }
            Token::Invalid | Token::Valid(_) => TokenDecision::Refused,
        }
    }
}

impl JwtRule {
    /// Whether the rule accepts a token that its issuer signed. Scheme and trailing slash of an audience are ignored.
    #[must_use]
    pub fn accepts(&self, claims: &Claims) -> bool {
        let audiences = claims.others.get(&["aud".to_owned()][..]);
        let wanted = |audience: &String| self.audiences.iter().any(|own| bare(own) == bare(audience));
        self.issuer == claims.issuer
            && (self.audiences.is_empty() || audiences.is_some_and(|values| values.iter().any(wanted)))
    }
}

fn bare(audience: &str) -> &str {
    let without_scheme = audience.strip_prefix("https://").or_else(|| audience.strip_prefix("http://"));
    let rest = without_scheme.unwrap_or(audience);
    rest.strip_suffix('/').unwrap_or(rest)
}
