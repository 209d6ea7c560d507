//! Every row of `rules/routes` names cases that hold its field, or says why there can be none.

use std::collections::BTreeSet;

use s2a_catalog::Field;

use crate::failure::Failure;
use crate::fields::{Rows, account, objects};
use crate::repository::Repository;

const KIND: &str = "VirtualService";

pub(super) fn check(repository: &Repository) -> Result<Vec<String>, Failure> {
    let catalog = repository.catalog()?;
    let rows = catalog.fields(KIND);
    let mut findings = Vec::new();
    for message in catalog.messages() {
        for field in message.field.iter().filter(|field| field.message.is_none()) {
            let paths = paths(&rows, field);
            if !paths.is_empty() {
                let faults = faults(repository, &rows, field, &paths)?;
                findings.extend(faults.iter().map(|fault| format!("{} {}: {fault}", message.message, field.source)));
            }
        }
    }
    Ok(findings)
}

/// Returns the paths at which a row's field can stand: a message has several places.
fn paths<'a>(rows: &'a Rows<'_>, field: &Field) -> BTreeSet<&'a str> {
    rows.iter().filter(|(_, row)| std::ptr::eq(**row, field)).map(|(path, _)| path.as_str()).collect()
}

fn faults(
    repository: &Repository,
    rows: &Rows<'_>,
    field: &Field,
    paths: &BTreeSet<&str>,
) -> Result<Vec<String>, Failure> {
    match (field.cases.as_slice(), &field.no_case) {
        ([], None) => return Ok(vec!["add `cases`, or `no_case` with the reason".to_owned()]),
        ([_, ..], Some(_)) => return Ok(vec!["`cases` or `no_case`, not both".to_owned()]),
        ([_, ..], None) | ([], Some(_)) => {}
    }
    let mut faults = Vec::new();
    for case in &field.cases {
        let input = format!("testdata/cases/{case}/input.yaml");
        if !repository.has(&input) {
            faults.push(format!("there is no case {case}"));
            continue;
        }
        let (found, _) = objects(&repository.read(&input)?, KIND);
        let held = |object| account(rows, object).rows.iter().any(|row| paths.contains(row.as_str()));
        if !found.iter().any(held) {
            faults.push(format!("case {case} does not have the field"));
        }
    }
    Ok(faults)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_without_a_case_and_one_with_a_wrong_case_are_found() {
        let repository = Repository::here();
        let catalog = repository.catalog().unwrap();
        let rows = catalog.fields(KIND);
        let attempts = rows["spec.http[].retries.attempts"];
        let paths = paths(&rows, attempts);
        let of = |field: &Field| faults(&repository, &rows, field, &paths).unwrap();
        assert_eq!(of(attempts), Vec::<String>::new());
        let none = Field { cases: Vec::new(), no_case: None, ..attempts.clone() };
        assert_eq!(of(&none), ["add `cases`, or `no_case` with the reason"]);
        let strange = ["route/none", "route/host-of-one-destination"].map(str::to_owned).to_vec();
        let wrong = Field { cases: strange, ..attempts.clone() };
        assert_eq!(
            of(&wrong),
            ["there is no case route/none", "case route/host-of-one-destination does not have the field"]
        );
    }
}
