//! Conditions in the words of an HTTPRoute.

use s2a_catalog::codes;
use s2a_model::route::{HeaderMatch, HeaderTest, QueryMatch, RouteMatch};
use s2a_model::{Origin, Pattern, TextMatch};

use super::Refusable;
use super::ladder::quote;
use super::simplify::METHODS;
use crate::Refusal;
use crate::findings::about;

/// The most headers, and the most query parameters, of one match.
const MAX_CONDITIONS: usize = 16;

/// The condition as an HTTPRoute says it. The path has been brought into shape before.
pub(super) fn express(condition: &RouteMatch) -> Refusable<RouteMatch> {
    let mut expressed = condition.clone();
    expressed.port = None;
    expressed.client = s2a_model::route::ClientCondition::default();
    check_path(condition)?;
    if let Some(method) = &condition.method {
        expressed.method = Some(express_method(method, &condition.origin)?);
    }
    // Between proxies the scheme is `http`: conditions on it have been decided before.
    expressed.scheme = None;
    if let Some(authority) = &condition.authority {
        expressed.authority = Some(value(authority, &condition.origin, "authority")?);
    }
    expressed.headers =
        condition.headers.iter().map(|header| express_header(header, &condition.origin)).collect::<Refusable<_>>()?;
    expressed.query =
        condition.query.iter().map(|query| express_query(query, &condition.origin)).collect::<Refusable<_>>()?;
    let names: std::collections::BTreeSet<&str> = expressed.headers.iter().map(|header| header.name.as_str()).collect();
    if names.len() < expressed.headers.len() {
        return refuse(
            &codes::HEADER_CONDITION_NOT_EXPRESSIBLE,
            &condition.origin,
            "headers",
            "two conditions on one header",
        );
    }
    if expressed.headers.len() > MAX_CONDITIONS || expressed.query.len() > MAX_CONDITIONS {
        return refuse(
            &codes::HEADER_CONDITION_NOT_EXPRESSIBLE,
            &condition.origin,
            "headers",
            "more than 16 conditions",
        );
    }
    Ok(expressed)
}

fn check_path(condition: &RouteMatch) -> Refusable<()> {
    match condition.path.any_of.first() {
        Some(Pattern::Regex(source)) => check_regex(source, &condition.origin, "uri"),
        _ => Ok(()),
    }
}

/// istiod does not check the regular expressions of an HTTPRoute; Envoy would refuse the whole configuration.
fn check_regex(source: &str, origin: &Origin, field: &str) -> Refusable<()> {
    let parsed = regex_syntax::ast::parse::Parser::new().parse(source);
    match parsed {
        Ok(_) if source.len() <= 1024 => Ok(()),
        _ => {
            refuse(&codes::REGEX_ORDER_NOT_EXPRESSIBLE, origin, field, "this is no regular expression that Envoy takes")
        }
    }
}

fn express_method(method: &TextMatch, origin: &Origin) -> Refusable<TextMatch> {
    match method.any_of.as_slice() {
        [Pattern::Exact(name)] if METHODS.contains(&name.as_str()) => Ok(method.clone()),
        _ => refuse(&codes::METHOD_NOT_EXPRESSIBLE, origin, "method", "an HTTPRoute names one of nine methods"),
    }
}

fn express_header(header: &HeaderMatch, origin: &Origin) -> Refusable<HeaderMatch> {
    if header.negated || !is_token(&header.name) {
        return refuse(
            &codes::HEADER_CONDITION_NOT_EXPRESSIBLE,
            origin,
            "headers",
            &format!("the name `{}` is not one that an HTTPRoute takes", header.name),
        );
    }
    let test = match &header.test {
        HeaderTest::Present => HeaderTest::Text(TextMatch::of(Pattern::Regex(".*".to_owned()))),
        HeaderTest::Text(text) => HeaderTest::Text(value(text, origin, "headers")?),
    };
    Ok(HeaderMatch { name: header.name.clone(), test, negated: false })
}

fn express_query(query: &QueryMatch, origin: &Origin) -> Refusable<QueryMatch> {
    if !is_token(&query.name) {
        return refuse(
            &codes::HEADER_CONDITION_NOT_EXPRESSIBLE,
            origin,
            "queryParams",
            &format!("the name `{}` is not one that an HTTPRoute takes", query.name),
        );
    }
    let value = match &query.value {
        None => TextMatch::of(Pattern::Regex(".*".to_owned())),
        Some(text) => value(text, origin, "queryParams")?,
    };
    Ok(QueryMatch { name: query.name.clone(), value: Some(value) })
}

/// A value is exact or a regular expression there.
fn value(text: &TextMatch, origin: &Origin, field: &str) -> Refusable<TextMatch> {
    let pattern = match text.any_of.first() {
        Some(Pattern::Exact(value)) if value.is_empty() => Pattern::Regex("^$".to_owned()),
        Some(Pattern::Exact(value)) => Pattern::Exact(value.clone()),
        Some(Pattern::Prefix(value)) => Pattern::Regex(format!("{}.*", quote(value))),
        Some(Pattern::Regex(source)) => {
            check_regex(source, origin, field)?;
            Pattern::Regex(source.clone())
        }
        Some(Pattern::Suffix(_) | Pattern::SegmentPrefix(_) | Pattern::NonEmpty | Pattern::Template(_)) | None => {
            return refuse(
                &codes::HEADER_CONDITION_NOT_EXPRESSIBLE,
                origin,
                field,
                "this value has no form in an HTTPRoute",
            );
        }
    };
    Ok(TextMatch::of(pattern))
}

fn is_token(name: &str) -> bool {
    let legal = |character: char| character.is_ascii_alphanumeric() || "!#$%&'*+.^_`|~-".contains(character);
    !name.is_empty() && name.len() <= 256 && name.chars().all(legal)
}

/// Refuses a field of a match.
pub(super) fn refuse<T>(
    code: &'static s2a_diagnostic::Code,
    origin: &Origin,
    field: &str,
    message: &str,
) -> Refusable<T> {
    let finding = about(code, &origin.field(field), message);
    Err(Box::new(Refusal { object: origin.object.clone(), finding }))
}
