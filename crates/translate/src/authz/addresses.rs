//! Source addresses, which a waypoint does not see, become remote addresses (hazard H13).
//!
//! Without `x-forwarded-for` the remote address is the address of the connection. Who sends the header may write any
//! address into it, so an ALLOW rule no longer admits him, and every other rule matches him whatever the address is: a
//! forger can only lose. On ports that carry no HTTP there is no header, and a condition on one would drop an ALLOW rule
//! and widen every other, so these ports get a rule of their own or none.

use std::collections::BTreeSet;

use s2a_catalog::codes;
use s2a_diagnostic::Diagnostic;
use s2a_model::authz::{Action, AuthorizationPolicy, Operation, Rule, Source, Values, When};
use s2a_model::topology::{Protocol, Service};

use crate::findings::whole;

const SOURCE_IP: &str = "source.ip";
const REMOTE_IP: &str = "remote.ip";
const FORWARDED_FOR: &str = "request.headers[x-forwarded-for]";

/// The ports of a Service by what they carry.
struct Ports {
    /// Those whose traffic is never read as HTTP.
    bytes: Vec<String>,
    /// Those whose traffic is, or may be.
    http: Vec<String>,
}

/// The rules that take the place of one, for the waypoint of a Service.
pub(super) fn rewritten(rule: Rule, action: &Action, service: &Service) -> Vec<Rule> {
    let ports = Ports::of(service);
    match action {
        _ if !asks(&rule) => vec![rule],
        Action::Allow => admitting(&rule, &ports),
        Action::Deny | Action::Audit | Action::Custom(_) => refusing(&rule, &ports),
    }
}

/// What the rewritten policy refuses that it did not refuse before.
pub(super) fn finding(policy: &AuthorizationPolicy) -> Diagnostic {
    let message = "compares the remote address at the waypoint, and refuses callers that send `x-forwarded-for`";
    whole(&codes::SOURCE_IP_BY_REMOTE_IP, &policy.object, message)
}

/// Why a rule cannot take this form.
pub(super) fn obstacle(rule: &Rule, action: &Action) -> Option<&'static str> {
    if rule.from.iter().any(|source| !source.ip_blocks.is_empty() && !source.remote_ip_blocks.is_empty()) {
        return Some("source and remote addresses stand in one source, and a waypoint sees only the latter");
    }
    let (asking, others) = divided(rule);
    let rest = Rule { from: others, ..rule.clone() };
    let changes_on_tcp = !asking.is_empty() && !rest.from.is_empty() && speaks_of_http(rule) != speaks_of_http(&rest);
    (*action == Action::Allow && changes_on_tcp)
        .then_some("its sources would have to stand in rules of their own, which opens ports that carry no HTTP")
}

impl Ports {
    fn of(service: &Service) -> Self {
        let of = |wanted: &[Protocol]| {
            let ports = service.ports.iter().filter(|port| wanted.contains(&port.protocol));
            ports.map(|port| port.number.to_string()).collect()
        };
        Ports { bytes: of(&[Protocol::Tcp, Protocol::Tls]), http: of(&[Protocol::Http, Protocol::Sniffed]) }
    }
}

/// The sources that name no address keep a rule without the header. A rule that speaks of HTTP admits nothing on the
/// other ports anyway.
fn admitting(rule: &Rule, ports: &Ports) -> Vec<Rule> {
    let (asking, others) = divided(rule);
    let by_remote = Rule { from: asking.iter().map(remote).collect(), ..rule.clone() };
    let mut rules = vec![with_header(&by_remote, false)];
    let to = limited(&rule.to, &ports.bytes);
    if !speaks_of_http(rule) && !to.is_empty() {
        rules.push(Rule { to, when: remote_conditions(&rule.when), ..by_remote });
    }
    if !others.is_empty() {
        rules.push(Rule { from: others, ..rule.clone() });
    }
    rules
}

/// The second rule matches whoever sends the header, on the ports where there can be one.
fn refusing(rule: &Rule, ports: &Ports) -> Vec<Rule> {
    let from = rule.from.iter().map(remote).collect();
    let mut rules = vec![Rule { from, to: rule.to.clone(), when: remote_conditions(&rule.when) }];
    let to = limited(&rule.to, &ports.http);
    if !to.is_empty() {
        let (asking, _) = divided(rule);
        let stripped: Vec<Source> =
            asking.into_iter().map(|source| Source { ip_blocks: Values::default(), ..source }).collect();
        let from = if stripped.contains(&Source::default()) { Vec::new() } else { stripped };
        rules.push(with_header(&Rule { from, to, when: other_conditions(&rule.when) }, true));
    }
    rules
}

/// Whether a rule asks for a source address.
pub(super) fn asks(rule: &Rule) -> bool {
    asks_when(rule) || rule.from.iter().any(|source| !source.ip_blocks.is_empty())
}

/// The fields of a rule that ask for a source address.
pub(super) fn fields(rule: &Rule) -> Vec<String> {
    let sources = rule.from.iter().enumerate().filter(|(_, source)| !source.ip_blocks.is_empty());
    let key = |source: &Source| if source.ip_blocks.values.is_empty() { "notIpBlocks" } else { "ipBlocks" };
    let conditions = rule.when.iter().enumerate().filter(|(_, when)| when.key == SOURCE_IP);
    let in_source = sources.map(|(at, source)| format!("from[{at}].source.{}", key(source)));
    in_source.chain(conditions.map(|(at, _)| format!("when[{at}].key"))).collect()
}

fn asks_when(rule: &Rule) -> bool {
    rule.when.iter().any(|when| when.key == SOURCE_IP)
}

/// The sources for which the address matters, and the others.
fn divided(rule: &Rule) -> (Vec<Source>, Vec<Source>) {
    let all = asks_when(rule);
    rule.from.iter().cloned().partition(|source| all || !source.ip_blocks.is_empty())
}

fn remote(source: &Source) -> Source {
    let source = source.clone();
    if source.ip_blocks.is_empty() {
        return source;
    }
    Source { remote_ip_blocks: source.ip_blocks, ip_blocks: Values::default(), ..source }
}

fn remote_conditions(when: &[When]) -> Vec<When> {
    let remote = |when: &When| match when.key.as_str() {
        SOURCE_IP => When { key: REMOTE_IP.to_owned(), values: when.values.clone() },
        _ => when.clone(),
    };
    when.iter().map(remote).collect()
}

fn other_conditions(when: &[When]) -> Vec<When> {
    when.iter().filter(|when| when.key != SOURCE_IP).cloned().collect()
}

/// The rule with a condition that `x-forwarded-for` is there, or that it is not.
fn with_header(rule: &Rule, sent: bool) -> Rule {
    let any = vec!["*".to_owned()];
    let values = match sent {
        true => Values { values: any, not_values: Vec::new() },
        false => Values { values: Vec::new(), not_values: any },
    };
    let mut when = remote_conditions(&rule.when);
    when.push(When { key: FORWARDED_FOR.to_owned(), values });
    Rule { when, ..rule.clone() }
}

/// The operations on these ports only; none if nothing is left of them.
fn limited(to: &[Operation], ports: &[String]) -> Vec<Operation> {
    let on = |operation: &Operation| {
        let named: BTreeSet<&String> = operation.ports.values.iter().collect();
        let kept: Vec<String> = ports.iter().filter(|port| named.is_empty() || named.contains(port)).cloned().collect();
        let ports = Values { values: kept, not_values: operation.ports.not_values.clone() };
        (!ports.values.is_empty()).then(|| Operation { ports, ..operation.clone() })
    };
    let any = [Operation::default()];
    let operations = if to.is_empty() { any.as_slice() } else { to };
    operations.iter().filter_map(on).collect()
}

/// Whether a condition of the rule can only be seen where HTTP is parsed.
fn speaks_of_http(rule: &Rule) -> bool {
    rule.from.iter().any(|source| !source.request_principals.is_empty())
        || rule.to.iter().any(|to| !to.hosts.is_empty() || !to.methods.is_empty() || !to.paths.is_empty())
        || rule.when.iter().any(|when| when.key.starts_with("request."))
}
