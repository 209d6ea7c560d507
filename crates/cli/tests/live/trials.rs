//! What holds of the program on a cluster.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Output;

use libtest_mimic::Failed;
use serde_json::Value;

use super::server::{Server, run};

type Outcome = Result<(), Failed>;

/// A certificate of nobody that the tests know.
const STRANGER: &str = include_str!("stranger.pem");

pub(crate) fn a_backup_converts_as_the_cluster_does(server: &Server) -> Outcome {
    let directory = backup(server, "converted")?;
    let of_cluster = server.run_as("reader", &["convert", "-o", "json", "--quiet", "--fail-on", "never"]);
    let of_backup = run(&["convert", "-o", "json", "--quiet", "--fail-on", "never", &directory]);
    let (one, other) = (objects(&of_cluster)?, objects(&of_backup)?);
    let differing = |(key, value): (&String, &Value)| (other.get(key) != Some(value)).then(|| key.clone());
    let differences: Vec<String> = one.iter().filter_map(differing).collect();
    expect(one.len() > 20, &format!("only {} objects", one.len()))?;
    expect(differences.is_empty() && one.len() == other.len(), &format!("{differences:?} are not the same in both"))
}

pub(crate) fn a_backup_is_whole_until_it_is_touched(server: &Server) -> Outcome {
    let directory = backup(server, "touched")?;
    let whole = run(&["backup", "--verify", &directory]);
    expect(whole.status.code() == Some(0) && text(&whole.stdout).contains(": whole, "), &both(&whole))?;
    let file = Path::new(&directory).join("restore/shop/AuthorizationPolicy/cart.yaml");
    let before = fs::read_to_string(&file)?;
    fs::write(&file, format!("{before}# and more\n"))?;
    fs::write(file.with_file_name("stranger.yaml"), "")?;
    fs::remove_file(Path::new(&directory).join("restore/shop/Service/cart.yaml"))?;
    let touched = run(&["backup", "--verify", &directory]);
    expect(touched.status.code() == Some(1), &both(&touched))?;
    for fault in ["cart.yaml: it was changed", "stranger.yaml: it does not belong", "Service/cart.yaml: ", "not whole"]
    {
        expect(text(&touched.stdout).contains(fault), &format!("`{fault}` is not in {}", both(&touched)))?;
    }
    let again = server.run_as("reader", &["backup", "--output-dir", &directory]);
    expect(again.status.code() == Some(2), &both(&again))
}

pub(crate) fn a_backup_can_be_applied_again(server: &Server) -> Outcome {
    let directory = backup(server, "applied")?;
    for object in ["authorizationpolicy/cart", "service/cart"] {
        let deleted = server.kubectl(&["delete", "-n", "shop", object]);
        expect(deleted.status.success(), &both(&deleted))?;
    }
    let restored = server.kubectl(&["apply", "-R", "-f", &format!("{directory}/restore/shop")]);
    expect(restored.status.success(), &both(&restored))?;
    let policy = server.kubectl(&["get", "-n", "shop", "authorizationpolicy/cart", "-o", "json"]);
    let policy: Value = serde_json::from_slice(&policy.stdout)?;
    expect(policy.pointer("/spec/rules/1/from").is_some(), &format!("{policy:#}"))
}

pub(crate) fn a_backup_holds_no_secret(server: &Server) -> Outcome {
    let directory = backup(server, "secrets")?;
    let mut open = vec![Path::new(&directory).to_path_buf()];
    let mut files = 0;
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(folder)? {
            let path = entry?.path();
            if path.is_dir() {
                open.push(path);
                continue;
            }
            files += 1;
            let text = fs::read_to_string(&path)?;
            for word in ["hunter2", "kind: Secret", "managedFields:", "resourceVersion:", "last-applied-configuration"]
            {
                expect(!text.contains(word), &format!("{} holds {word}", path.display()))?;
            }
        }
    }
    expect(files > 20, &format!("only {files} files"))
}

pub(crate) fn preflight_knows_the_server(server: &Server) -> Outcome {
    let directory = backup(server, "preflight")?;
    let live = server.run_as("reader", &["preflight", "-o", "json"]);
    let saved = run(&["preflight", "-o", "json", &directory]);
    let (live, saved): (Value, Value) = (serde_json::from_slice(&live.stdout)?, serde_json::from_slice(&saved.stdout)?);
    expect(live.pointer("/counts") == saved.pointer("/counts"), &format!("{live:#}\n{saved:#}"))?;
    let status = |name: &str| {
        let checks = live.get("checks").and_then(Value::as_array)?;
        checks.iter().find(|check| check.get("name").and_then(Value::as_str) == Some(name))?.get("status")?.as_str()
    };
    for name in ["kubernetes-version", "gateway-api-definitions", "gateway-api-served"] {
        expect(status(name) == Some("passed"), &format!("{name}: {:?}", status(name)))?;
    }
    expect(status("ztunnel") == Some("warning"), "a cluster without ztunnel is known to have none")
}

pub(crate) fn audit_says_the_same_of_both(server: &Server) -> Outcome {
    let directory = backup(server, "audited")?;
    let live = server.run_as("reader", &["audit", "--quiet"]);
    let saved = run(&["audit", "--quiet", &directory]);
    expect(
        text(&live.stdout) == text(&saved.stdout) && live.stdout.len() > 500,
        &format!("{}\n{}", both(&live), both(&saved)),
    )
}

pub(crate) fn files_win_over_the_cluster(server: &Server) -> Outcome {
    let file = server.folder("overlay.yaml");
    let policy = "apiVersion: security.istio.io/v1\nkind: AuthorizationPolicy\nmetadata: {name: cart, namespace: shop}\nspec: {}\n";
    fs::write(&file, policy)?;
    let file = file.display().to_string();
    let output = server.run_as("reader", &["convert", "-o", "json", "--quiet", "--fail-on", "never", &file]);
    let objects = objects(&output)?;
    let policies: Vec<&Value> = objects.values().filter(|it| is(it, "AuthorizationPolicy", "shop", "cart")).collect();
    let [policy] = policies.as_slice() else { return Err(format!("{} policies", policies.len()).into()) };
    expect(policy.pointer("/spec/rules").is_none(), &format!("{policy:#}"))
}

pub(crate) fn one_namespace_can_be_read(server: &Server) -> Outcome {
    let output = server.run_as("namespaced", &["check", "-n", "shop"]);
    let said = both(&output);
    expect(matches!(output.status.code(), Some(0 | 1)), &said)?;
    for expected in ["S2A6023", "S2A6022", "Service shop/cart:80"] {
        expect(said.contains(expected), &format!("`{expected}` is not in {said}"))?;
    }
    expect(!said.contains("S2A6021"), &said)?;
    for command in ["audit", "classify", "preflight"] {
        let output = server.run_as("namespaced", &[command, "-n", "shop"]);
        expect(text(&output.stderr).contains("warning[S2A6022]"), &format!("{command}: {}", both(&output)))?;
    }
    Ok(())
}

pub(crate) fn failures_end_in_one_sentence(server: &Server) -> Outcome {
    let config = fs::read_to_string(server.kubeconfig())?;
    let port = config.split("127.0.0.1:").nth(1).and_then(|rest| rest.lines().next()).unwrap_or_default();
    let stranger = server.folder("stranger.pem");
    fs::write(&stranger, STRANGER)?;
    let own = config.lines().find_map(|line| line.trim().strip_prefix("certificate-authority: ")).unwrap_or_default();
    let cases = [
        ("dead", config.replace(port, "1"), "cannot be reached"),
        ("certificate", config.replace(own, &stranger.display().to_string()), "does not fit the kubeconfig"),
        ("token", config.replace("token: admin", "token: nobody"), "does not accept the credentials"),
        ("rights", config.replace("current-context: admin", "current-context: namespaced"), "may not list anything"),
        (
            "context",
            config.replace("current-context: admin", "current-context: other"),
            "the kubeconfig cannot be used",
        ),
    ];
    for (name, config, expected) in cases {
        let path = server.folder(&format!("{name}.kubeconfig"));
        fs::write(&path, config)?;
        let output = run(&["check", "--from-cluster", "--kubeconfig", &path.display().to_string()]);
        let said = text(&output.stderr);
        let sentence = said.starts_with("error: ") && said.lines().count() == 1 && said.contains(expected);
        expect(
            sentence && output.status.code() == Some(2) && output.stdout.is_empty(),
            &format!("{name}: {}", both(&output)),
        )?;
    }
    Ok(())
}

/// Makes a backup and gives its folder.
fn backup(server: &Server, name: &str) -> Result<String, Failed> {
    let directory = server.folder(name).display().to_string();
    let output = server.run_as("reader", &["backup", "--output-dir", &directory]);
    expect(output.status.success(), &both(&output))?;
    Ok(directory)
}

/// The objects of a JSON List by their names.
fn objects(output: &Output) -> Result<BTreeMap<String, Value>, Failed> {
    let list: Value = serde_json::from_slice(&output.stdout).map_err(|error| format!("{error}: {}", both(output)))?;
    let items = list.get("items").and_then(Value::as_array).cloned().unwrap_or_default();
    let text =
        |item: &Value, pointer: &str| item.pointer(pointer).and_then(Value::as_str).unwrap_or_default().to_owned();
    let key = |item: &Value| {
        ["/apiVersion", "/kind", "/metadata/namespace", "/metadata/name"].map(|it| text(item, it)).join(" ")
    };
    Ok(items.into_iter().map(|item| (key(&item), item)).collect())
}

fn is(object: &Value, kind: &str, namespace: &str, name: &str) -> bool {
    let text = |pointer: &str| object.pointer(pointer).and_then(Value::as_str);
    [text("/kind"), text("/metadata/namespace"), text("/metadata/name")] == [Some(kind), Some(namespace), Some(name)]
}

fn expect(holds: bool, otherwise: &str) -> Outcome {
    if holds { Ok(()) } else { Err(otherwise.into()) }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn both(output: &Output) -> String {
    format!("exit {:?}\n{}\n{}", output.status.code(), text(&output.stdout), text(&output.stderr))
}
