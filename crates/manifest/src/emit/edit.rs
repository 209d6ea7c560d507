//! Edits, as splices of the text and as changes of a value.

use s2a_model::change::Edit;
use s2a_yaml::Splicer;
use serde_json::{Map, Value, json};

use super::rules;

/// Makes an edit in the text.
pub(super) fn splice(splicer: &mut Splicer<'_>, edit: &Edit) {
    match edit {
        Edit::TargetServices(services) => {
            let refs = target_refs(services);
            let has_selector = splicer.value().get("spec").is_some_and(|spec| spec.get("selector").is_some());
            if has_selector {
                splicer.replace_entry("spec", "selector", "targetRefs", &refs);
            } else {
                splicer.set("spec", "targetRefs", &refs);
            }
        }
        Edit::Values { field, values } => {
            splicer.set_at(field, &json!(values));
        }
        Edit::Rules(rules) => {
            splicer.set_at("spec.rules", &rules::value(rules));
        }
        Edit::Labels { set, remove } => splice_labels(splicer, set, remove),
        Edit::Gateways(gateways) => {
            splicer.set_at("spec.gateways", &json!(gateways));
        }
        Edit::Spare { rule, sources: 0, principal } => {
            let source = json!([{ "source": { "notPrincipals": [principal] } }]);
            splicer.set(&format!("spec.rules[{rule}]"), "from", &source);
        }
        Edit::Spare { rule, sources, principal } => {
            for source in 0..*sources {
                spare(splicer, &format!("spec.rules[{rule}].from[{source}].source"), principal);
            }
        }
        Edit::SetEntry { at, key, value } => {
            splicer.set(at, key, &json!(value));
        }
        Edit::Port { at, number } => {
            splicer.set(at, "port", &json!({ "number": number }));
        }
        Edit::RemoveEntry { at, key } => {
            splicer.remove_entry(at, key);
        }
    }
}

/// A source that names accounts may not name principals: there the account is excluded, or is none of the named ones.
fn spare(splicer: &mut Splicer<'_>, source: &str, principal: &str) {
    let (first, rest) = spec_pointer(source).unwrap_or_default();
    let value = splicer.value().pointer(&format!("/spec/{first}{rest}")).cloned().unwrap_or_default();
    if value.get("serviceAccounts").is_some() {
        return;
    }
    let parts: Vec<&str> = principal.split('/').collect();
    let (key, spared) = match (value.get("notServiceAccounts"), parts.as_slice()) {
        (Some(_), [_, _, namespace, _, account]) => ("notServiceAccounts", format!("{namespace}/{account}")),
        _ => ("notPrincipals", principal.to_owned()),
    };
    let mut list = value.get(key).and_then(Value::as_array).cloned().unwrap_or_default();
    list.push(json!(spared));
    splicer.set(source, key, &Value::Array(list));
}

/// The first new label takes the place of the first old one, so that the diff shows one line changed.
fn splice_labels(splicer: &mut Splicer<'_>, set: &std::collections::BTreeMap<String, String>, remove: &[String]) {
    let mut set = set.iter();
    for (index, old) in remove.iter().enumerate() {
        match set.next().filter(|_| index == 0) {
            Some((key, value))
                if splicer.value().pointer("/metadata/labels").is_none_or(|labels| labels.get(key).is_none()) =>
            {
                splicer.replace_entry("metadata.labels", old, key, &json!(value));
            }
            Some((key, value)) => {
                splicer.remove_entry("metadata.labels", old);
                splicer.set("metadata.labels", key, &json!(value));
            }
            None => {
                splicer.remove_entry("metadata.labels", old);
            }
        }
    }
    for (key, value) in set {
        splicer.set("metadata.labels", key, &json!(value));
    }
}

/// Makes the edits that a copied policy can have in a value.
pub(super) fn apply(spec: &mut Map<String, Value>, edit: &Edit) {
    match edit {
        Edit::TargetServices(services) => {
            spec.remove("selector");
            let mut rest = std::mem::take(spec);
            spec.insert("targetRefs".to_owned(), target_refs(services));
            spec.append(&mut rest);
        }
        Edit::Values { field, values } => {
            if let Some(slot) = spec_pointer(field).and_then(|(first, rest)| spec.get_mut(&first)?.pointer_mut(&rest)) {
                *slot = json!(values);
            }
        }
        Edit::Rules(rules) => {
            spec.insert("rules".to_owned(), rules::value(rules));
        }
        Edit::Labels { .. }
        | Edit::Gateways(_)
        | Edit::Spare { .. }
        | Edit::SetEntry { .. }
        | Edit::Port { .. }
        | Edit::RemoveEntry { .. } => {}
    }
}

/// `spec.rules[0].to[1].operation.ports` as the first key and a JSON pointer below it.
fn spec_pointer(field: &str) -> Option<(String, String)> {
    let path = field.strip_prefix("spec.")?.replace('[', ".").replace(']', "");
    let (first, rest) = path.split_once('.').unwrap_or((&path, ""));
    let pointer: String = rest.split('.').filter(|part| !part.is_empty()).map(|part| format!("/{part}")).collect();
    Some((first.to_owned(), pointer))
}

pub(super) fn target_refs(services: &[String]) -> Value {
    let target = |name: &String| json!({ "group": "", "kind": "Service", "name": name });
    Value::Array(services.iter().map(target).collect())
}
