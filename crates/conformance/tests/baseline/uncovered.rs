//! Rows that the model does not cover, each with the reason (`testdata/baseline/uncovered.toml`).

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Mutex;

use serde::Deserialize;

/// The rows that may disagree.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Uncovered {
    #[serde(default)]
    row: Vec<Entry>,
    #[serde(skip)]
    used: Mutex<BTreeSet<(usize, String)>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    /// What the mesh's name holds.
    mesh: String,
    /// What the row holds.
    #[serde(default)]
    request: String,
    why: String,
}

impl Uncovered {
    pub(crate) fn read(root: &Path) -> Self {
        let text = std::fs::read_to_string(root.join("testdata/baseline/uncovered.toml")).unwrap();
        let uncovered: Self = toml::from_str(&text).unwrap();
        assert!(uncovered.row.iter().all(|entry| !entry.why.is_empty()));
        uncovered
    }

    /// Whether a row that disagrees is listed.
    pub(crate) fn excuses(&self, mesh: &str, request: &str) -> bool {
        let fits = |entry: &Entry| mesh.contains(&entry.mesh) && request.contains(&entry.request);
        let Some(index) = self.row.iter().position(fits) else { return false };
        self.used.lock().unwrap().insert((index, format!("{mesh} {request}")));
        true
    }

    /// Entries that no row needs any more.
    pub(crate) fn unused(&self) -> Vec<String> {
        let used: BTreeSet<usize> = self.used.lock().unwrap().iter().map(|(index, _)| *index).collect();
        let entries = self.row.iter().enumerate().filter(|(index, _)| !used.contains(index));
        entries.map(|(_, entry)| format!("{} {}", entry.mesh, entry.request)).collect()
    }

    /// How many rows are listed.
    pub(crate) fn count(&self) -> usize {
        self.used.lock().unwrap().len()
    }
}
