//! One planning run from beginning to end.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use futures::future::BoxFuture;
use futures::stream::FuturesUnordered;
use futures::{FutureExt, StreamExt};
use plumb_address::{Mode, Resource};
use plumb_configuration::{Config, GivenValues};
use plumb_diagnostics::{Diagnostic, Diagnostics};
use plumb_evaluator::{CellKey, Environment, Evaluator, Frame, Index, ModuleNode, Node, Phase};
use plumb_plan::{Action, ChangeRecord, Plan, PlanMode, PlanOptions, PlannedObject, VariableValue};
use plumb_state::State;

use crate::checks::{check_around, run_checks};
use crate::conditions::{complete_checks, gather_checks};
use crate::functions::with_provider_functions;
use crate::objects::PlannedObjects;
use crate::outputs::PlannedOutputs;
use crate::provisioners::check_provisioners;
use crate::refreshed::outputs_before_destroying;
use crate::replacing::warn_of_replacements;
use crate::retiring::{Holds, Uses};
use crate::session::Session;
use crate::statements::{check_moved, check_removed, warn_of_forgotten};
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
    /// Values given for the root module's variables.
    pub variables: GivenValues,
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
    /// Asked once everything is planned, while values are at hand.
    pub inquiry: Option<Inquiry>,
}

/// Looks at what an evaluation has come to. What it reports is its own: nobody else takes it.
pub type Inquiry = Arc<dyn Fn(Arc<Evaluator>) -> BoxFuture<'static, ()> + Send + Sync>;

/// A plan, and what was said on the way. The plan holds whatever could be planned, and says itself
/// whether there were errors.
pub struct Planned {
    /// The plan.
    pub plan: Plan,
    /// Whether there is nothing in the plan that is worth being shown or saved, because planning has
    /// failed before it came to what the plan is about.
    pub came_to_nothing: bool,
    /// Errors and warnings.
    pub diagnostics: Diagnostics,
}

/// Makes a plan.
pub async fn plan(request: PlanRequest) -> Planned {
    on_workers(plan_all(request)).await
}

async fn plan_all(request: PlanRequest) -> Planned {
    let previous = Arc::new(request.state);
    let moves::Moves { state, moved, mut diagnostics, .. } =
        moves::make_moves(&request.config, (*previous).clone(), &request.providers).await;
    let targeting = Targeting::new(&request.config, &request.index, &state, &request.options);
    let limited = targeting.is_limited();
    if limited {
        diagnostics.append(targeting.check_moves(moved.iter().map(|(to, from)| (from, to))));
    }
    // Of what goes it does not matter where it was.
    let moved = if request.options.mode == PlanMode::Destroy { Default::default() } else { moved };
    let environment = with_provider_functions(request.environment, &request.providers);
    let uses = Uses::new(&request.config, &state, &request.providers, request.options.mode);
    let mut session =
        Session::new(request.providers, request.options.clone(), request.observer, targeting, state, moved);
    session.uses = Arc::new(uses);
    let session = Arc::new(session);
    let phase = match request.options.mode {
        PlanMode::Destroy => Phase::Destroy,
        PlanMode::Normal | PlanMode::RefreshOnly => Phase::Plan,
    };
    let given = request.variables.clone();
    let evaluator = Evaluator::new(
        request.config.clone(),
        request.index,
        phase,
        environment,
        Arc::new(PlannedObjects { session: session.clone() }),
        request.variables,
    );
    evaluator.report(diagnostics);
    evaluator.report(check_removed(evaluator.config()));
    check_provisioners(&evaluator, &session.providers);
    if limited {
        evaluator.report(limited_warning());
    }
    session.require_provider_configs(&evaluator);
    let mut is_hopeless = evaluator.has_errors();
    if !is_hopeless {
        check_variables(&evaluator, &session, &evaluator.root()).await;
    }
    // A wrong variable is the end of what is made of it, and of nothing else.
    let mut goes_on = !is_hopeless && (phase == Phase::Plan || !evaluator.has_errors());
    if goes_on && session.options.mode == PlanMode::Normal && session.find_imports(&evaluator).await.is_err()
    {
        (goes_on, is_hopeless) = (false, true);
    }
    if goes_on {
        walk(&evaluator, &session).await;
        session.plan_orphans(&evaluator).await;
        warn_of_replacements(&evaluator, &session).await;
    }
    // Which objects are declared is known only now. Whatever else went wrong may have come of moves
    // that are wrong themselves.
    let wrong_moves = check_moved(&evaluator).await;
    let is_moved_wrongly = wrong_moves.has_errors();
    if is_moved_wrongly {
        evaluator.take_diagnostics();
    }
    evaluator.report(wrong_moves);
    // What went wrong with one object says nothing of outputs that are not made of it.
    let outputs = if !goes_on || (phase == Phase::Destroy && evaluator.has_errors()) {
        PlannedOutputs { recorded: session.prior.outputs.clone(), ..PlannedOutputs::default() }
    } else if phase == Phase::Destroy {
        let recorded = outputs_before_destroying(&evaluator, &session, given.clone()).await;
        outputs::destroy_outputs(&session, recorded)
    } else {
        outputs::plan_outputs(&evaluator, &session).await
    };
    // Checks are about everything, so a run that is limited to targets says nothing of them.
    if goes_on && phase == Phase::Plan && !session.targeting.has_targets() {
        run_checks(&evaluator).await;
    }
    let variables = variable_values(&evaluator, &given).await;
    let diagnostics = session.ephemeral.close().await;
    evaluator.report(diagnostics);
    let mut planned = finish(&evaluator, &session, previous, outputs, variables, request.record);
    planned.came_to_nothing |= is_hopeless || is_moved_wrongly;
    if let Some(inquiry) = request.inquiry.filter(|_| !is_hopeless) {
        inquiry(evaluator.clone()).await;
    }
    planned
}

fn finish(
    evaluator: &Arc<Evaluator>,
    session: &Session,
    previous: Arc<State>,
    outputs: PlannedOutputs,
    variables: BTreeMap<Arc<str>, VariableValue>,
    record: ChangeRecord,
) -> Planned {
    let mut found = std::mem::take(&mut *session.found());
    let order = |one: &plumb_plan::Change, two: &plumb_plan::Change| {
        one.address.cmp(&two.address).then_with(|| one.deposed.cmp(&two.deposed))
    };
    found.changes.sort_unstable_by(order);
    found.drift.sort_unstable_by(order);
    // They stay for as long as the plan does.
    found.changes.shrink_to_fit();
    found.by_address = HashMap::new();
    // Results of earlier runs say nothing about what this plan starts from.
    found.refreshed.check_results.clear();
    found.refreshed.outputs = outputs.recorded;
    let mut diagnostics = evaluator.take_diagnostics().in_reading_order();
    diagnostics.append(warn_of_forgotten(&found.changes));
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
            value: match found.marks_of_replacements.get(&change.address) {
                Some(marks) => change.after.unmark_deep().with_marks_at(marks),
                None => change.after.clone(),
            },
            schema: change.schema.clone(),
        })
        .collect();
    let errored = diagnostics.has_errors();
    // What is destroyed is looked at first. A plan is made where nothing has failed but what was
    // found to be refused on the way.
    let errors = diagnostics.iter().filter(|diagnostic| diagnostic.is_error()).count();
    let destroys = session.options.mode == PlanMode::Destroy;
    let looks_first = destroys && session.options.refresh.looks();
    let came_to_nothing = looks_first && errors > found.refused;
    // What is destroyed meets no conditions; those of variables only say whether to begin.
    let results = evaluator.take_rule_results();
    let checks = gather_checks(if destroys { Vec::new() } else { results });
    let plan = Plan {
        options: session.options.clone(),
        changes: found.changes,
        drift: found.drift,
        outputs: outputs.changes,
        module_outputs: outputs.modules,
        planned,
        prior_state: Arc::new(found.refreshed),
        record: ChangeRecord { lineage: previous.lineage.clone(), serial: previous.serial, ..record },
        previous_state: previous,
        checks: complete_checks(evaluator.config(), session, checks, errored),
        steps,
        variables,
        errored,
    };
    Planned { plan, came_to_nothing, diagnostics }
}

fn limited_warning() -> Diagnostic {
    Diagnostic::warning(
        "Resource targeting is in effect",
        "You are creating a plan with the -target or -exclude option, which means that the result of this plan may not \
         represent all of the changes requested by the current configuration.\n\nThese options are not for routine use, \
         and are provided only for exceptional situations such as recovering from errors or mistakes.",
    )
}

/// Evaluates the variables of a module and everything that must hold of them. Before everything is
/// destroyed that is what a plan would have refused, as far as it can be told without making one.
pub(crate) async fn check_variables(evaluator: &Arc<Evaluator>, session: &Session, node: &Arc<ModuleNode>) {
    let config = evaluator.config().clone();
    let destroys = session.options.mode == PlanMode::Destroy;
    let mut refused = BTreeSet::new();
    for variable in config.module(node.module).variables.values() {
        if node.address.is_root() {
            evaluator.value(CellKey::Variable(node.id, variable.name.clone()), &mut Frame::new()).await;
        } else if variable.validations.is_empty() {
            continue;
        }
        if !session.targeting.needs_variable(node.module, &variable.name) {
            continue;
        }
        if !destroys {
            if !evaluator.validate_variable(node, variable).await {
                refused.insert(variable.name.clone());
            }
        } else if session.options.refresh.looks() && needs_no_object(evaluator, node, &variable.name) {
            evaluator.validate_alone(node, variable).await;
        }
    }
    if node.address.is_root() && !refused.is_empty() {
        let nodes: Vec<Node> = refused.iter().map(|name| Node::Variable(node.module, name.clone())).collect();
        // It is said once: the root module is there once.
        let _ = session.refused.set(evaluator.index().dependants(&nodes));
        evaluator.refuse_variables(refused);
    }
}

/// Whether a variable is made of nothing but what is written and given.
fn needs_no_object(evaluator: &Evaluator, node: &ModuleNode, name: &Arc<str>) -> bool {
    let made_of = evaluator.index().closure([&Node::Variable(node.module, name.clone())]);
    !made_of.iter().any(|node| matches!(node, Node::Resource(..)))
}

/// Asks for every resource instance of every module instance. Nothing waits for anything but what
/// it is made of, and only so many instances of a resource are begun at once that memory does not
/// grow with their number.
pub(crate) async fn walk(evaluator: &Arc<Evaluator>, session: &Arc<Session>) {
    let holds = session.uses.holds(&session.providers);
    walk_module(evaluator.clone(), session.clone(), evaluator.root(), holds).await;
}

/// Waits for a task of its own, so that what it waits for ends on the thread that goes on with it: the
/// thread of the command would have to be woken for each answer. A panic goes on in whoever waits, as
/// nothing may be left out unseen.
pub(crate) async fn on_workers<T: Send + 'static>(work: impl Future<Output = T> + Send + 'static) -> T {
    match tokio::spawn(work).await {
        Ok(result) => result,
        Err(problem) => match problem.try_into_panic() {
            Ok(panic) => std::panic::resume_unwind(panic),
            // Nobody aborts it; a runtime that goes away does not poll whoever waits either.
            Err(_) => std::future::pending().await,
        },
    }
}

fn walk_module(
    evaluator: Arc<Evaluator>,
    session: Arc<Session>,
    node: Arc<ModuleNode>,
    holds: Holds,
) -> BoxFuture<'static, ()> {
    Box::pin(async move {
        let config = evaluator.config().clone();
        let module = config.module(node.module);
        let destroys = session.options.mode == PlanMode::Destroy;
        let work: FuturesUnordered<BoxFuture<'_, ()>> = FuturesUnordered::new();
        if !node.address.is_root() && (!session.targeting.is_limited() || session.targeting.has_targets()) {
            work.push(Box::pin(check_variables(&evaluator, &session, &node)));
        }
        for (name, call) in &module.calls {
            let (evaluator, session, node) = (&evaluator, &session, &node);
            let holds = call.module.map(|child| session.uses.below(&holds, child)).unwrap_or_default();
            work.push(Box::pin(async move {
                if let Some(children) = evaluator.call_instances(node, name, &mut Frame::new()).await {
                    let walks: Vec<_> = children
                        .into_iter()
                        .map(|child| walk_module(evaluator.clone(), session.clone(), child, holds.clone()))
                        .map(on_workers)
                        .collect();
                    drop(holds);
                    futures::future::join_all(walks).await;
                }
            }));
        }
        for (resource, block) in &module.resources {
            // What is only read is read while destroying where a provider's configuration asks for it.
            let is_idle = destroys && resource.mode == Mode::Data;
            // What a check reads is read with it; where nothing is checked, with everything else.
            let waits = session.by_command.is_none() && check_around(module, resource).is_some();
            if !is_idle && !waits && is_wanted(&session, &node, resource) {
                let hold = holds.get(&block.provider_config).cloned();
                let walk = walk_resource(&evaluator, &session, &node, resource);
                work.push(Box::pin(async move {
                    walk.await;
                    drop(hold);
                }));
            }
        }
        drop(holds);
        work.for_each(|()| async {}).await;
    })
}

async fn walk_resource(
    evaluator: &Arc<Evaluator>,
    session: &Session,
    node: &Arc<ModuleNode>,
    resource: &Resource,
) {
    let begun_at_once = session.options.parallelism.max(1).saturating_mul(8);
    let Some(keys) = evaluator.resource_keys(node, resource, &mut Frame::new()).await else { return };
    let mut begun = FuturesUnordered::new();
    for (key, _) in &keys.entries {
        if begun.len() >= begun_at_once {
            begun.next().await;
        }
        let under_way = session.pace.begin().await;
        // Who has ended is let go at once: the memory of a task lasts as long as its handle, and as many
        // resources as there are go on side by side.
        while begun.next().now_or_never().flatten().is_some() {}
        let evaluator = evaluator.clone();
        let key = CellKey::Instance(node.id, resource.clone(), key.clone());
        begun.push(tokio::spawn(async move {
            evaluator.value(key, &mut Frame::new()).await;
            drop(under_way);
        }));
    }
    begun.for_each(|_| async {}).await;
}

/// Whether a limited run may have to do with any instance of a resource. Where it has not, finding
/// out its instances could fail for no good.
fn is_wanted(session: &Session, node: &ModuleNode, resource: &plumb_address::Resource) -> bool {
    !session.targeting.is_limited()
        || session.targeting.may_include(&resource.in_module(node.address.clone()))
}

async fn variable_values(
    evaluator: &Arc<Evaluator>,
    given: &GivenValues,
) -> BTreeMap<Arc<str>, VariableValue> {
    let mut values = evaluator.root_variables().await;
    let described = evaluator.config().root().variables.iter().filter_map(|(name, variable)| {
        let given = given.get(name).map(|given| &given.value);
        let is_default = given.is_none();
        // What does not suit its variable is shown as it was given.
        let value = values.remove(name).or_else(|| given.cloned())?;
        let given = given.filter(|given| !given.unmark_deep().same(&value.unmark_deep())).cloned();
        let ephemeral = variable.ephemeral;
        Some((name.clone(), VariableValue { value, given, is_default, ephemeral, name: name.clone() }))
    });
    described.collect()
}
