//! TCPRoutes.

use s2a_model::route::ConnectionRoute;
use serde_json::{Map, Value, json};

use super::http_route::{reference, write_parent};

/// Writes a TCPRoute.
pub(super) fn write(route: &ConnectionRoute, metadata: Map<String, Value>) -> Value {
    let parents: Vec<Value> = route.parents.iter().map(write_parent).collect();
    let rules = route.rules.iter().map(|rule| {
        let single = rule.backends.len() == 1;
        let write = |backend| {
            let mut written = reference(backend, &route.name.namespace);
            if single && let Some(entries) = written.as_object_mut() {
                entries.shift_remove("weight");
            }
            written
        };
        let backends: Vec<Value> = rule.backends.iter().map(write).collect();
        json!({ "backendRefs": backends })
    });
    json!({
        "apiVersion": "gateway.networking.k8s.io/v1",
        "kind": "TCPRoute",
        "metadata": metadata,
        "spec": { "parentRefs": parents, "rules": rules.collect::<Vec<_>>() },
    })
}
