//! A live cluster as a source of objects.

#[cfg(feature = "cluster")]
mod reading;

#[cfg(feature = "cluster")]
pub(crate) use reading::{read, snapshot};

#[cfg(not(feature = "cluster"))]
pub(crate) use without::read;

/// What a build without the feature `cluster` answers.
#[cfg(not(feature = "cluster"))]
mod without {
    use crate::Failure;
    use crate::args::ClusterArgs;
    use crate::source::Source;

    /// Reads nothing.
    pub(crate) fn read(_: &ClusterArgs, _: Option<&str>, _: &str) -> Result<Source, Failure> {
        Err(Failure::Usage("`--from-cluster`: this program was built without the feature `cluster`".to_owned()))
    }
}
