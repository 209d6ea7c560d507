//! A schema, compiled: everything a CRD says about the objects of one version of a kind.

mod duration;
mod json_schema;
mod list_type;
mod rules;
mod structural;

use serde::Deserialize;
use serde_json::Value;

use crate::answer::Violation;

use rules::Rules;
pub(crate) use structural::Structural;

/// The shape of `metadata`, which a CRD leaves out because the server knows it.
const OBJECT_META: &str = include_str!("../../../rules/crds/object-meta.json");

/// One version of a kind, ready to check objects.
pub(crate) struct Schema {
    /// What the server walks along when it prunes and fills in defaults.
    pub(crate) structural: Structural,
    values: jsonschema::Validator,
    rules: Rules,
}

/// What checking an object against a schema found.
pub(crate) struct Checked {
    pub(crate) violations: Vec<Violation>,
    /// Whether every CEL rule could be evaluated.
    pub(crate) complete: bool,
}

impl Schema {
    /// Compiles the text of an `openAPIV3Schema`; the error says what is wrong with it.
    pub(crate) fn compile(text: &str) -> Result<Self, String> {
        let raw = with_metadata(text)?;
        Ok(Self {
            structural: Structural::deserialize(&raw).map_err(|error| error.to_string())?,
            values: json_schema::compile(&raw)?,
            rules: Rules::of(&raw),
        })
    }

    /// Checks an object that has been pruned and given its defaults.
    ///
    /// As upstream, the CEL rules are passed over when the object's shape is so wrong that they would say nothing new:
    /// k8s.io/apiextensions-apiserver pkg/registry/customresource/strategy.go.
    pub(crate) fn check(&self, object: &Value) -> Checked {
        let shape = json_schema::check(&self.values, object);
        let mut violations = shape.violations;
        violations.extend(list_type::duplicates(&self.structural, object));
        if shape.misshapen {
            return Checked { violations, complete: true };
        }
        let rules = self.rules.check(object);
        violations.extend(rules.violations);
        Checked { violations, complete: rules.complete }
    }
}

fn with_metadata(text: &str) -> Result<Value, String> {
    let read = |text: &str| serde_json::from_str::<Value>(text).map_err(|error| error.to_string());
    let mut schema = read(text)?;
    let properties = schema.get_mut("properties").and_then(Value::as_object_mut).ok_or("no properties at the root")?;
    properties.insert("metadata".to_owned(), read(OBJECT_META)?);
    for field in ["apiVersion", "kind"] {
        properties.entry(field).or_insert_with(|| serde_json::json!({ "type": "string" }));
    }
    Ok(schema)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::bundle;

    /// The functions that the rules of the bundled CRDs call, operators and macros aside, each with a rule that holds
    /// if the evaluator has it.
    const FUNCTIONS: &[(&str, &str)] = &[
        ("contains", "'abc'.contains('b')"),
        ("duration", "duration('90s') > duration('1m')"),
        ("endsWith", "'abc'.endsWith('c')"),
        ("getScheme", "url('https://a.example').getScheme() == 'https'"),
        ("int", "int('7') == 7"),
        ("isIP", "isIP('2001:db8::1') && !isIP('10.0.0.256')"),
        ("isURL", "isURL('http://a.example/b') && !isURL('a b')"),
        ("matches", "'abc'.matches('^a.c$')"),
        ("size", "size('abc') == 3 && size([1]) == 1"),
        ("split", "'a:b'.split(':')[1] == 'b'"),
        ("startsWith", "'abc'.startsWith('a')"),
        ("substring", "'abc'.substring(1) == 'bc'"),
        ("url", "url('tcp://a.example:1').getScheme() == 'tcp'"),
    ];

    #[test]
    fn the_evaluator_has_every_function() {
        for (name, rule) in FUNCTIONS {
            let schema = serde_json::json!({ "type": "object", "x-kubernetes-validations": [{ "rule": rule }] });
            let checked = Rules::of(&schema).check(&serde_json::json!({}));
            assert!(checked.complete && checked.violations.is_empty(), "{name}: {:?}", checked.violations);
        }
    }

    #[test]
    fn every_bundled_schema_and_every_rule_compiles() {
        let (mut rules, mut functions) = (0, BTreeSet::new());
        for (name, text) in bundle::schemas() {
            let schema = Schema::compile(text).unwrap_or_else(|error| panic!("{name}: {error}"));
            for node in schema.rules.compiled() {
                assert!(!node.has_errors(), "{name}: {:?}", node.compilation_errors());
                for rule in node.validations.iter().flatten() {
                    rules += 1;
                    functions.extend(called(rule.program.references().functions()));
                    let message = rule.message_program.iter();
                    functions.extend(message.flat_map(|program| called(program.references().functions())));
                }
            }
        }
        assert!(rules > 1000, "only {rules} rules: the walk has lost some");
        assert_eq!(functions, FUNCTIONS.iter().map(|(name, _)| (*name).to_owned()).collect());
    }

    /// Without operators, which are spelt `_+_`, and what macros leave behind, which is spelt `@…`.
    fn called(functions: Vec<&str>) -> Vec<String> {
        functions.into_iter().filter(|name| name.starts_with(char::is_alphabetic)).map(str::to_owned).collect()
    }
}
