//! `crates/catalog/src/features.rs`.

use s2a_catalog::{FeatureRow, Release};

use super::rust::{head, literal, release, variant};

/// Writes the enumeration of features and what each asks of a target.
pub(super) fn write(rows: &[FeatureRow]) -> String {
    let each = |line: fn(&FeatureRow) -> String| rows.iter().map(line).collect::<String>();
    let mut text = head("What differs between releases.", "rules/targets.toml");
    text.push_str("\nuse crate::feature::Requirement;\nuse crate::release::Release;\n");
    text.push_str("\n/// A behaviour which some releases have and others lack.\n");
    text.push_str("#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]\npub enum Feature {\n");
    text.push_str(&each(|row| format!("    /// {}\n    {},\n", row.title, variant(&row.name))));
    text.push_str("}\n\nimpl Feature {\n    /// All features, in the order of `rules/targets.toml`.\n");
    text.push_str("    pub const ALL: &'static [Feature] = &[\n");
    text.push_str(&each(|row| format!("        Feature::{},\n", variant(&row.name))));
    text.push_str("    ];\n\n    /// Returns the name in kebab-case.\n    #[must_use]\n");
    text.push_str("    pub const fn name(self) -> &'static str {\n        match self {\n");
    text.push_str(&each(name_arm));
    text.push_str("        }\n    }\n\n    /// Returns what the feature asks of a target.\n");
    text.push_str("    pub(crate) const fn requirement(self) -> Requirement {\n        match self {\n");
    text.push_str(&each(requirement_arm));
    text.push_str("        }\n    }\n}\n");
    text
}

fn name_arm(row: &FeatureRow) -> String {
    format!("Feature::{} => {},\n", variant(&row.name), literal(&row.name))
}

fn requirement_arm(row: &FeatureRow) -> String {
    let fields = requirement(row).join(", ");
    format!("Feature::{} => Requirement {{ {fields}, ..Requirement::NONE }},\n", variant(&row.name))
}

/// Returns the fields that differ from a requirement which every target meets.
fn requirement(row: &FeatureRow) -> Vec<String> {
    let FeatureRow { name: _, title: _, evidence: _, since, until, backports, .. } = row;
    let FeatureRow { standard, experimental, gone, flag, never, .. } = row;
    let some = |field: &str, value: &Option<Release>| value.map(|value| format!("{field}: Some({})", release(value)));
    let list: Vec<String> = backports.iter().copied().map(release).collect();
    [
        some("since", since),
        some("until", until),
        (!list.is_empty()).then(|| format!("backports: const {{ &[{}] }}", list.join(", "))),
        some("standard", standard),
        some("experimental", experimental),
        some("gone", gone),
        flag.as_ref().map(|flag| format!("flag: Some({})", literal(flag))),
        never.then(|| "never: true".to_owned()),
    ]
    .into_iter()
    .flatten()
    .collect()
}
