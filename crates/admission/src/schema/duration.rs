//! Durations in CEL rules.
//!
//! `duration(self)` must read what Go's time.ParseDuration reads. The evaluator stops at the first unit it understands
//! and takes `1min` for one minute, so strings under such a rule are read a second time here.

use kube_cel::CompiledSchema;
use serde_json::Value;

/// A duration upstream is a count of nanoseconds in 63 bits.
const MOST_NANOSECONDS: f64 = 9_223_372_036_854_775_807.0;

/// What a rule here says of a string that it takes for a duration and that is none.
pub(super) fn malformed(rules: &CompiledSchema, value: &Value) -> Option<String> {
    let text = value.as_str()?;
    duration_rule(rules).filter(|_| !is_go_duration(text))
}

/// The message of the first rule here that reads a duration.
fn duration_rule(rules: &CompiledSchema) -> Option<String> {
    let mut reading =
        rules.validations.iter().flatten().filter(|rule| rule.program.references().has_function("duration"));
    reading.next().map(|rule| rule.rule.message.clone().unwrap_or_else(|| "must be a duration".to_owned()))
}

/// Whether Go's time.ParseDuration takes this: `0`, or a sign and numbers with units, `-1h1.5s`. At most about 292 years.
fn is_go_duration(text: &str) -> bool {
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    unsigned == "0" || nanoseconds(unsigned).is_some_and(|sum| sum < MOST_NANOSECONDS)
}

fn nanoseconds(mut rest: &str) -> Option<f64> {
    let mut sum = None;
    while !rest.is_empty() {
        let (number, behind) = split_after(rest, |c| c.is_ascii_digit() || c == '.');
        let (unit, behind) = split_after(behind, |c| !c.is_ascii_digit() && c != '.');
        sum = Some(sum.unwrap_or(0.0) + number.parse::<f64>().ok()? * scale(unit)?);
        rest = behind;
    }
    sum
}

fn split_after(text: &str, belongs: impl Fn(char) -> bool) -> (&str, &str) {
    let end = text.find(|c| !belongs(c)).unwrap_or(text.len());
    text.split_at_checked(end).unwrap_or((text, ""))
}

fn scale(unit: &str) -> Option<f64> {
    match unit {
        "ns" => Some(1.0),
        "us" | "µs" | "μs" => Some(1e3),
        "ms" => Some(1e6),
        "s" => Some(1e9),
        "m" => Some(6e10),
        "h" => Some(3.6e12),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn reads_what_go_reads() {
        for good in ["0", "-0", "1s", "+1s", "-1.5h", ".5s", "1.s", "1h30m", "1m1h", "1µs", "1μs", "100ns", "2562047h"]
        {
            assert!(is_go_duration(good), "{good}");
        }
        let bad = [
            "", "+", "s", "1", ".", ".s", "1d", "1S", "1min", "10sec", "1h 30m", " 1s", "1s ", "1e3s", "1s-1s", "1..5s",
        ];
        for bad in bad.into_iter().chain(["9999999h", "inf", "nan", "infs", "１s"]) {
            assert!(!is_go_duration(bad), "{bad}");
        }
    }

    #[test]
    fn only_strings_under_a_duration_rule_are_read() {
        let duration = json!({ "x-kubernetes-validations": [{ "rule": "duration(self) > duration('0s')" }] });
        let duration = kube_cel::compile_schema(&duration);
        assert_eq!(malformed(&duration, &json!("1min")).as_deref(), Some("must be a duration"));
        assert_eq!(malformed(&duration, &json!("1s")), None);
        assert_eq!(malformed(&kube_cel::compile_schema(&json!({ "type": "string" })), &json!("1min")), None);
    }
}
