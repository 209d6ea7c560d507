//! What the checks look at.

use std::collections::BTreeMap;

use s2a_catalog::{Catalog, Check, Target};
use s2a_manifest::{Inventory, Object};
use s2a_model::Mesh;
use s2a_model::topology::{DataPlaneMode, Workload};

use crate::pod::Pod;
use crate::server::{Definition, Server};

/// The objects of a backup or a cluster, and what is known around them.
#[derive(Debug)]
pub struct Environment<'a> {
    /// What the objects mean.
    pub mesh: &'a Mesh,
    /// What is known about releases and settings.
    pub catalog: &'a Catalog,
    /// The releases that everything is judged for.
    pub target: Target,
    /// What the API server says of itself.
    pub server: Server,
    /// Version and kind of everything that a conversion of the same objects writes.
    pub written: Vec<(String, String)>,
    /// The mesh configuration with the object it stands in.
    pub mesh_config: Option<(&'a Object, serde_json::Value)>,
    objects: BTreeMap<&'a str, Vec<&'a Object>>,
}

impl<'a> Environment<'a> {
    /// Looks at an inventory and its meaning. A list of definitions among the objects takes the place of the server's.
    #[must_use]
    pub fn new(
        inventory: &'a Inventory,
        mesh: &'a Mesh,
        catalog: &'a Catalog,
        target: Target,
        mut server: Server,
    ) -> Self {
        let mut objects: BTreeMap<&str, Vec<&Object>> = BTreeMap::new();
        for object in inventory.effective() {
            objects.entry(object.id.kind.as_str()).or_default().push(object);
        }
        for list in objects.values_mut() {
            list.sort_by(|one, other| one.id.cmp(&other.id));
        }
        let found = objects.get("CustomResourceDefinition");
        if let (None, Some(found)) = (&server.definitions, found) {
            server.definitions = Some(found.iter().filter_map(|object| Definition::read(object)).collect());
        }
        let mesh_config = s2a_manifest::mesh_config(inventory);
        Environment { mesh, catalog, target, server, written: Vec::new(), mesh_config, objects }
    }

    /// The objects of a kind, sorted by name.
    pub(crate) fn of(&self, kind: &str) -> &[&'a Object] {
        self.objects.get(kind).map_or(&[], Vec::as_slice)
    }

    /// Whether what is not among the objects of a kind does not exist.
    pub(crate) fn is_known(&self, kind: &str) -> bool {
        let unread = self.server.unread.iter().any(|unread| unread.kind == kind);
        (self.server.complete && !unread) || !self.of(kind).is_empty()
    }

    /// The objects of a kind in one API group, sorted by name.
    pub(crate) fn of_group(&self, group: &str, kind: &str) -> impl Iterator<Item = &'a Object> {
        self.of(kind).iter().copied().filter(move |object| object.group() == group)
    }

    /// How many objects a check reads, as `2 Deployments, 1 Pod`.
    pub(crate) fn looked_at(&self, check: &Check) -> String {
        let counts = check.kinds.iter().map(|kind| (self.of(kind).len(), kind)).filter(|(count, _)| *count > 0);
        let words: Vec<String> = counts.map(|(count, kind)| format!("{count} {}", plural(kind, count))).collect();
        words.join(", ")
    }

    /// The workloads of the input that are, or would be, in the mesh, with their pods' template.
    pub(crate) fn workloads(&self) -> impl Iterator<Item = (&'a Workload, Pod<'a>)> {
        let given = self.mesh.workloads.iter().filter(|workload| !workload.assumed);
        given.filter_map(|workload| Some((workload, Pod::new(self.object(workload)?)?)))
    }

    fn object(&self, workload: &Workload) -> Option<&'a Object> {
        let same = |object: &&&Object| object.id == workload.object;
        self.of(&workload.object.kind).iter().find(same).copied()
    }

    /// The pods as they run, of every namespace.
    pub(crate) fn pods(&self) -> impl Iterator<Item = Pod<'a>> {
        self.of("Pod").iter().filter_map(|object| Pod::new(object))
    }

    /// Whether pods of the namespace are in the mesh by default.
    pub(crate) fn is_meshed(&self, namespace: &str) -> bool {
        let in_mesh = |workload: &Workload| workload.mode != DataPlaneMode::None && !workload.assumed;
        let labelled = self.mesh.namespaces.get(namespace).is_some_and(|it| {
            it.labels.get("istio-injection").is_some_and(|value| value == "enabled")
                || it.labels.contains_key("istio.io/rev")
                || it.labels.get("istio.io/dataplane-mode").is_some_and(|value| value == "ambient")
        });
        labelled || self.mesh.workloads.iter().any(|workload| workload.name.namespace == namespace && in_mesh(workload))
    }

    /// The pod templates of istiod, sorted by name.
    pub(crate) fn istiods(&self) -> Vec<Pod<'a>> {
        let templates = self.of("Deployment").iter().filter_map(|object| Pod::new(object));
        templates.filter(|pod| pod.label("app") == Some("istiod")).collect()
    }
}

/// `1 Pod`, `2 Pods`, `2 NetworkPolicies`.
pub(crate) fn plural(kind: &str, count: usize) -> String {
    match (count, kind.strip_suffix('y')) {
        (1, _) => kind.to_owned(),
        (_, Some(stem)) => format!("{stem}ies"),
        (_, None) => format!("{kind}s"),
    }
}
