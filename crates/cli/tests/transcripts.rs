//! The transcripts of the README, of the book and of `testdata/transcripts`, run as they stand there.

use std::env;
use std::fs;
use std::path::Path;

const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");

#[test]
fn transcripts_are_what_the_program_prints() {
    env::set_current_dir(ROOT).unwrap();
    let cases = trycmd::TestCases::new();
    cases.register_bin("sidecar2ambient", Path::new(env!("CARGO_BIN_EXE_sidecar2ambient")));
    cases.case("README.md").case("docs/src/**/*.md").case("testdata/transcripts/*.md");
}

#[test]
fn the_readme_shows_the_sample_as_it_is() {
    let read = |path: &str| fs::read_to_string(Path::new(ROOT).join(path)).unwrap();
    let readme = read("README.md");
    let shown = readme.split("```yaml\n").nth(1).and_then(|rest| rest.split("```").next()).unwrap();
    assert!(read("testdata/sample/shop.yaml").contains(shown), "testdata/sample/shop.yaml no longer holds\n{shown}");
}
