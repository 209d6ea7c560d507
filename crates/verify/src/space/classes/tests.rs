use std::collections::BTreeSet;

use super::*;
use crate::sample::Random;
use crate::space::{Literal, Pattern, TextMatch, holds};

const AMPLE: Demand = Demand { lines: 20, most: 100_000 };

/// The predicates that plain evaluation finds true.
fn plainly(dimension: &Dimension, predicates: &[Predicate], value: &Value) -> Signature {
    let literal =
        |predicate: &Predicate| Literal { dimension: dimension.clone(), predicate: predicate.clone(), negated: false };
    indexed(predicates).filter(|(_, predicate)| holds(&literal(predicate), value)).map(|(index, _)| index).collect()
}

fn text(patterns: &[Pattern]) -> Predicate {
    Predicate::Text(TextMatch { any_of: patterns.to_vec(), ignore_case: false })
}

fn exact(value: &str) -> Predicate {
    text(&[Pattern::Exact(value.into())])
}

fn regex(source: &str) -> Predicate {
    text(&[Pattern::Regex(source.into())])
}

fn examples(dimension: &Dimension, predicates: &[Predicate]) -> Vec<Value> {
    let found = classes(dimension, predicates, &Domains::default(), AMPLE).unwrap();
    found.into_iter().map(|class| class.example).collect()
}

fn texts(dimension: &Dimension, predicates: &[Predicate]) -> Vec<String> {
    examples(dimension, predicates)
        .into_iter()
        .filter_map(|value| match value {
            Value::Text(text) => Some(text),
            Value::Absent | Value::Lines(_) | Value::Ip(_) | Value::Flag(_) => None,
        })
        .collect()
}

fn random_predicates(random: &mut Random, dimension: &Dimension) -> Vec<Predicate> {
    (0..1 + random.below(4)).map(|_| random.literal(dimension).predicate).collect()
}

#[test]
fn every_example_has_the_signature_of_its_class() {
    let mut random = Random::new(1);
    for _ in 0..400 {
        for dimension in random.dimensions() {
            let predicates = random_predicates(&mut random, &dimension);
            for class in classes(&dimension, &predicates, &Domains::default(), AMPLE).unwrap() {
                let plain = plainly(&dimension, &predicates, &class.example);
                assert_eq!(plain, class.signature, "{predicates:?} {:?}", class.example);
            }
        }
    }
}

#[test]
fn every_random_value_lies_in_a_class_and_is_no_cheaper_than_its_example() {
    let mut random = Random::new(2);
    let domains = Domains::default();
    for _ in 0..200 {
        for dimension in random.dimensions() {
            let predicates = random_predicates(&mut random, &dimension);
            let found = classes(&dimension, &predicates, &domains, AMPLE).unwrap();
            for _ in 0..30 {
                let value = random.value(&dimension, &domains);
                let signature = plainly(&dimension, &predicates, &value);
                let class = found.iter().find(|class| class.signature == signature);
                let class = class.unwrap_or_else(|| panic!("{predicates:?} {value:?}"));
                let favoured = dimension == Dimension::Method;
                let plain = domains.plain(&dimension);
                assert!(favoured || class.cost <= cost(&value, &plain), "{class:?} {value:?}");
            }
        }
    }
}

#[test]
fn signatures_are_distinct_and_the_cheapest_class_comes_first() {
    let mut random = Random::new(3);
    for _ in 0..200 {
        for dimension in random.dimensions() {
            let predicates = random_predicates(&mut random, &dimension);
            let found = classes(&dimension, &predicates, &Domains::default(), AMPLE).unwrap();
            let signatures: BTreeSet<_> = found.iter().map(|class| &class.signature).collect();
            assert_eq!(signatures.len(), found.len());
            assert!(found.is_sorted_by_key(|class| class.cost));
            assert_eq!(found[0].cost, Cost::default(), "the plain value can always occur");
        }
    }
}

#[test]
fn unmentioned_values_are_plain() {
    let path = Dimension::Path;
    assert_eq!(texts(&path, &[exact("/admin")]), ["/", "/admin"]);
    assert_eq!(texts(&Dimension::Method, &[exact("POST")]), ["GET", "POST"]);
    assert_eq!(texts(&Dimension::Method, &[exact("GET")]), ["GET", "POST"]);
    assert_eq!(texts(&path, &[regex("/[^/]+")]), ["/", "/a"]);
    let header = Dimension::Header("x".into());
    assert_eq!(
        examples(&header, &[exact("v")]),
        [Value::Absent, Value::Text("v".into())],
        "a present line that does not match is no different from none"
    );
}

#[test]
fn a_namespace_regex_can_match_at_the_service_account() {
    // istiod writes `namespaces: ["*a"]` as this regex, and `.*a/` may eat `<ns>/sa/`.
    let found = texts(&Dimension::Peer, &[regex(".*/ns/.*a/.*")]);
    assert_eq!(found, ["cluster.local/ns/default/sa/default"]);
    let found = texts(&Dimension::Peer, &[regex(".*/ns/a/.*")]);
    assert_eq!(found, ["cluster.local/ns/default/sa/default", "a/ns/a/sa/a"]);
}

#[test]
fn the_lines_of_a_header_are_judged_one_by_one() {
    let header = Dimension::Header("x".into());
    let predicates = [exact("a"), exact("b"), text(&[Pattern::Prefix("a".into())])];
    let found = examples(&header, &predicates);
    let expected = [
        Value::Absent,
        Value::Text("a".into()),
        Value::Text("b".into()),
        Value::Text("aa".into()),
        Value::Lines(vec!["a".into(), "b".into()]),
        Value::Lines(vec!["b".into(), "aa".into()]),
    ];
    assert_eq!(found, expected);
}

#[test]
fn a_header_of_one_line_has_no_unions() {
    let header = Dimension::Header("x".into());
    let domains = Domains { single_line_headers: [String::from("x")].into(), ..Domains::default() };
    let found = classes(&header, &[exact("a"), exact("b")], &domains, AMPLE).unwrap();
    assert_eq!(found.len(), 3);
}

#[test]
fn only_as_many_lines_are_combined_as_can_matter() {
    let header = Dimension::Header("x".into());
    let predicates: Vec<_> = (0..20).map(|i| exact(&format!("v{i}"))).collect();
    let demand = Demand { lines: 2, ..AMPLE };
    let found = classes(&header, &predicates, &Domains::default(), demand).unwrap();
    assert_eq!(found.len(), 1 + 20 + 190);
    let refused = classes(&header, &predicates, &Domains::default(), AMPLE);
    assert_eq!(refused, Err(Unknown::TooManyClasses { dimension: header }));
}

#[test]
fn absence_and_emptiness_are_told_apart_when_asked_for() {
    let query = Dimension::Query("q".into());
    let predicates = [Predicate::Present, text(&[Pattern::NonEmpty])];
    let expected = [Value::Absent, Value::Text(String::new()), Value::Text("a".into())];
    assert_eq!(examples(&query, &predicates), expected);
}

#[test]
fn addresses_split_at_the_borders_of_networks() {
    let nets = |nets: &[&str]| Predicate::Ip(nets.iter().map(|net| net.parse().unwrap()).collect());
    let found = examples(
        &Dimension::SourceIp,
        &[nets(&["10.0.0.0/8"]), nets(&["10.0.0.0/9", "fd00::/8"]), nets(&["0.0.0.0/0"])],
    );
    let expected = ["10.0.0.1", "::1", "fd00::1", "10.128.0.1", "192.168.0.1"];
    let expected: BTreeSet<_> = expected.iter().map(|address| Value::Ip(address.parse().unwrap())).collect();
    assert_eq!(found.into_iter().collect::<BTreeSet<_>>(), expected);
}

/// Whether the automaton lets `source` match `line`.
fn matches(source: &str, line: &str) -> bool {
    let predicates = [regex(source), exact(line)];
    let query = Dimension::Query("q".into());
    let found = classes(&query, &predicates, &Domains::default(), AMPLE).unwrap();
    found.iter().any(|class| class.signature == [0, 1])
}

#[test]
fn anchors_hold_at_the_ends_only() {
    let table = [
        ("^a$", "a", true),
        ("a(b|$)", "a", true),
        ("a(b|$)", "ab", true),
        ("(^|b)a", "ba", true),
        ("b*$^", "", true),
        ("b*$^", "b", false),
        ("$a", "a", false),
        ("a^", "a", false),
        ("a^b", "ab", false),
        ("(a$)*b", "ab", false),
        ("(^a)*", "a", true),
        ("(^a)*", "aa", false),
    ];
    for (source, line, expected) in table {
        assert_eq!(matches(source, line), expected, "{source} {line}");
    }
}

#[test]
fn the_cheapest_lines_are_chosen_for_a_union() {
    let header = Dimension::Header("x".into());
    let either = |a: &str, b: &str| text(&[Pattern::Exact(a.into()), Pattern::Exact(b.into())]);
    let long = "0123456789";
    let predicates = [either("a", "b"), either("a", "c"), either(long, "b"), either(long, "c")];
    let found = classes(&header, &predicates, &Domains::default(), AMPLE).unwrap();
    let all = found.iter().find(|class| class.signature == [0, 1, 2, 3]).unwrap();
    assert_eq!(all.example, Value::Lines(vec!["b".into(), "c".into()]));
    assert_eq!(all.cost, Cost { departures: 2, length: 2 });
}

#[test]
fn a_suffix_meets_a_prefix() {
    let path = Dimension::Path;
    let predicates = [text(&[Pattern::Prefix("/ab".into())]), text(&[Pattern::Suffix("bc".into())])];
    assert_eq!(texts(&path, &predicates), ["/", "/ab", "/bc", "/abc"]);
}

#[test]
fn templates_follow_segments() {
    let template = |source: &str| text(&[Pattern::Template(source.into())]);
    assert_eq!(texts(&Dimension::Path, &[template("/a/{**}")]), ["/", "/a/"]);
    assert_eq!(texts(&Dimension::Path, &[template("/{*}/b")]), ["/", "/a/b"]);
}

#[test]
fn too_many_states_are_refused() {
    let predicates: Vec<_> = (0..14).map(|n| regex(&format!(".*a.{{{n}}}"))).collect();
    let demand = Demand { most: 500, ..AMPLE };
    let refused = classes(&Dimension::Path, &predicates, &Domains::default(), demand);
    assert_eq!(refused, Err(Unknown::TooManyClasses { dimension: Dimension::Path }));
}

#[test]
fn a_bad_expression_is_reported() {
    let found = classes(&Dimension::Path, &[regex("*")], &Domains::default(), AMPLE);
    assert!(matches!(found, Err(Unknown::InvalidRegex { .. })));
}
