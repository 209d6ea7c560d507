//! Pieces of Markdown.

/// The comment at the top of a generated page.
pub(super) fn head(title: &str, source: &str) -> String {
    format!("<!-- Written by `cargo xtask generate` from `{source}`; do not edit. -->\n\n# {title}\n\n")
}

/// A table: its head and its rows, each already in Markdown but for the bars.
pub(super) fn table<const N: usize>(head: [&str; N], rows: impl Iterator<Item = [String; N]>) -> String {
    let mut text = format!("| {} |\n|{}\n", head.join(" | "), "---|".repeat(N));
    for row in rows {
        text.push_str(&format!("| {} |\n", row.map(|cell| cell.replace('|', "\\|")).join(" | ")));
    }
    text.push('\n');
    text
}

/// Code, or nothing for an empty text.
pub(super) fn code(text: &str) -> String {
    if text.is_empty() { String::new() } else { format!("`{text}`") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bars_in_cells_are_escaped() {
        let text = table(["a", "b"], std::iter::once(["x|y".to_owned(), code("z")]));
        assert_eq!(text, "| a | b |\n|---|---|\n| x\\|y | `z` |\n\n");
    }
}
