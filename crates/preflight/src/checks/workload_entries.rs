//! `workload-entries`: virtual machines, which have no ztunnel.

use serde_json::Value;

use crate::{Environment, Item, Status};

pub(super) fn run(environment: &Environment<'_>) -> Vec<Item> {
    let entries = environment.of("WorkloadEntry").iter().map(|object| {
        let labels = object.json.pointer("/spec/labels");
        let tunnel = labels.and_then(|labels| labels.get("networking.istio.io/tunnel")).and_then(Value::as_str);
        let address = object.json.pointer("/spec/address").and_then(Value::as_str).unwrap_or("without address");
        let way = if tunnel == Some("http") { "over HBONE" } else { "in plaintext, without identity" };
        let text = format!("{address} stays as it is; ambient clients reach it {way}");
        Item::about(Status::Warning, object, "spec", text)
    });
    let text = "machines that join by it keep a proxy of their own";
    let groups = environment.of("WorkloadGroup").iter().map(|it| Item::about(Status::Warning, it, "spec", text));
    entries.chain(groups).collect()
}
