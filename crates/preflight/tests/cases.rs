//! One test per file of `testdata/preflight/CHECK`: the file's name is the claim, its first lines say what the check
//! answers, and what it has to say in it.
//!
//! `# status:` the outcome. `# says:` a part of the text of some item with that status. `# server:` the version that the
//! API server tells. `# complete` if the objects are all of a cluster. `# unread: KIND WHY` for a kind that could not be
//! read. `# written: VERSION KIND` for what a conversion writes.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use libtest_mimic::{Arguments, Failed, Trial};
use s2a_catalog::{Catalog, Target, checks};
use s2a_manifest::{Assumptions, Input, Inventory, lower};
use s2a_model::{ClientMode, Settings};
use s2a_preflight::{Environment, Outcome, Server, Unread};

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../testdata/preflight");
    let mut trials = vec![complete(&root)];
    for folder in entries(&root) {
        for file in entries(&folder) {
            let check = name(&folder);
            trials.push(Trial::test(format!("{check} {}", name(&file)), move || answers(&check, &file)));
        }
    }
    libtest_mimic::run(&arguments, trials).exit_code()
}

/// Every check has a case in which it passes and one in which it does not.
fn complete(root: &Path) -> Trial {
    let folders = entries(root);
    Trial::test("every check has cases", move || {
        let mut statuses: BTreeMap<String, BTreeSet<bool>> = BTreeMap::new();
        for folder in &folders {
            for file in entries(folder) {
                let passed = header(&fs::read_to_string(&file)?, "status") == Some("passed");
                statuses.entry(name(folder)).or_default().insert(passed);
            }
        }
        for check in checks::ALL {
            let both = statuses.remove(check.name).is_some_and(|statuses| statuses.len() == 2);
            if !both {
                return Err(format!("{}: add a case that passes and one that does not", check.name).into());
            }
        }
        if statuses.is_empty() { Ok(()) } else { Err(format!("no such checks: {statuses:?}").into()) }
    })
}

fn answers(check: &str, file: &Path) -> Result<(), Failed> {
    let text = fs::read_to_string(file)?;
    let outcome = outcome(check, &text)?;
    let expected = header(&text, "status").ok_or("no `# status:`")?;
    if outcome.status.as_str() != expected {
        return Err(format!("expected {expected}, not {}: {:#?}", outcome.status.as_str(), outcome.items).into());
    }
    let says = header(&text, "says").unwrap_or_default();
    let said = outcome.items.iter().any(|item| item.status == outcome.status && item.text.contains(says));
    if says.is_empty() || said { Ok(()) } else { Err(format!("no item says `{says}`: {:#?}", outcome.items).into()) }
}

fn outcome(check: &str, text: &str) -> Result<Outcome, Failed> {
    let input = Input { name: "case.yaml".to_owned(), bytes: text.as_bytes().to_vec() };
    let inventory = Inventory::read(vec![input], "default");
    if let Some(finding) = inventory.diagnostics.first() {
        return Err(finding.message.clone().into());
    }
    let mesh = lower(&inventory, &Settings::default(), ClientMode::Sidecar, &Assumptions::default())?.mesh;
    let catalog = Catalog::load()?;
    let mut environment = Environment::new(&inventory, &mesh, &catalog, Target::default(), server(text));
    environment.written.extend(pair(text, "written"));
    let outcome = s2a_preflight::run(&environment).into_iter().find(|outcome| outcome.check.name == check);
    outcome.ok_or_else(|| "no such check".into())
}

fn server(text: &str) -> Server {
    Server {
        version: header(text, "server").map(str::to_owned),
        complete: text.lines().any(|line| line == "# complete"),
        definitions: None,
        unread: pair(text, "unread").into_iter().map(|(kind, why)| Unread { kind, why }).collect(),
    }
}

fn pair(text: &str, key: &str) -> Option<(String, String)> {
    let (one, other) = header(text, key)?.split_once(' ')?;
    Some((one.to_owned(), other.to_owned()))
}

fn header<'a>(text: &'a str, key: &str) -> Option<&'a str> {
    let lines = text.lines().take_while(|line| line.starts_with('#'));
    lines.into_iter().find_map(|line| line.strip_prefix("# ")?.strip_prefix(key)?.strip_prefix(": "))
}

fn entries(path: &Path) -> Vec<PathBuf> {
    let mut found: Vec<PathBuf> = fs::read_dir(path).into_iter().flatten().flatten().map(|it| it.path()).collect();
    found.sort();
    found
}

fn name(path: &Path) -> String {
    path.file_stem().unwrap_or_default().to_string_lossy().into_owned()
}
