//! What is known about Istio, Gateway API and Kubernetes, per version.
//!
//! The facts are the TOML files under `rules/`, compiled into the library: [`Catalog::load`] reads and checks them.
//! What the program itself decides by, the [`codes`], the [`checks`] and the [`Feature`]s of a [`Target`], is generated from the same
//! files as constants, so that a name which does not exist stops the build.
//!
//! ```
//! use s2a_catalog::{Catalog, Feature, Layer, Target};
//!
//! let catalog = Catalog::load()?;
//! let paths = catalog.attribute("rules.to.operation.paths").map(|attribute| attribute.layer);
//! assert_eq!(paths, Some(Layer::L7));
//!
//! let target = Target::parse("1.31", "1.6/standard")?;
//! assert!(!target.supports(Feature::HttpRouteRetry));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod attribute;
mod catalog;
mod check;
pub mod checks;
pub mod codes;
mod diagnostic;
mod embedded;
mod error;
mod feature;
mod features;
mod hazard;
mod known;
mod message;
mod release;
mod rewrite;
mod target;
mod targets;

pub use attribute::{AtWaypoint, AtZtunnel, Attribute, Layer, MatchSyntax, Observer};
pub use catalog::Catalog;
pub use check::{Check, CheckRow, IstiodFlag, Weight};
pub use diagnostic::DiagnosticRow;
pub use error::CatalogError;
pub use feature::Support;
pub use features::Feature;
pub use hazard::{Hazard, HazardStatus};
pub use message::{Fidelity, Field, Message};
pub use release::{Release, ReleaseError};
pub use rewrite::{Effect, Rewrite};
pub use target::{Channel, Target, TargetError};
pub use targets::{DefaultTarget, FeatureRow, GatewayApiRow, IstioRow, KubernetesRow, Targets};
