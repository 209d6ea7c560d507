//! Classes that were found before: many questions ask the same of a dimension.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use super::{Class, Demand, classes};
use crate::space::{Dimension, Domains, PathNormalization, Predicate, Unknown, Value};

/// The most classes that are kept. What is found when there are as many is not kept.
const MOST: usize = 1_000_000;

/// The classes of all dimensions that were asked for.
#[derive(Debug, Default)]
pub(crate) struct KnownClasses(Mutex<Known>);

#[derive(Debug, Default)]
struct Known {
    answers: BTreeMap<Question, Arc<[Class]>>,
    classes: usize,
}

/// Everything that the classes of a dimension depend on.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Question {
    dimension: Dimension,
    predicates: Vec<Predicate>,
    path: PathNormalization,
    plain: Value,
    /// The number of lines that can matter, where there can be several.
    lines: Option<usize>,
    most: usize,
}

impl KnownClasses {
    /// As [`classes`].
    pub(crate) fn classes(
        &self,
        dimension: &Dimension,
        predicates: &[Predicate],
        domains: &Domains,
        demand: Demand,
    ) -> Result<Arc<[Class]>, Unknown> {
        let question = Question {
            dimension: dimension.clone(),
            predicates: predicates.to_vec(),
            path: domains.path,
            plain: domains.plain(dimension),
            lines: domains.has_lines(dimension).then_some(demand.lines),
            most: demand.most,
        };
        let lock = || self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = lock().answers.get(&question) {
            return Ok(Arc::clone(known));
        }
        let found: Arc<[Class]> = classes(dimension, predicates, domains, demand)?.into();
        let mut known = lock();
        if known.classes + found.len() <= MOST {
            known.classes += found.len();
            known.answers.insert(question, Arc::clone(&found));
        }
        Ok(found)
    }
}
