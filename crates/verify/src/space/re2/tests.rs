use super::*;
use crate::space::{Demand, Dimension, Domains, Literal, Pattern, Predicate, TextMatch, Value, classes, holds};

/// Expressions and strings with the answers of RE2 (PyPI `google-re2`, `fullmatch`): an expression, whether it is
/// valid, and strings marked `+` if it matches them. Fields end at tabs; `\u{…}` stands for a character.
const RECORDED: &str = include_str!("recorded.txt");

fn unescape(text: &str) -> String {
    let mut pieces = text.split("\\u{");
    let mut out = pieces.next().unwrap().to_owned();
    for piece in pieces {
        let (code, rest) = piece.split_once('}').unwrap();
        out.push(char::from_u32(u32::from_str_radix(code, 16).unwrap()).unwrap());
        out.push_str(rest);
    }
    out
}

fn regex(source: &str) -> Predicate {
    Predicate::Text(TextMatch { any_of: vec![Pattern::Regex(source.into())], ignore_case: false })
}

fn plain_match(source: &str, text: &str) -> bool {
    let dimension = Dimension::Claim("c".into());
    let literal = Literal { dimension, predicate: regex(source), negated: false };
    holds(&literal, &Value::Text(text.into()))
}

/// Which of `texts` the automaton finds to match.
fn automaton_matches(source: &str, texts: &[String]) -> Vec<bool> {
    let exact = |text: &String| {
        let any_of = vec![Pattern::Exact(text.clone())];
        Predicate::Text(TextMatch { any_of, ignore_case: false })
    };
    let predicates: Vec<_> = texts.iter().map(exact).chain([regex(source)]).collect();
    // More than one line of a claim would blur which of the strings matches.
    let demand = Demand { lines: 1, most: 100_000 };
    let dimension = Dimension::Claim("c".into());
    let found = classes(&dimension, &predicates, &Domains::default(), demand).unwrap();
    let both = |index: u32| vec![index, texts.len() as u32];
    (0..texts.len() as u32).map(|index| found.iter().any(|class| class.signature == both(index))).collect()
}

#[test]
fn answers_are_those_of_re2() {
    let mut matches = 0;
    for line in RECORDED.lines() {
        let mut fields = line.split('\t');
        let source = unescape(fields.next().unwrap());
        let valid = fields.next().unwrap() == "valid";
        let answer = check_re2(&source);
        assert_eq!(!matches!(answer, Err(Unknown::InvalidRegex { .. })), valid, "{source:?}");
        if answer.is_err() {
            continue;
        }
        let (marks, texts): (Vec<_>, Vec<_>) =
            fields.map(|field| field.split_at(1)).map(|(mark, text)| (mark == "+", unescape(text))).unzip();
        let plain: Vec<_> = texts.iter().map(|text| plain_match(&source, text)).collect();
        assert_eq!(plain, marks, "{source:?} {texts:?}");
        assert_eq!(automaton_matches(&source, &texts), marks, "{source:?} {texts:?}");
        matches += marks.into_iter().filter(|mark| *mark).count();
    }
    assert!(matches > 200, "the table must not be one of failures: {matches}");
}

#[test]
fn what_is_not_modelled_is_named() {
    let table = [
        (r"a\b", "a word boundary"),
        (r"\C", r"a single byte, \C"),
        (r"\pL+", "a Unicode class"),
        (r"[\p{Greek}a]", "a Unicode class"),
        ("(?m)^a$", "an anchor at lines, (?m)"),
        (r"\x{d800}", "a surrogate code point"),
    ];
    for (source, expected) in table {
        match check_re2(source) {
            Err(Unknown::UnsupportedRegex { why, .. }) => assert_eq!(why, expected, "{source}"),
            other => panic!("{source}: {other:?}"),
        }
    }
}

#[test]
fn an_invalid_expression_is_invalid_even_if_it_is_also_unsupported() {
    assert!(matches!(check_re2(r"\ba**"), Err(Unknown::InvalidRegex { .. })));
}

#[test]
fn deep_nesting_is_refused_without_deep_recursion() {
    let deep = format!("{}a{}", "(".repeat(100_000), ")".repeat(100_000));
    assert!(matches!(check_re2(&deep), Err(Unknown::UnsupportedRegex { .. })));
}
