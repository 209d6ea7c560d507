//! The order of an HTTPRoute, and the ladder: where the natural order would be wrong, the paths of all atoms that
//! depend on each other become regular expressions, whose length decides.
//!
//! istiod takes exact paths before prefixes before regular expressions, then the longer text, then method, number of
//! headers, number of query parameters, and at last the order in the object. `^` in front of a full match says nothing
//! and makes the text longer.

use s2a_model::route::sort_key;
use s2a_model::{Pattern, TextMatch};

use super::atom::Atom;
use super::closure::close;
use super::overlap::may_overlap;

/// The longest regular expression that an HTTPRoute may hold.
const MAX_LENGTH: usize = 1024;

/// Why a list cannot be ordered: the atom at fault.
pub(super) struct OutOfOrder {
    pub(super) atom: Option<Box<Atom>>,
}

impl OutOfOrder {
    fn at(atom: Option<&&Atom>) -> Self {
        OutOfOrder { atom: atom.map(|atom| Box::new((*atom).clone())) }
    }
}

/// A list in an order that an HTTPRoute keeps.
pub(super) struct Ordered {
    pub(super) atoms: Vec<Atom>,
    /// Whether a part of it became a ladder.
    pub(super) ladder: bool,
    /// Whether a part of it got intersections.
    pub(super) closure: bool,
}

/// Orders a list. It comes back as it is where the natural order is right. Otherwise whole components of atoms that
/// overlap and act differently become a ladder, or, where a rewrite forbids that or `portable` does, are closed.
pub(super) fn order(atoms: &[Atom], portable: bool) -> Result<Ordered, OutOfOrder> {
    let mut ordered: Vec<(usize, Atom)> = Vec::new();
    let (mut with_ladder, mut with_closure) = (false, false);
    for component in components(atoms) {
        let members: Vec<&Atom> = component.iter().filter_map(|index| atoms.get(*index)).collect();
        let indexed = |atoms: Vec<Atom>| component.iter().copied().zip(atoms).collect::<Vec<_>>();
        let at_fault = members.iter().find(|atom| if portable { !is_natural(atom) } else { atom.is_pinned() });
        if !needs_ladder(&members) {
            ordered.extend(indexed(members.into_iter().cloned().collect()));
        } else if portable || at_fault.is_some() {
            let natural: Vec<Atom> =
                members.iter().filter(|atom| is_natural(atom)).map(|atom| (*atom).clone()).collect();
            let closed = close(&natural).filter(|_| natural.len() == members.len());
            let Some(closed) = closed else {
                return Err(OutOfOrder::at(at_fault.or(members.last())));
            };
            ordered.extend(closed.into_iter().filter_map(|(at, atom)| Some((component.get(at).copied()?, atom))));
            with_closure = true;
        } else {
            ordered.extend(indexed(ladder(&members)?));
            with_ladder = true;
        }
    }
    ordered.sort_by_key(|(index, _)| *index);
    let atoms = ordered.into_iter().map(|(_, atom)| atom).collect();
    Ok(Ordered { atoms, ladder: with_ladder, closure: with_closure })
}

/// Atoms that overlap and act differently, directly or by way of others.
fn components(atoms: &[Atom]) -> Vec<Vec<usize>> {
    let mut group: Vec<usize> = (0..atoms.len()).collect();
    for (i, left) in atoms.iter().enumerate() {
        for (j, right) in atoms.iter().enumerate().skip(i + 1) {
            if conflicts(left, right) {
                let (from, to) = (group.get(j).copied(), group.get(i).copied());
                if let (Some(from), Some(to)) = (from, to) {
                    group.iter_mut().filter(|value| **value == from).for_each(|value| *value = to);
                }
            }
        }
    }
    let mut components: std::collections::BTreeMap<usize, Vec<usize>> = std::collections::BTreeMap::new();
    for (index, leader) in group.into_iter().enumerate() {
        components.entry(leader).or_default().push(index);
    }
    components.into_values().collect()
}

/// Whether both could take one request and act differently on it.
pub(super) fn conflicts(left: &Atom, right: &Atom) -> bool {
    !left.acts_like(right) && may_overlap(&left.condition, &right.condition)
}

/// A path that only a regular expression can say, or a pair whose natural order is wrong.
fn needs_ladder(members: &[&Atom]) -> bool {
    let pairs = || {
        members.iter().enumerate().flat_map(|(at, left)| members.iter().skip(at + 1).map(move |right| (left, right)))
    };
    members.iter().any(|atom| !is_natural(atom))
        || pairs().any(|(left, right)| conflicts(left, right) && sort_key(&left.condition) > sort_key(&right.condition))
}

/// Whether the path is one that comes before all regular expressions.
pub(super) fn is_natural(atom: &Atom) -> bool {
    match atom.path() {
        _ if atom.condition.path.ignore_case => false,
        Pattern::Exact(path) => is_valid_path(&path),
        Pattern::SegmentPrefix(path) => is_valid_path(&path),
        Pattern::Prefix(path) => path == "/",
        Pattern::Suffix(_) | Pattern::NonEmpty | Pattern::Regex(_) | Pattern::Template(_) => false,
    }
}

/// What the CRD accepts as an exact path or a prefix.
fn is_valid_path(path: &str) -> bool {
    let legal = |character: char| character.is_ascii_alphanumeric() || "-/._~!$&'()*+,;=:@%".contains(character);
    path.starts_with('/')
        && path.len() <= MAX_LENGTH
        && path.chars().all(legal)
        && !["//", "/./", "/../", "%2f", "%2F", "#"].iter().any(|part| path.contains(part))
        && !path.ends_with("/.")
        && !path.ends_with("/..")
        && escapes_are_complete(path)
}

fn escapes_are_complete(path: &str) -> bool {
    path.split('%')
        .skip(1)
        .all(|rest| rest.as_bytes().iter().take(2).filter(|byte| byte.is_ascii_hexdigit()).count() == 2)
}

/// From the last to the first: each atom is padded until no later one that it must precede comes before it.
fn ladder(members: &[&Atom]) -> Result<Vec<Atom>, OutOfOrder> {
    let mut done: Vec<Atom> = Vec::new();
    for atom in members.iter().rev() {
        let mut source = regex_of(&atom.condition.path);
        let mut rung = atom.with_path(Pattern::Regex(source.clone()));
        let comes_late = |rung: &Atom, done: &[Atom]| {
            done.iter().any(|later| conflicts(rung, later) && sort_key(&later.condition) < sort_key(&rung.condition))
        };
        while comes_late(&rung, &done) {
            source.insert(0, '^');
            if source.len() > MAX_LENGTH {
                return Err(OutOfOrder::at(Some(atom)));
            }
            rung = atom.with_path(Pattern::Regex(source.clone()));
        }
        done.insert(0, rung);
    }
    Ok(done)
}

/// The path as a regular expression that matches in full.
fn regex_of(path: &TextMatch) -> String {
    let body = match path.any_of.first() {
        Some(Pattern::Exact(text)) => quote(text),
        Some(Pattern::Prefix(text)) => format!("{}.*", quote(text)),
        Some(Pattern::SegmentPrefix(text)) => format!("{}(/.*)?", quote(text)),
        Some(Pattern::Regex(source)) => return source.clone(),
        Some(Pattern::Suffix(text)) => format!(".*{}", quote(text)),
        Some(Pattern::NonEmpty) => ".+".to_owned(),
        Some(Pattern::Template(_)) | None => "/.*".to_owned(),
    };
    if path.ignore_case { format!("(?i){body}") } else { body }
}

/// Escapes ASCII punctuation with a backslash, which RE2 and every other dialect reads alike.
pub(super) fn quote(text: &str) -> String {
    let mut quoted = String::new();
    for character in text.chars() {
        if r"\.+*?()|[]{}^$".contains(character) {
            quoted.push('\\');
        }
        quoted.push(character);
    }
    quoted
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::sample::{decision, expressible_list, requests};
    use super::*;

    /// The list as istiod reads it from an HTTPRoute.
    fn sorted(mut atoms: Vec<Atom>) -> Vec<Atom> {
        atoms.sort_by_key(|atom| sort_key(&atom.condition));
        atoms
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 100, max_shrink_iters: 600, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn an_ordered_list_decides_as_the_first_match_did(atoms in expressible_list(), requests in requests()) {
            for portable in [false, true] {
                let Ok(ordered) = order(&atoms, portable) else { continue };
                for atom in &ordered.atoms {
                    let ladder = matches!(atom.path(), Pattern::Regex(_)) && !portable;
                    prop_assert!(is_natural(atom) || ladder, "{:?}", atom.path());
                }
                let sorted = sorted(ordered.atoms);
                for request in &requests.0 {
                    prop_assert_eq!(decision(&sorted, request), decision(&atoms, request), "{:?} in {:?}", request, sorted);
                }
            }
        }

        #[test]
        fn a_path_as_a_regular_expression_matches_the_same(atoms in expressible_list(), requests in requests()) {
            for path in atoms.iter().map(|atom| &atom.condition.path) {
                let regex = TextMatch::of(Pattern::Regex(regex_of(path)));
                for request in &requests.0 {
                    prop_assert_eq!(regex.matches(&request.path), path.matches(&request.path), "{:?}", path);
                }
            }
        }

        #[test]
        fn quoted_text_matches_itself(text in "[ -~]{0,12}", other in "[ -~]{0,12}") {
            let quoted = TextMatch::of(Pattern::Regex(quote(&text)));
            prop_assert!(quoted.matches(&text));
            prop_assert_eq!(quoted.matches(&other), text == other);
        }
    }
}
