use s2a_admission::{Admission, Answer, ViolationRule};

use crate::{NEWEST, assert_accepted, assert_refused, object, refusals};

fn service(name: &str, spec: &str) -> String {
    format!("{{apiVersion: v1, kind: Service, metadata: {{name: {name}, namespace: shop}}, spec: {spec}}}")
}

#[test]
fn services_are_accepted() {
    assert_accepted(&service("cart", "{selector: {app: cart}, ports: [{port: 80, targetPort: 8080}]}"));
    assert_accepted(&service("cart", "{clusterIP: None, selector: {app: cart}}"));
    assert_accepted(&service("ext", "{type: ExternalName, externalName: example.com}"));
    let two = "{ports: [{name: dns, port: 53, protocol: UDP}, {name: dns-tcp, port: 53, targetPort: dns-tcp}]}";
    assert_accepted(&service("dns", two));
}

#[test]
fn a_service_name_starts_with_a_letter() {
    let ports = "{ports: [{port: 80}]}";
    assert_accepted(&service("v1", ports));
    for bad in ["1v", "a.b", "A", "a-"] {
        assert_refused(&service(bad, ports), ViolationRule::Name, "metadata.name", "DNS-1035");
    }
}

#[test]
fn ports_are_there_and_in_range() {
    assert_refused(&service("a", "{selector: {app: a}}"), ViolationRule::Cel, "spec", "ports are required");
    assert_refused(&service("a", "{ports: [{port: 0}]}"), ViolationRule::Schema, "spec.ports[0].port", "minimum");
    let long = "{ports: [{port: 1, targetPort: a-name-that-is-too-long}]}";
    assert_refused(&service("a", long), ViolationRule::Schema, "spec.ports[0].targetPort", "longer than 15");
    let digits = "{ports: [{port: 1, targetPort: '8080'}]}";
    assert_refused(&service("a", digits), ViolationRule::Schema, "spec.ports[0].targetPort", "8080");
}

#[test]
fn several_ports_have_names_that_differ() {
    let nameless = service("a", "{ports: [{port: 1, name: x}, {port: 2}]}");
    assert_refused(&nameless, ViolationRule::Cel, "spec", "every port needs a name");
    let same = service("a", "{ports: [{port: 1, name: x}, {port: 2, name: x}]}");
    assert_refused(&same, ViolationRule::Cel, "spec", "port names must differ");
    let twice = service("a", "{ports: [{port: 1, name: x}, {port: 1, name: y}]}");
    assert_refused(&twice, ViolationRule::ListType, "spec.ports[1]", "same port, protocol");
}

#[test]
fn a_namespace_is_a_label() {
    assert_accepted(
        "{apiVersion: v1, kind: Namespace, metadata: {name: shop, labels: {istio.io/dataplane-mode: ambient}}}",
    );
    let dotted = "{apiVersion: v1, kind: Namespace, metadata: {name: a.b}}";
    assert_refused(dotted, ViolationRule::Name, "metadata.name", "DNS-1123 label");
}

#[test]
fn metadata_is_checked_for_every_kind() {
    let bad = "
apiVersion: v1
kind: Namespace
metadata: {name: a, label: {}, labels: {istio.io/dataplane-mode: true, 'a b': c}}
";
    assert_eq!(
        refusals(bad),
        [
            "UnknownField metadata.label: is no field of this kind",
            "Name metadata.labels[a b]: is not a label key",
            "Schema metadata.labels[istio.io/dataplane-mode]: true is not of type \"string\"",
        ]
    );
}

#[test]
fn other_kinds_are_not_checked() {
    let pod = object("{apiVersion: v1, kind: Pod, metadata: {name: Not A Name}}");
    assert_eq!(Admission::new(NEWEST).unwrap().review(&pod).unwrap(), Answer::NotChecked);
}
