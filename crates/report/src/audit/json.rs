//! The inventory as JSON.

use serde_json::{Value, json};

use super::{Audit, BlockRow, CallRow, NeedRow, WorkloadRow};
use crate::json::object;

/// The whole inventory.
#[must_use]
pub fn audit_to_json(audit: &Audit) -> Value {
    let Audit { objects, workloads, needs_waypoint, cannot_move, calls } = audit;
    json!({
        "schemaVersion": "1",
        "objects": objects,
        "workloads": workloads.iter().map(workload).collect::<Vec<_>>(),
        "needsWaypoint": needs_waypoint.iter().map(need).collect::<Vec<_>>(),
        "cannotMove": cannot_move.iter().map(block).collect::<Vec<_>>(),
        "calls": calls.iter().map(call).collect::<Vec<_>>(),
    })
}

fn workload(row: &WorkloadRow) -> Value {
    let WorkloadRow { namespace, name, mode, why, service_account, services } = row;
    json!({
        "namespace": namespace, "name": name, "mode": mode, "why": why,
        "serviceAccount": service_account, "services": services,
    })
}

fn need(row: &NeedRow) -> Value {
    let NeedRow { services, object: of, field, because } = row;
    json!({ "services": services, "object": object(of), "field": field, "because": because })
}

fn block(row: &BlockRow) -> Value {
    let BlockRow { object: of, code, title } = row;
    json!({ "object": object(of), "code": code, "title": title })
}

fn call(row: &CallRow) -> Value {
    let CallRow { from, to, object: of, field } = row;
    json!({ "from": from, "to": to, "object": object(of), "field": field })
}
