//! Reading a cluster, with progress on a terminal.

use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};
use s2a_catalog::codes;
use s2a_cluster::{Access, ClusterError, Selection, Snapshot};
use s2a_diagnostic::Diagnostic;
use s2a_manifest::Input;
use s2a_preflight::{Definition, Server, Unread};

use crate::args::ClusterArgs;
use crate::source::Source;
use crate::terminal;

/// Reads a cluster: all of it, or one namespace and that of Istio.
pub(crate) fn read(args: &ClusterArgs, namespace: Option<&str>, root: &str) -> Result<Source, ClusterError> {
    let snapshot = snapshot(args, namespace, root)?;
    let findings = findings(&snapshot, args, namespace);
    let server = server(&snapshot, args.all_namespaces || namespace.is_none());
    let objects = snapshot.objects.into_iter();
    let inputs =
        objects.map(|it| Input { name: format!("cluster:{}", it.path), bytes: it.text.into_bytes() }).collect();
    Ok(Source { inputs, server, findings })
}

/// The same as texts.
pub(crate) fn snapshot(args: &ClusterArgs, namespace: Option<&str>, root: &str) -> Result<Snapshot, ClusterError> {
    let access = Access { kubeconfig: args.kubeconfig.clone(), context: args.context.clone() };
    let one = namespace.filter(|_| !args.all_namespaces);
    let selection = Selection { namespaces: one.map(|one| vec![one.to_owned()]), root_namespace: root.to_owned() };
    let bar = progress_bar();
    let result = s2a_cluster::read(&access, &selection, &mut |kind, count| bar.set_message(format!("{kind} {count}")));
    bar.finish_and_clear();
    result
}

/// Shows nothing unless a person watches.
fn progress_bar() -> ProgressBar {
    if !terminal::stderr_is_terminal() || std::env::var_os("CI").is_some() {
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::new_spinner();
    if let Ok(style) = ProgressStyle::with_template("{spinner} reading {msg}") {
        bar.set_style(style);
    }
    bar.enable_steady_tick(Duration::from_millis(100));
    bar
}

/// What the API server said of itself, for the checks.
pub(crate) fn server(snapshot: &Snapshot, complete: bool) -> Server {
    let definition = |it: &s2a_cluster::Definition| Definition {
        group: it.group.clone(),
        kind: it.kind.clone(),
        versions: it.versions.clone(),
        bundle_version: it.bundle_version.clone(),
        channel: it.channel.clone(),
    };
    Server {
        version: Some(snapshot.version.clone()),
        complete,
        definitions: snapshot.definitions.as_ref().map(|all| all.iter().map(definition).collect()),
        unread: snapshot.unread.iter().map(|it| Unread { kind: it.kind.clone(), why: it.why.clone() }).collect(),
    }
}

/// What could not be read is said once for each kind.
fn findings(snapshot: &Snapshot, args: &ClusterArgs, namespace: Option<&str>) -> Vec<Diagnostic> {
    let unread = snapshot.unread.iter().map(|it| {
        let code = if it.has_meaning { &codes::KIND_NOT_READ } else { &codes::KIND_NOT_LOOKED_AT };
        Diagnostic::plain(code, format!("{}: {}", it.kind, it.why))
    });
    let missing = snapshot.missing.iter().map(|kind| {
        Diagnostic::plain(&codes::KIND_NOT_SERVED, format!("the API server serves no {kind}: none was read"))
    });
    let part = namespace.filter(|_| !args.all_namespaces).map(|name| {
        let message = format!("only namespace {name} and that of Istio were read");
        Diagnostic::plain(&codes::NAMESPACES_NOT_READ, message)
    });
    unread.chain(missing).chain(part).collect()
}
