//! Rust sources as lines.

/// What marks a file as written by a program.
const GENERATED: &str = "@generated";

/// Returns whether a file says in its first lines that a program wrote it.
pub(super) fn is_generated(text: &str) -> bool {
    text.lines().take(5).any(|line| line.contains(GENERATED))
}

/// Returns the numbered lines of code: neither comments nor what stands in the test module at the end.
pub(super) fn code_lines(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let code = text.split("\n#[cfg(test)]\nmod tests {").next().unwrap_or(text);
    let numbered = code.lines().enumerate().map(|(index, line)| (index.saturating_add(1), line));
    numbered.filter(|(_, line)| !line.trim_start().starts_with("//"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_and_tests_are_no_code() {
        let text =
            "//! about println!\nlet a = 1;\n    // println!\n#[cfg(test)]\nuse b;\n\n#[cfg(test)]\nmod tests {\n}\n";
        let numbers: Vec<usize> = code_lines(text).map(|(number, _)| number).collect();
        assert_eq!(numbers, [2, 4, 5]);
    }
}
