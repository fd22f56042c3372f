//! Outputs of the root module and of called ones.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use plumb_configuration::ModuleId;
use plumb_evaluator::{CellKey, Evaluator, Frame, Node};
use plumb_plan::{Action, ModuleOutputs, OutputChange};
use plumb_state::Output;
use plumb_value::{Marks, Type, Value};

use crate::session::Session;

/// Outputs by name, as states record them.
pub(crate) type RecordedOutputs = BTreeMap<Arc<str>, Output>;

/// What a plan says of outputs.
#[derive(Default)]
pub(crate) struct PlannedOutputs {
    /// What happens to those of the root module.
    pub(crate) changes: Vec<OutputChange>,
    /// Those of called modules.
    pub(crate) modules: Vec<ModuleOutputs>,
    /// Those of the root module that the plan starts from.
    pub(crate) recorded: RecordedOutputs,
}

/// What happens to the outputs. Those that cannot be evaluated are left out, with the reason
/// reported, and so are those that a limited run has not all to do with.
pub(crate) async fn plan_outputs(evaluator: &Arc<Evaluator>, session: &Session) -> PlannedOutputs {
    let config = evaluator.config().clone();
    let prior = session.prior.clone();
    let declared = &config.root().outputs;
    let mut planned = PlannedOutputs { recorded: prior.outputs.clone(), ..PlannedOutputs::default() };
    for (name, output) in declared.iter().filter(|(_, output)| !output.ephemeral) {
        if !is_in_reach(evaluator, session, ModuleId::ROOT, name) {
            continue;
        }
        let outcome = evaluator.value(CellKey::Output(0, name.clone()), &mut Frame::new()).await;
        if !outcome.failed {
            settle(&mut planned.recorded, name, output.sensitive, &outcome.value);
            planned.changes.push(change(name, prior.outputs.get(name), output.sensitive, outcome.value));
        }
    }
    // Outputs that are not declared are made of nothing that could be a target.
    let drops_undeclared = !session.targeting.has_targets();
    let gone = prior.outputs.iter().filter(|(name, _)| drops_undeclared && !declared.contains_key(*name));
    planned.changes.extend(gone.map(|(name, output)| deletion(name, output)));
    planned.changes.sort_by(|left, right| left.name.cmp(&right.name));
    planned.modules = module_outputs(evaluator, session).await;
    planned
}

/// What happens to the outputs while everything is destroyed. `recorded` are those to be deleted.
pub(crate) fn destroy_outputs(session: &Session, recorded: RecordedOutputs) -> PlannedOutputs {
    // What a limited run leaves alone may still have them.
    let changes = if session.targeting.is_limited() {
        Vec::new()
    } else {
        recorded.iter().map(|(name, output)| deletion(name, output)).collect()
    };
    PlannedOutputs { changes, recorded, ..PlannedOutputs::default() }
}

/// The root module's outputs as they would be recorded if they were evaluated once more: those that
/// are wholly known then, and for the others what is recorded.
pub(crate) async fn refreshed_outputs(evaluator: &Arc<Evaluator>, session: &Session) -> RecordedOutputs {
    let config = evaluator.config().clone();
    let mut recorded = session.prior.outputs.clone();
    for (name, output) in config.root().outputs.iter().filter(|(_, output)| !output.ephemeral) {
        if !is_in_reach(evaluator, session, ModuleId::ROOT, name) {
            continue;
        }
        let outcome = evaluator.value(CellKey::Output(0, name.clone()), &mut Frame::new()).await;
        if !outcome.failed {
            settle(&mut recorded, name, output.sensitive, &outcome.value);
        }
    }
    recorded
}

/// Takes note of the value of an output where it can be recorded. Nothing is recorded of null.
fn settle(recorded: &mut RecordedOutputs, name: &Arc<str>, sensitive: bool, value: &Value) {
    if value.is_null() {
        recorded.remove(name);
    } else if let Some(output) = Output::record(value, sensitive) {
        recorded.insert(name.clone(), output);
    }
}

/// Evaluates the outputs of called modules, used or not: what they say may be wrong.
async fn module_outputs(evaluator: &Arc<Evaluator>, session: &Session) -> Vec<ModuleOutputs> {
    let config = evaluator.config().clone();
    let mut found = Vec::new();
    let mut in_reach: HashMap<(ModuleId, &Arc<str>), bool> = HashMap::new();
    for node in evaluator.module_nodes() {
        let mut names = Vec::new();
        let outputs = &config.module(node.module).outputs;
        let declared = outputs.iter().filter(|(_, output)| !node.address.is_root() && !output.ephemeral);
        for (name, _) in declared {
            let known = in_reach.entry((node.module, name));
            if !*known.or_insert_with(|| is_in_reach(evaluator, session, node.module, name)) {
                continue;
            }
            let outcome = evaluator.value(CellKey::Output(node.id, name.clone()), &mut Frame::new()).await;
            if !outcome.failed && !outcome.value.is_null() {
                names.push(name.clone());
            }
        }
        if !names.is_empty() {
            found.push(ModuleOutputs { module: node.address.clone(), names });
        }
    }
    found.sort_by(|one, two| one.module.cmp(&two.module));
    found
}

fn deletion(name: &Arc<str>, output: &Output) -> OutputChange {
    OutputChange {
        name: name.clone(),
        action: Action::Delete,
        before: recorded_value(Some(output)),
        after: Value::null(Type::Dynamic),
        sensitive: output.sensitive,
    }
}

fn recorded_value(output: Option<&Output>) -> Value {
    let Some(output) = output else { return Value::null(Type::Dynamic) };
    let marks = if output.sensitive { Marks::SENSITIVE } else { Marks::NONE };
    output.value.clone().with_marks(marks)
}

fn change(name: &Arc<str>, recorded: Option<&Output>, sensitive: bool, after: Value) -> OutputChange {
    let was_sensitive = recorded.is_some_and(|output| output.sensitive);
    let before = recorded_value(recorded);
    let action = if recorded.is_none() {
        if after.is_null() { Action::NoOp } else { Action::Create }
    } else if after.is_wholly_known()
        && after.unmark_deep().same(&before.unmark_deep())
        && sensitive == was_sensitive
    {
        Action::NoOp
    } else {
        Action::Update
    };
    OutputChange { name: name.clone(), action, before, after, sensitive: sensitive || was_sensitive }
}

/// Whether a run has to do with everything that an output is made of. Of one that is made of no
/// object at all a limited one has not.
fn is_in_reach(evaluator: &Evaluator, session: &Session, module: ModuleId, name: &Arc<str>) -> bool {
    if session.is_refused(&Node::Output(module, name.clone())) {
        return false;
    }
    if !session.targeting.is_limited() {
        return true;
    }
    let config = evaluator.config();
    let closure = evaluator.index().closure([&Node::Output(module, name.clone())]);
    let mut blocks = closure
        .iter()
        .filter_map(|node| match node {
            Node::Resource(module, resource) => Some(resource.in_config(config.module(*module).path.clone())),
            _ => None,
        })
        .peekable();
    let only_excludes = session.options.targets.is_empty();
    (only_excludes || blocks.peek().is_some())
        && blocks.all(|block| session.targeting.may_include_block(&block))
}
