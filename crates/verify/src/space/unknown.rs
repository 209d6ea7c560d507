//! Why a question has no answer.

use thiserror::Error;

use super::Dimension;

/// Why a question could not be decided. It never means "equal".
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum Unknown {
    /// RE2 knows this expression, this tool does not.
    #[error("regular expression `{regex}` is not supported: {why}")]
    UnsupportedRegex {
        /// The expression.
        regex: String,
        /// The part that is not supported.
        why: String,
    },
    /// RE2 refuses this expression, and with it Envoy refuses the configuration that holds it.
    #[error("regular expression `{regex}` is not valid in RE2: {why}")]
    InvalidRegex {
        /// The expression.
        regex: String,
        /// What is wrong with it.
        why: String,
    },
    /// The predicates on one dimension cut it into more classes than the budget allows.
    #[error("the conditions on the {dimension} have too many combinations")]
    TooManyClasses {
        /// The dimension.
        dimension: Dimension,
    },
    /// The search visited more nodes than the budget allows.
    #[error("the search exceeded its budget")]
    Budget,
    /// The request that was found does not do what the search said: a fault of this tool.
    #[error("internal error: the request that was found does not behave as the search said")]
    Contradiction,
}
