//! Where the objects of a run come from: files, a live cluster, or files laid over a cluster.

use std::collections::BTreeSet;

use s2a_diagnostic::Diagnostic;
use s2a_manifest::{Input, Inventory};
use s2a_preflight::Server;

use crate::args::CommonArgs;
use crate::conversion::Request;
use crate::{Failure, backup, input, live};

/// The objects of a run, and what is known of the API server behind them.
#[derive(Debug, Default)]
pub(crate) struct Source {
    /// Texts to read.
    pub(crate) inputs: Vec<Input>,
    /// What the API server said of itself, now or when the backup was made.
    pub(crate) server: Server,
    /// What could not be read.
    pub(crate) findings: Vec<Diagnostic>,
}

/// Reads what the arguments name.
pub(crate) fn read(args: &CommonArgs, request: &Request) -> Result<Source, Failure> {
    let paths: Vec<String> = args.paths.iter().chain(&args.filenames).cloned().collect();
    if paths.is_empty() && !args.cluster.from_cluster {
        let message = "no input: name files or directories, `-` for standard input, or `--from-cluster`";
        return Err(Failure::Usage(message.to_owned()));
    }
    let files = input::read(&paths)?.inputs;
    if args.cluster.from_cluster {
        let namespace = args.settings.namespace.as_deref();
        let cluster = live::read(&args.cluster, namespace, &request.settings.root_namespace)?;
        return Ok(overlay(cluster, files, &request.namespace));
    }
    let server = backup::server_of(&paths)?.unwrap_or_default();
    Ok(Source { inputs: files, server, findings: Vec::new() })
}

/// Lays files over a cluster. An object of a file takes the place of the cluster's, as after an apply.
fn overlay(mut cluster: Source, files: Vec<Input>, default_namespace: &str) -> Source {
    let names = |input: &Input| -> Vec<(String, String, s2a_model::Name)> {
        let inventory = Inventory::read(vec![input.clone()], default_namespace);
        let name =
            |object: &s2a_manifest::Object| (object.group().to_owned(), object.id.kind.clone(), object.id.name.clone());
        inventory.objects.iter().map(name).collect()
    };
    if !files.is_empty() {
        let applied: BTreeSet<_> = files.iter().flat_map(names).collect();
        cluster.inputs.retain(|input| names(input).iter().all(|name| !applied.contains(name)));
    }
    cluster.inputs.extend(files);
    cluster
}

#[cfg(test)]
mod tests {
    use super::*;

    fn input(name: &str, version: &str, kind: &str, object: &str) -> Input {
        let text = format!("apiVersion: {version}\nkind: {kind}\nmetadata:\n  name: {object}\n  namespace: shop\n");
        Input { name: name.to_owned(), bytes: text.into_bytes() }
    }

    #[test]
    fn files_win_over_the_cluster() {
        let inputs = vec![
            input("cluster:a", "networking.istio.io/v1", "VirtualService", "cart"),
            input("cluster:b", "networking.istio.io/v1", "VirtualService", "web"),
            input("cluster:c", "networking.istio.io/v1", "Gateway", "web"),
        ];
        let cluster = Source { inputs, ..Source::default() };
        let files = vec![
            input("vs.yaml", "networking.istio.io/v1beta1", "VirtualService", "web"),
            input("gateway.yaml", "gateway.networking.k8s.io/v1", "Gateway", "web"),
        ];
        let source = overlay(cluster, files, "default");
        let names: Vec<&str> = source.inputs.iter().map(|input| input.name.as_str()).collect();
        assert_eq!(names, ["cluster:a", "cluster:c", "vs.yaml", "gateway.yaml"]);
    }
}
