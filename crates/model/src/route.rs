//! Routes: what VirtualServices and the routes of Gateway API say, and the ordered list that a proxy makes of them.

mod action;
mod backend;
mod connection;
mod cors;
mod destination_rule;
mod http_route;
mod retries;
mod rewrite;
mod rule;
mod table;
mod virtual_service;

pub use action::{BackendRef, HeaderChanges, Mirror, Redirect, RouteAction, Target};
pub use backend::{Resolution, Router};
pub use connection::{ConnectionMatch, ConnectionRoute, ConnectionRule, ConnectionTable};
pub use cors::{Cors, origin_of, origin_pattern};
pub use destination_rule::{ClientTls, DestinationRule, Subset};
pub use http_route::{HttpRoute, ParentRef, PathKind, SortKey, sort_key};
pub use retries::{DEFAULT_CONDITIONS, Retries};
pub use rewrite::{PathRewrite, Rewrite};
pub use rule::{ClientCondition, HeaderMatch, HeaderTest, QueryMatch, RouteMatch, RouteRule};
pub use table::{Otherwise, Route, RouteTable};
pub use virtual_service::VirtualService;
