//! The CEL rules of a schema.

use kube_cel::{CompiledSchema, ErrorKind};
use serde_json::Value;

use super::{Checked, duration};
use crate::answer::{Violation, ViolationRule};

/// Evaluates every rule. A rule that we cannot evaluate makes the check incomplete; it does not speak against the object.
pub(super) fn check(rules: &CompiledSchema, object: &Value) -> Checked {
    let errors = kube_cel::validate_compiled(rules, object, None).err().into_iter().flatten();
    let (ours, theirs): (Vec<_>, Vec<_>) = errors.partition(|error| is_ours(&error.kind));
    let mut violations: Vec<_> = theirs.into_iter().map(|error| violation(error.field_path, error.message)).collect();
    for (path, message) in duration::malformed(rules, object) {
        let field = path.to_string();
        if violations.iter().all(|known| known.field != field) {
            violations.push(violation(field, message));
        }
    }
    Checked { violations, complete: ours.is_empty() }
}

fn violation(field: String, message: String) -> Violation {
    Violation { field, rule: ViolationRule::Cel, message }
}

/// Whether an error says that the evaluator lacks something, and nothing about the object.
fn is_ours(kind: &ErrorKind) -> bool {
    matches!(
        kind,
        ErrorKind::UnsupportedReference
            | ErrorKind::CompilationFailure
            | ErrorKind::InvalidRule
            | ErrorKind::SchemaTooDeep
    )
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn checked(rule: &str, object: &Value) -> Checked {
        let schema = json!({ "type": "object", "x-kubernetes-validations": [{ "rule": rule, "message": "no" }] });
        check(&kube_cel::compile_schema(&schema), object)
    }

    #[test]
    fn a_false_rule_is_a_violation() {
        let checked = checked("self.a < 2", &json!({ "a": 2 }));
        assert!(checked.complete);
        assert_eq!(checked.violations.len(), 1);
        assert_eq!(checked.violations[0].message, "no");
    }

    #[test]
    fn a_rule_beyond_the_evaluator_is_no_violation() {
        let checked = checked("noSuchFunction(self.a)", &json!({ "a": 2 }));
        assert!(!checked.complete);
        assert!(checked.violations.is_empty());
    }

    #[test]
    fn a_rule_that_fails_speaks_against_the_object_as_it_does_upstream() {
        let checked = checked("self.b == 1", &json!({ "a": 2 }));
        assert!(checked.complete);
        assert_eq!(checked.violations.len(), 1);
    }
}
