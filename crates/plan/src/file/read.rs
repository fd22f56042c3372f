//! A plan from a file.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use plumb_address::{
    AbsResourceInstance, AddressError, ConfigResource, DeposedKey, Mode, ModuleInstance,
    ProviderConfigAddress, Resource, Target,
};
use plumb_schema::Schema;
use plumb_source::MemoryFiles;
use plumb_state::{CheckResult, CheckStatus, State};
use plumb_value::{Marks, Type, Value};

use super::form::{
    ChangeForm, CheckForm, HeaderForm, OptionsForm, OutputForm, PlanForm, PlannedForm, StepForm, VariableForm,
};
use super::values::ValueReader;
use super::write::file_entry;
use super::{
    FORMAT, HEADER_ENTRY, LOCK_ENTRY, MODULES_ENTRY, PLAN_ENTRY, PREVIOUS_STATE_ENTRY, PRIOR_STATE_ENTRY,
    PlanFileError, PlanOrigin, SavedPlan, SchemaLookup, Snapshot, VALUES_ENTRY, archive,
};
use crate::{
    Action, Change, ChangeReason, ImportKey, ModuleOutputs, OutputChange, Plan, PlanMode, PlanOptions,
    PlannedObject, Refresh, Step, StepGraph, StepId, StepKind, VariableValue,
};

/// Reads what [`super::save`] wrote. Each schema is asked for once.
///
/// # Errors
/// It is no saved plan, is not as it was written, or needs a schema that there is not.
pub fn load(bytes: &[u8], schemas: &SchemaLookup<'_>) -> Result<SavedPlan, PlanFileError> {
    let mut archive = archive::Reader::open(bytes)?;
    let header: HeaderForm = parse(&archive.entry(HEADER_ENTRY)?, HEADER_ENTRY)?;
    if header.format > FORMAT {
        return Err(PlanFileError::Newer { format: header.format, version: header.version });
    }
    let form: PlanForm = parse(&archive.entry(PLAN_ENTRY)?, PLAN_ENTRY)?;
    let snapshot = read_snapshot(&mut archive, &form)?;
    let prior = Arc::new(read_state(&archive.entry(PRIOR_STATE_ENTRY)?, "state")?);
    let previous = match optional_entry(&mut archive, &form, PREVIOUS_STATE_ENTRY)? {
        Some(bytes) => Arc::new(read_state(&bytes, "previous state")?),
        None => prior.clone(),
    };
    let values = archive.entry(VALUES_ENTRY)?;
    let plan = decode(form, &values, prior, previous, schemas)?;
    Ok(SavedPlan { plan, snapshot, program_version: header.version })
}

fn parse<T: serde::de::DeserializeOwned>(bytes: &[u8], name: &str) -> Result<T, PlanFileError> {
    serde_json::from_slice(bytes).map_err(|error| PlanFileError::damaged(format!("its entry {name}"), error))
}

fn read_state(bytes: &[u8], part: &'static str) -> Result<State, PlanFileError> {
    plumb_state::file::read(bytes)
        .map(|read| read.map(|(state, _)| state).unwrap_or_default())
        .map_err(|error| PlanFileError::State { part, error })
}

/// An entry that not every plan has.
fn optional_entry(
    archive: &mut archive::Reader<'_>,
    form: &PlanForm,
    name: &str,
) -> Result<Option<Vec<u8>>, PlanFileError> {
    if form.entries.iter().any(|entry| entry == name) { archive.entry(name).map(Some) } else { Ok(None) }
}

/// Reads only what a saved plan was made from, and whose objects it changes: it is the schemas of
/// these providers that [`load`] is going to ask for.
///
/// # Errors
/// It is no saved plan, or not as it was written.
pub fn load_origin(bytes: &[u8]) -> Result<PlanOrigin, PlanFileError> {
    let mut archive = archive::Reader::open(bytes)?;
    let header: HeaderForm = parse(&archive.entry(HEADER_ENTRY)?, HEADER_ENTRY)?;
    if header.format > FORMAT {
        return Err(PlanFileError::Newer { format: header.format, version: header.version });
    }
    let form: PlanForm = parse(&archive.entry(PLAN_ENTRY)?, PLAN_ENTRY)?;
    let providers = addresses(&form.providers, ProviderConfigAddress::parse)?;
    let providers = providers.into_iter().map(|config| config.provider.clone()).collect();
    let values = archive.entry(VALUES_ENTRY)?;
    let values = ValueReader::new(&values, &form.types)?;
    let variables = form.variables.iter().map(|(name, form)| variable(&values, name, form));
    let variables = variables.collect::<Result<_, _>>()?;
    Ok(PlanOrigin { snapshot: read_snapshot(&mut archive, &form)?, providers, variables })
}

fn read_snapshot(archive: &mut archive::Reader<'_>, form: &PlanForm) -> Result<Snapshot, PlanFileError> {
    let mut files = MemoryFiles::new();
    for (number, path) in form.files.iter().enumerate() {
        files.insert(path, archive.entry(&file_entry(number, path))?);
    }
    Ok(Snapshot {
        files,
        lock_file: optional_entry(archive, form, LOCK_ENTRY)?,
        modules_manifest: optional_entry(archive, form, MODULES_ENTRY)?,
    })
}

fn decode(
    form: PlanForm,
    values: &[u8],
    prior_state: Arc<State>,
    previous_state: Arc<State>,
    schemas: &SchemaLookup<'_>,
) -> Result<Plan, PlanFileError> {
    let mut decoder = Decoder {
        values: ValueReader::new(values, &form.types)?,
        providers: addresses(&form.providers, ProviderConfigAddress::parse)?,
        dependencies: dependency_lists(&form)?,
        schemas,
        known_schemas: HashMap::new(),
    };
    let changes = form.changes.iter().map(|change| decoder.change(change)).collect::<Result<Vec<_>, _>>()?;
    let drift = form.drift.iter().map(|change| decoder.change(change)).collect::<Result<_, _>>()?;
    let planned = form.planned.iter().map(|object| decoder.planned(object)).collect::<Result<_, _>>()?;
    let outputs = form.outputs.iter().map(|output| decoder.output(output)).collect::<Result<_, _>>()?;
    let variables = form
        .variables
        .iter()
        .map(|(name, form)| variable(&decoder.values, name, form))
        .collect::<Result<BTreeMap<_, _>, _>>()?;
    Ok(Plan {
        options: options(&form.options)?,
        steps: steps(form.steps, changes.len())?,
        changes,
        drift,
        outputs,
        module_outputs: form.module_outputs.into_iter().map(module_outputs).collect::<Result<_, _>>()?,
        planned,
        prior_state,
        previous_state,
        checks: form.checks.into_iter().map(check).collect(),
        variables,
        record: form.record,
        errored: form.errored,
    })
}

fn addresses<T>(
    texts: &[String],
    parse: impl Fn(&str) -> Result<T, AddressError>,
) -> Result<Vec<T>, PlanFileError> {
    texts.iter().map(|text| address(text, &parse)).collect()
}

fn address<T>(text: &str, parse: impl Fn(&str) -> Result<T, AddressError>) -> Result<T, PlanFileError> {
    parse(text).map_err(|error| PlanFileError::damaged(format!("the address {text:?}"), error))
}

fn dependency_lists(form: &PlanForm) -> Result<Vec<Arc<[ConfigResource]>>, PlanFileError> {
    let resources = addresses(&form.resources, ConfigResource::parse)?;
    form.dependencies
        .iter()
        .map(|list| {
            list.iter()
                .map(|number| resources.get(*number as usize).cloned())
                .collect::<Option<Arc<[ConfigResource]>>>()
                .ok_or_else(|| PlanFileError::damaged("its dependencies", "one of them is missing"))
        })
        .collect()
}

struct Decoder<'a> {
    values: ValueReader<'a>,
    providers: Vec<ProviderConfigAddress>,
    dependencies: Vec<Arc<[ConfigResource]>>,
    schemas: &'a SchemaLookup<'a>,
    /// By number of the provider configuration, kind of block and type.
    known_schemas: HashMap<(u32, Mode, Arc<str>), Arc<Schema>>,
}

impl Decoder<'_> {
    fn schema(&mut self, provider: u32, resource: &Resource) -> Result<Arc<Schema>, PlanFileError> {
        let key = (provider, resource.mode, resource.kind.clone());
        if let Some(schema) = self.known_schemas.get(&key) {
            return Ok(schema.clone());
        }
        let address = &self.provider(provider)?.provider;
        let schema = (self.schemas)(address, resource.mode, &resource.kind).map_err(|problem| {
            PlanFileError::Schema {
                resource: format!("{} of {}", resource.kind, address.for_display()),
                problem,
            }
        })?;
        self.known_schemas.insert(key, schema.clone());
        Ok(schema)
    }

    fn provider(&self, number: u32) -> Result<&ProviderConfigAddress, PlanFileError> {
        self.providers
            .get(number as usize)
            .ok_or_else(|| PlanFileError::damaged("its providers", "one of them is missing"))
    }

    fn change(&mut self, form: &ChangeForm) -> Result<Change, PlanFileError> {
        let address_of = |text: &str| address(text, AbsResourceInstance::parse);
        let instance = address_of(&form.address)?;
        let part = format!("the change of {}", form.address);
        let reason = match &form.reason {
            None => None,
            Some(name) => Some(ChangeReason::from_name(name).ok_or_else(|| {
                PlanFileError::damaged(&*part, format!("its reason {name:?} is not known"))
            })?),
        };
        let dependencies = self
            .dependencies
            .get(form.dependencies as usize)
            .cloned()
            .ok_or_else(|| PlanFileError::damaged(&*part, "its dependencies are missing"))?;
        Ok(Change {
            previous_address: form.previous_address.as_deref().map(address_of).transpose()?.map(Box::new),
            deposed: form.deposed.as_deref().map(|key| DeposedKey(key.into())),
            provider: self.provider(form.provider)?.clone(),
            action: action(&form.actions, &part)?,
            reason,
            before: self.values.value(&form.before, &part)?,
            after: self.values.value(&form.after, &part)?,
            requires_replace: form
                .requires_replace
                .iter()
                .map(|path| self.values.path(path, &part))
                .collect::<Result<_, _>>()?,
            planned_private: STANDARD
                .decode(&form.private)
                .map_err(|error| PlanFileError::damaged(&*part, format!("its private data: {error}")))?,
            importing: match (&form.importing, &form.importing_identity) {
                (Some(id), _) => Some(ImportKey::Id(id.as_str().into())),
                (None, Some((version, identity))) => {
                    Some(ImportKey::Identity((*version, identity.as_str().into())))
                }
                (None, None) => None,
            },
            generated_config: form.generated_config.as_deref().map(Arc::from),
            schema: self.schema(form.provider, &instance.resource)?,
            dependencies,
            create_before_destroy: form.create_before_destroy,
            unrefreshed: form.unrefreshed,
            address: instance,
        })
    }

    fn planned(&mut self, form: &PlannedForm) -> Result<PlannedObject, PlanFileError> {
        let instance = address(&form.address, AbsResourceInstance::parse)?;
        Ok(PlannedObject {
            provider: self.provider(form.provider)?.clone(),
            value: self.values.value(&form.value, &format!("the planned value of {}", form.address))?,
            schema: self.schema(form.provider, &instance.resource)?,
            address: instance,
        })
    }

    fn output(&self, form: &OutputForm) -> Result<OutputChange, PlanFileError> {
        let part = format!("the output {:?}", form.name);
        Ok(OutputChange {
            name: form.name.as_str().into(),
            action: action(&form.actions, &part)?,
            before: self.values.value(&form.before, &part)?,
            after: self.values.value(&form.after, &part)?,
            sensitive: form.sensitive,
        })
    }
}

fn variable(
    values: &ValueReader<'_>,
    name: &str,
    form: &VariableForm,
) -> Result<(Arc<str>, VariableValue), PlanFileError> {
    let name: Arc<str> = name.into();
    let value = match &form.value {
        Some(value) => values.value(value, &format!("the variable {name:?}"))?,
        None => Value::null(Type::Dynamic).with_marks(Marks::EPHEMERAL),
    };
    let given = form.given.as_ref();
    let variable = VariableValue {
        value,
        given: given
            .map(|given| values.value(given, &format!("the variable {name:?} as given")))
            .transpose()?,
        is_default: form.is_default,
        ephemeral: form.ephemeral,
        name: name.clone(),
    };
    Ok((name, variable))
}

fn module_outputs((module, names): (String, Vec<String>)) -> Result<ModuleOutputs, PlanFileError> {
    let module = address(&module, ModuleInstance::parse)?;
    Ok(ModuleOutputs { module, names: names.into_iter().map(Arc::from).collect() })
}

fn action(names: &[String], part: &str) -> Result<Action, PlanFileError> {
    Action::from_names(names)
        .ok_or_else(|| PlanFileError::damaged(part, format!("its actions {names:?} are not known")))
}

fn options(form: &OptionsForm) -> Result<PlanOptions, PlanFileError> {
    let mode = PlanMode::from_name(&form.mode).ok_or_else(|| {
        PlanFileError::damaged("its options", format!("the mode {:?} is not known", form.mode))
    })?;
    let refresh = match (form.refresh, form.light) {
        (true, false) => Refresh::All,
        (true, true) => Refresh::Config,
        (false, false) => Refresh::None,
        (false, true) => {
            let problem = "they say that only what changes was looked at, and that nothing was";
            return Err(PlanFileError::damaged("its options", problem));
        }
    };
    Ok(PlanOptions {
        mode,
        refresh,
        targets: addresses(&form.targets, Target::parse)?,
        excludes: addresses(&form.excludes, Target::parse)?,
        replace: addresses(&form.replace, AbsResourceInstance::parse)?,
        parallelism: form.parallelism,
    })
}

fn check(form: CheckForm) -> CheckResult {
    CheckResult {
        object_kind: form.kind.into(),
        config_address: form.address.into(),
        status: CheckStatus::from_name(&form.status),
        objects: form
            .objects
            .into_iter()
            .map(|(address, status, messages)| (address.into(), CheckStatus::from_name(&status), messages))
            .collect(),
    }
}

/// The graph, with every number in it checked: those who walk it rely on that.
fn steps(forms: Vec<StepForm>, changes: usize) -> Result<StepGraph, PlanFileError> {
    let damaged = |problem: &str| PlanFileError::damaged("its steps", problem);
    let count = forms.len();
    let mut graph = StepGraph::default();
    for (name, change, after) in forms {
        let kind = StepKind::from_name(&name, change).ok_or_else(|| damaged("one of them is not known"))?;
        if kind.change().is_some_and(|at| at >= changes) {
            return Err(damaged("one of them belongs to no change"));
        }
        if after.iter().any(|before| *before as usize >= count) {
            return Err(damaged("one of them waits for one that is missing"));
        }
        graph.steps.push(Step { kind, after: after.into_iter().map(StepId).collect() });
    }
    graph.order().map_err(|_| damaged("they wait for each other in a circle"))?;
    Ok(graph)
}
