//! The reader of RE2's dialect.

use super::Node;
use super::named;
use super::repeat::{self, Bounds};

/// Why RE2 refuses an expression.
pub(super) type Refusal = String;

/// How deep groups may nest before the expression counts as unsupported.
const DEPTH: u32 = 150;

/// Reads an expression. The second half of the answer names the first construct that is valid in RE2 but not
/// modelled; the tree is then incomplete.
pub(super) fn parse(source: &str) -> Result<(Node, Option<String>), Refusal> {
    let mut parser = Parser { rest: source, flags: Flags::default(), depth: 0, unsupported: None };
    let node = parser.alternation();
    if parser.depth > DEPTH {
        return Ok((Node::Empty, Some("groups nested too deeply".to_owned())));
    }
    let node = node?;
    if parser.rest.is_empty() { Ok((node, parser.unsupported)) } else { Err("unexpected )".to_owned()) }
}

/// The flags that change what an expression matches.
#[derive(Clone, Copy, Default)]
pub(super) struct Flags {
    /// `i`: letters match in either case.
    pub(super) ignore_case: bool,
    /// `s`: a dot matches a newline too.
    pub(super) dot_all: bool,
    /// `m`: `^` and `$` match at lines.
    pub(super) multi_line: bool,
}

/// The unread part of an expression and the state that reading depends on.
pub(super) struct Parser<'s> {
    rest: &'s str,
    pub(super) flags: Flags,
    depth: u32,
    unsupported: Option<String>,
}

impl<'s> Parser<'s> {
    /// The unread text.
    pub(super) fn rest(&self) -> &'s str {
        self.rest
    }

    /// Goes on with `rest`.
    pub(super) fn seek(&mut self, rest: &'s str) {
        self.rest = rest;
    }

    /// The next character, unread.
    pub(super) fn peek(&self) -> Option<char> {
        self.rest.chars().next()
    }

    /// Reads one character.
    pub(super) fn next(&mut self) -> Option<char> {
        let c = self.peek()?;
        self.rest = self.rest.get(c.len_utf8()..).unwrap_or_default();
        Some(c)
    }

    /// Reads `text` if it comes next.
    pub(super) fn eat(&mut self, text: &str) -> bool {
        let after = self.rest.strip_prefix(text);
        self.rest = after.unwrap_or(self.rest);
        after.is_some()
    }

    /// Notes that the expression uses something that is not modelled.
    pub(super) fn unsupported(&mut self, what: &str) {
        self.unsupported.get_or_insert_with(|| what.to_owned());
    }

    /// Branches up to the next `)` or the end.
    pub(super) fn alternation(&mut self) -> Result<Node, Refusal> {
        let mut branches = vec![self.concatenation()?];
        while self.eat("|") {
            branches.push(self.concatenation()?);
        }
        Ok(if branches.len() > 1 { Node::Alternation(branches) } else { branches.pop().unwrap_or(Node::Empty) })
    }

    /// Everything up to the next `|`, `)` or the end.
    fn concatenation(&mut self) -> Result<Node, Refusal> {
        let mut nodes = Vec::new();
        let mut after_repetition = false;
        while let Some(c) = self.peek().filter(|c| !matches!(c, '|' | ')')) {
            if let Some(bounds) = self.repetition()? {
                if after_repetition {
                    return Err("bad repetition operator".to_owned());
                }
                repeat_last(&mut nodes, bounds)?;
                after_repetition = true;
            } else {
                self.item(c, &mut nodes)?;
                after_repetition = false;
            }
        }
        Ok(Node::Concat(nodes))
    }

    /// Reads what begins with `c`.
    fn item(&mut self, c: char, nodes: &mut Vec<Node>) -> Result<(), Refusal> {
        if c == '\\' {
            return self.backslash(nodes);
        }
        self.next();
        match c {
            '(' => nodes.extend(self.group()?),
            '[' => nodes.push(Node::Class(self.bracket()?)),
            '.' => nodes.push(self.dot()),
            '^' => nodes.push(self.anchor(Node::Start)),
            '$' => nodes.push(self.anchor(Node::End)),
            c => nodes.push(self.literal(c)),
        }
        Ok(())
    }

    fn literal(&self, c: char) -> Node {
        Node::Class(named::folded(named::class(&[(c, c)]), self.flags.ignore_case))
    }

    fn dot(&self) -> Node {
        let mut class = named::class(&[('\n', '\n')]);
        class.negate();
        if self.flags.dot_all {
            class = named::class(&[('\0', char::MAX)]);
        }
        Node::Class(class)
    }

    fn anchor(&mut self, node: Node) -> Node {
        if self.flags.multi_line {
            self.unsupported("an anchor at lines, (?m)");
        }
        node
    }

    /// `\Q…\E`, after its opening. Without an end it reaches to the end of the expression.
    fn quoted(&mut self, nodes: &mut Vec<Node>) {
        while !self.rest.is_empty() && !self.eat(r"\E") {
            if let Some(c) = self.next() {
                nodes.push(self.literal(c));
            }
        }
    }

    fn backslash(&mut self, nodes: &mut Vec<Node>) -> Result<(), Refusal> {
        if self.eat(r"\Q") {
            self.quoted(nodes);
        } else if self.eat(r"\A") {
            nodes.push(Node::Start);
        } else if self.eat(r"\z") {
            nodes.push(Node::End);
        } else if self.eat(r"\b") || self.eat(r"\B") {
            self.unsupported("a word boundary");
            nodes.push(Node::Empty);
        } else if self.eat(r"\C") {
            self.unsupported(r"a single byte, \C");
            nodes.push(Node::Empty);
        } else if let Some(class) = self.escaped_class()? {
            nodes.push(Node::Class(class));
        } else {
            self.next();
            let c = self.escaped_char()?;
            nodes.push(self.literal(c));
        }
        Ok(())
    }

    /// Counts one more level of nesting; beyond the limit nothing more is read.
    pub(super) fn descend(&mut self) {
        self.depth += 1;
        if self.depth > DEPTH {
            self.rest = "";
        }
    }

    /// Leaves a level.
    pub(super) fn ascend(&mut self) {
        if self.depth <= DEPTH {
            self.depth -= 1;
        }
    }
}

fn repeat_last(nodes: &mut Vec<Node>, (min, max): Bounds) -> Result<(), Refusal> {
    let Some(node) = nodes.pop() else {
        return Err("no argument for repetition operator".to_owned());
    };
    let repeated = Node::Repeat { node: Box::new(node), min, max };
    if min >= 2 || max.is_some_and(|max| max >= 2) {
        repeat::check_nested(&repeated)?;
    }
    nodes.push(repeated);
    Ok(())
}
