//! The texts of a mesh that could decide about a request: a request made of them comes near every rule.

use std::collections::{BTreeMap, BTreeSet};
use std::net::Ipv4Addr;

use s2a_model::Name;
use serde_json::Value;

use crate::pair::Side;

/// What requests are made of.
#[derive(Clone, Debug, Default)]
pub struct Pools {
    /// Paths, normalised, some with a query.
    pub paths: BTreeSet<String>,
    /// Methods.
    pub methods: BTreeSet<String>,
    /// Host names.
    pub hosts: BTreeSet<String>,
    /// Header lines by name.
    pub headers: BTreeMap<String, BTreeSet<String>>,
    /// Service accounts.
    pub accounts: BTreeSet<Name>,
    /// Client addresses.
    pub addresses: BTreeSet<Ipv4Addr>,
    /// Issuers.
    pub issuers: BTreeSet<String>,
    /// Subjects.
    pub subjects: BTreeSet<String>,
    /// Claims by name.
    pub claims: BTreeMap<String, BTreeSet<String>>,
}

impl Pools {
    /// Collects the texts of all policies and routes.
    #[must_use]
    pub fn of(sides: &[&Side]) -> Self {
        let mut pools = Pools::default();
        for object in sides.iter().flat_map(|side| side.inventory.effective()) {
            let decides = ["security.istio.io", "networking.istio.io", "gateway.networking.k8s.io"];
            if decides.contains(&object.group()) && object.id.kind != "Gateway" {
                pools.collect("", &object.json);
            }
        }
        pools.paths.insert("/".to_owned());
        pools.methods.extend(["GET".to_owned(), "POST".to_owned()]);
        pools
    }

    fn collect(&mut self, key: &str, value: &Value) {
        match value {
            Value::Object(fields) => {
                self.condition(fields);
                self.named_value(fields);
                for (name, inner) in fields {
                    match name.as_str() {
                        "metadata" => {}
                        "headers" | "withoutHeaders" => self.header_map(inner),
                        "queryParams" => self.query_map(inner),
                        // The kinds of string match hold values of the field around them.
                        "exact" | "prefix" | "regex" | "value" => self.collect(key, inner),
                        _ => self.collect(name, inner),
                    }
                }
            }
            Value::Array(items) => items.iter().for_each(|item| self.collect(key, item)),
            Value::String(text) => self.text(key, text),
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }

    fn text(&mut self, key: &str, text: &str) {
        let plain = instance(text);
        match key {
            "paths" | "notPaths" | "uri" | "path" => self.path(&plain),
            "methods" | "notMethods" | "method" if is_method(&plain) => drop(self.methods.insert(plain)),
            "hosts" | "notHosts" | "authority" | "hostnames" if !plain.is_empty() => drop(self.hosts.insert(plain)),
            "principals" | "notPrincipals" => self.principal(&plain),
            "serviceAccounts" | "notServiceAccounts" => self.account(text, '/'),
            "ipBlocks" | "notIpBlocks" | "remoteIpBlocks" | "notRemoteIpBlocks" => self.address(text),
            "issuer" => drop(self.issuers.insert(plain)),
            "requestPrincipals" | "notRequestPrincipals" => self.request_principal(&plain),
            _ => {}
        }
    }

    fn path(&mut self, path: &str) {
        if !path.starts_with('/') || path.contains("//") || path.contains("/.") || path.contains(['%', '\\', '#']) {
            return;
        }
        let trimmed = path.trim_end_matches('/');
        self.paths.extend([path.to_owned(), format!("{trimmed}/x"), format!("{path}x")]);
    }

    /// `when` of an AuthorizationPolicy.
    fn condition(&mut self, fields: &serde_json::Map<String, Value>) {
        let Some(key) = fields.get("key").and_then(Value::as_str) else { return };
        for value in ["values", "notValues"].iter().filter_map(|name| fields.get(*name)?.as_array()).flatten() {
            let Some(text) = value.as_str() else { continue };
            let plain = instance(text);
            if let Some(name) = key.strip_prefix("request.headers[").and_then(|rest| rest.strip_suffix(']')) {
                self.header(name, &plain);
            } else if let Some(name) = key.strip_prefix("request.auth.claims[") {
                let name = name.trim_end_matches(']').replace("][", ".");
                self.claims.entry(name).or_default().insert(plain);
            } else {
                match key {
                    "request.auth.audiences" => drop(self.claims.entry("aud".to_owned()).or_default().insert(plain)),
                    "request.auth.presenter" => drop(self.claims.entry("azp".to_owned()).or_default().insert(plain)),
                    "request.auth.principal" => self.request_principal(&plain),
                    "source.ip" | "remote.ip" => self.address(text),
                    "source.principal" => self.principal(&plain),
                    "source.serviceAccount" => self.account(text, '/'),
                    _ => {}
                }
            }
        }
    }

    /// A header or query match of an HTTPRoute.
    fn named_value(&mut self, fields: &serde_json::Map<String, Value>) {
        let text = |key: &str| fields.get(key).and_then(Value::as_str);
        if let (Some(name), Some(value)) = (text("name"), text("value")) {
            self.header(name, &instance(value));
        }
    }

    fn header_map(&mut self, value: &Value) {
        match value {
            Value::Object(fields) => {
                for (name, test) in fields {
                    let tests = test.as_object().into_iter().flat_map(|test| test.values()).filter_map(Value::as_str);
                    let values: Vec<String> = tests.map(instance).collect();
                    self.header(name, "x");
                    values.iter().for_each(|value| self.header(name, value));
                }
            }
            Value::Array(_) => self.collect("headers", value),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
        }
    }

    fn query_map(&mut self, value: &Value) {
        if let Value::Array(items) = value {
            for item in items.iter().filter_map(Value::as_object) {
                let text = |key: &str| item.get(key).and_then(Value::as_str).unwrap_or_default();
                self.query(text("name"), &instance(text("value")));
            }
        }
        for (name, test) in value.as_object().into_iter().flatten() {
            let tests = test.as_object().into_iter().flat_map(|test| test.values()).filter_map(Value::as_str);
            tests.map(instance).chain(["x".to_owned()]).for_each(|value| self.query(name, &value));
        }
    }

    fn query(&mut self, name: &str, value: &str) {
        if value.chars().all(|one| one.is_ascii_alphanumeric()) {
            self.paths.insert(format!("/?{name}={value}"));
        }
    }

    fn header(&mut self, name: &str, value: &str) {
        let name = name.to_ascii_lowercase();
        let reserved = name.starts_with(':') || name.starts_with("x-envoy") || name.starts_with("x-forwarded-");
        let own = ["host", "connection", "content-length", "authorization", "scheme", "expect", "upgrade", "te"];
        if !reserved && !own.contains(&name.as_str()) && value.chars().all(|one| matches!(one, ' '..='~')) {
            self.headers.entry(name).or_default().insert(value.trim().to_owned());
        }
    }

    fn principal(&mut self, text: &str) {
        if let Some((_, path)) = text.split_once("/ns/") {
            self.account(&path.replace("/sa/", "/"), '/');
        }
    }

    fn account(&mut self, text: &str, separator: char) {
        let valid = |part: &str| !part.is_empty() && part.chars().all(|one| matches!(one, 'a'..='z' | '0'..='9' | '-'));
        if let Some((namespace, account)) = text.split_once(separator).filter(|(one, two)| valid(one) && valid(two)) {
            self.accounts.insert(Name::new(namespace, account));
        }
    }

    fn address(&mut self, block: &str) {
        if let Ok(address) = block.split('/').next().unwrap_or_default().parse() {
            self.addresses.insert(address);
        }
    }

    fn request_principal(&mut self, text: &str) {
        if let Some((issuer, subject)) = text.rsplit_once('/') {
            self.issuers.insert(issuer.to_owned());
            self.subjects.insert(subject.to_owned());
        }
    }
}

fn is_method(text: &str) -> bool {
    ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"].contains(&text)
}

/// A text that a pattern means: wildcards of policies, path templates and simple regular expressions filled in.
fn instance(pattern: &str) -> String {
    let mut text = pattern.trim_start_matches('^').trim_end_matches('$').to_owned();
    for (part, filling) in [
        ("{**}", "x/y"),
        ("{*}", "x"),
        ("[0-9]+", "7"),
        ("[0-9]*", "7"),
        ("\\d+", "7"),
        ("[^/]+", "x"),
        ("(/.*)?", "/x"),
        (".*", "x"),
        (".+", "x"),
        ("*", "x"),
    ] {
        text = text.replace(part, filling);
    }
    match text.split_once('|') {
        Some((first, _)) => first.trim_start_matches(['(', '?', ':']).to_owned(),
        None => text.replace('\\', ""),
    }
}
