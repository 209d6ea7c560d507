//! Which of the kinds the API server serves, and where.

use std::collections::BTreeMap;

use kube::Client;

use crate::ClusterError;
use crate::kinds::{KINDS, Kind};

/// Where a kind is served.
#[derive(Clone, Debug)]
pub(crate) struct Resource {
    /// The kind.
    pub(crate) kind: &'static Kind,
    /// `group/version`, or `v1`.
    pub(crate) api_version: String,
    /// The name in paths.
    plural: String,
    /// Whether its objects live in namespaces.
    pub(crate) namespaced: bool,
}

impl Resource {
    /// The path of the list, of one namespace or of all.
    pub(crate) fn url(&self, namespace: Option<&str>) -> String {
        let root = if self.api_version.contains('/') { "/apis" } else { "/api" };
        let namespace = namespace.map(|namespace| format!("namespaces/{namespace}/")).unwrap_or_default();
        format!("{root}/{}/{namespace}{}", self.api_version, self.plural)
    }
}

/// The kinds that are served, in the order of the table, each in the best version that has it.
pub(crate) async fn resources(client: &Client, url: &str) -> Result<Vec<Resource>, ClusterError> {
    let failed = |error: kube::Error| ClusterError::of_client(&error, url);
    let groups = client.list_api_groups().await.map_err(failed)?;
    let mut versions: BTreeMap<String, Vec<String>> = BTreeMap::from([(String::new(), vec!["v1".to_owned()])]);
    for group in groups.groups {
        versions.insert(group.name, group.versions.into_iter().map(|version| version.group_version).collect());
    }
    let mut found = Vec::new();
    for (group, versions) in versions.iter().filter(|(group, _)| KINDS.iter().any(|kind| kind.group == group.as_str()))
    {
        found.extend(of_group(client, group, versions).await.map_err(failed)?);
    }
    let position = |resource: &Resource| KINDS.iter().position(|kind| std::ptr::eq(kind, resource.kind));
    found.sort_by_key(position);
    Ok(found)
}

/// The kinds of one group. Versions come best first, so the first that has a kind is taken.
async fn of_group(client: &Client, group: &str, versions: &[String]) -> Result<Vec<Resource>, kube::Error> {
    let mut found: Vec<Resource> = Vec::new();
    for version in versions {
        let list = match group {
            "" => client.list_core_api_resources(version).await?,
            _ => client.list_api_group_resources(version).await?,
        };
        for resource in list.resources.into_iter().filter(|resource| !resource.name.contains('/')) {
            let Some(kind) = KINDS.iter().find(|kind| kind.group == group && kind.kind == resource.kind) else {
                continue;
            };
            if found.iter().all(|other| other.kind.kind != kind.kind) {
                let (plural, namespaced) = (resource.name, resource.namespaced);
                found.push(Resource { kind, api_version: version.clone(), plural, namespaced });
            }
        }
    }
    Ok(found)
}
