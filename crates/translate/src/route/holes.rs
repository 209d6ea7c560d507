//! Holes: entries before an atom that take away what the atom must not have.
//!
//! An HTTPRoute has no negated header and no prefix that ends in a slash. `/foo/` is the segment prefix `/foo` without
//! `/foo` itself, and `¬c` is everything without `c`; so entries for `/foo`, or for `c`, with the decisions of the rest
//! of the list, go before the atom. The rest must decide all of them: there is no way to write a 404.

use s2a_model::route::{HeaderMatch, HeaderTest, Rewrite, RouteMatch};
use s2a_model::{Pattern, TextMatch};

use super::atom::Atom;
use super::overlap::{covers, intersection, may_overlap};

/// Replaces negated headers from the end of the list to its start. `None` with the atom whose hole cannot be filled.
pub(super) fn expand_negations(atoms: &[Atom]) -> Result<Vec<Atom>, Box<Atom>> {
    let mut rest: Vec<Atom> = Vec::new();
    for atom in atoms.iter().rev() {
        let (negated, kept): (Vec<HeaderMatch>, Vec<HeaderMatch>) =
            atom.condition.headers.iter().cloned().partition(|header| header.negated);
        let mut bare = atom.clone();
        bare.condition.headers = kept;
        let mut expanded = Vec::new();
        for header in negated {
            let excluded = HeaderMatch { negated: false, ..header.clone() };
            if matches_empty(&excluded) {
                return Err(Box::new(atom.clone()));
            }
            let hole = fill(&bare.condition, &excluded, &rest).ok_or_else(|| Box::new(atom.clone()))?;
            expanded.extend(hole);
        }
        expanded.push(bare);
        expanded.append(&mut rest);
        rest = expanded;
    }
    Ok(rest)
}

fn matches_empty(header: &HeaderMatch) -> bool {
    match &header.test {
        HeaderTest::Present => false,
        HeaderTest::Text(text) => text.matches(""),
    }
}

/// The decisions of the rest for requests that have the excluded header: narrow, limited to what the atom matches, or
/// wide where that is no condition that can be written.
fn fill(atom: &RouteMatch, excluded: &HeaderMatch, rest: &[Atom]) -> Option<Vec<Atom>> {
    let mut hole = atom.clone();
    if hole.headers.iter().any(|header| header.name == excluded.name) {
        return None;
    }
    hole.headers.push(excluded.clone());
    narrow(&hole, rest).or_else(|| wide(&hole, excluded, rest))
}

fn narrow(hole: &RouteMatch, rest: &[Atom]) -> Option<Vec<Atom>> {
    let mut entries = Vec::new();
    for atom in rest.iter().filter(|atom| may_overlap(hole, &atom.condition)) {
        let condition = intersection(hole, &atom.condition)?;
        entries.push(narrowed(atom, condition)?);
        if covers(&atom.condition, hole) {
            return Some(entries);
        }
    }
    None
}

/// The atom for a narrower condition. A rewrite that replaces what its path matched belongs to that path: on an exact
/// path it is the whole new path, on a longer prefix of segments it grows with the path.
pub(super) fn narrowed(atom: &Atom, condition: RouteMatch) -> Option<Atom> {
    let mut narrow = Atom { condition, ..atom.clone() };
    let by_path = atom.is_pinned() || matches!(atom.action.rewrite, Some(Rewrite::Uri(_)));
    if !by_path || narrow.condition.path == atom.condition.path {
        return Some(narrow);
    }
    let rewrite = atom.action.rewrite.as_ref()?.resolve(&atom.replaced_path());
    narrow.action.rewrite = match narrow.path() {
        Pattern::Exact(path) => Some(Rewrite::FullPath(rewrite.apply(&path))),
        // `/` would take a slash off that the longer prefix does not end in.
        Pattern::SegmentPrefix(path) => Some(Rewrite::PrefixMatch(rewrite.apply(&path))).filter(|_| atom.is_pinned()),
        Pattern::Prefix(_) | Pattern::Suffix(_) | Pattern::NonEmpty | Pattern::Regex(_) | Pattern::Template(_) => None,
    };
    narrow.action.rewrite.is_some().then_some(narrow)
}

fn wide(hole: &RouteMatch, excluded: &HeaderMatch, rest: &[Atom]) -> Option<Vec<Atom>> {
    let only_header = RouteMatch { headers: vec![excluded.clone()], ..RouteMatch::any(hole.origin.clone()) };
    let mut entries = Vec::new();
    for atom in rest {
        let condition = intersection(&only_header, &atom.condition)?;
        entries.push(narrowed(atom, condition)?);
        if covers(&atom.condition, hole) {
            return Some(entries);
        }
    }
    None
}

/// Turns prefixes that end in a slash into segment prefixes with a hole for the bare path, where the rest decides it.
/// Others stay as they are, for the ladder.
pub(super) fn expand_folders(atoms: &[Atom]) -> Vec<Atom> {
    let mut rest: Vec<Atom> = Vec::new();
    for atom in atoms.iter().rev() {
        let mut expanded = match folder(atom) {
            Some(bare) => with_hole(atom, &bare, &rest),
            None => vec![atom.clone()],
        };
        expanded.append(&mut rest);
        rest = expanded;
    }
    rest
}

/// `/foo` of a prefix `/foo/`.
fn folder(atom: &Atom) -> Option<String> {
    let Pattern::Prefix(prefix) = atom.path() else { return None };
    let usable = prefix.len() > 1 && !atom.condition.path.ignore_case;
    prefix.strip_suffix('/').filter(|_| usable).map(str::to_owned)
}

fn with_hole(atom: &Atom, bare: &str, rest: &[Atom]) -> Vec<Atom> {
    let segment = atom.with_path(Pattern::SegmentPrefix(bare.to_owned()));
    let mut hole = atom.condition.clone();
    hole.path = TextMatch::of(Pattern::Exact(bare.to_owned()));
    match narrow(&hole, rest) {
        Some(entries) => entries.into_iter().chain(std::iter::once(segment)).collect(),
        None => vec![atom.clone()],
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::sample::{decision, expressible_list, list, requests};
    use super::*;

    proptest! {
        #![proptest_config(ProptestConfig { cases: 100, max_shrink_iters: 600, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn a_list_without_negations_decides_alike(atoms in list(), requests in requests()) {
            if let Ok(expanded) = expand_negations(&atoms) {
                prop_assert!(expanded.iter().all(|atom| atom.condition.headers.iter().all(|header| !header.negated)));
                for request in &requests.0 {
                    prop_assert_eq!(decision(&expanded, request), decision(&atoms, request), "{:?}", request);
                }
            }
        }

        #[test]
        fn a_list_without_folders_decides_alike(atoms in expressible_list(), requests in requests()) {
            let expanded = expand_folders(&atoms);
            for request in &requests.0 {
                prop_assert_eq!(decision(&expanded, request), decision(&atoms, request), "{:?}", request);
            }
        }
    }
}
