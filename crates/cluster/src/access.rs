//! Where the cluster is, and who reads it.

use std::path::PathBuf;
use std::time::Duration;

use kube::config::{KubeConfigOptions, Kubeconfig};
use kube::{Client, Config};

use crate::ClusterError;

/// How long a connection may take.
const CONNECT: Duration = Duration::from_secs(10);

/// How long an answer may take, a page of 500 objects included.
const ANSWER: Duration = Duration::from_secs(60);

/// How to reach a cluster. Without anything it is as `kubectl` does it: `KUBECONFIG`, `~/.kube/config`, and inside of a
/// pod its service account.
#[derive(Clone, Debug, Default)]
pub struct Access {
    /// A kubeconfig.
    pub kubeconfig: Option<PathBuf>,
    /// A context of the kubeconfig other than the current one.
    pub context: Option<String>,
}

impl Access {
    /// A client, and the address it calls.
    pub(crate) async fn client(&self) -> Result<(Client, String), ClusterError> {
        let config = self.config().await?;
        let url = config.cluster_url.to_string().trim_end_matches('/').to_owned();
        let client = Client::try_from(config).map_err(|error| ClusterError::of_client(&error, &url))?;
        Ok((client, url))
    }

    /// Nobody waits for ever for a server that takes a connection and says nothing.
    async fn config(&self) -> Result<Config, ClusterError> {
        let mut config = self.found().await?;
        config.connect_timeout = Some(CONNECT);
        config.read_timeout = Some(ANSWER);
        Ok(config)
    }

    async fn found(&self) -> Result<Config, ClusterError> {
        let options = KubeConfigOptions { context: self.context.clone(), ..KubeConfigOptions::default() };
        match (&self.kubeconfig, &self.context) {
            (None, None) => Ok(Config::infer().await?),
            (None, Some(_)) => Ok(Config::from_kubeconfig(&options).await?),
            (Some(path), _) => {
                let kubeconfig = Kubeconfig::read_from(path)?;
                Ok(Config::from_custom_kubeconfig(kubeconfig, &options).await?)
            }
        }
    }
}
