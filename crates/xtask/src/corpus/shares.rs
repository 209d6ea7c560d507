//! What became of the policies of many repositories, out of their reports.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

const PATHS: [&str; 4] = ["service", "ingress", "pod-ip", "plaintext"];

/// Counts over all repositories.
#[derive(Debug, Default)]
pub(super) struct Shares {
    /// Policies that were rewritten, refused, and left as they are.
    translated: usize,
    refused: usize,
    left: usize,
    /// Policies refused, by code; one policy may have several.
    codes: BTreeMap<String, usize>,
    /// For each path: translated policies in whose namespace every destination has the same verdict or better, by the
    /// worst verdict there.
    verdicts: BTreeMap<(&'static str, String), usize>,
}

impl Shares {
    /// Adds the report of one repository.
    pub(super) fn add(&mut self, report: &Value) {
        for row in list(report, "objects").iter().filter(|row| is_policy(row)) {
            match row.get("disposition").and_then(Value::as_str) {
                Some("refused") => {
                    self.refused = self.refused.saturating_add(1);
                    let codes: BTreeSet<&str> = list(row, "because").iter().filter_map(Value::as_str).collect();
                    codes.into_iter().for_each(|code| count(&mut self.codes, code.to_owned()));
                }
                Some("changed" | "removed") => {
                    self.translated = self.translated.saturating_add(1);
                    self.add_verdicts(row, report);
                }
                Some("unchanged") => self.left = self.left.saturating_add(1),
                _ => {}
            }
        }
    }

    fn add_verdicts(&mut self, row: &Value, report: &Value) {
        let namespace = row.pointer("/object/namespace").and_then(Value::as_str).unwrap_or_default();
        let prefixes = [format!("Service {namespace}/"), format!("Workload {namespace}/")];
        for path in PATHS {
            let here = list(report, "verdicts").iter().filter(|verdict| {
                let destination = verdict.get("destination").and_then(Value::as_str).unwrap_or_default();
                verdict.get("path").and_then(Value::as_str) == Some(path)
                    && prefixes.iter().any(|prefix| destination.starts_with(prefix.as_str()))
            });
            let verdicts: BTreeSet<&str> = here.filter_map(|it| it.get("verdict").and_then(Value::as_str)).collect();
            count(&mut self.verdicts, (path, worst(&verdicts).to_owned()));
        }
    }

    /// The figures, line by line.
    pub(super) fn lines(&self) -> Vec<String> {
        let all = self.translated.saturating_add(self.refused).saturating_add(self.left);
        let mut lines = vec![format!("{all} policies (AuthorizationPolicy and RequestAuthentication)")];
        for (word, number) in
            [("translated", self.translated), ("refused", self.refused), ("left as they are", self.left)]
        {
            lines.push(format!("{number:>6}  {word} ({})", percent(number, all)));
        }
        lines.extend(self.codes.iter().map(|(code, number)| format!("{number:>6}  refused by {code}")));
        for ((path, verdict), number) in &self.verdicts {
            let share = percent(*number, self.translated);
            lines.push(format!(
                "{number:>6}  translated, worst verdict of their namespace on {path}: {verdict} ({share})"
            ));
        }
        lines
    }
}

fn list<'a>(value: &'a Value, key: &str) -> &'a [Value] {
    value.get(key).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default()
}

fn is_policy(row: &Value) -> bool {
    let kind = row.pointer("/object/kind").and_then(Value::as_str);
    matches!(kind, Some("AuthorizationPolicy" | "RequestAuthentication"))
}

fn worst<'a>(verdicts: &BTreeSet<&'a str>) -> &'a str {
    let order = ["looser", "different", "unknown", "stricter", "equivalent"];
    order.into_iter().find(|verdict| verdicts.contains(verdict)).unwrap_or("no destination")
}

fn count<K: Ord>(counts: &mut BTreeMap<K, usize>, key: K) {
    let counted = counts.entry(key).or_default();
    *counted = counted.saturating_add(1);
}

fn percent(part: usize, whole: usize) -> String {
    let tenths = part.saturating_mul(1000).checked_div(whole).unwrap_or_default();
    format!("{}.{} %", tenths / 10, tenths % 10)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_refused_policy_counts_under_each_of_its_codes() {
        let object = json!({ "kind": "AuthorizationPolicy", "namespace": "shop", "name": "a" });
        let row = |disposition: &str, because: Value| json!({ "object": object, "disposition": disposition, "because": because });
        let report = json!({
            "objects": [row("refused", json!(["S2A3004", "S2A3006"])), row("changed", json!([]))],
            "verdicts": [
                { "destination": "Service shop/web:80", "path": "service", "verdict": "equivalent" },
                { "destination": "Service other/web:80", "path": "service", "verdict": "looser" },
                { "destination": "Workload shop/web:80", "path": "pod-ip", "verdict": "stricter" },
            ],
        });
        let mut shares = Shares::default();
        shares.add(&report);
        let lines = shares.lines();
        assert!(lines.contains(&"     1  refused by S2A3006".to_owned()), "{lines:?}");
        let on = |path: &str, verdict: &str| {
            format!("     1  translated, worst verdict of their namespace on {path}: {verdict} (100.0 %)")
        };
        assert!(lines.contains(&on("service", "equivalent")) && lines.contains(&on("pod-ip", "stricter")), "{lines:?}");
    }
}
