//! Events to a graph: what stands in the text, before aliases, merges and types.

use super::events::{Event, EventError, EventKind, EventSource, LibyamlEvents, ScalarEvent, mask_colons};
use super::{MAX_DEPTH, ReadError, ReadErrorKind};
use crate::{Span, Style};
use std::collections::BTreeMap;

/// The graph of the first document of a text.
#[derive(Debug)]
pub(super) struct Composition {
    pub(super) nodes: Vec<RawNode>,
    pub(super) root: usize,
    /// Content behind the document, which Kubernetes never looks at.
    pub(super) dropped: Option<Span>,
}

#[derive(Debug)]
pub(super) struct RawNode {
    pub(super) kind: RawKind,
    pub(super) span: Span,
    pub(super) style: Style,
}

/// Children and targets are indices into [`Composition::nodes`].
#[derive(Debug)]
pub(super) enum RawKind {
    Scalar { text: String, tag: Option<String>, implicit: bool },
    Sequence(Vec<usize>),
    Mapping(Vec<(usize, usize)>),
    Alias(usize),
}

/// Composes the document in `text`, which starts at offset `base` of its file. `None` if there is nothing to read.
///
/// Where the parser stumbles over a colon that goyaml would read as part of a word, a second attempt masks such colons.
pub(super) fn compose(text: &str, base: usize) -> Result<Option<Composition>, ReadError> {
    let first = Composer::new(text, base).run(LibyamlEvents::new(text, None));
    let Err(Stop { error, unexpected_colon: true }) = first else { return first.map_err(|stop| stop.error) };
    let Some((masked, mask)) = mask_colons(text) else { return Err(error) };
    Composer::new(text, base).run(LibyamlEvents::new(&masked, Some(mask))).map_err(|_| error)
}

struct Stop {
    error: ReadError,
    unexpected_colon: bool,
}

impl From<ReadError> for Stop {
    fn from(error: ReadError) -> Self {
        Self { error, unexpected_colon: false }
    }
}

/// A collection whose end has not come yet.
struct Open {
    id: usize,
    children: Vec<usize>,
    /// End of the last child.
    end: usize,
}

struct Composer<'a> {
    text: &'a str,
    base: usize,
    nodes: Vec<RawNode>,
    anchors: BTreeMap<String, usize>,
    open: Vec<Open>,
    flow_depth: usize,
}

impl<'a> Composer<'a> {
    fn new(text: &'a str, base: usize) -> Self {
        Self { text, base, nodes: Vec::new(), anchors: BTreeMap::new(), open: Vec::new(), flow_depth: 0 }
    }

    fn run(mut self, mut events: impl EventSource) -> Result<Option<Composition>, Stop> {
        let mut root = None;
        loop {
            let event = events.next_event().map_err(|error| self.stop(error))?;
            if event.kind == EventKind::StreamEnd {
                return Ok(None);
            }
            if event.kind == EventKind::DocumentEnd {
                break;
            }
            root = self.accept(event)?.or(root);
        }
        let dropped = self.dropped(&mut events);
        Ok(root.map(|root| Composition { nodes: self.nodes, root, dropped }))
    }

    /// Takes one event; gives the root once it is complete.
    fn accept(&mut self, event: Event) -> Result<Option<usize>, ReadError> {
        let span = event.span;
        match event.kind {
            EventKind::SequenceStart { anchor, style } => self.open(RawKind::Sequence(Vec::new()), anchor, style, span),
            EventKind::MappingStart { anchor, style } => self.open(RawKind::Mapping(Vec::new()), anchor, style, span),
            EventKind::SequenceEnd | EventKind::MappingEnd => Ok(self.close(span)),
            EventKind::Scalar(scalar) => self.scalar(scalar, span).map(|id| self.attach(id)),
            EventKind::Alias(name) => self.alias(&name, span).map(|id| self.attach(id)),
            EventKind::StreamStart | EventKind::StreamEnd | EventKind::DocumentStart | EventKind::DocumentEnd => {
                Ok(None)
            }
        }
    }

    fn open(
        &mut self,
        kind: RawKind,
        anchor: Option<String>,
        style: Style,
        span: Span,
    ) -> Result<Option<usize>, ReadError> {
        if self.open.len() >= MAX_DEPTH {
            let message = format!("nested more than {MAX_DEPTH} levels deep");
            return Err(self.fault(ReadErrorKind::Limit, message, span));
        }
        let id = self.push(kind, anchor, style, span);
        self.flow_depth += usize::from(style == Style::Flow);
        self.open.push(Open { id, children: Vec::new(), end: span.end });
        Ok(None)
    }

    /// Ends the innermost collection. The end event of a block collection stands at the next token, so its end is that
    /// of its last child.
    fn close(&mut self, span: Span) -> Option<usize> {
        let Open { id, children, end } = self.open.pop()?;
        let base = self.base;
        let node = self.nodes.get_mut(id)?;
        if node.style == Style::Flow {
            self.flow_depth = self.flow_depth.saturating_sub(1);
            node.span.end = base + span.end;
        } else {
            node.span.end = base + end;
        }
        match &mut node.kind {
            RawKind::Sequence(items) => *items = children,
            RawKind::Mapping(pairs) => {
                *pairs = children.as_chunks().0.iter().map(|[key, value]| (*key, *value)).collect()
            }
            RawKind::Scalar { .. } | RawKind::Alias(_) => {}
        }
        self.attach(id)
    }

    /// Hands a complete node to the collection around it, or returns it as the root.
    fn attach(&mut self, id: usize) -> Option<usize> {
        let end = self.nodes.get(id).map_or(0, |node| node.span.end).saturating_sub(self.base);
        let Some(parent) = self.open.last_mut() else { return Some(id) };
        parent.children.push(id);
        parent.end = parent.end.max(end);
        None
    }

    fn scalar(&mut self, scalar: ScalarEvent, span: Span) -> Result<usize, ReadError> {
        let ScalarEvent { anchor, tag, text, implicit, style } = scalar;
        let written = self.text.get(span.range()).unwrap_or_default();
        if style == Style::DoubleQuoted && has_escaped_slash(written) {
            let message = "the escape `\\/` is JSON, not YAML".to_owned();
            return Err(self.fault(ReadErrorKind::Syntax, message, span));
        }
        if style == Style::Plain && self.flow_depth > 0 && text.contains('?') {
            let message = "a bare word in brackets must not hold `?`: quote it".to_owned();
            return Err(self.fault(ReadErrorKind::Syntax, message, span));
        }
        let end = match style {
            Style::Literal | Style::Folded => span.start + written.trim_end().len(),
            Style::Plain | Style::SingleQuoted | Style::DoubleQuoted | Style::Block | Style::Flow | Style::Alias => {
                span.end
            }
        };
        Ok(self.push(RawKind::Scalar { text, tag, implicit }, anchor, style, Span::new(span.start, end)))
    }

    fn alias(&mut self, name: &str, span: Span) -> Result<usize, ReadError> {
        let Some(target) = self.anchors.get(name).copied() else {
            return Err(self.fault(ReadErrorKind::Alias, format!("alias `*{name}` has no anchor above it"), span));
        };
        Ok(self.push(RawKind::Alias(target), None, Style::Alias, span))
    }

    fn push(&mut self, kind: RawKind, anchor: Option<String>, style: Style, span: Span) -> usize {
        let id = self.nodes.len();
        self.nodes.push(RawNode { kind, span: self.shift(span), style });
        if let Some(name) = anchor {
            self.anchors.insert(name, id);
        }
        id
    }

    /// What follows the document, if there is more than blank lines and comments.
    fn dropped(&self, events: &mut impl EventSource) -> Option<Span> {
        let last = self.nodes.iter().map(|node| node.span.end).max().unwrap_or(self.base) - self.base;
        if matches!(events.next_event(), Ok(Event { kind: EventKind::StreamEnd, .. })) {
            return None;
        }
        let rest = self.text.get(last..)?;
        let marker = rest.find("\n...").map_or(0, |newline| newline + "\n...".len());
        let content = rest.get(marker..)?.trim_start();
        let start = self.text.len() - content.len();
        Some(self.shift(Span::new(start, start + content.trim_end().len())))
    }

    fn stop(&self, error: EventError) -> Stop {
        let EventError { message, offset, unexpected_colon } = error;
        let error = self.fault(ReadErrorKind::Syntax, message, Span::at(offset));
        Stop { error, unexpected_colon }
    }

    fn fault(&self, kind: ReadErrorKind, message: String, span: Span) -> ReadError {
        ReadError { message, span: self.shift(span), kind }
    }

    fn shift(&self, span: Span) -> Span {
        Span::new(self.base + span.start, self.base + span.end)
    }
}

/// Whether a double-quoted scalar holds `\/`, which goyaml refuses.
fn has_escaped_slash(written: &str) -> bool {
    let mut characters = written.chars();
    while let Some(character) = characters.next() {
        if character == '\\' && characters.next() == Some('/') {
            return true;
        }
    }
    false
}
