//! From an object as served to the object as a person would keep it.

use serde_json::{Map, Value};

/// Fields of the metadata that the API server writes and that hinder an apply. `creationTimestamp` stays: the order of
/// VirtualServices and PeerAuthentications depends on it.
const WRITTEN_BY_SERVER: [&str; 6] =
    ["generation", "managedFields", "resourceVersion", "selfLink", "uid", "deletionGracePeriodSeconds"];

/// What `kubectl apply` remembers, and writes anew.
const LAST_APPLIED: &str = "kubectl.kubernetes.io/last-applied-configuration";

/// What is kept of a pod's status: whether it runs, and where it is called.
const OF_POD_STATUS: [&str; 3] = ["phase", "podIP", "podIPs"];

/// Takes away what the API server keeps for itself. `api_version` and `kind` are filled in, since items of a list may
/// lack them.
pub(crate) fn strip(object: Value, api_version: &str, kind: &str) -> Option<Value> {
    let Value::Object(mut fields) = object else { return None };
    let status = fields.remove("status");
    fields.remove("apiVersion");
    fields.remove("kind");
    let mut kept = Map::new();
    kept.insert("apiVersion".to_owned(), Value::from(api_version));
    kept.insert("kind".to_owned(), Value::from(kind));
    if let Some(Value::Object(metadata)) = fields.get_mut("metadata") {
        strip_metadata(metadata);
    }
    kept.extend(fields);
    if let (Some(status), "Pod") = (status.as_ref().and_then(Value::as_object), kind) {
        let of_pod = OF_POD_STATUS.iter().filter_map(|key| Some(((*key).to_owned(), status.get(*key)?.clone())));
        kept.insert("status".to_owned(), Value::Object(of_pod.collect()));
    }
    Some(Value::Object(kept))
}

fn strip_metadata(metadata: &mut Map<String, Value>) {
    for field in WRITTEN_BY_SERVER {
        metadata.remove(field);
    }
    let Some(Value::Object(annotations)) = metadata.get_mut("annotations") else { return };
    annotations.remove(LAST_APPLIED);
    if annotations.is_empty() {
        metadata.remove("annotations");
    }
}

/// Whether some controller makes the object: then applying it again is not how it comes back.
pub(crate) fn is_made_by_a_controller(object: &Value) -> bool {
    let owners = object.pointer("/metadata/ownerReferences").and_then(Value::as_array).into_iter().flatten();
    owners.into_iter().any(|owner| owner.get("controller").and_then(Value::as_bool) == Some(true))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_the_server_wrote_goes_and_the_age_stays() {
        let served = json!({
            "metadata": {
                "name": "cart", "namespace": "shop", "uid": "1", "resourceVersion": "2", "generation": 3,
                "creationTimestamp": "2026-01-01T00:00:00Z", "managedFields": [],
                "annotations": { LAST_APPLIED: "{}" },
            },
            "spec": { "hosts": ["cart"] },
            "status": { "conditions": [] },
        });
        let expected = json!({
            "apiVersion": "networking.istio.io/v1",
            "kind": "VirtualService",
            "metadata": { "name": "cart", "namespace": "shop", "creationTimestamp": "2026-01-01T00:00:00Z" },
            "spec": { "hosts": ["cart"] },
        });
        assert_eq!(strip(served, "networking.istio.io/v1", "VirtualService"), Some(expected));
    }

    #[test]
    fn a_pod_keeps_its_phase_and_address() {
        let served =
            json!({ "metadata": {}, "status": { "phase": "Running", "podIP": "10.0.0.7", "hostIP": "10.1.0.1" } });
        let stripped = strip(served, "v1", "Pod").unwrap();
        assert_eq!(stripped["status"], json!({ "phase": "Running", "podIP": "10.0.0.7" }));
    }

    #[test]
    fn other_annotations_stay() {
        let served = json!({ "metadata": { "annotations": { "a": "b", LAST_APPLIED: "{}" } } });
        assert_eq!(strip(served, "v1", "Service").unwrap()["metadata"]["annotations"], json!({ "a": "b" }));
        assert_eq!(strip(json!([]), "v1", "Service"), None);
    }
}
