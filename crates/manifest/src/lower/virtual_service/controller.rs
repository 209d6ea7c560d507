//! Controllers that rewrite VirtualServices while a rollout is under way.
//!
//! Source: argoproj/argo-rollouts `pkg/apis/rollouts/v1alpha1/types.go` (`IstioTrafficRouting`), fluxcd/flagger
//! `pkg/router/istio.go` (`reconcileVirtualService`: the VirtualService has the name of the Canary's Service and the
//! Canary as its owner).

use std::collections::BTreeMap;

use s2a_model::{Name, ObjectId};
use serde_json::Value;

use crate::Object;

/// The VirtualServices that have a controller, by name.
#[derive(Default)]
pub(in crate::lower) struct Controllers(BTreeMap<Name, ObjectId>);

impl Controllers {
    /// Those that the Rollouts of Argo and the Canaries of Flagger among the objects name.
    pub(in crate::lower) fn of(objects: &[&Object]) -> Self {
        let named = objects.iter().flat_map(|object| match (object.group(), object.id.kind.as_str()) {
            ("argoproj.io", "Rollout") => by_rollout(&object.json).into_iter().map(|name| (name, *object)).collect(),
            ("flagger.app", "Canary") => by_canary(&object.json).into_iter().map(|name| (name, *object)).collect(),
            _ => Vec::new(),
        });
        let in_namespace = |(name, object): (String, &Object)| {
            let id = object.id.clone();
            // Argo takes `name.namespace`, too.
            let (name, namespace) = name.split_once('.').unwrap_or((name.as_str(), id.name.namespace.as_str()));
            (Name::new(namespace, name), id)
        };
        Controllers(named.map(in_namespace).collect())
    }

    /// The controller of a VirtualService: one that names it, or that is its owner.
    pub(super) fn of_virtual_service(&self, object: &Object) -> Option<ObjectId> {
        self.0.get(&object.id.name).cloned().or_else(|| owner(object))
    }
}

/// `spec.strategy.canary.trafficRouting.istio.virtualService`, or several of them.
fn by_rollout(rollout: &Value) -> Vec<String> {
    let Some(istio) = rollout.pointer("/spec/strategy/canary/trafficRouting/istio") else { return Vec::new() };
    let several = istio.get("virtualServices").and_then(Value::as_array).into_iter().flatten();
    let all = istio.get("virtualService").into_iter().chain(several);
    all.filter_map(|one| one.get("name")?.as_str()).map(str::to_owned).collect()
}

/// `spec.service.name`, else `spec.targetRef.name`.
fn by_canary(canary: &Value) -> Option<String> {
    let name = |pointer: &str| canary.pointer(pointer).and_then(Value::as_str);
    name("/spec/service/name").or_else(|| name("/spec/targetRef/name")).map(str::to_owned)
}

fn owner(object: &Object) -> Option<ObjectId> {
    let owners = object.json.pointer("/metadata/ownerReferences")?.as_array()?;
    owners.iter().find_map(|owner| {
        let text = |key: &str| owner.get(key).and_then(Value::as_str);
        let is_canary = text("kind")? == "Canary" && text("apiVersion")?.starts_with("flagger.app/");
        is_canary.then_some(())?;
        Some(ObjectId {
            api_version: text("apiVersion")?.to_owned(),
            kind: text("kind")?.to_owned(),
            name: Name::new(object.id.name.namespace.clone(), text("name")?),
        })
    })
}
