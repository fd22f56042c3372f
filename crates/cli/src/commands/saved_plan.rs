//! Saved plans: reading them back, and applying them where the world is still as it was.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use plumb_configuration::{
    Config, EarlyInputs, Given, GivenValues, InputArgument, InputSources, Variable, collect_inputs,
};
use plumb_diagnostics::{Diagnostic, Diagnostics};
use plumb_evaluator::Index;
use plumb_plan::file::{PlanOrigin, SavedPlan, Snapshot, load, load_origin};
use plumb_plan::{Plan, Refresh, VariableValue, World, changed_files, check_fresh};
use plumb_source::Files;
use plumb_state::State;

use super::operation::{Approved, announce, carry_out};
use crate::arguments::ApplyArguments;
use crate::exit::CommandResult;
use crate::prompt::Prompt;
use crate::session::{
    InputRequest, Loaded, ModuleManifest, OpenState, ProviderSet, Schemas, Session, StatePlace,
    configuration_digest,
};

/// The first bytes of an archive, which every saved plan is.
const ARCHIVE: &[u8] = b"PK";

/// Whether a file looks like a saved plan rather than a state.
pub(super) fn is_archive(bytes: &[u8]) -> bool {
    bytes.starts_with(ARCHIVE)
}

pub(super) fn read_file(path: &str) -> Result<Vec<u8>, Diagnostics> {
    if Path::new(path).is_dir() {
        return Err(Diagnostic::error(
            format!("Failed to load \"{path}\" as a plan file"),
            format!(
                "{path} is a directory. If you meant to work with the configuration in it, use the global -chdir option \
                 instead: plumb -chdir={path} ..."
            ),
        )
        .into());
    }
    plumb_source::read_file(path.as_ref()).map_err(|error| {
        let detail = format!("{path} cannot be read as a plan or state file: {error}.");
        Diagnostic::error(format!("Failed to load \"{path}\" as a plan file"), detail).into()
    })
}

/// The configuration that a plan was made from, with the values of variables that it was made with.
fn configuration_of(session: &Session<'_>, origin: &PlanOrigin) -> Result<Loaded, Diagnostics> {
    let PlanOrigin { snapshot, variables, .. } = origin;
    let manifest = match &snapshot.modules_manifest {
        Some(bytes) => ModuleManifest::parse(bytes).map_err(|reason| {
            Diagnostic::error(
                "Failed to load plan file",
                format!("Its list of modules cannot be read: {reason}."),
            )
        })?,
        None => ModuleManifest::default(),
    };
    let sources = &session.shell.sources;
    let mut diagnostics = Diagnostics::new();
    let inputs = PlannedInputs { session, variables };
    let loaded =
        plumb_configuration::load_given(&snapshot.files, sources, &session.directory, &manifest, &inputs);
    let config: Config = diagnostics.take(loaded);
    diagnostics.append(session.note_encryption(Some(&config)));
    let index = diagnostics.take(Index::new(&config));
    // Warnings were shown when the plan was made.
    if diagnostics.has_errors() {
        Err(diagnostics)
    } else {
        Ok(Loaded { config: Arc::new(config), index: Arc::new(index) })
    }
}

/// Values of variables as a plan was made with them.
struct PlannedInputs<'a> {
    session: &'a Session<'a>,
    variables: &'a BTreeMap<Arc<str>, VariableValue>,
}

impl EarlyInputs for PlannedInputs<'_> {
    fn given(&self, variable: &Variable) -> (Option<Given>, Diagnostics) {
        let planned = self.variables.get(&variable.name).filter(|planned| !planned.is_default);
        let given = planned.map(|planned| Given::told(planned.value.clone(), "when the plan was made"));
        (given, Diagnostics::new())
    }

    fn workspace(&self) -> Result<Arc<str>, Diagnostics> {
        EarlyInputs::workspace(self.session)
    }

    fn files(&self) -> &dyn Files {
        &*self.session.files
    }
}

/// A plan with what it belongs to.
pub(super) struct Opened {
    pub(super) saved: SavedPlan,
    pub(super) loaded: Loaded,
    pub(super) providers: Arc<ProviderSet>,
    pub(super) schemas: Schemas,
}

/// Reads a plan from the bytes of its file.
pub(super) async fn open(
    session: &Session<'_>,
    path: &str,
    bytes: &[u8],
    state: Option<&State>,
) -> Result<Opened, Diagnostics> {
    let origin = load_origin(bytes).map_err(|error| error.diagnostic(path))?;
    let loaded = configuration_of(session, &origin)?;
    let providers = session.providers_and(&loaded.config, state, &origin.providers).await?;
    let schemas = Schemas::of(&providers).await?;
    let find = |provider: &_, mode, kind: &str| schemas.require(provider, mode, kind);
    let saved = load(bytes, &find).map_err(|error| error.diagnostic(path))?;
    Ok(Opened { saved, loaded, providers, schemas })
}

pub(super) async fn apply(session: &Session<'_>, arguments: &ApplyArguments, path: &str) -> CommandResult {
    session.shell.report(unheeded_options(arguments));
    let operation = &arguments.operation;
    let bytes = read_file(path)?;
    let origin = load_origin(&bytes).map_err(|error| error.diagnostic(path))?;
    let loaded = configuration_of(session, &origin)?;
    let place = StatePlace::of(&operation.state, Some(&arguments.state_output));
    let inputs = PlannedInputs { session, variables: &origin.variables };
    let backend = session.backend_given(Some(&loaded.config), &place, &inputs)?;
    let mut state =
        session.open_state(session.store(&backend)?, &operation.lock, "OperationTypeApply").await?;
    let opened = open(session, path, &bytes, Some(&state.state)).await?;
    let plan = opened.saved.plan;
    check(session, &plan, &opened.saved.snapshot, &state, &opened.providers, arguments.strict.0)?;
    let prompt = session.prompt(operation.input.0);
    state.settle(&arguments.not_created, &prompt).await?;
    announce(session, &plan);
    let given = &arguments.plan_options.variables.given;
    let variables = variables(session, &plan, &opened.loaded, given, &prompt).await?;
    let approved = Approved {
        loaded: opened.loaded,
        variables,
        opened: state,
        providers: opened.providers,
        plan: Arc::new(Plan { options: with_parallelism(&plan, operation.parallelism), ..plan }),
    };
    carry_out(session, approved, "apply").await
}

fn with_parallelism(plan: &Plan, parallelism: usize) -> plumb_plan::PlanOptions {
    plumb_plan::PlanOptions { parallelism, ..plan.options.clone() }
}

/// Options about how a plan is made are let pass beside one that is made already, as scripts give
/// them; but not without a word.
fn unheeded_options(arguments: &ApplyArguments) -> Diagnostics {
    let options = &arguments.plan_options;
    let given = [
        ("-destroy", options.destroy.0),
        ("-refresh-only", options.refresh_only.0),
        ("-refresh=false", options.refresh == Refresh::None),
        ("-refresh=config", options.refresh == Refresh::Config),
        ("-replace", !options.replace.is_empty()),
        ("-target", !options.target.is_empty()),
        ("-target-file", !options.target_file.is_empty()),
        ("-exclude", !options.exclude.is_empty()),
        ("-exclude-file", !options.exclude_file.is_empty()),
    ];
    let warn = |name: &str| {
        Diagnostic::warning(
            "Option without effect",
            format!(
                "The option {name} changes how a plan is made, and a saved plan is made already: it is applied as it is."
            ),
        )
    };
    given.into_iter().filter(|(_, is_given)| *is_given).map(|(name, _)| warn(name)).collect()
}

/// Refuses a plan that no longer fits the world; names what has changed without harm.
fn check(
    session: &Session<'_>,
    plan: &Plan,
    snapshot: &Snapshot,
    state: &OpenState,
    providers: &ProviderSet,
    strict: bool,
) -> Result<(), Diagnostics> {
    let inputs = PlannedInputs { session, variables: &plan.variables };
    let (now, _) = session.load_given(&inputs);
    let files = session.snapshot(&now.config).files;
    let world = World {
        lineage: state.version.as_ref().map(|version| version.lineage.clone()).unwrap_or_default(),
        serial: state.version.as_ref().map(|version| version.serial).unwrap_or_default(),
        providers: providers.digests(),
        variables: None,
        configuration: Some(configuration_digest(&files)),
        changed_files: changed_files(&snapshot.files, &files),
        workspace: session.workspace()?,
    };
    let found: Diagnostics =
        check_fresh(&plan.record, &world).iter().map(|stale| stale.diagnostic(strict)).collect();
    session.shell.checked(((), found))
}

/// The values of the variables: the plan's own, and those that it must not store.
async fn variables(
    session: &Session<'_>,
    plan: &Plan,
    loaded: &Loaded,
    given: &[InputArgument],
    prompt: &Prompt,
) -> Result<GivenValues, Diagnostics> {
    refuse_other_values(session, plan, loaded, given)?;
    let mut values: GivenValues = plan
        .variables
        .iter()
        .filter(|(_, variable)| !variable.is_default && !variable.ephemeral)
        .map(|(name, variable)| (name.clone(), Given::told(variable.value.clone(), "when the plan was made")))
        .collect();
    if plan.variables.values().any(|variable| variable.ephemeral && !variable.is_default) {
        let all = session.inputs(&loaded.config, InputRequest { arguments: given, prompt }).await?;
        let is_ephemeral =
            |name: &Arc<str>| plan.variables.get(name).is_some_and(|variable| variable.ephemeral);
        values.extend(all.into_iter().filter(|(name, _)| is_ephemeral(name)));
    }
    Ok(values)
}

fn refuse_other_values(
    session: &Session<'_>,
    plan: &Plan,
    loaded: &Loaded,
    given: &[InputArgument],
) -> Result<(), Diagnostics> {
    if given.is_empty() {
        return Ok(());
    }
    let nothing = plumb_source::MemoryFiles::new();
    let arguments: Vec<InputArgument> =
        given.iter().filter(|argument| matches!(argument, InputArgument::Value(_))).cloned().collect();
    let sources = InputSources {
        files: &nothing,
        sources: &session.shell.sources,
        directory: &session.directory,
        environment: &[],
        arguments: &arguments,
    };
    let mut diagnostics = Diagnostics::new();
    let inputs = diagnostics.take(collect_inputs(loaded.config.root(), &sources));
    for (name, given) in &inputs.values {
        let (Some(planned), Some(variable)) =
            (plan.variables.get(name), loaded.config.root().variables.get(name))
        else {
            continue;
        };
        if planned.ephemeral {
            continue;
        }
        if planned.is_default {
            diagnostics.push(Diagnostic::error(
                "Value for undeclared variable",
                format!(
                    "The variable {name} was not set when the saved plan was made, and a saved plan decides about the \
                     values of all variables. To set it, create a new plan."
                ),
            ));
            continue;
        }
        if given.fit(variable).is_ok_and(|value| planned.value.unmark_deep().same(&value.unmark_deep())) {
            continue;
        }
        diagnostics.push(Diagnostic::error(
            "Can't change variable when applying a saved plan",
            format!(
                "The variable {name} cannot be set using the -var and -var-file options when applying a saved plan file, \
                 because a saved plan includes the variable values that were set when it was created. The saved plan has \
                 another value for it. To declare a different value, create a new plan."
            ),
        ));
    }
    if diagnostics.has_errors() { Err(diagnostics) } else { Ok(()) }
}
