//! `peer-authentication`: each level of each policy, and what ztunnel makes of it.

use s2a_manifest::Object;
use s2a_model::Mesh;
use s2a_model::authz::{MutualTls, PeerAuthentication};

use crate::{Environment, Item, Status};

pub(super) fn run(environment: &Environment<'_>) -> Vec<Item> {
    let objects = environment.of("PeerAuthentication");
    let mut items = Vec::new();
    for policy in &environment.mesh.peer_authentications {
        let Some(object) = objects.iter().copied().find(|object| object.id == policy.object) else { continue };
        items.push(whole(object, policy, environment.mesh));
        items.extend(ports(object, policy, environment.mesh));
        items.extend(dangling(object, policy, environment.mesh));
    }
    items.extend(ties(environment));
    items
}

fn level(policy: &PeerAuthentication, mesh: &Mesh) -> &'static str {
    match (policy.name.namespace == mesh.settings.root_namespace, policy.selector.is_empty()) {
        (true, true) => "the mesh",
        (true, false) => "nothing, since a policy of the root namespace with a selector selects nothing",
        (false, true) => "its namespace",
        (false, false) => "the selected pods",
    }
}

fn whole(object: &Object, policy: &PeerAuthentication, mesh: &Mesh) -> Item {
    let level = level(policy, mesh);
    let (status, text) = match policy.mode {
        MutualTls::Strict => (Status::Passed, "STRICT: ztunnel refuses plaintext because of it, so keep it"),
        MutualTls::Permissive => (Status::Passed, "PERMISSIVE: plaintext is let in as before"),
        MutualTls::Unset => (Status::Passed, "no mode: the next wider policy counts"),
        MutualTls::Disable => (
            Status::Warning,
            "DISABLE is PERMISSIVE to ztunnel: no obstacle, but callers get an identity that policies then see",
        ),
    };
    Item::about(status, object, "spec.mtls", format!("{text}; for {level}"))
}

/// A port that is STRICT in a policy which is not loses that at ztunnel where the wider policy is STRICT: the rule for the
/// port is then taken for a repetition of the wider one.
fn ports(object: &Object, policy: &PeerAuthentication, mesh: &Mesh) -> Vec<Item> {
    let wider = wider(policy, mesh);
    let item = |(port, mode): (&u16, &MutualTls)| {
        let open = matches!(policy.mode, MutualTls::Permissive | MutualTls::Disable);
        let (status, text) = match mode {
            MutualTls::Strict if open && wider == MutualTls::Strict => (
                Status::Failed,
                "STRICT is lost at ztunnel, which lets plaintext in: name the port in a policy of its own",
            ),
            MutualTls::Strict => (Status::Passed, "STRICT"),
            MutualTls::Permissive => (Status::Passed, "PERMISSIVE"),
            MutualTls::Unset => (Status::Passed, "no mode: that of the policy counts"),
            MutualTls::Disable if policy.mode == MutualTls::Unset && wider == MutualTls::Strict => {
                (Status::Warning, "DISABLE is not heard by ztunnel, which refuses plaintext here")
            }
            MutualTls::Disable => (Status::Warning, "DISABLE is PERMISSIVE to ztunnel"),
        };
        Item::about(status, object, format!("spec.portLevelMtls[{port}]"), format!("port {port}: {text}"))
    };
    policy.ports.iter().map(item).collect()
}

/// A workload's policy without a mode, under a namespace's policy without a mode, under a STRICT mesh: ztunnel follows the
/// namespace's, which makes no rule at all.
fn dangling(object: &Object, policy: &PeerAuthentication, mesh: &Mesh) -> Option<Item> {
    let open_port = policy.ports.values().any(|mode| *mode == MutualTls::Permissive);
    let unset = policy.mode == MutualTls::Unset && !policy.selector.is_empty() && open_port;
    let namespace = of_scope(mesh, &policy.name.namespace).is_some_and(|it| it.mode == MutualTls::Unset);
    let text = "a PERMISSIVE port opens every port at ztunnel: the namespace's policy has no mode; give it STRICT";
    let arises = unset && namespace && wider(policy, mesh) == MutualTls::Strict;
    arises.then(|| Item::about(Status::Failed, object, "spec.portLevelMtls", text))
}

/// The mode that holds where the policy says none.
fn wider(policy: &PeerAuthentication, mesh: &Mesh) -> MutualTls {
    let scopes = [policy.name.namespace.as_str(), mesh.settings.root_namespace.as_str()];
    let modes = scopes.into_iter().filter_map(|scope| of_scope(mesh, scope)).map(|it| it.mode);
    modes.into_iter().find(|mode| *mode != MutualTls::Unset).unwrap_or(MutualTls::Permissive)
}

/// The policy for a whole namespace, the oldest if there are several.
fn of_scope<'a>(mesh: &'a Mesh, namespace: &str) -> Option<&'a PeerAuthentication> {
    let all = mesh.peer_authentications.iter();
    let scope = all.filter(|it| it.name.namespace == namespace && it.selector.is_empty());
    scope.min_by(|one, other| (&one.created, &one.name).cmp(&(&other.created, &other.name)))
}

fn ties(environment: &Environment<'_>) -> Vec<Item> {
    let objects = environment.of("PeerAuthentication");
    let tied = environment.mesh.workloads.iter().filter_map(|it| environment.mesh.tied_peer_authentication(it));
    let found = tied.filter_map(|id| objects.iter().find(|object| object.id == *id));
    let text = "another policy of this scope has the same age: ztunnel takes either";
    found.map(|object| Item::about(Status::Failed, object, "", text)).collect()
}
