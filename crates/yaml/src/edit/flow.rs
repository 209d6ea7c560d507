//! Splices between braces and brackets, where commas separate.

use std::collections::{BTreeMap, VecDeque};

use super::diff::{Addition, Diff, Pieces, Slot};
use crate::write::{FlowSyntax, flow_value, pretty_json};
use crate::{Node, Span};

type Json = serde_json::Value;

impl Diff<'_> {
    /// Removes neighbours together with the comma in front of what follows, or behind what precedes. The first of the
    /// additions behind them takes their place.
    pub(super) fn remove_flow(
        &mut self,
        node: &Node,
        pieces: &Pieces,
        additions: &mut BTreeMap<usize, VecDeque<Addition<'_>>>,
    ) {
        for run in pieces.runs() {
            if let Some(addition) = additions.get_mut(&run.last).and_then(VecDeque::pop_front) {
                let text = self.addition(node, run.span, &addition);
                self.splice(run.span, &text);
                continue;
            }
            let span = match (run.next, run.previous) {
                (Some(next), _) => Span::new(run.span.start, next.start),
                (None, Some(previous)) => Span::new(previous.end, run.span.end),
                (None, None) => run.span,
            };
            self.splice(span, "");
        }
    }

    /// Inserts behind a piece; on a line of its own if the pieces stand on lines of their own.
    pub(super) fn insert_flow(&mut self, node: &Node, pieces: &Pieces, index: usize, addition: &Addition<'_>) {
        let Some(span) = pieces.spans.get(index) else { return };
        let text = self.addition(node, *span, addition);
        let gap = match self.text.starts_line(span.start) {
            true => format!("\n{}", self.text.indentation(span.start)),
            false => " ".to_owned(),
        };
        self.splice(Span::at(span.end), &format!(",{gap}{text}"));
    }

    /// The new part as it is written next to a piece, or in its place.
    fn addition(&self, node: &Node, piece: Span, addition: &Addition<'_>) -> String {
        if self.text.starts_line(piece.start) {
            self.spread(node, addition, self.text.indentation(piece.start))
        } else {
            addition.flow(self.syntax)
        }
    }

    pub(super) fn replace_flow(&mut self, node: &Node, value: &Json, slot: Slot<'_>) {
        let parent = match slot {
            Slot::Root => node,
            Slot::Entry { parent, .. } | Slot::Item { parent } => parent,
        };
        let text = if self.text.same_line(parent.span.start, parent.span.end) {
            flow_value(value, self.syntax)
        } else {
            self.spread(parent, &Addition::Item(value), self.text.indentation(node.span.start))
        };
        let gap = if node.span.is_empty() { " " } else { "" };
        self.splice(node.span, &format!("{gap}{text}"));
    }

    /// The new part of a collection that is spread over lines; its further lines start with `indent`.
    fn spread(&self, node: &Node, addition: &Addition<'_>, indent: &str) -> String {
        if self.syntax != FlowSyntax::Json {
            return addition.flow(self.syntax);
        }
        let outer = self.text.indentation(node.span.end.saturating_sub(1));
        let unit = indent.strip_prefix(outer).filter(|unit| !unit.is_empty()).unwrap_or("  ");
        let pretty = |value: &Json| pretty_json(value, unit).replace('\n', &format!("\n{indent}"));
        match addition {
            Addition::Entry(key, value) => format!("{}: {}", Json::from(*key), pretty(value)),
            Addition::Item(value) => pretty(value),
        }
    }
}
