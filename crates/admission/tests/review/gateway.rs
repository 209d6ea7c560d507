use s2a_admission::ViolationRule;

use crate::{assert_accepted, assert_refused};

fn waypoint(listeners: &str) -> String {
    format!(
        "
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata:
  name: waypoint
  namespace: shop
  labels: {{istio.io/waypoint-for: service}}
spec:
  gatewayClassName: istio-waypoint
  listeners: {listeners}
"
    )
}

#[test]
fn a_waypoint_is_accepted() {
    assert_accepted(&waypoint(
        "[{name: mesh, port: 15008, protocol: HBONE, allowedRoutes: {namespaces: {from: Same}}}]",
    ));
}

#[test]
fn listener_names_differ() {
    let twice = waypoint("[{name: a, port: 80, protocol: HTTP}, {name: a, port: 81, protocol: HTTP}]");
    let found = crate::refusals(&twice);
    assert_eq!(
        found,
        [
            "Cel spec.listeners: Listener name must be unique within the Gateway",
            "ListType spec.listeners[1]: repeats an earlier item with the same name",
        ]
    );
}

#[test]
fn listeners_differ_in_port_protocol_or_hostname() {
    let same = waypoint("[{name: a, port: 80, protocol: HTTP}, {name: b, port: 80, protocol: HTTP}]");
    assert_refused(&same, ViolationRule::Cel, "spec.listeners", "must be unique for each listener");
}

#[test]
fn a_gateway_has_listeners_and_a_class() {
    let bare = "{apiVersion: gateway.networking.k8s.io/v1, kind: Gateway, metadata: {name: a}, spec: {}}";
    assert_eq!(
        crate::refusals(bare),
        ["Schema spec.gatewayClassName: is required", "Schema spec.listeners: is required"]
    );
}

#[test]
fn an_address_without_a_type_gets_one_before_it_is_checked() {
    let listeners = "[{name: mesh, port: 15008, protocol: HBONE}]";
    let addressed = format!("{}  addresses: [{{value: 10.0.0.1}}]\n", waypoint(listeners));
    assert_accepted(&addressed);
    let wrong = addressed.replace("10.0.0.1", "nowhere.example.com");
    assert!(!crate::refusals(&wrong).is_empty());
}

#[test]
fn a_grant_needs_both_sides() {
    let grant = "
apiVersion: gateway.networking.k8s.io/v1beta1
kind: ReferenceGrant
metadata: {name: from-web, namespace: shop}
spec:
  from: [{group: gateway.networking.k8s.io, kind: HTTPRoute, namespace: web}]
  to: [{group: '', kind: Service, name: cart}]
";
    assert_accepted(grant);
    assert_eq!(
        crate::refusals(&grant.replace("  to:", "  tu:")),
        ["Schema spec.to: is required", "UnknownField spec.tu: is no field of this kind"]
    );
}
