//! `sidecar2ambient` on the command line.

use std::process::ExitCode;

use clap::Parser;
use sidecar2ambient::args::Args;

fn main() -> ExitCode {
    match sidecar2ambient::run(Args::parse()) {
        Ok(ending) => ExitCode::from(ending.code()),
        Err(failure) if failure.is_broken_pipe() => ExitCode::SUCCESS,
        Err(failure) => {
            anstream::eprintln!("error: {failure}");
            ExitCode::from(2)
        }
    }
}
