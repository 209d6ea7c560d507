//! `istiod-flags`: the environment of istiod, against the settings that change what is meant.

use s2a_catalog::{IstiodFlag, Weight};

use crate::pod::Pod;
use crate::{Environment, Item, Status};

pub(super) fn run(environment: &Environment<'_>) -> Vec<Item> {
    let istiods = environment.istiods();
    if istiods.is_empty() {
        return vec![Item::plain(Status::Unknown, "no istiod: no Deployment has the label app=istiod")];
    }
    istiods.iter().flat_map(|istiod| of_istiod(istiod, environment)).collect()
}

fn of_istiod(istiod: &Pod<'_>, environment: &Environment<'_>) -> Vec<Item> {
    let mut items = Vec::new();
    for container in istiod.containers().iter().filter(|container| container.name == "discovery") {
        for (index, name, value) in container.environment() {
            let flag = environment.catalog.istiod_flags().iter().find(|flag| flag.name == name);
            let field = format!("{}.env[{index}]", container.field);
            items.extend(flag.map(|flag| judged(istiod, field, flag, value)));
            items.extend(hidden(istiod, &container.field, index, name, value));
        }
    }
    items
}

fn judged(istiod: &Pod<'_>, field: String, flag: &IstiodFlag, value: &str) -> Item {
    let IstiodFlag { name, default, off_default, meaning, evidence: _ } = flag;
    let (status, text) = match off_default {
        _ if value.eq_ignore_ascii_case(default) => (Status::Passed, format!("{name}={value}, as by default")),
        Weight::Failed => (Status::Failed, format!("{name}={value}: {meaning}")),
        Weight::Warning => (Status::Warning, format!("{name}={value}: {meaning}")),
    };
    Item::about(status, istiod.object, field, text)
}

/// Ambient mode is off unless istiod is told otherwise, which belongs to the installation that comes next.
fn hidden(istiod: &Pod<'_>, container: &str, index: usize, name: &str, value: &str) -> Option<Item> {
    let on = value.eq_ignore_ascii_case("true");
    let text = if on { "ambient mode is enabled" } else { "ambient mode is disabled" };
    let status = if on { Status::Passed } else { Status::Warning };
    let field = format!("{container}.env[{index}]");
    (name == "PILOT_ENABLE_AMBIENT")
        .then(|| Item::about(status, istiod.object, field, format!("{name}={value}: {text}")))
}
