//! PeerAuthentications.

use std::collections::BTreeMap;

use s2a_model::authz::{MutualTls, PeerAuthentication};
use serde::Deserialize;

use super::authorization_policy::Selector;
use super::reader::Reader;
use crate::Object;

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct Spec {
    selector: Option<Selector>,
    mtls: Mtls,
    port_level_mtls: BTreeMap<u16, Mtls>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Mtls {
    mode: Mode,
}

#[derive(Clone, Copy, Deserialize, Default)]
enum Mode {
    #[default]
    #[serde(rename = "UNSET")]
    Unset,
    #[serde(rename = "DISABLE")]
    Disable,
    #[serde(rename = "PERMISSIVE")]
    Permissive,
    #[serde(rename = "STRICT")]
    Strict,
}

/// Lowers a PeerAuthentication.
pub(super) fn lower(object: &Object, reader: &mut Reader) -> Option<PeerAuthentication> {
    let Spec { selector, mtls, port_level_mtls } = reader.spec(object)?;
    Some(PeerAuthentication {
        name: object.id.name.clone(),
        empty_selector: selector.as_ref().is_some_and(|selector| selector.match_labels.is_empty()),
        selector: selector.map(|selector| selector.match_labels).unwrap_or_default(),
        mode: mode(mtls.mode),
        ports: port_level_mtls.into_iter().map(|(port, mtls)| (port, mode(mtls.mode))).collect(),
        created: object.metadata("creationTimestamp").map(str::to_owned),
        object: object.id.clone(),
    })
}

fn mode(mode: Mode) -> MutualTls {
    match mode {
        Mode::Unset => MutualTls::Unset,
        Mode::Disable => MutualTls::Disable,
        Mode::Permissive => MutualTls::Permissive,
        Mode::Strict => MutualTls::Strict,
    }
}
