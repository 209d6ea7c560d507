//! Reading the rule files.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::attribute::Attribute;
use crate::check::{CheckRow, IstiodFlag};
use crate::diagnostic::DiagnosticRow;
use crate::embedded;
use crate::error::CatalogError;
use crate::hazard::Hazard;
use crate::message::{Field, Message};
use crate::rewrite::Rewrite;
use crate::targets::Targets;

/// Messages nest less deeply than this; a ring of messages ends here.
const MAX_DEPTH: usize = 16;

/// Everything that is known, as rows.
#[derive(Clone, Debug)]
pub struct Catalog {
    targets: Targets,
    attributes: Vec<Attribute>,
    messages: Vec<Message>,
    rewrites: Vec<Rewrite>,
    hazards: Vec<Hazard>,
    checks: Vec<CheckRow>,
    istiod_flags: Vec<IstiodFlag>,
    diagnostics: Vec<DiagnosticRow>,
    upstream: BTreeMap<String, Vec<String>>,
}

impl Catalog {
    /// Reads the files which are compiled in.
    ///
    /// # Errors
    ///
    /// Fails when a file is malformed; a test of this crate keeps that from happening.
    pub fn load() -> Result<Catalog, CatalogError> {
        Catalog::read(embedded::FILES.iter().copied())
    }

    /// Reads files given as pairs of path below `rules/` and text, in the order of their paths.
    ///
    /// # Errors
    ///
    /// Fails when a file is malformed, has no place in the catalogue, or is missing.
    pub fn read<'a>(files: impl IntoIterator<Item = (&'a str, &'a str)>) -> Result<Catalog, CatalogError> {
        let mut draft = Draft::default();
        for (path, text) in files {
            draft.add(path, text)?;
        }
        draft.finish()
    }

    /// Returns the releases and the features.
    #[must_use]
    pub fn targets(&self) -> &Targets {
        &self.targets
    }

    /// Returns all attributes in API order.
    #[must_use]
    pub fn attributes(&self) -> &[Attribute] {
        &self.attributes
    }

    /// Returns the attribute with this field, negated field or condition key; see [`Attribute::is_named`].
    #[must_use]
    pub fn attribute(&self, field_or_key: &str) -> Option<&Attribute> {
        self.attributes.iter().find(|attribute| attribute.is_named(field_or_key))
    }

    /// Returns the messages whose fields have rows, in order of their files.
    #[must_use]
    pub fn messages(&self) -> &[Message] {
        &self.messages
    }

    /// Returns every field of a kind with its row, by path: `spec.http[].retries.attempts`. Empty for a kind without
    /// rows. Fields of a rule which are attributes are not among them.
    #[must_use]
    pub fn fields(&self, kind: &str) -> BTreeMap<String, &Field> {
        let mut fields = BTreeMap::new();
        for root in self.messages.iter().filter(|message| message.root && message.message == kind) {
            self.collect(root, "spec", 0, &mut fields);
        }
        fields
    }

    /// Returns the paths of all leaf fields of a kind as upstream has them, sorted; none for a kind we do not list.
    #[must_use]
    pub fn upstream_fields(&self, kind: &str) -> &[String] {
        self.upstream.get(kind).map_or(&[], Vec::as_slice)
    }

    /// Returns the kinds with a list of upstream fields, sorted.
    pub fn upstream_kinds(&self) -> impl Iterator<Item = &str> {
        self.upstream.keys().map(String::as_str)
    }

    /// Returns the rewrites of policies, sorted by name.
    #[must_use]
    pub fn rewrites(&self) -> &[Rewrite] {
        &self.rewrites
    }

    /// Returns the hazards in order of their number.
    #[must_use]
    pub fn hazards(&self) -> &[Hazard] {
        &self.hazards
    }

    /// Returns the checks made before anything moves, sorted by name.
    #[must_use]
    pub fn checks(&self) -> &[CheckRow] {
        &self.checks
    }

    /// Returns the settings of istiod that change what is meant, sorted by name.
    #[must_use]
    pub fn istiod_flags(&self) -> &[IstiodFlag] {
        &self.istiod_flags
    }

    /// Returns the texts of all codes in order of their number.
    #[must_use]
    pub fn diagnostics(&self) -> &[DiagnosticRow] {
        &self.diagnostics
    }

    fn collect<'a>(&'a self, message: &'a Message, at: &str, depth: usize, into: &mut BTreeMap<String, &'a Field>) {
        for field in &message.field {
            let path = format!("{at}.{}", field.source);
            let inner = field.message.as_deref();
            match inner.and_then(|name| self.messages.iter().find(|message| message.message == name)) {
                Some(inner) if depth < MAX_DEPTH => self.collect(inner, &path, depth.saturating_add(1), into),
                Some(_) | None => {
                    into.insert(path, field);
                }
            }
        }
    }
}

/// A catalogue some of whose files are still to come.
#[derive(Default)]
struct Draft {
    targets: Option<Targets>,
    attributes: Option<Vec<Attribute>>,
    hazards: Option<Vec<Hazard>>,
    istiod_flags: Option<Vec<IstiodFlag>>,
    checks: Vec<CheckRow>,
    messages: Vec<Message>,
    rewrites: Vec<Rewrite>,
    diagnostics: Vec<DiagnosticRow>,
    upstream: BTreeMap<String, Vec<String>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AttributeFile {
    attribute: Vec<Attribute>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct HazardFile {
    hazard: Vec<Hazard>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FlagFile {
    flag: Vec<IstiodFlag>,
}

impl Draft {
    fn add(&mut self, path: &str, text: &str) -> Result<(), CatalogError> {
        match path.split_once('/') {
            None if path == "targets.toml" => self.targets = Some(parse(path, text)?),
            None if path == "attributes.toml" => self.attributes = Some(parse::<AttributeFile>(path, text)?.attribute),
            None if path == "hazards.toml" => self.hazards = Some(parse::<HazardFile>(path, text)?.hazard),
            None if path == "istiod_flags.toml" => self.istiod_flags = Some(parse::<FlagFile>(path, text)?.flag),
            Some(("checks", _)) => self.checks.push(parse(path, text)?),
            Some(("routes" | "policies", _)) => self.messages.push(parse(path, text)?),
            Some(("authz", _)) => self.rewrites.push(parse(path, text)?),
            Some(("diagnostics", _)) => self.diagnostics.push(parse(path, text)?),
            Some(("fields", name)) => {
                let kind = upstream_kind(name).ok_or_else(|| CatalogError::Misplaced { path: path.to_owned() })?;
                self.upstream.insert(kind, text.lines().map(str::to_owned).collect());
            }
            None | Some(_) => return Err(CatalogError::Misplaced { path: path.to_owned() }),
        }
        Ok(())
    }

    fn finish(self) -> Result<Catalog, CatalogError> {
        Ok(Catalog {
            targets: self.targets.ok_or(CatalogError::Missing { path: "targets.toml" })?,
            attributes: self.attributes.ok_or(CatalogError::Missing { path: "attributes.toml" })?,
            hazards: self.hazards.ok_or(CatalogError::Missing { path: "hazards.toml" })?,
            istiod_flags: self.istiod_flags.ok_or(CatalogError::Missing { path: "istiod_flags.toml" })?,
            checks: self.checks,
            messages: self.messages,
            rewrites: self.rewrites,
            diagnostics: self.diagnostics,
            upstream: self.upstream,
        })
    }
}

fn parse<T: DeserializeOwned>(path: &str, text: &str) -> Result<T, CatalogError> {
    toml::from_str(text).map_err(|source| CatalogError::Malformed { path: path.to_owned(), source: Box::new(source) })
}

/// Returns the kind whose fields `istio-1.31-virtual_service.txt` lists: `VirtualService`.
fn upstream_kind(file: &str) -> Option<String> {
    let words = file.strip_suffix(".txt")?.rsplit('-').next()?.split('_');
    words.map(|word| word.get(..1).map(|first| first.to_ascii_uppercase() + word.get(1..).unwrap_or(""))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::attribute::Layer;

    #[test]
    fn attributes_are_found_by_field_negation_and_key() {
        let catalog = Catalog::load().unwrap();
        for (name, layer) in [
            ("rules.from.source.notPrincipals", Layer::L4),
            ("rules.to.operation.methods", Layer::L7),
            ("request.headers[x-user]", Layer::L7),
            ("request.auth.claims[a][b]", Layer::L7),
            ("source.ip", Layer::L4),
            ("experimental.envoy.filters.network.mysql_proxy[db.table]", Layer::L7),
        ] {
            assert_eq!(catalog.attribute(name).map(|attribute| attribute.layer), Some(layer), "{name}");
        }
        for name in ["rules.when", "request.header", "source.ip[x]", "request.headersx", "sourceXip", ""] {
            assert!(catalog.attribute(name).is_none(), "{name}");
        }
    }

    #[test]
    fn fields_are_found_by_their_whole_path() {
        let catalog = Catalog::load().unwrap();
        let fields = catalog.fields("VirtualService");
        let attempts = fields.get("spec.http[].retries.attempts").unwrap();
        assert_eq!(attempts.otherwise.as_deref(), Some("S2A4007"));
        assert!(catalog.fields("Deployment").is_empty());
    }

    #[test]
    fn unknown_keys_and_places_are_refused() {
        assert!(matches!(Catalog::read([("notes.toml", "")]), Err(CatalogError::Misplaced { .. })));
        let hazard = "[[hazard]]\nid = 'H1'\ntitle = ''\nstatus = 'handled'\nevidence = ''\nsurprise = 1\n";
        let error = Catalog::read([("hazards.toml", hazard)]).unwrap_err();
        assert!(error.to_string().contains("surprise"), "{error}");
        assert!(matches!(Catalog::read([]), Err(CatalogError::Missing { path: "targets.toml" })));
    }

    #[test]
    fn a_ring_of_messages_ends() {
        let ring = "message = 'A'\nroot = true\n[[field]]\nsource = 'a'\nmessage = 'A'\n";
        let files = embedded::FILES.iter().copied().chain([("routes/a.toml", ring)]);
        assert_eq!(Catalog::read(files).unwrap().fields("A").len(), 1);
    }
}
