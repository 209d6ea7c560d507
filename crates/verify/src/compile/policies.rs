//! The policies of one point as a decision list.

use std::collections::BTreeSet;

use s2a_model::authz::{Alternative, JwtRule, PolicySet};

use super::Unclear;
use super::literal::{Seen, Ways, issuer, literal, token, ways};
use crate::logic::{Cube, List, Terminal};
use crate::space::{self, Dimension, Pattern, Predicate, TextMatch};

/// The answer of a list that lets a request through.
pub(super) const ADMITTED: Terminal = 0;
/// The answer of a list that does not.
pub(super) const REFUSED: Terminal = 1;

/// More ways than this to satisfy one rule are not multiplied out.
const MOST_WAYS: usize = 4096;

/// The flag that says that a token is one which no issuer accepts.
pub(crate) const BAD_TOKEN: &str = "bad token";

/// The flag that says that a provider refuses the request.
pub(crate) fn provider_flag(provider: &str) -> String {
    format!("provider {provider} refuses")
}

/// The policies in Envoy's order: CUSTOM, tokens, DENY, ALLOW.
pub(super) fn list(policies: &PolicySet, seen: &Seen) -> Result<List, Unclear> {
    let mut cubes = Vec::new();
    let looks_at_tokens = seen.http && !policies.tokens.rules.is_empty();
    let several = policies.custom.len() > 1;
    for custom in &policies.custom {
        let flag = literal(Dimension::Flag(provider_flag(&custom.provider)), Predicate::True, false);
        let asked = if several { Vec::new() } else { vec![flag] };
        add(&mut cubes, &custom.rules, seen, false, &asked, REFUSED)?;
    }
    if looks_at_tokens {
        token_cubes(&mut cubes, &policies.tokens.rules);
    }
    add(&mut cubes, &policies.deny, seen, looks_at_tokens, &[], REFUSED)?;
    let default = match &policies.allow {
        None => ADMITTED,
        Some(rules) => {
            add(&mut cubes, rules, seen, looks_at_tokens, &[], ADMITTED)?;
            REFUSED
        }
    };
    Ok(List { cubes, default })
}

fn add(
    cubes: &mut Vec<Cube>,
    rules: &[Alternative],
    seen: &Seen,
    tokens: bool,
    besides: &[space::Literal],
    terminal: Terminal,
) -> Result<(), Unclear> {
    for (origin, rule) in rules.iter().enumerate() {
        for way in satisfied(rule, seen, tokens)? {
            cubes.push(Cube { literals: [way.as_slice(), besides].concat(), terminal, origin });
        }
    }
    Ok(())
}

/// All ways to satisfy a rule.
fn satisfied(rule: &Alternative, seen: &Seen, tokens: bool) -> Result<Ways, Unclear> {
    let mut all: Ways = vec![Vec::new()];
    // What never holds is found before what cannot be said.
    let mut unclear = None;
    for condition in &rule.literals {
        match ways(condition, seen, tokens) {
            Ok(more) => {
                all = all
                    .iter()
                    .flat_map(|way| more.iter().map(move |other| [way.clone(), other.clone()].concat()))
                    .collect();
            }
            Err(why) => unclear = Some(why),
        }
        if all.len() > MOST_WAYS {
            return Err(Unclear::Said("a rule has too many alternatives to be multiplied out".to_owned()));
        }
    }
    match unclear {
        Some(why) if !all.is_empty() => Err(why),
        Some(_) | None => Ok(all),
    }
}

/// A token that no rule accepts is refused.
fn token_cubes(cubes: &mut Vec<Cube>, rules: &[JwtRule]) {
    let mut refuse = |literals: Vec<space::Literal>| cubes.push(Cube { literals, terminal: REFUSED, origin: 0 });
    refuse(vec![literal(Dimension::Flag(BAD_TOKEN.to_owned()), Predicate::True, false)]);
    let issuers: BTreeSet<&str> = rules.iter().map(|rule| rule.issuer.as_str()).collect();
    let exact = |text: &str| Pattern::Exact(text.to_owned());
    let of = |any_of: Vec<Pattern>| Predicate::Text(TextMatch { any_of, ignore_case: false });
    let known = of(issuers.iter().map(|issuer| exact(issuer)).collect());
    refuse(vec![token(), literal(issuer(), known, true)]);
    for name in issuers {
        let own: Vec<&JwtRule> = rules.iter().filter(|rule| rule.issuer == name).collect();
        if own.iter().any(|rule| rule.audiences.is_empty()) {
            continue;
        }
        let audiences = own.iter().flat_map(|rule| &rule.audiences).map(|audience| {
            let bare = audience.trim_start_matches("https://").trim_start_matches("http://").trim_end_matches('/');
            Pattern::Regex(format!("(https?://)?{}/*", regex_syntax::escape(bare)))
        });
        let audience = literal(Dimension::Claim("aud".to_owned()), of(audiences.collect()), true);
        refuse(vec![literal(issuer(), of(vec![exact(name)]), false), audience]);
    }
}
