//! What follows a backslash.

use regex_syntax::hir::ClassUnicode;

use super::named;
use super::parser::{Parser, Refusal};

impl Parser<'_> {
    /// One escaped character, after its backslash: `\n`, `\x41`, `\.`.
    pub(super) fn escaped_char(&mut self) -> Result<char, Refusal> {
        let Some(c) = self.next() else { return Err("trailing \\".to_owned()) };
        match c {
            '0' => self.octal(0, 2),
            '1'..='7' if self.peek().is_some_and(|c| c.is_digit(8)) => self.octal(c.to_digit(8).unwrap_or_default(), 2),
            'x' => self.hexadecimal(),
            'n' => Ok('\n'),
            'r' => Ok('\r'),
            't' => Ok('\t'),
            'a' => Ok('\x07'),
            'f' => Ok('\x0c'),
            'v' => Ok('\x0b'),
            c if c.is_ascii() && !c.is_ascii_alphanumeric() => Ok(c),
            c => Err(format!("invalid escape sequence \\{c}")),
        }
    }

    fn octal(&mut self, first: u32, more: usize) -> Result<char, Refusal> {
        let mut code = first;
        for _ in 0..more {
            let Some(digit) = self.peek().and_then(|c| c.to_digit(8)) else { break };
            self.next();
            code = code * 8 + digit;
        }
        char::from_u32(code).ok_or_else(|| "invalid octal escape".to_owned())
    }

    fn hexadecimal(&mut self) -> Result<char, Refusal> {
        let refusal = || "invalid escape sequence \\x".to_owned();
        let digits = if self.eat("{") {
            let (digits, rest) = self.rest().split_once('}').ok_or_else(refusal)?;
            self.seek(rest);
            digits
        } else {
            let (digits, rest) = self.rest().split_at_checked(2).ok_or_else(refusal)?;
            self.seek(rest);
            digits
        };
        if !digits.bytes().all(|b| b.is_ascii_hexdigit()) {
            return Err(refusal());
        }
        let code = u32::from_str_radix(digits, 16).map_err(|_| refusal())?;
        if (0xd800..0xe000).contains(&code) {
            self.unsupported("a surrogate code point");
            return Ok(char::REPLACEMENT_CHARACTER);
        }
        char::from_u32(code).ok_or_else(refusal)
    }

    /// A set written with a backslash, `\d` or `\pL`, if there is one here.
    pub(super) fn escaped_class(&mut self) -> Result<Option<ClassUnicode>, Refusal> {
        let Some(letter) = self.rest().strip_prefix('\\').and_then(|rest| rest.chars().next()) else {
            return Ok(None);
        };
        if letter.eq_ignore_ascii_case(&'p') {
            return self.unicode_class().map(Some);
        }
        let Some(mut class) = named::perl(letter.to_ascii_lowercase()) else { return Ok(None) };
        self.next();
        self.next();
        class = named::folded(class, self.flags.ignore_case);
        if letter.is_ascii_uppercase() {
            class.negate();
        }
        Ok(Some(class))
    }

    /// `\pL`, `\p{Greek}`: the name must be one that Unicode has, but the set is not modelled, because its members
    /// depend on the release of Unicode that the proxy was built with.
    fn unicode_class(&mut self) -> Result<ClassUnicode, Refusal> {
        let refusal = || "invalid character class range \\p".to_owned();
        let rest = self.rest().get(2..).unwrap_or_default();
        let (name, rest) = if let Some(braced) = rest.strip_prefix('{') {
            braced.split_once('}').ok_or_else(refusal)?
        } else {
            let length = rest.chars().next().map_or(0, char::len_utf8);
            rest.split_at_checked(length).ok_or_else(refusal)?
        };
        let name = name.strip_prefix('^').unwrap_or(name);
        if !name.chars().all(|c| c.is_ascii_alphabetic() || c == '_') || !is_unicode_name(name) {
            return Err(format!("invalid character class range \\p{{{name}}}"));
        }
        self.seek(rest);
        self.unsupported("a Unicode class");
        Ok(ClassUnicode::empty())
    }
}

/// Whether RE2 may know a class of this name. The list of scripts is the one compiled into `regex-syntax`.
fn is_unicode_name(name: &str) -> bool {
    name == "Any" || regex_syntax::parse(&format!(r"\p{{{name}}}")).is_ok()
}
