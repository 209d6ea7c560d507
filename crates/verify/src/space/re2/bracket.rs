//! Sets in square brackets.

use regex_syntax::hir::{ClassUnicode, ClassUnicodeRange};

use super::named;
use super::parser::{Parser, Refusal};

impl Parser<'_> {
    /// A set in brackets, after its `[`.
    pub(super) fn bracket(&mut self) -> Result<ClassUnicode, Refusal> {
        let negated = self.eat("^");
        let mut class = ClassUnicode::empty();
        let mut first = true;
        while first || self.peek() != Some(']') {
            first = false;
            if self.peek().is_none() {
                return Err("missing ]".to_owned());
            }
            let item = self.bracket_item()?;
            class.union(&item);
        }
        self.next();
        if negated {
            class.negate();
        }
        Ok(class)
    }

    fn bracket_item(&mut self) -> Result<ClassUnicode, Refusal> {
        if let Some(class) = self.posix_class()? {
            return Ok(class);
        }
        if let Some(class) = self.escaped_class()? {
            return Ok(class);
        }
        let start = self.bracket_char()?;
        let is_range = self.rest().strip_prefix('-').is_some_and(|rest| !rest.starts_with(']'));
        let end = if is_range && self.rest().len() > 1 {
            self.next();
            self.bracket_char()?
        } else {
            start
        };
        if start > end {
            return Err(format!("invalid character class range {start}-{end}"));
        }
        let class = ClassUnicode::new([ClassUnicodeRange::new(start, end)]);
        Ok(named::folded(class, self.flags.ignore_case))
    }

    fn bracket_char(&mut self) -> Result<char, Refusal> {
        match self.next() {
            Some('\\') => self.escaped_char(),
            Some(c) => Ok(c),
            None => Err("missing ]".to_owned()),
        }
    }

    /// `[:alpha:]` or `[:^alpha:]`, if one is here. An opening without its `:]` is a literal bracket.
    fn posix_class(&mut self) -> Result<Option<ClassUnicode>, Refusal> {
        let Some((name, rest)) = self.rest().strip_prefix("[:").and_then(|rest| rest.split_once(":]")) else {
            return Ok(None);
        };
        let plain = name.strip_prefix('^').unwrap_or(name);
        let Some(class) = named::posix(plain) else {
            return Err(format!("invalid character class range [:{name}:]"));
        };
        self.seek(rest);
        let mut class = named::folded(class, self.flags.ignore_case);
        if plain != name {
            class.negate();
        }
        Ok(Some(class))
    }
}
