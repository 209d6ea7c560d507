//! Parentheses: captures, names and flags.

use super::Node;
use super::parser::{Parser, Refusal};

impl Parser<'_> {
    /// A group, after its `(`; nothing if it only sets flags.
    pub(super) fn group(&mut self) -> Result<Option<Node>, Refusal> {
        let outer = self.flags;
        if self.eat("?P<") || (!self.rest().starts_with("?<=") && self.eat("?<")) {
            self.name()?;
        } else if self.eat("?") && self.set_flags()? {
            return Ok(None);
        }
        self.descend();
        let node = self.alternation()?;
        self.ascend();
        if !self.eat(")") {
            return Err("missing )".to_owned());
        }
        self.flags = outer;
        Ok(Some(node))
    }

    fn name(&mut self) -> Result<(), Refusal> {
        let refusal = || "invalid named capture group".to_owned();
        let (name, rest) = self.rest().split_once('>').ok_or_else(refusal)?;
        if name.is_empty() || !name.chars().all(|c| c.is_alphanumeric() || c == '_') {
            return Err(refusal());
        }
        self.seek(rest);
        Ok(())
    }

    /// Flags, after `(?`. Whether the group ends with them, as in `(?i)`, instead of opening, as in `(?i:`.
    fn set_flags(&mut self) -> Result<bool, Refusal> {
        let mut on = true;
        let mut pending = false;
        loop {
            match self.next() {
                Some('i') => self.flags.ignore_case = on,
                Some('s') => self.flags.dot_all = on,
                Some('m') => self.flags.multi_line = on,
                Some('U') => {}
                Some('-') if on => {
                    (on, pending) = (false, true);
                    continue;
                }
                Some(end @ (':' | ')')) if !pending => return Ok(end == ')'),
                Some(_) | None => return Err("invalid perl operator".to_owned()),
            }
            pending = false;
        }
    }
}
