//! What a rule does, in the words of an HTTPRoute.

use s2a_catalog::codes;
use s2a_model::route::{BackendRef, HeaderChanges, Mirror, Redirect, Resolution, Rewrite, RouteAction, Router, Target};
use s2a_model::{Mesh, Origin, Pattern, TextMatch};

use super::Refusable;
use super::condition::refuse;
use super::subset::{SubsetUse, subset_service};
use super::traffic_policy;
use crate::Options;

/// The most destinations of one rule, entries of one list of headers, and weight.
const MAX_ENTRIES: usize = 16;
const MAX_WEIGHT: u32 = 1_000_000;
/// The share of a mirror that copies every request, in parts of a million.
const EVERYTHING: u32 = 1_000_000;

/// What the expression of an action depends on.
pub(super) struct Scope<'a> {
    pub(super) mesh: &'a Mesh,
    pub(super) options: &'a Options,
    pub(super) port: u16,
    /// The subsets that were met; each becomes a Service.
    pub(super) subsets: Vec<SubsetUse>,
}

/// The action as an HTTPRoute says it, for a match with this path.
pub(super) fn express(
    scope: &mut Scope<'_>,
    action: &RouteAction,
    path: &TextMatch,
    origin: &Origin,
) -> Refusable<RouteAction> {
    traffic_policy::check(&scope.options.routes, action, origin)?;
    let mut expressed = action.clone();
    expressed.target = match &action.target {
        Target::Redirect(redirect) => {
            expressed.rewrite = None;
            Target::Redirect(express_redirect(scope, redirect, path, origin)?)
        }
        Target::Respond { status: 500, body } if body.is_empty() => action.target.clone(),
        Target::Respond { .. } => {
            return refuse(
                &codes::DIRECT_RESPONSE_NOT_EXPRESSIBLE,
                origin,
                "directResponse",
                "an HTTPRoute can only answer 500 without a body",
            );
        }
        Target::Backends(backends) => {
            expressed.rewrite = match &action.rewrite {
                Some(rewrite) => express_rewrite(rewrite, path, origin)?,
                None => None,
            };
            Target::Backends(express_backends(scope, backends, origin)?)
        }
    };
    check_headers(&action.request_headers, origin)?;
    check_headers(&action.response_headers, origin)?;
    expressed.mirrors =
        action.mirrors.iter().map(|mirror| express_mirror(scope, mirror, origin)).collect::<Refusable<_>>()?;
    Ok(expressed)
}

/// `None` if nothing is rewritten.
fn express_rewrite(rewrite: &Rewrite, path: &TextMatch, origin: &Origin) -> Refusable<Option<Rewrite>> {
    let cannot = |message: &str| refuse(&codes::REWRITE_NOT_EXPRESSIBLE, origin, "rewrite", message);
    let uri = match rewrite {
        Rewrite::Uri(uri) => uri,
        Rewrite::Regex { .. } => match rewrite.plain(path) {
            Some(Rewrite::Uri(uri)) => return express_rewrite(&Rewrite::Uri(uri), path, origin),
            Some(plain) => return Ok(Some(plain)),
            None => return cannot("an HTTPRoute rewrites no path by a regular expression"),
        },
        Rewrite::FullPath(_) | Rewrite::PrefixMatch(_) => return Ok(Some(rewrite.clone())),
    };
    if path.ignore_case {
        return cannot("a path that ignores case has no prefix to replace");
    }
    match path.any_of.first() {
        Some(Pattern::Prefix(prefix)) if prefix == "/" => match uri.as_str() {
            "/" => Ok(None),
            uri if uri.ends_with('/') => cannot("Istio would leave out the last slash of this value"),
            uri => Ok(Some(Rewrite::PrefixMatch(uri.to_owned()))),
        },
        Some(Pattern::Prefix(prefix)) => replaced_folder(prefix, uri).map_or_else(
            || cannot("a prefix is replaced by whole segments, so both must end in a slash"),
            |value| Ok(Some(Rewrite::PrefixMatch(value))),
        ),
        Some(Pattern::SegmentPrefix(_)) if !uri.ends_with('/') => Ok(Some(Rewrite::PrefixMatch(uri.clone()))),
        Some(Pattern::Exact(_) | Pattern::Regex(_)) if !uri.contains('\\') => Ok(Some(Rewrite::FullPath(uri.clone()))),
        _ => cannot("this rewrite has no form in an HTTPRoute"),
    }
}

/// The value for `ReplacePrefixMatch` of a prefix that ends in a slash.
fn replaced_folder(prefix: &str, uri: &str) -> Option<String> {
    let value = uri.strip_suffix('/').filter(|_| prefix.ends_with('/'))?;
    Some(if value.is_empty() { "/".to_owned() } else { value.to_owned() })
}

fn express_redirect(scope: &Scope<'_>, redirect: &Redirect, path: &TextMatch, origin: &Origin) -> Refusable<Redirect> {
    let cannot = |field: &str, message: &str| refuse(&codes::REDIRECT_NOT_EXPRESSIBLE, origin, field, message);
    let Redirect { status, scheme, host, port, listener_port, path: new_path } = redirect;
    let known = [301, 302].contains(status) || (scope.options.extended_redirects && [303, 307, 308].contains(status));
    if !known {
        return cannot("redirect.redirectCode", "an HTTPRoute of the target redirects with another status");
    }
    if host.as_ref().is_some_and(|host| !is_dns_name(host)) {
        return cannot("redirect.authority", "an HTTPRoute redirects to a plain lower-case host name");
    }
    if scheme.as_ref().is_some_and(|scheme| scheme != "http" && scheme != "https") {
        return cannot("redirect.scheme", "an HTTPRoute knows `http` and `https`");
    }
    let new_path = match new_path {
        None => None,
        Some(Rewrite::Uri(prefix)) => match path.any_of.first() {
            Some(Pattern::Prefix(matched)) => match replaced_folder(matched, prefix) {
                Some(value) if value != "/" => Some(Rewrite::PrefixMatch(value)),
                Some(_) | None => return cannot("redirect.prefixRewrite", "this prefix has no form in an HTTPRoute"),
            },
            _ => return cannot("redirect.prefixRewrite", "only a prefix can be replaced"),
        },
        Some(other) => Some(other.clone()),
    };
    // Without port and scheme Istio would write the Service port; port 80 is never written.
    let (port, listener_port) = match (port, scheme, listener_port) {
        (Some(port), _, _) => (Some(*port), false),
        (None, None, false) => (Some(80), false),
        (None, None, true) => (None, true),
        (None, Some(_), true) => (Some(scope.port), false),
        (None, Some(_), false) => (None, false),
    };
    Ok(Redirect { status: *status, scheme: scheme.clone(), host: host.clone(), port, listener_port, path: new_path })
}

pub(super) fn express_backends(
    scope: &mut Scope<'_>,
    backends: &[BackendRef],
    origin: &Origin,
) -> Refusable<Vec<BackendRef>> {
    let single = backends.len() == 1;
    let mut expressed = Vec::new();
    for (index, backend) in backends.iter().enumerate().filter(|(_, backend)| single || backend.weight > 0) {
        let field = format!("route[{index}]");
        if backend.weight > MAX_WEIGHT {
            return refuse(&codes::WEIGHT_NOT_EXPRESSIBLE, origin, &field, "a weight is at most 1,000,000");
        }
        check_headers(&backend.request_headers, origin)?;
        check_headers(&backend.response_headers, origin)?;
        let to = express_backend(scope, backend, origin, &format!("{field}.destination"))?;
        expressed.push(BackendRef { weight: if single { 1 } else { backend.weight }, ..to });
    }
    if expressed.len() > MAX_ENTRIES || expressed.is_empty() {
        return refuse(&codes::WEIGHT_NOT_EXPRESSIBLE, origin, "route", "a rule has between 1 and 16 destinations");
    }
    Ok(expressed)
}

/// The destination with its port written out, and its subset replaced by a Service.
fn express_backend(scope: &mut Scope<'_>, backend: &BackendRef, origin: &Origin, field: &str) -> Refusable<BackendRef> {
    let port = backend.port.unwrap_or(scope.port);
    let Some(service) = scope.mesh.service_by_host(&backend.host) else {
        let router = Router::Sidecar { client_namespace: None, client_labels: None };
        return match scope.mesh.resolve_backend(backend, port, router) {
            Resolution::Backends(_) | Resolution::DialledAddress => {
                Ok(BackendRef { port: Some(port), ..backend.clone() })
            }
            Resolution::Unknown(why) => refuse(&codes::DESTINATION_UNKNOWN, origin, field, &why),
        };
    };
    if service.headless {
        let message =
            format!("Service {} is headless: a waypoint would send to the routed Service's own address", service.name);
        return refuse(&codes::HEADLESS_DESTINATION, origin, field, &message);
    }
    if service.port(port).is_none() {
        let message =
            format!("Service {} has no port {port}: refused with 503 now, and with 500 by an HTTPRoute", service.name);
        return refuse(&codes::DESTINATION_UNKNOWN, origin, field, &message);
    }
    let mut to = BackendRef { port: Some(port), subset: None, ..backend.clone() };
    if let Some(subset) = &backend.subset
        && let Some(used) = subset_service(scope.mesh, service, &backend.host, subset, origin, field)?
    {
        to.host = used.host(scope.mesh);
        scope.subsets.push(used);
    }
    Ok(to)
}

fn express_mirror(scope: &mut Scope<'_>, mirror: &Mirror, origin: &Origin) -> Refusable<Mirror> {
    let to = express_backend(scope, &mirror.to, origin, "mirror")?;
    if mirror.per_million < EVERYTHING && !scope.options.mirror_fractions {
        let message = "the target's Gateway API copies every request or none";
        return refuse(&codes::MIRROR_NOT_EXPRESSIBLE, origin, "mirrorPercentage", message);
    }
    Ok(Mirror { to, per_million: mirror.per_million })
}

fn check_headers(changes: &HeaderChanges, origin: &Origin) -> Refusable<()> {
    let HeaderChanges { remove, set, add } = changes;
    let too_many = [remove.len(), set.len(), add.len()].into_iter().any(|length| length > MAX_ENTRIES);
    let empty = set.iter().chain(add).any(|(_, value)| value.is_empty());
    if too_many || empty {
        let message = "an HTTPRoute takes at most 16 entries in a list, each with a value";
        return refuse(&codes::HEADER_MODIFIER_NOT_EXPRESSIBLE, origin, "headers", message);
    }
    Ok(())
}

/// A lower-case DNS name without port.
pub(super) fn is_dns_name(host: &str) -> bool {
    let label = |label: &str| {
        !label.is_empty()
            && label.chars().all(|it| it.is_ascii_lowercase() || it.is_ascii_digit() || it == '-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    host.len() <= 253 && host.split('.').all(label)
}
