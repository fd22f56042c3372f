//! A plan as a file.

use std::collections::HashMap;
use std::io::{self, Write as _};
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use plumb_address::{ConfigResource, ProviderConfigAddress};
use plumb_state::{CheckResult, State};
use serde::Serialize;

use super::form::{
    ChangeForm, CheckForm, HeaderForm, OptionsForm, OutputForm, PlanForm, PlannedForm, StepForm, VariableForm,
};
use super::values::ValueWriter;
use super::{
    FORMAT, HEADER_ENTRY, LOCK_ENTRY, MODULES_ENTRY, PLAN_ENTRY, PREVIOUS_STATE_ENTRY, PRIOR_STATE_ENTRY,
    PlanFileError, Snapshot, VALUES_ENTRY, archive,
};
use crate::{
    Action, Change, ImportKey, ModuleOutputs, OutputChange, Plan, PlanOptions, PlannedObject, Refresh,
    StepGraph, VariableValue,
};

/// The plan with what it was made from as the bytes of a file. They hold values in the clear, so
/// only their owner may be able to read the file.
///
/// # Errors
/// Something in the plan must not be stored, or cannot be.
pub fn save(plan: &Plan, snapshot: &Snapshot, program_version: &str) -> Result<Vec<u8>, PlanFileError> {
    let header = HeaderForm { format: FORMAT, version: program_version.to_owned() };
    let Encoded { mut form, values } = encode(plan)?;
    let mut archive = archive::Writer::new();
    archive.written_entry(HEADER_ENTRY, |out| write_json(out, &header, "The header"))?;
    let mut files = Vec::new();
    for (path, content) in snapshot.files.iter() {
        let path = path.to_str().ok_or_else(|| PlanFileError::Unstorable {
            place: format!("The file {}", path.display()),
            problem: "its path is not valid Unicode".to_owned(),
        })?;
        files.push((path, content));
    }
    form.files = files.iter().map(|(path, _)| (*path).to_owned()).collect();
    let (prior, previous) = (&plan.prior_state, &plan.previous_state);
    let is_other = Arc::as_ptr(prior) != Arc::as_ptr(previous) && prior != previous;
    let mut entries: Vec<(&str, &[u8])> = Vec::new();
    entries.extend(snapshot.lock_file.as_deref().map(|content| (LOCK_ENTRY, content)));
    entries.extend(snapshot.modules_manifest.as_deref().map(|content| (MODULES_ENTRY, content)));
    let named = is_other.then_some(PREVIOUS_STATE_ENTRY).into_iter();
    form.entries = named.chain(entries.iter().map(|(name, _)| *name)).map(str::to_owned).collect();
    archive.written_entry(PLAN_ENTRY, |out| write_json(out, &form, "The plan"))?;
    archive.entry(VALUES_ENTRY, &values)?;
    archive.written_entry(PRIOR_STATE_ENTRY, |out| write_state(out, prior, &prior.terraform_version))?;
    if is_other {
        archive.written_entry(PREVIOUS_STATE_ENTRY, |out| {
            write_state(out, previous, &previous.terraform_version)
        })?;
    }
    for (name, content) in entries {
        archive.entry(name, content)?;
    }
    for (number, (path, content)) in files.iter().enumerate() {
        archive.entry(&file_entry(number, path), content)?;
    }
    archive.finish()
}

/// Name of the entry of a file: its number makes it the only one, and nothing in a path can lead
/// out of the archive.
pub(super) fn file_entry(number: usize, path: &str) -> String {
    let name = path.rsplit(['/', '\\']).next().unwrap_or_default();
    format!("configuration/{number}/{name}")
}

pub(super) fn write_state(
    out: &mut dyn io::Write,
    state: &State,
    program_version: &str,
) -> Result<(), PlanFileError> {
    let unstorable = |error: io::Error| unstorable("A state", &error);
    plumb_state::file::write_to(out, state, program_version).map_err(unstorable)
}

pub(super) fn write_json(
    out: &mut dyn io::Write,
    form: &impl Serialize,
    place: &str,
) -> Result<(), PlanFileError> {
    // Each piece is small, and some writers do much for each.
    let mut out = io::BufWriter::with_capacity(64 * 1024, out);
    serde_json::to_writer(&mut out, form).map_err(|error| unstorable(place, &error))?;
    out.flush().map_err(|error| unstorable(place, &error))
}

fn unstorable(place: &str, problem: &dyn std::fmt::Display) -> PlanFileError {
    PlanFileError::Unstorable { place: place.to_owned(), problem: problem.to_string() }
}

/// A plan in the form of the file: all but the states and the configuration.
pub(super) struct Encoded {
    pub(super) form: PlanForm,
    pub(super) values: Vec<u8>,
}

pub(super) fn encode(plan: &Plan) -> Result<Encoded, PlanFileError> {
    // Whoever adds a field has to say here what becomes of it.
    let Plan {
        options,
        changes,
        drift,
        outputs,
        module_outputs,
        planned,
        prior_state: _,
        previous_state: _,
        checks,
        steps,
        variables,
        record,
        errored,
    } = plan;
    let mut encoder = Encoder::default();
    let changes = changes.iter().map(|change| encoder.change(change)).collect::<Result<_, _>>()?;
    let drift = drift.iter().map(|change| encoder.change(change)).collect::<Result<_, _>>()?;
    let outputs = outputs.iter().map(|output| encoder.output(output)).collect::<Result<_, _>>()?;
    let planned = planned.iter().map(|object| encoder.planned(object)).collect::<Result<_, _>>()?;
    let variables = variables
        .iter()
        .map(|(name, variable)| Ok((name.to_string(), encoder.variable(variable)?)))
        .collect::<Result<_, PlanFileError>>()?;
    let form = PlanForm {
        options: options_form(options),
        record: record.clone(),
        errored: *errored,
        changes,
        drift,
        outputs,
        module_outputs: module_outputs.iter().map(module_outputs_form).collect(),
        planned,
        checks: checks.iter().map(check_form).collect(),
        steps: steps_form(steps),
        variables,
        types: encoder.values.types()?,
        providers: encoder.providers.list,
        resources: encoder.resources.list,
        dependencies: encoder.dependencies,
        files: Vec::new(),
        entries: Vec::new(),
    };
    Ok(Encoded { form, values: encoder.values.bytes })
}

/// Texts, each once.
struct Interned<T> {
    list: Vec<String>,
    numbers: HashMap<T, u32>,
}

impl<T> Default for Interned<T> {
    fn default() -> Self {
        Interned { list: Vec::new(), numbers: HashMap::new() }
    }
}

impl<T: Clone + Eq + std::hash::Hash + ToString> Interned<T> {
    fn number(&mut self, item: &T) -> u32 {
        if let Some(number) = self.numbers.get(item) {
            return *number;
        }
        let number = self.list.len() as u32;
        self.list.push(item.to_string());
        self.numbers.insert(item.clone(), number);
        number
    }
}

#[derive(Default)]
struct Encoder {
    values: ValueWriter,
    providers: Interned<ProviderConfigAddress>,
    resources: Interned<ConfigResource>,
    dependencies: Vec<Vec<u32>>,
    /// Lists by their address in memory; the plan keeps them all alive.
    known_dependencies: HashMap<(usize, usize), u32>,
}

impl Encoder {
    fn change(&mut self, change: &Change) -> Result<ChangeForm, PlanFileError> {
        let Change {
            address,
            previous_address,
            deposed,
            provider,
            action,
            reason,
            before,
            after,
            requires_replace,
            planned_private,
            importing,
            generated_config,
            schema: _,
            dependencies,
            create_before_destroy,
            unrefreshed,
        } = change;
        let place = || format!("The planned change of {address}");
        Ok(ChangeForm {
            address: address.to_string(),
            previous_address: previous_address.as_ref().map(ToString::to_string),
            deposed: deposed.as_ref().map(|key| key.0.to_string()),
            provider: self.providers.number(provider),
            actions: action_names(*action),
            reason: reason.map(|reason| reason.name().to_owned()),
            before: self.values.value(before, &place)?,
            after: self.values.value(after, &place)?,
            requires_replace: requires_replace
                .iter()
                .map(|path| self.values.path(path, &place))
                .collect::<Result<_, _>>()?,
            private: STANDARD.encode(planned_private),
            importing: match importing {
                Some(ImportKey::Id(id)) => Some(id.to_string()),
                Some(ImportKey::Identity(_)) | None => None,
            },
            importing_identity: match importing {
                Some(ImportKey::Identity((version, identity))) => Some((*version, identity.to_string())),
                Some(ImportKey::Id(_)) | None => None,
            },
            generated_config: generated_config.as_deref().map(str::to_owned),
            dependencies: self.dependencies(dependencies),
            create_before_destroy: *create_before_destroy,
            unrefreshed: *unrefreshed,
        })
    }

    fn dependencies(&mut self, list: &Arc<[ConfigResource]>) -> u32 {
        let key = (list.as_ptr() as usize, list.len());
        if let Some(number) = self.known_dependencies.get(&key) {
            return *number;
        }
        let number = self.dependencies.len() as u32;
        let numbers = list.iter().map(|resource| self.resources.number(resource)).collect();
        self.dependencies.push(numbers);
        self.known_dependencies.insert(key, number);
        number
    }

    fn output(&mut self, output: &OutputChange) -> Result<OutputForm, PlanFileError> {
        let OutputChange { name, action, before, after, sensitive } = output;
        let place = || format!("The output \"{name}\"");
        Ok(OutputForm {
            name: name.to_string(),
            actions: action_names(*action),
            before: self.values.value(before, &place)?,
            after: self.values.value(after, &place)?,
            sensitive: *sensitive,
        })
    }

    fn planned(&mut self, object: &PlannedObject) -> Result<PlannedForm, PlanFileError> {
        let PlannedObject { address, provider, value, schema: _ } = object;
        Ok(PlannedForm {
            address: address.to_string(),
            provider: self.providers.number(provider),
            value: self.values.value(value, &|| format!("The planned value of {address}"))?,
        })
    }

    fn variable(&mut self, variable: &VariableValue) -> Result<VariableForm, PlanFileError> {
        let VariableValue { value, given, is_default, ephemeral, name } = variable;
        let place = || format!("The variable \"{name}\"");
        let (value, given) = match ephemeral {
            true => (None, None),
            false => {
                let value = self.values.value(value, &place)?;
                (Some(value), given.as_ref().map(|given| self.values.value(given, &place)).transpose()?)
            }
        };
        Ok(VariableForm { value, given, is_default: *is_default, ephemeral: *ephemeral })
    }
}

fn action_names(action: Action) -> Vec<String> {
    action.names().iter().map(|name| (*name).to_owned()).collect()
}

fn module_outputs_form(outputs: &ModuleOutputs) -> (String, Vec<String>) {
    let ModuleOutputs { module, names } = outputs;
    (module.to_string(), names.iter().map(ToString::to_string).collect())
}

fn options_form(options: &PlanOptions) -> OptionsForm {
    let PlanOptions { mode, refresh, targets, excludes, replace, parallelism } = options;
    OptionsForm {
        mode: mode.name().to_owned(),
        refresh: refresh.looks(),
        light: *refresh == Refresh::Config,
        targets: targets.iter().map(ToString::to_string).collect(),
        excludes: excludes.iter().map(ToString::to_string).collect(),
        replace: replace.iter().map(ToString::to_string).collect(),
        parallelism: *parallelism,
    }
}

fn check_form(check: &CheckResult) -> CheckForm {
    let CheckResult { object_kind, config_address, status, objects } = check;
    CheckForm {
        kind: object_kind.to_string(),
        address: config_address.to_string(),
        status: status.name().to_owned(),
        objects: objects
            .iter()
            .map(|(address, status, messages)| {
                (address.to_string(), status.name().to_owned(), messages.clone())
            })
            .collect(),
    }
}

fn steps_form(steps: &StepGraph) -> Vec<StepForm> {
    steps
        .steps
        .iter()
        .map(|step| {
            let change = step.kind.change().map(|at| at as u32);
            (step.kind.name().to_owned(), change, step.after.iter().map(|before| before.0).collect())
        })
        .collect()
}
