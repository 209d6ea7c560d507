//! Text to type, as goyaml v2 resolves it (go.yaml.in/yaml/v2 resolve.go).

use std::borrow::Cow;

/// A scalar's type and value; text stays where it is.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(crate) enum Scalar {
    Null,
    Bool(bool),
    Integer(i64),
    /// Above `i64`.
    Unsigned(u64),
    Float(f64),
    Text,
}

/// Resolves a bare word.
pub(crate) fn resolve_plain(text: &str) -> Scalar {
    resolve_hinted(text, true)
}

fn resolve_hinted(text: &str, timestamps: bool) -> Scalar {
    if let Some(word) = resolve_word(text) {
        return word;
    }
    match text.as_bytes().first() {
        Some(b'.') => go_float(text).map_or(Scalar::Text, Scalar::Float),
        Some(b'+' | b'-' | b'0'..=b'9') if timestamps && is_timestamp(text) => Scalar::Text,
        Some(b'+' | b'-' | b'0'..=b'9') => resolve_number(text),
        _ => Scalar::Text,
    }
}

/// Resolves a scalar with a tag; the error is a message.
pub(super) fn resolve_tagged(text: &str, tag: &str) -> Result<Scalar, String> {
    let name = match tag.strip_prefix("tag:yaml.org,2002:") {
        Some(name @ ("bool" | "int" | "float" | "null" | "timestamp")) => name,
        _ => return Ok(Scalar::Text),
    };
    match (name, resolve_hinted(text, name == "timestamp")) {
        ("bool", found @ Scalar::Bool(_))
        | ("int", found @ (Scalar::Integer(_) | Scalar::Unsigned(_)))
        | ("float", found @ Scalar::Float(_))
        | ("null", found @ Scalar::Null) => Ok(found),
        #[expect(clippy::cast_precision_loss, reason = "goyaml makes the same conversion")]
        ("float", Scalar::Integer(number)) => Ok(Scalar::Float(number as f64)),
        ("timestamp", Scalar::Text) if is_timestamp(text) => Ok(Scalar::Text),
        _ => Err(format!("`{text}` is no !!{name}")),
    }
}

fn resolve_word(text: &str) -> Option<Scalar> {
    Some(match text {
        "y" | "Y" | "yes" | "Yes" | "YES" | "true" | "True" | "TRUE" | "on" | "On" | "ON" => Scalar::Bool(true),
        "n" | "N" | "no" | "No" | "NO" | "false" | "False" | "FALSE" | "off" | "Off" | "OFF" => Scalar::Bool(false),
        "" | "~" | "null" | "Null" | "NULL" => Scalar::Null,
        ".nan" | ".NaN" | ".NAN" => Scalar::Float(f64::NAN),
        ".inf" | ".Inf" | ".INF" | "+.inf" | "+.Inf" | "+.INF" => Scalar::Float(f64::INFINITY),
        "-.inf" | "-.Inf" | "-.INF" => Scalar::Float(f64::NEG_INFINITY),
        _ => return None,
    })
}

fn resolve_number(text: &str) -> Scalar {
    let digits: Cow<'_, str> = if text.contains('_') { text.replace('_', "").into() } else { text.into() };
    if let Some(integer) = go_integer(&digits) {
        return integer;
    }
    if is_yaml_float(&digits)
        && let Some(float) = finite(&digits)
    {
        return Scalar::Float(float);
    }
    let signed_binary = digits.strip_prefix("0b").filter(|rest| rest.starts_with(['+', '-']));
    let number = signed_binary.and_then(|rest| i64::from_str_radix(rest, 2).ok());
    number.map_or(Scalar::Text, Scalar::Integer)
}

/// Go's `strconv.ParseInt` and, for large numbers without sign, `ParseUint`, both with base 0.
fn go_integer(text: &str) -> Option<Scalar> {
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    let (radix, digits) = match unsigned.as_bytes() {
        [b'0', b'x' | b'X', _, ..] => (16, unsigned.get(2..)?),
        [b'0', b'o' | b'O', _, ..] => (8, unsigned.get(2..)?),
        [b'0', b'b' | b'B', _, ..] => (2, unsigned.get(2..)?),
        [b'0', _, ..] => (8, unsigned.get(1..)?),
        _ => (10, unsigned),
    };
    if digits.starts_with(['+', '-']) {
        return None;
    }
    let magnitude = u64::from_str_radix(digits, radix).ok()?;
    if text.starts_with('-') {
        return 0_i64.checked_sub_unsigned(magnitude).map(Scalar::Integer);
    }
    match i64::try_from(magnitude) {
        Ok(number) => Some(Scalar::Integer(number)),
        Err(_) => (!text.starts_with('+')).then_some(Scalar::Unsigned(magnitude)),
    }
}

/// `[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?`
pub(crate) fn is_yaml_float(text: &str) -> bool {
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent.strip_prefix(['+', '-']).unwrap_or(exponent))),
        None => (unsigned, None),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    digits(whole)
        && digits(fraction)
        && !(whole.is_empty() && fraction.is_empty())
        && exponent.is_none_or(|exponent| !exponent.is_empty() && digits(exponent))
}

/// Go's `strconv.ParseFloat` for text that starts with a dot: digits may be separated by single underscores there.
fn go_float(text: &str) -> Option<f64> {
    let digits = text.replace('_', "");
    let bytes = text.as_bytes();
    let separated = bytes.windows(3).all(|window| match window {
        [before, b'_', after] => before.is_ascii_digit() && after.is_ascii_digit(),
        _ => true,
    });
    let edges = text.starts_with("._") || text.ends_with('_');
    (separated && !edges && is_yaml_float(&digits)).then(|| finite(&digits))?
}

fn finite(text: &str) -> Option<f64> {
    text.parse().ok().filter(|number: &f64| number.is_finite())
}

/// Whether goyaml takes `text` for a date or a point in time. Such text stays text.
pub(crate) fn is_timestamp(text: &str) -> bool {
    timestamp(text).is_some()
}

fn timestamp(text: &str) -> Option<()> {
    let (year, rest) = digits(text, 4, 4)?;
    let (month, rest) = digits(rest.strip_prefix('-')?, 1, 2)?;
    let (day, rest) = digits(rest.strip_prefix('-')?, 1, 2)?;
    let in_month = (1..=12).contains(&month) && (1..=days(year, month)).contains(&day);
    if rest.is_empty() || !in_month {
        return in_month.then_some(());
    }
    let zoned = match rest.as_bytes().first()? {
        b'T' | b't' => true,
        b' ' => false,
        _ => return None,
    };
    let (hour, rest) = digits(rest.get(1..)?, 1, 2)?;
    let (minute, rest) = digits(rest.strip_prefix(':')?, 1, 2)?;
    let (second, rest) = digits(rest.strip_prefix(':')?, 1, 2)?;
    let rest = match rest.strip_prefix(['.', ',']) {
        Some(fraction) => digits(fraction, 1, usize::MAX)?.1,
        None => rest,
    };
    let complete = if zoned { is_zone(rest) } else { rest.is_empty() };
    (hour < 24 && minute < 60 && second < 60 && complete).then_some(())
}

/// `Z`, `+01:00`, `-01:00`.
fn is_zone(text: &str) -> bool {
    let offset = |rest: &str| {
        let (hour, rest) = digits(rest, 2, 2)?;
        let (minute, rest) = digits(rest.strip_prefix(':')?, 2, 2)?;
        (hour <= 24 && minute <= 60 && rest.is_empty()).then_some(())
    };
    text == "Z" || text.strip_prefix(['+', '-']).and_then(offset).is_some()
}

/// Between `least` and `most` leading digits as a number (saturating), and what follows.
fn digits(text: &str, least: usize, most: usize) -> Option<(u32, &str)> {
    let count = text.bytes().take(most).take_while(u8::is_ascii_digit).count();
    let (digits, rest) = text.split_at_checked(count)?;
    (count >= least).then(|| (digits.parse().unwrap_or(u32::MAX), rest))
}

fn days(year: u32, month: u32) -> u32 {
    match month {
        2 if year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400)) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn integers_of_every_base() {
        for (text, number) in [
            ("012", 10),
            ("0o14", 12),
            ("0x1F", 31),
            ("0b101", 5),
            ("1_000", 1000),
            ("-0x10", -16),
            ("+7", 7),
            ("0", 0),
            ("-9223372036854775808", i64::MIN),
            ("0b-101", -5),
        ] {
            assert_eq!(resolve_plain(text), Scalar::Integer(number), "{text}");
        }
        assert_eq!(resolve_plain("18446744073709551615"), Scalar::Unsigned(u64::MAX));
    }

    #[test]
    fn floats_and_what_only_looks_like_one() {
        for (text, number) in [("08", 8.0), ("1e3", 1000.0), (".5", 0.5), ("1.", 1.0), (".1_0", 0.1), ("1e-400", 0.0)] {
            assert_eq!(resolve_plain(text), Scalar::Float(number), "{text}");
        }
        for text in
            ["1e400", "12e4567", "1.2.3", "0x", "1e", "+", "-", ".", "..5", "190:20:30", "0xfffffffffffffffff", "é"]
        {
            assert_eq!(resolve_plain(text), Scalar::Text, "{text}");
        }
    }

    #[test]
    fn timestamps() {
        for text in
            ["2001-12-14", "2001-1-4", "2001-12-14T21:59:43.10Z", "2001-12-14t21:59:43-05:00", "2001-12-14 21:59:43"]
        {
            assert!(is_timestamp(text), "{text}");
        }
        for text in
            ["2001-02-29", "2001-13-01", "2001-12-14T21:59:43", "2001-12-14 21:59:43 -5", "201-12-14", "2001-12-1x"]
        {
            assert!(!is_timestamp(text), "{text}");
        }
    }

    #[test]
    fn tags_overrule_or_refuse() {
        let tag = |name: &str| format!("tag:yaml.org,2002:{name}");
        assert_eq!(resolve_tagged("12", &tag("str")), Ok(Scalar::Text));
        assert_eq!(resolve_tagged("12", &tag("float")), Ok(Scalar::Float(12.0)));
        assert_eq!(resolve_tagged("yes", &tag("bool")), Ok(Scalar::Bool(true)));
        assert_eq!(resolve_tagged("yes", "!mine"), Ok(Scalar::Text));
        assert!(resolve_tagged("x", &tag("int")).is_err());
    }
}
