//! Routes: what VirtualService and HTTPRoute say, and the ordered list that a proxy makes of them.

mod action;
mod backend;
mod destination_rule;
mod http_route;
mod rewrite;
mod rule;
mod table;
mod virtual_service;

pub use action::{BackendRef, HeaderChanges, Mirror, Redirect, RouteAction, Target};
pub use backend::{Resolution, Router};
pub use destination_rule::{ClientTls, DestinationRule, Subset};
pub use http_route::{HttpRoute, ParentRef, PathKind, SortKey, sort_key};
pub use rewrite::{PathRewrite, Rewrite};
pub use rule::{ClientCondition, HeaderMatch, HeaderTest, QueryMatch, RouteMatch, RouteRule};
pub use table::{Otherwise, Route, RouteTable};
pub use virtual_service::VirtualService;
