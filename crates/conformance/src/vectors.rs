//! Meshes that a person wrote, with requests and what must become of them: `testdata/baseline/vectors/*.toml` and
//! `fields.toml`.
//!
//! A file tells what its meshes have in common, the ways in which they are built (`mesh`), templates for what its vectors
//! write most, and the vectors. The README of `testdata/baseline` shows one.

use std::collections::BTreeMap;
use std::str::FromStr;

use serde::Deserialize;

use crate::Failure;
use crate::baseline::SideName;
use crate::pair::Pair;
use crate::question::Question;

/// A mesh and what a person expects of it.
#[derive(Clone, Debug)]
pub struct Vector {
    /// The manifests, on the side of the clients that the mesh has.
    pub pair: Pair,
    /// What is asked, and what must become of it.
    pub asked: Vec<Asked>,
}

/// A request and what must become of it.
#[derive(Clone, Debug)]
pub struct Asked {
    /// The request.
    pub question: Question,
    /// `+` if somebody gets it, `-` if nobody does, or else the decision as a row says it.
    pub wanted: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    common: String,
    mesh: BTreeMap<String, Build>,
    #[serde(default)]
    template: BTreeMap<String, String>,
    vector: Vec<Told>,
}

/// A way in which meshes are built.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Build {
    side: Side,
    #[serde(default)]
    objects: String,
    /// What stands for `{attach}`.
    #[serde(default)]
    attach: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum Side {
    Before,
    After,
}

#[derive(Deserialize)]
struct Told {
    name: String,
    mesh: Vec<String>,
    #[serde(default)]
    mesh_config: String,
    #[serde(default)]
    objects: String,
    requests: Vec<String>,
    /// Texts for the templates of these names.
    #[serde(flatten)]
    parts: BTreeMap<String, Vec<String>>,
}

/// The vectors of a file; their meshes are called `area/name/mesh`, or `area/name` if there is one.
///
/// # Errors
/// If the text is not such a file.
pub fn read(area: &str, text: &str) -> Result<Vec<Vector>, Failure> {
    let malformed = |reason: &dyn std::fmt::Display| Failure::Malformed(format!("{area}: {reason}"));
    let file: File = toml::from_str(text).map_err(|error| malformed(&error))?;
    let mut vectors = Vec::new();
    for told in &file.vector {
        for (column, name) in told.mesh.iter().enumerate() {
            let build = file.mesh.get(name).ok_or_else(|| malformed(&format!("{}: no mesh {name}", told.name)))?;
            let objects = file.objects(told, build).map_err(|reason| malformed(&format!("{}: {reason}", told.name)))?;
            let asked = told.requests.iter().map(|line| asked(line, column)).collect::<Result<_, _>>()?;
            let mesh_config = told.mesh_config.clone();
            let name = if told.mesh.len() == 1 { told.name.clone() } else { format!("{}/{name}", told.name) };
            let name = format!("{area}/{name}");
            vectors.push(Vector { pair: build.pair(name, mesh_config, objects), asked });
        }
    }
    Ok(vectors)
}

impl File {
    fn objects(&self, told: &Told, build: &Build) -> Result<String, String> {
        let mut texts = vec![self.common.clone(), build.objects.clone(), told.objects.clone()];
        for (name, bodies) in &told.parts {
            let template = self.template.get(name).ok_or_else(|| format!("no template {name}"))?;
            let fill = |(number, body): (usize, &String)| {
                template.replace("{number}", &number.saturating_add(1).to_string()).replace("{body}", &indented(body))
            };
            texts.extend(bodies.iter().enumerate().map(fill));
        }
        texts.retain(|text| !text.trim().is_empty());
        let texts: Vec<String> = texts.iter().map(|text| text.replace("{attach}", &build.attach)).collect();
        Ok(texts.iter().map(|text| text.trim_end()).collect::<Vec<_>>().join("\n---\n"))
    }
}

fn indented(body: &str) -> String {
    body.trim().lines().map(|line| format!("  {line}")).collect::<Vec<_>>().join("\n")
}

impl Build {
    fn pair(&self, name: String, mesh_config: String, objects: String) -> Pair {
        match self.side {
            Side::Before => Pair { name, mesh_config, before: objects, after: None },
            Side::After => Pair { name, mesh_config, before: String::new(), after: Some(objects) },
        }
    }
}

/// Reads `REQUEST => FATE | FATE`: a fate for each mesh, or one for all of them.
fn asked(line: &str, column: usize) -> Result<Asked, Failure> {
    let malformed = || Failure::Malformed(format!("no request with its fate: {line}"));
    let (question, fates) = line.split_once(" => ").ok_or_else(malformed)?;
    let fates: Vec<&str> = fates.split(" | ").collect();
    let wanted = if fates.len() == 1 { fates.first() } else { fates.get(column) };
    Ok(Asked { question: Question::from_str(question)?, wanted: wanted.ok_or_else(malformed)?.trim().to_owned() })
}

impl Asked {
    /// Whether a decision is what is wanted.
    #[must_use]
    pub fn is_met(&self, decision: &str) -> bool {
        let nobody = decision.starts_with("refused ");
        match self.wanted.as_str() {
            "+" => !nobody && !decision.starts_with("answer ") && !decision.contains('!'),
            "-" => nobody,
            wanted => decision == wanted,
        }
    }
}

impl Vector {
    /// The side that the mesh is on.
    #[must_use]
    pub fn side(&self) -> SideName {
        if self.pair.after.is_some() { SideName::After } else { SideName::Before }
    }
}
