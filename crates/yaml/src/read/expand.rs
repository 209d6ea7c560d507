//! Graph to tree: aliases are followed, `<<` is merged, scalars get their types.
//!
//! The rules and the limit on aliasing are those of goyaml v2 (decode.go); a limit on bytes is added, because
//! one long string under many aliases stays below goyaml's limit and still fills the memory.

use super::base64;
use super::compose::{Composition, RawKind, RawNode};
use super::entries::Entries;
use super::scalar::{Scalar, resolve_plain, resolve_tagged};
use super::{MAX_DEPTH, Note, NoteKind, ReadError, ReadErrorKind, float};
use crate::{Entry, Node, Span, Value};
use std::collections::BTreeSet;

/// Bytes that aliases of one document may unfold into.
const MAX_ALIASED_BYTES: usize = 16 << 20;

type Outcome<T> = Result<T, ReadError>;

pub(super) fn expand(composition: &Composition) -> Outcome<(Node, Vec<Note>)> {
    let mut expander = Expander {
        nodes: &composition.nodes,
        notes: Vec::new(),
        active: BTreeSet::new(),
        decoded: 0,
        aliased: 0,
        aliased_bytes: 0,
        depth: 0,
    };
    let root = expander.node(composition.root)?;
    let mut notes = expander.notes;
    notes.sort_by_key(|note| (note.span, note.kind, note.related));
    notes.dedup();
    Ok((root, notes))
}

struct Expander<'c> {
    nodes: &'c [RawNode],
    notes: Vec<Note>,
    /// The aliases being followed.
    active: BTreeSet<usize>,
    /// Nodes visited, and how many of them below an alias.
    decoded: usize,
    aliased: usize,
    aliased_bytes: usize,
    depth: usize,
}

impl<'c> Expander<'c> {
    fn node(&mut self, id: usize) -> Outcome<Node> {
        let raw = self.raw(id)?;
        self.count(raw)?;
        self.deeper(raw, |this| {
            let value = match &raw.kind {
                RawKind::Alias(target) => this.follow(id, raw, |this| this.node(*target))?.value,
                RawKind::Scalar { .. } => this.scalar(raw)?,
                RawKind::Sequence(items) => {
                    Value::Sequence(items.iter().map(|item| this.node(*item)).collect::<Outcome<_>>()?)
                }
                RawKind::Mapping(pairs) => {
                    let mut filling = Filling::default();
                    this.fill(pairs, None, &mut filling)?;
                    Value::Mapping(filling.entries.into_vec())
                }
            };
            Ok(Node { span: raw.span, style: raw.style, value })
        })
    }

    /// Puts the pairs of a mapping into `filling`; `merge` is the place of the `<<` they come through, if any.
    fn fill(&mut self, pairs: &[(usize, usize)], merge: Option<Span>, filling: &mut Filling) -> Outcome<()> {
        for (key, value) in pairs {
            let raw_key = self.raw(*key)?;
            if is_merge(raw_key) {
                self.note(NoteKind::MergeKey, raw_key.span, None);
                self.merge(*value, merge.unwrap_or(raw_key.span), filling)?;
                continue;
            }
            let name = self.key(*key)?;
            let value = self.node(*value)?;
            let span = Span::new(raw_key.span.start, value.span.end);
            let entry = Entry { key: name, key_span: raw_key.span, value, span };
            if let Some((lost, false)) = filling.insert(entry, merge.is_some()) {
                self.overwritten(lost.key_span, raw_key.span, merge);
            }
        }
        Ok(())
    }

    /// An entry that stands in the text was overwritten; one that came through a `<<` is there to be overwritten.
    fn overwritten(&mut self, lost: Span, winner: Span, merge: Option<Span>) {
        match merge {
            None => self.note(NoteKind::DuplicateKey, winner, Some(lost)),
            Some(merge) => self.note(NoteKind::MergeOverwrites, merge, Some(lost)),
        }
    }

    fn merge(&mut self, value: usize, place: Span, filling: &mut Filling) -> Outcome<()> {
        let raw = self.raw(value)?;
        if let RawKind::Sequence(items) = &raw.kind {
            // Backwards, since of several maps the first wins.
            return items.iter().rev().try_for_each(|item| self.merge_one(*item, place, filling));
        }
        self.merge_one(value, place, filling)
    }

    fn merge_one(&mut self, id: usize, place: Span, filling: &mut Filling) -> Outcome<()> {
        let raw = self.raw(id)?;
        self.count(raw)?;
        match &raw.kind {
            RawKind::Mapping(pairs) => self.deeper(raw, |this| this.fill(pairs, Some(place), filling)),
            RawKind::Alias(target) => match &self.raw(*target)?.kind {
                RawKind::Mapping(pairs) => self.follow(id, raw, |this| {
                    this.count(raw)?;
                    this.deeper(raw, |this| this.fill(pairs, Some(place), filling))
                }),
                RawKind::Alias(_) | RawKind::Scalar { .. } | RawKind::Sequence(_) => Err(merge_error(raw)),
            },
            RawKind::Scalar { .. } | RawKind::Sequence(_) => Err(merge_error(raw)),
        }
    }

    fn key(&mut self, id: usize) -> Outcome<String> {
        let raw = self.raw(id)?;
        self.count(raw)?;
        let key_error = |message: &str| fault(ReadErrorKind::Key, message.to_owned(), raw.span);
        let (text, scalar) = match &raw.kind {
            RawKind::Alias(target) => return self.follow(id, raw, |this| this.key(*target)),
            RawKind::Sequence(_) | RawKind::Mapping(_) => return Err(key_error("a key must not be a list or a map")),
            RawKind::Scalar { text, tag, implicit } => (text, typed(raw, text, tag.as_deref(), *implicit)?),
        };
        let key = match scalar {
            Scalar::Text => {
                self.scalar(raw).map(|value| if let Value::String(text) = value { text } else { text.clone() })?
            }
            Scalar::Null => return Err(key_error("a key must not be null")),
            Scalar::Unsigned(_) => return Err(key_error("a key must not be a number this large")),
            Scalar::Bool(flag) => flag.to_string(),
            Scalar::Integer(number) => number.to_string(),
            Scalar::Float(number) => float_key(number),
        };
        if key != *text {
            self.note(NoteKind::KeyChanged, raw.span, None);
        }
        Ok(key)
    }

    fn scalar(&mut self, raw: &RawNode) -> Outcome<Value> {
        let RawKind::Scalar { text, tag, implicit } = &raw.kind else { return Ok(Value::Null) };
        if !self.active.is_empty() {
            self.aliased_bytes += text.len();
        }
        if self.aliased_bytes > MAX_ALIASED_BYTES {
            return Err(fault(ReadErrorKind::Limit, "aliases unfold into too much text".to_owned(), raw.span));
        }
        Ok(match typed(raw, text, tag.as_deref(), *implicit)? {
            Scalar::Null => Value::Null,
            Scalar::Bool(flag) => Value::Bool(flag),
            Scalar::Integer(number) => Value::Integer(number),
            #[expect(clippy::cast_precision_loss, reason = "Kubernetes makes the same conversion")]
            Scalar::Unsigned(number) => Value::Float(number as f64),
            Scalar::Float(number) => Value::from_float(number).ok_or_else(|| {
                fault(ReadErrorKind::Value, format!("`{text}` is no number that JSON can hold"), raw.span)
            })?,
            Scalar::Text if tag.as_deref() == Some("tag:yaml.org,2002:binary") => {
                let bytes = base64::decode(text).ok_or_else(|| {
                    fault(ReadErrorKind::Value, "the value of !!binary is no base64".to_owned(), raw.span)
                })?;
                Value::String(String::from_utf8_lossy(&bytes).into_owned())
            }
            Scalar::Text => Value::String(text.clone()),
        })
    }

    /// Counts a visit, as goyaml does, and refuses when too large a share of the visits is below aliases.
    fn count(&mut self, raw: &RawNode) -> Outcome<()> {
        self.decoded += 1;
        self.aliased += usize::from(!self.active.is_empty());
        if self.aliased > 100 && self.decoded > 1000 && exceeds_share(self.aliased, self.decoded) {
            return Err(fault(ReadErrorKind::Limit, "document contains excessive aliasing".to_owned(), raw.span));
        }
        Ok(())
    }

    fn follow<T>(&mut self, id: usize, raw: &RawNode, then: impl FnOnce(&mut Self) -> Outcome<T>) -> Outcome<T> {
        if !self.active.insert(id) {
            return Err(fault(ReadErrorKind::Alias, "the value of the anchor contains itself".to_owned(), raw.span));
        }
        let outcome = then(self);
        self.active.remove(&id);
        outcome
    }

    fn deeper<T>(&mut self, raw: &RawNode, then: impl FnOnce(&mut Self) -> Outcome<T>) -> Outcome<T> {
        if self.depth > MAX_DEPTH {
            let message = format!("nested more than {MAX_DEPTH} levels deep");
            return Err(fault(ReadErrorKind::Limit, message, raw.span));
        }
        self.depth += 1;
        let outcome = then(self);
        self.depth -= 1;
        outcome
    }

    /// Notes are made where text stands, not at every alias to it.
    fn note(&mut self, kind: NoteKind, span: Span, related: Option<Span>) {
        if self.active.is_empty() || kind == NoteKind::MergeOverwrites {
            self.notes.push(Note { kind, span, related });
        }
    }

    fn raw(&self, id: usize) -> Outcome<&'c RawNode> {
        self.nodes
            .get(id)
            .ok_or_else(|| fault(ReadErrorKind::Syntax, "incomplete document".to_owned(), Span::default()))
    }
}

/// A mapping being filled: its entries, and which of them came through a `<<`.
#[derive(Default)]
struct Filling {
    entries: Entries,
    merged: Vec<bool>,
}

impl Filling {
    /// Adds an entry; gives the one it replaces, and whether that came through a `<<`.
    fn insert(&mut self, entry: Entry, merged: bool) -> Option<(Entry, bool)> {
        let (position, old) = self.entries.insert(entry);
        match (old, self.merged.get_mut(position)) {
            (Some(old), Some(flag)) => Some((old, std::mem::replace(flag, merged))),
            _ => {
                self.merged.push(merged);
                None
            }
        }
    }
}

fn typed(raw: &RawNode, text: &str, tag: Option<&str>, implicit: bool) -> Outcome<Scalar> {
    match tag {
        Some(tag) if !tag.is_empty() => {
            resolve_tagged(text, tag).map_err(|message| fault(ReadErrorKind::Value, message, raw.span))
        }
        _ if implicit => Ok(resolve_plain(text)),
        _ => Ok(Scalar::Text),
    }
}

fn is_merge(raw: &RawNode) -> bool {
    match &raw.kind {
        RawKind::Scalar { text, tag, implicit } => {
            text == "<<" && (*implicit || tag.as_deref() == Some("tag:yaml.org,2002:merge"))
        }
        RawKind::Sequence(_) | RawKind::Mapping(_) | RawKind::Alias(_) => false,
    }
}

fn merge_error(raw: &RawNode) -> ReadError {
    fault(ReadErrorKind::Merge, "the value of `<<` must be a map or a list of maps".to_owned(), raw.span)
}

fn fault(kind: ReadErrorKind, message: String, span: Span) -> ReadError {
    ReadError { message, span, kind }
}

/// 99 % of the visits of a small document may be below aliases, 10 % of those of a large one.
fn exceeds_share(aliased: usize, decoded: usize) -> bool {
    const SMALL: usize = 400_000;
    const LARGE: usize = 4_000_000;
    let grown = decoded.clamp(SMALL, LARGE) - SMALL;
    #[expect(clippy::cast_precision_loss, reason = "counts far below 2^52, and a share needs no more")]
    let [aliased, decoded, grown, range] = [aliased, decoded, grown, LARGE - SMALL].map(|count| count as f64);
    aliased / decoded > 0.99 - 0.89 * (grown / range)
}

/// How a floating-point key is spelled: in 32 bits (sigs.k8s.io/yaml).
fn float_key(number: f64) -> String {
    if number.is_nan() {
        return ".nan".to_owned();
    }
    if number.is_infinite() {
        return if number > 0.0 { ".inf" } else { "-.inf" }.to_owned();
    }
    #[expect(clippy::cast_possible_truncation, reason = "Kubernetes makes the same conversion")]
    float::general(&format!("{:e}", number as f32))
}
