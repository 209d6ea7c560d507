//! Everything that is read of a cluster.

use kube::Client;
use serde_json::Value;

use crate::access::Access;
use crate::discovery::{self, Resource};
use crate::kinds::{EXPECTED, Filter, KINDS};
use crate::{ClusterError, list, strip};

/// The namespace where the CNI agent is often installed.
const KUBE_SYSTEM: &str = "kube-system";

/// A CRD holds a schema of up to a megabyte, so few of them make a page.
const DEFINITIONS_IN_A_PAGE: u32 = 20;

/// What is read.
#[derive(Clone, Debug)]
pub struct Selection {
    /// The namespaces; `None` for all of them.
    pub namespaces: Option<Vec<String>>,
    /// Where Istio is installed.
    pub root_namespace: String,
}

/// What was read of a cluster.
#[derive(Clone, Debug, Default)]
pub struct Snapshot {
    /// The API server's version, as `v1.34.2`.
    pub version: String,
    /// The objects, sorted by path.
    pub objects: Vec<ServedObject>,
    /// The custom resource definitions; `None` if they could not be read.
    pub definitions: Option<Vec<Definition>>,
    /// Kinds that could not be read.
    pub unread: Vec<Unread>,
    /// Kinds that one would expect and that are not served.
    pub missing: Vec<String>,
}

/// An object as the text of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServedObject {
    /// `shop/AuthorizationPolicy/cart`, or `_cluster/Namespace/shop`.
    pub path: String,
    /// The kind with its group, as `AuthorizationPolicy.security.istio.io`.
    pub kind: String,
    /// Whether a controller makes it, so that applying it again is not how it comes back.
    pub is_made_by_a_controller: bool,
    /// The object as YAML, without what the API server keeps for itself.
    pub text: String,
}

/// A custom resource definition, as far as it matters here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Definition {
    /// The API group.
    pub group: String,
    /// The kind.
    pub kind: String,
    /// The versions that are served.
    pub versions: Vec<String>,
    /// `gateway.networking.k8s.io/bundle-version`.
    pub bundle_version: Option<String>,
    /// `gateway.networking.k8s.io/channel`.
    pub channel: Option<String>,
}

/// A kind that could not be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unread {
    /// The kind.
    pub kind: String,
    /// What the API server said.
    pub why: String,
    /// Whether a mesh without it means something else.
    pub has_meaning: bool,
}

/// Reads a cluster. `progress` is told the kind at hand and how many of it were read.
///
/// # Errors
/// If the API server cannot be reached, or does not let the account read anything. A single kind that cannot be read is
/// in [`Snapshot::unread`].
pub fn read(
    access: &Access,
    selection: &Selection,
    progress: &mut dyn FnMut(&str, usize),
) -> Result<Snapshot, ClusterError> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|error| ClusterError::Kubeconfig(error.to_string()))?;
    runtime.block_on(async {
        let (client, url) = access.client().await?;
        Reading { client, url, selection, snapshot: Snapshot::default(), forbidden: Vec::new(), listed: false }
            .run(progress)
            .await
    })
}

struct Reading<'a> {
    client: Client,
    url: String,
    selection: &'a Selection,
    snapshot: Snapshot,
    /// What the API server said where it refused.
    forbidden: Vec<String>,
    /// Whether it let us list anything.
    listed: bool,
}

impl Reading<'_> {
    async fn run(mut self, progress: &mut dyn FnMut(&str, usize)) -> Result<Snapshot, ClusterError> {
        let version = self.client.apiserver_version().await;
        self.snapshot.version = version.map_err(|error| ClusterError::of_client(&error, &self.url))?.git_version;
        let resources = discovery::resources(&self.client, &self.url).await?;
        let served = |kind: &&&str| resources.iter().any(|resource| resource.kind.kind == **kind);
        self.snapshot.missing = EXPECTED.iter().filter(|kind| !served(kind)).map(|kind| (*kind).to_owned()).collect();
        for resource in &resources {
            self.read_kind(resource, progress).await?;
        }
        self.read_definitions(progress).await?;
        if let (false, Some(why)) = (self.listed, self.forbidden.first()) {
            return Err(ClusterError::Forbidden { url: self.url, why: why.clone() });
        }
        self.snapshot.objects.sort_by(|one, other| one.path.cmp(&other.path));
        Ok(self.snapshot)
    }

    async fn read_kind(
        &mut self,
        resource: &Resource,
        progress: &mut dyn FnMut(&str, usize),
    ) -> Result<(), ClusterError> {
        let kind = resource.kind;
        for namespace in self.namespaces(resource) {
            let url = resource.url(namespace.as_deref());
            let mut keep = |object: Value| served(object, resource);
            let mut tell = |count| progress(kind.kind, count);
            match list::all(&self.client, &url, None, &mut keep, &mut tell).await {
                Ok(objects) => {
                    // What stands in a namespace of Istio's own says nothing about the rights elsewhere.
                    self.listed |= kind.filter == Filter::All;
                    self.snapshot.objects.extend(objects);
                }
                Err(error) if kind.kind == "Namespace" && self.get_namespaces(resource).await => drop(error),
                Err(error) => self.unreadable(kind.kind, kind.has_meaning, &error)?,
            }
        }
        Ok(())
    }

    /// The namespaces to list a kind in; `None` stands for all at once.
    fn namespaces(&self, resource: &Resource) -> Vec<Option<String>> {
        let root = self.selection.root_namespace.clone();
        match &self.selection.namespaces {
            _ if !resource.namespaced => vec![None],
            _ if resource.kind.filter == Filter::OfIstioInstallation => {
                let mut names = vec![Some(root), Some(KUBE_SYSTEM.to_owned())];
                names.dedup();
                names
            }
            None => vec![None],
            Some(names) => {
                let mut names: Vec<Option<String>> = names.iter().cloned().map(Some).collect();
                names.push(Some(root));
                names.sort();
                names.dedup();
                names
            }
        }
    }

    /// Who may read in a few namespaces only may still get these by name.
    async fn get_namespaces(&mut self, resource: &Resource) -> bool {
        let Some(names) = &self.selection.namespaces else { return false };
        let mut found = Vec::new();
        for name in names {
            if let Ok(object) = list::one(&self.client, &resource.url(None), name).await {
                found.extend(served(object, resource));
            }
        }
        let all = found.len() == names.len();
        self.snapshot.objects.extend(found);
        all
    }

    /// What the API server refuses for one kind is a finding. What keeps everything from being read is not.
    fn unreadable(&mut self, kind: &str, has_meaning: bool, error: &kube::Error) -> Result<(), ClusterError> {
        let kube::Error::Api(status) = error else { return Err(ClusterError::of_client(error, &self.url)) };
        if status.code == 401 {
            return Err(ClusterError::of_client(error, &self.url));
        }
        let why = status.message.lines().next().unwrap_or_default().to_owned();
        if status.code == 403 {
            self.forbidden.push(why.clone());
        }
        let known = self.snapshot.unread.iter().any(|unread| unread.kind == kind);
        if !known {
            self.snapshot.unread.push(Unread { kind: kind.to_owned(), why, has_meaning });
        }
        Ok(())
    }

    async fn read_definitions(&mut self, progress: &mut dyn FnMut(&str, usize)) -> Result<(), ClusterError> {
        let url = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
        let mut tell = |count| progress("CustomResourceDefinition", count);
        let mut keep = |object: Value| Definition::read(&object);
        match list::all(&self.client, url, Some(DEFINITIONS_IN_A_PAGE), &mut keep, &mut tell).await {
            Ok(mut definitions) => {
                definitions.retain(|it| KINDS.iter().any(|kind| kind.group == it.group));
                definitions.sort_by(|one, other| (&one.group, &one.kind).cmp(&(&other.group, &other.kind)));
                self.listed = true;
                self.snapshot.definitions = Some(definitions);
                Ok(())
            }
            Err(error) => self.unreadable("CustomResourceDefinition", false, &error),
        }
    }
}

fn served(object: Value, resource: &Resource) -> Option<ServedObject> {
    let text = |pointer: &str| object.pointer(pointer).and_then(Value::as_str).map(str::to_owned);
    let name = text("/metadata/name").filter(|name| resource.kind.wants(name) && is_segment(name))?;
    let namespace = text("/metadata/namespace").filter(|namespace| is_segment(namespace));
    let is_made_by_a_controller = strip::is_made_by_a_controller(&object);
    let kept = strip::strip(object, &resource.api_version, resource.kind.kind)?;
    let group = if resource.kind.group.is_empty() { String::new() } else { format!(".{}", resource.kind.group) };
    let namespace = namespace.as_deref().unwrap_or("_cluster");
    Some(ServedObject {
        path: format!("{namespace}/{}/{name}", resource.kind.path()),
        kind: format!("{}{group}", resource.kind.kind),
        is_made_by_a_controller,
        text: s2a_yaml::write(&kept),
    })
}

/// Names become parts of paths, and none may lead out of its folder. No API server gives such names.
fn is_segment(name: &str) -> bool {
    !name.is_empty() && !name.contains(['/', '\\', '\0']) && !name.starts_with('.')
}

impl Definition {
    fn read(object: &Value) -> Option<Self> {
        let text = |pointer: &str| object.pointer(pointer).and_then(Value::as_str).map(str::to_owned);
        let annotation = |key: &str| object.pointer("/metadata/annotations")?.get(key)?.as_str().map(str::to_owned);
        let versions = object.pointer("/spec/versions").and_then(Value::as_array).into_iter().flatten();
        let served = versions.filter(|version| version.get("served").and_then(Value::as_bool) == Some(true));
        Some(Definition {
            group: text("/spec/group")?,
            kind: text("/spec/names/kind")?,
            versions: served.filter_map(|version| version.get("name")?.as_str().map(str::to_owned)).collect(),
            bundle_version: annotation("gateway.networking.k8s.io/bundle-version"),
            channel: annotation("gateway.networking.k8s.io/channel"),
        })
    }
}
