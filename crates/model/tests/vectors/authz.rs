//! Vectors 1 to 62: one policy, one request, and what a sidecar, ztunnel and a waypoint make of it.

use s2a_model::authz::{JwtRule, RequestAuthentication, Scope};
use s2a_model::{Mesh, Name, Token};

use crate::ask::{allowed, ask, fate};
use crate::mesh::{mesh, object};
use crate::policy::{policy, scope};
use crate::{Check, assert_complete};

/// A policy, without its scope, and requests with their fates at sidecar, ztunnel and waypoint: `+`, `-`, or `.` where
/// there is no such case.
struct Row {
    number: u32,
    mesh: &'static str,
    policy: &'static str,
    asks: &'static [(&'static str, &'static str)],
}

const fn row(number: u32, policy: &'static str, asks: &'static [(&'static str, &'static str)]) -> Row {
    Row { number, mesh: "", policy, asks }
}

const ROWS: &[Row] = &[
    row(1, "", &[("A", "+++")]),
    row(2, "ALLOW", &[("A", "---")]),
    row(3, "ALLOW {}", &[("P", "++."), ("A", "+++")]),
    row(4, "DENY {}", &[("A", "---")]),
    row(5, "DENY", &[("A", "+++")]),
    row(6, "ALLOW from principals=A", &[("A", "+++")]),
    row(7, "ALLOW from principals=A", &[("B", "---")]),
    row(8, "ALLOW from principals=A", &[("P", "--.")]),
    row(9, "DENY from !principals=*", &[("P", "--.")]),
    row(10, "DENY from !principals=*", &[("A", "+++")]),
    row(11, "DENY from !principals=A", &[("P", "--.")]),
    row(12, "ALLOW from namespaces=foo", &[("A", "+++"), ("B", "---")]),
    row(13, "ALLOW from namespaces=f*o", &[("A", "+-+")]),
    row(14, "ALLOW from principals=*/sa/a", &[("A", "+++")]),
    row(15, "ALLOW from principals=*sa*", &[("A", "---")]),
    Row {
        number: 16,
        mesh: "td=td2 alias=td1",
        policy: "ALLOW from principals=td1/ns/foo/sa/a",
        asks: &[("id=td2/ns/foo/sa/a", "+-+")],
    },
    Row {
        number: 17,
        mesh: "td=corp.example",
        policy: "ALLOW from principals=cluster.local/ns/foo/sa/a",
        asks: &[("id=corp.example/ns/foo/sa/a", "+-+")],
    },
    row(18, "ALLOW from serviceAccounts=a", &[("A", "+++"), ("id=cluster.local/ns/bar/sa/a", "---")]),
    row(19, "ALLOW when source.serviceAccount=foo/a", &[("A", "+-+")]),
    row(20, "DENY when source.serviceAccount=foo/a", &[("A", "-+-")]),
    row(21, "ALLOW from trustDomains=cluster.local", &[("A", "+-+")]),
    row(22, "ALLOW from namespaces=foo trustDomains=other", &[("A", "-+-")]),
    row(23, "DENY from namespaces=foo trustDomains=other", &[("A", "+-+")]),
    row(24, "ALLOW to methods=GET", &[("A GET", "+-+"), ("A POST", "---")]),
    row(25, "ALLOW to methods=GET", &[("A tcp :9000", "---")]),
    row(26, "DENY to methods=POST", &[("A POST", "-+-")]),
    row(27, "DENY to methods=POST", &[("A GET", "+++")]),
    row(28, "DENY to methods=POST", &[("A tcp :9000", "-+-")]),
    row(29, "DENY to ports=8080 methods=POST", &[("A GET", "+-+")]),
    row(30, "DENY to ports=8080 methods=POST", &[("A POST", "--+")]),
    row(31, "DENY to ports=80 methods=POST", &[("A POST", "..-")]),
    row(32, "DENY from namespaces=bar; to methods=GET", &[("B GET", "-+-")]),
    row(33, "DENY from namespaces=bar; to methods=GET", &[("B tcp :9000", "-+-")]),
    row(34, "DENY from principals=A !requestPrincipals=iss/s", &[("A jwt=iss/s", "+-+")]),
    row(35, "DENY from principals=A; when request.headers[x]=y", &[("A x=y", "-+-")]),
    row(36, "DENY {} | to methods=POST", &[("A", "---")]),
    row(37, "DENY from requestPrincipals=q; from principals=A", &[("A", "---"), ("B", "+++")]),
    row(38, "DENY from requestPrincipals=q; from principals=A", &[("B tcp :9000", "-+-")]),
    row(39, "ALLOW to ports=9000; to methods=GET", &[("A tcp :9000", "---")]),
    row(40, "ALLOW to ports=9000 | to methods=GET", &[("A tcp :9000", "+++")]),
    row(41, "ALLOW from ipBlocks=10.0.0.1", &[("A", "++-")]),
    row(42, "ALLOW from !ipBlocks=10.0.0.1", &[("A", "--+")]),
    row(43, "ALLOW from remoteIpBlocks=10.0.0.1", &[("A", "+-+")]),
    row(44, "ALLOW to ports=8080", &[("A", "++-")]),
    row(45, "ALLOW to ports=80", &[("A", "--+")]),
    row(46, "ALLOW when destination.ip=10.0.0.8", &[("A", "++-")]),
    row(47, "ALLOW when connection.sni=*.web.foo.svc.cluster.local", &[("A", "+--")]),
    row(48, "ALLOW to hosts=web", &[("A host=WEB", "+-+"), ("A host=web:80", "---")]),
    row(
        49,
        "ALLOW to paths=/allow/admin/{**}",
        &[("A /allow/admin/", "+-+"), ("A /allow/admin", "---"), ("A /allow/admin/x/y", "+-+")],
    ),
    row(50, "ALLOW to paths=/foo/{*}/bar/{**}", &[("A /foo//bar/b", "---"), ("A /foo/z/bar/b/c", "+-+")]),
    row(51, "ALLOW to paths=/store/{**}/cart", &[("A /store/cart", "---"), ("A /store//cart", "+-+")]),
    row(52, "ALLOW when !request.headers[x-foo]=bar", &[("A", "+-+"), ("A x-foo=bar", "---")]),
    row(55, "ALLOW from requestPrincipals=*/*", &[("A jwt=iss/s", "---")]),
];

/// Rows whose setup is more than one policy of one scope; each function holds one or several of them.
const OTHERS: &[Check] = &[
    (&[53], a_selector_brings_no_tokens_to_a_waypoint),
    (&[54], tokens_and_paths_at_a_waypoint),
    (&[56], an_empty_selector_is_nothing_to_ztunnel),
    (&[57], targets_mean_nothing_without_a_waypoint),
    (&[58, 59, 60, 61, 62], what_attaches_to_a_waypoint),
];

/// All of 1 to 62 can be stated. Of row 54 the statuses (401 or 403) are not: the model only says who refuses.
const NOT_STATED: &[(u32, &str)] = &[];

/// The meshes of the three columns, with the scope that the policy gets in each.
const COLUMNS: [(&str, &str); 3] = [("sidecar", "sel"), ("ambient", "sel"), ("ambient waypoint", "svc")];

#[test]
fn every_row_is_told() {
    let mut told: Vec<u32> = ROWS.iter().map(|row| row.number).collect();
    told.extend(OTHERS.iter().flat_map(|(numbers, _)| numbers.iter()));
    assert_complete(1..=62, &told, NOT_STATED);
}

#[test]
fn rows() {
    for Row { number, mesh: words, policy: text, asks } in ROWS {
        for (request, fates) in *asks {
            for ((modes, scope), wanted) in COLUMNS.iter().zip(fates.chars()).filter(|(_, wanted)| *wanted != '.') {
                let mut mesh = mesh(&format!("{modes} {words}"));
                mesh.authorization_policies.extend((!text.is_empty()).then(|| policy(&format!("{scope} {text}"))));
                if ask(request).token != Token::None {
                    mesh.request_authentications.push(accepting(self::scope(scope), &["iss"]));
                }
                assert_eq!(allowed(&mesh, request), wanted == '+', "row {number}, {modes}: {text}: {request}");
            }
        }
    }
}

#[test]
fn other_rows() {
    OTHERS.iter().for_each(|(_, check)| check());
}

/// A RequestAuthentication for these issuers.
pub(crate) fn accepting(scope: Scope, issuers: &[&str]) -> RequestAuthentication {
    let name = Name::new("foo", "tokens");
    let rule = |issuer: &&str| JwtRule {
        issuer: (*issuer).to_owned(),
        audiences: Vec::new(),
        fingerprint: String::new(),
        changed_headers: Vec::new(),
    };
    let object = object("RequestAuthentication", &name);
    RequestAuthentication { name, scope, rules: issuers.iter().map(rule).collect(), object }
}

/// The mesh with the policies of these texts.
fn with(words: &str, policies: &[&str]) -> Mesh {
    let mut mesh = mesh(words);
    mesh.authorization_policies.extend(policies.iter().map(|text| policy(text)));
    mesh
}

fn a_selector_brings_no_tokens_to_a_waypoint() {
    for (words, wanted) in [("sidecar", "+"), ("ambient", "+"), ("ambient waypoint", "- waypoint")] {
        let mut mesh = with(words, &["svc ALLOW from requestPrincipals=*"]);
        mesh.request_authentications.push(accepting(scope("sel"), &["iss1"]));
        assert_eq!(fate(&mesh, "A jwt=iss1/s"), wanted, "row 53, {words}");
    }
}

fn tokens_and_paths_at_a_waypoint() {
    let mut mesh = with("ambient waypoint", &["gw ALLOW from requestPrincipals=iss1/sub-1 | to paths=/healthz"]);
    mesh.request_authentications.push(accepting(scope("gw"), &["iss1", "iss2"]));
    let fates = [
        ("A", false),
        ("A jwt=iss1/sub-1", true),
        ("A jwt=iss2/sub-1", false),
        ("A jwt=iss3/sub-1", false),
        ("A jwt=invalid", false),
        ("A /healthz", true),
    ];
    for (request, wanted) in fates {
        assert_eq!(allowed(&mesh, request), wanted, "row 54: {request}");
    }
}

/// Row 56 and the same for pods: `selector: {}` selects all of them at sidecars.
fn an_empty_selector_is_nothing_to_ztunnel() {
    assert_eq!(fate(&with("sidecar", &["empty-sel ALLOW"]), "A"), "- sidecar");
    assert_eq!(fate(&with("ambient", &["empty-sel ALLOW"]), "A"), "+");
    assert_eq!(fate(&with("sidecar", &["root-empty-sel ALLOW"]), "A"), "- sidecar");
    assert_eq!(fate(&with("ambient", &["root-empty-sel ALLOW"]), "A"), "+");
}

fn targets_mean_nothing_without_a_waypoint() {
    for (words, wanted) in [("sidecar", "+"), ("ambient", "+"), ("ambient waypoint", "- waypoint")] {
        assert_eq!(fate(&with(words, &["svc ALLOW"]), "A"), wanted, "row 57, {words}");
    }
}

fn what_attaches_to_a_waypoint() {
    let applied = [
        (58, "ambient waypoint-in-w", "svc ALLOW", true),
        (59, "ambient waypoint-in-w", "gw ALLOW", false),
        (60, "ambient waypoint", "root-class ALLOW", true),
        (60, "ambient waypoint", "class ALLOW", false),
        (61, "ambient waypoint", "se ALLOW", false),
        (62, "ambient waypoint", "waypoint-sel ALLOW", false),
    ];
    for (number, words, text, wanted) in applied {
        let fate = fate(&with(words, &[text]), "A");
        assert_eq!(fate, if wanted { "- waypoint" } else { "+" }, "row {number}: {text}");
    }
}

/// Istio 1.24 reads the policies of the Service's namespace only, and knows a Gateway by its name there.
#[test]
fn the_namespaces_that_a_waypoint_of_1_24_reads() {
    let applied = [
        ("ambient waypoint-in-w", "svc ALLOW", true),
        ("ambient waypoint-in-w", "gw ALLOW", true),
        ("ambient waypoint", "gw ALLOW", true),
        ("ambient waypoint", "root-class ALLOW", false),
    ];
    for (words, text, wanted) in applied {
        let mut mesh = with(words, &[text]);
        mesh.settings.features.waypoint_reads_root_policies = false;
        assert_eq!(allowed(&mesh, "A"), !wanted, "{words}: {text}");
    }
}

/// Trust domains with a wildcard (istio/istio `pilot/pkg/security/trustdomain/bundle_test.go`).
#[test]
fn trust_domains_with_a_wildcard_stand_for_the_meshs_own() {
    let of = |domain: &str| format!("sel ALLOW from principals={domain}/ns/foo/sa/a");
    let words = "sidecar td=new-td alias=old-td";
    let fates = [("*-td", true), ("new*", true), ("*-other", false), ("*", true)];
    for (domain, wanted) in fates {
        let mesh = with(words, &[&of(domain)]);
        assert_eq!(allowed(&mesh, "id=old-td/ns/foo/sa/a"), wanted, "{domain}");
    }
}

/// Repeated conditions on tokens: `*` asks for a value (istio/istio `pilot/pkg/security/authz/model/generator.go`).
#[test]
fn request_principals_with_a_wildcard() {
    let fates = [
        ("*", "jwt=iss/s", true),
        ("*", "jwt=iss", false),
        ("iss/*", "jwt=iss/s", true),
        ("iss/*", "jwt=iss", false),
        ("iss*", "jwt=iss/s", true),
        ("iss*", "jwt=iss", false),
        ("*s", "jwt=iss/abs", true),
        ("*/s", "jwt=iss/s", true),
        ("*/s", "jwt=iss/abs", false),
        ("*ss/s", "jwt=iss/s", true),
        ("iss/a*", "jwt=iss/abs", true),
    ];
    for (value, token, wanted) in fates {
        let mut mesh = with("sidecar", &[&format!("sel ALLOW from requestPrincipals={value}")]);
        mesh.request_authentications.push(accepting(scope("sel"), &["iss"]));
        assert_eq!(allowed(&mesh, &format!("A {token}")), wanted, "{value}: {token}");
    }
}
