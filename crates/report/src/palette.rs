//! Colours. A colour repeats what a word or a sign already says.

use annotate_snippets::renderer::{AnsiColor, Style};

use crate::VerdictName;

/// Paints text, or leaves it as it is.
#[derive(Clone, Copy)]
pub(crate) struct Palette {
    /// Whether to paint.
    pub(crate) color: bool,
}

impl Palette {
    pub(crate) fn paint(self, style: Style, text: &str) -> String {
        if self.color { format!("{style}{text}{style:#}") } else { text.to_owned() }
    }

    pub(crate) fn verdict(self, verdict: VerdictName) -> String {
        let color = match verdict {
            VerdictName::Equivalent => AnsiColor::Green,
            VerdictName::Stricter | VerdictName::Unknown => AnsiColor::Yellow,
            VerdictName::Looser | VerdictName::Different => AnsiColor::BrightRed,
        };
        self.paint(color.on_default().bold(), verdict.as_str())
    }
}

/// Headings.
pub(crate) const HEADING: Style = Style::new().bold();
/// Lines of the old text.
pub(crate) const REMOVED: Style = AnsiColor::Red.on_default();
/// Lines of the new text.
pub(crate) const ADDED: Style = AnsiColor::Green.on_default();
/// Line numbers of a hunk.
pub(crate) const HUNK: Style = AnsiColor::Cyan.on_default();
