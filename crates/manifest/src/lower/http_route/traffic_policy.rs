//! Timeouts, `retry` and the CORS filter.

use std::collections::BTreeSet;

use s2a_model::route::{Cors, Retries, origin_pattern};
use serde::Deserialize;

use crate::lower::string_match::milliseconds;

/// `timeouts`.
#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Timeouts {
    request: Option<String>,
    backend_request: Option<String>,
}

/// `retry`.
#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct RetrySpec {
    attempts: Option<u32>,
    codes: BTreeSet<u16>,
    backoff: Option<String>,
}

/// The CORS filter.
#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct CorsSpec {
    allow_origins: Vec<String>,
    allow_methods: Vec<String>,
    allow_headers: Vec<String>,
    expose_headers: Vec<String>,
    max_age: Option<u64>,
    allow_credentials: Option<bool>,
}

/// The timeout of a request, and its retries where they are not the default. Without `retry` a backend timeout becomes
/// the timeout of the route.
pub(super) fn timeout_and_retries(timeouts: Timeouts, retry: Option<RetrySpec>) -> (Option<u64>, Option<Retries>) {
    let Timeouts { request, backend_request } = timeouts;
    let parse = |text: Option<String>| text.as_deref().and_then(milliseconds).filter(|value| *value > 0);
    let (request, backend) = (parse(request), parse(backend_request));
    let Some(RetrySpec { attempts, codes, backoff }) = retry else { return (backend.or(request), None) };
    let backoff = backoff.as_deref().and_then(milliseconds);
    let attempts = attempts.unwrap_or(2);
    let retries = Retries { attempts, codes, per_try: backend, backoff, ..Retries::default() }.canonical(request);
    (request, Some(retries).filter(|it| *it != Retries::default()))
}

/// The CRD fills in an age of 5 seconds; 0 sends none.
pub(super) fn cors(spec: CorsSpec, forwards_others: bool) -> Cors {
    let CorsSpec { allow_origins, allow_methods, allow_headers, expose_headers, max_age, allow_credentials } = spec;
    Cors {
        origins: allow_origins.iter().filter_map(|origin| origin_pattern(origin)).collect(),
        methods: allow_methods,
        headers: allow_headers,
        exposed: expose_headers,
        max_age: Some(max_age.unwrap_or(5)).filter(|age| *age > 0),
        credentials: allow_credentials.unwrap_or(false),
        forwards_others,
    }
}
