//! Rules of an AuthorizationPolicy as a value.

use s2a_model::authz::{Operation, Rule, Source, Values, When};
use serde_json::{Map, Value, json};

/// `spec.rules`, with the fields of each in the order of the API.
pub(super) fn value(rules: &[Rule]) -> Value {
    Value::Array(rules.iter().map(rule).collect())
}

fn rule(rule: &Rule) -> Value {
    let Rule { from, to, when } = rule;
    let mut fields = Map::new();
    let mut put = |name: &str, items: Vec<Value>| {
        if !items.is_empty() {
            fields.insert(name.to_owned(), Value::Array(items));
        }
    };
    put("from", from.iter().map(|one| json!({ "source": source(one) })).collect());
    put("to", to.iter().map(|one| json!({ "operation": operation(one) })).collect());
    put("when", when.iter().map(condition).collect());
    Value::Object(fields)
}

fn source(source: &Source) -> Value {
    let Source {
        principals,
        request_principals,
        namespaces,
        service_accounts,
        trust_domains,
        ip_blocks,
        remote_ip_blocks,
    } = source;
    fields(&[
        ("principals", "notPrincipals", principals),
        ("requestPrincipals", "notRequestPrincipals", request_principals),
        ("namespaces", "notNamespaces", namespaces),
        ("serviceAccounts", "notServiceAccounts", service_accounts),
        ("trustDomains", "notTrustDomains", trust_domains),
        ("ipBlocks", "notIpBlocks", ip_blocks),
        ("remoteIpBlocks", "notRemoteIpBlocks", remote_ip_blocks),
    ])
}

fn operation(operation: &Operation) -> Value {
    let Operation { hosts, ports, methods, paths } = operation;
    fields(&[
        ("hosts", "notHosts", hosts),
        ("ports", "notPorts", ports),
        ("methods", "notMethods", methods),
        ("paths", "notPaths", paths),
    ])
}

fn condition(when: &When) -> Value {
    let When { key, values } = when;
    let mut condition = Map::from_iter([("key".to_owned(), json!(key))]);
    if let Value::Object(values) = fields(&[("values", "notValues", values)]) {
        condition.extend(values);
    }
    Value::Object(condition)
}

fn fields(named: &[(&str, &str, &Values)]) -> Value {
    let lists = named
        .iter()
        .flat_map(|(positive, negative, values)| [(positive, &values.values), (negative, &values.not_values)]);
    Value::Object(
        lists.filter(|(_, list)| !list.is_empty()).map(|(name, list)| ((*name).to_string(), json!(list))).collect(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_stand_in_the_order_of_the_api() {
        let values = |one: &str| Values { values: vec![one.to_owned()], not_values: Vec::new() };
        let not = |one: &str| Values { values: Vec::new(), not_values: vec![one.to_owned()] };
        let source = Source { principals: values("a"), remote_ip_blocks: not("10.0.0.0/8"), ..Source::default() };
        let operation = Operation { ports: values("80"), ..Operation::default() };
        let when = When { key: "request.headers[x]".to_owned(), values: not("*") };
        let written = value(&[Rule { from: vec![source], to: vec![operation], when: vec![when] }, Rule::default()]);
        let expected = json!([
            {
                "from": [{ "source": { "principals": ["a"], "notRemoteIpBlocks": ["10.0.0.0/8"] } }],
                "to": [{ "operation": { "ports": ["80"] } }],
                "when": [{ "key": "request.headers[x]", "notValues": ["*"] }],
            },
            {},
        ]);
        assert_eq!(written, expected);
    }
}
