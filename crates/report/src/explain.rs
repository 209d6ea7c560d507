//! The long text of one code.

use s2a_diagnostic::Code;

use crate::layout::{WIDTH, hang, trim_lines, wrap};

/// What a code means and what to do about it, for `explain S2A3004`.
#[must_use]
pub fn explain(code: &Code) -> String {
    let heading = format!("{} {} ({})", code.id, code.name, code.severity);
    let paragraphs = code.explain.trim().lines().flat_map(|line| wrap(line, WIDTH));
    let explanation = paragraphs.collect::<Vec<_>>().join("\n");
    let parts = [heading, code.title.to_owned(), explanation, hang("Help: ", code.help)];
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
