//! Commands that answer from what the program knows itself.

use clap::CommandFactory;
use clap_complete::Shell;
use s2a_catalog::{checks, codes};

use crate::args::Args;
use crate::{Ending, Failure, terminal};

/// `explain CODE`, `explain CHECK`.
pub(super) fn explain(code: &str) -> Result<Ending, Failure> {
    let text = match (codes::find(code), checks::find(code)) {
        (Some(code), _) => s2a_report::explain(code),
        (None, Some(check)) => s2a_report::explain_check(check.name, check.title, check.explain, check.help),
        (None, None) => {
            return Err(Failure::Usage(format!("no code and no check is called `{code}`: `rules` lists them all")));
        }
    };
    terminal::print(&text)?;
    Ok(Ending::Clean)
}

/// `rules`.
pub(super) fn rules() -> Result<Ending, Failure> {
    let line = |code: &s2a_diagnostic::Code| {
        format!("{} {:<8} {:<44} {}\n", code.id, code.severity.as_str(), code.name, code.title)
    };
    let check = |check: &&s2a_catalog::Check| format!("check   {:<8} {:<44} {}\n", "", check.name, check.title);
    let codes = codes::ALL.iter().map(line);
    terminal::print(&codes.chain(checks::ALL.iter().map(check)).collect::<String>())?;
    Ok(Ending::Clean)
}

/// `completion SHELL`.
pub(super) fn completion(shell: Shell) -> Result<Ending, Failure> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Args::command(), "sidecar2ambient", &mut script);
    terminal::print(&String::from_utf8_lossy(&script))?;
    Ok(Ending::Clean)
}

/// `version`.
pub(super) fn version() -> Result<Ending, Failure> {
    terminal::print(&format!("sidecar2ambient {}\n", env!("CARGO_PKG_VERSION")))?;
    Ok(Ending::Clean)
}
