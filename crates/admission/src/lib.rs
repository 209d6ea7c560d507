//! Would the API server take this object?
//!
//! Answers offline what a create request would be answered with: unknown fields, the structural schema, list keys,
//! the CEL rules and the naming rules, for the CRDs of one Istio and one Gateway API release and for the kinds of
//! Kubernetes itself that we write. The CRDs are data, bundled from `rules/crds`.
//!
//! Not asked here, because a manifest alone cannot say: webhooks, admission policies, quotas, access rights, and what
//! the server compares with an object it already has.
//!
//! ```
//! use s2a_admission::{Admission, Answer, Release};
//!
//! let admission = Admission::new(Release { istio: "1.31", gateway_api: "1.6", experimental: false })?;
//! let policy = serde_json::json!({
//!     "apiVersion": "security.istio.io/v1",
//!     "kind": "AuthorizationPolicy",
//!     "metadata": { "name": "nobody", "namespace": "shop" },
//!     "spec": {},
//! });
//! assert_eq!(admission.review(&policy)?, Answer::Accepted);
//! # Ok::<(), s2a_admission::AdmissionError>(())
//! ```

mod admission;
mod answer;
mod bundle;
mod error;
mod field_path;
mod installed;
mod metadata;
mod names;
mod schema;
mod stored;

pub use admission::{Admission, Release};
pub use answer::{Answer, Violation, ViolationRule};
pub use error::AdmissionError;
