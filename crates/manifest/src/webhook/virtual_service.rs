//! `ValidateVirtualService`.

use crate::lower::string_match::milliseconds;

use super::place::{Place, Refusals};

pub(super) fn check(spec: &Place<'_>, refusals: &mut Refusals) {
    let delegate = spec.filled("hosts").is_none();
    if delegate {
        for field in ["gateways", "tls", "tcp"].iter().filter_map(|key| spec.filled(key)) {
            refusals.when(true, &field, "a VirtualService without hosts is a delegate, which has only `http`");
        }
    }
    hosts(spec, refusals);
    refusals.when(!spec.has_any(&["http", "tls", "tcp"]), spec, "one of `http`, `tls` and `tcp` must be set");
    for rule in spec.items("http") {
        http_rule(&rule, delegate, refusals);
    }
    for rule in spec.items("tls").into_iter().chain(spec.items("tcp")) {
        destinations(&rule, refusals);
    }
}

/// `*` belongs to gateways, and no host may stand in the reach of another one.
fn hosts(spec: &Place<'_>, refusals: &mut Refusals) {
    let gateways = spec.items("gateways");
    let mesh = gateways.is_empty() || gateways.iter().any(|gateway| gateway.text() == "mesh");
    let hosts = spec.items("hosts");
    for (index, host) in hosts.iter().enumerate() {
        refusals.when(mesh && host.text() == "*", host, "the host `*` is for gateways, not for the mesh");
        let earlier = hosts.iter().take(index).find(|earlier| overlap(earlier.text(), host.text()));
        if let Some(earlier) = earlier {
            refusals.when(true, host, format!("the host overlaps with `{}`", earlier.text()));
        }
    }
}

/// `host.Name.Matches`.
fn overlap(one: &str, other: &str) -> bool {
    match (one.strip_prefix('*'), other.strip_prefix('*')) {
        (Some(one), Some(other)) => one.ends_with(other) || other.ends_with(one),
        (Some(suffix), None) => other.ends_with(suffix),
        (None, Some(suffix)) => one.ends_with(suffix),
        (None, None) => one == other,
    }
}

fn http_rule(rule: &Place<'_>, delegate: bool, refusals: &mut Refusals) {
    actions(rule, delegate, refusals);
    for condition in rule.items("match") {
        texts(&condition, refusals);
    }
    if let Some(redirect) = rule.get("redirect") {
        check_redirect(rule, &redirect, refusals);
    }
    if let Some(rewrite) = rule.get("rewrite") {
        let fields = ["uri", "uriRegexRewrite", "authority"];
        refusals.when(!rewrite.has_any(&fields), &rewrite, "a rewrite must change something");
        let both = rewrite.filled("uri").is_some() && rewrite.get("uriRegexRewrite").is_some();
        refusals.when(both, &rewrite, "only one of `uri` and `uriRegexRewrite` may be set");
    }
    one_authority(rule, refusals);
    if let Some(response) = rule.get("directResponse") {
        let status = response.number_of("status").unwrap_or(0.0);
        refusals.when(!(200.0..=600.0).contains(&status), &response, "the status is not in the range of 200 to 599");
    }
    fault(rule, refusals);
    retries(rule, refusals);
    duration(rule, "timeout", refusals);
    mirrors(rule, refusals);
    destinations(rule, refusals);
}

/// `validateHTTPRouteConflict`.
fn actions(rule: &Place<'_>, delegate: bool, refusals: &mut Refusals) {
    if !delegate && rule.get("delegate").is_some() {
        let own = rule.get("redirect").is_some() || rule.get("route").is_some();
        refusals.when(own, rule, "a rule that delegates has no route and no redirect");
        return;
    }
    refusals.when(rule.get("delegate").is_some(), rule, "a delegate may not delegate");
    let given: Vec<&str> =
        ["route", "redirect", "directResponse"].into_iter().filter(|key| present(rule, key)).collect();
    match given.as_slice() {
        [] => refusals.when(true, rule, "one of `route`, `redirect` and `directResponse` must be set"),
        [one] => {
            let beside = ["fault", "rewrite"].into_iter().find(|key| rule.get(key).is_some());
            if let Some(beside) = beside.filter(|_| *one != "route") {
                refusals.when(true, rule, format!("`{beside}` may not stand beside `{one}`"));
            }
        }
        [one, other, ..] => refusals.when(true, rule, format!("`{one}` and `{other}` may not stand together")),
    }
    let both = rule.get("mirror").is_some() && rule.filled("mirrors").is_some();
    refusals.when(both, rule, "only one of `mirror` and `mirrors` may be set");
}

/// An empty `route` is none; an empty `redirect` is one.
fn present(rule: &Place<'_>, key: &str) -> bool {
    if key == "route" { rule.filled(key).is_some() } else { rule.get(key).is_some() }
}

/// An empty prefix is one for paths only, and an empty regular expression nowhere.
fn texts(condition: &Place<'_>, refusals: &mut Refusals) {
    if let Some(uri) = condition.get("uri") {
        regex(&uri, refusals);
    }
    let single = ["scheme", "method", "authority"].iter().filter_map(|key| condition.get(key));
    let keyed = ["headers", "withoutHeaders", "queryParams"].iter().flat_map(|key| condition.entries(key));
    for text in single.chain(keyed.map(|(_, text)| text)) {
        regex(&text, refusals);
        let empty = text.get("prefix").is_some_and(|prefix| prefix.text().is_empty());
        refusals.when(empty, &text, "an empty prefix is not allowed here");
    }
}

fn regex(text: &Place<'_>, refusals: &mut Refusals) {
    if let Some(regex) = text.get("regex") {
        refusals.when(regex.text().is_empty(), &regex, "an empty regular expression is not allowed");
        refusals.when(regex.text().len() > 1024, &regex, "a regular expression may have 1024 bytes");
    }
}

fn check_redirect(rule: &Place<'_>, redirect: &Place<'_>, refusals: &mut Refusals) {
    let some = redirect.has_any(&["uri", "prefixRewrite", "authority", "scheme", "port", "derivePort"]);
    refusals.when(!some, redirect, "a redirect must change the path, the authority, the scheme or the port");
    let both = redirect.filled("uri").is_some() && redirect.filled("prefixRewrite").is_some();
    refusals.when(both, redirect, "only one of `uri` and `prefixRewrite` may be set");
    let other_uri = |condition: &Place<'_>| condition.get("uri").is_some_and(|uri| uri.get("prefix").is_none());
    let wrong = redirect.filled("prefixRewrite").is_some() && rule.items("match").iter().any(other_uri);
    refusals.when(wrong, redirect, "`prefixRewrite` needs matches by prefix");
    let code = redirect.number_of("redirectCode").filter(|code| *code != 0.0);
    let wrong = code.is_some_and(|code| !(300.0..=399.0).contains(&code));
    refusals.when(wrong, redirect, "`redirectCode` is not in the range of 300 to 399");
    let scheme = redirect.text_of("scheme");
    refusals.when(!["", "http", "https"].contains(&scheme), redirect, "the scheme is neither `http` nor `https`");
}

/// `validateAuthorityRewrite`: the authority is set in one place.
fn one_authority(rule: &Place<'_>, refusals: &mut Refusals) {
    let by_rewrite = rule.get("rewrite").is_some_and(|rewrite| rewrite.filled("authority").is_some());
    let request = rule.get("headers").and_then(|headers| headers.get("request"));
    let headers = request.iter().flat_map(|request| ["set", "add"].into_iter().flat_map(|key| request.entries(key)));
    let is_authority = |name: &str| name.eq_ignore_ascii_case("host") || name.eq_ignore_ascii_case(":authority");
    let set = headers.filter(|(name, value)| is_authority(name) && !value.text().is_empty()).count();
    refusals.when(set.saturating_add(usize::from(by_rewrite)) > 1, rule, "the authority is set more than once");
}

/// `validateHTTPFaultInjection`, without shares and codes.
fn fault(rule: &Place<'_>, refusals: &mut Refusals) {
    let Some(fault) = rule.get("fault") else { return };
    refusals.when(!fault.has_any(&["abort", "delay"]), &fault, "a fault needs `abort` or `delay`");
    let never = [("abort", "http2Error"), ("delay", "exponentialDelay")];
    for field in never.iter().filter_map(|(part, key)| fault.get(part)?.get(key)) {
        refusals.when(true, &field, "Istio does not offer this field");
    }
    if let Some(delay) = fault.get("delay") {
        duration(&delay, "fixedDelay", refusals);
    }
}

fn retries(rule: &Place<'_>, refusals: &mut Refusals) {
    let Some(retries) = rule.get("retries") else { return };
    let attempts = retries.number_of("attempts").unwrap_or(0.0);
    refusals.when(attempts < 0.0, &retries, "`attempts` is negative");
    let more = retries.get("perTryTimeout").is_some()
        || retries.filled("retryOn").is_some()
        || retries.get("retryRemoteLocalities").is_some();
    refusals.when(
        attempts == 0.0 && more,
        &retries,
        "without `attempts` nothing is retried, so nothing else may be set",
    );
    duration(&retries, "perTryTimeout", refusals);
    duration(&retries, "backoff", refusals);
}

/// `agent.ValidateDuration`.
fn duration(of: &Place<'_>, key: &str, refusals: &mut Refusals) {
    let Some(place) = of.get(key) else { return };
    let short = milliseconds(place.text()).is_some_and(|duration| duration < 1);
    refusals.when(short, &place, "a duration must be a millisecond or longer");
}

fn mirrors(rule: &Place<'_>, refusals: &mut Refusals) {
    let percents = rule.items("mirrors").into_iter().filter_map(|mirror| mirror.get("percentage"));
    for percent in percents.chain(rule.get("mirrorPercentage")) {
        let value = percent.number_of("value").unwrap_or(0.0);
        refusals.when(!(0.0..=100.0).contains(&value), &percent, "the share is not in the range of 0 to 100");
    }
    for mirror in rule.items("mirrors") {
        refusals.when(mirror.get("destination").is_none(), &mirror, "a mirror needs a destination");
    }
}

/// `validateHTTPRouteDestinations` and `validateRouteDestinations`.
fn destinations(rule: &Place<'_>, refusals: &mut Refusals) {
    let destinations = rule.items("route");
    let mut total = 0.0;
    for destination in &destinations {
        let host = destination.get("destination").is_some_and(|of| !["", "*"].contains(&of.text_of("host")));
        refusals.when(!host, destination, "a destination needs a host");
        let weight = destination.number_of("weight").unwrap_or(0.0);
        refusals.when(weight < 0.0, destination, "the weight is negative");
        total += weight;
    }
    if let Some(route) = rule.get("route").filter(|_| destinations.len() > 1 && total == 0.0) {
        refusals.when(true, &route, "all weights together are 0");
    }
}
