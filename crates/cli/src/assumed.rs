//! Facts that the user states because the input does not show them, as the objects that would show them.

use s2a_catalog::codes;
use s2a_diagnostic::Diagnostic;
use s2a_manifest::{Emitted, Inventory};
use serde_json::{Map, Value, json};

use crate::Failure;

/// The name of the file that stated objects stand in. It is read, and never written.
pub(crate) const FILE: &str = "<assumed>";

/// What is stated about an object besides its name.
#[derive(Debug, Default)]
struct Facts {
    labels: Map<String, Value>,
    ports: Vec<Port>,
}

#[derive(Debug)]
struct Port {
    name: String,
    number: u16,
    target: Value,
}

/// Reads a statement: `Service=NAMESPACE/NAME:PORT→TARGET,LABEL=VALUE`, `Workload=NAMESPACE/NAME:PORT,LABEL=VALUE` or
/// `Namespace=NAME:LABEL=VALUE`. A port may have a name in front, as `http@80→8080`; `->` stands for the arrow too.
///
/// # Errors
/// If it is not written like that.
pub(crate) fn object(statement: &str) -> Result<Value, Failure> {
    let wrong = || {
        Failure::Usage(format!(
            "`--assume {statement}`: write `Service=NAMESPACE/NAME:80→8080,app=web`, \
             `Workload=NAMESPACE/NAME:8080,app=web` or `Namespace=NAME:istio-injection=enabled`"
        ))
    };
    let (kind, rest) = statement.split_once('=').ok_or_else(wrong)?;
    let (name, facts) = rest.split_once(':').unwrap_or((rest, ""));
    let facts = facts_of(facts).ok_or_else(wrong)?;
    match (kind, name.split_once('/')) {
        ("Service", Some((namespace, name))) if !facts.ports.is_empty() => Ok(service(namespace, name, facts)),
        ("Workload", Some((namespace, name))) => Ok(workload(namespace, name, facts)),
        ("Namespace", None) if !name.is_empty() && facts.ports.is_empty() => Ok(json!({
            "apiVersion": "v1", "kind": "Namespace", "metadata": { "name": name, "labels": facts.labels },
        })),
        _ => Err(wrong()),
    }
}

fn facts_of(text: &str) -> Option<Facts> {
    let mut facts = Facts::default();
    for part in text.split(',').map(str::trim).filter(|part| !part.is_empty()) {
        match part.split_once('=') {
            Some((key, value)) if !key.is_empty() => drop(facts.labels.insert(key.to_owned(), json!(value))),
            Some(_) => return None,
            None => facts.ports.push(port(part)?),
        }
    }
    Some(facts)
}

fn port(text: &str) -> Option<Port> {
    let (name, numbers) = text.split_once('@').unwrap_or(("", text));
    let arrow = numbers.split_once('→').or_else(|| numbers.split_once("->"));
    let (number, target) = arrow.unwrap_or((numbers, numbers));
    let target = target.parse::<u16>().map_or_else(|_| json!(target), |target| json!(target));
    Some(Port { name: name.to_owned(), number: number.parse().ok()?, target })
}

/// Without labels the usual one is taken.
fn labels(name: &str, facts: &Facts) -> Value {
    if facts.labels.is_empty() { json!({ "app": name }) } else { json!(facts.labels) }
}

fn service(namespace: &str, name: &str, facts: Facts) -> Value {
    let selector = labels(name, &facts);
    let several = facts.ports.len() > 1;
    let ports = facts.ports.into_iter().map(|port| {
        let name = match port.name.as_str() {
            "" if several => format!("http-{}", port.number),
            "" => "http".to_owned(),
            given => given.to_owned(),
        };
        json!({ "name": name, "port": port.number, "targetPort": port.target })
    });
    json!({
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": { "name": name, "namespace": namespace },
        "spec": { "selector": selector, "ports": ports.collect::<Vec<_>>() },
    })
}

fn workload(namespace: &str, name: &str, facts: Facts) -> Value {
    let labels = labels(name, &facts);
    let ports: Vec<Value> = facts.ports.iter().map(|port| json!({ "containerPort": port.number })).collect();
    json!({
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": { "name": name, "namespace": namespace },
        "spec": {
            "selector": { "matchLabels": labels },
            "template": {
                "metadata": { "labels": labels },
                "spec": { "containers": [{ "name": name, "image": "assumed", "ports": ports }] },
            },
        },
    })
}

/// Findings about what was stated: that it was, and what has to be done with the real object by hand.
pub(crate) fn findings(before: &Inventory, emitted: &Emitted) -> Vec<Diagnostic> {
    let Some((file, _)) = before.sources.iter().find(|(_, source)| source.name == FILE) else { return Vec::new() };
    let mut findings = Vec::new();
    for object in emitted.objects.iter().filter(|object| object.file == file) {
        let Some(old) = &object.before else { continue };
        let message = "stated, not read: what is said of it holds if it is so";
        findings.push(Diagnostic::about(&codes::FACT_ASSUMED, object.object.clone(), "metadata.name", message));
        if let Some(new) = object.after.as_ref().filter(|new| *new != old) {
            let message = format!("the real object needs {}", label_changes(old, new).join(", "));
            let code = &codes::ASSUMED_OBJECT_CHANGES;
            findings.push(Diagnostic::about(code, object.object.clone(), "metadata.labels", message));
        }
    }
    findings
}

/// `key=value` for each label that is new, `key-` for each that goes, as `kubectl label` writes it.
fn label_changes(old: &Value, new: &Value) -> Vec<String> {
    let labels = |value: &Value| {
        let all = ["/metadata/labels", "/spec/template/metadata/labels"].into_iter();
        let of = |path: &str| value.pointer(path).and_then(Value::as_object).cloned().unwrap_or_default();
        all.flat_map(of).collect::<Map<_, _>>()
    };
    let (old, new) = (labels(old), labels(new));
    let set = new.iter().filter(|(key, value)| old.get(*key) != Some(*value));
    let set = set.map(|(key, value)| format!("label `{key}={}`", value.as_str().unwrap_or_default()));
    let gone = old.keys().filter(|key| !new.contains_key(*key)).map(|key| format!("label `{key}-`"));
    set.chain(gone).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_service_is_stated_in_one_line() -> Result<(), Failure> {
        let service = object("Service=shop/web:http-web@80→8080,admin->9090,app=web,tier=front");
        assert!(service.is_err(), "a Service port is a number");
        let service = object("Service=shop/web:http-web@80→8080,9090,app=web")?;
        let ports = json!([
            { "name": "http-web", "port": 80, "targetPort": 8080 },
            { "name": "http-9090", "port": 9090, "targetPort": 9090 },
        ]);
        assert_eq!(service["spec"], json!({ "selector": { "app": "web" }, "ports": ports }));
        Ok(())
    }

    #[test]
    fn what_is_no_statement_is_refused() {
        for text in
            ["Service=web:80", "Service=shop/web", "Secret=shop/web", "web", "Namespace=shop/web", "Workload=a/b:x"]
        {
            assert!(object(text).is_err(), "{text}");
        }
    }
}
