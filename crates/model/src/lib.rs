//! What a mesh is and what it means: [`Mesh`], [`Request`] and [`Mesh::evaluate`].
//!
//! Sidecar mode and ambient mode differ in which proxies a request meets, what each of them can see, and in what order
//! they decide and change it. So there is one mesh and one meaning; the modes differ in the path of
//! [`EnforcementPoint`]s and in each point's [`View`].
//!
//! The facts are those of istiod, ztunnel and Envoy; each module names the source it was written from.

pub mod authz;
pub mod change;
pub mod evaluate;
mod identity;
mod list;
mod mesh;
mod name;
mod outcome;
pub mod path;
mod pattern;
mod request;
pub mod route;
mod settings;
pub mod topology;

pub use identity::Principal;
pub use list::{ByName, BySubject, Named, Subjects};
pub use mesh::{ClientMode, Mesh};
pub use name::{Name, ObjectId, Origin};
pub use outcome::{Backend, Difference, Outcome, Refusal, Share, difference, normalize};
pub use path::{Arrival, EnforcementPoint};
pub use pattern::{Pattern, TextMatch};
pub use request::{Claims, Client, ClientKind, Destination, HttpRequest, Request, Token, View};
pub use settings::{Features, OutboundPolicy, PathNormalization, Settings};
