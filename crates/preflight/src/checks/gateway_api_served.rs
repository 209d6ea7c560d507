//! `gateway-api-served`: whether the API server serves every kind and version that a conversion writes.

use std::collections::BTreeSet;

use crate::{Environment, Item, Status};

/// Groups whose kinds come with CRDs.
const BY_DEFINITION: [&str; 3] = ["gateway.networking.k8s.io", "networking.istio.io", "security.istio.io"];

pub(super) fn run(environment: &Environment<'_>) -> Vec<Item> {
    let written: BTreeSet<(&str, &str, &str)> = environment.written.iter().filter_map(by_definition).collect();
    if written.is_empty() {
        return vec![Item::plain(Status::Passed, "a conversion of this input writes no custom resource")];
    }
    let Some(definitions) = &environment.server.definitions else {
        let kinds: BTreeSet<&str> = written.iter().map(|(_, _, kind)| *kind).collect();
        let kinds: Vec<&str> = kinds.into_iter().collect();
        let text = format!("no CustomResourceDefinition was read, and a conversion writes {}", kinds.join(", "));
        return vec![Item::plain(Status::Unknown, text)];
    };
    let served = |group: &str, version: &str, kind: &str| {
        let same = |it: &&crate::Definition| it.group == group && it.kind == kind;
        definitions.iter().filter(same).any(|it| it.versions.iter().any(|served| served == version))
    };
    let item = |(group, version, kind): (&str, &str, &str)| match served(group, version, kind) {
        true => Item::plain(Status::Passed, format!("{kind} in {group}/{version} is served")),
        false => Item::plain(Status::Failed, format!("{kind} in {group}/{version} is written and not served")),
    };
    written.into_iter().map(|(group, version, kind)| item((group, version, kind))).collect()
}

fn by_definition((api_version, kind): &(String, String)) -> Option<(&str, &str, &str)> {
    let (group, version) = api_version.split_once('/')?;
    BY_DEFINITION.contains(&group).then_some((group, version, kind.as_str()))
}
