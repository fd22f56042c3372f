//! Which step may begin when.

use std::collections::VecDeque;

use plumb_plan::{StepGraph, StepId};

/// How a step ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ending {
    /// Well.
    Done,
    /// Badly: what waits for it is not begun.
    Failed,
}

/// Counts down what each step waits for. All of it together is linear in steps and edges.
pub(crate) struct Schedule {
    followers: Vec<Vec<StepId>>,
    waiting: Vec<u32>,
    /// Whether something that the step waits for has failed.
    blocked: Vec<bool>,
    ready: VecDeque<StepId>,
    skipped: Vec<StepId>,
}

impl Schedule {
    pub(crate) fn new(graph: &StepGraph) -> Self {
        let waiting: Vec<u32> = graph.steps.iter().map(|step| step.after.len() as u32).collect();
        let ready =
            (0..graph.steps.len() as u32).map(StepId).filter(|step| waiting[step.0 as usize] == 0).collect();
        Schedule {
            followers: graph.followers(),
            blocked: vec![false; waiting.len()],
            waiting,
            ready,
            skipped: Vec::new(),
        }
    }

    /// A step that may begin.
    pub(crate) fn next(&mut self) -> Option<StepId> {
        self.ready.pop_front()
    }

    /// Takes note of how a step ended.
    pub(crate) fn end(&mut self, step: StepId, ending: Ending) {
        let mut ended = VecDeque::from([(step, ending)]);
        while let Some((step, ending)) = ended.pop_front() {
            for follower in std::mem::take(&mut self.followers[step.0 as usize]) {
                let at = follower.0 as usize;
                self.blocked[at] |= ending == Ending::Failed;
                self.waiting[at] -= 1;
                if self.waiting[at] > 0 {
                    continue;
                }
                if self.blocked[at] {
                    self.skipped.push(follower);
                    ended.push_back((follower, Ending::Failed));
                } else {
                    self.ready.push_back(follower);
                }
            }
        }
    }

    /// Steps that were not begun because something before them failed.
    pub(crate) fn skipped(&self) -> &[StepId] {
        &self.skipped
    }
}

#[cfg(test)]
mod tests {
    use plumb_plan::StepKind;

    use super::*;

    #[test]
    fn what_is_independent_of_a_failure_goes_on() {
        let mut graph = StepGraph::default();
        let steps: Vec<StepId> = (0..4).map(|at| graph.add(StepKind::Create(at))).collect();
        graph.wait(steps[1], steps[0]);
        graph.wait(steps[2], steps[1]);
        let mut schedule = Schedule::new(&graph);
        assert_eq!(schedule.next(), Some(steps[0]));
        assert_eq!(schedule.next(), Some(steps[3]));
        schedule.end(steps[0], Ending::Failed);
        schedule.end(steps[3], Ending::Done);
        assert_eq!(schedule.next(), None);
        assert_eq!(schedule.skipped(), [steps[1], steps[2]]);
    }
}
