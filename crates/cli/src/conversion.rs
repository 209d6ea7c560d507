//! The main job: read, say what it means, translate, write, read what was written, and prove or refute that it means
//! the same.

use std::collections::BTreeSet;

use s2a_admission::{Admission, Release};
use s2a_catalog::{Channel, Feature, Target};
use s2a_diagnostic::{Diagnostic, Severity};
use s2a_manifest::{Assumptions, Emitted, Input, Inventory, Lowered, emit, lower};
use s2a_model::{ClientMode, Features, Mesh, Settings};
use s2a_preflight::left_behind;
use s2a_report::{TextOptions, render_text};
use s2a_translate::{Classification, Options, RouteOptions, Translation, classify, translate};
use s2a_verify::{Verdict, verify};

use crate::{Failure, assumed, guides, judge, rows};

/// What a conversion depends on besides the files.
#[derive(Clone, Debug)]
pub struct Request {
    /// The namespace of objects that name none.
    pub namespace: String,
    /// The releases to write for.
    pub target: Target,
    /// The mesh configuration.
    pub settings: Settings,
    /// What the user chose.
    pub options: Options,
    /// What the release does that the sidecars run.
    pub features_before: Features,
    /// The namespaces that leave their sidecars behind; `None` for all.
    pub moving: Option<BTreeSet<String>>,
    /// Objects that the user states, which no file shows.
    pub assumed: Option<Input>,
}

/// Everything that one conversion found and made.
#[derive(Debug)]
pub struct Conversion {
    /// What was read.
    pub before: Inventory,
    /// What it means.
    pub mesh: Mesh,
    /// What is changed.
    pub translation: Translation,
    /// What was written.
    pub emitted: Emitted,
    /// What was written, read again.
    pub after: Inventory,
    /// What that means.
    pub new_mesh: Mesh,
    /// Whether both mean the same.
    pub verdicts: Vec<Verdict>,
    /// The layer of every rule.
    pub classification: Vec<Classification>,
    /// All findings, with their places, in the order in which they are shown.
    pub diagnostics: Vec<Diagnostic>,
}

impl Request {
    /// A conversion for a target, everything else as it is by default.
    #[must_use]
    pub fn for_target(target: Target) -> Self {
        let features_before = features(&target);
        let settings = Settings { features: features_before, ..Settings::default() };
        let options = Options {
            extended_redirects: target.supports(Feature::HttpRouteRedirect303307308),
            mirror_fractions: target.supports(Feature::HttpRouteMirrorFraction),
            routes: route_options(&target),
            ..Options::default()
        };
        Request {
            namespace: "default".to_owned(),
            target,
            settings,
            options,
            features_before,
            moving: None,
            assumed: None,
        }
    }
}

impl Conversion {
    /// The report of `check`, without colours.
    #[must_use]
    pub fn report_text(&self) -> String {
        let options = TextOptions { color: false, quiet: false, min_severity: Severity::Note };
        render_text(&rows::report(self), &self.before.sources, options)
    }
}

/// Converts manifests. What is judged is the text that was written, read again.
///
/// # Errors
/// If the mesh configuration among the objects is wrong, or a change cannot be written.
pub fn convert(mut inputs: Vec<Input>, request: &Request) -> Result<Conversion, Failure> {
    inputs.extend(request.assumed.clone());
    let before = Inventory::read(inputs, &request.namespace);
    let mut old = lower(&before, &request.settings, ClientMode::Sidecar, &Assumptions::default())?;
    check_moving(&before, request)?;
    old.mesh.moving.clone_from(&request.moving);
    let translation = translate(&old.mesh, &request.options);
    let emitted = emit(&before, &translation.changes)?;
    let after = before.reread(&emitted.files, &request.namespace);
    let mut new = lower(&after, &request.settings, clients_after(&old), &moved(&old))?;
    new.mesh.moving.clone_from(&request.moving);
    old.mesh.settings.features = request.features_before;
    let (verdicts, refused) =
        rayon::join(|| verify(&old.mesh, &new.mesh), || admission_findings(&emitted, &request.target));
    let mut diagnostics = before.diagnostics.clone();
    diagnostics.extend(old.diagnostics);
    diagnostics.extend(translation.diagnostics.iter().cloned());
    diagnostics.extend(left_behind::findings(&before, &old.mesh));
    diagnostics.extend(assumed::findings(&before, &emitted));
    diagnostics.extend(guides::findings(&after, &new.mesh, &translation.refused.keys().collect()));
    diagnostics.extend(judge::findings(&verdicts, &old.mesh));
    diagnostics.extend(refused?);
    before.locate(&mut diagnostics);
    diagnostics.sort_by_cached_key(Diagnostic::sort_key);
    diagnostics.dedup();
    let classification = classify(&old.mesh);
    Ok(Conversion {
        before,
        mesh: old.mesh,
        translation,
        emitted,
        after,
        new_mesh: new.mesh,
        verdicts,
        classification,
        diagnostics,
    })
}

/// A misspelt namespace would move nothing, and nobody would know why.
fn check_moving(inventory: &Inventory, request: &Request) -> Result<(), Failure> {
    let known = |namespace: &String| {
        let objects = &inventory.objects;
        objects.iter().any(|object| {
            let name = &object.id.name;
            name.namespace == *namespace || (object.id.kind == "Namespace" && name.name == *namespace)
        })
    };
    match request.moving.iter().flatten().find(|namespace| !known(namespace)) {
        Some(namespace) => Err(Failure::Usage(format!("`--migrate-namespace {namespace}`: no object is in it"))),
        None => Ok(()),
    }
}

/// Mesh clients that the input does not show move with the rest, if anything moves.
#[must_use]
pub fn clients_after(old: &Lowered) -> ClientMode {
    use s2a_model::topology::DataPlaneMode;
    let injected = |labels: &s2a_model::topology::Labels| {
        labels.get("istio-injection").is_some_and(|value| value == "enabled") || labels.contains_key("istio.io/rev")
    };
    let any_sidecar = old.mesh.workloads.iter().any(|workload| workload.mode == DataPlaneMode::Sidecar)
        || old.mesh.namespaces.values().any(|namespace| injected(&namespace.labels));
    if any_sidecar { ClientMode::Ambient } else { old.mesh.clients }
}

/// What was assumed of the input holds of the output, in ambient mode.
#[must_use]
pub fn moved(old: &Lowered) -> Assumptions {
    use s2a_model::topology::DataPlaneMode;
    let ambient = |mode: DataPlaneMode| if mode == DataPlaneMode::Sidecar { DataPlaneMode::Ambient } else { mode };
    let namespaces = old.assumptions.namespaces.clone().unwrap_or_default().into_iter();
    let moved = namespaces.map(|(name, mode)| {
        let mode = if old.mesh.is_moving(&name) { ambient(mode) } else { mode };
        (name, mode)
    });
    Assumptions { workloads: old.assumptions.workloads.clone(), namespaces: Some(moved.collect()) }
}

/// What the target's routes can say.
fn route_options(target: &Target) -> RouteOptions {
    let supports = |feature| target.supports(feature);
    RouteOptions {
        retries: supports(Feature::HttpRouteRetry),
        retry_backoff: supports(Feature::HttpRouteRetryBackoff),
        no_attempts: supports(Feature::HttpRouteRetryZeroAttempts),
        cors: supports(Feature::HttpRouteCors) && supports(Feature::CorsIgnoresUnmatchedPreflights),
        tcp_routes: supports(Feature::TcpRoute),
        ..RouteOptions::default()
    }
}

/// The facts about a release that the model depends on.
#[must_use]
pub fn features(target: &Target) -> Features {
    let supports = |feature| target.supports(feature);
    Features {
        service_accounts_at_ztunnel: supports(Feature::ServiceAccountsAtZtunnel),
        waypoint_reads_root_policies: supports(Feature::GatewayClassTargetRefs),
        waypoint_reads_all_virtual_services: supports(Feature::WaypointUsesAllVirtualServices),
        merges_grpc_routes: supports(Feature::HttpAndGrpcRoutesMerged),
        cors_ignores_other_preflights: supports(Feature::CorsIgnoresUnmatchedPreflights),
        policies_compare_header_lines: supports(Feature::PoliciesCompareHeaderLines),
        routes_compare_header_lines: supports(Feature::RoutesCompareHeaderLines),
    }
}

/// What the API server would refuse of the objects that were written. What it refuses of an object as it was is not
/// our doing.
fn admission_findings(emitted: &Emitted, target: &Target) -> Result<Vec<Diagnostic>, Failure> {
    let istio = target.istio.to_string();
    let gateway_api = target.gateway_api.to_string();
    let experimental = target.channel == Channel::Experimental;
    let admission = Admission::new(Release { istio: &istio, gateway_api: &gateway_api, experimental })?;
    let mut findings = Vec::new();
    for object in emitted.objects.iter().filter(|object| object.before != object.after) {
        let Some(after) = &object.after else { continue };
        let violations = judge::violations(&admission, after)?;
        let known = match &object.before {
            Some(before) if !violations.is_empty() => judge::violations(&admission, before)?,
            Some(_) | None => Vec::new(),
        };
        let new = violations.into_iter().filter(|violation| !known.contains(violation));
        findings.extend(new.map(|violation| judge::refused_by_schema(&object.object, &violation)));
    }
    Ok(findings)
}
