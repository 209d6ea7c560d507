//! Thompson's construction, from the last state to the first: each piece is given the state to go on with.

use super::{DOMAIN, Nfa, Owner, State, StateId, TooLarge};
use crate::space::re2::{self, Node};
use crate::space::{Pattern, TextMatch, Unknown};

/// Every character.
const ANY: (char, char) = ('\0', char::MAX);

/// Why a predicate could not be built.
pub(crate) enum Failure {
    /// An expression is not one we can read.
    Regex(Unknown),
    /// The automaton grew too large.
    TooLarge,
}

impl From<TooLarge> for Failure {
    fn from(_: TooLarge) -> Self {
        Failure::TooLarge
    }
}

impl Nfa {
    /// Adds a predicate: true of a text if one of its patterns matches.
    pub(crate) fn add_predicate(&mut self, owner: Owner, text: &TextMatch) -> Result<(), Failure> {
        let accept = self.add(owner, State::Accept)?;
        let sink = self.add(owner, State::Sink)?;
        let mut piece = Builder { nfa: self, owner, ignore_case: text.ignore_case };
        for pattern in &text.any_of {
            let start = piece.pattern(pattern, accept, sink)?;
            piece.nfa.add_start(start);
        }
        Ok(())
    }

    /// Sets the strings that can occur at all to those that `node` matches.
    pub(crate) fn set_domain(&mut self, node: &Node) -> Result<(), TooLarge> {
        let accept = self.add(DOMAIN, State::Accept)?;
        let start = Builder { nfa: self, owner: DOMAIN, ignore_case: false }.node(node, accept)?;
        self.add_start(start);
        Ok(())
    }
}

struct Builder<'n> {
    nfa: &'n mut Nfa,
    owner: Owner,
    ignore_case: bool,
}

impl Builder<'_> {
    fn pattern(&mut self, pattern: &Pattern, accept: StateId, sink: StateId) -> Result<StateId, Failure> {
        Ok(match pattern {
            Pattern::Exact(text) => self.literal(text, accept)?,
            Pattern::Prefix(text) => self.literal(text, sink)?,
            Pattern::Suffix(text) => {
                let tail = self.literal(text, accept)?;
                self.any_run(vec![ANY], tail)?
            }
            Pattern::SegmentPrefix(text) => {
                let slash = self.add(State::Read(vec![('/', '/')], sink))?;
                let end = self.add(State::Split(vec![accept, slash]))?;
                self.literal(text, end)?
            }
            Pattern::NonEmpty => self.add(State::Read(vec![ANY], sink))?,
            Pattern::Regex(source) => {
                let node = re2::parse(source).map_err(Failure::Regex)?;
                self.node(&node, accept)?
            }
            Pattern::Template(source) => self.template(source, accept)?,
        })
    }

    fn add(&mut self, state: State) -> Result<StateId, TooLarge> {
        self.nfa.add(self.owner, state)
    }

    fn literal(&mut self, text: &str, next: StateId) -> Result<StateId, TooLarge> {
        text.chars().rev().try_fold(next, |next, c| {
            let ranges = if self.ignore_case && c.is_ascii_alphabetic() {
                let (upper, lower) = (c.to_ascii_uppercase(), c.to_ascii_lowercase());
                vec![(upper, upper), (lower, lower)]
            } else {
                vec![(c, c)]
            };
            self.add(State::Read(ranges, next))
        })
    }

    /// Any number of characters of `ranges`, then `next`.
    fn any_run(&mut self, ranges: Vec<(char, char)>, next: StateId) -> Result<StateId, TooLarge> {
        let split = self.add(State::Split(Vec::new()))?;
        let read = self.add(State::Read(ranges, split))?;
        self.nfa.set_split(split, vec![read, next]);
        Ok(split)
    }

    fn template(&mut self, source: &str, accept: StateId) -> Result<StateId, TooLarge> {
        let no_slash = || vec![('\0', '.'), ('0', char::MAX)];
        let mut next = accept;
        let mut rest = source;
        while !rest.is_empty() {
            (next, rest) = if let Some(before) = rest.strip_suffix("{**}") {
                (self.any_run(vec![ANY], next)?, before)
            } else if let Some(before) = rest.strip_suffix("{*}") {
                let more = self.any_run(no_slash(), next)?;
                (self.add(State::Read(no_slash(), more))?, before)
            } else {
                let mut chars = rest.chars();
                let last = chars.next_back().map_or_else(Vec::new, |c| vec![(c, c)]);
                (self.add(State::Read(last, next))?, chars.as_str())
            };
        }
        Ok(next)
    }

    fn node(&mut self, node: &Node, next: StateId) -> Result<StateId, TooLarge> {
        match node {
            Node::Empty => Ok(next),
            Node::Class(class) => {
                let ranges = class.iter().map(|range| (range.start(), range.end())).collect();
                self.add(State::Read(ranges, next))
            }
            Node::Start => self.add(State::Start(next)),
            Node::End => self.add(State::End(next)),
            Node::Concat(nodes) => nodes.iter().rev().try_fold(next, |next, node| self.node(node, next)),
            Node::Alternation(nodes) => {
                let branches = nodes.iter().map(|node| self.node(node, next)).collect::<Result<_, _>>()?;
                self.add(State::Split(branches))
            }
            Node::Repeat { node, min, max } => self.repeat(node, *min, *max, next),
        }
    }

    fn repeat(&mut self, node: &Node, min: u32, max: Option<u32>, next: StateId) -> Result<StateId, TooLarge> {
        let mut entry = next;
        match max {
            None => {
                entry = self.add(State::Split(Vec::new()))?;
                let body = self.node(node, entry)?;
                self.nfa.set_split(entry, vec![body, next]);
            }
            Some(max) => {
                for _ in min..max {
                    let body = self.node(node, entry)?;
                    entry = self.add(State::Split(vec![body, next]))?;
                }
            }
        }
        (0..min).try_fold(entry, |next, _| self.node(node, next))
    }
}
