//! Taking over objects because a command asks for them.
//!
//! Responsible for finding the objects and for reading everything that the configuration reads and
//! that can be read without changing anything: provider configurations may be made of it, before, and outputs,
//! afterwards. Nothing is planned.

use std::collections::HashMap;
use std::sync::{Arc, OnceLock};

use plumb_address::{AbsResource, AbsResourceInstance, Mode};
use plumb_configuration::{Config, GivenValues, ImportBy};
use plumb_diagnostics::{Diagnostic, Diagnostics};
use plumb_evaluator::{CellKey, Environment, Evaluator, Frame, Index, Phase, Scope};
use plumb_plan::{PlanMode, PlanOptions, Refresh};
use plumb_state::{Output, State};

use crate::drive::{check_variables, walk};
use crate::identities::Sought;
use crate::import::{evaluate_sought, is_declared, no_configuration};
use crate::objects::PlannedObjects;
use crate::orphans::declared_block;
use crate::session::{ByCommand, Session};
use crate::targeting::Targeting;
use crate::values::null_unknown;
use crate::{Observer, Providers, with_provider_functions};

/// Everything that taking over an object needs.
pub struct ImportRequest {
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
    /// Providers of this command.
    pub providers: Arc<Providers>,
    /// Who is told how it goes on.
    pub observer: Arc<dyn Observer>,
    /// How many provider calls may be under way at once.
    pub parallelism: usize,
    /// Where objects are to be recorded, and what the provider knows each by.
    pub targets: Vec<(AbsResourceInstance, Identifier)>,
}

/// What a provider knows an object by.
pub enum Identifier {
    /// As it was typed.
    Given(Arc<str>),
    /// To be evaluated in the root module.
    Written(ImportBy),
}

/// What came of it.
pub struct Imported {
    /// What is to be recorded; `None` where anything is wrong.
    pub state: Option<State>,
    /// What the provider knows each object by.
    pub identifiers: HashMap<AbsResourceInstance, Arc<str>>,
    /// Errors and warnings.
    pub diagnostics: Diagnostics,
}

/// Takes over objects. Of other managed objects nothing changes: neither what is recorded of them
/// nor, for what is made of them, what they are said to be.
pub async fn import(request: ImportRequest) -> Imported {
    let options = PlanOptions {
        mode: PlanMode::RefreshOnly,
        refresh: Refresh::None,
        parallelism: request.parallelism,
        ..PlanOptions::default()
    };
    let environment = with_provider_functions(request.environment, &request.providers);
    let mut session = Session::new(
        request.providers,
        options,
        request.observer,
        Targeting::default(),
        request.state,
        HashMap::new(),
    );
    session.by_command = Some(OnceLock::new());
    let session = Arc::new(session);
    let evaluator = Evaluator::new(
        request.config,
        request.index,
        Phase::Import,
        environment,
        Arc::new(PlannedObjects { session: session.clone() }),
        request.variables,
    );
    session.require_provider_configs(&evaluator);
    if !evaluator.has_errors() {
        check_variables(&evaluator, &session, &evaluator.root()).await;
    }
    let targets = find_targets(&evaluator, request.targets).await;
    let identifiers: HashMap<AbsResourceInstance, Arc<str>> =
        targets.iter().map(|(address, (sought, _))| (address.clone(), sought.text())).collect();
    let addresses: Vec<AbsResourceInstance> = identifiers.keys().cloned().collect();
    if let Some(wanted) = &session.by_command {
        // Nobody else fills it.
        let _ = wanted.set(targets);
    }
    let state = if evaluator.has_errors() {
        None
    } else {
        walk(&evaluator, &session).await;
        Some(to_record(&evaluator, &session, &addresses).await)
    };
    let diagnostics = session.ephemeral.close().await;
    evaluator.report(diagnostics);
    let diagnostics = evaluator.take_diagnostics();
    Imported { state: state.filter(|_| !diagnostics.has_errors()), identifiers, diagnostics }
}

/// The identifiers of what is to be taken over. What is wrong with one is reported.
async fn find_targets(
    evaluator: &Arc<Evaluator>,
    targets: Vec<(AbsResourceInstance, Identifier)>,
) -> ByCommand {
    let mut found = ByCommand::new();
    for (address, identifier) in targets {
        if evaluator.has_errors() {
            break;
        }
        if !is_declared(evaluator, &address).await {
            evaluator.report(no_configuration(&address));
            continue;
        }
        match identifier {
            Identifier::Given(id) => _ = found.insert(address, (Sought::Id(id), None)),
            Identifier::Written(by) => {
                let scope = Scope::module(evaluator.root());
                let read = evaluate_sought(&by, &scope, evaluator, &address, &mut Frame::new()).await;
                if let Ok((sought, span)) = read {
                    found.insert(address, (sought, Some(span)));
                }
            }
        }
    }
    found
}

/// The state as it was with the objects, with what has been read and with outputs as they are now.
async fn to_record(evaluator: &Arc<Evaluator>, session: &Session, targets: &[AbsResourceInstance]) -> State {
    forget_surplus(evaluator, session).await;
    let refreshed = std::mem::take(&mut session.found().refreshed);
    let mut state = (*session.prior).clone();
    state.resources.retain(|address, _| !is_read(address));
    for (address, resource) in refreshed.resources {
        if is_read(&address) {
            state.resources.insert(address, resource);
            continue;
        }
        for target in targets.iter().filter(|target| target.resource() == address) {
            let instance = resource.instances.get(&target.key);
            let provider =
                instance.map_or_else(|| resource.provider.clone(), |one| resource.provider_of(one));
            let found = instance.and_then(|instance| instance.current.clone());
            state.update_instance(target, &provider, |instance| instance.current = found);
        }
    }
    record_outputs(evaluator, &mut state).await;
    // Results of earlier runs say nothing about what there is now.
    state.check_results.clear();
    state
}

fn is_read(address: &AbsResource) -> bool {
    address.resource.mode == Mode::Data
}

/// Drops instances of data sources that their blocks no longer have. Of what has no block at all
/// only a plan decides.
async fn forget_surplus(evaluator: &Arc<Evaluator>, session: &Session) {
    for (address, resource) in session.prior.resources.iter().filter(|(address, _)| is_read(address)) {
        if declared_block(evaluator.config(), address).is_none() {
            continue;
        }
        for key in resource.instances.keys() {
            let instance = address.instance(key.clone());
            if !is_declared(evaluator, &instance).await {
                session.record(&instance, None, &resource.provider, None);
            }
        }
    }
}

/// Records outputs as they are now, null where they are not known.
async fn record_outputs(evaluator: &Arc<Evaluator>, state: &mut State) {
    let config = evaluator.config().clone();
    state.outputs.retain(|name, _| config.root().outputs.contains_key(name));
    for (name, output) in config.root().outputs.iter().filter(|(_, output)| !output.ephemeral) {
        let outcome = evaluator.value(CellKey::Output(0, name.clone()), &mut Frame::new()).await;
        if outcome.failed {
            continue;
        }
        let fresh = (!outcome.value.is_null())
            .then(|| Output::record(&null_unknown(&outcome.value), output.sensitive))
            .flatten();
        match fresh {
            Some(fresh) => _ = state.outputs.insert(name.clone(), fresh),
            None => _ = state.outputs.remove(name),
        }
    }
}

/// There is something at the address already.
pub(crate) fn already_managed(address: &AbsResourceInstance) -> Diagnostic {
    Diagnostic::error(
        "Resource already managed by Plumb",
        format!(
            "Plumb is already managing a remote object for {address}. To import to this address you must first remove the \
             existing object from the state."
        ),
    )
}
