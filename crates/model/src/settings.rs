//! Mesh-wide settings and the facts that differ between releases.

/// What the mesh configuration says, as far as it changes the meaning of policies and routes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// `meshConfig.rootNamespace`.
    pub root_namespace: String,
    /// `meshConfig.trustDomain`.
    pub trust_domain: String,
    /// `meshConfig.trustDomainAliases`.
    pub trust_domain_aliases: Vec<String>,
    /// The DNS suffix of Services, usually `cluster.local`.
    pub cluster_domain: String,
    /// `meshConfig.outboundTrafficPolicy.mode`.
    pub outbound_policy: OutboundPolicy,
    /// `meshConfig.pathNormalization.normalization`.
    pub path_normalization: PathNormalization,
    /// `meshConfig.enableAutoMtls`.
    pub auto_mtls: bool,
    /// What the target release does.
    pub features: Features,
}

impl Default for Settings {
    fn default() -> Self {
        Settings {
            root_namespace: "istio-system".to_owned(),
            trust_domain: "cluster.local".to_owned(),
            trust_domain_aliases: Vec::new(),
            cluster_domain: "cluster.local".to_owned(),
            outbound_policy: OutboundPolicy::AllowAny,
            path_normalization: PathNormalization::Base,
            auto_mtls: true,
            features: Features::default(),
        }
    }
}

/// What a sidecar does with calls to destinations it does not know.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OutboundPolicy {
    /// Passes them on in plaintext.
    AllowAny,
    /// Refuses them.
    RegistryOnly,
}

/// How proxies rewrite the path before anything looks at it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PathNormalization {
    /// The path as sent.
    None,
    /// RFC 3986 normalisation; the default.
    Base,
    /// The same, and slashes merged.
    MergeSlashes,
    /// The same, and `%2f` and `%5c` decoded first.
    DecodeAndMergeSlashes,
}

/// Facts that differ between Istio releases; filled from `rules/targets.toml`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Features {
    /// ztunnel knows `serviceAccounts` (1.25).
    pub service_accounts_at_ztunnel: bool,
    /// A waypoint reads policies of the Service's and of its own namespace (1.25; 1.24 only the Service's).
    pub waypoint_reads_root_policies: bool,
    /// A waypoint concatenates all VirtualServices of a host instead of taking the first (1.30).
    pub waypoint_reads_all_virtual_services: bool,
    /// HTTPRoutes and GRPCRoutes of a host are sorted together (1.30).
    pub merges_grpc_routes: bool,
    /// The CORS filter of an HTTPRoute answers preflights of other origins itself (1.30).
    pub cors_ignores_other_preflights: bool,
    /// Policies compare repeated header lines one by one rather than joined (1.30, and patches of older lines).
    pub policies_compare_header_lines: bool,
    /// Routes compare repeated header lines one by one rather than joined (1.31).
    pub routes_compare_header_lines: bool,
}

impl Default for Features {
    fn default() -> Self {
        Features {
            service_accounts_at_ztunnel: true,
            waypoint_reads_root_policies: true,
            waypoint_reads_all_virtual_services: true,
            merges_grpc_routes: true,
            cors_ignores_other_preflights: true,
            policies_compare_header_lines: true,
            routes_compare_header_lines: true,
        }
    }
}
