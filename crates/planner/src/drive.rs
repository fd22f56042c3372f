//! One planning run from beginning to end.

use std::collections::BTreeMap;
use std::sync::Arc;

use futures::StreamExt;
use futures::future::BoxFuture;
use futures::stream::FuturesUnordered;
use plumb_address::{Mode, Resource};
use plumb_configuration::Config;
use plumb_diagnostics::{Diagnostic, Diagnostics};
use plumb_evaluator::{CellKey, Environment, Evaluator, Frame, Index, ModuleNode, Phase, Scope};
use plumb_plan::{Action, ChangeRecord, Plan, PlanMode, PlanOptions, PlannedObject, VariableValue};
use plumb_state::State;
use plumb_value::Value;

use crate::checks::{check_around, run_checks};
use crate::functions::with_provider_functions;
use crate::objects::PlannedObjects;
use crate::session::Session;
use crate::targeting::Targeting;
use crate::{Observer, Providers, graph, moves, outputs};

/// Everything that a plan is made from.
pub struct PlanRequest {
    /// The configuration.
    pub config: Arc<Config>,
    /// Its static references; [`Index::new`] found no cycle.
    pub index: Arc<Index>,
    /// What evaluation may see of the world.
    pub environment: Environment,
    /// Values given for the root module's variables, converted.
    pub variables: BTreeMap<Arc<str>, Value>,
    /// The state as recorded.
    pub state: State,
    /// What is asked for.
    pub options: PlanOptions,
    /// Providers of this command.
    pub providers: Arc<Providers>,
    /// Who is told how it goes on.
    pub observer: Arc<dyn Observer>,
    /// What ties the plan to the world, as far as the caller knows.
    pub record: ChangeRecord,
}

/// A plan, and what was said on the way. The plan holds whatever could be planned, and says itself
/// whether there were errors.
pub struct Planned {
    /// The plan.
    pub plan: Plan,
    /// Errors and warnings.
    pub diagnostics: Diagnostics,
}

/// Makes a plan.
pub async fn plan(request: PlanRequest) -> Planned {
    let previous = Arc::new(request.state);
    let moves::Moves { state, moved, mut diagnostics } =
        moves::make_moves(&request.config, (*previous).clone());
    let targeting = Targeting::new(&request.config, &request.index, &state, &request.options);
    let limited = targeting.is_limited();
    if limited {
        diagnostics.append(targeting.check_moves(moved.iter().map(|(to, from)| (from, to))));
    }
    // Of what goes it does not matter where it was.
    let moved = if request.options.mode == PlanMode::Destroy { Default::default() } else { moved };
    let environment = with_provider_functions(request.environment, &request.providers);
    let session = Arc::new(Session::new(
        request.providers,
        request.options.clone(),
        request.observer,
        targeting,
        state,
        moved,
    ));
    let phase = match request.options.mode {
        PlanMode::Destroy => Phase::Destroy,
        PlanMode::Normal | PlanMode::RefreshOnly => Phase::Plan,
    };
    let given = request.variables.keys().cloned().collect::<std::collections::BTreeSet<_>>();
    let evaluator = Evaluator::new(
        request.config.clone(),
        request.index,
        phase,
        environment,
        Arc::new(PlannedObjects { session: session.clone() }),
        request.variables,
    );
    evaluator.report(diagnostics);
    if limited {
        evaluator.report(limited_warning());
    }
    check_variables(&evaluator, phase).await;
    if !evaluator.has_errors() {
        if session.options.mode == PlanMode::Normal {
            session.find_imports(&evaluator).await;
        }
        walk(&evaluator, &session).await;
        session.plan_orphans(&evaluator).await;
    }
    let outputs =
        if evaluator.has_errors() { Vec::new() } else { outputs::plan_outputs(&evaluator, &session).await };
    if phase == Phase::Plan && !evaluator.has_errors() {
        run_checks(&evaluator).await;
    }
    let variables = variable_values(&evaluator, &given).await;
    let diagnostics = session.ephemeral.close().await;
    evaluator.report(diagnostics);
    finish(&evaluator, &session, previous, outputs, variables, request.record)
}

fn finish(
    evaluator: &Arc<Evaluator>,
    session: &Session,
    previous: Arc<State>,
    outputs: Vec<plumb_plan::OutputChange>,
    variables: BTreeMap<Arc<str>, VariableValue>,
    record: ChangeRecord,
) -> Planned {
    let mut found = std::mem::take(&mut *session.found());
    let order = |one: &plumb_plan::Change, two: &plumb_plan::Change| {
        one.address.cmp(&two.address).then_with(|| one.deposed.cmp(&two.deposed))
    };
    found.changes.sort_by(order);
    found.drift.sort_by(order);
    // Results of earlier runs say nothing about what this plan starts from.
    found.refreshed.check_results.clear();
    let mut diagnostics = evaluator.take_diagnostics();
    let steps = if diagnostics.has_errors() {
        Default::default()
    } else {
        match graph::build(evaluator, &found.changes, &found.undecided, &session.prior, session.options.mode)
        {
            Ok(graph) => graph,
            Err(problem) => {
                diagnostics.push(problem);
                Default::default()
            }
        }
    };
    let planned = found
        .changes
        .iter()
        .filter(|change| {
            change.deposed.is_none() && !change.after.is_null() && change.action != Action::Forget
        })
        .map(|change| PlannedObject {
            address: change.address.clone(),
            provider: change.provider.clone(),
            value: change.after.clone(),
            schema: change.schema.clone(),
        })
        .collect();
    let plan = Plan {
        options: session.options.clone(),
        changes: found.changes,
        drift: found.drift,
        outputs,
        planned,
        prior_state: Arc::new(found.refreshed),
        record: ChangeRecord { lineage: previous.lineage.clone(), serial: previous.serial, ..record },
        previous_state: previous,
        checks: outputs::gather_checks(evaluator.take_rule_results()),
        steps,
        variables,
        errored: diagnostics.has_errors(),
    };
    Planned { plan, diagnostics }
}

fn limited_warning() -> Diagnostic {
    Diagnostic::warning(
        "Resource targeting is in effect",
        "You are creating a plan with the -target or -exclude option, which means that the result of this plan may not \
         represent all of the changes requested by the current configuration.\n\nThese options are not for routine use, \
         and are provided only for exceptional situations such as recovering from errors or mistakes.",
    )
}

/// Evaluates the root module's variables and everything that must hold of variables.
async fn check_variables(evaluator: &Arc<Evaluator>, phase: Phase) {
    let config = evaluator.config().clone();
    let root = evaluator.root();
    for variable in config.root().variables.values() {
        let frame = &mut Frame::new();
        let outcome = evaluator.value(CellKey::Variable(0, variable.name.clone()), frame).await;
        if outcome.failed || phase == Phase::Destroy {
            continue;
        }
        let address = format!("var.{}", variable.name);
        let scope = Scope::module(root.clone());
        evaluator.check_rules("var", &address, &variable.validations, &scope, frame, true).await;
    }
}

async fn check_module_variables(evaluator: &Arc<Evaluator>, node: &Arc<ModuleNode>) {
    if node.address.is_root() {
        return;
    }
    let config = evaluator.config().clone();
    for variable in config.module(node.module).variables.values() {
        if variable.validations.is_empty() {
            continue;
        }
        let frame = &mut Frame::new();
        if evaluator.value(CellKey::Variable(node.id, variable.name.clone()), frame).await.failed {
            continue;
        }
        let address = format!("{}.var.{}", node.address, variable.name);
        let scope = Scope::module(node.clone());
        evaluator.check_rules("var", &address, &variable.validations, &scope, frame, true).await;
    }
}

/// Asks for every resource instance of every module instance. Nothing waits for anything but what
/// it is made of, and only so many instances of a resource are begun at once that memory does not
/// grow with their number.
async fn walk(evaluator: &Arc<Evaluator>, session: &Arc<Session>) {
    walk_module(evaluator.clone(), session.clone(), evaluator.root()).await;
}

fn walk_module(
    evaluator: Arc<Evaluator>,
    session: Arc<Session>,
    node: Arc<ModuleNode>,
) -> BoxFuture<'static, ()> {
    Box::pin(async move {
        let config = evaluator.config().clone();
        let module = config.module(node.module);
        let destroys = session.options.mode == PlanMode::Destroy;
        let work: FuturesUnordered<BoxFuture<'_, ()>> = FuturesUnordered::new();
        if !session.targeting.is_limited() && !destroys {
            work.push(Box::pin(check_module_variables(&evaluator, &node)));
        }
        for call in module.calls.keys() {
            let (evaluator, session, node) = (&evaluator, &session, &node);
            work.push(Box::pin(async move {
                if let Some(children) = evaluator.call_instances(node, call, &mut Frame::new()).await {
                    let walks = children
                        .into_iter()
                        .map(|child| tokio::spawn(walk_module(evaluator.clone(), session.clone(), child)));
                    futures::future::join_all(walks).await;
                }
            }));
        }
        for resource in module.resources.keys() {
            // What is only read is read while destroying where a provider's configuration asks for it.
            let is_idle = destroys && resource.mode == Mode::Data;
            if !is_idle && check_around(module, resource).is_none() && is_wanted(&session, &node, resource) {
                work.push(Box::pin(walk_resource(&evaluator, &session, &node, resource)));
            }
        }
        work.for_each(|()| async {}).await;
    })
}

async fn walk_resource(
    evaluator: &Arc<Evaluator>,
    session: &Session,
    node: &Arc<ModuleNode>,
    resource: &Resource,
) {
    let begun_at_once = session.options.parallelism.max(1) * 8;
    let Some(keys) = evaluator.resource_keys(node, resource, &mut Frame::new()).await else { return };
    futures::stream::iter(0..keys.entries.len())
        .map(|at| {
            let evaluator = evaluator.clone();
            let key = CellKey::Instance(node.id, resource.clone(), keys.entries[at].0.clone());
            tokio::spawn(async move { evaluator.value(key, &mut Frame::new()).await })
        })
        .buffer_unordered(begun_at_once)
        .for_each(|_| async {})
        .await;
}

/// Whether a limited run may have to do with any instance of a resource. Where it has not, finding
/// out its instances could fail for no good.
fn is_wanted(session: &Session, node: &ModuleNode, resource: &plumb_address::Resource) -> bool {
    !session.targeting.is_limited()
        || session.targeting.may_include(&resource.in_module(node.address.clone()))
}

async fn variable_values(
    evaluator: &Arc<Evaluator>,
    given: &std::collections::BTreeSet<Arc<str>>,
) -> BTreeMap<Arc<str>, VariableValue> {
    let values = evaluator.root_variables().await;
    let config = evaluator.config();
    values
        .into_iter()
        .map(|(name, value)| {
            let ephemeral = config.root().variables.get(&name).is_some_and(|variable| variable.ephemeral);
            let is_default = !given.contains(&name);
            (name.clone(), VariableValue { value, is_default, ephemeral, name })
        })
        .collect()
}
