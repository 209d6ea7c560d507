//! The report as a person reads it in a terminal.

mod findings;
mod summary;
mod verdicts;

use s2a_diagnostic::{Severity, Sources};

use crate::Report;
use crate::layout::trim_lines;
use crate::lines::Lines;
use crate::palette::Palette;

/// What to show, and how.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TextOptions {
    /// Whether to colour with ANSI sequences. A colour never says what no word says.
    pub color: bool,
    /// Whether to leave out what needs nobody's attention: destinations whose verdicts are all equivalent, and the
    /// summary.
    pub quiet: bool,
    /// The least severity to show. The summary counts all findings.
    pub min_severity: Severity,
}

impl Default for TextOptions {
    /// Everything, without colour.
    fn default() -> Self {
        TextOptions { color: false, quiet: false, min_severity: Severity::Note }
    }
}

/// The findings with their source lines, the verdicts with their counterexamples, and a summary. Lines are at most
/// 100 columns wide unless a single name is wider.
#[must_use]
pub fn render_text(report: &Report, sources: &Sources, options: TextOptions) -> String {
    let lines = Lines::new(sources);
    let palette = Palette { color: options.color };
    let mut sections = findings::render(&report.diagnostics, &lines, options);
    sections.extend(verdicts::render(&report.verdicts, &lines, palette, options.quiet));
    if !options.quiet {
        sections.push(summary::render(report));
    }
    trim_lines(&sections.join("\n\n"))
}

#[cfg(test)]
mod tests;
