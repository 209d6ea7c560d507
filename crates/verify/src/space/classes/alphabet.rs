//! Which characters make a string pleasant to read.

/// Inclusive ranges, the most readable first; together they hold every character.
const ORDER: [(char, char); 14] = [
    ('a', 'z'),
    ('0', '9'),
    ('/', '/'),
    ('-', '-'),
    ('.', '.'),
    ('_', '_'),
    ('A', 'Z'),
    (':', '@'),
    ('!', ','),
    ('[', '`'),
    ('{', '~'),
    (' ', ' '),
    ('\u{7f}', char::MAX),
    ('\0', '\u{1f}'),
];

/// The place of a character in the order of readability.
pub(super) fn rank(c: char) -> (usize, char) {
    let group = ORDER.iter().position(|&(first, last)| (first..=last).contains(&c));
    (group.unwrap_or(ORDER.len()), c)
}

/// The most readable character of an inclusive range.
pub(super) fn most_readable(first: char, last: char) -> char {
    ORDER
        .iter()
        .map(|&(low, high)| (low.max(first), high.min(last)))
        .find(|(low, high)| low <= high)
        .map_or(first, |(low, _)| low)
}

/// The more readable of two characters.
pub(super) fn more_readable(a: char, b: char) -> char {
    if rank(b) < rank(a) { b } else { a }
}
