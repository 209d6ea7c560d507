//! A mesh for each attribute that an AuthorizationPolicy can ask for.

use s2a_catalog::{Attribute, Catalog, MatchSyntax};
use s2a_conformance::Failure;
use s2a_conformance::sets::mesh_of;
use serde_json::{Value, json};

use crate::sources::{Source, Told, converted, stream};

/// The meshes: four Services, guarded by ALLOW and DENY with the attribute and with its negation.
pub(crate) fn sources() -> Result<Vec<Source>, Failure> {
    let catalog = Catalog::load().map_err(|error| Failure::Malformed(error.to_string()))?;
    catalog
        .attributes()
        .iter()
        .map(|one| Ok(Source { pair: converted(mesh_of(one), mesh(one))?, told: Told::None }))
        .collect()
}

fn mesh(attribute: &Attribute) -> String {
    let mut objects = vec![json!({
        "apiVersion": "v1", "kind": "Namespace",
        "metadata": {"name": "foo", "labels": {"istio-injection": "enabled"}},
    })];
    objects.extend(workload("web", "web"));
    objects.extend(workload("other", "other"));
    objects.push(tokens());
    for (action, negated) in [("ALLOW", false), ("ALLOW", true), ("DENY", false), ("DENY", true)] {
        let app = format!("{}{}", action.to_lowercase(), if negated { "-not" } else { "" });
        objects.extend(workload(&app, &app));
        objects.push(policy(&app, action, rule(attribute, negated)));
    }
    stream(objects.iter())
}

fn workload(app: &str, account: &str) -> [Value; 2] {
    let labels = json!({"app": app});
    let container =
        json!({"name": "main", "image": "main", "ports": [{"containerPort": 8080}, {"containerPort": 9000}]});
    [
        json!({
            "apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": app, "namespace": "foo"},
            "spec": {"selector": {"matchLabels": labels}, "template": {
                "metadata": {"labels": labels}, "spec": {"serviceAccountName": account, "containers": [container]}}},
        }),
        json!({
            "apiVersion": "v1", "kind": "Service", "metadata": {"name": app, "namespace": "foo"},
            "spec": {"selector": labels, "ports": [
                {"name": "http", "port": 80, "targetPort": 8080}, {"name": "tcp", "port": 9000}]},
        }),
    ]
}

fn tokens() -> Value {
    json!({
        "apiVersion": "security.istio.io/v1", "kind": "RequestAuthentication",
        "metadata": {"name": "tokens", "namespace": "foo"},
        "spec": {"jwtRules": [{"issuer": "issuer-a", "jwksUri": "https://issuer-a.example/keys"}]},
    })
}

fn policy(app: &str, action: &str, rule: Value) -> Value {
    json!({
        "apiVersion": "security.istio.io/v1", "kind": "AuthorizationPolicy",
        "metadata": {"name": app, "namespace": "foo"},
        "spec": {"selector": {"matchLabels": {"app": app}}, "action": action, "rules": [rule]},
    })
}

fn rule(attribute: &Attribute, negated: bool) -> Value {
    let values = values(attribute);
    let last = |path: &str| path.rsplit('.').next().unwrap_or_default().to_owned();
    if let Some(key) = &attribute.key {
        let key = match &attribute.parameter {
            Some(_) if key.contains("headers") => format!("{key}[x-tier]"),
            Some(_) if key.contains("claims") => format!("{key}[groups]"),
            Some(_) => format!("{key}[envoy.filters.network][key]"),
            None => key.clone(),
        };
        let values_key = if negated { "notValues" } else { "values" };
        return json!({"when": [{"key": key, values_key: values}]});
    }
    let field = match (&attribute.negated, negated) {
        (Some(field), true) => last(field),
        (None, _) | (_, false) => last(&attribute.field),
    };
    if attribute.field.contains(".source.") {
        json!({"from": [{"source": {field: values}}]})
    } else {
        json!({"to": [{"operation": {field: values}}]})
    }
}

/// Values in the attribute's syntax that some of the requests have.
fn values(attribute: &Attribute) -> Value {
    let text = format!("{} {}", attribute.field, attribute.key.as_deref().unwrap_or_default()).to_lowercase();
    let known = [
        ("requestprincipal", json!(["issuer-a/ann"])),
        ("auth.principal", json!(["issuer-a/ann"])),
        ("principal", json!(["cluster.local/ns/foo/sa/web"])),
        ("namespace", json!(["foo"])),
        ("serviceaccount", json!(["foo/web"])),
        ("trustdomain", json!(["cluster.local"])),
        ("remoteip", json!(["10.1.0.0/16"])),
        ("ipblocks", json!(["10.1.0.0/16"])),
        ("source.ip", json!(["10.1.0.0/16"])),
        ("remote.ip", json!(["10.1.0.0/16"])),
        ("destination.ip", json!(["10.9.0.1"])),
        ("host", json!(["deny.foo", "allow.foo:80", "*.cluster.local"])),
        ("port", json!(["8080"])),
        ("method", json!(["POST"])),
        ("path", json!(["/admin", "/open/*", "*/end"])),
        ("headers", json!(["gold", "sil*"])),
        ("audiences", json!(["shop"])),
        ("presenter", json!(["app"])),
        ("claims", json!(["admin"])),
        ("sni", json!(["outbound_.80_._.allow.foo.svc.cluster.local"])),
    ];
    let found = known.into_iter().find(|(part, _)| text.contains(part));
    let other = if attribute.syntax == MatchSyntax::Port { json!(["8080"]) } else { json!(["value"]) };
    found.map_or(other, |(_, values)| values)
}
