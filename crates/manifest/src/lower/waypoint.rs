//! Waypoints: Gateways of the class `istio-waypoint`.

use s2a_model::topology::{Waypoint, WaypointFor};
use serde_json::Value;

use super::reader::labels;
use crate::Object;

/// Lowers a Gateway, if it is a waypoint.
pub(super) fn lower(object: &Object) -> Option<Waypoint> {
    let spec = object.json.get("spec")?;
    if spec.get("gatewayClassName")?.as_str()? != "istio-waypoint" {
        return None;
    }
    let serves = match labels(object).get("istio.io/waypoint-for").map(String::as_str) {
        None | Some("service") => WaypointFor::Service,
        Some("workload") => WaypointFor::Workload,
        Some("all") => WaypointFor::All,
        Some(_) => WaypointFor::None,
    };
    let account = object.annotation("gateway.istio.io/service-account").unwrap_or(&object.id.name.name);
    Some(Waypoint {
        name: object.id.name.clone(),
        service_account: account.to_owned(),
        serves,
        shared: is_shared(spec),
        object: object.id.clone(),
    })
}

/// Whether the HBONE listener admits other namespaces. A selector is taken for an admission of those it is meant for.
fn is_shared(spec: &Value) -> bool {
    let from = |listener: &Value| {
        let from = listener.get("allowedRoutes")?.get("namespaces")?.get("from")?.as_str()?.to_owned();
        Some(from)
    };
    let listeners = spec.get("listeners").and_then(Value::as_array);
    listeners.into_iter().flatten().filter_map(from).any(|from| from == "All" || from == "Selector")
}
