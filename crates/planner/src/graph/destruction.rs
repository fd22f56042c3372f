//! The order in which objects end, and what it means for those that stay.
//!
//! Dependencies of recorded objects are known by block only. Between instances of modules that a
//! dependency cannot reach across there is no order: one instance of a module does not wait for what
//! is in another.

use std::collections::{HashMap, HashSet};

use plumb_address::{AbsResourceInstance, ConfigResource, ModuleInstance};
use plumb_plan::{Action, StepId, StepKind};
use plumb_state::{Object, State};

use super::Builder;

/// A block, and the module instance within which a dependant sees its objects.
type Reach = (ConfigResource, ModuleInstance);

/// The objects of a block that end, as far as one dependant may have to do with them.
struct Ends {
    members: Vec<usize>,
    /// Every end waits for this: the ends of what depends on the objects.
    dependants_gone: Option<StepId>,
    /// Ends that come after their replacements wait for this: what used the old object has moved on.
    dependants_made: Option<StepId>,
    /// Waits for every end that comes before anything is made.
    done: Option<StepId>,
}

/// The block as seen from inside a module instance.
fn reach(block: &ConfigResource, from: &ModuleInstance) -> Reach {
    let shared =
        block.module.0.iter().zip(from.0.iter()).take_while(|(name, step)| **name == step.name).count();
    (block.clone(), ModuleInstance(from.0[..shared].into()))
}

fn recorded<'a>(prior: &'a State, change: &plumb_plan::Change) -> Option<&'a Object> {
    let instance = prior.instance(&change.address)?;
    match &change.deposed {
        None => instance.current.as_deref(),
        Some(key) => instance.deposed.get(key).map(|object| &**object),
    }
}

impl Builder<'_> {
    /// Nothing is destroyed while something that needs it is still there; what is destroyed before
    /// its replacement is made is gone before anything that used it is changed; and what replaces
    /// create-first is destroyed only after everything that used it has moved over.
    pub(super) fn order_destruction(&mut self, prior: &State) {
        let mut ends = self.ends();
        if ends.is_empty() {
            return;
        }
        for at in 0..self.changes.len() {
            let change = &self.changes[at];
            let steps = self.steps[at];
            let own = change.address.config();
            let before =
                recorded(prior, change).map(|object| object.dependencies.clone()).unwrap_or_default();
            let makes = steps.make.filter(|_| {
                matches!(
                    change.action,
                    Action::Create | Action::Update | Action::DeleteThenCreate | Action::CreateThenDelete
                )
            });
            for block in before.iter().filter(|block| **block != own) {
                let Some(ends) = ends.get_mut(&reach(block, &change.address.module)) else { continue };
                if let Some(destroy) = steps.destroy {
                    let gate = self.dependants_gone(ends);
                    self.graph.wait(gate, destroy);
                }
                // Where the new one comes before the old one goes, this would be waiting for itself.
                if let Some(make) = makes
                    && change.action != Action::CreateThenDelete
                {
                    let done = self.done(ends);
                    self.graph.wait(make, done);
                }
            }
            let Some(make) = makes else { continue };
            let known: HashSet<&ConfigResource> = before.iter().collect();
            let now = change.dependencies.iter().filter(|block| !known.contains(block));
            for block in before.iter().chain(now).filter(|block| **block != own) {
                if let Some(ends) = ends.get_mut(&reach(block, &change.address.module)) {
                    let gate = self.dependants_made(ends);
                    self.graph.wait(gate, make);
                }
            }
        }
    }

    /// Everything that ends, by every reach from which it may be seen.
    fn ends(&self) -> HashMap<Reach, Ends> {
        let mut ends: HashMap<Reach, Ends> = HashMap::new();
        for (at, change) in self.changes.iter().enumerate() {
            if self.steps[at].destroy.is_none() {
                continue;
            }
            let AbsResourceInstance { module, .. } = &change.address;
            for depth in 0..=module.0.len() {
                let within = ModuleInstance(module.0[..depth].into());
                let entry = ends.entry((change.address.config(), within)).or_insert_with(|| Ends {
                    members: Vec::new(),
                    dependants_gone: None,
                    dependants_made: None,
                    done: None,
                });
                entry.members.push(at);
            }
        }
        ends
    }

    fn dependants_gone(&mut self, ends: &mut Ends) -> StepId {
        *ends.dependants_gone.get_or_insert_with(|| {
            let gate = self.graph.add(StepKind::Join);
            for at in &ends.members {
                if let Some(destroy) = self.steps[*at].destroy {
                    self.graph.wait(destroy, gate);
                }
            }
            gate
        })
    }

    fn dependants_made(&mut self, ends: &mut Ends) -> StepId {
        *ends.dependants_made.get_or_insert_with(|| {
            let gate = self.graph.add(StepKind::Join);
            for at in ends.members.iter().filter(|at| is_create_first(&self.changes[**at])) {
                if let Some(destroy) = self.steps[*at].destroy {
                    self.graph.wait(destroy, gate);
                }
            }
            gate
        })
    }

    fn done(&mut self, ends: &mut Ends) -> StepId {
        *ends.done.get_or_insert_with(|| {
            let done = self.graph.add(StepKind::Join);
            for at in ends.members.iter().filter(|at| !is_create_first(&self.changes[**at])) {
                if let Some(destroy) = self.steps[*at].destroy {
                    self.graph.wait(done, destroy);
                }
            }
            done
        })
    }
}

/// Whether an object ends after whatever takes its place is there.
fn is_create_first(change: &plumb_plan::Change) -> bool {
    // A deposed object is what a create-first replacement left behind.
    change.action == Action::CreateThenDelete
        || (change.action == Action::Delete && (change.create_before_destroy || change.deposed.is_some()))
}
