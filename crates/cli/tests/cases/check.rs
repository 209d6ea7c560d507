//! Everything that must hold for a case.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use s2a_manifest::Input;
use s2a_model::Difference;
use s2a_verify::{Judgement, Verdict, verify};
use sidecar2ambient::conversion::Conversion;

use crate::{case, request};

/// Runs a case; with `bless` the output and the report are written anew, if everything written by hand holds.
pub(crate) fn run(folder: &Path, bless: bool) -> Result<(), String> {
    let case = case::read(folder)?;
    let conversion = case::conversion(&case, case::inputs(folder)?)?;
    let mut complaints = fates(folder, &conversion)?;
    complaints.extend(verdicts(&case, &conversion));
    complaints.extend(diagnostics(&case, &conversion));
    complaints.extend(itself(&conversion));
    complaints.extend(order(&case, &conversion));
    complaints.extend(inert(&case, folder, &conversion)?);
    complaints.extend(again(&case, &conversion)?);
    complaints.extend(shuffled(&case, folder, &conversion)?);
    if complaints.is_empty() {
        complaints.extend(compare(folder, "expected.yaml", &output(&conversion), bless)?);
        complaints.extend(compare(folder, "report.txt", &conversion.report_text(), bless)?);
    }
    if complaints.is_empty() { Ok(()) } else { Err(complaints.join("\n")) }
}

/// The fates that were written by hand.
fn fates(folder: &Path, conversion: &Conversion) -> Result<Vec<String>, String> {
    let mut complaints = Vec::new();
    for told in request::read(folder)?.into_iter().filter(|told| told.not_modelled.is_none()) {
        let before = told.request(&conversion.mesh)?;
        complaints.extend(told.complain("before", &told.before, &conversion.mesh.evaluate(&before)));
        if let Some(after) = &told.after {
            let request = told.request(&conversion.new_mesh)?;
            complaints.extend(told.complain("after", after, &conversion.new_mesh.evaluate(&request)));
        }
    }
    Ok(complaints)
}

fn verdicts(case: &case::Case, conversion: &Conversion) -> Vec<String> {
    let complain = |(path, expected): (&'static str, &str)| {
        let own = together(&conversion.verdicts, path);
        (own != expected).then(|| {
            let details: Vec<String> = conversion
                .verdicts
                .iter()
                .filter(|verdict| verdict.way.as_str() == path)
                .map(|verdict| format!("{:?}: {:#?}", verdict.destination, verdict.judgement))
                .collect();
            format!("verdict on path {path}: expected {expected}, is {own}\n{}", details.join("\n"))
        })
    };
    case.expect.verdicts().into_iter().filter_map(complain).collect()
}

/// One word for all destinations of a path.
pub(crate) fn together(verdicts: &[Verdict], path: &str) -> &'static str {
    let mut kinds: BTreeSet<Difference> = BTreeSet::new();
    for verdict in verdicts.iter().filter(|verdict| verdict.way.as_str() == path) {
        match &verdict.judgement {
            Judgement::Equivalent => {}
            Judgement::Unknown(_) => return "unknown",
            Judgement::Contradiction(_) => return "a contradiction",
            Judgement::Differs(found) => kinds.extend(found.keys()),
        }
    }
    match kinds.into_iter().collect::<Vec<_>>().as_slice() {
        [] => "equivalent",
        [Difference::Looser] => "looser",
        [Difference::Stricter] => "stricter",
        _ => "different",
    }
}

fn diagnostics(case: &case::Case, conversion: &Conversion) -> Vec<String> {
    let raised: BTreeSet<&str> = conversion.diagnostics.iter().map(|diagnostic| diagnostic.code.id).collect();
    let missing = case.expect.diagnostics.iter().filter(|code| !raised.contains(code.as_str()));
    let mut complaints: Vec<String> =
        missing.map(|code| format!("{code} was not raised; raised: {raised:?}")).collect();
    for diagnostic in &conversion.diagnostics {
        if diagnostic.code.id == "S2A5005" || diagnostic.code.id == "S2A5006" {
            complaints.push(format!("{}: {:?} {}", diagnostic.code.id, diagnostic.object, diagnostic.message));
        }
    }
    complaints
}

/// A mesh means the same as itself.
fn itself(conversion: &Conversion) -> Vec<String> {
    let differs = |verdict: &Verdict| match &verdict.judgement {
        Judgement::Differs(found) => Some(format!("{:?} differs from itself: {found:#?}", verdict.destination)),
        Judgement::Contradiction(why) => Some(format!("{:?} against itself: {why}", verdict.destination)),
        Judgement::Equivalent | Judgement::Unknown(_) => None,
    };
    let both = [&conversion.mesh, &conversion.new_mesh];
    both.iter().flat_map(|mesh| verify(mesh, mesh)).filter_map(|verdict| differs(&verdict)).collect()
}

/// The objects that may be applied before the move, where the case names them.
fn order(case: &case::Case, conversion: &Conversion) -> Option<String> {
    let expected = case.expect.before_the_move.as_ref()?;
    let name = |object: &serde_json::Value| {
        let text = |path: &str| object.pointer(path).and_then(serde_json::Value::as_str).unwrap_or_default();
        format!("{} {}/{}", text("/kind"), text("/metadata/namespace"), text("/metadata/name"))
    };
    let own: Vec<String> = conversion.appliable_before().map(name).collect();
    (own != *expected).then(|| format!("expected to be appliable before the move: {expected:?}, are {own:?}"))
}

/// What may be applied before the move changes nothing for a mesh with sidecars.
fn inert(case: &case::Case, folder: &Path, conversion: &Conversion) -> Result<Vec<String>, String> {
    let added: Vec<String> = conversion.appliable_before().map(s2a_yaml::write).collect();
    if added.is_empty() {
        return Ok(Vec::new());
    }
    let others = Input { name: "before-the-move.yaml".to_owned(), bytes: added.join("---\n").into_bytes() };
    let applied = case::mesh_with(case, case::inputs(folder)?, others)?;
    let differs = |verdict: &Verdict| match &verdict.judgement {
        Judgement::Differs(found) => {
            Some(format!("{:?} is not as it was before the move: {found:#?}", verdict.destination))
        }
        Judgement::Contradiction(why) => Some(format!("{:?} before the move: {why}", verdict.destination)),
        Judgement::Equivalent | Judgement::Unknown(_) => None,
    };
    Ok(verify(&conversion.mesh, &applied).iter().filter_map(differs).collect())
}

/// Converting the output changes nothing.
fn again(case: &case::Case, conversion: &Conversion) -> Result<Vec<String>, String> {
    let inputs = conversion.emitted.files.iter().enumerate();
    let inputs =
        inputs.map(|(index, (_, text))| Input { name: format!("{index}.yaml"), bytes: text.clone().into_bytes() });
    let second = case::conversion(case, inputs.collect())?;
    let changed = second.emitted.objects.iter().filter(|object| object.before != object.after);
    Ok(changed.map(|object| format!("a second conversion changes {}", object.object)).collect())
}

/// The documents as files of their own, in the other order, give the same objects.
fn shuffled(case: &case::Case, folder: &Path, conversion: &Conversion) -> Result<Vec<String>, String> {
    let documents: Vec<Input> = case::inputs(folder)?
        .iter()
        .filter(|input| input.name.ends_with(".yaml"))
        .flat_map(|input| split(&String::from_utf8_lossy(&input.bytes)))
        .collect();
    if documents.len() < 2 {
        return Ok(Vec::new());
    }
    let objects = |conversion: &Conversion| {
        let after = conversion.emitted.objects.iter().filter_map(|object| object.after.as_ref());
        let mut texts: Vec<String> = after.map(ToString::to_string).collect();
        texts.sort();
        texts
    };
    let reversed = case::conversion(case, documents.into_iter().rev().collect())?;
    let same = objects(&reversed) == objects(conversion);
    Ok(if same { Vec::new() } else { vec!["the order of the documents changes the output".to_owned()] })
}

fn split(text: &str) -> Vec<Input> {
    let documents = text.split("\n---").enumerate();
    let input =
        |(index, text): (usize, &str)| Input { name: format!("{index:03}.yaml"), bytes: text.as_bytes().to_vec() };
    documents.map(input).collect()
}

fn output(conversion: &Conversion) -> String {
    conversion.emitted.files.iter().map(|(_, text)| text.as_str()).collect()
}

fn compare(folder: &Path, name: &str, own: &str, bless: bool) -> Result<Option<String>, String> {
    let path = folder.join(name);
    let known = fs::read_to_string(&path).ok();
    if known.as_deref() == Some(own) {
        return Ok(None);
    }
    if bless {
        fs::write(&path, own).map_err(|error| format!("{name}: {error}"))?;
        return Ok(None);
    }
    Ok(Some(match known {
        Some(known) => format!("{name} differs:\n{}", difference(&known, own)),
        None => format!("{name} is missing: read what `cargo xtask bless` writes before you commit it"),
    }))
}

/// The first lines that differ.
fn difference(known: &str, own: &str) -> String {
    let (mut old, mut new) = (known.lines(), own.lines());
    let mut line = 0;
    loop {
        line += 1;
        match (old.next(), new.next()) {
            (None, None) => return "line ends".to_owned(),
            (left, right) if left == right => {}
            (left, right) => {
                return format!("line {line}\n- {}\n+ {}", left.unwrap_or("(end)"), right.unwrap_or("(end)"));
            }
        }
    }
}
