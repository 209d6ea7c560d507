//! The law of the whole encoding: whatever form a list gets, the HTTPRoute decides every request as the list did.
//!
//! `PROPTEST_CASES` says how many lists are tried, each with 24 requests; the long run has 42,000.

use proptest::prelude::*;
use proptest::test_runner::{RngSeed, TestRunner};
use s2a_model::route::sort_key;

use super::atom::Atom;
use super::condition;
use super::holes::{expand_folders, expand_negations};
use super::ladder::{Ordered, order};
use super::sample::{decision, list, requests};
use super::simplify::{drop_dead, simplify};

/// The list as istiod takes it from the HTTPRoute that is written for it; `None` if none can be written.
fn encoded(atoms: &[Atom], portable: bool) -> Option<Vec<Atom>> {
    let (atoms, _) = simplify(atoms.to_vec());
    let mut atoms = expand_negations(&atoms).ok()?;
    for atom in &mut atoms {
        atom.condition = condition::express(&atom.condition).ok()?;
    }
    let (atoms, _) = drop_dead(expand_folders(&atoms));
    let Ordered { mut atoms, .. } = order(&atoms, portable).ok()?;
    atoms.sort_by_key(|atom| sort_key(&atom.condition));
    Some(atoms)
}

#[test]
fn an_encoded_list_decides_as_the_list_did() {
    let rng_seed = RngSeed::Fixed(20_261_124);
    let config =
        ProptestConfig { rng_seed, failure_persistence: None, max_shrink_iters: 600, ..ProptestConfig::default() };
    let outcome = TestRunner::new(config).run(&(list(), requests(), any::<bool>()), |(atoms, requests, portable)| {
        if let Some(encoded) = encoded(&atoms, portable) {
            for request in &requests.0 {
                prop_assert_eq!(
                    decision(&encoded, request),
                    decision(&atoms, request),
                    "{:?} in {:?}",
                    request,
                    encoded
                );
            }
        }
        Ok(())
    });
    assert!(outcome.is_ok(), "{}", outcome.err().map(|failure| failure.to_string()).unwrap_or_default());
}
