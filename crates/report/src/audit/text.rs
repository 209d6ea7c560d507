//! The inventory as text: a summary that is read in a minute, then the details.

use std::collections::BTreeMap;

use super::{Audit, WorkloadRow};
use crate::layout::{columns, pad, printable, trim_lines};

/// Rows of one table that are shown unless all are asked for.
const SHOWN: usize = 20;

/// The inventory. `wide` shows every row and further columns.
#[must_use]
pub fn render_audit(audit: &Audit, wide: bool) -> String {
    let mut text = summary(audit);
    text.push_str(&section("Objects", &["NAMESPACE", "KIND", "COUNT"], objects(audit), wide));
    let heads: &[&str] = if wide {
        &["NAMESPACE", "WORKLOAD", "MODE", "WHY", "ACCOUNT", "SERVICES"]
    } else {
        &["NAMESPACE", "WORKLOAD", "MODE", "WHY"]
    };
    let workloads = audit.workloads.iter().map(|row| workload(row, heads.len())).collect();
    text.push_str(&section("Workloads", heads, workloads, wide));
    text.push_str(&section("Needs a waypoint", &["SERVICE", "BECAUSE", "OBJECT", "RULE"], needs(audit), wide));
    text.push_str(&section("Cannot move as it is", &["OBJECT", "CODE", "WHY"], blocks(audit), wide));
    text.push_str(&section("Who calls whom", &["FROM", "TO", "SAYS", "WHERE"], calls(audit), wide));
    trim_lines(&text)
}

fn summary(audit: &Audit) -> String {
    let total: usize = audit.objects.values().flat_map(BTreeMap::values).sum();
    let namespaces = audit.objects.keys().filter(|name| !name.is_empty()).count();
    let mode = |mode: &str| audit.workloads.iter().filter(|row| row.mode == mode).count();
    let modes = ["sidecar", "ambient", "gateway", "none"].map(|word| (mode(word), word));
    let modes: Vec<String> =
        modes.iter().filter(|(count, _)| *count > 0).map(|(count, word)| format!("{count} {word}")).collect();
    let mut services: Vec<&String> = audit.needs_waypoint.iter().flat_map(|row| &row.services).collect();
    services.sort();
    services.dedup();
    let lines = [
        format!("{} in {}", number(total, "object"), number(namespaces, "namespace")),
        format!("{}: {}", number(audit.workloads.len(), "workload"), modes.join(", ")),
        format!(
            "{} for {}",
            number(services.len(), "destination"),
            number(audit.needs_waypoint.len(), "rule or route")
        ),
        number(audit.cannot_move.len(), "object"),
        number(audit.calls.len(), "call"),
    ];
    let keys = ["read", "workloads", "needs a waypoint", "cannot move as it is", "known callers"];
    keys.iter().zip(lines).map(|(key, line)| format!("{}  {line}\n", pad(key, 20))).collect()
}

/// `1 object`, `2 objects`, `2 rules or routes`.
fn number(count: usize, noun: &str) -> String {
    match (count, noun) {
        (1, noun) => format!("1 {noun}"),
        (count, "rule or route") => format!("{count} rules or routes"),
        (count, noun) => format!("{count} {noun}s"),
    }
}

fn objects(audit: &Audit) -> Vec<Vec<String>> {
    let rows = audit
        .objects
        .iter()
        .flat_map(|(namespace, kinds)| kinds.iter().map(move |(kind, count)| (namespace, kind, count)));
    rows.map(|(namespace, kind, count)| vec![or_dash(namespace), kind.clone(), count.to_string()]).collect()
}

fn workload(row: &WorkloadRow, columns: usize) -> Vec<String> {
    let WorkloadRow { namespace, name, mode, why, service_account, services } = row;
    let all = [
        namespace.clone(),
        name.clone(),
        (*mode).to_owned(),
        why.clone(),
        service_account.clone(),
        services.join(", "),
    ];
    all.into_iter().take(columns).collect()
}

fn needs(audit: &Audit) -> Vec<Vec<String>> {
    let rows = audit.needs_waypoint.iter();
    let row = |row: &super::NeedRow| {
        vec![or_dash(&row.services.join(", ")), row.because.clone(), row.object.to_string(), row.field.clone()]
    };
    rows.map(row).collect()
}

fn blocks(audit: &Audit) -> Vec<Vec<String>> {
    let row = |row: &super::BlockRow| vec![row.object.to_string(), row.code.clone(), row.title.clone()];
    audit.cannot_move.iter().map(row).collect()
}

fn calls(audit: &Audit) -> Vec<Vec<String>> {
    let row = |row: &super::CallRow| vec![row.from.clone(), row.to.clone(), row.object.to_string(), row.field.clone()];
    audit.calls.iter().map(row).collect()
}

fn or_dash(text: &str) -> String {
    if text.is_empty() { "-".to_owned() } else { text.to_owned() }
}

/// A table under a heading. The columns are as wide as their widest cell: a name is never cut.
fn section(title: &str, heads: &[&str], mut rows: Vec<Vec<String>>, wide: bool) -> String {
    if rows.is_empty() {
        return format!("\n{title}\n  nothing\n");
    }
    let hidden = if wide { 0 } else { rows.len().saturating_sub(SHOWN) };
    rows.truncate(rows.len() - hidden);
    rows.insert(0, heads.iter().map(|head| (*head).to_owned()).collect());
    let rows: Vec<Vec<String>> = rows.iter().map(|row| row.iter().map(|cell| printable(cell)).collect()).collect();
    let mut widths = vec![0; heads.len()];
    for row in &rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = columns(cell).max(*width);
        }
    }
    let line = |row: &Vec<String>| {
        let cells = row.iter().zip(&widths).map(|(cell, width)| pad(cell, *width));
        format!("  {}\n", cells.collect::<Vec<_>>().join("  "))
    };
    let more = if hidden > 0 { format!("  and {hidden} more: `-o wide` shows all\n") } else { String::new() };
    format!("\n{title}\n{}{more}", rows.iter().map(line).collect::<String>())
}

#[cfg(test)]
mod tests {
    use s2a_diagnostic::ObjectRef;

    use super::*;
    use crate::audit::{NeedRow, audit_to_json};

    fn audit() -> Audit {
        let object = ObjectRef {
            api_version: "security.istio.io/v1".to_owned(),
            kind: "AuthorizationPolicy".to_owned(),
            namespace: "shop".to_owned(),
            name: "cart".to_owned(),
        };
        let need = |number: usize| NeedRow {
            services: vec!["shop/cart".to_owned()],
            object: object.clone(),
            field: format!("spec.rules[{number}]"),
            because: "methods".to_owned(),
        };
        Audit {
            objects: BTreeMap::from([("shop".to_owned(), BTreeMap::from([("Service".to_owned(), 2)]))]),
            needs_waypoint: (0..25).map(need).collect(),
            ..Audit::default()
        }
    }

    #[test]
    fn the_summary_comes_first_and_long_tables_are_cut() {
        let text = render_audit(&audit(), false);
        let expected = "\
read                  2 objects in 1 namespace
workloads             0 workloads:
needs a waypoint      1 destination for 25 rules or routes
cannot move as it is  0 objects
known callers         0 calls

Objects
  NAMESPACE  KIND     COUNT
  shop       Service  2
";
        assert!(text.starts_with(expected), "{text}");
        assert!(text.contains("and 5 more") && !render_audit(&audit(), true).contains("more:"), "{text}");
    }

    #[test]
    fn json_follows_its_schema() {
        let schema = serde_json::from_str(include_str!("../../../../rules/schema/audit.json")).unwrap();
        let validator = jsonschema::validator_for(&schema).unwrap();
        let value = audit_to_json(&audit());
        let errors: Vec<String> = validator.iter_errors(&value).map(|error| error.to_string()).collect();
        assert!(errors.is_empty(), "{errors:?}");
    }
}
