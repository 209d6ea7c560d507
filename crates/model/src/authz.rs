//! Authorization: what policies say, which of them a point enforces, and how it decides.

mod attachment;
mod envoy;
mod literal;
mod peer_authentication;
mod policy;
mod policy_set;
mod request_authentication;
mod ztunnel;

pub use envoy::Chain;
pub use literal::{Alternative, Attribute, Literal, RequestPrincipalMatch, Test};
pub use peer_authentication::{MutualTls, PeerAuthentication};
pub use policy::{Action, AuthorizationPolicy, Operation, Rule, Scope, Source, TargetKind, TargetRef, Values, When};
pub use policy_set::{CustomRules, Decision, PolicySet};
pub use request_authentication::{JwtRule, RequestAuthentication, TokenRules};
