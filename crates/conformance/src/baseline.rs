//! Files of rows: what was asked of which mesh, and what became of it.
//!
//! ```text
//! # istio v0.0.0-20260827124520-eed52ebb66ad, envoy 1.40.0
//! = authz/allow-get-on-one-service before 8f3a1c22
//! shop/web svc/shop/cart:80 GET / => shop/cart:8080
//! ```
//!
//! A line with `=` names a mesh, the side, and the digest of what was recorded of it; the rows of that mesh follow,
//! sorted. [`crate::question`] and [`crate::decision`] say how both halves of a row are written.

use std::fmt::Write;
use std::str::FromStr;

use crate::Failure;
use crate::question::Question;

/// A file of rows.
#[derive(Clone, Debug, Default)]
pub struct Rows {
    /// What recorded them.
    pub recorded_with: String,
    /// The rows of each mesh, sorted by name and side.
    pub meshes: Vec<MeshRows>,
}

/// The rows of one side of a mesh.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct MeshRows {
    /// The mesh.
    pub mesh: String,
    /// Which side of it.
    pub side: SideName,
    /// The digest of its manifests.
    pub digest: String,
    /// Question and decision.
    pub rows: Vec<(String, String)>,
}

/// Before or after the move.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum SideName {
    /// With sidecars.
    Before,
    /// In ambient mode.
    After,
}

impl SideName {
    /// `before` or `after`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            SideName::Before => "before",
            SideName::After => "after",
        }
    }
}

impl Rows {
    /// Reads a file.
    ///
    /// # Errors
    /// If a line is neither a comment, nor a mesh, nor a row of one.
    pub fn read(text: &str) -> Result<Self, Failure> {
        let mut rows = Rows::default();
        for (number, line) in text.lines().enumerate() {
            let malformed = || Failure::Malformed(format!("line {}: {line}", number.saturating_add(1)));
            if let Some(comment) = line.strip_prefix("# ") {
                comment.clone_into(&mut rows.recorded_with);
            } else if let Some(mesh) = line.strip_prefix("= ") {
                rows.meshes.push(mesh_line(mesh).ok_or_else(malformed)?);
            } else {
                let (question, decision) = line.split_once(" => ").ok_or_else(malformed)?;
                let mesh = rows.meshes.last_mut().ok_or_else(malformed)?;
                mesh.rows.push((question.to_owned(), decision.to_owned()));
            }
        }
        Ok(rows)
    }

    /// The file's text.
    #[must_use]
    pub fn text(&self) -> String {
        let mut text = format!("# {}\n", self.recorded_with);
        for mesh in &self.meshes {
            let _ = writeln!(text, "= {} {} {}", mesh.mesh, mesh.side.as_str(), mesh.digest);
            for (question, decision) in &mesh.rows {
                let _ = writeln!(text, "{question} => {decision}");
            }
        }
        text
    }
}

fn mesh_line(text: &str) -> Option<MeshRows> {
    let mut words = text.split(' ');
    let mesh = words.next()?.to_owned();
    let side = match words.next()? {
        "before" => SideName::Before,
        "after" => SideName::After,
        _ => return None,
    };
    Some(MeshRows { mesh, side, digest: words.next()?.to_owned(), rows: Vec::new() })
}

impl MeshRows {
    /// The questions of the rows.
    ///
    /// # Errors
    /// If one of them is none.
    pub fn questions(&self) -> Result<Vec<Question>, Failure> {
        self.rows.iter().map(|(question, _)| Question::from_str(question)).collect()
    }
}

/// Reads a file of meshes: a line `= name side` before the manifests of each.
///
/// # Errors
/// If manifests come before the first name.
pub fn read_meshes(text: &str) -> Result<Vec<(String, SideName, String)>, Failure> {
    let mut meshes: Vec<(String, SideName, String)> = Vec::new();
    for line in text.lines() {
        match line.strip_prefix("= ").and_then(|line| line.split_once(' ')) {
            Some((name, "before")) => meshes.push((name.to_owned(), SideName::Before, String::new())),
            Some((name, _)) => meshes.push((name.to_owned(), SideName::After, String::new())),
            None => {
                let last = meshes.last_mut().ok_or_else(|| Failure::Malformed(format!("no mesh before {line}")))?;
                last.2.push_str(line);
                last.2.push('\n');
            }
        }
    }
    Ok(meshes)
}
