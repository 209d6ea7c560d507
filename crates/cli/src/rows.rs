//! What was found, as rows of a report.

mod objects;

use std::collections::{BTreeMap, BTreeSet};

use s2a_diagnostic::{FileId, ObjectRef};
use s2a_manifest::Inventory;
use s2a_model::evaluate::{Delivered, Effect};
use s2a_model::{Backend, ClientKind, Destination, Difference, HttpRequest, ObjectId, Outcome, Request, Share, Token};
use s2a_report::{
    ClassificationRow, CounterexampleRow, Counts, FateRow, PathName, Report, RequestRow, RuleRow, VerdictName,
    VerdictRow,
};
use s2a_verify::{Counterexample, Judgement, Verdict, Way};

use crate::conversion::Conversion;

/// The report of a conversion.
pub(crate) fn report(conversion: &Conversion) -> Report {
    Report {
        diagnostics: conversion.diagnostics.clone(),
        verdicts: verdicts(&conversion.verdicts, &conversion.before),
        objects: objects::rows(conversion),
        classification: classification(conversion),
        counts: counts(&conversion.before),
    }
}

/// The rows of verdicts.
pub(crate) fn verdicts(verdicts: &[Verdict], inventory: &Inventory) -> Vec<VerdictRow> {
    let row = |verdict: &Verdict| {
        let (name, reason, counterexample) = match &verdict.judgement {
            Judgement::Equivalent => (VerdictName::Equivalent, None, None),
            Judgement::Unknown(why) | Judgement::Contradiction(why) => (VerdictName::Unknown, Some(why.clone()), None),
            Judgement::Differs(found) => {
                let worst = [Difference::Looser, Difference::Different, Difference::Stricter];
                let shown = worst.iter().find_map(|kind| found.get(kind));
                let row = shown.map(|it| counterexample_row(it, inventory));
                (verdict_name(found), None, row)
            }
        };
        VerdictRow {
            destination: destination(&verdict.destination),
            path: path_name(verdict.way),
            verdict: name,
            reason,
            counterexample,
        }
    };
    verdicts.iter().map(row).collect()
}

/// One word for all differences of a destination.
pub(crate) fn verdict_name(found: &BTreeMap<Difference, Counterexample>) -> VerdictName {
    match found.keys().collect::<Vec<_>>().as_slice() {
        [] => VerdictName::Equivalent,
        [Difference::Looser] => VerdictName::Looser,
        [Difference::Stricter] => VerdictName::Stricter,
        _ => VerdictName::Different,
    }
}

fn path_name(way: Way) -> PathName {
    match way {
        Way::Service => PathName::Service,
        Way::PodIp => PathName::PodIp,
        Way::Plaintext => PathName::Plaintext,
        Way::Ingress => PathName::Ingress,
    }
}

fn counterexample_row(it: &Counterexample, inventory: &Inventory) -> CounterexampleRow {
    let with_places = |mut row: FateRow| {
        if let Some(rule) = &mut row.rule {
            rule.place = inventory.place_of_reference(&rule.object, &rule.field);
        }
        row
    };
    let mut request = request_row(&it.request);
    request.client.push_str(kept(it));
    CounterexampleRow {
        request,
        before: with_places(fate(&it.before, it.request.http.as_ref())),
        after: with_places(fate(&it.after, it.request.http.as_ref())),
    }
}

/// What is said of a client that stays behind.
pub(crate) fn kept(it: &Counterexample) -> &'static str {
    if it.keeps_sidecar { ", which keeps its sidecar" } else { "" }
}

fn request_row(request: &Request) -> RequestRow {
    let http = request.http.as_ref();
    RequestRow {
        client: client(request),
        to: destination(&request.to),
        method: http.map(|http| http.method.clone()),
        path: http.map(|http| http.path.clone()),
        host: http.map(|http| http.host.clone()),
        headers: http.map(|http| http.headers.clone()).unwrap_or_default(),
        query: http.map(|http| http.query.clone()).unwrap_or_default(),
        token: token(&request.token),
        denied_by: request.denied_by.iter().cloned().collect(),
    }
}

fn client(request: &Request) -> String {
    let principal = request.client.principal.as_ref().map(ToString::to_string).unwrap_or_default();
    // The address is told where a policy could have asked for it.
    let ip = request.client.ip;
    let address = if ip == s2a_verify::PLAIN_ADDRESS { String::new() } else { format!(" at {ip}") };
    match request.client.kind {
        ClientKind::Mesh => format!("mesh client {principal}{address}"),
        ClientKind::Gateway => format!("ingress gateway {principal}{address}"),
        ClientKind::Outside => format!("plaintext client {}", request.client.ip),
    }
}

fn token(token: &Token) -> Option<String> {
    match token {
        Token::None => None,
        Token::Invalid => Some("one that no issuer accepts".to_owned()),
        Token::Valid(claims) => {
            let others = claims.others.iter().map(|(key, values)| format!(", {} {}", key.join("."), values.join(" ")));
            let subject = claims.subject.as_deref().map(|subject| format!(", sub {subject}")).unwrap_or_default();
            Some(format!("iss {}{subject}{}", claims.issuer, others.collect::<String>()))
        }
    }
}

/// The request in one line, for messages.
pub(crate) fn request_line(request: &Request) -> String {
    let what = match &request.http {
        None => "a connection".to_owned(),
        Some(http) => {
            let headers = http
                .headers
                .iter()
                .flat_map(|(name, lines)| lines.iter().map(move |line| format!(" [{name}: {line}]")));
            let query: Vec<String> = http.query.iter().map(|(name, value)| format!("{name}={value}")).collect();
            let query = if query.is_empty() { String::new() } else { format!("?{}", query.join("&")) };
            format!("{} {}{query}{}", http.method, http.path, headers.collect::<String>())
        }
    };
    let token = token(&request.token).map(|token| format!(" with a token ({token})")).unwrap_or_default();
    let denied: Vec<&str> = request.denied_by.iter().map(String::as_str).collect();
    let denied = if denied.is_empty() { String::new() } else { format!(" that {} refuses", denied.join(" and ")) };
    format!("{what} of {}{token}{denied}", client(request))
}

/// A fate in words. What a route changes of the request is said too, so that two fates that differ read differently.
pub(crate) fn fate(outcome: &Outcome<Delivered>, sent: Option<&HttpRequest>) -> FateRow {
    let plain = |fate: String| FateRow { fate, at: None, rule: None };
    match outcome {
        Outcome::Answered { status, detail } => {
            return plain(format!("answered {status} {detail}").trim_end().to_owned());
        }
        Outcome::Forwarded(shares) if !outcome.delivered().is_empty() => return plain(delivery(shares, sent)),
        Outcome::Forwarded(_) | Outcome::Refused(_) => {}
    }
    let refusal = outcome.refusal();
    let rule = refusal.and_then(|refusal| refusal.by.as_ref()).filter(|by| !by.object.name.name.is_empty());
    let rule = rule.map(|by| RuleRow { object: reference(&by.object), field: by.field.clone(), place: None });
    let at = refusal.and_then(|refusal| refusal.at.as_ref()).map(ToString::to_string);
    FateRow { fate: "refused".to_owned(), at, rule }
}

fn delivery(shares: &[Share<Delivered>], sent: Option<&HttpRequest>) -> String {
    let total: u64 = shares.iter().map(|share| share.weight).sum();
    let part = |share: &Share<Delivered>| {
        let open = share.pool.iter().filter(|(_, refusal)| refusal.is_none()).map(|(name, _)| backend(name));
        let names: Vec<String> = open.collect();
        let to = if names.is_empty() { "nobody".to_owned() } else { names.join(" or ") };
        let weight = if shares.len() > 1 { format!("{}/{total} to ", share.weight) } else { String::new() };
        format!("{weight}{to}{}", changes(&share.what, sent))
    };
    format!("delivered to {}", shares.iter().map(part).collect::<Vec<_>>().join(", "))
}

/// What the application gets otherwise than it was sent.
fn changes(what: &Delivered, sent: Option<&HttpRequest>) -> String {
    let mut changes = Vec::new();
    if let (Some(received), Some(sent)) = (&what.http, sent) {
        if received.path != sent.path {
            changes.push(format!("path {}", received.path));
        }
        if received.host != sent.host {
            changes.push(format!("host {}", received.host));
        }
        let changed = received.headers.iter().filter(|(name, lines)| sent.headers.get(*name) != Some(lines));
        changes.extend(changed.map(|(name, lines)| format!("{name}: {}", lines.join(", "))));
        let gone = sent.headers.keys().filter(|name| !received.headers.contains_key(*name));
        changes.extend(gone.map(|name| format!("no {name}")));
    }
    let Effect { response_headers, timeout, mirrors, other } = &what.effect;
    changes.extend(timeout.map(|timeout| format!("timeout {timeout} ms")));
    for (pool, per_million) in mirrors {
        let names: Vec<String> = pool.iter().map(backend).collect();
        changes.push(format!("{} of 100 copied to {}", f64::from(*per_million) / 10_000.0, names.join(" or ")));
    }
    if !response_headers.is_empty() {
        changes.push("response headers changed".to_owned());
    }
    changes.extend(other.iter().cloned());
    if changes.is_empty() { String::new() } else { format!(" ({})", changes.join(", ")) }
}

fn backend(backend: &Backend) -> String {
    match backend {
        Backend::Workload(name, port) => format!("Workload {name}:{port}"),
        Backend::External(host, port) => format!("{host}:{port}"),
    }
}

/// `Service ns/name:port` or `Workload ns/name:port`.
pub(crate) fn destination(destination: &Destination) -> String {
    match destination {
        Destination::Service { service, port } => format!("Service {service}:{port}"),
        Destination::Workload { workload, port } => format!("Workload {workload}:{port}"),
    }
}

/// The rows of every policy rule and of every route.
pub(crate) fn classification(conversion: &Conversion) -> Vec<ClassificationRow> {
    let moved = moved(conversion);
    let policies = conversion.classification.iter().map(|rule| {
        let enforced_before = enforced_before(&rule.origin.object, conversion);
        let is_moved = moved.contains(&rule.origin.object) || enforced_before == "waypoint";
        let enforced_after = if is_moved { "waypoint" } else { "ztunnel" };
        ClassificationRow {
            object: reference(&rule.origin.object),
            field: rule.origin.field.clone(),
            layer: if rule.needs_waypoint_for.is_some() { "L7" } else { "L4" }.to_owned(),
            because: rule.needs_waypoint_for.clone(),
            enforced_before: enforced_before.to_owned(),
            enforced_after: enforced_after.to_owned(),
            left_behind: rule.left_behind.as_str().to_owned(),
        }
    });
    policies.chain(routes(conversion)).collect()
}

fn enforced_before(object: &ObjectId, conversion: &Conversion) -> &'static str {
    use s2a_model::authz::Scope;
    let policy = conversion.mesh.authorization_policies.get(&object.name);
    match policy.map(|policy| &policy.scope) {
        Some(Scope::Targets(_)) => "waypoint",
        Some(Scope::Namespace | Scope::Selector(_) | Scope::EmptySelector) | None => "sidecar",
    }
}

/// The policies that a waypoint enforces, as a whole or as a copy.
fn moved(conversion: &Conversion) -> BTreeSet<&ObjectId> {
    use s2a_model::change::{Change, NewObject};
    fn of(change: &Change) -> Option<&ObjectId> {
        match change {
            Change::Edit { object: of, .. } | Change::Add { object: NewObject::Copy { of, .. }, .. } => Some(of),
            Change::Remove { .. } | Change::Add { .. } => None,
        }
    }
    conversion.translation.changes.iter().filter_map(of).collect()
}

fn routes(conversion: &Conversion) -> Vec<ClassificationRow> {
    let rules = conversion.mesh.virtual_services.iter().flat_map(|it| it.rules.iter().map(move |rule| (it, rule)));
    let row = |(virtual_service, rule): (&s2a_model::route::VirtualService, &s2a_model::route::RouteRule)| {
        let mesh = virtual_service.is_for_mesh();
        let refused = conversion.translation.refused.contains_key(&virtual_service.object);
        let after = match (mesh, refused) {
            (false, _) => "gateway",
            (true, true) => "waypoint, if there is one (VirtualService)",
            (true, false) => "waypoint (HTTPRoute)",
        };
        ClassificationRow {
            object: reference(&virtual_service.object),
            field: rule.origin.field.clone(),
            layer: "L7".to_owned(),
            because: Some("route".to_owned()),
            enforced_before: if mesh { "client's sidecar" } else { "gateway" }.to_owned(),
            enforced_after: after.to_owned(),
            left_behind: if mesh { "no effect without a waypoint" } else { "no effect" }.to_owned(),
        }
    };
    rules.map(row).collect()
}

/// How much was read.
pub(crate) fn counts(inventory: &Inventory) -> Counts {
    let mut objects_by_kind: BTreeMap<String, usize> = BTreeMap::new();
    for object in &inventory.objects {
        *objects_by_kind.entry(object.id.kind.clone()).or_default() += 1;
    }
    let with_objects: BTreeSet<FileId> = inventory.objects.iter().map(|object| object.file).collect();
    let skipped = inventory.sources.iter().filter(|(file, _)| !with_objects.contains(file));
    Counts {
        files: inventory.sources.iter().count(),
        documents: inventory.documents.values().map(Vec::len).sum(),
        objects_by_kind,
        skipped_files: skipped.map(|(_, source)| source.name.clone()).collect(),
    }
}

/// The name of an object as findings show it.
pub(crate) fn reference(id: &ObjectId) -> ObjectRef {
    ObjectRef {
        api_version: id.api_version.clone(),
        kind: id.kind.clone(),
        namespace: id.name.namespace.clone(),
        name: id.name.name.clone(),
    }
}
