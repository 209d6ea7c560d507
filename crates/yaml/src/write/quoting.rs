//! How a string must be written so that it is read back as the same string.
//!
//! The choice between plain, single and double quotes and `|` follows goyaml v2 (emitterc.go), so that what is written
//! looks like what kubectl writes.

use crate::read::{Scalar, is_timestamp, is_yaml_float, resolve_plain};
use std::fmt::Write;

/// The way to write a string.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Quoting {
    Plain,
    Single,
    Double,
    Literal,
}

/// The way for a value in a block collection, or for a key.
pub(super) fn quoting(text: &str, is_key: bool) -> Quoting {
    let shape = Shape::of(text);
    if shape.foreign_break || (is_key && shape.line_break) {
        return Quoting::Double;
    }
    if shape.line_break {
        let literal = !(shape.trailing_space || shape.space_before_break || shape.special);
        return if literal { Quoting::Literal } else { Quoting::Double };
    }
    if !reads_as_string(text) || shape.special {
        return Quoting::Double;
    }
    let plain = !(shape.leading_space || shape.trailing_space || shape.indicator);
    if plain { Quoting::Plain } else { Quoting::Single }
}

/// Whether `text`, written bare, is a string to goyaml v2 and to YAML 1.2, and no merge key.
pub(super) fn reads_as_string(text: &str) -> bool {
    resolve_plain(text) == Scalar::Text
        && !is_timestamp(text)
        && !is_sexagesimal(text)
        && !is_yaml_float(text)
        && !is_prefixed_integer(text)
        && text != "<<"
}

/// `[-+]?[0-9][0-9_]*(:[0-5]?[0-9])+(\.[0-9_]*)?`: a number to YAML 1.1, text to Kubernetes.
fn is_sexagesimal(text: &str) -> bool {
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    let (whole, fraction) = unsigned.split_once('.').unwrap_or((unsigned, ""));
    let digit = |byte: u8| byte.is_ascii_digit() || byte == b'_';
    let mut groups = whole.split(':');
    let head = groups.next().unwrap_or_default();
    let mut tail = groups.peekable();
    let sixty = |group: &str| match group.as_bytes() {
        [digit] => digit.is_ascii_digit(),
        [b'0'..=b'5', digit] => digit.is_ascii_digit(),
        _ => false,
    };
    head.starts_with(|first: char| first.is_ascii_digit())
        && head.bytes().all(digit)
        && fraction.bytes().all(digit)
        && tail.peek().is_some()
        && tail.all(sixty)
}

/// `0x…` and `0o…` of any length; goyaml takes those above 64 bits for text, YAML 1.2 does not.
fn is_prefixed_integer(text: &str) -> bool {
    let radix = |rest: &str, radix: u32| !rest.is_empty() && rest.chars().all(|digit| digit.is_digit(radix));
    text.strip_prefix("0x").is_some_and(|rest| radix(rest, 16))
        || text.strip_prefix("0o").is_some_and(|rest| radix(rest, 8))
}

/// What the characters of a string allow.
#[derive(Default)]
#[expect(clippy::struct_excessive_bools, reason = "independent observations about one string")]
struct Shape {
    line_break: bool,
    /// A line break to YAML 1.1 that is none to YAML 1.2, or the other way round.
    foreign_break: bool,
    leading_space: bool,
    trailing_space: bool,
    space_before_break: bool,
    /// A character that only double quotes can hold.
    special: bool,
    /// Something that would end a bare word or start something else.
    indicator: bool,
}

impl Shape {
    fn of(text: &str) -> Self {
        let mut shape = Self {
            leading_space: text.starts_with(' '),
            trailing_space: text.ends_with(' '),
            line_break: text.contains('\n'),
            foreign_break: text.contains(['\r', '\u{85}', '\u{2028}', '\u{2029}']),
            space_before_break: text.contains(" \n"),
            indicator: text.starts_with("---") || text.starts_with("...") || starts_with_indicator(text),
            ..Self::default()
        };
        let mut previous = ' ';
        let mut characters = text.chars().peekable();
        while let Some(character) = characters.next() {
            let before_blank = characters.peek().is_none_or(|next| matches!(next, ' ' | '\t'));
            let after_blank = matches!(previous, ' ' | '\t' | '\n');
            shape.special |= !is_printable(character);
            shape.indicator |= (character == ':' && before_blank) || (character == '#' && after_blank);
            previous = character;
        }
        shape
    }
}

fn starts_with_indicator(text: &str) -> bool {
    let mut characters = text.chars();
    match characters.next() {
        Some('#' | ',' | '[' | ']' | '{' | '}' | '&' | '*' | '!' | '|' | '>' | '\'' | '"' | '%' | '@' | '`') => true,
        Some('?' | ':' | '-') => matches!(characters.next(), None | Some(' ' | '\t')),
        _ => false,
    }
}

/// Whether goyaml writes the character as it is.
fn is_printable(character: char) -> bool {
    matches!(character, '\n' | ' '..='~' | '\u{A0}'..='\u{D7FF}' | '\u{E000}'..='\u{FEFE}' | '\u{FF00}'..='\u{FFFD}')
}

/// Appends a character as it stands between double quotes.
pub(super) fn push_double_quoted(out: &mut String, character: char) {
    let short = match character {
        '\0' => '0',
        '\u{7}' => 'a',
        '\u{8}' => 'b',
        '\t' => 't',
        '\n' => 'n',
        '\u{b}' => 'v',
        '\u{c}' => 'f',
        '\r' => 'r',
        '\u{1b}' => 'e',
        '"' => '"',
        '\\' => '\\',
        '\u{85}' => 'N',
        '\u{2028}' => 'L',
        '\u{2029}' => 'P',
        _ if is_printable(character) => return out.push(character),
        _ => return push_code(out, character),
    };
    out.push('\\');
    out.push(short);
}

fn push_code(out: &mut String, character: char) {
    let code = u32::from(character);
    // Writing to a string cannot fail.
    let _ = match code {
        0..=0xFF => write!(out, "\\x{code:02X}"),
        0x100..=0xFFFF => write!(out, "\\u{code:04X}"),
        _ => write!(out, "\\U{code:08X}"),
    };
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_another_type_are_quoted() {
        for text in [
            "",
            "~",
            "null",
            "y",
            "N",
            "on",
            "Off",
            "YES",
            "true",
            "012",
            "0o14",
            "0x1F",
            "0b1",
            "1_000",
            "1e3",
            ".5",
            "1.",
            ".inf",
            "-.INF",
            ".nan",
            "2001-12-14",
            "190:20:30",
            "1e400",
            "0xFFFFFFFFFFFFFFFFFFFF",
            "<<",
            "08",
            "+1",
            "12e4567",
        ] {
            assert_eq!(quoting(text, false), Quoting::Double, "{text}");
        }
    }

    #[test]
    fn other_words_stay_bare_or_get_single_quotes() {
        for text in ["a", "a b", "a:b", "a#b", "-a", "?a", "nO", "1.2.3", "10.0.0.0/8", "=", "2001:db8::1", "é"] {
            assert_eq!(quoting(text, false), Quoting::Plain, "{text}");
        }
        for text in ["*", "- a", "a: b", "a #b", "#a", " a", "a ", "a:", "{a", "'a'", "@a", "---", "-"] {
            assert_eq!(quoting(text, false), Quoting::Single, "{text}");
        }
    }

    #[test]
    fn line_breaks() {
        assert_eq!(quoting("a\nb", false), Quoting::Literal);
        assert_eq!(quoting("a\nb", true), Quoting::Double);
        assert_eq!(quoting("a \nb", false), Quoting::Double);
        assert_eq!(quoting("a\r\nb", false), Quoting::Double);
        assert_eq!(quoting("a\tb\nc", false), Quoting::Double);
        assert_eq!(quoting("a\u{2028}b", true), Quoting::Double);
    }

    #[test]
    fn escapes() {
        let mut out = String::new();
        for character in "\0\t\u{1}\u{7f}\u{85}\u{feff}\u{fffe}😀\"\\é".chars() {
            push_double_quoted(&mut out, character);
        }
        assert_eq!(out, r#"\0\t\x01\x7F\N\uFEFF\uFFFE\U0001F600\"\\é"#);
    }
}
