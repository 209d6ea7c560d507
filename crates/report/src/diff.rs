//! What changes, as a unified diff per object.

use annotate_snippets::renderer::Style;
use s2a_diagnostic::ObjectRef;
use similar::{Algorithm, ChangeTag, TextDiff};

use crate::layout::printable;
use crate::palette::{ADDED, HEADING, HUNK, Palette, REMOVED};

/// One object before and after. The texts are the YAML of this object alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// The object; the new one where it was renamed.
    pub object: ObjectRef,
    /// The old object where it had another name, namespace, kind or API group.
    pub renamed_from: Option<ObjectRef>,
    /// The text before; none for an object that is added.
    pub before: Option<String>,
    /// The text after; none for an object that is removed.
    pub after: Option<String>,
}

/// Unified diffs with three lines of context, sorted by object, and a last line with the number of objects to add,
/// change, rename and remove. Line breaks are compared as `\n`.
#[must_use]
pub fn render_diff(changes: &[Change], color: bool) -> String {
    let palette = Palette { color };
    let mut changes: Vec<&Change> = changes.iter().filter(|it| it.is_change()).collect();
    if changes.is_empty() {
        return "No changes.\n".to_owned();
    }
    changes.sort_by(|a, b| (&a.object, &a.renamed_from).cmp(&(&b.object, &b.renamed_from)));
    let mut text: String = changes.iter().map(|change| one_object(change, palette)).collect();
    text.push_str(&format!("{}\n", palette.paint(HEADING, &plan(&changes))));
    text
}

impl Change {
    fn is_change(&self) -> bool {
        self.is_rename() || normal(self.before.as_deref()) != normal(self.after.as_deref())
    }

    /// Another API version of the same group is the same object to the API server.
    fn is_rename(&self) -> bool {
        self.renamed_from.as_ref().is_some_and(|old| identity(old) != identity(&self.object))
    }
}

fn identity(object: &ObjectRef) -> (&str, &str, &str, &str) {
    let group = object.api_version.rsplit_once('/').map_or("", |(group, _)| group);
    (group, &object.kind, &object.namespace, &object.name)
}

fn one_object(change: &Change, palette: Palette) -> String {
    let old = change.renamed_from.as_ref().unwrap_or(&change.object);
    let (before, after) = (normal(change.before.as_deref()), normal(change.after.as_deref()));
    let old_name = change.before.as_ref().map_or_else(|| "/dev/null".to_owned(), |_| format!("a/{old}"));
    let new_name = change.after.as_ref().map_or_else(|| "/dev/null".to_owned(), |_| format!("b/{}", change.object));
    let mut text = painted(palette, HEADING, "--- ", &old_name);
    text.push_str(&painted(palette, HEADING, "+++ ", &new_name));
    let diff = TextDiff::configure().algorithm(Algorithm::Patience).diff_lines(&before, &after);
    for hunk in diff.unified_diff().context_radius(3).iter_hunks() {
        text.push_str(&painted(palette, HUNK, "", &hunk.header().to_string()));
        for line in hunk.iter_changes() {
            let (sign, style) = match line.tag() {
                ChangeTag::Delete => ("-", REMOVED),
                ChangeTag::Insert => ("+", ADDED),
                ChangeTag::Equal => (" ", Style::new()),
            };
            text.push_str(&painted(palette, style, sign, line.value().trim_end_matches('\n')));
        }
    }
    text
}

fn painted(palette: Palette, style: Style, sign: &str, line: &str) -> String {
    let line = format!("{sign}{}", printable(line));
    format!("{}\n", if line.trim().is_empty() { String::new() } else { palette.paint(style, &line) })
}

/// The text with plain line breaks, and one at the end: whether a file ends in one says nothing about the object.
fn normal(text: Option<&str>) -> String {
    text.unwrap_or_default().lines().map(|line| format!("{line}\n")).collect()
}

fn plan(changes: &[&Change]) -> String {
    let count = |matches: fn(&Change) -> bool| changes.iter().filter(|it| matches(it)).count();
    let add = count(|it| it.before.is_none());
    let remove = count(|it| it.after.is_none() && it.before.is_some());
    let rename = count(|it| it.before.is_some() && it.after.is_some() && it.is_rename());
    let change = changes.len() - add - remove - rename;
    let rename = if rename > 0 { format!(", {rename} to rename") } else { String::new() };
    format!("Plan: {add} to add, {change} to change{rename}, {remove} to remove.")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample::object;

    fn change(name: &str, before: Option<&str>, after: Option<&str>) -> Change {
        let owned = |text: &str| text.to_owned();
        Change {
            object: object("AuthorizationPolicy", name),
            renamed_from: None,
            before: before.map(owned),
            after: after.map(owned),
        }
    }

    #[test]
    fn shows_a_rename_an_addition_and_a_removal() {
        let before = "kind: AuthorizationPolicy\nmetadata:\n  name: old\n\nspec:\n  action: DENY\n  selector: {}\n";
        let after = "kind: AuthorizationPolicy\nmetadata:\n  name: new\n\nspec:\n  action: DENY\n  targetRefs: []\n";
        let renamed_from = Some(object("AuthorizationPolicy", "old"));
        let changes = [
            change("z", Some("kind: Z\n"), None),
            Change { renamed_from, ..change("new", Some(before), Some(after)) },
            change("same", Some("kind: A\r\nspec: {}\r\n"), Some("kind: A\nspec: {}")),
            change("a", None, Some("kind: A\n")),
        ];
        let expected = "\
--- /dev/null
+++ b/AuthorizationPolicy shop/a
@@ -0,0 +1 @@
+kind: A
--- a/AuthorizationPolicy shop/old
+++ b/AuthorizationPolicy shop/new
@@ -1,7 +1,7 @@
 kind: AuthorizationPolicy
 metadata:
-  name: old
+  name: new

 spec:
   action: DENY
-  selector: {}
+  targetRefs: []
--- a/AuthorizationPolicy shop/z
+++ /dev/null
@@ -1 +0,0 @@
-kind: Z
Plan: 1 to add, 0 to change, 1 to rename, 1 to remove.
";
        assert_eq!(render_diff(&changes, false), expected);
    }

    #[test]
    fn another_version_of_the_same_group_is_no_rename() {
        let old = ObjectRef { api_version: "security.istio.io/v1beta1".into(), ..object("AuthorizationPolicy", "a") };
        let change = Change { renamed_from: Some(old), ..change("a", Some("spec: 1"), Some("spec: 2")) };
        let text = render_diff(&[change], false);
        assert!(text.ends_with("Plan: 0 to add, 1 to change, 0 to remove.\n"), "{text}");
    }

    #[test]
    fn nothing_to_do_is_said_in_words() {
        assert_eq!(render_diff(&[], true), "No changes.\n");
        assert_eq!(render_diff(&[change("a", Some("x: 1"), Some("x: 1\n"))], false), "No changes.\n");
    }

    #[test]
    fn signs_stay_when_lines_are_coloured() {
        let text = render_diff(&[change("a", Some("x: 1\n"), Some("x: 2\n"))], true);
        assert!(text.contains("\u{1b}[31m-x: 1\u{1b}[0m\n\u{1b}[32m+x: 2\u{1b}[0m\n"), "{text:?}");
    }
}
