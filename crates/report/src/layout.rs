//! Lays out text on lines.

/// The width of all text output in columns.
pub(crate) const WIDTH: usize = 100;

/// Breaks a text between words into lines of at most `width` columns. A longer word stands on a line of its own.
/// Control characters are replaced, see [`printable`].
pub(crate) fn wrap(text: &str, width: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    let mut column = 0;
    for word in text.trim().split([' ', '\n']).map(printable) {
        let length = columns(&word);
        if column > 0 && column + 1 + length > width {
            lines.push(String::new());
            column = 0;
        }
        if let Some(line) = lines.last_mut() {
            let gap = usize::from(column > 0);
            line.push_str(&" ".repeat(gap));
            line.push_str(&word);
            column += gap + length;
        }
    }
    lines
}

/// Wraps a text behind a prefix; further lines are indented to the width of the prefix.
pub(crate) fn hang(prefix: &str, text: &str) -> String {
    let indent = columns(prefix);
    let lines = wrap(text, WIDTH.saturating_sub(indent));
    format!("{prefix}{}", lines.join(&format!("\n{}", " ".repeat(indent))))
}

/// Pads a text with blanks to a number of columns.
pub(crate) fn pad(text: &str, width: usize) -> String {
    format!("{text}{}", " ".repeat(width.saturating_sub(columns(text))))
}

/// The text with every character replaced that could move the cursor, colour the terminal or reverse the reading
/// order: names and paths come from files that anyone may have written.
pub(crate) fn printable(text: &str) -> String {
    text.chars().map(|it| if is_printable(it) { it } else { char::REPLACEMENT_CHARACTER }).collect()
}

/// The number of columns a text takes on a terminal, rounded up: a character outside ASCII counts as two, a tab as
/// four.
pub(crate) fn columns_at_most(text: &str) -> usize {
    text.chars().map(|it| if it == '\t' { 4 } else { 1 + usize::from(!it.is_ascii()) }).sum()
}

/// The number of characters, which is the number of columns in all but the East Asian scripts.
pub(crate) fn columns(text: &str) -> usize {
    text.chars().count()
}

/// Removes the blanks at the ends of lines.
pub(crate) fn trim_lines(text: &str) -> String {
    text.lines().map(|line| format!("{}\n", line.trim_end())).collect()
}

fn is_printable(character: char) -> bool {
    let reorders = matches!(character, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    !reorders && (character == '\t' || !character.is_control())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_texts_are_broken_between_words() {
        assert_eq!(wrap("one two three", 8), ["one two", "three"]);
        assert_eq!(wrap("a considerable word", 5), ["a", "considerable", "word"]);
        assert_eq!(wrap("", 5), [""]);
    }

    #[test]
    fn further_lines_hang_below_the_first() {
        let text = "x".repeat(60);
        assert_eq!(hang("  key  ", &format!("{text} {text}")), format!("  key  {text}\n       {text}"));
    }

    #[test]
    fn terminal_sequences_and_reversed_text_are_defused() {
        assert_eq!(printable("a\u{1b}[2Jb\u{202e}c\u{9b}1m"), "a\u{fffd}[2Jb\u{fffd}c\u{fffd}1m");
        assert_eq!(printable("Grüße\t漢"), "Grüße\t漢");
    }
}
