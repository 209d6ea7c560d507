//! Random small systems for tests.

use crate::logic::{Cube, List, System};
use crate::space::{Dimension, Domains, Literal, Pattern, Predicate, TextMatch, Value};

/// A small generator of numbers (xorshift), the same in every run.
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        Random(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    /// A number below `bound`.
    pub(crate) fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) as usize % bound
    }

    pub(crate) fn one_in(&mut self, n: usize) -> bool {
        self.below(n) == 0
    }

    pub(crate) fn pick<'t, T>(&mut self, from: &'t [T]) -> &'t T {
        &from[self.below(from.len())]
    }

    /// A string of pieces that patterns are likely to talk about.
    #[expect(clippy::wildcard_enum_match_arm, reason = "all other dimensions are texts alike")]
    pub(crate) fn text(&mut self, dimension: &Dimension) -> String {
        match dimension {
            Dimension::Peer => {
                let part = ["a", "b", "ns", "sa", "x-a"];
                let (td, n, s) = (self.pick(&["td", "a"]), *self.pick(&part), *self.pick(&part));
                format!("{td}/ns/{n}/sa/{s}")
            }
            Dimension::Method => (*self.pick(&["GET", "POST", "PUT", "LIST", "A"])).to_owned(),
            Dimension::Path => {
                let pieces = ["/", "/a", "/b", "a", "/ab", "/B", "/a/b", "-", "%2f", ";"];
                (0..1 + self.below(3)).fold("/".to_owned(), |s, _| s + *self.pick(&pieces))
            }
            _ => {
                let pieces = ["a", "b", "ab", "A", "1", "."];
                (0..1 + self.below(3)).map(|_| *self.pick(&pieces)).collect()
            }
        }
    }

    pub(crate) fn pattern(&mut self, dimension: &Dimension) -> Pattern {
        let text = self.text(dimension);
        let half = text[..text.len() / 2].to_owned();
        match self.below(9) {
            0..=2 => Pattern::Exact(text),
            3 => Pattern::Prefix(half),
            4 => Pattern::Suffix(text[text.len() / 2..].to_owned()),
            5 => Pattern::SegmentPrefix(text),
            6 => Pattern::NonEmpty,
            7 => Pattern::Regex((*self.pick(&REGEXES)).to_owned()),
            _ => Pattern::Template((*self.pick(&TEMPLATES)).to_owned()),
        }
    }

    pub(crate) fn text_match(&mut self, dimension: &Dimension) -> TextMatch {
        let any_of = (0..1 + self.below(2)).map(|_| self.pattern(dimension)).collect();
        TextMatch { any_of, ignore_case: self.one_in(4) }
    }

    #[expect(clippy::wildcard_enum_match_arm, reason = "all other dimensions are texts alike")]
    pub(crate) fn literal(&mut self, dimension: &Dimension) -> Literal {
        let predicate = match dimension {
            Dimension::Flag(_) => Predicate::True,
            Dimension::SourceIp | Dimension::WaypointIp => {
                let nets = (0..1 + self.below(2)).map(|_| self.pick(&NETS).parse().unwrap());
                Predicate::Ip(nets.collect())
            }
            _ if self.one_in(6) => Predicate::Present,
            _ => Predicate::Text(self.text_match(dimension)),
        };
        Literal { dimension: dimension.clone(), predicate, negated: self.one_in(3) }
    }

    pub(crate) fn list(&mut self, dimensions: &[Dimension], cubes: usize, terminals: usize) -> List {
        let cube = |random: &mut Random, origin| Cube {
            literals: (0..random.below(4))
                .map(|_| {
                    let dimension = random.pick(dimensions).clone();
                    random.literal(&dimension)
                })
                .collect(),
            terminal: random.below(terminals) as u32,
            origin,
        };
        let cubes = (0..self.below(cubes + 1)).map(|origin| cube(self, origin)).collect();
        List { cubes, default: self.below(terminals) as u32 }
    }

    /// A list and another that differs from it in one place.
    pub(crate) fn mutant(&mut self, list: &List, dimensions: &[Dimension]) -> List {
        let mut list = list.clone();
        if list.cubes.is_empty() {
            return list;
        }
        let index = self.below(list.cubes.len());
        let cube = &mut list.cubes[index];
        match self.below(4) {
            0 => drop(list.cubes.remove(index)),
            1 => cube.terminal = (cube.terminal + 1) % 3,
            2 => drop(cube.literals.pop()),
            _ => {
                let dimension = self.pick(dimensions).clone();
                cube.literals.push(self.literal(&dimension));
            }
        }
        list
    }

    pub(crate) fn dimensions(&mut self) -> Vec<Dimension> {
        let all = [
            Dimension::Peer,
            Dimension::Method,
            Dimension::Path,
            Dimension::SourceIp,
            Dimension::WaypointIp,
            Dimension::Header("h".into()),
            Dimension::Query("q".into()),
            Dimension::Claim("c".into()),
            Dimension::Host,
            Dimension::Flag("f".into()),
        ];
        (0..1 + self.below(3)).map(|_| self.pick(&all).clone()).collect()
    }

    /// A system of two or three lists, often nearly equal.
    pub(crate) fn system(&mut self) -> System {
        let dimensions = self.dimensions();
        let first = self.list(&dimensions, 4, 3);
        let second = if self.one_in(2) { self.mutant(&first, &dimensions) } else { self.list(&dimensions, 4, 3) };
        let mut lists = vec![first, second];
        if self.one_in(3) {
            lists.push(self.list(&dimensions, 3, 2));
        }
        let assume = if self.one_in(3) { vec![self.literal(&dimensions[0])] } else { Vec::new() };
        let single_line = if self.one_in(3) { ["h".to_owned()].into() } else { std::collections::BTreeSet::new() };
        let domains = Domains { single_line_headers: single_line, ..Domains::default() };
        System { lists, assume, domains }
    }

    /// Two lists over several dimensions of few values, some of them dear, so that most cubes overlap.
    pub(crate) fn tangle(&mut self) -> System {
        let literal = |random: &mut Random| {
            let dimension = Dimension::Query(random.pick(&["p", "q", "r", "s"]).to_string());
            let value = *random.pick(&["", "aaaa", "aaaaaaaaa"]);
            let any_of = vec![Pattern::Exact(value.to_owned())];
            let predicate = Predicate::Text(TextMatch { any_of, ignore_case: false });
            Literal { dimension, predicate, negated: random.one_in(2) }
        };
        let list = |random: &mut Random| List {
            cubes: (0..5)
                .map(|origin| Cube {
                    literals: (0..3).map(|_| literal(random)).collect(),
                    terminal: random.below(3) as u32,
                    origin,
                })
                .collect(),
            default: random.below(3) as u32,
        };
        System { lists: vec![list(self), list(self)], ..System::default() }
    }

    /// A value that may occur in a dimension.
    #[expect(clippy::wildcard_enum_match_arm, reason = "all other dimensions are texts alike")]
    pub(crate) fn value(&mut self, dimension: &Dimension, domains: &Domains) -> Value {
        if Domains::may_be_absent(dimension) && self.one_in(5) {
            return Value::Absent;
        }
        match dimension {
            Dimension::Flag(_) => Value::Flag(self.one_in(2)),
            Dimension::SourceIp | Dimension::WaypointIp => Value::Ip(self.pick(&ADDRESSES).parse().unwrap()),
            _ if domains.has_lines(dimension) && self.one_in(2) => {
                let lines = (0..2 + self.below(2)).map(|_| self.text(dimension));
                Value::Lines(lines.collect())
            }
            _ => Value::Text(self.text(dimension)),
        }
    }
}

const REGEXES: [&str; 8] = [".*/ns/a/.*", "/a.*", "a+", "[^a]*", "(?i)get|/b", "(a|b)*1?", "/[a-z]+(/.*)?", ".*ab.*"];

const TEMPLATES: [&str; 5] = ["/{*}", "/a/{**}", "/{**}/b", "/{*}/b", "/{**}"];

const NETS: [&str; 7] = ["10.0.0.0/8", "10.1.0.0/16", "10.0.0.1/32", "192.168.0.0/16", "0.0.0.0/0", "fd00::/8", "::/0"];

const ADDRESSES: [&str; 7] = ["10.0.0.1", "10.1.2.3", "10.9.9.9", "192.168.1.1", "8.8.8.8", "fd00::7", "2001:db8::1"];
