//! What a case says: its claim, its requests, and what is expected.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use s2a_catalog::Target;
use s2a_manifest::{Assumptions, Input, Inventory, lower};
use s2a_model::{ClientMode, Features, Mesh};
use serde::Deserialize;
use sidecar2ambient::args::ChoiceArgs;
use sidecar2ambient::conversion::{Conversion, Request, convert, features};
use sidecar2ambient::settings::SettingsFile;

/// `case.toml`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "title, why and hazards are for the reader")]
pub(crate) struct Case {
    pub(crate) title: String,
    pub(crate) why: String,
    #[serde(default)]
    pub(crate) hazards: Vec<String>,
    #[serde(default)]
    pub(crate) mesh_config: Option<String>,
    #[serde(default)]
    pub(crate) settings: SettingsFile,
    #[serde(default)]
    pub(crate) target: Releases,
    pub(crate) expect: Expect,
}

/// The releases to write for, where they are not the usual ones.
#[derive(Deserialize, Default)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub(crate) struct Releases {
    istio: Option<String>,
    istio_before: Option<String>,
    gateway_api: Option<String>,
}

impl Releases {
    /// What the release does that the sidecars run, where it is another one.
    fn features_before(&self) -> Option<Features> {
        let release = self.istio_before.as_deref()?;
        Target::parse(release, "1.6/standard").ok().map(|target| features(&target))
    }

    fn target(&self) -> Result<Target, String> {
        let (istio, gateway_api) = (self.istio.as_deref(), self.gateway_api.as_deref());
        let target = Target::parse(istio.unwrap_or("1.31"), gateway_api.unwrap_or("1.6/standard"));
        target.map_err(|error| error.to_string())
    }
}

/// What is expected of the conversion.
#[derive(Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(crate) struct Expect {
    #[serde(default)]
    pub(crate) diagnostics: Vec<String>,
    #[serde(default)]
    pub(crate) service: Option<String>,
    #[serde(default)]
    pub(crate) pod_ip: Option<String>,
    #[serde(default)]
    pub(crate) plaintext: Option<String>,
    #[serde(default)]
    pub(crate) ingress: Option<String>,
    /// The objects that may be applied before the move, where the case is about that.
    #[serde(default)]
    pub(crate) before_the_move: Option<Vec<String>>,
}

impl Expect {
    /// The expected verdicts by path.
    pub(crate) fn verdicts(&self) -> BTreeMap<&'static str, &str> {
        let all = [
            ("service", &self.service),
            ("pod-ip", &self.pod_ip),
            ("plaintext", &self.plaintext),
            ("ingress", &self.ingress),
        ];
        all.into_iter().filter_map(|(path, verdict)| Some((path, verdict.as_deref()?))).collect()
    }
}

/// Reads `case.toml`.
pub(crate) fn read(folder: &Path) -> Result<Case, String> {
    let text = fs::read_to_string(folder.join("case.toml")).map_err(|error| format!("case.toml: {error}"))?;
    toml::from_str(&text).map_err(|error| format!("case.toml: {error}"))
}

/// The manifests of a case: `input.yaml` or `input.json`, or all files of the folder `input`.
pub(crate) fn inputs(folder: &Path) -> Result<Vec<Input>, String> {
    let mut inputs = Vec::new();
    for name in ["input.yaml", "input.json"] {
        if let Ok(bytes) = fs::read(folder.join(name)) {
            inputs.push(Input { name: name.to_owned(), bytes });
        }
    }
    if inputs.is_empty() { Err("no input.yaml and no input.json".to_owned()) } else { Ok(inputs) }
}

/// Converts the manifests of a case.
pub(crate) fn conversion(case: &Case, inputs: Vec<Input>) -> Result<Conversion, String> {
    convert(inputs, &request(case)?).map_err(|error| error.to_string())
}

/// What the manifests of a case mean with others beside them, before anything moves. What is assumed of the manifests
/// stays assumed.
pub(crate) fn mesh_with(case: &Case, mut inputs: Vec<Input>, others: Input) -> Result<Mesh, String> {
    let request = request(case)?;
    inputs.extend(request.assumed.clone());
    let lowered = |inputs: Vec<Input>, assumptions: &Assumptions| {
        let inventory = Inventory::read(inputs, &request.namespace);
        lower(&inventory, &request.settings, ClientMode::Sidecar, assumptions).map_err(|error| error.to_string())
    };
    let alone = lowered(inputs.clone(), &Assumptions::default())?;
    let mut mesh = lowered(inputs.into_iter().chain([others]).collect(), &alone.assumptions)?.mesh;
    mesh.moving.clone_from(&request.moving);
    mesh.settings.features = request.features_before;
    Ok(mesh)
}

fn request(case: &Case) -> Result<Request, String> {
    let choices = case.settings.complete(ChoiceArgs::default());
    let request = Request::for_target(case.target.target()?).choose(&choices);
    let mut request = request.map_err(|error| error.to_string())?;
    request.features_before = case.target.features_before().unwrap_or(request.features_before);
    if let Some(text) = &case.mesh_config {
        s2a_manifest::read_mesh_config(text, &mut request.settings).map_err(|error| error.to_string())?;
    }
    Ok(request)
}
