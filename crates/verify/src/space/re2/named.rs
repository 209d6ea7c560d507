//! The character sets that RE2 has names for: `\d`, `[:alpha:]` and their like. All are ASCII.

use regex_syntax::hir::{ClassUnicode, ClassUnicodeRange};

/// A set of inclusive ranges.
pub(super) fn class(ranges: &[(char, char)]) -> ClassUnicode {
    ClassUnicode::new(ranges.iter().map(|&(start, end)| ClassUnicodeRange::new(start, end)))
}

/// The set of `\d`, `\s` or `\w`, given the lower-case letter. `\s` has no vertical tab.
pub(super) fn perl(letter: char) -> Option<ClassUnicode> {
    match letter {
        'd' => Some(class(&[('0', '9')])),
        's' => Some(class(&[('\t', '\n'), ('\x0c', '\r'), (' ', ' ')])),
        'w' => Some(class(&[('0', '9'), ('A', 'Z'), ('_', '_'), ('a', 'z')])),
        _ => None,
    }
}

/// The set of `[:name:]`, given the name.
pub(super) fn posix(name: &str) -> Option<ClassUnicode> {
    Some(match name {
        "alnum" => class(&[('0', '9'), ('A', 'Z'), ('a', 'z')]),
        "alpha" => class(&[('A', 'Z'), ('a', 'z')]),
        "ascii" => class(&[('\0', '\x7f')]),
        "blank" => class(&[('\t', '\t'), (' ', ' ')]),
        "cntrl" => class(&[('\0', '\x1f'), ('\x7f', '\x7f')]),
        "digit" => class(&[('0', '9')]),
        "graph" => class(&[('!', '~')]),
        "lower" => class(&[('a', 'z')]),
        "print" => class(&[(' ', '~')]),
        "punct" => class(&[('!', '/'), (':', '@'), ('[', '`'), ('{', '~')]),
        "space" => class(&[('\t', '\r'), (' ', ' ')]),
        "upper" => class(&[('A', 'Z')]),
        "word" => return perl('w'),
        "xdigit" => class(&[('0', '9'), ('A', 'F'), ('a', 'f')]),
        _ => return None,
    })
}

/// The set with all letters of either case; RE2 folds as Unicode does (`(?i)k` matches U+212A).
pub(super) fn folded(mut class: ClassUnicode, ignore_case: bool) -> ClassUnicode {
    if ignore_case {
        // Fails only without the crate's case tables, which are compiled in.
        let _ = class.try_case_fold_simple();
    }
    class
}
