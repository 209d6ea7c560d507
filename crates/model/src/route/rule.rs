//! One rule of a route list: some matches and what is done.

use super::RouteAction;
use crate::topology::Labels;
use crate::{HttpRequest, Origin, Pattern, TextMatch};

/// A rule: one of its matches must hold. None at all match everything.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RouteRule {
    /// The rule's name, if it has one.
    pub name: Option<String>,
    /// The matches.
    pub matches: Vec<RouteMatch>,
    /// What is done.
    pub action: RouteAction,
    /// Where the rule stands.
    pub origin: Origin,
}

/// Conditions on a request, all of which must hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RouteMatch {
    /// The path, without query.
    pub path: TextMatch,
    /// The method.
    pub method: Option<TextMatch>,
    /// The `Host` header, port included.
    pub authority: Option<TextMatch>,
    /// The scheme, which is `http` inside of a mesh.
    pub scheme: Option<TextMatch>,
    /// Headers.
    pub headers: Vec<HeaderMatch>,
    /// Query parameters.
    pub query: Vec<QueryMatch>,
    /// The Service port it is limited to.
    pub port: Option<u16>,
    /// What it asks of the client, which only a client's own proxy can know.
    pub client: ClientCondition,
    /// Where the match stands.
    pub origin: Origin,
}

/// Conditions on the client.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ClientCondition {
    /// `sourceLabels`.
    pub labels: Labels,
    /// `sourceNamespace`.
    pub namespace: Option<String>,
    /// `gateways`; if there are any, labels and namespace are not looked at.
    pub gateways: Vec<String>,
}

/// A condition on a header.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeaderMatch {
    /// The name, in lower case.
    pub name: String,
    /// What is asked.
    pub test: HeaderTest,
    /// Whether it must not hold (`withoutHeaders`).
    pub negated: bool,
}

/// What is asked of a header.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HeaderTest {
    /// It is there, with any value.
    Present,
    /// One of its lines matches.
    Text(TextMatch),
}

/// A condition on the first value of a query parameter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QueryMatch {
    /// The parameter, case-sensitive.
    pub name: String,
    /// The value; `None` if it must only be there.
    pub value: Option<TextMatch>,
}

impl RouteMatch {
    /// A match of every request.
    #[must_use]
    pub fn any(origin: Origin) -> Self {
        RouteMatch {
            path: TextMatch::of(Pattern::Prefix("/".to_owned())),
            method: None,
            authority: None,
            scheme: None,
            headers: Vec::new(),
            query: Vec::new(),
            port: None,
            client: ClientCondition::default(),
            origin,
        }
    }

    /// Whether the request satisfies every condition that does not depend on port or client.
    #[must_use]
    pub fn matches(&self, request: &HttpRequest) -> bool {
        let holds = |test: &Option<TextMatch>, value: &str| test.as_ref().is_none_or(|test| test.matches(value));
        self.path.matches(&request.path)
            && holds(&self.method, &request.method)
            && holds(&self.authority, &request.host)
            && holds(&self.scheme, "http")
            && self.headers.iter().all(|header| header.holds(request))
            && self.query.iter().all(|query| query.holds(request))
    }

    /// Whether istiod takes it for a catch-all, behind which nothing is generated (istio/istio
    /// `pilot/pkg/networking/core/route/route.go`, `IsCatchAllRoute`): prefix `/` or regex `.*` and nothing else.
    #[must_use]
    pub fn is_catch_all(&self) -> bool {
        let total = |pattern: &Pattern| match pattern {
            Pattern::Prefix(prefix) => prefix == "/",
            Pattern::Regex(regex) => regex == ".*",
            Pattern::Exact(_)
            | Pattern::Suffix(_)
            | Pattern::SegmentPrefix(_)
            | Pattern::NonEmpty
            | Pattern::Template(_) => false,
        };
        self.path.any_of.iter().any(total)
            && self.method.is_none()
            && self.authority.is_none()
            && self.scheme.is_none()
            && self.headers.is_empty()
            && self.query.is_empty()
    }
}

impl ClientCondition {
    /// Whether nothing is asked of the client.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.labels.is_empty() && self.namespace.is_none() && self.gateways.is_empty()
    }
}

impl HeaderMatch {
    fn holds(&self, request: &HttpRequest) -> bool {
        let lines = lines_of(request, &self.name);
        let found = match &self.test {
            HeaderTest::Present => !lines.is_empty(),
            // A missing header counts as an empty one where the condition is negated.
            HeaderTest::Text(text) if self.negated && lines.is_empty() => text.matches(""),
            HeaderTest::Text(text) => lines.iter().any(|line| text.matches(line)),
        };
        found != self.negated
    }
}

/// The lines of a header. Pseudo headers are headers to Envoy, and `host` is another name of `:authority`.
fn lines_of<'a>(request: &'a HttpRequest, name: &str) -> Vec<&'a str> {
    match name {
        ":authority" | "host" => vec![&request.host],
        ":method" => vec![&request.method],
        ":path" => vec![&request.path],
        ":scheme" => vec!["http"],
        other => request.headers.get(other).into_iter().flatten().map(String::as_str).collect(),
    }
}

impl QueryMatch {
    fn holds(&self, request: &HttpRequest) -> bool {
        let value = request.query.get(&self.name);
        value.is_some_and(|value| self.value.as_ref().is_none_or(|test| test.matches(value)))
    }
}
