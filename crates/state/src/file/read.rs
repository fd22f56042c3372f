//! A state file as a whole state, in one pass.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::sync::Arc;

use plumb_address::{AbsResource, Mode, ModuleInstance, ProviderConfigAddress, Resource};
use plumb_diagnostics::Diagnostics;
use serde::Deserialize;
use serde_json::error::Category;

use super::object::{InstanceForm, KnownBlocks};
use super::output::OutputForm;
use super::{StateFileError, upgrade};
use crate::{CheckResult, CheckStatus, InstanceState, ResourceState, State};

#[derive(Deserialize)]
#[serde(expecting = "an object")]
struct FileForm<'a> {
    version: Option<u64>,
    terraform_version: Option<String>,
    serial: Option<u64>,
    lineage: Option<String>,
    #[serde(default, borrow)]
    outputs: Option<BTreeMap<String, OutputForm<'a>>>,
    #[serde(default, borrow)]
    resources: Option<Vec<ResourceForm<'a>>>,
    check_results: Option<Vec<CheckForm>>,
}

#[derive(Deserialize)]
#[serde(expecting = "an object")]
struct ResourceForm<'a> {
    module: Option<String>,
    mode: Option<String>,
    #[serde(rename = "type")]
    kind: Option<String>,
    name: Option<String>,
    provider: Option<String>,
    #[serde(default, borrow)]
    instances: Option<Vec<InstanceForm<'a>>>,
}

#[derive(Deserialize)]
#[serde(expecting = "an object")]
struct CheckForm {
    object_kind: Option<String>,
    config_addr: Option<String>,
    status: Option<String>,
    objects: Option<Vec<CheckObjectForm>>,
}

#[derive(Deserialize)]
#[serde(expecting = "an object")]
struct CheckObjectForm {
    object_addr: Option<String>,
    status: Option<String>,
    failure_messages: Option<Vec<String>>,
}

/// What tells formats apart.
#[derive(Deserialize)]
#[serde(expecting = "an object")]
struct VersionForm {
    version: Option<u64>,
    terraform_version: Option<String>,
    encryption_version: Option<String>,
    encrypted_data: Option<serde::de::IgnoredAny>,
}

/// Reads a state file; `None` for an empty one, which is as good as none. The warnings say what an
/// upgrade from an older format could not keep.
pub fn read(bytes: &[u8]) -> Result<Option<(State, Diagnostics)>, StateFileError> {
    if bytes.is_empty() {
        return Ok(None);
    }
    let text = text(bytes)?;
    match serde_json::from_str::<FileForm<'_>>(text) {
        Ok(file) if file.version == Some(4) => Ok(Some((state(file)?, Diagnostics::new()))),
        // An array would do in place of an object for the reader of JSON.
        Ok(_) | Err(_) if is_whole_but_no_object(text) => Err(StateFileError::NotState),
        Ok(_) => other_version(text, None),
        Err(error) if matches!(error.classify(), Category::Data) => {
            other_version(text, Some(data_error(&error)))
        }
        Err(error) => Err(syntax_error(&error)),
    }
}

fn text(bytes: &[u8]) -> Result<&str, StateFileError> {
    std::str::from_utf8(bytes).map_err(|error| {
        let before = &bytes[..error.valid_up_to()];
        let line_start = before.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
        StateFileError::Syntax {
            line: before.iter().filter(|byte| **byte == b'\n').count() + 1,
            column: before.len() - line_start + 1,
            problem: "bytes that are no UTF-8 text".to_owned(),
        }
    })
}

fn is_whole_but_no_object(text: &str) -> bool {
    !text.trim_start().starts_with('{') && serde_json::from_str::<serde::de::IgnoredAny>(text).is_ok()
}

/// A file of another format version, or one of this with a field of a wrong type.
fn other_version(
    text: &str,
    problem: Option<StateFileError>,
) -> Result<Option<(State, Diagnostics)>, StateFileError> {
    let Ok(form) = serde_json::from_str::<VersionForm>(text) else {
        return Err(problem.unwrap_or(StateFileError::NotState));
    };
    if form.encryption_version.is_some() && form.encrypted_data.is_some() {
        return Err(StateFileError::Encrypted);
    }
    let program = form.terraform_version.unwrap_or_default();
    match form.version {
        None => Err(StateFileError::NotState),
        Some(4) => Err(problem.unwrap_or(StateFileError::NotState)),
        Some(version @ 2..=3) => upgrade::read_old(text, version).map(Some),
        Some(version @ 0..=1) => Err(StateFileError::Older { version, program }),
        Some(version) => Err(StateFileError::Newer { version, program }),
    }
}

/// A problem without its place, which is told apart.
fn message(error: &serde_json::Error) -> String {
    let full = error.to_string();
    let place = format!(" at line {} column {}", error.line(), error.column());
    full.strip_suffix(&place).map_or_else(|| full.clone(), str::to_owned)
}

fn syntax_error(error: &serde_json::Error) -> StateFileError {
    StateFileError::Syntax { line: error.line(), column: error.column(), problem: message(error) }
}

pub(super) fn data_error(error: &serde_json::Error) -> StateFileError {
    StateFileError::Invalid {
        place: format!("line {}, column {}", error.line(), error.column()),
        problem: message(error),
    }
}

fn state(file: FileForm<'_>) -> Result<State, StateFileError> {
    let mut state = State {
        terraform_version: file.terraform_version.unwrap_or_default(),
        serial: file.serial.unwrap_or_default(),
        lineage: file.lineage.unwrap_or_default(),
        ..State::default()
    };
    for (name, form) in file.outputs.unwrap_or_default() {
        let output = form
            .output()
            .map_err(|problem| StateFileError::Invalid { place: format!("output {name:?}"), problem })?;
        state.outputs.insert(name.into(), output);
    }
    let mut blocks = KnownBlocks::default();
    for form in file.resources.unwrap_or_default() {
        read_resource(&mut state, form, &mut blocks)?;
    }
    state.check_results = file.check_results.unwrap_or_default().into_iter().map(CheckForm::result).collect();
    Ok(state)
}

fn read_resource(
    state: &mut State,
    form: ResourceForm<'_>,
    blocks: &mut KnownBlocks,
) -> Result<(), StateFileError> {
    let kind = form.kind.unwrap_or_default();
    let name = form.name.unwrap_or_default();
    let module_text = form.module.unwrap_or_default();
    let place = || format!("resource \"{kind}.{name}\"{}", in_module(&module_text));
    let invalid = |problem: String| StateFileError::Invalid { place: place(), problem };
    let mode = match form.mode.as_deref() {
        Some("managed") => Mode::Managed,
        Some("data") => Mode::Data,
        other => return Err(invalid(format!("the mode {:?} is not known", other.unwrap_or_default()))),
    };
    if kind.is_empty() || name.is_empty() {
        return Err(invalid("the type or the name is missing".to_owned()));
    }
    let module = ModuleInstance::parse(&module_text)
        .map_err(|error| invalid(format!("{module_text:?} is no module: {error}")))?;
    let forms = form.instances.unwrap_or_default();
    let said = form.provider.as_deref().filter(|provider| !provider.is_empty());
    let provider = provider_of(said, &forms).map_err(invalid)?;
    let resource = Resource { mode, kind: kind.as_str().into(), name: name.as_str().into() };
    let address = AbsResource { module, resource };
    let recorded = match state.resources.entry(address) {
        Entry::Vacant(entry) => entry.insert(ResourceState { provider, instances: Arc::default() }),
        Entry::Occupied(entry) => entry.into_mut(),
    };
    let instances = recorded.instances_mut();
    for form in forms {
        let key = form.key().map_err(invalid)?;
        let deposed = form.deposed_key();
        let provider_key = form.provider().map(ProviderConfigAddress::parse_any).and_then(Result::ok);
        let at_instance =
            |problem: String| StateFileError::Invalid { place: format!("{}{key}", place()), problem };
        let instance: &mut InstanceState = instances.entry(key.clone()).or_default();
        instance.provider_key = provider_key.and_then(|provider| provider.key.clone());
        let object = Arc::new(form.object(blocks).map_err(at_instance)?);
        let twice = match deposed {
            None => instance.current.replace(object).is_some(),
            Some(key) => instance.deposed.insert(key, object).is_some(),
        };
        if twice {
            return Err(at_instance("it is recorded twice".to_owned()));
        }
    }
    Ok(())
}

/// The provider configuration of a resource: it says so itself, or all of its instances do, each with the
/// key of the one that takes care of it.
fn provider_of(said: Option<&str>, instances: &[InstanceForm<'_>]) -> Result<ProviderConfigAddress, String> {
    let parse = |text: &str| {
        ProviderConfigAddress::parse_any(text).map_err(|error| {
            format!("{text:?} is no provider configuration: {}", error.to_string().trim_end_matches('.'))
        })
    };
    let Some(first) = instances.iter().find_map(InstanceForm::provider) else {
        return parse(said.unwrap_or_default());
    };
    if said.is_some() {
        return Err("the provider is named both for the resource and for one of its instances".to_owned());
    }
    let provider = parse(first)?.whole();
    for instance in instances {
        let Some(text) = instance.provider() else {
            return Err("no provider is named for one of its instances".to_owned());
        };
        if parse(text)?.whole() != provider {
            return Err(format!("its instances have different providers, {provider} and {text}"));
        }
    }
    Ok(provider)
}

fn in_module(module: &str) -> String {
    if module.is_empty() { String::new() } else { format!(" in {module}") }
}

impl CheckForm {
    fn result(self) -> CheckResult {
        CheckResult {
            object_kind: self.object_kind.unwrap_or_default().into(),
            config_address: self.config_addr.unwrap_or_default().into(),
            status: CheckStatus::from_name(&self.status.unwrap_or_default()),
            objects: self
                .objects
                .unwrap_or_default()
                .into_iter()
                .map(|object| {
                    let status = CheckStatus::from_name(&object.status.unwrap_or_default());
                    let messages = object.failure_messages.unwrap_or_default();
                    (object.object_addr.unwrap_or_default().into(), status, messages)
                })
                .collect(),
        }
    }
}

/// Results of checks as [`super::write::write_checks`] wrote them.
pub(crate) fn read_checks(json: &str) -> Result<Vec<CheckResult>, String> {
    let forms: Option<Vec<CheckForm>> = serde_json::from_str(json).map_err(|error| error.to_string())?;
    Ok(forms.unwrap_or_default().into_iter().map(CheckForm::result).collect())
}
