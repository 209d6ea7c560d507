//! Predicates on concrete values, in plain string code.
//!
//! Nothing here is shared with the automata, so that the two can be tested against each other and a witness of the
//! search can be checked. Only the reader of RE2 expressions is common; matching is done by the `regex` crate.

use std::net::IpAddr;

use ipnet::IpNet;
use regex::RegexBuilder;

use super::{Literal, Pattern, Predicate, TextMatch, Value, re2};

/// The memory that one compiled expression may take, in bytes.
const REGEX_SIZE: usize = 1 << 27;

/// Whether `literal` is true of `value`, which must be a value of the literal's dimension.
///
/// A regular expression that cannot be compiled matches nothing.
#[must_use]
pub fn holds(literal: &Literal, value: &Value) -> bool {
    satisfies(&literal.predicate, value) != literal.negated
}

fn satisfies(predicate: &Predicate, value: &Value) -> bool {
    match (predicate, value) {
        (_, Value::Absent) => false,
        (Predicate::Present, Value::Lines(lines)) => !lines.is_empty(),
        (Predicate::Present, _) => true,
        (Predicate::Text(text), Value::Text(line)) => matches_text(text, line),
        (Predicate::Text(text), Value::Lines(lines)) => lines.iter().any(|line| matches_text(text, line)),
        (Predicate::Ip(nets), Value::Ip(address)) => contains(nets, *address),
        (Predicate::True, Value::Flag(set)) => *set,
        (Predicate::Text(_) | Predicate::Ip(_) | Predicate::True, _) => false,
    }
}

fn contains(nets: &[IpNet], address: IpAddr) -> bool {
    nets.iter().any(|net| net.contains(&address))
}

fn matches_text(text: &TextMatch, line: &str) -> bool {
    text.any_of.iter().any(|pattern| matches_pattern(pattern, line, text.ignore_case))
}

fn matches_pattern(pattern: &Pattern, line: &str, ignore_case: bool) -> bool {
    let fold = |s: &str| if ignore_case { s.to_ascii_lowercase() } else { s.to_owned() };
    match pattern {
        Pattern::Exact(text) => fold(line) == fold(text),
        Pattern::Prefix(text) => fold(line).starts_with(&fold(text)),
        Pattern::Suffix(text) => fold(line).ends_with(&fold(text)),
        Pattern::SegmentPrefix(text) => {
            fold(line).strip_prefix(&fold(text)).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        }
        Pattern::NonEmpty => !line.is_empty(),
        Pattern::Regex(source) => matches_regex(source, line),
        Pattern::Template(source) => matches_template(source, line),
    }
}

fn matches_regex(source: &str, line: &str) -> bool {
    re2::rust_dialect(source)
        .ok()
        .and_then(|pattern| RegexBuilder::new(&pattern).size_limit(REGEX_SIZE).nest_limit(2000).build().ok())
        .is_some_and(|regex| regex.is_match(line))
}

/// Follows the template through the line, keeping the set of places (in bytes) reached so far.
fn matches_template(source: &str, line: &str) -> bool {
    let mut places = vec![0];
    let mut rest = source;
    while let Some(first) = rest.chars().next() {
        if let Some(after) = rest.strip_prefix("{**}") {
            let from = places.iter().min().copied().unwrap_or(line.len());
            places = (from..=line.len()).collect();
            rest = after;
        } else if let Some(after) = rest.strip_prefix("{*}") {
            places = places.into_iter().flat_map(|place| segment_ends(line, place)).collect();
            rest = after;
        } else {
            places.retain(|&place| line.get(place..).is_some_and(|s| s.starts_with(first)));
            places.iter_mut().for_each(|place| *place += first.len_utf8());
            rest = rest.get(first.len_utf8()..).unwrap_or_default();
        }
        places.sort_unstable();
        places.dedup();
        if places.is_empty() {
            return false;
        }
    }
    places.contains(&line.len())
}

/// The ends of all non-empty runs that start at `place` and hold no slash.
fn segment_ends(line: &str, place: usize) -> Vec<usize> {
    line.get(place..)
        .unwrap_or_default()
        .char_indices()
        .take_while(|(_, c)| *c != '/')
        .map(|(offset, c)| place + offset + c.len_utf8())
        .collect()
}
