//! Workload identities.

use std::fmt;

/// A SPIFFE identity without its scheme: `trust-domain/ns/namespace/sa/account`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Principal(String);

impl Principal {
    /// The identity of a service account.
    #[must_use]
    pub fn of(trust_domain: &str, namespace: &str, service_account: &str) -> Self {
        Principal(format!("{trust_domain}/ns/{namespace}/sa/{service_account}"))
    }

    /// Reads `trust-domain/ns/namespace/sa/account`. ztunnel accepts no other shape (istio/ztunnel
    /// `src/identity/manager.rs`).
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let parts: Vec<&str> = text.split('/').collect();
        match parts.as_slice() {
            [domain, "ns", namespace, "sa", account]
                if ![domain, namespace, account].iter().any(|part| part.is_empty()) =>
            {
                Some(Principal(text.to_owned()))
            }
            _ => None,
        }
    }

    /// The whole identity, without scheme.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The namespace part.
    #[must_use]
    pub fn namespace(&self) -> &str {
        self.0.split('/').nth(2).unwrap_or_default()
    }

    /// The service account part.
    #[must_use]
    pub fn service_account(&self) -> &str {
        self.0.split('/').nth(4).unwrap_or_default()
    }
}

impl fmt::Display for Principal {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}
