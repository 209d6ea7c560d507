//! The HTTPRoute for one port of a Service.

use s2a_catalog::codes;
use s2a_diagnostic::Diagnostic;
use s2a_model::route::{ClientCondition, HttpRoute, ParentRef, RouteRule, RouteTable, VirtualService, sort_key};
use s2a_model::topology::Service;
use s2a_model::{Mesh, Name, ObjectId, Origin, Pattern};

use super::action::Scope;
use super::atom::Atom;
use super::condition::refuse;
use super::form::{Form, correspondence, needs_istio};
use super::holes::{expand_folders, expand_negations};
use super::ladder::{Ordered, OutOfOrder, conflicts, order};
use super::simplify::{drop_dead, simplify};
use super::subset::SubsetUse;
use super::{Refusable, action, condition};
use crate::findings::about;
use crate::{Options, Refusal};

/// What the CRD takes in one HTTPRoute.
const MAX_RULES: usize = 16;
const MAX_MATCHES_OF_RULE: usize = 64;
const MAX_MATCHES: usize = 128;

/// What an HTTPRoute is written for.
pub(super) struct Context<'a> {
    pub(super) mesh: &'a Mesh,
    pub(super) virtual_service: &'a VirtualService,
    pub(super) service: &'a Service,
    pub(super) port: u16,
    pub(super) options: &'a Options,
    pub(super) several_ports: bool,
    pub(super) several_hosts: bool,
}

/// An HTTPRoute with what it needs besides.
pub(super) struct Written {
    pub(super) routes: Vec<WrittenRoute>,
    pub(super) subsets: Vec<SubsetUse>,
    pub(super) notes: Vec<Diagnostic>,
}

/// An HTTPRoute with what a reader should know of it.
#[derive(Clone, Debug)]
pub(super) struct WrittenRoute {
    pub(super) route: HttpRoute,
    pub(super) form: Form,
    /// Which rules became which.
    pub(super) correspondence: String,
}

/// Writes the HTTPRoute that decides as the table does.
pub(super) fn http_route(context: &Context<'_>, table: &RouteTable<'_>) -> Refusable<Written> {
    let mut notes = Vec::new();
    let atoms = atoms(context, table, &mut notes)?;
    let (atoms, dead) = simplify(atoms);
    notes.extend(dead.iter().map(|atom| report_dead(&atom.condition.origin)).chain(cut_off(context, table)));
    let atoms = without_last_404(context, atoms)?;
    let plain = atoms.len();
    let atoms = expand_negations(&atoms).or_else(|atom| {
        let message = "what has the header must be decided by a later rule: an HTTPRoute cannot say 404";
        refuse(&codes::WITHOUT_HEADERS_NOT_EXPRESSIBLE, &atom.condition.origin, "withoutHeaders", message)
    })?;
    let mut scope = Scope { mesh: context.mesh, options: context.options, port: context.port, subsets: Vec::new() };
    let atoms = express(&mut scope, &atoms)?;
    let (atoms, _) = drop_dead(expand_folders(&atoms));
    let holes = atoms.len() > plain;
    let Ordered { atoms, ladder, closure } =
        order(&atoms, context.options.routes.portable).or_else(|fault| out_of_order(context, &fault, &atoms))?;
    let parts = parts(context, &atoms, rules(&atoms)?)?;
    let numbered = parts.len() > 1;
    let mut routes = Vec::new();
    for (index, rules) in parts.into_iter().enumerate() {
        let form = Form { holes, ladder, closure, needs_istio: needs_istio(&rules) };
        if context.options.routes.portable && form.needs_istio {
            let message = "other implementations of Gateway API take these rules in another order, or otherwise";
            return refuse(&codes::ROUTE_ORDER_NOT_EXPRESSIBLE, &whole(context), "http", message);
        }
        let correspondence = correspondence(&rules, &whole(context));
        let name = name(context);
        let number = if numbered { format!("-{index:02}") } else { String::new() };
        let route = route(context, Name::new(name.namespace, format!("{}{number}", name.name)), rules);
        routes.push(WrittenRoute { route, form, correspondence });
    }
    Ok(Written { routes, subsets: scope.subsets, notes })
}

fn out_of_order<T>(context: &Context<'_>, fault: &OutOfOrder, atoms: &[Atom]) -> Refusable<T> {
    let Some(atom) = &fault.atom else {
        let message = "the order of these rules cannot be kept";
        return refuse(&codes::ROUTE_ORDER_NOT_EXPRESSIBLE, &whole(context), "http", message);
    };
    let message = match context.options.routes.portable {
        true => "only Istio's own order of regular expressions would keep the order of these rules",
        false => "an earlier rule must be tried first, and a route with this rewrite cannot come later",
    };
    refuse(code_of(atom, atoms), &atom.condition.origin, "uri", message)
}

/// The list without a last rule that answers every other request as if there were no route. Holes then have nothing to
/// fill them, as it should be.
fn without_last_404(context: &Context<'_>, mut atoms: Vec<Atom>) -> Refusable<Vec<Atom>> {
    let last_404 = |atom: &Atom| atom.action.says_not_found() && atom.condition.is_catch_all();
    if atoms.last().is_some_and(last_404) {
        atoms.pop();
    }
    if atoms.is_empty() {
        let message = "without any rule the Service's pods would be reached";
        return refuse(&codes::DIRECT_RESPONSE_NOT_EXPRESSIBLE, &whole(context), "http", message);
    }
    Ok(atoms)
}

fn route(context: &Context<'_>, name: Name, rules: Vec<RouteRule>) -> HttpRoute {
    HttpRoute {
        parents: vec![ParentRef {
            service: context.service.name.clone(),
            port: context.several_ports.then_some(context.port),
        }],
        rules,
        void: false,
        created: None,
        object: ObjectId {
            api_version: "gateway.networking.k8s.io/v1".to_owned(),
            kind: "HTTPRoute".to_owned(),
            name: name.clone(),
        },
        name,
    }
}

/// As many rules as one HTTPRoute takes, again and again. The order between two objects depends on names and ages, so
/// it must not matter: of two rules in different objects the earlier must come first by its own key.
fn parts(context: &Context<'_>, atoms: &[Atom], rules: Vec<RouteRule>) -> Refusable<Vec<Vec<RouteRule>>> {
    let mut parts: Vec<Vec<RouteRule>> = Vec::new();
    let mut matches = 0;
    for rule in rules {
        matches += rule.matches.len();
        match parts.last_mut().filter(|part| part.len() < MAX_RULES && matches <= MAX_MATCHES) {
            Some(part) => part.push(rule),
            None => {
                matches = rule.matches.len();
                parts.push(vec![rule]);
            }
        }
    }
    let part_of =
        |atom: &Atom| parts.iter().position(|part| part.iter().any(|rule| rule.matches.contains(&atom.condition)));
    for (index, earlier) in atoms.iter().enumerate() {
        for later in atoms.iter().skip(index + 1) {
            let tied = sort_key(&earlier.condition) == sort_key(&later.condition);
            if tied && conflicts(earlier, later) && part_of(earlier) != part_of(later) {
                let message = "more rules than one HTTPRoute takes, and between two of them only their order decides";
                return refuse(&codes::TOO_MANY_RULES, &whole(context), "http", message);
            }
        }
    }
    Ok(parts)
}

/// Matches that istiod never generates, because an earlier one takes everything.
fn cut_off(context: &Context<'_>, table: &RouteTable<'_>) -> Vec<Diagnostic> {
    let generated = |origin: &Origin| table.routes.iter().any(|route| route.condition.origin == *origin);
    let Some(last) = table.routes.last().filter(|last| last.condition.is_catch_all()) else { return Vec::new() };
    let rules = context.virtual_service.rules.iter();
    let behind = rules.skip_while(|rule| rule.origin != *last.origin).skip(1);
    behind.filter(|rule| !generated(&rule.origin)).map(|rule| report_dead(&rule.origin)).collect()
}

fn whole(context: &Context<'_>) -> Origin {
    Origin { object: context.virtual_service.object.clone(), field: "spec".to_owned() }
}

/// What stands in the way: a regular expression or a character prefix that must be tried first.
fn code_of(atom: &Atom, atoms: &[Atom]) -> &'static s2a_diagnostic::Code {
    let earlier = atoms.iter().take_while(|other| other.condition.origin != atom.condition.origin);
    let kinds: Vec<Pattern> = earlier.filter(|other| conflicts(other, atom)).map(Atom::path).collect();
    let regex = |pattern: &Pattern| matches!(pattern, Pattern::Regex(_));
    let characters = |pattern: &Pattern| matches!(pattern, Pattern::Prefix(prefix) if prefix != "/");
    if kinds.iter().any(regex) {
        &codes::REGEX_ORDER_NOT_EXPRESSIBLE
    } else if kinds.iter().any(characters) || characters(&atom.path()) {
        &codes::CHARACTER_PREFIX_NOT_EXPRESSIBLE
    } else {
        &codes::ROUTE_ORDER_NOT_EXPRESSIBLE
    }
}

/// The atoms of the table. What depends on the client cannot be decided at a waypoint.
fn atoms(context: &Context<'_>, table: &RouteTable<'_>, notes: &mut Vec<Diagnostic>) -> Refusable<Vec<Atom>> {
    if let Some(origin) = table.client_dependent.first() {
        let message = "a waypoint does not know the client's labels and namespace";
        let finding = about(&codes::SOURCE_LABELS_CONDITION, &client_condition(table, origin), message);
        return Err(Box::new(Refusal { object: origin.object.clone(), finding }));
    }
    let rule = |origin: &Origin| {
        context.virtual_service.rules.iter().find(|rule| rule.origin == *origin).and_then(|rule| rule.name.clone())
    };
    let atom = |route: &s2a_model::route::Route<'_>| Atom {
        condition: route.condition.clone(),
        action: route.action.clone(),
        rule: route.origin.clone(),
        name: rule(route.origin),
    };
    let mut atoms: Vec<Atom> = table.routes.iter().map(atom).collect();
    if context.options.routes.segment_prefix {
        notes.extend(atoms.iter_mut().filter_map(end_with_the_segment));
    }
    Ok(atoms)
}

/// The field that asks for something of the client.
fn client_condition(table: &RouteTable<'_>, origin: &Origin) -> Origin {
    match table.routes.iter().find(|route| route.condition.origin == *origin) {
        Some(route) if !route.condition.client.labels.is_empty() => origin.field("sourceLabels"),
        Some(route) if route.condition.client.namespace.is_some() => origin.field("sourceNamespace"),
        Some(_) | None => origin.clone(),
    }
}

/// Makes a prefix that ends inside of a segment one that ends with it, as the user has chosen.
fn end_with_the_segment(atom: &mut Atom) -> Option<Diagnostic> {
    let Pattern::Prefix(prefix) = atom.path() else { return None };
    let inside = prefix.len() > 1 && !prefix.ends_with('/') && !atom.condition.path.ignore_case;
    inside.then(|| {
        *atom = atom.with_path(Pattern::SegmentPrefix(prefix.clone()));
        let message = format!("paths that only begin with the characters `{prefix}` are taken by later rules now");
        about(&codes::PREFIX_ENDS_WITH_SEGMENT, &atom.condition.origin.field("uri.prefix"), message)
    })
}

fn report_dead(origin: &Origin) -> Diagnostic {
    about(&codes::DEAD_RULE_DROPPED, origin, "an earlier match takes every request of this one, or none can satisfy it")
}

/// Every action, and every condition but the path, in the words of an HTTPRoute.
fn express(scope: &mut Scope<'_>, atoms: &[Atom]) -> Refusable<Vec<Atom>> {
    let mut expressed = Vec::new();
    for atom in atoms {
        let action = action::express(scope, &atom.action, &atom.condition.path, &atom.rule)?;
        let mut condition = condition::express(&atom.condition)?;
        condition.client = ClientCondition::default();
        expressed.push(Atom { condition, action, ..atom.clone() });
    }
    Ok(expressed)
}

/// Neighbours with the same origin and action share a rule; a replaced prefix needs a rule of its own.
fn rules(atoms: &[Atom]) -> Refusable<Vec<RouteRule>> {
    let mut rules: Vec<RouteRule> = Vec::new();
    for atom in atoms {
        let last = rules.last_mut().filter(|last| {
            last.action == atom.action
                && last.origin == atom.rule
                && !atom.is_pinned()
                && last.matches.len() < MAX_MATCHES_OF_RULE
        });
        match last {
            Some(rule) => rule.matches.push(atom.condition.clone()),
            None => rules.push(RouteRule {
                name: atom.name.clone(),
                matches: vec![atom.condition.clone()],
                action: atom.action.clone(),
                origin: atom.rule.clone(),
            }),
        }
    }
    for rule in rules.iter().filter(|rule| rule.matches.len() > 1 || atoms.len() > 1) {
        let replaces = rule
            .matches
            .iter()
            .any(|one| matches!(one.path.any_of.first(), Some(Pattern::Prefix(prefix)) if prefix != "/"));
        if replaces {
            return refuse(
                &codes::CHARACTER_PREFIX_NOT_EXPRESSIBLE,
                &rule.origin,
                "match",
                "this prefix ends inside of a segment",
            );
        }
    }
    Ok(rules)
}

/// The VirtualService's name; with the Service's and the port where there are several.
pub(super) fn name(context: &Context<'_>) -> Name {
    let own = &context.virtual_service.name.name;
    let service = &context.service.name;
    let mut name = own.clone();
    if context.several_hosts && *own != service.name {
        name = format!("{name}-{}", service.name);
    }
    if context.several_ports {
        name = format!("{name}-{}", context.port);
    }
    Name::new(service.namespace.clone(), name)
}
