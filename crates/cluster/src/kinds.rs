//! The kinds that matter to a mesh. Secrets are not among them, and never read.

/// One kind, and how it is read.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Kind {
    /// The API group; empty for the core group.
    pub(crate) group: &'static str,
    /// The kind.
    pub(crate) kind: &'static str,
    /// Whether a mesh without it means something else.
    pub(crate) has_meaning: bool,
    /// Which objects of it are wanted.
    pub(crate) filter: Filter,
}

/// Which objects of a kind are wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Filter {
    /// All of them.
    All,
    /// Those of Istio's own, by their name, in the namespaces where Istio is installed.
    OfIstioInstallation,
    /// Those of Istio's own, by their name.
    OfIstio,
}

const fn kind(group: &'static str, kind: &'static str, has_meaning: bool) -> Kind {
    Kind { group, kind, has_meaning, filter: Filter::All }
}

const fn of_istio(group: &'static str, kind: &'static str, filter: Filter) -> Kind {
    Kind { group, kind, has_meaning: false, filter }
}

/// Every kind that is read, by group.
pub(crate) const KINDS: &[Kind] = &[
    Kind { group: "", kind: "ConfigMap", has_meaning: true, filter: Filter::OfIstioInstallation },
    kind("", "Namespace", true),
    kind("", "Pod", true),
    kind("", "ReplicationController", true),
    kind("", "Service", true),
    kind("", "ServiceAccount", false),
    of_istio("admissionregistration.k8s.io", "MutatingWebhookConfiguration", Filter::OfIstio),
    of_istio("admissionregistration.k8s.io", "ValidatingWebhookConfiguration", Filter::OfIstio),
    kind("apps", "DaemonSet", true),
    kind("apps", "Deployment", true),
    kind("apps", "ReplicaSet", true),
    kind("apps", "StatefulSet", true),
    kind("argoproj.io", "Rollout", true),
    kind("batch", "CronJob", true),
    kind("batch", "Job", true),
    kind("extensions.istio.io", "TrafficExtension", false),
    kind("extensions.istio.io", "WasmPlugin", false),
    kind("gateway.networking.k8s.io", "BackendTLSPolicy", false),
    kind("gateway.networking.k8s.io", "GRPCRoute", true),
    kind("gateway.networking.k8s.io", "Gateway", true),
    kind("gateway.networking.k8s.io", "GatewayClass", false),
    kind("gateway.networking.k8s.io", "HTTPRoute", true),
    kind("gateway.networking.k8s.io", "ListenerSet", false),
    kind("gateway.networking.k8s.io", "ReferenceGrant", false),
    kind("gateway.networking.k8s.io", "TCPRoute", true),
    kind("gateway.networking.k8s.io", "TLSRoute", true),
    kind("gateway.networking.k8s.io", "UDPRoute", false),
    kind("gateway.networking.x-k8s.io", "XBackendTrafficPolicy", false),
    kind("gateway.networking.x-k8s.io", "XListenerSet", false),
    kind("gateway.networking.x-k8s.io", "XMesh", false),
    kind("install.istio.io", "IstioOperator", false),
    kind("multicluster.x-k8s.io", "ServiceExport", false),
    kind("networking.istio.io", "DestinationRule", true),
    kind("networking.istio.io", "EnvoyFilter", false),
    kind("networking.istio.io", "Gateway", true),
    kind("networking.istio.io", "ProxyConfig", false),
    kind("networking.istio.io", "ServiceEntry", true),
    kind("networking.istio.io", "Sidecar", false),
    kind("networking.istio.io", "VirtualService", true),
    kind("networking.istio.io", "WorkloadEntry", true),
    kind("networking.istio.io", "WorkloadGroup", false),
    kind("networking.k8s.io", "Ingress", false),
    kind("networking.k8s.io", "NetworkPolicy", false),
    kind("sailoperator.io", "Istio", false),
    kind("sailoperator.io", "IstioCNI", false),
    kind("sailoperator.io", "IstioRevision", false),
    kind("sailoperator.io", "IstioRevisionTag", false),
    kind("sailoperator.io", "ZTunnel", false),
    kind("security.istio.io", "AuthorizationPolicy", true),
    kind("security.istio.io", "PeerAuthentication", true),
    kind("security.istio.io", "RequestAuthentication", true),
    kind("telemetry.istio.io", "Telemetry", false),
];

/// Kinds without which a cluster is not one that Istio's sidecar mode or a waypoint could run on.
pub(crate) const EXPECTED: &[&str] = &[
    "AuthorizationPolicy",
    "DestinationRule",
    "EnvoyFilter",
    "Gateway",
    "HTTPRoute",
    "PeerAuthentication",
    "RequestAuthentication",
    "ServiceEntry",
    "Telemetry",
    "VirtualService",
    "WasmPlugin",
];

impl Kind {
    /// Whether an object of this name is wanted.
    pub(crate) fn wants(&self, name: &str) -> bool {
        self.filter == Filter::All || name.starts_with("istio")
    }

    /// The kind in a path: with its group if another group has the same kind.
    pub(crate) fn path(&self) -> String {
        let shared = KINDS.iter().filter(|other| other.kind == self.kind).count() > 1;
        let first = KINDS.iter().find(|other| other.kind == self.kind).is_some_and(|first| first.group == self.group);
        if shared && !first { format!("{}.{}", self.kind, self.group) } else { self.kind.to_owned() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_are_sorted_and_hold_no_secrets() {
        assert!(KINDS.is_sorted_by(|one, other| (one.group, one.kind) < (other.group, other.kind)));
        assert!(KINDS.iter().all(|kind| kind.kind != "Secret"));
        assert!(EXPECTED.iter().all(|name| KINDS.iter().any(|kind| kind.kind == *name)));
    }

    /// The manifest of the rights that an account needs, as the documentation gives it.
    const RIGHTS: &str = include_str!("../../../docs/src/guide/rbac.yaml");

    #[test]
    fn the_documented_rights_are_enough_and_no_more() {
        for kind in KINDS {
            let lower = kind.kind.to_lowercase();
            let plural = lower.strip_suffix('y').map_or(format!("{lower}s"), |stem| format!("{stem}ies"));
            let plural = plural.replace("sss", "sses");
            let by_name = RIGHTS.contains(&plural);
            let by_group = RIGHTS.contains(&format!("  - {}\n", kind.group)) && !kind.group.is_empty();
            assert!(by_name || by_group, "{} of `{}`", kind.kind, kind.group);
        }
        assert!(!RIGHTS.contains("secrets"), "no Secrets");
        assert!(RIGHTS.lines().filter_map(|line| line.trim().strip_prefix("verbs: ")).all(|verbs| verbs == "[list]"));
    }

    #[test]
    fn a_path_tells_two_groups_apart() {
        let paths: Vec<String> = KINDS.iter().filter(|kind| kind.kind == "Gateway").map(Kind::path).collect();
        assert_eq!(paths, ["Gateway", "Gateway.networking.istio.io"]);
    }
}
