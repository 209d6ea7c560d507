//! What may be applied before the move, and what only with it.

use s2a_manifest::EmittedObject;
use s2a_report::Apply;
use serde_json::Value;

use crate::conversion::Conversion;

impl Conversion {
    /// The objects of the output that may be applied before the move, because no proxy of the mesh with sidecars takes
    /// notice of them.
    pub fn appliable_before(&self) -> impl Iterator<Item = &Value> {
        let before = |object: &&EmittedObject| of(object) == Some(Apply::Before);
        self.emitted.objects.iter().filter(before).filter_map(|object| object.after.as_ref())
    }
}

/// When an object has to be applied; `None` if there is nothing to apply. A waypoint, a Service that nobody calls yet with
/// its traffic policy, and policies that name Services are nothing to sidecars; routes are obeyed by those of their
/// namespace as soon as they are there (istio/istio `pilot/pkg/model/virtualservice.go`, `SelectVirtualServices`).
pub(crate) fn of(object: &EmittedObject) -> Option<Apply> {
    let after = match (&object.before, &object.after) {
        (None, Some(after)) => after,
        (Some(before), Some(after)) if before == after => return None,
        (Some(_), _) => return Some(Apply::With),
        (None, None) => return None,
    };
    let names_targets = || after.pointer("/spec/targetRefs").is_some();
    let inert = match object.object.kind.as_str() {
        "ConfigMap" | "DestinationRule" | "Gateway" | "Service" => true,
        "AuthorizationPolicy" | "RequestAuthentication" => names_targets(),
        _ => false,
    };
    Some(if inert { Apply::Before } else { Apply::With })
}
