//! From changes and what went into each value to the graph of steps.
//!
//! The same changes and values give the same graph, steps numbered alike, whatever the order in
//! which they were found.

mod destruction;

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};

use plumb_address::{AbsResourceInstance, InstanceKey, ModuleInstance, ProviderConfigAddress, Resource};
use plumb_diagnostics::Diagnostic;
use plumb_evaluator::{CellKey, Evaluator};
use plumb_plan::{Action, Change, PlanMode, StepGraph, StepId, StepKind};
use plumb_state::State;

/// The steps of one change.
#[derive(Clone, Copy, Default)]
struct Steps {
    /// Makes, changes or reads the object, stops recording it, or looks at it once more.
    make: Option<StepId>,
    /// Destroys the object, or the old one of a replacement.
    destroy: Option<StepId>,
}

/// Builds the graph. `undecided` are objects that do not change and whose conditions only applying
/// can decide. An error means that the order asked for goes round in a circle.
pub(crate) fn build(
    evaluator: &Evaluator,
    changes: &[Change],
    undecided: &HashSet<AbsResourceInstance>,
    prior: &State,
    mode: PlanMode,
) -> Result<StepGraph, Diagnostic> {
    let mut builder = Builder { graph: StepGraph::default(), changes, steps: Vec::new() };
    builder.add_steps(undecided);
    if mode != PlanMode::Destroy {
        let providers = builder.follow_values(evaluator);
        builder.await_providers(&providers);
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

/// Where a cell comes in an order that does not depend on who asked first.
type Rank<'a> = (u32, u8, Option<&'a Resource>, Cow<'a, str>, Option<&'a InstanceKey>);

fn rank<'a>(key: &'a CellKey, nodes: &HashMap<u32, u32>) -> Rank<'a> {
    let at = |node: &u32| nodes.get(node).copied().unwrap_or_default();
    let named = |node: &u32, kind: u8, name: &'a str| (at(node), kind, None, Cow::Borrowed(name), None);
    match key {
        CellKey::Variable(node, name) => named(node, 0, name),
        CellKey::Local(node, name) => named(node, 1, name),
        CellKey::Output(node, name) => named(node, 2, name),
        CellKey::ResourceKeys(node, resource) => (at(node), 3, Some(resource), Cow::Borrowed(""), None),
        CellKey::CallKeys(node, name) => named(node, 4, name),
        CellKey::Instance(node, resource, key) => (at(node), 5, Some(resource), Cow::Borrowed(""), Some(key)),
        CellKey::Resource(node, resource) => (at(node), 6, Some(resource), Cow::Borrowed(""), None),
        CellKey::Call(node, name) => named(node, 7, name),
        CellKey::Done(node) => named(node, 8, ""),
        CellKey::Gate(node) => named(node, 9, ""),
        CellKey::Valid(node, name) => named(node, 11, name),
        CellKey::Provider(address) => (0, 10, None, Cow::Owned(address.to_string()), None),
    }
}

/// Which steps a value is made by.
struct Values<'a> {
    keys: Vec<CellKey>,
    /// What went into each, by position in the order of ranks.
    inputs: Vec<Vec<u32>>,
    addresses: HashMap<u32, ModuleInstance>,
    by_address: HashMap<&'a AbsResourceInstance, usize>,
}

impl<'a> Values<'a> {
    fn new(evaluator: &Evaluator, changes: &'a [Change]) -> Self {
        let addresses: HashMap<u32, ModuleInstance> =
            evaluator.module_nodes().into_iter().map(|node| (node.id, node.address.clone())).collect();
        let mut nodes: Vec<(&ModuleInstance, u32)> =
            addresses.iter().map(|(id, address)| (address, *id)).collect();
        nodes.sort_unstable();
        let nodes = nodes.iter().enumerate().map(|(at, (_, id))| (*id, at as u32)).collect();
        let cells = evaluator.dependencies();
        let mut order: Vec<usize> = (0..cells.len()).collect();
        order.sort_by(|one, two| rank(&cells[*one].0, &nodes).cmp(&rank(&cells[*two].0, &nodes)));
        let mut positions = vec![0; cells.len()];
        for (position, cell) in order.iter().enumerate() {
            positions[*cell] = position as u32;
        }
        let inputs = order
            .iter()
            .map(|cell| {
                let mut inputs: Vec<u32> =
                    cells[*cell].1.iter().map(|input| positions[input.0 as usize]).collect();
                inputs.sort_unstable();
                inputs
            })
            .collect();
        let by_address = changes
            .iter()
            .enumerate()
            .filter(|(_, change)| change.deposed.is_none())
            .map(|(at, change)| (&change.address, at))
            .collect();
        let keys = order.into_iter().map(|cell| cells[cell].0.clone()).collect();
        Values { keys, inputs, addresses, by_address }
    }

    /// The change of the object whose value a cell has.
    fn change(&self, at: usize) -> Option<usize> {
        let CellKey::Instance(node, resource, key) = &self.keys[at] else { return None };
        let address = resource.in_module(self.addresses.get(node)?.clone()).instance(key.clone());
        self.by_address.get(&address).copied()
    }
}

impl Builder<'_> {
    fn add_steps(&mut self, undecided: &HashSet<AbsResourceInstance>) {
        for (at, change) in self.changes.iter().enumerate() {
            let at = at as u32;
            let mut steps = Steps::default();
            match change.action {
                Action::NoOp => {
                    if change.importing.is_some() || undecided.contains(&change.address) {
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
    /// so that many users of it cost one edge each. Returns what makes each provider's
    /// configuration.
    fn follow_values(&mut self, evaluator: &Evaluator) -> HashMap<ProviderConfigAddress, StepId> {
        let values = Values::new(evaluator, self.changes);
        // `Some` once it is known; the inner one says what to wait for, if anything.
        let mut ready: Vec<Option<Option<StepId>>> = vec![None; values.keys.len()];
        let mut work: Vec<(usize, bool)> = Vec::new();
        for start in 0..values.keys.len() {
            work.push((start, false));
            while let Some((at, inputs_done)) = work.pop() {
                if ready[at].is_some() {
                    continue;
                }
                let inputs = values.inputs[at].iter().map(|input| *input as usize);
                if !inputs_done {
                    work.push((at, true));
                    work.extend(
                        inputs.rev().filter(|input| ready[*input].is_none()).map(|input| (input, false)),
                    );
                    continue;
                }
                let waits: Vec<StepId> = inputs.filter_map(|input| ready[input].flatten()).collect();
                // A value of what only goes away is nobody's input.
                let own = values.change(at).and_then(|change| self.steps[change].make);
                ready[at] = Some(self.tie(own, waits));
            }
        }
        let providers = values.keys.iter().zip(&ready).filter_map(|(key, ready)| match key {
            CellKey::Provider(address) => Some((address.clone(), ready.flatten()?)),
            _ => None,
        });
        providers.collect()
    }

    /// What to wait for where a value is made of these steps, or is made by one that waits for them.
    fn tie(&mut self, own: Option<StepId>, mut waits: Vec<StepId>) -> Option<StepId> {
        waits.sort_unstable();
        waits.dedup();
        let step = match (own, waits.as_slice()) {
            (Some(step), _) => step,
            (None, []) => return None,
            (None, [only]) => return Some(*only),
            (None, _) => self.graph.add(StepKind::Join),
        };
        for before in waits {
            self.graph.wait(step, before);
        }
        Some(step)
    }

    /// Destroying needs the provider as much as making does.
    fn await_providers(&mut self, providers: &HashMap<ProviderConfigAddress, StepId>) {
        for (change, steps) in self.changes.iter().zip(&self.steps) {
            if let (Some(destroy), Some(ready)) = (steps.destroy, providers.get(&change.provider)) {
                self.graph.wait(destroy, *ready);
            }
        }
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
