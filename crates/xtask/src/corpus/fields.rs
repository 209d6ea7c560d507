//! Which fields the VirtualServices of many repositories have, by the row that says what becomes of each.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use s2a_catalog::Fidelity;
use serde_json::Value;

use crate::failure::Failure;
use crate::fields::{Rows, account, objects};
use crate::repository::Repository;

const KIND: &str = "VirtualService";

/// Counts over all repositories.
#[derive(Debug, Default)]
pub(super) struct Fields {
    objects: usize,
    /// Texts of YAML of which a part is none, such as templates.
    unread: usize,
    /// VirtualServices that have a field, by the path of its row.
    counts: BTreeMap<String, usize>,
    /// Fields without a row.
    unknown: BTreeSet<String>,
}

impl Fields {
    /// Adds the files of one repository.
    pub(super) fn add(&mut self, rows: &Rows<'_>, folder: &Path) -> Result<(), Failure> {
        for file in Repository::at(folder.to_owned()).files("", &["yaml", "yml", "json"])? {
            let bytes = std::fs::read(folder.join(&file));
            let text = bytes.map_err(|source| Failure::File { path: folder.join(&file), source })?;
            self.add_text(rows, &String::from_utf8_lossy(&text));
        }
        Ok(())
    }

    fn add_text(&mut self, rows: &Rows<'_>, text: &str) {
        if !text.contains(KIND) {
            return;
        }
        let (found, whole) = objects(text, KIND);
        self.unread = self.unread.saturating_add(usize::from(!whole));
        found.iter().for_each(|object| self.add_object(rows, object));
    }

    fn add_object(&mut self, rows: &Rows<'_>, object: &Value) {
        self.objects = self.objects.saturating_add(1);
        let account = account(rows, object);
        for row in account.rows {
            let count = self.counts.entry(row).or_default();
            *count = count.saturating_add(1);
        }
        self.unknown.extend(account.unknown);
    }

    /// A line for each row that some VirtualService has a field of, and one for each field without a row.
    pub(super) fn lines(&self, rows: &Rows<'_>) -> Vec<String> {
        let mut lines = vec![format!(
            "{:>6}  VirtualServices in texts of YAML ({} texts with a part that is none); of these have the field:",
            self.objects, self.unread
        )];
        for (path, count) in &self.counts {
            let row = rows.get(path);
            let fidelity = row.and_then(|row| row.fidelity).map_or("", word);
            let otherwise = row.and_then(|row| row.otherwise.as_deref()).unwrap_or_default();
            lines.push(format!("{count:>6}  {path} ({fidelity}) {otherwise}").trim_end().to_owned());
        }
        lines.push(format!("{:>6}  fields without a row", self.unknown.len()));
        lines.extend(self.unknown.iter().map(|field| format!("        {field}")));
        lines
    }
}

fn word(fidelity: Fidelity) -> &'static str {
    match fidelity {
        Fidelity::Exact => "exact",
        Fidelity::Restructured => "restructured",
        Fidelity::Approximate => "approximate",
        Fidelity::None => "none",
    }
}

#[cfg(test)]
mod tests {
    use s2a_catalog::Catalog;

    use super::*;

    #[test]
    fn a_field_is_counted_once_for_an_object() {
        let catalog = Catalog::load().unwrap();
        let rows = catalog.fields(KIND);
        let mut fields = Fields::default();
        let text = "kind: VirtualService\nspec:\n  hosts: [a, b]\n  hots: [c]\n  http: [{fault: {abort: {httpStatus: 500}}}]\n";
        fields.add_text(&rows, text);
        fields.add_text(&rows, "kind: Service\n");
        assert_eq!(
            fields.lines(&rows)[1..],
            [
                "     1  spec.hosts[] (restructured) S2A4015",
                "     1  spec.http[].fault.abort.httpStatus (none) S2A4006",
                "     1  fields without a row",
                "        spec.hots[]",
            ]
        );
    }
}
