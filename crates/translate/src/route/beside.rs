//! What stays beside new routes: a waypoint joins the rules of a VirtualService to those of the HTTPRoutes of the same
//! Service, where a sidecar takes one of them alone.

use std::collections::BTreeMap;

use s2a_catalog::codes;
use s2a_model::{Mesh, Name, ObjectId, Origin};

use super::{RoutePlan, covered_services, hosts};
use crate::Refusal;
use crate::findings::about;
use crate::plan::Plan;

/// Keeps every VirtualService that would be written for a Service for which another one stays, again and again.
pub(super) fn keep_what_would_be_joined(mesh: &Mesh, plan: &Plan, plans: &mut BTreeMap<ObjectId, RoutePlan>) {
    while let Some((object, other, service)) = joined(mesh, plan, plans) {
        let message =
            format!("{other} stays for Service {service}, and a waypoint would join its rules to the new ones");
        let at = Origin { object: object.clone(), field: "spec.hosts".to_owned() };
        let finding = about(&codes::SEVERAL_VIRTUAL_SERVICES, &at, message);
        let own = mesh.virtual_services.iter().find(|it| it.object == object);
        let services = own.map(|own| covered_services(mesh, own)).unwrap_or_default();
        let refusal = Box::new(Refusal { object: object.clone(), finding });
        plans.insert(object, RoutePlan::Kept { refusal, services });
    }
}

/// A VirtualService that is written for a Service, and another that stays for it.
fn joined(mesh: &Mesh, plan: &Plan, plans: &BTreeMap<ObjectId, RoutePlan>) -> Option<(ObjectId, ObjectId, Name)> {
    let stays = |object: &ObjectId| match plans.get(object) {
        Some(RoutePlan::Translated(draft)) => draft.is_refused(plan),
        Some(RoutePlan::Kept { .. }) | None => true,
    };
    plans.iter().filter(|(object, _)| !stays(object)).find_map(|(object, written)| {
        let RoutePlan::Translated(draft) = written else { return None };
        draft.services.iter().find_map(|name| {
            let service = mesh.service(name)?;
            let other =
                hosts::applying(mesh, service).into_iter().find(|it| it.object != *object && stays(&it.object))?;
            Some((object.clone(), other.object.clone(), name.clone()))
        })
    })
}
