//! Splices in block collections: entries and items own their lines.

use super::SpliceError;
use super::diff::{Addition, Diff, Outcome, Pieces};
use super::text::Rest;
use crate::write::{
    Breaks, FlowSyntax, entry_at, flow_entry, flow_value, is_inline, key_text, node_at, value_after_key,
};
use crate::{Entry, Node, Span, Style};

type Json = serde_json::Value;

impl Diff<'_> {
    /// The text of a key in the place of another one. Between braces it stays quoted: a value may stand right behind the
    /// colon of a quoted key, not behind that of a bare one.
    pub(super) fn new_key(&self, old: Span, key: &str, style: Style) -> String {
        if style != Style::Flow {
            return key_text(key);
        }
        let quoted = self.text.get(old.start, old.end).starts_with(['"', '\'']);
        flow_value(&key.into(), if quoted { FlowSyntax::Json } else { self.syntax })
    }

    /// An item of a block sequence with its dash; between the two there may be comments.
    pub(super) fn dashed(&self, item: &Node) -> Result<Span, SpliceError> {
        let mut before = self.text.get(0, item.span.start).trim_end();
        loop {
            if let Some(dash) = before.strip_suffix('-') {
                return Ok(Span::new(dash.len(), item.span.end));
            }
            let line = before.get(self.text.line_start(before.len())..).unwrap_or_default();
            let comment = if line.trim_start().starts_with('#') { line.find('#') } else { line.find(" #") };
            let comment = comment.ok_or(SpliceError::Layout { span: item.span })?;
            before = before.get(..before.len() - line.len() + comment).unwrap_or_default().trim_end();
        }
    }

    /// Whether a `|` may stand last in what is put in at `end`, or would swallow what follows there: trailing blanks, a
    /// comment, lines of blanks, an indented comment.
    fn breaks(&self, end: usize) -> Breaks {
        let line_end = self.text.line_end(end);
        let below = self.text.get(line_end, self.text.0.len());
        let visible = below.trim_start();
        let gap = self.text.get(line_end, self.text.0.len() - visible.len());
        let (blank_lines, indent) = gap.rsplit_once('\n').unwrap_or(("", ""));
        let swallows = blank_lines.contains([' ', '\t'])
            || (!indent.is_empty() && (visible.is_empty() || visible.starts_with('#')));
        if line_end > end || swallows { Breaks::Escaped } else { Breaks::Literal }
    }

    /// Removes neighbours together, with their lines. The first piece may share its line with a dash; then what
    /// follows moves up.
    pub(super) fn remove_block(&mut self, pieces: &Pieces) -> Outcome {
        for run in pieces.runs() {
            let span = if self.text.starts_line(run.span.start) {
                self.lines(run.span)?
            } else {
                let next = run.next.ok_or(SpliceError::Layout { span: run.span })?;
                Span::new(run.span.start, next.start)
            };
            self.splice(span, "");
        }
        Ok(())
    }

    /// The lines of a piece with the line end in front of them, so that something may be inserted at their end. The
    /// first line of a file goes with the line end behind it.
    fn lines(&self, span: Span) -> Result<Span, SpliceError> {
        let (start, end) = (self.text.line_start(span.start), self.text.free_line_end(span.end)?);
        Ok(match start.checked_sub(1) {
            Some(above) if self.text.get(above, start) == "\n" => {
                Span::new(self.text.line_end(self.text.line_start(above)), end)
            }
            _ => Span::new(start, self.text.next_line(end)),
        })
    }

    /// Inserts lines below a piece, under the column of the first.
    pub(super) fn insert_block(
        &mut self,
        node: &Node,
        pieces: &Pieces,
        index: usize,
        addition: &Addition<'_>,
    ) -> Outcome {
        let own = |span: &&Span| node.span.contains(**span);
        let first = pieces.spans.iter().find(own).map_or(node.span.start, |span| span.start);
        let column = self.text.column(first);
        // A `<<` and what it brings in are no pieces of their own, so the last line is that of the whole collection.
        let end = if index + 1 == pieces.spans.len() {
            Some(node.span.end)
        } else {
            pieces.spans.get(index).map(|span| span.end)
        };
        let line_end = self.text.free_line_end(end.unwrap_or(node.span.end))?;
        let breaks = self.breaks(line_end);
        let text = match addition {
            Addition::Entry(key, value) => entry_at(key, value, column, breaks),
            Addition::Item(value) => format!("- {}", node_at(value, column + 2, breaks)),
        };
        self.splice(Span::at(line_end), &format!("\n{}{text}", " ".repeat(column)));
        Ok(())
    }

    /// Puts a value in the place of a list item.
    pub(super) fn replace_item(&mut self, node: &Node, value: &Json) -> Outcome {
        let dash = self.text.column(self.dashed(node)?.start);
        let column =
            if is_inline(value) || node.span.is_empty() { dash + 2 } else { self.text.column(node.span.start) };
        let gap = if node.span.is_empty() { " " } else { "" };
        let text = node_at(value, column, self.breaks(node.span.end));
        self.splice(node.span, &format!("{gap}{text}"));
        Ok(())
    }

    /// Puts a value in the place of a whole document.
    pub(super) fn replace_root(&mut self, node: &Node, value: &Json) {
        let column = if is_inline(value) { 2 } else { self.text.column(node.span.start) };
        let text = node_at(value, column, self.breaks(node.span.end));
        self.splice(node.span, &text);
    }

    /// Puts a value in the place of an entry's, leaving the key and the comments on its line.
    pub(super) fn replace_entry_value(&mut self, entry: &Entry, value: &Json) -> Outcome {
        let colon = self.behind_colon(entry)?;
        let below = entry.value.style == Style::Block && !self.text.same_line(colon, entry.value.span.start);
        match (is_inline(value), below) {
            (false, true) => self.block_for_block(entry, value),
            (true, true) => self.inline_for_block(entry, value, colon),
            (true, false) => self.inline_for_inline(entry, value, colon),
            (false, false) => return self.block_for_inline(entry, value, colon),
        }
        Ok(())
    }

    fn block_for_block(&mut self, entry: &Entry, value: &Json) {
        let key = self.text.column(entry.key_span.start);
        let column = self.text.column(entry.value.span.start);
        // A list takes the place of a mapping in kubectl's style: its dashes stand under the key.
        let new_list = value.is_array() && entry.value.as_sequence().is_none();
        let target = match value.is_object() && column <= key {
            true => key + 2,
            false if new_list && self.text.starts_line(entry.value.span.start) => key,
            false => column,
        };
        let text = node_at(value, target, self.breaks(entry.value.span.end));
        // Blanks that stand there already are added to, or taken back.
        let span = entry.value.span;
        let start = span.start.saturating_sub(column.saturating_sub(target));
        let span = Span::new(start, span.end);
        self.splice(span, &format!("{}{text}", " ".repeat(target.saturating_sub(column))));
    }

    fn inline_for_block(&mut self, entry: &Entry, value: &Json, colon: usize) {
        let text = self.inline(entry, value, colon);
        self.splice(Span::at(colon), &text);
        // A comment behind the last line goes with it, or it would end up behind the one of the key.
        let end = entry.value.span.end;
        let end = if self.text.rest_of_line(end) == Rest::Content { end } else { self.text.line_end(end) };
        self.splice(Span::new(self.text.line_end(colon), end), "");
    }

    fn inline_for_inline(&mut self, entry: &Entry, value: &Json, colon: usize) {
        let text = self.inline(entry, value, colon);
        if entry.value.span.is_empty() {
            self.splice(Span::at(colon), &text);
        } else {
            self.splice(entry.value.span, text.trim_start_matches(' '));
        }
    }

    fn block_for_inline(&mut self, entry: &Entry, value: &Json, colon: usize) -> Outcome {
        let end = entry.value.span.end.max(colon);
        let line_end = self.text.free_line_end(end)?;
        let text = value_after_key(value, self.text.column(entry.key_span.start), 0, self.breaks(line_end));
        if self.text.rest_of_line(end) == Rest::Blank {
            self.splice(Span::new(colon, end), &text);
        } else {
            self.splice(Span::new(colon, end), "");
            self.splice(Span::at(line_end), &text);
        }
        Ok(())
    }

    /// A scalar or empty collection with the space before it.
    fn inline(&self, entry: &Entry, value: &Json, colon: usize) -> String {
        let (column, end) = (self.text.column(entry.key_span.start), entry.value.span.end.max(colon));
        let blank = entry.value.style != Style::Block || self.text.line_end(colon) == colon;
        let breaks = if blank { self.breaks(end) } else { Breaks::Escaped };
        value_after_key(value, column, self.text.column(colon), breaks)
    }

    /// The place behind the colon of an entry.
    fn behind_colon(&self, entry: &Entry) -> Result<usize, SpliceError> {
        let between = self.text.get(entry.key_span.end, self.text.0.len());
        let blanks = between.len() - between.trim_start().len();
        let colon = between.get(blanks..).filter(|rest| rest.starts_with(':'));
        colon.map(|_| entry.key_span.end + blanks + 1).ok_or(SpliceError::Layout { span: entry.key_span })
    }
}

impl Addition<'_> {
    pub(super) fn flow(&self, syntax: FlowSyntax) -> String {
        match self {
            Addition::Entry(key, value) => flow_entry(key, value, syntax),
            Addition::Item(value) => flow_value(value, syntax),
        }
    }
}

/// Neighbours that are removed together.
pub(super) struct Run {
    pub(super) span: Span,
    /// The index of the last of them.
    pub(super) last: usize,
    pub(super) previous: Option<Span>,
    pub(super) next: Option<Span>,
}

impl Pieces {
    pub(super) fn runs(&self) -> Vec<Run> {
        let mut runs: Vec<Run> = Vec::new();
        let mut open = false;
        let mut previous = None;
        for (index, (span, removed)) in self.spans.iter().zip(&self.removed).enumerate() {
            match runs.last_mut() {
                Some(run) if *removed && open => {
                    run.span.end = span.end;
                    run.last = index;
                }
                _ if *removed => runs.push(Run { span: *span, last: index, previous, next: None }),
                Some(run) if open => run.next = Some(*span),
                _ => {}
            }
            open = *removed;
            previous = Some(*span);
        }
        runs
    }
}
