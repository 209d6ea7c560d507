//! The long text of one code.

use s2a_diagnostic::Code;

use crate::layout::{WIDTH, hang, trim_lines, wrap};

/// What a code means and what to do about it, for `explain S2A3004`.
#[must_use]
pub fn explain(code: &Code) -> String {
    page(&format!("{} {} ({})", code.id, code.name, code.severity), code.title, code.explain, code.help)
}

/// What a check holds and what to do if it does not pass, for `explain istio-release`.
#[must_use]
pub fn explain_check(name: &str, title: &str, explain: &str, help: &str) -> String {
    page(&format!("{name} (check)"), title, explain, help)
}

fn page(heading: &str, title: &str, explain: &str, help: &str) -> String {
    let paragraphs = explain.trim().lines().flat_map(|line| wrap(line, WIDTH));
    let explanation = paragraphs.collect::<Vec<_>>().join("\n");
    let parts = [heading.to_owned(), title.to_owned(), explanation, hang("Help: ", help)];
    trim_lines(&parts.join("\n\n"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample;

    #[test]
    fn explains_a_code() {
        let expected = "\
S2A3004 rule-needs-waypoint (error)

the rule names an attribute that ztunnel does not see

ztunnel sees the connection only.

A rule that names an HTTP attribute never matches there.

Help: Attach the policy to a waypoint.
";
        assert_eq!(explain(&sample::NEEDS_WAYPOINT), expected);
    }
}
