use super::*;
use crate::space::{Demand, Pattern, Predicate, TextMatch, classes};

/// Whether `text` can occur: then a predicate that names it splits the dimension.
fn occurs(domains: &Domains, dimension: &Dimension, text: &str) -> bool {
    let exact = TextMatch { any_of: vec![Pattern::Exact(text.into())], ignore_case: false };
    let demand = Demand { lines: 1, most: 10_000 };
    let found = classes(dimension, &[Predicate::Text(exact)], domains, demand).unwrap();
    found.iter().any(|class| class.signature == [0])
}

fn path_occurs(mode: PathNormalization, text: &str) -> bool {
    occurs(&Domains { path: mode, ..Domains::default() }, &Dimension::Path, text)
}

#[test]
fn paths_by_mode() {
    use PathNormalization::{Base, DecodeAndMergeSlashes, MergeSlashes, None};
    let modes = [None, Base, MergeSlashes, DecodeAndMergeSlashes];
    let table = [
        ("/", "yyyy"),
        ("", "nnnn"),
        ("a", "nnnn"),
        ("/a b", "nnnn"),
        ("/a?b", "nnnn"),
        ("/a#b", "nnnn"),
        ("/é", "nnnn"),
        ("/a//b", "yynn"),
        ("//", "yynn"),
        ("/a/../b", "ynnn"),
        ("/a/..", "ynnn"),
        ("/.", "ynnn"),
        ("/a/..;x/b", "ynnn"),
        ("/.a/..b/...", "yyyy"),
        ("/a;x=1/b", "yyyy"),
        (r"/a\b", "ynnn"),
        ("/%61b", "ynnn"),
        ("/a%7eb", "ynnn"),
        ("/a%2Eb", "ynnn"),
        ("/a%2fb", "yyyn"),
        ("/a%5Cb", "yyyn"),
        ("/a%3fb", "yyyy"),
        ("/a%23b", "yyyy"),
        ("/a%20b", "yyyy"),
        ("/a%252fb", "yyyy"),
        ("/a%zz", "yyyy"),
        ("/a%", "yyyy"),
        ("/a%00", "ynnn"),
        ("/a|b", "ynnn"),
        ("/a%7Cb", "yyyy"),
        ("/a%C3%A9", "yyyy"),
    ];
    for (path, expected) in table {
        let found: String = modes.iter().map(|&mode| if path_occurs(mode, path) { 'y' } else { 'n' }).collect();
        assert_eq!(found, expected, "{path}");
    }
}

#[test]
fn strings_of_the_other_dimensions() {
    let domains = Domains::default();
    let table = [
        (Dimension::Peer, "cluster.local/ns/a/sa/b-c", true),
        (Dimension::Peer, "cluster.local/ns/a/sa/", false),
        (Dimension::Peer, "spiffe://cluster.local/ns/a/sa/b", false),
        (Dimension::Peer, "td/ns/a/sa/b/c", false),
        (Dimension::Host, "Web.example:8080", true),
        (Dimension::Host, "[::1]:80", true),
        (Dimension::Host, "a b", false),
        (Dimension::Method, "PROPFIND", true),
        (Dimension::Method, "GET ", false),
        (Dimension::Header("h".into()), "", true),
        (Dimension::Header("h".into()), "a b", true),
        (Dimension::Header("h".into()), "é", false),
        (Dimension::Query("q".into()), "a%20b", true),
        (Dimension::Query("q".into()), "a&b", false),
        (Dimension::Claim("c".into()), "é\n", true),
    ];
    for (dimension, text, expected) in table {
        assert_eq!(occurs(&domains, &dimension, text), expected, "{dimension} {text:?}");
    }
}

#[test]
fn the_expressions_of_all_dimensions_are_valid() {
    let name = String::new;
    let dimensions = [
        Dimension::Peer,
        Dimension::Host,
        Dimension::Method,
        Dimension::Scheme,
        Dimension::Sni,
        Dimension::Header(name()),
        Dimension::Query(name()),
        Dimension::Claim(name()),
    ];
    for dimension in dimensions {
        assert!(re2::parse(strings(&dimension)).is_ok(), "{dimension}");
    }
}

#[test]
fn the_plain_value_can_be_chosen() {
    let value = Value::Text("web.shop".into());
    let plain = BTreeMap::from([(Dimension::Host, value.clone())]);
    let domains = Domains { plain, ..Domains::default() };
    let demand = Demand { lines: 1, most: 100 };
    let found = classes(&Dimension::Host, &[], &domains, demand).unwrap();
    assert_eq!(found[0].example, value);
}
