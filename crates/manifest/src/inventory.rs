//! Everything that was read: files, documents and objects, with nothing lost.

use std::collections::BTreeMap;

use rayon::prelude::*;
use s2a_catalog::codes;
use s2a_diagnostic::{Diagnostic, FileId, ObjectRef, Place, Sources};
use s2a_model::ObjectId;
use s2a_yaml::{Document, Node, NoteKind, ReadError, ReadErrorKind, Span, Stream};
use serde_json::Value;

use crate::Object;

/// One file to read.
#[derive(Clone, Debug)]
pub struct Input {
    /// The name it is shown under.
    pub name: String,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

/// All objects of a run, in the order of the files and of the documents in them.
#[derive(Debug, Default)]
pub struct Inventory {
    /// The texts.
    pub sources: Sources,
    /// The readable documents of each file.
    pub documents: BTreeMap<FileId, Vec<Document>>,
    /// The objects.
    pub objects: Vec<Object>,
    /// What could not be read, or reads otherwise than a person would think.
    pub diagnostics: Vec<Diagnostic>,
    /// For each identity the index of its last object.
    last: BTreeMap<ObjectId, usize>,
}

impl Inventory {
    /// Reads files. A document that cannot be read is a finding, and the rest still goes through.
    #[must_use]
    pub fn read(inputs: Vec<Input>, default_namespace: &str) -> Self {
        let mut inventory = Inventory::default();
        let read = |input: Input| {
            let text = s2a_yaml::decode(&input.bytes).into_owned();
            (input.name, s2a_yaml::read(&text), text)
        };
        let files: Vec<_> = inputs.into_par_iter().map(read).collect();
        for (name, stream, text) in files {
            inventory.add(name, text, stream, default_namespace);
        }
        inventory.report_duplicates();
        inventory
    }

    /// Reads the same files with new texts. A file whose text is the same reads as it did.
    #[must_use]
    pub fn reread(&self, texts: &[(FileId, String)], default_namespace: &str) -> Self {
        let mut inventory = Inventory::default();
        let is_new = |file, text: &String| self.sources.get(file).is_some_and(|source| source.text != *text);
        let read = |(file, text): &(FileId, String)| is_new(*file, text).then(|| s2a_yaml::read(text));
        let streams: Vec<Option<Stream>> = texts.par_iter().map(read).collect();
        for ((file, text), stream) in texts.iter().zip(streams) {
            let Some(source) = self.sources.get(*file) else { continue };
            if let Some(stream) = stream {
                inventory.add(source.name.clone(), text.clone(), stream, default_namespace);
                continue;
            }
            let copy = inventory.sources.add(source.name.clone(), text.clone());
            inventory.documents.insert(copy, self.documents.get(file).cloned().unwrap_or_default());
            for object in self.of_file(*file) {
                inventory.push(Object { file: copy, ..object.clone() });
            }
        }
        inventory
    }

    fn add(&mut self, name: String, text: String, stream: Stream, default_namespace: &str) {
        let file = self.sources.add(name, text);
        let mut documents = Vec::new();
        for document in stream.documents {
            match document {
                Ok(document) => documents.push(document),
                Err(error) => self.diagnostics.push(unreadable(file, &error)),
            }
        }
        for (index, document) in documents.iter().enumerate() {
            self.diagnostics
                .extend(document.notes.iter().filter_map(|note| silent_reading(file, note.kind, note.span)));
            self.add_document(file, index, document, default_namespace);
        }
        self.documents.insert(file, documents);
    }

    fn add_document(&mut self, file: FileId, index: usize, document: &Document, default_namespace: &str) {
        let json = document.root.to_json();
        let is_list = json.get("kind").and_then(Value::as_str).is_some_and(|kind| kind.ends_with("List"));
        let items = json.get("items").and_then(Value::as_array).filter(|_| is_list);
        let Some(items) = items else {
            self.add_object(file, index, String::new(), json, document.root.span, default_namespace);
            return;
        };
        for (position, item) in items.iter().enumerate() {
            let root = format!("items[{position}]");
            let span = document.root.locate_span(&root);
            self.add_object(file, index, root, item.clone(), span, default_namespace);
        }
    }

    fn add_object(
        &mut self,
        file: FileId,
        document: usize,
        root: String,
        json: Value,
        span: Span,
        default_namespace: &str,
    ) {
        match Object::identify(&json, default_namespace) {
            Some(id) => self.push(Object { id, file, document, root, json }),
            None => {
                let message = "this document has no `apiVersion` and `kind`";
                self.diagnostics.push(Diagnostic::at(
                    &codes::NOT_A_KUBERNETES_OBJECT,
                    place(file, first_line(span)),
                    message,
                ));
            }
        }
    }

    fn push(&mut self, object: Object) {
        self.last.insert(object.id.clone(), self.objects.len());
        self.objects.push(object);
    }

    /// The objects of a file, which stand together.
    fn of_file(&self, file: FileId) -> &[Object] {
        let start = self.objects.partition_point(|object| object.file < file);
        let end = self.objects.partition_point(|object| object.file <= file);
        self.objects.get(start..end).unwrap_or_default()
    }

    /// The last object of a name wins, as with `kubectl apply`.
    fn report_duplicates(&mut self) {
        let mut seen: BTreeMap<(String, String, s2a_model::Name), usize> = BTreeMap::new();
        let mut dropped = Vec::new();
        for (index, object) in self.objects.iter().enumerate() {
            let key = (object.group().to_owned(), object.id.kind.clone(), object.id.name.clone());
            if object.id.name.name.is_empty() {
                continue;
            }
            if let Some(earlier) = seen.insert(key, index) {
                dropped.push(earlier);
            }
        }
        for index in dropped {
            let Some(object) = self.objects.get(index) else { continue };
            let message = "another object of this name comes later and replaces it";
            let finding = Diagnostic {
                place: self.place_of(object, "metadata.name"),
                ..Diagnostic::about(&codes::DUPLICATE_OBJECT, object.reference(), "metadata.name", message)
            };
            self.diagnostics.push(finding);
        }
    }

    /// The objects that count: of several with one name, the last.
    #[must_use]
    pub fn effective(&self) -> Vec<&Object> {
        let mut last: BTreeMap<(&str, &str, &s2a_model::Name), usize> = BTreeMap::new();
        for (index, object) in self.objects.iter().enumerate() {
            last.insert((object.group(), &object.id.kind, &object.id.name), index);
        }
        let keep = |(index, object): &(usize, &Object)| {
            object.id.name.name.is_empty()
                || last.get(&(object.group(), object.id.kind.as_str(), &object.id.name)) == Some(index)
        };
        self.objects.iter().enumerate().filter(keep).map(|(_, object)| object).collect()
    }

    /// The object with this identity; of several the last.
    #[must_use]
    pub fn object(&self, id: &ObjectId) -> Option<&Object> {
        self.objects.get(self.index_of(id)?)
    }

    /// The index of the object with this identity; of several of the last.
    pub(crate) fn index_of(&self, id: &ObjectId) -> Option<usize> {
        self.last.get(id).copied()
    }

    /// The document an object stands in.
    #[must_use]
    pub fn document(&self, object: &Object) -> Option<&Document> {
        self.documents.get(&object.file)?.get(object.document)
    }

    /// The tree of an object.
    #[must_use]
    pub fn node(&self, object: &Object) -> Option<&Node> {
        self.document(object)?.root.locate(&object.root)
    }

    /// Where a field of an object stands, or the deepest part of it that exists.
    #[must_use]
    pub fn place_of(&self, object: &Object, field: &str) -> Option<Place> {
        let root = &self.document(object)?.root;
        let path = match (object.root.is_empty(), field.is_empty()) {
            (true, _) => field.to_owned(),
            (false, true) => object.root.clone(),
            (false, false) => format!("{}.{field}", object.root),
        };
        let span = root.locate_span(&path);
        let whole = root.locate(&object.root).is_some_and(|node| node.span == span);
        Some(place(
            object.file,
            if whole { first_line_of(self.sources.get(object.file)?.text.as_str(), span) } else { span },
        ))
    }

    /// Fills in the places of findings that only name an object.
    pub fn locate(&self, diagnostics: &mut [Diagnostic]) {
        for diagnostic in diagnostics.iter_mut().filter(|diagnostic| diagnostic.place.is_none()) {
            let Some(reference) = &diagnostic.object else { continue };
            diagnostic.place = self.place_of_reference(reference, &diagnostic.field);
        }
    }

    /// Where a field of the object with this name stands.
    #[must_use]
    pub fn place_of_reference(&self, reference: &ObjectRef, field: &str) -> Option<Place> {
        let ObjectRef { api_version, kind, namespace, name } = reference.clone();
        let id = ObjectId { api_version, kind, name: s2a_model::Name::new(namespace, name) };
        self.place_of(self.object(&id)?, field)
    }
}

fn place(file: FileId, span: Span) -> Place {
    Place { file, start: span.start, end: span.end }
}

/// A finding about a whole object points at its first line.
fn first_line_of(text: &str, span: Span) -> Span {
    let body = text.get(span.start..span.end).unwrap_or_default();
    let length = body.find(['\n', '\r']).unwrap_or(body.len());
    Span { start: span.start, end: span.start + length }
}

fn first_line(span: Span) -> Span {
    Span { start: span.start, end: span.start.saturating_add(1).min(span.end) }
}

fn unreadable(file: FileId, error: &ReadError) -> Diagnostic {
    let code = match error.kind {
        ReadErrorKind::Template => &codes::HELM_TEMPLATE,
        ReadErrorKind::Syntax
        | ReadErrorKind::Separator
        | ReadErrorKind::Limit
        | ReadErrorKind::Key
        | ReadErrorKind::Alias
        | ReadErrorKind::Merge
        | ReadErrorKind::Value => &codes::UNREADABLE_DOCUMENT,
    };
    Diagnostic::at(code, place(file, error.span), error.message.clone())
}

fn silent_reading(file: FileId, kind: NoteKind, span: Span) -> Option<Diagnostic> {
    let (code, message) = match kind {
        NoteKind::DuplicateKey => (&codes::DUPLICATE_KEY, "this key stands here a second time; the last value counts"),
        NoteKind::ContentAfterEndMarker => {
            (&codes::CONTENT_AFTER_END_MARKER, "Kubernetes does not read what follows `...`")
        }
        NoteKind::MergeKey | NoteKind::MergeOverwrites | NoteKind::KeyChanged => return None,
    };
    Some(Diagnostic::at(code, place(file, span), message))
}
