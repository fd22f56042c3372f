//! From changes and what went into each value to the graph of steps.

use std::collections::HashMap;

use plumb_address::{AbsResourceInstance, ConfigResource};
use plumb_diagnostics::Diagnostic;
use plumb_evaluator::{CellKey, Evaluator};
use plumb_plan::{Action, Change, PlanMode, StepGraph, StepId, StepKind};
use plumb_state::State;

/// The steps of one change.
#[derive(Clone, Copy, Default)]
struct Steps {
    /// Makes, changes or reads the object, or stops recording it.
    make: Option<StepId>,
    /// Destroys the object, or the old one of a replacement.
    destroy: Option<StepId>,
}

/// Builds the graph. An error means that the order asked for goes round in a circle.
pub(crate) fn build(
    evaluator: &Evaluator,
    changes: &[Change],
    prior: &State,
    mode: PlanMode,
) -> Result<StepGraph, Diagnostic> {
    let mut builder = Builder { graph: StepGraph::default(), changes, steps: Vec::new() };
    builder.add_steps();
    if mode != PlanMode::Destroy {
        builder.follow_values(evaluator);
    }
    builder.order_destruction(prior);
    builder.graph.tidy();
    match builder.graph.order() {
        Ok(_) => Ok(builder.graph),
        Err(cycle) => Err(builder.describe(&cycle)),
    }
}

struct Builder<'a> {
    graph: StepGraph,
    changes: &'a [Change],
    steps: Vec<Steps>,
}

impl Builder<'_> {
    fn add_steps(&mut self) {
        for (at, change) in self.changes.iter().enumerate() {
            let at = at as u32;
            let mut steps = Steps::default();
            match change.action {
                Action::NoOp => {
                    if change.importing.is_some() {
                        steps.make = Some(self.graph.add(StepKind::Record(at)));
                    }
                }
                Action::Create => steps.make = Some(self.graph.add(StepKind::Create(at))),
                Action::Update => steps.make = Some(self.graph.add(StepKind::Update(at))),
                Action::Read => steps.make = Some(self.graph.add(StepKind::Read(at))),
                Action::Forget => steps.make = Some(self.graph.add(StepKind::Forget(at))),
                Action::Delete => steps.destroy = Some(self.graph.add(StepKind::Destroy(at))),
                Action::DeleteThenCreate | Action::CreateThenDelete => {
                    let make = self.graph.add(StepKind::Create(at));
                    let destroy = self.graph.add(StepKind::Destroy(at));
                    if change.action == Action::CreateThenDelete {
                        self.graph.wait(destroy, make);
                    } else {
                        self.graph.wait(make, destroy);
                    }
                    steps = Steps { make: Some(make), destroy: Some(destroy) };
                }
            }
            self.steps.push(steps);
        }
    }

    /// A step waits for the steps that make what its configuration is made of, through any number
    /// of values in between. A value made of several unfinished things becomes a step of its own,
    /// so that many users of it cost one edge each.
    fn follow_values(&mut self, evaluator: &Evaluator) {
        let cells = evaluator.dependencies();
        let by_address: HashMap<&AbsResourceInstance, usize> = self
            .changes
            .iter()
            .enumerate()
            .filter(|(_, change)| change.deposed.is_none())
            .map(|(at, change)| (&change.address, at))
            .collect();
        let nodes: HashMap<u32, plumb_address::ModuleInstance> =
            evaluator.module_nodes().into_iter().map(|node| (node.id, node.address.clone())).collect();
        let own: Vec<Option<StepId>> = cells
            .iter()
            .map(|(key, _)| match key {
                CellKey::Instance(node, resource, key) => {
                    let address = resource.in_module(nodes.get(node)?.clone()).instance(key.clone());
                    let at = *by_address.get(&address)?;
                    // A value of what only goes away is nobody's input.
                    self.steps[at].make
                }
                _ => None,
            })
            .collect();
        // `Some` once it is known; the inner one says what to wait for, if anything.
        let mut ready: Vec<Option<Option<StepId>>> = vec![None; cells.len()];
        let mut work: Vec<(usize, bool)> = Vec::new();
        for start in 0..cells.len() {
            work.push((start, false));
            while let Some((at, inputs_done)) = work.pop() {
                if ready[at].is_some() {
                    continue;
                }
                let inputs = &cells[at].1;
                if !inputs_done {
                    work.push((at, true));
                    work.extend(
                        inputs
                            .iter()
                            .map(|input| input.0 as usize)
                            .filter(|input| ready[*input].is_none())
                            .map(|input| (input, false)),
                    );
                    continue;
                }
                let mut waits: Vec<StepId> =
                    inputs.iter().filter_map(|input| ready[input.0 as usize].flatten()).collect();
                waits.sort_unstable();
                waits.dedup();
                ready[at] = Some(match (own[at], &waits[..]) {
                    (Some(step), _) => {
                        for before in waits {
                            self.graph.wait(step, before);
                        }
                        Some(step)
                    }
                    (None, []) => None,
                    (None, [only]) => Some(*only),
                    (None, _) => {
                        let join = self.graph.add(StepKind::Join);
                        for before in waits {
                            self.graph.wait(join, before);
                        }
                        Some(join)
                    }
                });
            }
        }
    }

    /// Nothing is destroyed while something that needs it is still there, and what replaces
    /// create-first is destroyed only after everything that used it has moved over.
    fn order_destruction(&mut self, prior: &State) {
        let mut destroyers: HashMap<ConfigResource, Vec<usize>> = HashMap::new();
        for (at, change) in self.changes.iter().enumerate() {
            if self.steps[at].destroy.is_some() {
                destroyers.entry(change.address.config()).or_default().push(at);
            }
        }
        if destroyers.is_empty() {
            return;
        }
        let mut before_destroy: HashMap<&ConfigResource, StepId> = HashMap::new();
        let mut after_destroy: HashMap<&ConfigResource, StepId> = HashMap::new();
        for (block, members) in &destroyers {
            let gate = self.graph.add(StepKind::Join);
            before_destroy.insert(block, gate);
            let done = self.graph.add(StepKind::Join);
            after_destroy.insert(block, done);
            for at in members {
                if let Some(step) = self.steps[*at].destroy {
                    self.graph.wait(step, gate);
                    if !self.is_create_first(*at) {
                        self.graph.wait(done, step);
                    }
                }
            }
        }
        for at in 0..self.changes.len() {
            let steps = self.steps[at];
            let change = &self.changes[at];
            let own = change.address.config();
            let recorded = prior
                .instance(&change.address)
                .and_then(|instance| match &change.deposed {
                    None => instance.current.as_ref(),
                    Some(key) => instance.deposed.get(key),
                })
                .map(|object| object.dependencies.clone());
            // The end of an object comes before the end of what it was made with.
            if let Some(destroy) = steps.destroy {
                for block in recorded.iter().flat_map(|blocks| blocks.iter()).filter(|block| **block != own) {
                    if let Some(gate) = before_destroy.get(block) {
                        self.graph.wait(*gate, destroy);
                    }
                }
            }
            let Some(make) = steps.make else { continue };
            for block in change.dependencies.iter().filter(|block| **block != own) {
                if destroyers
                    .get(block)
                    .is_some_and(|members| members.iter().any(|at| self.is_create_first(*at)))
                    && let Some(gate) = before_destroy.get(block)
                    && !self.mixes(&destroyers[block])
                {
                    self.graph.wait(*gate, make);
                }
            }
            for block in recorded.iter().flat_map(|blocks| blocks.iter()).filter(|block| **block != own) {
                if let Some(done) = after_destroy.get(block)
                    && !self.mixes(&destroyers[block])
                    && destroyers[block].iter().any(|at| !self.is_create_first(*at))
                {
                    self.graph.wait(make, *done);
                }
            }
        }
    }

    fn is_create_first(&self, at: usize) -> bool {
        let change = &self.changes[at];
        // A deposed object is what a create-first replacement left behind.
        change.action == Action::CreateThenDelete
            || (change.action == Action::Delete && (change.create_before_destroy || change.deposed.is_some()))
    }

    /// Whether some objects of a block go create-first and others do not, as when one is deposed:
    /// then no order among blocks serves all, and values alone decide.
    fn mixes(&self, members: &[usize]) -> bool {
        let first = members.iter().filter(|at| self.is_create_first(**at)).count();
        first != 0 && first != members.len()
    }

    fn describe(&self, cycle: &[StepId]) -> Diagnostic {
        let mut lines = Vec::new();
        for step in cycle {
            let kind = self.graph.steps[step.0 as usize].kind;
            let Some(change) = kind.change().map(|at| &self.changes[at]) else { continue };
            let verb = match kind {
                StepKind::Create(_) => "create",
                StepKind::Update(_) => "update",
                StepKind::Destroy(_) => "destroy",
                StepKind::Read(_) => "read",
                StepKind::Forget(_) => "forget",
                StepKind::Record(_) | StepKind::Join => "record",
            };
            lines.push(format!("  {verb} {}", change.address));
        }
        Diagnostic::error(
            "Cycle",
            format!(
                "There is no order in which these steps can be done, because each waits for the next:\n{}\n\nThis happens \
                 where recorded dependencies and the configuration contradict each other. Apply the change in two parts, \
                 or set create_before_destroy for the objects that are replaced.",
                lines.join("\n")
            ),
        )
    }
}
