//! The classes of addresses: maximal runs of addresses that lie in the same networks.

use std::collections::BTreeSet;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::IpNet;

use super::{Signature, indexed};
use crate::space::{Predicate, Value};

/// Addresses that people recognise as examples.
const FAMILIAR: [Ipv4Addr; 5] = [
    Ipv4Addr::new(10, 0, 0, 1),
    Ipv4Addr::new(192, 168, 0, 1),
    Ipv4Addr::new(172, 16, 0, 1),
    Ipv4Addr::new(192, 0, 2, 1),
    Ipv4Addr::new(203, 0, 113, 1),
];

/// An address as a number, after whether it is one of version 6.
type Point = (bool, u128);

/// One address of every kind, the more familiar first; `plain` before all.
pub(super) fn values(predicates: &[Predicate], plain: &Value) -> Vec<(Signature, Value)> {
    let plain = match plain {
        Value::Ip(address) => Some(point(*address)),
        Value::Absent | Value::Text(_) | Value::Lines(_) | Value::Flag(_) => None,
    };
    let familiar = FAMILIAR.map(IpAddr::V4).map(point);
    let mut seen = BTreeSet::new();
    plain
        .into_iter()
        .chain(familiar)
        .chain(runs(predicates))
        .map(|point| (signature(predicates, address(point)), Value::Ip(address(point))))
        .filter(|(signature, _)| seen.insert(signature.clone()))
        .collect()
}

/// One address from each run between two neighbouring borders of networks.
fn runs(predicates: &[Predicate]) -> Vec<Point> {
    let mut borders = BTreeSet::from([(false, 0), (true, 0)]);
    for predicate in predicates {
        let Predicate::Ip(nets) = predicate else { continue };
        for net in nets {
            borders.insert(point(net.network()));
            let (version, last) = point(net.broadcast());
            let most = if version { u128::MAX } else { u128::from(u32::MAX) };
            if last < most {
                borders.insert((version, last + 1));
            }
        }
    }
    let nexts = borders.iter().skip(1).map(Some).chain([None]);
    borders.iter().zip(nexts).map(|(&border, next)| host(border, next.copied())).collect()
}

/// The first address of a run, or the second if there is one: people expect hosts to begin at 1.
fn host((version, first): Point, next: Option<Point>) -> Point {
    let second = (version, first.saturating_add(1));
    let fits = first % 4 == 0 && next.is_none_or(|next| second < next);
    if fits { second } else { (version, first) }
}

fn signature(predicates: &[Predicate], address: IpAddr) -> Signature {
    indexed(predicates).filter(|(_, predicate)| lies_in(predicate, address)).map(|(index, _)| index).collect()
}

fn lies_in(predicate: &Predicate, address: IpAddr) -> bool {
    match predicate {
        Predicate::Ip(nets) => nets.iter().any(|net: &IpNet| net.contains(&address)),
        Predicate::Present | Predicate::Text(_) | Predicate::True => false,
    }
}

fn point(address: IpAddr) -> Point {
    match address {
        IpAddr::V4(v4) => (false, u128::from(u32::from(v4))),
        IpAddr::V6(v6) => (true, u128::from(v6)),
    }
}

fn address((version, number): Point) -> IpAddr {
    if version {
        return IpAddr::V6(Ipv6Addr::from(number));
    }
    IpAddr::V4(Ipv4Addr::from(u32::try_from(number).unwrap_or(u32::MAX)))
}
