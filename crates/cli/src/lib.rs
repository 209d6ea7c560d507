//! The program: arguments, files and exit codes around the libraries that do the work.
//!
//! [`conversion::convert`] is the whole main job as a function of bytes; [`run`] is the program on its arguments.

mod apply_order;
pub mod args;
mod assumed;
mod audit;
mod backup;
mod choices;
mod command;
pub mod comparison;
pub mod conversion;
mod error;
mod guides;
mod input;
mod judge;
mod live;
mod output;
mod rows;
pub mod settings;
mod source;
mod terminal;

pub use command::run;
pub use error::Failure;

/// How the program ends, the same for every output format.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// Nothing at or above the gate.
    Clean,
    /// Findings at or above the gate, or differences.
    Findings,
    /// The input holds nothing to work on.
    NothingToDo,
}

impl Ending {
    /// The exit code. Usage, input and output errors, which are no ending, are 2.
    #[must_use]
    pub fn code(self) -> u8 {
        match self {
            Ending::Clean => 0,
            Ending::Findings => 1,
            Ending::NothingToDo => 3,
        }
    }
}
