//! Faults, retries and CORS: whether an HTTPRoute of the target says just the same.

use s2a_catalog::codes;
use s2a_model::Origin;
use s2a_model::route::{Cors, DEFAULT_CONDITIONS, Retries, RouteAction, origin_of};

use super::Refusable;
use super::condition::refuse;
use crate::RouteOptions;

/// Refuses what the target's HTTPRoute cannot say.
pub(super) fn check(options: &RouteOptions, action: &RouteAction, origin: &Origin) -> Refusable<()> {
    if action.fault.is_some() {
        return refuse(&codes::FAULT_INJECTION_NOT_EXPRESSIBLE, origin, "fault", "an HTTPRoute injects no faults");
    }
    if let Some(obstacle) = action.retries.as_ref().and_then(|retries| obstacle_to_retries(retries, options)) {
        return refuse(&codes::RETRY_NOT_IN_CHANNEL, origin, "retries", obstacle);
    }
    if let Some(obstacle) = action.cors.as_ref().and_then(|cors| obstacle_to_cors(cors, options)) {
        return refuse(&codes::CORS_NOT_EXPRESSIBLE, origin, "corsPolicy", obstacle);
    }
    Ok(())
}

/// Why these retries cannot be written. An HTTPRoute always retries on the four default conditions.
fn obstacle_to_retries(retries: &Retries, options: &RouteOptions) -> Option<&'static str> {
    let Retries { attempts, conditions, codes, per_try: _, backoff, other_localities, other_hosts } = retries;
    if !options.retries {
        return Some("`retry` is a field of the experimental channel; the standard one drops it in silence");
    }
    if *attempts == 0 {
        return (!options.no_attempts).then_some("the target's HTTPRoute cannot switch retries off");
    }
    if !conditions.iter().map(String::as_str).eq(DEFAULT_CONDITIONS) {
        return Some(
            "an HTTPRoute retries on connection errors, refused streams and unavailable servers, no more or less",
        );
    }
    if codes.iter().any(|code| !(400..600).contains(code)) {
        return Some("an HTTPRoute retries on codes from 400 to 599");
    }
    if *other_localities || !*other_hosts {
        return Some("an HTTPRoute does not say which hosts are tried again");
    }
    (backoff.is_some() && !options.retry_backoff).then_some("the target does not obey `retry.backoff`")
}

/// Why this CORS policy cannot be written.
fn obstacle_to_cors(cors: &Cors, options: &RouteOptions) -> Option<&'static str> {
    let Cors { origins, methods, headers, exposed: _, max_age, credentials: _, forwards_others } = cors;
    if !options.cors {
        return Some("the target's HTTPRoute has no CORS filter");
    }
    if *forwards_others {
        return Some("an HTTPRoute answers preflights that this policy forwards: set `unmatchedPreflights: IGNORE`");
    }
    if max_age.is_none_or(|age| age == 0) {
        return Some("an HTTPRoute always sends a `maxAge` of a second at least");
    }
    let spoken = |method: &String| super::simplify::METHODS.contains(&method.as_str()) || method == "*";
    if !methods.iter().all(spoken) || headers.iter().any(String::is_empty) {
        return Some("an HTTPRoute names one of nine methods, and headers by name");
    }
    let origins: Option<Vec<String>> = origins.iter().map(origin_of).collect();
    let alone = |origins: &[String]| origins.len() == 1 || !origins.contains(&"*".to_owned());
    let written = |origins: Vec<String>| alone(&origins) && origins.iter().all(|origin| is_origin(origin));
    (!origins.is_some_and(written)).then_some("these origins have no form in an HTTPRoute")
}

/// What the CRD takes for an origin: `*`, or a scheme with a host and perhaps a port.
fn is_origin(origin: &str) -> bool {
    let Some((scheme, rest)) = origin.split_once("://") else { return origin == "*" };
    let (host, port) = rest.split_once(':').unwrap_or((rest, "80"));
    let label = |it: char| it.is_ascii_alphanumeric() || it == '-' || it == '.';
    let host = host.strip_prefix("*.").unwrap_or(host);
    matches!(scheme, "http" | "https")
        && (host == "*" || (!host.is_empty() && host.chars().all(label)))
        && (1..=5).contains(&port.len())
        && port.chars().all(|it| it.is_ascii_digit())
}
