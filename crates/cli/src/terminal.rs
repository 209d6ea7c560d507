//! Colours and streams.

use std::io::{self, IsTerminal, Write};

use crate::Failure;
use crate::args::Color;

/// Whether a stream gets colours: as asked, else on a terminal unless the environment says otherwise.
pub(crate) fn colors(choice: Color, is_terminal: bool) -> bool {
    match choice {
        Color::Always => true,
        Color::Never => false,
        Color::Auto if std::env::var_os("FORCE_COLOR").is_some_and(|value| value != "0") => true,
        Color::Auto => is_terminal && anstream::AutoStream::choice(&io::stderr()) != anstream::ColorChoice::Never,
    }
}

/// Whether standard output is a terminal.
pub(crate) fn stdout_is_terminal() -> bool {
    io::stdout().is_terminal()
}

/// Whether standard error is a terminal.
pub(crate) fn stderr_is_terminal() -> bool {
    io::stderr().is_terminal()
}

/// Writes to standard output.
pub(crate) fn print(text: &str) -> Result<(), Failure> {
    let mut stdout = io::stdout().lock();
    stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()).map_err(Failure::Output)
}

/// Writes to standard error. A lost message there is nothing to stop for.
pub(crate) fn say(text: &str) {
    let mut stderr = io::stderr().lock();
    drop(stderr.write_all(text.as_bytes()));
}
