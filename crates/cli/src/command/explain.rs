//! Commands that answer from what the program knows itself.

use clap::CommandFactory;
use clap_complete::Shell;
use s2a_catalog::codes;

use crate::args::Args;
use crate::{Ending, Failure, terminal};

/// `explain CODE`.
pub(super) fn explain(code: &str) -> Result<Ending, Failure> {
    let Some(code) = codes::find(code) else {
        return Err(Failure::Usage(format!("no code is called `{code}`: `rules` lists them all")));
    };
    terminal::print(&s2a_report::explain(code))?;
    Ok(Ending::Clean)
}

/// `rules`.
pub(super) fn rules() -> Result<Ending, Failure> {
    let line = |code: &s2a_diagnostic::Code| {
        format!("{} {:<8} {:<44} {}\n", code.id, code.severity.as_str(), code.name, code.title)
    };
    terminal::print(&codes::ALL.iter().map(line).collect::<String>())?;
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
