//! Regular expressions as Envoy understands them: RE2's dialect, matched against the whole value.
//!
//! RE2 and the `regex` crate disagree about `\<`, `[a&&b]`, `(?x)`, `a**`, `\s` and more, so expressions are read here
//! by RE2's own rules (google/re2 `re2/parse.cc`, default options) into a small tree that has only one meaning.

mod bracket;
mod dialect;
mod escape;
mod group;
mod named;
mod parser;
mod repeat;

use regex_syntax::hir::ClassUnicode;

use super::Unknown;

/// A regular expression.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Node {
    /// The empty string.
    Empty,
    /// One character of a set.
    Class(ClassUnicode),
    /// The empty string at the start of the text.
    Start,
    /// The empty string at the end of the text.
    End,
    /// All in turn.
    Concat(Vec<Node>),
    /// One of them.
    Alternation(Vec<Node>),
    /// The node, at least `min` times and at most `max` times.
    Repeat {
        /// What is repeated.
        node: Box<Node>,
        /// The least number of repetitions.
        min: u32,
        /// The greatest, or none.
        max: Option<u32>,
    },
}

/// Checks that `source` is an expression of RE2 that this crate can reason about.
///
/// # Errors
///
/// [`Unknown::InvalidRegex`] if RE2 would refuse it, else [`Unknown::UnsupportedRegex`] if it uses a construct that
/// is valid in RE2 and not known here.
pub fn check_re2(source: &str) -> Result<(), Unknown> {
    parse(source).map(|_| ())
}

/// Reads `source` into a tree.
pub(crate) fn parse(source: &str) -> Result<Node, Unknown> {
    let (node, unsupported) =
        parser::parse(source).map_err(|why| Unknown::InvalidRegex { regex: source.to_owned(), why })?;
    match unsupported {
        None => Ok(node),
        Some(why) => Err(Unknown::UnsupportedRegex { regex: source.to_owned(), why }),
    }
}

/// Writes `source` as a pattern of the `regex` crate that matches the same strings, each as a whole.
pub(crate) fn rust_dialect(source: &str) -> Result<String, Unknown> {
    Ok(format!(r"\A(?:{})\z", dialect::write(&parse(source)?)))
}

#[cfg(test)]
mod tests;
