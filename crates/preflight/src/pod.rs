//! Pods, and the templates of pods.

use s2a_manifest::Object;
use serde_json::Value;

/// A pod, or the template that pods are made from, with its place in the object.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pod<'a> {
    /// The object.
    pub(crate) object: &'a Object,
    /// Where the template stands, as `spec.template.`; empty for a pod.
    at: &'static str,
    template: &'a Value,
}

/// A container of a pod.
#[derive(Clone, Debug)]
pub(crate) struct Container<'a> {
    /// Its name.
    pub(crate) name: &'a str,
    /// Where it stands in the object.
    pub(crate) field: String,
    /// Whether it is an init container.
    pub(crate) init: bool,
    value: &'a Value,
}

impl<'a> Pod<'a> {
    /// The template of an object; `None` for kinds without.
    pub(crate) fn new(object: &'a Object) -> Option<Self> {
        let (at, pointer) = match object.id.kind.as_str() {
            "Pod" => ("", ""),
            "CronJob" => ("spec.jobTemplate.spec.template.", "/spec/jobTemplate/spec/template"),
            "DaemonSet" | "Deployment" | "Job" | "ReplicaSet" | "ReplicationController" | "Rollout" | "StatefulSet" => {
                ("spec.template.", "/spec/template")
            }
            _ => return None,
        };
        Some(Pod { object, at, template: object.json.pointer(pointer)? })
    }

    /// The path of a field of the pod in its object.
    pub(crate) fn field(&self, field: &str) -> String {
        format!("{}{field}", self.at)
    }

    /// A value of the pod.
    pub(crate) fn get(&self, pointer: &str) -> Option<&'a Value> {
        self.template.pointer(pointer)
    }

    /// A label.
    pub(crate) fn label(&self, key: &str) -> Option<&'a str> {
        self.get("/metadata/labels")?.get(key)?.as_str()
    }

    /// All annotations.
    pub(crate) fn annotations(&self) -> impl Iterator<Item = (&'a str, &'a str)> {
        let all = self.get("/metadata/annotations").and_then(Value::as_object).into_iter().flatten();
        all.filter_map(|(key, value)| Some((key.as_str(), value.as_str()?)))
    }

    /// An annotation.
    pub(crate) fn annotation(&self, key: &str) -> Option<&'a str> {
        self.get("/metadata/annotations")?.get(key)?.as_str()
    }

    /// Init containers and containers, in this order.
    pub(crate) fn containers(&self) -> Vec<Container<'a>> {
        let mut all = Vec::new();
        for (list, init) in [("initContainers", true), ("containers", false)] {
            let values = self.get("/spec").and_then(|spec| spec.get(list)).and_then(Value::as_array);
            for (index, value) in values.into_iter().flatten().enumerate() {
                let name = value.get("name").and_then(Value::as_str).unwrap_or_default();
                all.push(Container { name, field: self.field(&format!("spec.{list}[{index}]")), init, value });
            }
        }
        all
    }

    /// The sidecar, whether it is a container or a native sidecar; `None` for gateways and pods without.
    pub(crate) fn sidecar(&self) -> Option<Container<'a>> {
        let proxies = self.containers().into_iter().filter(|container| container.name == "istio-proxy");
        proxies.into_iter().find(|container| container.arguments().any(|argument| argument == "sidecar"))
    }

    /// The name of what the pod belongs to: its controller, else itself.
    pub(crate) fn owner(&self) -> String {
        let owner = self.get("/metadata/ownerReferences/0");
        let text = |key: &str| owner.and_then(|owner| owner.get(key)).and_then(Value::as_str);
        let (Some(kind), Some(name)) = (text("kind"), text("name")) else { return self.object.reference().to_string() };
        let hash = self.label("pod-template-hash").map(|hash| format!("-{hash}")).unwrap_or_default();
        let namespace = &self.object.id.name.namespace;
        match (kind, name.strip_suffix(&hash)) {
            ("ReplicaSet", Some(deployment)) if !hash.is_empty() => format!("Deployment {namespace}/{deployment}"),
            _ => format!("{kind} {namespace}/{name}"),
        }
    }
}

impl<'a> Container<'a> {
    /// A value of the container.
    pub(crate) fn get(&self, pointer: &str) -> Option<&'a Value> {
        self.value.pointer(pointer)
    }

    /// The image.
    pub(crate) fn image(&self) -> &'a str {
        self.get("/image").and_then(Value::as_str).unwrap_or_default()
    }

    /// The arguments.
    pub(crate) fn arguments(&self) -> impl Iterator<Item = &'a str> {
        self.get("/args").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str)
    }

    /// The environment variables with a value of their own, in order, with their index.
    pub(crate) fn environment(&self) -> impl Iterator<Item = (usize, &'a str, &'a str)> {
        let variables = self.get("/env").and_then(Value::as_array).into_iter().flatten().enumerate();
        variables.filter_map(|(index, it)| Some((index, it.get("name")?.as_str()?, it.get("value")?.as_str()?)))
    }

    /// Whether it keeps running beside the others although it is an init container.
    pub(crate) fn is_native_sidecar(&self) -> bool {
        self.init && self.get("/restartPolicy").and_then(Value::as_str) == Some("Always")
    }
}
