//! `retries` and `corsPolicy`.

use s2a_model::Pattern;
use s2a_model::route::{Cors, Retries};
use serde::Deserialize;

use crate::lower::string_match::{StringMatch, milliseconds};

/// `retries`.
#[derive(Clone, Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct RetriesSpec {
    attempts: i64,
    per_try_timeout: Option<String>,
    retry_on: String,
    retry_remote_localities: Option<bool>,
    retry_ignore_previous_hosts: Option<bool>,
    backoff: Option<String>,
}

/// `corsPolicy`.
#[derive(Clone, Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct CorsSpec {
    allow_origin: Vec<String>,
    allow_origins: Vec<StringMatch>,
    allow_methods: Vec<String>,
    allow_headers: Vec<String>,
    expose_headers: Vec<String>,
    max_age: Option<String>,
    allow_credentials: Option<bool>,
    unmatched_preflights: Option<String>,
}

/// Lowers `retries`. No attempts means no retries at all; numbers among the conditions are status codes.
pub(super) fn retries(spec: RetriesSpec, timeout: Option<u64>) -> Retries {
    let RetriesSpec {
        attempts,
        per_try_timeout,
        retry_on,
        retry_remote_localities,
        retry_ignore_previous_hosts,
        backoff,
    } = spec;
    let defaults = Retries::default();
    let (codes, conditions): (Vec<&str>, Vec<&str>) = retry_on
        .split(',')
        .map(str::trim)
        .filter(|part| !part.is_empty())
        .partition(|part| part.parse::<u16>().is_ok_and(|code| (100..600).contains(&code)));
    let retries = Retries {
        attempts: u32::try_from(attempts).unwrap_or(0),
        conditions: match retry_on.is_empty() {
            true => defaults.conditions,
            false => conditions.into_iter().map(str::to_owned).collect(),
        },
        codes: codes.into_iter().filter_map(|code| code.parse().ok()).collect(),
        per_try: per_try_timeout.as_deref().and_then(milliseconds),
        backoff: backoff.as_deref().and_then(milliseconds),
        other_localities: retry_remote_localities.unwrap_or(false),
        other_hosts: retry_ignore_previous_hosts.unwrap_or(true),
    };
    retries.canonical(timeout)
}

/// Lowers `corsPolicy`.
pub(super) fn cors(spec: CorsSpec) -> Cors {
    let CorsSpec {
        allow_origin,
        allow_origins,
        allow_methods,
        allow_headers,
        expose_headers,
        max_age,
        allow_credentials,
        unmatched_preflights,
    } = spec;
    let old = || allow_origin.into_iter().map(Pattern::Exact).collect();
    Cors {
        origins: match allow_origins.is_empty() {
            true => old(),
            false => allow_origins.iter().filter_map(StringMatch::pattern).collect(),
        },
        methods: allow_methods,
        headers: allow_headers,
        exposed: expose_headers,
        max_age: max_age.as_deref().and_then(milliseconds).map(|age| age / 1000),
        credentials: allow_credentials.unwrap_or(false),
        forwards_others: unmatched_preflights.as_deref() != Some("IGNORE"),
    }
}
