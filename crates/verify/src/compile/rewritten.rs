//! Conditions on a request that a client's proxy has changed, asked of the request as it was sent.

use s2a_model::route::{HeaderChanges, PathRewrite};
use s2a_model::{Pattern, TextMatch};

use super::Unclear;

/// What has been changed on the way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Rewritten {
    pub(super) path: PathRewrite,
    pub(super) host: Option<String>,
    pub(super) headers: HeaderChanges,
}

impl Default for Rewritten {
    fn default() -> Self {
        Rewritten { path: PathRewrite::Keep, host: None, headers: HeaderChanges::default() }
    }
}

/// A condition, or what it comes to.
pub(super) enum Asked {
    /// It always holds, or never.
    Fixed(bool),
    /// It is asked of the request as sent.
    Test(TextMatch),
}

impl Rewritten {
    /// A condition on the new path, asked of the old one.
    pub(super) fn path(&self, test: &TextMatch) -> Result<Asked, Unclear> {
        match &self.path {
            PathRewrite::Keep => Ok(Asked::Test(test.clone())),
            PathRewrite::Full(path) => Ok(Asked::Fixed(test.matches(path))),
            PathRewrite::Prefix { strip, add } => {
                let mut any_of = Vec::new();
                for pattern in &test.any_of {
                    match pulled_back(pattern, strip, add)? {
                        None => {}
                        Some(Pattern::Prefix(prefix)) if prefix.is_empty() => return Ok(Asked::Fixed(true)),
                        Some(pattern) => any_of.push(pattern),
                    }
                }
                Ok(if any_of.is_empty() { Asked::Fixed(false) } else { Asked::Test(TextMatch::any(any_of)) })
            }
            PathRewrite::StripSegments(_) | PathRewrite::Regex { .. } => {
                Err(Unclear::Said("a policy on paths judges a path that a regular expression has rewritten".to_owned()))
            }
        }
    }

    /// A condition on the new host.
    pub(super) fn host(&self, test: &TextMatch) -> Asked {
        match &self.host {
            Some(host) => Asked::Fixed(test.matches(host)),
            None => Asked::Test(test.clone()),
        }
    }

    /// A condition on a header as it arrives.
    pub(super) fn header(&self, name: &str, test: &TextMatch) -> Result<Asked, Unclear> {
        let HeaderChanges { remove, set, add } = &self.headers;
        if add.iter().any(|(added, _)| added == name) {
            return Err(Unclear::Said(format!("a policy on header {name} judges a header that a route adds to")));
        }
        if let Some((_, value)) = set.iter().rev().find(|(changed, _)| changed == name) {
            return Ok(Asked::Fixed(test.matches(value)));
        }
        Ok(if remove.iter().any(|removed| removed == name) { Asked::Fixed(false) } else { Asked::Test(test.clone()) })
    }
}

/// The pattern for paths `strip…` whose rewritten form `add…` matches. `None` if none does; an empty prefix if all do.
fn pulled_back(pattern: &Pattern, strip: &str, add: &str) -> Result<Option<Pattern>, Unclear> {
    let rest_of = |text: &str| text.strip_prefix(add).map(|rest| format!("{strip}{rest}"));
    let everything = || Some(Pattern::Prefix(String::new()));
    match pattern {
        Pattern::Exact(text) => Ok(rest_of(text).map(Pattern::Exact)),
        Pattern::Prefix(text) if add.starts_with(text.as_str()) => Ok(everything()),
        Pattern::Prefix(text) => Ok(rest_of(text).map(Pattern::Prefix)),
        Pattern::SegmentPrefix(text) if add.starts_with(&format!("{text}/")) => Ok(everything()),
        Pattern::SegmentPrefix(text) => Ok(rest_of(text).map(Pattern::SegmentPrefix)),
        Pattern::NonEmpty => Ok(everything()),
        Pattern::Suffix(text) => Ok(Some(Pattern::Regex(suffix(text, strip, add)))),
        Pattern::Regex(_) | Pattern::Template(_) => {
            Err(Unclear::Said("a policy with a path pattern judges a path that a route has rewritten".to_owned()))
        }
    }
}

/// Paths whose rewritten form ends in `text`: the rest does, or all of the rest and the end of what was put before it.
fn suffix(text: &str, strip: &str, add: &str) -> String {
    let strip = escape(strip);
    let mut forms = vec![format!("{strip}.*{}", escape(text))];
    for (at, _) in text.char_indices().skip(1) {
        if let (Some(head), Some(tail)) = (text.get(..at), text.get(at..))
            && add.ends_with(head)
        {
            forms.push(format!("{strip}{}", escape(tail)));
        }
    }
    if add.ends_with(text) {
        forms.push(strip);
    }
    forms.join("|")
}

fn escape(text: &str) -> String {
    regex_syntax::escape(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(pattern: Pattern, sent: &str) -> bool {
        let rewrite = PathRewrite::Prefix { strip: "/v1".into(), add: "/api".into() };
        let rewritten = Rewritten { path: rewrite, ..Rewritten::default() };
        match rewritten.path(&TextMatch::of(pattern)).unwrap() {
            Asked::Fixed(value) => value,
            Asked::Test(test) => test.matches(sent),
        }
    }

    #[test]
    fn conditions_on_the_new_path_are_asked_of_the_old_one() {
        let paths = ["/v1", "/v1/admin", "/v1/x/admin", "/v1admin", "/v1/"];
        let patterns = [
            Pattern::Exact("/api/admin".into()),
            Pattern::Prefix("/api/a".into()),
            Pattern::Prefix("/ap".into()),
            Pattern::Prefix("/v1".into()),
            Pattern::SegmentPrefix("/api".into()),
            Pattern::SegmentPrefix("/api/admin".into()),
            Pattern::Suffix("/admin".into()),
            Pattern::Suffix("piadmin".into()),
            Pattern::Suffix("api".into()),
            Pattern::NonEmpty,
        ];
        for path in paths {
            let new = format!("/api{}", &path[3..]);
            for pattern in &patterns {
                assert_eq!(asked(pattern.clone(), path), pattern.matches(&new, false), "{pattern:?} on {path}");
            }
        }
    }
}
