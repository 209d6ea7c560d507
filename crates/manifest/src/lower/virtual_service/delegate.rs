//! Delegates: VirtualServices without hosts, whose rules istiod merges into those of a root before anything else.
//!
//! Source: istio/istio `pilot/pkg/model/virtualservice.go` (`MergeHTTPRoutes`, `mergeHTTPMatchRequest`, `hasConflict`),
//! `pilot/pkg/model/virtualservice_controller.go` (`mergeVirtualServices`).

use std::collections::BTreeMap;

use s2a_model::{Name, ObjectId, Origin};
use serde::Deserialize;

use super::condition::HttpMatch;
use super::{HttpRule, Spec};
use crate::Object;
use crate::lower::string_match::StringMatch;

/// Who has the rules.
#[derive(Clone, Deserialize, Default)]
#[serde(default)]
pub(super) struct Delegate {
    name: String,
    namespace: String,
}

/// A VirtualService that has been read, with its names resolved.
pub(super) struct Parsed<'a> {
    pub(super) id: ObjectId,
    pub(super) spec: Spec,
    pub(super) object: &'a Object,
}

/// A rule with the places where it and its matches stand.
pub(super) struct Placed {
    pub(super) spec: HttpRule,
    pub(super) at: Origin,
    pub(super) places: Vec<Origin>,
}

/// The list of a VirtualService with its delegates folded in.
#[derive(Default)]
pub(super) struct Merged {
    pub(super) rules: Vec<Placed>,
    /// The delegates whose rules are among them.
    pub(super) from: Vec<ObjectId>,
    /// Where delegates are named that the input lacks.
    pub(super) missing: Vec<Origin>,
}

/// The VirtualServices that others may delegate to.
pub(super) struct Delegates<'a> {
    by_name: BTreeMap<&'a Name, &'a Parsed<'a>>,
}

impl<'a> Delegates<'a> {
    /// Those without hosts.
    pub(super) fn of(all: &'a [Parsed<'a>]) -> Self {
        let without_hosts = all.iter().filter(|parsed| parsed.spec.hosts.is_empty());
        Delegates { by_name: without_hosts.map(|parsed| (&parsed.id.name, parsed)).collect() }
    }

    /// The rules of a VirtualService; each entry that delegates is replaced by the rules it stands for.
    pub(super) fn merged(&self, root: &Parsed<'_>, whole: &Origin) -> Merged {
        let mut merged = Merged::default();
        let own = &root.id.name.namespace;
        for (index, entry) in root.spec.http.iter().enumerate() {
            let at = whole.item("http", index);
            let Some(Delegate { name, namespace }) = entry.delegate.as_ref().filter(|_| !root.spec.hosts.is_empty())
            else {
                merged.rules.push(Placed::plain(entry, at));
                continue;
            };
            let namespace = if namespace.is_empty() { own } else { namespace };
            let Some(delegate) = self.by_name.get(&Name::new(namespace.clone(), name.clone())) else {
                merged.missing.push(at.field("delegate"));
                continue;
            };
            if is_visible(delegate, own) {
                merged.rules.extend(rules_for(entry, &at, delegate));
                merged.from.push(delegate.id.clone());
            }
        }
        merged.from.sort();
        merged.from.dedup();
        merged
    }
}

/// Whether the delegate is exported to the root's namespace.
fn is_visible(delegate: &Parsed<'_>, namespace: &str) -> bool {
    let own = delegate.id.name.namespace.as_str();
    let export_to = &delegate.spec.export_to;
    let names = |entry: &String| entry == "*" || entry == namespace || (entry == "." && own == namespace);
    export_to.is_empty() || export_to.iter().any(names)
}

/// The delegate's rules for one entry of the root; a rule with a match that does not lie within the entry's is dropped.
fn rules_for(root: &HttpRule, root_at: &Origin, delegate: &Parsed<'_>) -> Vec<Placed> {
    let whole = Origin { object: delegate.id.clone(), field: "spec".to_owned() };
    let rules = delegate.spec.http.iter().enumerate();
    rules
        .filter_map(|(index, leaf)| {
            let at = whole.item("http", index);
            let (matches, places) = merge_matches((root, root_at), (leaf, &at))?;
            let name = joined(root.name.as_ref(), leaf.name.as_ref());
            let mut spec = HttpRule { name, matches, delegate: None, ..leaf.clone() };
            inherit(&mut spec, root);
            Some(Placed { spec, at, places })
        })
        .collect()
}

impl Placed {
    fn plain(spec: &HttpRule, at: Origin) -> Self {
        let places = (0..spec.matches.len()).map(|index| at.item("match", index)).collect();
        Placed { spec: spec.clone(), at, places }
    }
}

/// What the delegate leaves out comes from the root; destinations and redirects never do.
fn inherit(leaf: &mut HttpRule, root: &HttpRule) {
    fn fill<T: Clone>(own: &mut Option<T>, inherited: &Option<T>) {
        if own.is_none() {
            own.clone_from(inherited);
        }
    }
    fill(&mut leaf.rewrite, &root.rewrite);
    fill(&mut leaf.direct_response, &root.direct_response);
    fill(&mut leaf.timeout, &root.timeout);
    fill(&mut leaf.retries, &root.retries);
    fill(&mut leaf.fault, &root.fault);
    fill(&mut leaf.mirror, &root.mirror);
    fill(&mut leaf.mirror_percent, &root.mirror_percent);
    fill(&mut leaf.mirror_percentage, &root.mirror_percentage);
    fill(&mut leaf.cors_policy, &root.cors_policy);
    fill(&mut leaf.headers, &root.headers);
    if leaf.mirrors.is_empty() {
        leaf.mirrors.clone_from(&root.mirrors);
    }
}

/// Every match of the delegate joined with each match of the root that it lies within; `None` if one lies within none.
fn merge_matches(root: (&HttpRule, &Origin), leaf: (&HttpRule, &Origin)) -> Option<(Vec<HttpMatch>, Vec<Origin>)> {
    let places = |at: &Origin, count: usize| (0..count).map(|index| at.item("match", index)).collect::<Vec<_>>();
    let ((root, root_at), (leaf, leaf_at)) = (root, leaf);
    if root.matches.is_empty() {
        return Some((leaf.matches.clone(), places(leaf_at, leaf.matches.len())));
    }
    if leaf.matches.is_empty() {
        return Some((root.matches.clone(), places(root_at, root.matches.len())));
    }
    let (mut matches, mut at) = (Vec::new(), Vec::new());
    for (index, own) in leaf.matches.iter().enumerate() {
        let within = root.matches.iter().filter(|outer| !conflicts(outer, own));
        let before = matches.len();
        matches.extend(within.map(|outer| merge(outer, own)));
        if matches.len() == before {
            return None;
        }
        at.resize(matches.len(), leaf_at.item("match", index));
    }
    Some((matches, at))
}

fn merge(root: &HttpMatch, leaf: &HttpMatch) -> HttpMatch {
    fn both<K: Ord + Clone, V: Clone>(root: &BTreeMap<K, V>, leaf: &BTreeMap<K, V>) -> BTreeMap<K, V> {
        root.clone().into_iter().chain(leaf.clone()).collect()
    }
    let said = |text: &Option<String>| text.clone().filter(|text| !text.is_empty());
    HttpMatch {
        name: joined(root.name.as_ref(), leaf.name.as_ref()),
        uri: leaf.uri.clone().or_else(|| root.uri.clone()),
        scheme: leaf.scheme.clone().or_else(|| root.scheme.clone()),
        method: leaf.method.clone().or_else(|| root.method.clone()),
        authority: leaf.authority.clone().or_else(|| root.authority.clone()),
        headers: both(&root.headers, &leaf.headers),
        port: leaf.port.filter(|port| *port != 0).or(root.port),
        source_labels: both(&root.source_labels, &leaf.source_labels),
        gateways: if leaf.gateways.is_empty() { root.gateways.clone() } else { leaf.gateways.clone() },
        query_params: both(&root.query_params, &leaf.query_params),
        // Of the delegate alone: where its list is empty, the root's match stands as it is.
        ignore_uri_case: leaf.ignore_uri_case,
        without_headers: both(&root.without_headers, &leaf.without_headers),
        source_namespace: said(&leaf.source_namespace).or_else(|| root.source_namespace.clone()),
        stat_prefix: said(&leaf.stat_prefix).or_else(|| root.stat_prefix.clone()),
    }
}

/// Whether a match of the delegate does not lie within the root's, as istiod takes it.
fn conflicts(root: &HttpMatch, leaf: &HttpMatch) -> bool {
    let texts = [
        (&root.uri, &leaf.uri),
        (&root.scheme, &leaf.scheme),
        (&root.method, &leaf.method),
        (&root.authority, &leaf.authority),
    ];
    let maps = [
        (&root.headers, &leaf.headers),
        (&root.without_headers, &leaf.without_headers),
        (&root.query_params, &leaf.query_params),
    ];
    let in_map = |(root, leaf): (&BTreeMap<String, StringMatch>, &BTreeMap<String, StringMatch>)| {
        leaf.iter().any(|(key, value)| root.get(key).is_some_and(|outer| outer.excludes(value)))
    };
    let set = |port: Option<u16>| port.filter(|port| *port != 0);
    let ports = set(root.port).zip(set(leaf.port)).is_some_and(|(root, leaf)| root != leaf);
    let namespace = |it: &HttpMatch| it.source_namespace.clone().unwrap_or_default();
    let namespaces = !namespace(root).is_empty() && namespace(root) != namespace(leaf);
    let label = |(key, value): (&String, &String)| root.source_labels.get(key).is_some_and(|outer| outer != value);
    let outside = |gateway: &String| !root.gateways.contains(gateway);
    let gateways = !root.gateways.is_empty()
        && !leaf.gateways.is_empty()
        && (root.gateways.len() < leaf.gateways.len() || leaf.gateways.iter().any(outside));
    texts
        .into_iter()
        .any(|(root, leaf)| root.as_ref().zip(leaf.as_ref()).is_some_and(|(root, leaf)| root.excludes(leaf)))
        || maps.into_iter().any(in_map)
        || root.ignore_uri_case != leaf.ignore_uri_case
        || ports
        || namespaces
        || leaf.source_labels.iter().any(label)
        || gateways
}

fn joined(root: Option<&String>, leaf: Option<&String>) -> Option<String> {
    let said = |name: Option<&String>| name.cloned().filter(|name| !name.is_empty());
    match (said(root), said(leaf)) {
        (Some(root), Some(leaf)) => Some(format!("{root}-{leaf}")),
        (root, leaf) => root.or(leaf),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(value: serde_json::Value) -> HttpRule {
        serde_json::from_value(value).unwrap()
    }

    fn uris(root: serde_json::Value, leaf: serde_json::Value) -> Option<usize> {
        let at = Origin::default();
        merge_matches((&parsed(root), &at), (&parsed(leaf), &at)).map(|(matches, _)| matches.len())
    }

    #[test]
    fn a_delegates_match_must_lie_within_the_roots() {
        use serde_json::json;
        let uri = |kind: &str, value: &str| json!({"match": [{"uri": {kind: value}}]});
        assert_eq!(uris(uri("prefix", "/a"), uri("prefix", "/ab")), Some(1));
        assert_eq!(uris(uri("prefix", "/a/b"), uri("prefix", "/a")), None);
        assert_eq!(uris(uri("prefix", "/a"), uri("regex", "/a.*")), None);
        assert_eq!(uris(uri("exact", "/a"), uri("exact", "/a")), Some(1));
        assert_eq!(uris(uri("exact", "/a"), uri("prefix", "/a")), None);
        assert_eq!(uris(json!({}), uri("regex", "/a.*")), Some(1));
        assert_eq!(uris(uri("regex", "/a.*"), json!({})), Some(1));
        let two = json!({"match": [{"uri": {"prefix": "/a"}}, {"uri": {"prefix": "/b"}}]});
        assert_eq!(uris(two.clone(), json!({"match": [{"headers": {"x": {"exact": "1"}}}]})), Some(2));
        assert_eq!(uris(two, uri("prefix", "/b/c")), Some(1));
    }
}
