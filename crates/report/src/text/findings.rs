//! Findings, each with its place in the source.

use std::collections::BTreeMap;

use annotate_snippets::{AnnotationKind, Element, Group, Level, Origin, Renderer, Snippet};
use s2a_diagnostic::{Diagnostic, Severity};

use super::TextOptions;
use crate::layout::{WIDTH, columns_at_most, printable, wrap};
use crate::lines::{Excerpt, Lines};

/// One text per finding, in the order of their places. Errors and warnings are all shown; of notes that say the same,
/// the first stands for the others.
pub(super) fn render(diagnostics: &[Diagnostic], lines: &Lines<'_>, options: TextOptions) -> Vec<String> {
    let mut shown: Vec<&Diagnostic> = diagnostics.iter().filter(|it| it.severity() <= options.min_severity).collect();
    shown.sort_by_cached_key(|it| it.sort_key());
    let mut alike = count_alike(&shown);
    let mut texts = Vec::new();
    for diagnostic in shown {
        let count = if is_note(diagnostic) { alike.remove(&sameness(diagnostic)) } else { Some(1) };
        if let Some(count) = count {
            texts.push(one_finding(diagnostic, count - 1, lines, options.color));
        }
    }
    texts
}

/// What two notes share when they say the same about different places.
type Sameness<'a> = (&'static str, &'a str, Option<&'a str>);

fn sameness(diagnostic: &Diagnostic) -> Sameness<'_> {
    (diagnostic.code.id, &diagnostic.message, diagnostic.help.as_deref())
}

fn is_note(diagnostic: &Diagnostic) -> bool {
    diagnostic.severity() == Severity::Note
}

fn count_alike<'a>(diagnostics: &[&'a Diagnostic]) -> BTreeMap<Sameness<'a>, usize> {
    let mut counts = BTreeMap::new();
    for diagnostic in diagnostics.iter().filter(|it| is_note(it)) {
        *counts.entry(sameness(diagnostic)).or_insert(0) += 1;
    }
    counts
}

fn one_finding(diagnostic: &Diagnostic, more: usize, lines: &Lines<'_>, color: bool) -> String {
    let excerpt = diagnostic.place.as_ref().and_then(|place| lines.excerpt(place));
    let marked = excerpt.as_ref().map(Marked::new);
    let fits = marked.as_ref().is_some_and(|it| it.leaves_room_for(&diagnostic.message));
    let gutter = marked.as_ref().map_or(0, |it| it.line.to_string().len());
    let note = |name: &'static str, level: Level<'static>, text: &str| {
        let indent = gutter + " = : ".len() + name.len();
        Element::from(level.with_name(name).message(wrap(text, WIDTH.saturating_sub(indent)).join("\n")))
    };
    let mut group = title(diagnostic).elements(place(diagnostic, marked, fits));
    if !fits {
        group = group.element(note("note", Level::NOTE, &diagnostic.message));
    }
    if let Some(subject) = subject(diagnostic).filter(|_| excerpt.is_some()) {
        group = group.element(note("in", Level::NOTE, &subject));
    }
    for label in &diagnostic.labels {
        let text = format!("{}: {}", at_field(&label.object.to_string(), &label.field), label.text);
        group = group.element(note("note", Level::NOTE, &text));
    }
    let help = diagnostic.help.as_deref().unwrap_or(diagnostic.code.help);
    if !help.is_empty() {
        group = group.element(note("help", Level::HELP, help));
    }
    if more > 0 {
        group = group.element(note("note", Level::NOTE, &format!("… and {more} more like it")));
    }
    renderer(color).render(&[group])
}

fn title(diagnostic: &Diagnostic) -> Group<'static> {
    let level = match diagnostic.severity() {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
        Severity::Note => Level::NOTE,
    };
    Group::with_title(level.primary_title(diagnostic.code.title).id(diagnostic.code.id))
}

/// The excerpt, or else the object, or else nothing.
fn place(diagnostic: &Diagnostic, marked: Option<Marked>, label: bool) -> Option<Element<'static>> {
    let Some(marked) = marked else {
        return subject(diagnostic).map(|subject| Element::from(Origin::path(printable(&subject))));
    };
    let label = label.then(|| printable(&diagnostic.message));
    let annotation = AnnotationKind::Primary.span(marked.start..marked.end).label(label);
    Some(Snippet::source(marked.source).line_start(marked.line).path(marked.file).annotation(annotation).into())
}

fn subject(diagnostic: &Diagnostic) -> Option<String> {
    diagnostic.object.as_ref().map(|object| at_field(&object.to_string(), &diagnostic.field))
}

fn at_field(object: &str, field: &str) -> String {
    if field.is_empty() { object.to_owned() } else { format!("{object} {field}") }
}

fn renderer(color: bool) -> Renderer {
    let renderer = if color { Renderer::styled() } else { Renderer::plain() };
    renderer.term_width(WIDTH)
}

/// An excerpt with harmless characters only. Offsets are counted in its own text, since a replaced character may take
/// another number of bytes.
struct Marked {
    file: String,
    line: usize,
    source: String,
    start: usize,
    end: usize,
}

impl Marked {
    fn new(excerpt: &Excerpt<'_>) -> Self {
        let mut source = printable(excerpt.before);
        let start = source.len();
        source.push_str(&printable(excerpt.marked));
        let end = source.len();
        source.push_str(&printable(excerpt.after));
        Marked { file: printable(excerpt.file), line: excerpt.line, source, start, end }
    }

    /// Whether a label behind the carets ends within the width of the page.
    fn leaves_room_for(&self, label: &str) -> bool {
        let gutter = self.line.to_string().len() + " | ".len();
        let carets = columns_at_most(self.source.get(..self.end).unwrap_or_default());
        gutter + carets.max(1) + 1 + columns_at_most(label) <= WIDTH
    }
}
