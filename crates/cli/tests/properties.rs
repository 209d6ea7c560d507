//! What must hold of every conversion, asked of random small meshes. `PROPTEST_CASES` and `PROPTEST_RNG_SEED` widen
//! the search.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test may fail loudly")]

#[path = "properties/check.rs"]
mod check;
#[path = "properties/request.rs"]
mod request;

use std::env;

use proptest::prelude::*;
use proptest::test_runner::{RngSeed, TestRunner};

/// How many meshes are tried.
const MESHES: u32 = 120;

#[test]
fn random_meshes_keep_their_meaning_or_are_refused() {
    let chosen = |name: &str| env::var(name).ok().and_then(|value| value.parse::<u64>().ok());
    let cases = chosen("PROPTEST_CASES").and_then(|cases| u32::try_from(cases).ok()).unwrap_or(MESHES);
    let rng_seed = RngSeed::Fixed(chosen("PROPTEST_RNG_SEED").unwrap_or(20_260_801));
    let config = ProptestConfig {
        cases,
        rng_seed,
        failure_persistence: None,
        max_shrink_iters: 200,
        ..ProptestConfig::default()
    };
    let input = (s2a_generate::documents(), any::<u64>());
    let outcome = TestRunner::new(config).run(&input, |(documents, seed)| {
        let complaints = check::complaints(&documents.texts(), seed);
        prop_assert!(complaints.is_empty(), "{}", complaints.join("\n"));
        Ok(())
    });
    if let Err(failure) = outcome {
        panic!("{failure}");
    }
}
