//! Where the cluster is, and who reads it.

use std::path::PathBuf;

use kube::config::{KubeConfigOptions, Kubeconfig};
use kube::{Client, Config};

use crate::ClusterError;

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

    async fn config(&self) -> Result<Config, ClusterError> {
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
