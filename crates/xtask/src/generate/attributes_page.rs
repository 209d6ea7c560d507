//! `docs/src/reference/attributes.md`.

use s2a_catalog::{AtWaypoint, AtZtunnel, Attribute, MatchSyntax};

use super::markdown::{code, head, table};

const INTRODUCTION: &str = "\
Everything a rule of an AuthorizationPolicy can ask for, and what becomes of it without a sidecar. ztunnel decides L4
attributes; a rule with an L7 attribute needs a waypoint.

";

/// Writes the table of attributes.
pub(super) fn write(attributes: &[Attribute]) -> String {
    let mut text = head("Attributes", "rules/attributes.toml") + INTRODUCTION;
    text.push_str(&table(
        ["Attribute", "Layer", "Values", "TCP at a sidecar", "ztunnel", "Waypoint", "Remarks"],
        attributes.iter().map(row),
    ));
    text
}

fn row(attribute: &Attribute) -> [String; 7] {
    let parameter = attribute.parameter.as_ref().map(|parameter| format!("[{parameter}]")).unwrap_or_default();
    let since = attribute.since.map(|since| format!("Since Istio {since}."));
    let remarks: Vec<String> = since.into_iter().chain(attribute.note.clone()).collect();
    [
        code(&format!("{}{parameter}", attribute.name())),
        format!("{:?}", attribute.layer),
        values(attribute.syntax).to_owned(),
        if attribute.http_only { "dropped" } else { "evaluated" }.to_owned(),
        ztunnel(attribute.at_ztunnel).to_owned(),
        waypoint(attribute.at_waypoint).to_owned(),
        remarks.join(" "),
    ]
}

fn values(syntax: MatchSyntax) -> &'static str {
    match syntax {
        MatchSyntax::String => "exact, `x*`, `*x`, `*`",
        MatchSyntax::StringIgnoringCase => "exact, `x*`, `*x`, `*`, either case",
        MatchSyntax::Path => "exact, `x*`, `*x`, `*`, template",
        MatchSyntax::Namespace => "exact, patterns with `*`",
        MatchSyntax::ServiceAccount => "`account` or `namespace/account`",
        MatchSyntax::RequestPrincipal => "issuer`/`subject, exact, `x*`, `*x`, `*`",
        MatchSyntax::Address => "address or CIDR block",
        MatchSyntax::Port => "port number",
    }
}

fn ztunnel(at: AtZtunnel) -> &'static str {
    match at {
        AtZtunnel::Evaluated => "evaluated",
        AtZtunnel::Stripped => "ALLOW rule dropped, DENY condition stripped",
        AtZtunnel::Ignored => "condition ignored",
    }
}

fn waypoint(at: AtWaypoint) -> &'static str {
    match at {
        AtWaypoint::AsSent => "as at a sidecar",
        AtWaypoint::ServicePort => "the Service's port",
        AtWaypoint::ServiceAddress => "the Service's address",
        AtWaypoint::NeverMatches => "never matches",
        AtWaypoint::Empty => "empty",
        AtWaypoint::NeedsRequestAuthentication => "needs a RequestAuthentication there",
    }
}
