//! Chores of the repository: `cargo xtask generate | tidy | new-rule | bless | corpus | record | campaign`.

mod bless;
mod conformance;
mod corpus;
mod failure;
mod fields;
mod generate;
mod new_rule;
mod repository;
mod tidy;

use std::io::{self, Write};
use std::process::ExitCode;

use crate::failure::Failure;
use crate::repository::Repository;

const USAGE: &str = "\
usage: cargo xtask <chore>

  generate                      write codes.rs, features.rs, the reference pages and the like from rules/
  tidy                          check what the compiler cannot: crate arrows, sizes, links, freshness
  new-rule route|authz NAME     write the stubs of a rule: its row, its module and its case
  bless                         rewrite what the cases expect, where verdict and diagnostics are as declared
  corpus DIR                    run the release binary over every folder of DIR/files and count exit codes, policies, verdicts and forms of routes
  campaign --meshes N --seed S  judge random meshes and keep those that disagree with the model in target/campaign
  record [--earlier] [SET]...   ask istiod and Envoy again for the rows of testdata/baseline, or an earlier release what it
                                does otherwise; needs Go and Python
";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match run(&arguments) {
        Ok(text) => {
            say(&mut io::stdout(), &text);
            ExitCode::SUCCESS
        }
        Err(failure) => {
            say(&mut io::stderr(), &format!("{failure}\n"));
            ExitCode::FAILURE
        }
    }
}

/// Does one chore and returns what to tell about it.
fn run(arguments: &[&str]) -> Result<String, Failure> {
    let repository = Repository::here();
    match arguments {
        ["generate"] => generate::run(&repository),
        ["tidy"] => tidy::run(&repository),
        ["new-rule", family, name] => new_rule::run(&repository, family, name),
        ["bless"] => bless::run(&repository),
        ["record" | "campaign", ..] => conformance::run(&repository, arguments),
        ["corpus", folder] => corpus::run(&repository, folder.as_ref()),
        _ => Err(Failure::Usage(USAGE)),
    }
}

/// Writes to a stream which may be closed: a reader who has seen enough is no failure.
fn say(stream: &mut impl Write, text: &str) {
    let _ = stream.write_all(text.as_bytes());
}
