//! Whether what a data source depends on is still going to change, so that reading it now would tell
//! what will no longer be so.

use std::collections::HashSet;
use std::sync::Arc;

use plumb_address::{ConfigResource, Mode, ModuleInstance};
use plumb_configuration::{Module, ResourceBlock};
use plumb_evaluator::{CellKey, Evaluator, Frame, InstanceAddress, Node};
use plumb_expression::{Reference, Subject};

use crate::session::Session;

impl Session {
    /// Whether anything changes that a data source waits for: what its `depends_on` names, or that of
    /// a call around it, and managed objects that it refers to itself. With conditions of its own,
    /// anything that it depends on: the change may be what makes a condition hold.
    pub(crate) async fn has_pending_dependencies(
        &self,
        evaluator: &Arc<Evaluator>,
        at: &InstanceAddress,
        block: &ResourceBlock,
        frame: &mut Frame,
    ) -> bool {
        // All instances count, also those that no expression has asked for yet.
        settle_references(evaluator, at, block, frame, |mode| mode == Mode::Managed).await;
        for dependency in dependencies(evaluator, at, block) {
            if self.is_pending(&dependency, &at.module.address) {
                return true;
            }
            for address in self.recorded_resources(&dependency) {
                if reaches(&address.module, &at.module.address) && self.has_orphans(evaluator, &address).await
                {
                    return true;
                }
            }
        }
        false
    }

    /// Whether a change of a block has been found that matters inside a module instance.
    fn is_pending(&self, block: &ConfigResource, inside: &ModuleInstance) -> bool {
        let found = self.found();
        found.pending.get(block).is_some_and(|modules| modules.iter().any(|module| reaches(module, inside)))
    }
}

/// Asks for all instances of certain modes that a block refers to itself. Whether all is well with
/// them.
pub(crate) async fn settle_references(
    evaluator: &Arc<Evaluator>,
    at: &InstanceAddress,
    block: &ResourceBlock,
    frame: &mut Frame,
    is_wanted: impl Fn(Mode) -> bool,
) -> bool {
    let own = Node::Resource(at.module.module, block.resource.clone());
    let mut all_well = true;
    for node in evaluator.index().direct(&own) {
        if let Node::Resource(_, resource) = node
            && is_wanted(resource.mode)
        {
            let cell = CellKey::Resource(at.module.id, resource.clone());
            all_well &= !evaluator.value(cell, frame).await.failed;
        }
    }
    all_well
}

/// Blocks are known by their place in the configuration, and what is in another instance of the very
/// same module can be no dependency.
fn reaches(changed: &ModuleInstance, inside: &ModuleInstance) -> bool {
    changed == inside || changed.config() != inside.config()
}

/// The managed resources that a data source waits for.
fn dependencies(
    evaluator: &Evaluator,
    at: &InstanceAddress,
    block: &ResourceBlock,
) -> HashSet<ConfigResource> {
    let config = evaluator.config();
    let index = evaluator.index();
    let own = config.module(at.module.module);
    let lifecycle = &block.lifecycle;
    let mut found = HashSet::new();
    if !lifecycle.preconditions.is_empty() || !lifecycle.postconditions.is_empty() {
        let all = index.dependencies(config, &block.resource.in_config(own.path.clone()));
        found.extend(all.iter().filter(|block| block.resource.mode == Mode::Managed).cloned());
    }
    let mut add = |node: &Node| {
        if let Node::Resource(module, resource) = node
            && resource.mode == Mode::Managed
        {
            found.insert(resource.in_config(config.module(*module).path.clone()));
        }
    };
    index.direct(&Node::Resource(own.id, block.resource.clone())).for_each(&mut add);
    let mut named: Vec<Node> = Vec::new();
    let mut note = |module: &Module, references: &[Reference]| {
        named.extend(references.iter().filter_map(|reference| node(module, &reference.subject)));
    };
    note(own, &block.depends_on);
    let mut above = at.module.parent.as_ref();
    while let Some((parent, call)) = above {
        let module = config.module(parent.module);
        if let Some(call) = module.calls.get(call) {
            note(module, &call.depends_on);
        }
        above = parent.parent.as_ref();
    }
    // A resource that is named is meant as such; of anything else everything that it is made of.
    let (resources, others): (Vec<Node>, Vec<Node>) =
        named.into_iter().partition(|node| matches!(node, Node::Resource(..)));
    resources.iter().for_each(&mut add);
    if !others.is_empty() {
        index.closure(&others).iter().for_each(&mut add);
    }
    found
}

fn node(module: &Module, subject: &Subject) -> Option<Node> {
    match subject {
        Subject::Resource(resource, _) => Some(Node::Resource(module.id, resource.clone())),
        Subject::Module(call, _, None) => module.calls.get(call)?.module.map(Node::All),
        Subject::Module(call, _, Some(output)) => {
            Some(Node::Output(module.calls.get(call)?.module?, output.clone()))
        }
        Subject::Local(name) => Some(Node::Local(module.id, name.clone())),
        Subject::Variable(name) => Some(Node::Variable(module.id, name.clone())),
        _ => None,
    }
}
