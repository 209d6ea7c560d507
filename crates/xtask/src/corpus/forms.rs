//! In which forms the routes of many repositories are written, beside the shares that the recipes were judged with.

use std::collections::BTreeMap;

use serde_json::Value;

/// The shares of 204 VirtualServices of real meshes, in per cent, by the first word of their form. The judge found them
/// with the same recipes.
const JUDGED: [(&str, &str); 5] =
    [("natural", "80"), ("holes", "0.5"), ("ladder", "4.4"), ("closure", "0"), ("stays", "15")];

/// Codes about the input: with the missing objects, the routes could have a form.
const ABOUT_INPUT: [&str; 4] = ["S2A4013", "S2A4015", "S2A4019", "S2A4020"];

/// How many VirtualServices got which form.
#[derive(Debug, Default)]
pub(super) struct Forms {
    /// VirtualServices of the mesh by form.
    counts: BTreeMap<String, usize>,
    /// Why those stay that do, by code.
    reasons: BTreeMap<String, usize>,
    /// Those whose files lack what they speak of.
    incomplete: usize,
    /// Fields of VirtualServices that no rule speaks of.
    unknown_fields: usize,
}

impl Forms {
    /// Counts what a report in JSON says. A VirtualService with several HTTPRoutes counts once, with its worst form.
    pub(super) fn add(&mut self, report: &Value) {
        let list = |key: &str| report.get(key).and_then(Value::as_array).cloned().unwrap_or_default();
        let text = |value: &Value, key: &str| value.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
        let mut forms: BTreeMap<String, &str> = BTreeMap::new();
        for finding in list("diagnostics") {
            let Some(object) = finding.get("object").filter(|object| text(object, "kind") == "VirtualService") else {
                continue;
            };
            let (code, message) = (text(&finding, "code"), text(&finding, "message"));
            match code.as_str() {
                "S2A1007" => self.unknown_fields += 1,
                "S2A4001" => {
                    let form = form_of(&message);
                    let worst = forms.entry(object.to_string()).or_insert(form);
                    *worst = worse(worst, form);
                }
                _ => {}
            }
        }
        for form in forms.into_values() {
            *self.counts.entry(form.to_owned()).or_default() += 1;
        }
        let is_virtual_service =
            |row: &&Value| row.get("object").is_some_and(|object| text(object, "kind") == "VirtualService");
        for row in list("objects").iter().filter(is_virtual_service).filter(|row| text(row, "disposition") == "refused")
        {
            let because = row.get("because").and_then(Value::as_array).cloned().unwrap_or_default();
            let codes: Vec<&str> = because.iter().filter_map(Value::as_str).collect();
            if codes.iter().any(|code| ABOUT_INPUT.contains(code)) {
                self.incomplete += 1;
                continue;
            }
            *self.counts.entry("stays".to_owned()).or_default() += 1;
            codes.into_iter().for_each(|code| *self.reasons.entry(code.to_owned()).or_default() += 1);
        }
    }

    /// The shares, a line each.
    pub(super) fn lines(&self) -> Vec<String> {
        let all: usize = self.counts.values().sum();
        let mut lines = vec![format!("{all:>6}  VirtualServices of a mesh, in per cent (and what was judged):")];
        for (form, judged) in JUDGED {
            let count = self.counts.get(form).copied().unwrap_or_default();
            let tenths = (count * 1000).checked_div(all).unwrap_or_default();
            lines.push(format!("{count:>6}  {form:<8} {:>3}.{} ({judged})", tenths / 10, tenths % 10));
        }
        let reasons: Vec<String> = self.reasons.iter().map(|(code, count)| format!("{code} {count}")).collect();
        lines.push(format!("        they stay because of {}", reasons.join(", ")));
        lines.push(format!("{:>6}  more that speak of what their files lack", self.incomplete));
        lines.push(format!("{:>6}  fields that no rule speaks of", self.unknown_fields));
        lines
    }
}

/// The word of the form that is furthest from the list as it stood.
fn form_of(message: &str) -> &'static str {
    let forms = message.split_once('(').map_or("", |(_, rest)| rest.split(')').next().unwrap_or_default());
    let named = |form: &&str| forms.split(',').next().is_some_and(|first| first.split(" and ").any(|it| it == *form));
    ["closure", "ladder", "holes"].into_iter().find(named).unwrap_or("natural")
}

fn worse(one: &'static str, other: &'static str) -> &'static str {
    let rank = |form: &str| JUDGED.iter().position(|(name, _)| *name == form);
    if rank(one) >= rank(other) { one } else { other }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_virtual_service_counts_once_with_its_worst_form() {
        let object = json!({"kind": "VirtualService", "name": "web"});
        let finding = |message: &str| json!({"code": "S2A4001", "object": object, "message": message});
        let report = json!({
            "diagnostics": [
                finding("becomes HTTPRoute shop/web-80 (natural, in any order of Gateway API): http[0] = rule 0"),
                finding("becomes HTTPRoute shop/web-90 (holes and ladder, in Istio's order): http[0] = rule 0"),
            ],
            "objects": [{"object": object, "disposition": "removed", "because": []}],
        });
        let mut forms = Forms::default();
        forms.add(&report);
        assert_eq!(forms.counts, BTreeMap::from([("ladder".to_owned(), 1)]));
    }

    #[test]
    fn what_the_files_lack_is_counted_apart() {
        let row =
            |code: &str| json!({"object": {"kind": "VirtualService"}, "disposition": "refused", "because": [code]});
        let mut forms = Forms::default();
        forms.add(&json!({"diagnostics": [], "objects": [row("S2A4015"), row("S2A4006")]}));
        assert_eq!((forms.incomplete, forms.counts.get("stays")), (1, Some(&1)));
    }
}
