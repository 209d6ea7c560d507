//! Retries, in the one form in which both APIs can be compared.
//!
//! Source: istio/istio `pilot/pkg/networking/core/route/retry/retry.go` (`ConvertPolicy`, `parseRetryOn`),
//! `pilot/pkg/config/kube/gateway/conversion.go` (`convertHTTPRoute`).

use std::collections::BTreeSet;
use std::fmt;

/// The conditions that hold where nobody says otherwise, and in every HTTPRoute.
pub const DEFAULT_CONDITIONS: [&str; 4] = ["cancelled", "connect-failure", "refused-stream", "unavailable"];

/// The condition that makes Envoy look at status codes.
const BY_STATUS: &str = "retriable-status-codes";

/// How often and when a request is sent again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Retries {
    /// How often at most; 0 for never.
    pub attempts: u32,
    /// Envoy's conditions. `retriable-status-codes` is not among them: it says nothing without codes, but to clients that
    /// send `x-envoy-retriable-status-codes`, and nothing more with them.
    pub conditions: BTreeSet<String>,
    /// Status codes that are retried.
    pub codes: BTreeSet<u16>,
    /// The timeout of each try in milliseconds, where it is shorter than that of the request.
    pub per_try: Option<u64>,
    /// The first interval between tries in milliseconds; `None` for Envoy's own.
    pub backoff: Option<u64>,
    /// Whether localities that have been tried are avoided.
    pub other_localities: bool,
    /// Whether hosts that have been tried are avoided.
    pub other_hosts: bool,
}

impl Default for Retries {
    fn default() -> Self {
        Retries {
            attempts: 2,
            conditions: DEFAULT_CONDITIONS.map(str::to_owned).into(),
            codes: BTreeSet::new(),
            per_try: None,
            backoff: None,
            other_localities: false,
            other_hosts: true,
        }
    }
}

impl Retries {
    /// The same in the form in which it is compared: without what has no effect beside this timeout.
    #[must_use]
    pub fn canonical(mut self, timeout: Option<u64>) -> Self {
        if self.attempts == 0 {
            return Retries { attempts: 0, ..Retries::default() };
        }
        self.conditions.remove(BY_STATUS);
        self.per_try = self.per_try.filter(|per_try| *per_try > 0 && timeout.is_none_or(|timeout| *per_try < timeout));
        self
    }
}

/// For a report.
impl fmt::Display for Retries {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let conditions: Vec<&str> = self.conditions.iter().map(String::as_str).collect();
        let codes: Vec<String> = self.codes.iter().map(u16::to_string).collect();
        write!(formatter, "{} on {}", self.attempts, [conditions.join(","), codes.join(",")].join(" ").trim_end())?;
        if let Some(per_try) = self.per_try {
            write!(formatter, ", {per_try}ms each")?;
        }
        if let Some(backoff) = self.backoff {
            write!(formatter, ", backoff {backoff}ms")?;
        }
        if self.other_localities {
            write!(formatter, ", other localities")?;
        }
        if !self.other_hosts {
            write!(formatter, ", any host")?;
        }
        Ok(())
    }
}
