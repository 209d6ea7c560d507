//! Names of routes: two VirtualServices of different namespaces can have one, and their routes meet in the namespace of a
//! Service.

use std::collections::{BTreeMap, BTreeSet};

use s2a_model::{Mesh, Name, ObjectId};

use super::RoutePlan;

/// Gives every HTTPRoute a name of its own, and every TCPRoute.
pub(super) fn make_distinct(mesh: &Mesh, plans: &mut BTreeMap<ObjectId, RoutePlan>) {
    let mut of_requests: BTreeSet<Name> = mesh.http_routes.iter().map(|route| route.name.clone()).collect();
    let mut of_connections: BTreeSet<Name> = mesh.connection_routes.iter().map(|route| route.name.clone()).collect();
    for (object, plan) in plans {
        let RoutePlan::Translated(draft) = plan else { continue };
        for written in &mut draft.routes {
            written.route.name = distinct(&mut of_requests, &written.route.name, object);
            written.route.object.name = written.route.name.clone();
        }
        for route in &mut draft.connections {
            route.name = distinct(&mut of_connections, &route.name, object);
            route.object.name = route.name.clone();
        }
    }
}

/// The name; with the namespace of its VirtualService behind it, and a number, where it is taken.
fn distinct(taken: &mut BTreeSet<Name>, name: &Name, object: &ObjectId) -> Name {
    let longer = |number: usize| {
        let number = if number == 0 { String::new() } else { format!("-{number}") };
        Name::new(name.namespace.clone(), format!("{}-{}{number}", name.name, object.name.namespace))
    };
    let mut candidates = std::iter::once(name.clone()).chain((0..).map(longer));
    let free = candidates.find(|candidate| !taken.contains(candidate)).unwrap_or_else(|| name.clone());
    taken.insert(free.clone());
    free
}
