use std::collections::{BTreeMap, BTreeSet};

use super::*;
use crate::sample::Random;
use crate::space::{Class, Demand, PathNormalization, Pattern, Predicate, TextMatch, classes, holds};

mod scale;

/// The kind that a test judge gives: the answers themselves, unless all agree.
fn disagreement(answers: &[Terminal]) -> Option<(Terminal, Terminal)> {
    let (first, rest) = answers.split_first()?;
    rest.iter().find(|other| *other != first).map(|other| (*first, *other))
}

const KINDS: [(Terminal, Terminal); 6] = [(0, 1), (0, 2), (1, 0), (1, 2), (2, 0), (2, 1)];

fn solved(system: &System) -> BTreeMap<(Terminal, Terminal), Witness> {
    Solver::default().solve(system, &KINDS, &disagreement, Budget::default()).unwrap()
}

/// Plain evaluation of a list.
fn answer(list: &List, values: &BTreeMap<Dimension, Value>) -> (Terminal, Option<usize>) {
    let first = list
        .cubes
        .iter()
        .position(|cube| cube.literals.iter().all(|literal| holds(literal, &values[&literal.dimension])));
    (first.map_or(list.default, |index| list.cubes[index].terminal), first)
}

fn admitted(system: &System, values: &BTreeMap<Dimension, Value>) -> bool {
    system.assume.iter().all(|literal| holds(literal, &values[&literal.dimension]))
}

fn kind(system: &System, values: &BTreeMap<Dimension, Value>) -> Option<(Terminal, Terminal)> {
    let answers: Vec<_> = system.lists.iter().map(|list| answer(list, values).0).collect();
    disagreement(&answers)
}

fn literals_of(system: &System) -> Vec<&Literal> {
    let cubes = system.lists.iter().flat_map(|list| &list.cubes);
    cubes.flat_map(|cube| &cube.literals).chain(&system.assume).collect()
}

fn dimensions_of(system: &System) -> BTreeSet<Dimension> {
    literals_of(system).into_iter().map(|literal| literal.dimension.clone()).collect()
}

/// All classes of all dimensions, computed without regard to what the search needs.
fn all_classes(system: &System) -> BTreeMap<Dimension, Vec<Class>> {
    let literals = literals_of(system);
    let predicates = |dimension: &Dimension| -> Vec<Predicate> {
        let own = literals.iter().filter(|literal| literal.dimension == *dimension);
        own.map(|literal| literal.predicate.clone()).collect()
    };
    let demand = Demand { lines: 12, most: 100_000 };
    dimensions_of(system)
        .into_iter()
        .map(|dimension| {
            let found = classes(&dimension, &predicates(&dimension), &system.domains, demand);
            (dimension, found.unwrap())
        })
        .collect()
}

/// The least cost of every kind, by trying every combination of classes.
fn exhaustively(system: &System) -> BTreeMap<(Terminal, Terminal), Cost> {
    let mut points = vec![(Cost::default(), BTreeMap::new())];
    for (dimension, classes) in all_classes(system) {
        let extend = |(cost, values): &(Cost, BTreeMap<Dimension, Value>), class: &Class| {
            let mut values = values.clone();
            values.insert(dimension.clone(), class.example.clone());
            (*cost + class.cost, values)
        };
        points = points
            .iter()
            .flat_map(|point| classes.iter().map(|class| extend(point, class)).collect::<Vec<_>>())
            .collect();
    }
    let mut best = BTreeMap::new();
    for (cost, values) in points.iter().filter(|(_, values)| admitted(system, values)) {
        if let Some(kind) = kind(system, values) {
            let least = best.entry(kind).or_insert(*cost);
            *least = (*least).min(*cost);
        }
    }
    best
}

#[test]
fn the_search_finds_what_trying_everything_finds_at_the_same_cost() {
    let mut random = Random::new(10);
    let mut differing = 0;
    for _ in 0..300 {
        let system = random.system();
        let found: BTreeMap<_, _> = solved(&system).into_iter().map(|(kind, witness)| (kind, witness.cost)).collect();
        assert_eq!(found, exhaustively(&system), "{system:#?}");
        differing += usize::from(!found.is_empty());
    }
    assert!((75..225).contains(&differing), "one-sided sample: {differing}");
}

#[test]
fn the_search_is_exact_where_many_ways_lead_to_the_same_node() {
    let mut random = Random::new(15);
    for _ in 0..400 {
        let system = random.tangle();
        let found: BTreeMap<_, _> = solved(&system).into_iter().map(|(kind, witness)| (kind, witness.cost)).collect();
        assert_eq!(found, exhaustively(&system), "{system:#?}");
    }
}

#[test]
fn no_random_request_contradicts_a_proof() {
    let mut random = Random::new(11);
    for _ in 0..150 {
        let system = random.system();
        let found = solved(&system);
        for _ in 0..60 {
            let values: BTreeMap<_, _> = dimensions_of(&system)
                .into_iter()
                .map(|dimension| {
                    let value = random.value(&dimension, &system.domains);
                    (dimension, value)
                })
                .collect();
            if let Some(kind) = kind(&system, &values).filter(|_| admitted(&system, &values)) {
                assert!(found.contains_key(&kind), "{kind:?} {values:?} {system:#?}");
            }
        }
    }
}

#[test]
fn a_witness_says_what_happens_at_it() {
    let mut random = Random::new(12);
    for _ in 0..300 {
        let system = random.system();
        for (kind_found, witness) in solved(&system) {
            assert!(admitted(&system, &witness.values));
            let answers: Vec<_> = system.lists.iter().map(|list| answer(list, &witness.values)).collect();
            assert_eq!(witness.terminals, answers.iter().map(|a| a.0).collect::<Vec<_>>());
            assert_eq!(witness.matched, answers.iter().map(|a| a.1).collect::<Vec<_>>());
            assert_eq!(kind(&system, &witness.values), Some(kind_found));
            assert!(witness.values.keys().eq(&dimensions_of(&system)));
        }
    }
}

#[test]
fn a_list_equals_itself_split_and_shuffled() {
    let mut random = Random::new(13);
    for _ in 0..200 {
        let dimensions = random.dimensions();
        let list = random.list(&dimensions, 5, 2);
        let mut split = list.clone();
        split.cubes.clear();
        for cube in &list.cubes {
            // x and y or x and not y, in any order.
            let mut yes = cube.clone();
            let mut no = cube.clone();
            let literal = random.literal(random_dimension(&dimensions));
            no.literals.push(Literal { negated: !literal.negated, ..literal.clone() });
            yes.literals.push(literal);
            let pair = if random.one_in(2) { [yes, no] } else { [no, yes] };
            split.cubes.extend(pair);
        }
        let system = System { lists: vec![list, split], ..System::default() };
        assert_eq!(solved(&system), BTreeMap::new(), "{system:#?}");
    }
}

fn random_dimension(dimensions: &[Dimension]) -> &Dimension {
    &dimensions[dimensions.len() - 1]
}

pub(super) fn text(dimension: Dimension, pattern: Pattern) -> Literal {
    let text = TextMatch { any_of: vec![pattern], ignore_case: false };
    Literal { dimension, predicate: Predicate::Text(text), negated: false }
}

fn exact(dimension: Dimension, value: &str) -> Literal {
    text(dimension, Pattern::Exact(value.into()))
}

fn not(literal: Literal) -> Literal {
    Literal { negated: !literal.negated, ..literal }
}

pub(super) fn cube(literals: Vec<Literal>, terminal: Terminal) -> Cube {
    Cube { literals, terminal, origin: 0 }
}

fn two(before: List, after: List) -> System {
    System { lists: vec![before, after], ..System::default() }
}

#[test]
fn a_dropped_literal_is_found() {
    let peer = || exact(Dimension::Peer, "cluster.local/ns/a/sa/b");
    let path = || text(Dimension::Path, Pattern::Prefix("/api/".into()));
    let method = || exact(Dimension::Method, "POST");
    let whole = List { cubes: vec![cube(vec![peer(), path(), method()], 1)], default: 0 };
    for dropped in 0..3 {
        let mut after = whole.clone();
        after.cubes[0].literals.remove(dropped);
        let found = solved(&two(whole.clone(), after));
        assert!(found.keys().eq(&[(0, 1)]), "dropping {dropped}");
        assert_eq!(found[&(0, 1)].matched, [None, Some(0)]);
        assert_eq!(found[&(0, 1)].cost.departures, 2, "the dropped attribute stays plain");
    }
}

#[test]
fn the_order_of_cubes_with_different_answers_matters() {
    let admin = || exact(Dimension::Path, "/admin");
    let get = || exact(Dimension::Method, "POST");
    let before = List { cubes: vec![cube(vec![admin()], 0), cube(vec![get()], 1)], default: 0 };
    let after = List { cubes: vec![cube(vec![get()], 1), cube(vec![admin()], 0)], default: 0 };
    let found = solved(&two(before, after));
    let witness = &found[&(0, 1)];
    assert_eq!(witness.values[&Dimension::Path], Value::Text("/admin".into()));
    assert_eq!(witness.values[&Dimension::Method], Value::Text("POST".into()));
    assert_eq!(found.len(), 1);
}

#[test]
fn the_order_of_common_cubes_matters() {
    let a = || cube(vec![exact(Dimension::Path, "/a")], 0);
    let b = || cube(vec![exact(Dimension::Method, "POST")], 1);
    let before = List { cubes: vec![a(), b()], default: 2 };
    let after = List { cubes: vec![b(), a()], default: 2 };
    assert!(solved(&two(before, after)).keys().eq(&[(0, 1)]));
}

#[test]
fn an_assumption_may_need_lines_of_its_own() {
    let header = || Dimension::Header("x".into());
    let lists = vec![List::default(), List { cubes: vec![], default: 1 }];
    let assume = vec![exact(header(), "a"), exact(header(), "b")];
    let found = solved(&System { lists, assume, ..System::default() });
    let lines = Value::Lines(vec!["a".into(), "b".into()]);
    assert_eq!(found[&(0, 1)].values[&header()], lines);
}

#[test]
fn negated_header_values_need_every_line() {
    let header = || Dimension::Header("x".into());
    let before = List { cubes: vec![cube(vec![not(exact(header(), "a"))], 1)], default: 0 };
    // "some line is not a" is not the same as "no line is a".
    let other = text(header(), Pattern::Regex("[^a]|.{2,}|".into()));
    let absent = Literal { dimension: header(), predicate: Predicate::Present, negated: true };
    let after = List { cubes: vec![cube(vec![other], 1), cube(vec![absent], 1)], default: 0 };
    let mut system = two(before, after);
    let found = solved(&system);
    assert_eq!(found.len(), 1);
    let lines = Value::Lines(vec![String::new(), "a".into()]);
    assert_eq!(found[&(0, 1)].values[&header()], lines);
    system.domains.single_line_headers.insert("x".to_owned());
    assert_eq!(solved(&system), BTreeMap::new());
}

#[test]
fn many_values_of_one_claim_are_no_obstacle() {
    let claim = || Dimension::Claim("groups".into());
    let list = |n: usize| List {
        cubes: (0..n).map(|i| cube(vec![exact(claim(), &format!("g{i}"))], 1)).collect(),
        default: 0,
    };
    assert_eq!(solved(&two(list(60), list(60))), BTreeMap::new());
    let found = solved(&two(list(60), list(59)));
    assert_eq!(found[&(1, 0)].values[&claim()], Value::Text("g59".into()));
}

#[test]
fn assumptions_that_exclude_everything_prove_everything() {
    let path = exact(Dimension::Path, "/a");
    let mut system = two(List::default(), List { cubes: vec![], default: 1 });
    assert!(solved(&system).contains_key(&(0, 1)));
    system.assume = vec![path.clone(), not(path)];
    assert_eq!(solved(&system), BTreeMap::new());
}

#[test]
fn an_unreachable_path_is_no_difference() {
    let before = List { cubes: vec![cube(vec![exact(Dimension::Path, "/%61")], 1)], default: 0 };
    let mut system = two(before, List::default());
    assert_eq!(solved(&system), BTreeMap::new());
    system.domains.path = PathNormalization::None;
    assert!(solved(&system).contains_key(&(1, 0)));
}

#[test]
fn case_matters_unless_it_is_ignored() {
    let host = |ignore_case| Literal {
        dimension: Dimension::Host,
        predicate: Predicate::Text(TextMatch { any_of: vec![Pattern::Exact("web".into())], ignore_case }),
        negated: false,
    };
    let list = |ignore_case| List { cubes: vec![cube(vec![host(ignore_case)], 1)], default: 0 };
    let found = solved(&two(list(true), list(false)));
    assert_eq!(found[&(1, 0)].values[&Dimension::Host], Value::Text("weB".into()));
    assert_eq!(found.len(), 1);
}

#[test]
fn a_small_budget_is_an_error_and_not_a_proof() {
    let list = |terminal| List {
        cubes: (0..20).map(|i| cube(vec![exact(Dimension::Path, &format!("/{i}"))], terminal)).collect(),
        default: 0,
    };
    let system = two(list(1), list(2));
    let few_nodes = Budget { nodes: 1, ..Budget::default() };
    assert_eq!(Solver::default().solve(&system, &KINDS, &disagreement, few_nodes), Err(Unknown::Budget));
    let few_classes = Budget { classes: 5, ..Budget::default() };
    let refused = Solver::default().solve(&system, &KINDS, &disagreement, few_classes);
    assert_eq!(refused, Err(Unknown::TooManyClasses { dimension: Dimension::Path }));
}

#[test]
fn the_answer_does_not_depend_on_the_run() {
    let mut random = Random::new(14);
    for _ in 0..50 {
        let system = random.system();
        assert_eq!(solved(&system), solved(&system));
    }
}

#[test]
fn what_was_solved_before_changes_no_answer() {
    let mut random = Random::new(16);
    let solver = Solver::default();
    for _ in 0..200 {
        let system = random.system();
        let answer = solver.solve(&system, &KINDS, &disagreement, Budget::default()).unwrap();
        assert_eq!(answer, solved(&system), "{system:?}");
        assert_eq!(solver.solve(&system, &KINDS, &disagreement, Budget::default()).unwrap(), answer);
    }
}
