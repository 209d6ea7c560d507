//! `cargo xtask new-rule`: the stubs of a rule.

use crate::failure::Failure;
use crate::repository::Repository;

const USAGE: &str = "usage: cargo xtask new-rule route|authz NAME, the name in kebab-case: `without-headers`";

/// Writes the row, the module and the case of a new rule, and tells what is left to do by hand. Nothing that exists is
/// overwritten.
pub(crate) fn run(repository: &Repository, family: &str, name: &str) -> Result<String, Failure> {
    if !matches!(family, "route" | "authz") || !is_kebab_case(name) {
        return Err(Failure::Usage(USAGE));
    }
    let stubs = stubs(family, name);
    let existing: Vec<String> = stubs.iter().filter(|(path, _)| repository.has(path)).map(taken).collect();
    if !existing.is_empty() {
        return Err(Failure::Findings(existing));
    }
    let mut report = String::new();
    for (path, text) in &stubs {
        repository.write(path, text)?;
        report.push_str(&format!("wrote {path}\n"));
    }
    Ok(report + &by_hand(family, name))
}

fn taken((path, _): &(String, String)) -> String {
    format!("{path} exists already")
}

fn is_kebab_case(name: &str) -> bool {
    let word =
        |word: &str| !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit());
    name.split('-').all(word) && name.starts_with(|first: char| first.is_ascii_lowercase())
}

/// Returns paths and texts.
fn stubs(family: &str, name: &str) -> Vec<(String, String)> {
    let snake = name.replace('-', "_");
    let case = format!("testdata/cases/{family}/{name}");
    let mut stubs = vec![
        (format!("crates/translate/src/{family}/{snake}.rs"), module(name)),
        (format!("{case}/case.toml"), CASE.to_owned()),
        (format!("{case}/input.yaml"), INPUT.to_owned()),
    ];
    if family == "authz" {
        stubs.push((format!("rules/authz/{snake}.toml"), row(name)));
    }
    stubs
}

fn row(name: &str) -> String {
    format!(
        "name = \"{name}\"\ntitle = \"\"\nwhen = \"\"\nwrites = \"\"\neffect = \"equivalent\"\nraises = []\nrefuses = []\n\
         evidence = \"\"\n"
    )
}

fn module(name: &str) -> String {
    let sentence = name.replace('-', " ");
    format!("//! The rewrite `{name}`: {sentence}. Say here what is written, when, and why it means the same.\n")
}

const CASE: &str = "title = \"\"\nverdict = \"equivalent\"\nwhy = '''\n'''\n";

const INPUT: &str =
    "# Sidecar-mode objects as a cluster takes them; an expected diagnostic is a comment on its line.\n";

fn by_hand(family: &str, name: &str) -> String {
    let snake = name.replace('-', "_");
    let row = match family {
        "route" => "the [[field]] row of the field in rules/routes/, with target, fidelity, otherwise and evidence",
        _ => "the texts and the evidence of the new row",
    };
    format!(
        "\nleft to do:\n  1. {row}\n  2. `mod {snake};` and the line in the sorted registry of crates/translate/src/{family}.rs\n  \
         3. the input and the verdict of the case, then `cargo xtask bless`\n  4. `cargo xtask generate`\n"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_kebab_case() {
        assert!(is_kebab_case("without-headers") && is_kebab_case("shard-16-targets"));
        for name in ["", "-a", "a-", "A", "a_b", "a/../b", "1a"] {
            assert!(!is_kebab_case(name), "{name}");
        }
    }

    #[test]
    fn stubs_are_written_once() {
        let root = std::env::temp_dir().join(format!("s2a-new-rule-{}", std::process::id()));
        let repository = Repository::at(root.clone());
        let report = run(&repository, "authz", "a-b").unwrap();
        assert!(report.contains("wrote rules/authz/a_b.toml") && report.contains("`mod a_b;`"), "{report}");
        assert!(repository.has("testdata/cases/authz/a-b/case.toml"));
        assert!(matches!(run(&repository, "authz", "a-b"), Err(Failure::Findings(found)) if found.len() == 4));
        std::fs::remove_dir_all(root).unwrap();
    }

    #[test]
    fn a_policy_rewrite_has_a_row_of_its_own() {
        let paths = |family| stubs(family, "a-b").into_iter().map(|(path, _)| path).collect::<Vec<_>>();
        assert!(paths("authz").contains(&"rules/authz/a_b.toml".to_owned()));
        assert!(paths("route").iter().all(|path| !path.starts_with("rules/")));
    }
}
