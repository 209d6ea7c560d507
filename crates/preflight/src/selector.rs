//! Label selectors.

use s2a_model::topology::Labels;
use serde_json::Value;

/// Whether a `LabelSelector` takes these labels. An empty one takes everything; an operator that is not known, nothing.
pub(crate) fn takes(selector: &Value, labels: &Labels) -> bool {
    let exact = selector.get("matchLabels").and_then(Value::as_object).into_iter().flatten();
    let rules = selector.get("matchExpressions").and_then(Value::as_array).into_iter().flatten();
    exact.into_iter().all(|(key, value)| labels.get(key).map(String::as_str) == value.as_str())
        && rules.into_iter().all(|rule| holds(rule, labels))
}

fn holds(rule: &Value, labels: &Labels) -> bool {
    let text = |key: &str| rule.get(key).and_then(Value::as_str).unwrap_or_default();
    let values = rule.get("values").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str);
    let label = labels.get(text("key"));
    let listed = label.is_some_and(|label| values.into_iter().any(|value| value == label));
    match text("operator") {
        "In" => listed,
        "NotIn" => !listed,
        "Exists" => label.is_some(),
        "DoesNotExist" => label.is_none(),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn all_parts_must_hold() {
        let labels = Labels::from([("app".to_owned(), "web".to_owned())]);
        let expression =
            |operator: &str| json!({ "matchExpressions": [{ "key": "app", "operator": operator, "values": ["web"] }] });
        for (selector, expected) in [
            (json!({}), true),
            (json!({ "matchLabels": { "app": "web" } }), true),
            (json!({ "matchLabels": { "app": "web", "v": "1" } }), false),
            (expression("In"), true),
            (expression("NotIn"), false),
            (expression("Exists"), true),
            (expression("DoesNotExist"), false),
            (expression("Gt"), false),
        ] {
            assert_eq!(takes(&selector, &labels), expected, "{selector}");
        }
    }
}
