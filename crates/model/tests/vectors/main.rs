//! The published test vectors of Istio's meaning, row by row: authorization in sidecars, at ztunnel and at waypoints,
//! whole ambient paths, PeerAuthentication, RequestAuthentication, VirtualService and HTTPRoute.
//!
//! A row is a line of text. [`mesh`], [`policy`], [`ask`] and [`routes`] say how it is read; each table's rows carry the
//! numbers of the vectors, and each table ends with the rows that the model cannot state.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "these are tests"
)]

mod ask;
mod authz;
mod connections;
mod end_to_end;
mod http_route;
mod mesh;
mod mixed_modes;
mod peer_authentication;
mod policy;
mod port_protocols;
mod repeated_headers;
mod request_authentication;
mod routes;
mod virtual_service;

/// The rows that a function checks.
type Check = (&'static [u32], fn());

/// Fails if a row of `1..=last` is neither told nor listed as not stated, or is both.
fn assert_complete(rows: std::ops::RangeInclusive<u32>, told: &[u32], not_stated: &[(u32, &str)]) {
    for row in rows {
        let listed = not_stated.iter().any(|(number, reason)| *number == row && !reason.is_empty());
        assert!(told.contains(&row) != listed, "row {row} is told: {}, not stated: {listed}", told.contains(&row));
    }
}
