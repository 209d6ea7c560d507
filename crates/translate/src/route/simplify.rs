//! Brings a list into a plainer form that decides alike: plain regular expressions are read as what they say, dead
//! entries are dropped, methods are spelt out.

use s2a_model::route::{HeaderTest, Redirect, Rewrite, RouteMatch, Target};
use s2a_model::{Pattern, TextMatch};

use super::atom::Atom;
use super::overlap::covers;

/// The methods an HTTPRoute can name.
pub(super) const METHODS: [&str; 9] = ["GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH"];

/// The plainer list, and the atoms that never decide anything.
pub(super) fn simplify(atoms: Vec<Atom>) -> (Vec<Atom>, Vec<Atom>) {
    let plain = atoms.into_iter().flat_map(spell_out_methods).map(|mut atom| {
        plain_path(&mut atom);
        plain_scheme(&mut atom.condition);
        atom
    });
    drop_dead(plain.collect())
}

/// Drops what one earlier atom covers, what asks for a header value that even a missing header has, and everything
/// behind an atom that matches all.
pub(super) fn drop_dead(atoms: Vec<Atom>) -> (Vec<Atom>, Vec<Atom>) {
    let mut living: Vec<Atom> = Vec::new();
    let mut dead = Vec::new();
    for atom in atoms {
        let covered = living.iter().any(|earlier| covers(&earlier.condition, &atom.condition));
        if covered || never_holds(&atom.condition) { dead.push(atom) } else { living.push(atom) }
    }
    (living, dead)
}

/// A negated text that matches the empty value excludes a missing header too; `.*` then excludes everything.
fn never_holds(condition: &RouteMatch) -> bool {
    let anything = |text: &TextMatch| text.any_of == [Pattern::Regex(".*".to_owned())];
    let header = condition.headers.iter().any(|header| match &header.test {
        HeaderTest::Text(text) => header.negated && anything(text),
        HeaderTest::Present => false,
    });
    let foreign_scheme = condition.scheme.as_ref().is_some_and(|scheme| !scheme.matches("http"));
    header || foreign_scheme
}

/// Inside of a mesh the scheme is `http`.
fn plain_scheme(condition: &mut RouteMatch) {
    if condition.scheme.as_ref().is_some_and(|scheme| scheme.matches("http")) {
        condition.scheme = None;
    }
}

/// One atom per method where a regular expression or a prefix can only mean standard ones.
fn spell_out_methods(atom: Atom) -> Vec<Atom> {
    let Some(test) = atom.condition.method.clone() else { return vec![atom] };
    let names = match test.any_of.as_slice() {
        [Pattern::Regex(regex)] => alternatives(regex),
        _ => None,
    };
    let Some(names) = names else { return vec![atom] };
    names
        .into_iter()
        .map(|name| {
            let mut atom = atom.clone();
            atom.condition.method = Some(TextMatch::of(Pattern::Exact(name)));
            atom
        })
        .collect()
}

/// `GET|HEAD`, with or without parentheses and anchors, if all of them are standard methods.
fn alternatives(regex: &str) -> Option<Vec<String>> {
    let inner = regex.trim_start_matches('^').trim_end_matches('$');
    let inner = inner.strip_prefix('(').and_then(|rest| rest.strip_suffix(')')).unwrap_or(inner);
    let inner = inner.strip_prefix("?:").unwrap_or(inner);
    let names: Vec<String> = inner.split('|').map(str::to_owned).collect();
    names.iter().all(|name| METHODS.contains(&name.as_str())).then_some(names)
}

/// Reads a plain regular expression as the exact path, prefix or segment prefix that it is. A rewrite on a regular
/// expression replaces the whole path, on a prefix only that.
fn plain_path(atom: &mut Atom) {
    let condition = &mut atom.condition;
    let [Pattern::Regex(regex)] = condition.path.any_of.as_slice() else { return };
    let redirects = matches!(&atom.action.target, Target::Redirect(Redirect { path: Some(Rewrite::Uri(_)), .. }));
    match &atom.action.rewrite {
        _ if redirects => return,
        Some(Rewrite::Uri(uri)) if !uri.contains('\\') => atom.action.rewrite = Some(Rewrite::FullPath(uri.clone())),
        Some(Rewrite::Uri(_) | Rewrite::Regex { .. }) => return,
        Some(Rewrite::FullPath(_) | Rewrite::PrefixMatch(_)) | None => {}
    }
    let body = regex.strip_prefix('^').unwrap_or(regex);
    let body = body.strip_suffix('$').unwrap_or(body);
    if let Some(plain) = plain(body) {
        condition.path.any_of = vec![plain];
        condition.path.ignore_case = false;
    }
}

fn plain(body: &str) -> Option<Pattern> {
    if matches!(body, "/.*" | "(/.*)" | "/(.*)") {
        return Some(Pattern::Prefix("/".to_owned()));
    }
    if let Some(text) = body.strip_suffix("(/.*)?").and_then(literal) {
        return (text.len() > 1 && !text.ends_with('/')).then_some(Pattern::SegmentPrefix(text));
    }
    if let Some(text) = body.strip_suffix(".*").and_then(literal) {
        return text.starts_with('/').then_some(Pattern::Prefix(text));
    }
    literal(body).filter(|text| text.starts_with('/')).map(Pattern::Exact)
}

/// The text that a regular expression of letters, digits and escaped dots stands for.
fn literal(body: &str) -> Option<String> {
    let mut text = String::new();
    let mut characters = body.chars();
    while let Some(character) = characters.next() {
        match character {
            '\\' => text.push(characters.next().filter(|next| matches!(next, '.' | '-' | '/'))?),
            '/' | '_' | '~' | '%' | '-' => text.push(character),
            other if other.is_ascii_alphanumeric() => text.push(other),
            _ => return None,
        }
    }
    Some(text)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::sample::{decision, list, requests};
    use super::*;

    #[test]
    fn plain_regular_expressions_are_read() {
        assert_eq!(plain("/foo(/.*)?"), Some(Pattern::SegmentPrefix("/foo".into())));
        assert_eq!(plain("/foo/.*"), Some(Pattern::Prefix("/foo/".into())));
        assert_eq!(plain("/foo.*"), Some(Pattern::Prefix("/foo".into())));
        assert_eq!(plain("/v1\\.0/x"), Some(Pattern::Exact("/v1.0/x".into())));
        assert_eq!(plain("/v[0-9]+"), None);
        assert_eq!(plain("/.*"), Some(Pattern::Prefix("/".into())));
    }

    #[test]
    fn only_standard_methods_are_spelt_out() {
        assert_eq!(alternatives("^(GET|HEAD)$"), Some(vec!["GET".into(), "HEAD".into()]));
        assert_eq!(alternatives("GET|PURGE"), None);
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 100, max_shrink_iters: 600, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn a_simplified_list_decides_alike(atoms in list(), requests in requests()) {
            let (living, _) = simplify(atoms.clone());
            for request in &requests.0 {
                prop_assert_eq!(decision(&living, request), decision(&atoms, request), "{:?}", request);
            }
        }
    }
}
