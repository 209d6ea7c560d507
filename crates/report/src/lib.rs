//! Findings, verdicts and diffs for people and programs.
//!
//! Values in, text out: nothing here prints, opens a file or looks at the environment. The caller fills a [`Report`]
//! with rows, keeps the texts they point into in a [`Sources`](s2a_diagnostic::Sources), and picks a form: text for a
//! terminal, JSON for a program, a unified diff for a review. The output depends on the values alone and not on the
//! order in which they were found.

mod audit;
mod checklist;
mod classification;
mod diff;
mod explain;
mod json;
mod layout;
mod lines;
mod palette;
mod report;
mod text;
mod verdict;

pub use audit::{Audit, BlockRow, CallRow, NeedRow, WorkloadRow, audit_to_json, render_audit};
pub use checklist::{ChecklistItem, ChecklistOptions, ChecklistRow, checklist_to_json, render_checklist};
pub use classification::render_classification;
pub use diff::{Change, render_diff};
pub use explain::{explain, explain_check};
pub use json::to_json;
pub use report::{Apply, ClassificationRow, Counts, Disposition, ObjectRow, Report};
pub use text::{TextOptions, render_text};
pub use verdict::{CounterexampleRow, FateRow, PathName, RequestRow, RuleRow, VerdictName, VerdictRow};

#[cfg(test)]
mod sample;
