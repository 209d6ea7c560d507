//! Timeouts, `retry` and the CORS filter.

use s2a_model::route::{Cors, Retries, RouteAction, origin_of};
use serde_json::{Value, json};

use super::set;

/// `timeouts`. The timeout of each try stands there, and means that only beside `retry`.
pub(super) fn timeouts(action: &RouteAction) -> Option<Value> {
    let per_try = action.retries.as_ref().and_then(|retries| retries.per_try);
    if action.timeout.is_none() && per_try.is_none() {
        return None;
    }
    let mut written = json!({});
    set(&mut written, "request", action.timeout.map(|timeout| json!(duration(timeout))));
    set(&mut written, "backendRequest", per_try.map(|timeout| json!(duration(timeout))));
    Some(written)
}

/// `retry`. The four default conditions go without saying.
pub(super) fn retry(retries: &Retries) -> Value {
    let mut written = json!({ "attempts": retries.attempts });
    set(&mut written, "codes", (!retries.codes.is_empty()).then(|| json!(retries.codes)));
    set(&mut written, "backoff", retries.backoff.map(|backoff| json!(duration(backoff))));
    written
}

/// The CORS filter.
pub(super) fn cors(cors: &Cors) -> Value {
    let list = |values: &[String]| (!values.is_empty()).then(|| json!(values));
    let origins: Vec<String> = cors.origins.iter().filter_map(origin_of).collect();
    let mut written = json!({});
    set(&mut written, "allowOrigins", list(&origins));
    set(&mut written, "allowCredentials", cors.credentials.then(|| json!(true)));
    set(&mut written, "allowMethods", list(&cors.methods));
    set(&mut written, "allowHeaders", list(&cors.headers));
    set(&mut written, "exposeHeaders", list(&cors.exposed));
    set(&mut written, "maxAge", cors.max_age.map(|age| json!(age)));
    json!({ "type": "CORS", "cors": written })
}

/// A duration of Gateway API: whole units only.
fn duration(milliseconds: u64) -> String {
    let (seconds, rest) = (milliseconds / 1000, milliseconds % 1000);
    let (minutes, left) = (seconds / 60, seconds % 60);
    match (seconds, rest) {
        (0, rest) => format!("{rest}ms"),
        (seconds, 0) if seconds < 60 || left != 0 && seconds < 100_000 => format!("{seconds}s"),
        (_, 0) if left == 0 => format!("{minutes}m"),
        (seconds, rest) if seconds < 100_000 => format!("{seconds}s{rest}ms"),
        (_, rest) => format!("{minutes}m{left}s{rest}ms"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_whole_units() {
        assert_eq!(duration(1500), "1s500ms");
        assert_eq!(duration(20_000), "20s");
        assert_eq!(duration(250), "250ms");
        assert_eq!(duration(120_000), "2m");
    }
}
