//! `docs/src/reference/releases.md`.

use s2a_catalog::{FeatureRow, Release, Targets};

use super::markdown::{code, head, table};

/// Writes the known releases and what differs between them.
pub(super) fn write(targets: &Targets) -> String {
    let mut text = head("Releases", "rules/targets.toml");
    text.push_str(&format!(
        "Without options the output is meant for Istio {} and Gateway API {} in the {} channel.\n\n",
        targets.default.istio, targets.default.gateway_api, targets.default.channel
    ));
    text.push_str(&table(
        ["Istio", "Gateway API it is built with", "Kubernetes"],
        targets.istio.iter().map(|row| {
            let [oldest, newest] = row.kubernetes;
            [row.release.to_string(), row.gateway_api.to_string(), format!("{oldest} to {newest}")]
        }),
    ));
    text.push_str("## What differs\n\n");
    text.push_str(&table(
        ["Feature", "Meaning", "Istio", "Gateway API standard", "experimental"],
        targets.feature.iter().map(row),
    ));
    text.truncate(text.trim_end().len());
    text + "\n"
}

fn row(feature: &FeatureRow) -> [String; 5] {
    let number = |release: Option<Release>| release.map(|release| release.to_string()).unwrap_or_default();
    [
        code(&feature.name),
        feature.title.clone(),
        istio(feature),
        number(feature.standard),
        number(feature.experimental) + &feature.gone.map(|gone| format!(", until {gone}")).unwrap_or_default(),
    ]
}

fn istio(feature: &FeatureRow) -> String {
    if feature.never {
        return "never".to_owned();
    }
    let mut parts: Vec<String> = feature.since.iter().map(|since| format!("since {since}")).collect();
    parts.extend(feature.backports.iter().map(|backport| format!("also {backport}")));
    parts.extend(feature.until.iter().map(|until| format!("until {until}")));
    parts.extend(feature.flag.iter().map(|flag| format!("with `{flag}`")));
    parts.join(", ")
}
