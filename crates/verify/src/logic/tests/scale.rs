//! Ordinary meshes of ordinary size: the work must grow with the input and not with its combinations.

use super::super::problem::Problem;
use super::super::search::Search;
use super::*;

/// Policies with principals, paths and methods of their own; some denials.
fn mesh(policies: usize) -> List {
    let deny = |i: usize| {
        let path = text(Dimension::Path, Pattern::Prefix(format!("/internal{i}/")));
        cube(vec![path, not(peer(i))], 0)
    };
    let allow = |i: usize| {
        let mut literals = vec![peer(i), methods(i)];
        match i % 4 {
            0 => literals.push(exact(Dimension::Path, &format!("/orders/{i}"))),
            1 => literals.push(text(Dimension::Path, Pattern::Prefix(format!("/api/v{i}/")))),
            2 => literals.push(exact(Dimension::Header("x-tenant".into()), &format!("t{}", i % 9))),
            _ => {}
        }
        cube(literals, 1)
    };
    let denials = (0..policies / 10).map(deny);
    List { cubes: denials.chain((0..policies).map(allow)).collect(), default: 0 }
}

fn peer(i: usize) -> Literal {
    exact(Dimension::Peer, &format!("cluster.local/ns/team-{}/sa/app-{i}", i % 17))
}

fn methods(i: usize) -> Literal {
    let all = ["GET", "POST", "PUT", "DELETE", "HEAD"];
    let some = (0..5).filter(|bit| (i + 1) >> bit & 1 == 1).map(|bit| all[bit]);
    let any_of = some.map(|method| Pattern::Exact(method.into())).collect();
    Literal {
        dimension: Dimension::Method,
        predicate: Predicate::Text(TextMatch { any_of, ignore_case: false }),
        negated: false,
    }
}

/// The nodes that a question for both directions of difference takes, and the kinds found.
fn nodes(system: &System) -> (usize, Vec<(Terminal, Terminal)>) {
    let problem = Problem::new(system, Budget::default(), &KnownClasses::default()).unwrap().unwrap();
    let mut search = Search::new(&problem, &disagreement, Budget::default()).unwrap();
    let kinds = KINDS.into_iter().filter(|kind| search.cheapest(*kind).unwrap().is_some());
    let kinds = kinds.collect();
    (search.nodes(), kinds)
}

#[test]
fn equal_meshes_are_seen_to_be_equal_at_once() {
    let before = mesh(300);
    let mut after = before.clone();
    after.cubes[30..].reverse();
    after.cubes.push(after.cubes[40].clone());
    assert_eq!(nodes(&two(before, after)), (1, vec![]));
}

#[test]
fn one_change_among_hundreds_of_policies_takes_few_nodes() {
    let before = mesh(300);
    let mut after = before.clone();
    after.cubes[200].literals.pop();
    let (nodes, kinds) = nodes(&two(before, after));
    assert_eq!(kinds, [(0, 1)]);
    assert!(nodes < 100, "{nodes}");
}

#[test]
fn lists_that_share_nothing_take_work_in_proportion() {
    let before = mesh(300);
    let mut after = before.clone();
    // Every cube is written differently, so no two are common, and no part can be skipped.
    for (index, cube) in after.cubes.iter_mut().enumerate() {
        let dimension = Dimension::Flag(format!("f{}", index % 3));
        cube.literals.push(Literal { dimension, predicate: Predicate::True, negated: false });
    }
    let (nodes, kinds) = nodes(&two(before, after));
    assert_eq!(kinds, [(0, 1), (1, 0)]);
    assert!(nodes < 5_000, "{nodes}");
}

#[test]
fn three_lists_take_work_in_proportion() {
    let before = mesh(200);
    let (denials, allowances) = before.cubes.split_at(20);
    let deny = List { cubes: denials.to_vec(), default: 1 };
    let allow = List { cubes: allowances.to_vec(), default: 0 };
    let system = System { lists: vec![before, deny, allow], ..System::default() };
    let both = |answers: &[Terminal]| {
        let after = answers[1].min(answers[2]);
        (answers[0] != after).then_some(())
    };
    let problem = Problem::new(&system, Budget::default(), &KnownClasses::default()).unwrap().unwrap();
    let mut search = Search::new(&problem, &both, Budget::default()).unwrap();
    assert_eq!(search.cheapest(()), Ok(None));
    assert!(search.nodes() < 5_000, "{}", search.nodes());
}
