//! In which order the runs of a file go, and which of them side by side.

use std::collections::BTreeSet;
use std::sync::Arc;

use plumb_configuration::suite::{TestFile, TestRun, picked};
use plumb_expression::Expression;

use crate::file::state_key;

/// Which runs may begin.
pub(crate) struct Order {
    /// What each run still waits for.
    waits: Vec<BTreeSet<usize>>,
    begun: Vec<bool>,
}

impl Order {
    pub(crate) fn new(file: &TestFile) -> Self {
        let waits = (0..file.runs.len()).map(|at| before(file, at)).collect::<Vec<_>>();
        Order { begun: vec![false; waits.len()], waits }
    }

    /// The next run that may begin.
    pub(crate) fn next(&mut self) -> Option<usize> {
        let at = (0..self.waits.len()).find(|at| !self.begun[*at] && self.waits[*at].is_empty())?;
        self.begun[at] = true;
        Some(at)
    }

    /// A run has ended.
    pub(crate) fn end(&mut self, at: usize) {
        for waits in &mut self.waits {
            waits.remove(&at);
        }
    }
}

fn is_parallel(file: &TestFile, run: &TestRun) -> bool {
    run.parallel.unwrap_or(file.parallel)
}

/// The runs that must have ended before another begins.
fn before(file: &TestFile, at: usize) -> BTreeSet<usize> {
    let run = &file.runs[at];
    if !is_parallel(file, run) {
        return (0..at).collect();
    }
    let referred = referred(file, run);
    let key = state_key(run);
    let must_wait = |earlier: &TestRun| {
        !is_parallel(file, earlier) || state_key(earlier) == key || referred.contains(&earlier.name)
    };
    (0..at).filter(|earlier| must_wait(&file.runs[*earlier])).collect()
}

/// The runs that a run refers to.
fn referred(file: &TestFile, run: &TestRun) -> BTreeSet<Arc<str>> {
    let bodies = file.providers.iter().flat_map(|provider| provider.block.body.expressions());
    let variables = run.variables.values().chain(file.variables.values()).map(|one| &one.value);
    let asserts = run.asserts.iter().flat_map(|rule| [&rule.condition, &rule.error_message]);
    let all = bodies.chain(variables).chain(asserts);
    all.flat_map(|expression: &Arc<Expression>| picked(expression, "run")).map(|(name, _)| name).collect()
}
