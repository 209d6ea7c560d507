//! Repetition: `*`, `+`, `?`, `{2,5}`, and RE2's limits on it.

use super::Node;
use super::parser::{Parser, Refusal};

/// RE2's limit for one count, and for the product of nested counts.
const MOST: u32 = 1000;

/// The least and the greatest number of repetitions.
pub(super) type Bounds = (u32, Option<u32>);

impl Parser<'_> {
    /// A repetition operator, if one is here, with the mark of laziness that may follow it. Laziness does not change
    /// what an expression matches as a whole.
    pub(super) fn repetition(&mut self) -> Result<Option<Bounds>, Refusal> {
        let bounds = match self.peek() {
            Some('*') => (0, None),
            Some('+') => (1, None),
            Some('?') => (0, Some(1)),
            Some('{') => match counted(self.rest()) {
                Some((bounds, rest)) => {
                    self.seek(rest);
                    self.eat("?");
                    check(bounds)?;
                    return Ok(Some(bounds));
                }
                None => return Ok(None),
            },
            Some(_) | None => return Ok(None),
        };
        self.next();
        self.eat("?");
        Ok(Some(bounds))
    }
}

/// The bounds of `{2}`, `{2,}` or `{2,5}` and what follows. Anything else after a brace is literal text.
fn counted(text: &str) -> Option<(Bounds, &str)> {
    let (min, rest) = integer(text.strip_prefix('{')?)?;
    let (max, rest) = match rest.strip_prefix(',') {
        None => (Some(min), rest),
        Some(rest) if rest.starts_with('}') => (None, rest),
        Some(rest) => integer(rest).map(|(max, rest)| (Some(max), rest))?,
    };
    Some(((min, max), rest.strip_prefix('}')?))
}

/// A decimal number and what follows. RE2 reads no number of nine or more digits that count.
fn integer(text: &str) -> Option<(u32, &str)> {
    let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (digits, rest) = text.split_at_checked(end)?;
    if digits.len() > 1 && digits.starts_with('0') {
        return None;
    }
    let number = digits.parse().ok()?;
    (number < 1_000_000_000).then_some((number, rest))
}

fn check((min, max): Bounds) -> Result<(), Refusal> {
    if min > MOST || max.is_some_and(|max| max > MOST || max < min) {
        return Err("invalid repetition size".to_owned());
    }
    Ok(())
}

/// Refuses a counted repetition whose nested counts multiply beyond RE2's limit.
pub(super) fn check_nested(node: &Node) -> Result<(), Refusal> {
    if share(node, MOST) == 0 { Err("invalid repetition size".to_owned()) } else { Ok(()) }
}

/// What is left of `allowance` after dividing it by the counts on the deepest way into `node`.
fn share(node: &Node, allowance: u32) -> u32 {
    match node {
        Node::Empty | Node::Class(_) | Node::Start | Node::End => allowance,
        Node::Concat(nodes) | Node::Alternation(nodes) => {
            nodes.iter().map(|node| share(node, allowance)).min().unwrap_or(allowance)
        }
        Node::Repeat { node, min, max } => match max.unwrap_or(*min) {
            0 => share(node, allowance),
            count => share(node, allowance / count),
        },
    }
}
