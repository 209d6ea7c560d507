//! The manifest of a backup. The shape is described by `rules/schema/backup.json`.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use s2a_preflight::{Definition, Server, Unread};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::Failure;

/// Its name. It is JSON and yet not called so, since all YAML and JSON files of a folder are read as objects.
pub(crate) const FILE_NAME: &str = "backup.manifest";

/// What a backup holds.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Manifest {
    /// The version of this shape.
    pub(crate) schema_version: String,
    /// The program that made it.
    pub(crate) program: String,
    /// The API server's version.
    pub(crate) server_version: Option<String>,
    /// The namespaces; `null` for all.
    pub(crate) namespaces: Option<Vec<String>>,
    /// The custom resource definitions; `null` if they could not be read.
    pub(crate) definitions: Option<Vec<DefinitionRow>>,
    /// Kinds that could not be read.
    pub(crate) unread: Vec<UnreadRow>,
    /// Objects of each kind.
    pub(crate) counts: BTreeMap<String, usize>,
    /// The files, sorted by path.
    pub(crate) files: Vec<FileRow>,
}

/// A file of a backup.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct FileRow {
    /// Its path below the folder.
    pub(crate) path: String,
    /// The SHA-256 of its bytes, in hexadecimal digits.
    pub(crate) sha256: String,
}

/// A custom resource definition.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct DefinitionRow {
    pub(crate) group: String,
    pub(crate) kind: String,
    pub(crate) versions: Vec<String>,
    pub(crate) bundle_version: Option<String>,
    pub(crate) channel: Option<String>,
}

/// A kind that could not be read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct UnreadRow {
    pub(crate) kind: String,
    pub(crate) why: String,
}

impl Manifest {
    /// The one of a folder.
    pub(crate) fn read(directory: &Path) -> Result<Self, Failure> {
        let path = directory.join(FILE_NAME);
        let name = path.display().to_string();
        let text = fs::read_to_string(&path).map_err(|source| Failure::Read { path: name.clone(), source })?;
        let manifest: Manifest = serde_json::from_str(&text)
            .map_err(|error| Failure::Usage(format!("{name} is no manifest of a backup: {error}")))?;
        if manifest.schema_version != "1" {
            let version = &manifest.schema_version;
            return Err(Failure::Usage(format!("{name} has the shape {version}, which this program does not know")));
        }
        Ok(manifest)
    }

    /// As text.
    #[cfg(any(feature = "cluster", test))]
    pub(crate) fn to_text(&self) -> String {
        format!("{:#}\n", serde_json::json!(self))
    }

    /// What the API server said of itself.
    pub(crate) fn server(&self) -> Server {
        let definition = |it: &DefinitionRow| Definition {
            group: it.group.clone(),
            kind: it.kind.clone(),
            versions: it.versions.clone(),
            bundle_version: it.bundle_version.clone(),
            channel: it.channel.clone(),
        };
        Server {
            version: self.server_version.clone(),
            complete: self.namespaces.is_none(),
            definitions: self.definitions.as_ref().map(|all| all.iter().map(definition).collect()),
            unread: self.unread.iter().map(|it| Unread { kind: it.kind.clone(), why: it.why.clone() }).collect(),
        }
    }
}

/// The SHA-256 in hexadecimal digits.
pub(crate) fn hash(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hashes_are_those_of_sha256sum() {
        assert_eq!(hash(b""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    }

    #[test]
    fn a_manifest_reads_back() {
        let manifest = Manifest {
            schema_version: "1".to_owned(),
            program: "sidecar2ambient 0.1.0".to_owned(),
            server_version: Some("v1.34.2".to_owned()),
            counts: BTreeMap::from([("Namespace".to_owned(), 1)]),
            files: vec![FileRow { path: "restore/_cluster/Namespace/shop.yaml".to_owned(), sha256: hash(b"x") }],
            unread: vec![UnreadRow { kind: "Pod".to_owned(), why: "no".to_owned() }],
            ..Manifest::default()
        };
        assert_eq!(serde_json::from_str::<Manifest>(&manifest.to_text()).unwrap(), manifest);
    }
}
