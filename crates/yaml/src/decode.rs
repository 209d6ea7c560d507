//! Bytes to text, as kubectl does it before it looks for YAML.

use std::borrow::Cow;

/// Decodes a file: UTF-16 where a byte-order mark says so, otherwise UTF-8 in which invalid bytes become U+FFFD.
///
/// A UTF-8 byte-order mark stays, so that offsets in the text are offsets in the file; [`crate::read`] skips it.
/// A UTF-16 file has other offsets than its text, and what is written back is UTF-8.
#[must_use]
pub fn decode(bytes: &[u8]) -> Cow<'_, str> {
    match bytes {
        [0xFF, 0xFE, rest @ ..] => utf16(rest, u16::from_le_bytes).into(),
        [0xFE, 0xFF, rest @ ..] => utf16(rest, u16::from_be_bytes).into(),
        _ => String::from_utf8_lossy(bytes),
    }
}

fn utf16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> String {
    let (pairs, odd) = bytes.as_chunks::<2>();
    let units = pairs.iter().map(|pair| unit(*pair));
    let text = char::decode_utf16(units).map(|unit| unit.unwrap_or(char::REPLACEMENT_CHARACTER));
    text.chain(odd.iter().map(|_| char::REPLACEMENT_CHARACTER)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn utf8_is_borrowed_and_keeps_its_mark() {
        assert!(matches!(decode("\u{FEFF}a: é".as_bytes()), Cow::Borrowed("\u{FEFF}a: é")));
    }

    #[test]
    fn invalid_bytes_are_replaced() {
        assert_eq!(decode(b"a: \xE9\n"), "a: \u{FFFD}\n");
    }

    #[test]
    fn utf16_of_both_byte_orders() {
        let text = "a: 😀\n";
        let little: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let big: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
        assert_eq!(decode(&[b"\xFF\xFE", little.as_slice()].concat()), text);
        assert_eq!(decode(&[b"\xFE\xFF", big.as_slice()].concat()), text);
        assert_eq!(decode(b"\xFE\xFF\xD8\x00\x00\x61\x00"), "\u{FFFD}a\u{FFFD}");
    }
}
