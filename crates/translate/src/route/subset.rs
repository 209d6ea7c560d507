//! Subsets become Services of their own: an HTTPRoute knows no subsets.

use s2a_catalog::codes;
use s2a_model::change::{Change, NewObject};
use s2a_model::topology::{Labels, Service};
use s2a_model::{Mesh, Name, ObjectId, Origin};

use super::Refusable;
use super::condition::refuse;
use crate::Translation;
use crate::findings::whole;
use crate::plan::Plan;

/// A subset that some route sends to.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct SubsetUse {
    name: Name,
    service: ObjectId,
    rule: ObjectId,
    subset: String,
    labels: Labels,
    /// Whether a Service of this name and with these pods is there already.
    exists: bool,
}

/// Labels that Istio puts on endpoints itself, which no Service can select by.
const ADDED_BY_ISTIO: [&str; 6] = [
    "topology.kubernetes.io/region",
    "topology.kubernetes.io/zone",
    "topology.istio.io/subzone",
    "topology.istio.io/cluster",
    "topology.istio.io/network",
    "kubernetes.io/hostname",
];

/// The Service for a subset; `None` if the subset has no labels, so that it is the whole Service.
pub(super) fn subset_service(
    mesh: &Mesh,
    service: &Service,
    host: &str,
    subset: &str,
    origin: &Origin,
    field: &str,
) -> Refusable<Option<SubsetUse>> {
    let field = format!("{field}.subset");
    let rules = mesh.destination_rules_of(host).into_iter();
    let found =
        rules.flat_map(|rule| rule.subsets.iter().map(move |subset| (rule, subset))).find(|(_, it)| it.name == subset);
    let Some((rule, found)) = found else {
        let message = format!("no DestinationRule defines subset `{subset}` of {host}: refused with 503 now");
        return refuse(&codes::SUBSET_UNKNOWN, origin, &field, &message);
    };
    if !rule.exported {
        let message = format!("{} is for some namespaces only, and a Service is for all", rule.object);
        return refuse(&codes::SUBSET_UNKNOWN, origin, &field, &message);
    }
    if found.labels.is_empty() {
        return Ok(None);
    }
    let contradicts = found.labels.iter().any(|(key, value)| service.selector.get(key).is_some_and(|own| own != value));
    let foreign = found.labels.keys().any(|key| ADDED_BY_ISTIO.contains(&key.as_str()));
    if contradicts || foreign || service.selector.is_empty() {
        let message = format!("no selector of a Service can say subset `{subset}`");
        return refuse(&codes::SUBSET_UNKNOWN, origin, &field, &message);
    }
    let name = Name::new(service.name.namespace.clone(), short_name(&service.name.name, subset));
    let selector: Labels = service.selector.clone().into_iter().chain(found.labels.clone()).collect();
    let existing = mesh.service(&name);
    if existing.is_some_and(|existing| existing.selector != selector || existing.ports != service.ports) {
        let message = format!("a Service {name} is there already and selects other pods");
        return refuse(&codes::SUBSET_UNKNOWN, origin, &field, &message);
    }
    Ok(Some(SubsetUse {
        exists: existing.is_some(),
        name,
        service: service.object.clone(),
        rule: rule.object.clone(),
        subset: subset.to_owned(),
        labels: found.labels.clone(),
    }))
}

/// `service-subset`, in the letters and the length that a Service name may have.
fn short_name(service: &str, subset: &str) -> String {
    let legal = |it: char| if it.is_ascii_alphanumeric() { it.to_ascii_lowercase() } else { '-' };
    let name: String = format!("{service}-{subset}").chars().map(legal).take(63).collect();
    name.trim_matches('-').to_owned()
}

impl SubsetUse {
    /// The host name of the subset's Service.
    pub(super) fn host(&self, mesh: &Mesh) -> String {
        format!("{}.{}.svc.{}", self.name.name, self.name.namespace, mesh.settings.cluster_domain)
    }

    /// Adds the Service, and a DestinationRule with the traffic policy that the subset had.
    pub(super) fn write(self, mesh: &Mesh, _plan: &Plan, translation: &mut Translation) {
        if self.exists {
            return;
        }
        let message = format!("subset `{}` becomes Service {}", self.subset, self.name);
        translation.say(whole(&codes::SUBSET_SERVICE_ADDED, &self.rule, message));
        let origins = vec![self.service.clone(), self.rule.clone()];
        translation.change(Change::Add {
            beside: self.service.clone(),
            origins: origins.clone(),
            name: self.name.clone(),
            object: NewObject::SubsetService { of: self.service.clone(), labels: self.labels.clone() },
        });
        translation.change(Change::Add {
            beside: self.rule.clone(),
            origins,
            name: self.name.clone(),
            object: NewObject::SubsetDestinationRule {
                of: self.rule.clone(),
                host: self.host(mesh),
                subset: self.subset,
            },
        });
    }
}
