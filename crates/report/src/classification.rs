//! Where each policy rule is enforced, as a table.

use crate::ClassificationRow;
use crate::layout::{columns, pad, printable, trim_lines};

const HEADINGS: [&str; 6] = ["RULE", "LAYER", "BECAUSE", "BEFORE", "AFTER", "LEFT BEHIND"];

/// A table of the rules under the names of their policies. The columns are as wide as their widest cell: a name is
/// never cut.
#[must_use]
pub fn render_classification(rows: &[ClassificationRow]) -> String {
    if rows.is_empty() {
        return "No policy rules.\n".to_owned();
    }
    let mut rows: Vec<&ClassificationRow> = rows.iter().collect();
    rows.sort_by(|a, b| a.object.cmp(&b.object));
    let cells: Vec<[String; 6]> = rows.iter().copied().map(cells_of).collect();
    let headings = HEADINGS.map(str::to_owned);
    let widths = widths_of(cells.iter().chain([&headings]));
    let mut table = line(&headings, &widths);
    let mut object = None;
    for (row, cells) in rows.iter().zip(&cells) {
        if object.replace(&row.object) != Some(&row.object) {
            table.push_str(&format!("{}\n", printable(&row.object.to_string())));
        }
        table.push_str(&line(cells, &widths));
    }
    trim_lines(&table)
}

fn cells_of(row: &ClassificationRow) -> [String; 6] {
    let because = row.because.as_deref().unwrap_or("-");
    [&row.field, &row.layer, because, &row.enforced_before, &row.enforced_after, &row.left_behind].map(printable)
}

fn widths_of<'a>(lines: impl Iterator<Item = &'a [String; 6]>) -> [usize; 6] {
    lines.fold([0; 6], |mut widths, cells| {
        for (width, cell) in widths.iter_mut().zip(cells) {
            *width = columns(cell).max(*width);
        }
        widths
    })
}

fn line(cells: &[String; 6], widths: &[usize; 6]) -> String {
    let cells = cells.iter().zip(widths).map(|(cell, width)| pad(cell, *width));
    format!("  {}\n", cells.collect::<Vec<_>>().join("  "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample;

    #[test]
    fn rules_stand_below_their_policy() {
        let rows = sample::classification();
        let expected = "  RULE           LAYER  BECAUSE  BEFORE   AFTER     LEFT BEHIND
AuthorizationPolicy shop/deny-admin
  spec.rules[0]  L7     paths    sidecar  waypoint  fails open
  spec.rules[1]  L4     -        sidecar  ztunnel   no effect
AuthorizationPolicy shop/grüße
  spec.rules[0]  L4     -        sidecar  ztunnel   no effect
";
        assert_eq!(render_classification(&rows), expected);
    }

    #[test]
    fn no_rows_are_said_in_words() {
        assert_eq!(render_classification(&[]), "No policy rules.\n");
    }
}
