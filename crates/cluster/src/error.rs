//! Why a cluster could not be read at all.

use std::error::Error;

use kube::config::{InferConfigError, KubeconfigError};

/// What stops the reading of a cluster. A kind that cannot be read does not; see [`Unread`](crate::Unread).
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ClusterError {
    /// Neither a kubeconfig nor the environment of a pod says where the cluster is, or what it says is wrong.
    #[error("the kubeconfig cannot be used: {0}")]
    Kubeconfig(String),
    /// Nobody answers there, or not in time.
    #[error("the API server at {url} cannot be reached: {why}")]
    Unreachable {
        /// Where it should be.
        url: String,
        /// The innermost reason.
        why: String,
    },
    /// What answers there is not who the kubeconfig says.
    #[error("the certificate of the API server at {url} does not fit the kubeconfig: {why}")]
    Certificate {
        /// Where it is.
        url: String,
        /// The innermost reason.
        why: String,
    },
    /// The API server does not know the account.
    #[error("the API server at {url} does not accept the credentials of the kubeconfig: {why}")]
    Unauthorized {
        /// Where it is.
        url: String,
        /// What it said.
        why: String,
    },
    /// The account may not read a single kind.
    #[error("the account of the kubeconfig may not list anything at {url}: {why}")]
    Forbidden {
        /// Where it is.
        url: String,
        /// What the API server said of the first kind.
        why: String,
    },
    /// The API server answered something that is no Kubernetes API.
    #[error("the API server at {url} gave an answer that cannot be used: {why}")]
    Answer {
        /// Where it is.
        url: String,
        /// What is wrong with it.
        why: String,
    },
}

impl From<KubeconfigError> for ClusterError {
    fn from(error: KubeconfigError) -> Self {
        ClusterError::Kubeconfig(innermost(&error))
    }
}

impl From<InferConfigError> for ClusterError {
    fn from(error: InferConfigError) -> Self {
        ClusterError::Kubeconfig(innermost(&error))
    }
}

impl ClusterError {
    /// Sorts an error of the client for a person.
    pub(crate) fn of_client(error: &kube::Error, url: &str) -> Self {
        let url = url.to_owned();
        if let kube::Error::Api(status) = error {
            let why = one_line(&status.message);
            return match status.code {
                401 => ClusterError::Unauthorized { url, why },
                403 => ClusterError::Forbidden { url, why },
                _ => ClusterError::Answer { url, why },
            };
        }
        let why = innermost(error);
        if matches!(error, kube::Error::Auth(_)) {
            ClusterError::Unauthorized { url, why }
        } else if matches!(error, kube::Error::SerdeError(_) | kube::Error::FromUtf8(_)) {
            ClusterError::Answer { url, why }
        } else if why.contains("certificate") {
            ClusterError::Certificate { url, why }
        } else {
            ClusterError::Unreachable { url, why }
        }
    }
}

/// The reason at the bottom of a chain, which is the one a person can do something about.
fn innermost(error: &dyn Error) -> String {
    let mut innermost = error;
    while let Some(source) = innermost.source() {
        innermost = source;
    }
    one_line(&innermost.to_string())
}

/// The first line, without a full stop.
fn one_line(text: &str) -> String {
    text.lines().next().unwrap_or_default().trim_end_matches('.').to_owned()
}
