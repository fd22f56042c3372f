//! Files of format versions 2 and 3, from before 0.12 of Terraform.
//!
//! Objects keep their flat attributes; the provider upgrades them when they are next looked at.
//! What version 4 has no room for, or what was recorded in words that no longer mean anything, is
//! left out, and a warning says so.

use std::collections::BTreeMap;
use std::sync::Arc;

use plumb_address::{
    AbsResource, DeposedKey, InstanceKey, Mode, ModuleInstance, ProviderAddress, ProviderConfigAddress,
    Resource,
};
use plumb_diagnostics::{Diagnostic, Diagnostics};
use plumb_value::{Kind, Type, Value};
use serde::Deserialize;

use super::StateFileError;
use super::object::flat_attributes;
use super::read::data_error;
use crate::{InstanceState, Object, Output, ResourceState, State, Status};

#[derive(Deserialize)]
#[serde(expecting = "an object")]
struct FileForm {
    terraform_version: Option<String>,
    serial: Option<u64>,
    lineage: Option<String>,
    modules: Option<Vec<ModuleForm>>,
}

#[derive(Deserialize)]
#[serde(expecting = "an object")]
struct ModuleForm {
    path: Option<Vec<String>>,
    outputs: Option<BTreeMap<String, OutputForm>>,
    resources: Option<BTreeMap<String, ResourceForm>>,
}

#[derive(Deserialize)]
#[serde(expecting = "an object")]
struct OutputForm {
    sensitive: Option<bool>,
    value: Option<serde_json::Value>,
}

#[derive(Deserialize)]
#[serde(expecting = "an object")]
struct ResourceForm {
    #[serde(rename = "type")]
    kind: Option<String>,
    depends_on: Option<Vec<String>>,
    primary: Option<ObjectForm>,
    deposed: Option<Vec<Option<ObjectForm>>>,
    provider: Option<String>,
}

#[derive(Deserialize)]
#[serde(expecting = "an object")]
struct ObjectForm {
    id: Option<String>,
    attributes: Option<BTreeMap<String, String>>,
    meta: Option<BTreeMap<String, serde_json::Value>>,
    tainted: Option<bool>,
}

/// What could not be kept.
#[derive(Default)]
struct Losses {
    dependencies: bool,
    outputs: bool,
}

/// Reads a file of format version 2 or 3. They differ in how attributes count the keys of maps.
pub(super) fn read_old(text: &str, version: u64) -> Result<(State, Diagnostics), StateFileError> {
    let file: FileForm = serde_json::from_str(text).map_err(|error| data_error(&error))?;
    let mut state = State {
        terraform_version: file.terraform_version.unwrap_or_default(),
        serial: file.serial.unwrap_or_default(),
        lineage: file.lineage.unwrap_or_default(),
        ..State::default()
    };
    let mut losses = Losses::default();
    for mut module in file.modules.unwrap_or_default() {
        if version == 2 {
            module.objects_mut().for_each(ObjectForm::count_keys_of_maps);
        }
        read_module(&mut state, module, &mut losses)?;
    }
    let warnings = losses.warning(version, &state.terraform_version).into_iter().collect();
    Ok((state, warnings))
}

impl Losses {
    fn warning(&self, version: u64, program: &str) -> Option<Diagnostic> {
        let mut lost = Vec::new();
        if self.dependencies {
            lost.push("the order in which resources depend on each other, which the next apply records anew");
        }
        if self.outputs {
            lost.push("outputs of modules other than the root, which are no longer recorded");
        }
        if lost.is_empty() {
            return None;
        }
        let lost = format!("Not kept: {}.", lost.join("; "));
        Some(Diagnostic::warning(
            "State of an old format is upgraded",
            format!(
                "The state has format version {version}{}; it is read as version 4, and the next change writes that. {lost} \
                 Terraform before 0.12 cannot read it from then on.",
                if program.is_empty() { String::new() } else { format!(", written by Terraform {program}") }
            ),
        ))
    }
}

fn read_module(state: &mut State, form: ModuleForm, losses: &mut Losses) -> Result<(), StateFileError> {
    let path = form.path.unwrap_or_default();
    let mut module = ModuleInstance::root();
    for step in path.iter().skip(1) {
        module = module.child(step.as_str(), InstanceKey::None);
    }
    let outputs = form.outputs.unwrap_or_default();
    if module.is_root() {
        for (name, output) in outputs {
            let value = output.value.as_ref().map_or_else(|| Value::null(Type::Dynamic), value);
            let sensitive = output.sensitive.unwrap_or_default();
            state.outputs.insert(name.into(), Output { value, sensitive });
        }
    } else {
        losses.outputs |= !outputs.is_empty();
    }
    for (key, resource) in form.resources.unwrap_or_default() {
        losses.dependencies |= resource.depends_on.as_ref().is_some_and(|names| !names.is_empty());
        read_resource(state, &module, &key, resource).map_err(|problem| StateFileError::Invalid {
            place: format!("resource {key:?} in {:?}", path.join(".")),
            problem,
        })?;
    }
    Ok(())
}

fn read_resource(
    state: &mut State,
    module: &ModuleInstance,
    key: &str,
    form: ResourceForm,
) -> Result<(), String> {
    let (resource, instance_key) = read_key(key, form.kind.as_deref())?;
    let provider = provider(form.provider.as_deref().unwrap_or_default(), module, &resource)?;
    let mut instance = InstanceState::default();
    if let Some(primary) = form.primary {
        instance.current = Some(Arc::new(primary.object()?));
    }
    for (index, deposed) in form.deposed.unwrap_or_default().into_iter().flatten().enumerate() {
        let key = DeposedKey(format!("{:08x}", index + 1).into());
        instance.deposed.insert(key, Arc::new(deposed.object()?));
    }
    let address = AbsResource { module: module.clone(), resource };
    let recorded = state
        .resources
        .entry(address)
        .or_insert_with(|| ResourceState { provider, instances: Arc::default() });
    recorded.instances_mut().insert(instance_key, instance);
    Ok(())
}

/// Reads `data.aws_ami.ubuntu.0`.
fn read_key(key: &str, kind: Option<&str>) -> Result<(Resource, InstanceKey), String> {
    let not_understood = || format!("{key:?} is no name of a resource");
    let mut parts: Vec<&str> = key.split('.').collect();
    let mode = if parts.first() == Some(&"data") {
        parts.remove(0);
        Mode::Data
    } else {
        Mode::Managed
    };
    let instance = match parts.as_slice() {
        [_, _] => InstanceKey::None,
        [_, _, number] => InstanceKey::Int(number.parse().map_err(|_| not_understood())?),
        _ => return Err(not_understood()),
    };
    let (kind, name) = (kind.unwrap_or(parts[0]), parts[1]);
    Ok((Resource { mode, kind: kind.into(), name: name.into() }, instance))
}

fn provider(
    text: &str,
    module: &ModuleInstance,
    resource: &Resource,
) -> Result<ProviderConfigAddress, String> {
    if text.is_empty() {
        let provider = ProviderAddress::legacy(resource.implied_provider());
        return Ok(ProviderConfigAddress::new(module.config(), provider, None));
    }
    ProviderConfigAddress::parse_any(text)
        .map_err(|error| format!("{text:?} is no provider configuration: {error}"))
}

impl ModuleForm {
    fn objects_mut(&mut self) -> impl Iterator<Item = &mut ObjectForm> {
        let resources = self.resources.iter_mut().flat_map(BTreeMap::values_mut);
        resources.flat_map(|resource| {
            let deposed = resource.deposed.iter_mut().flatten().flatten();
            resource.primary.iter_mut().chain(deposed)
        })
    }
}

impl ObjectForm {
    /// Version 2 writes the number of a map's keys as it does that of a list's elements, `tags.#`;
    /// version 3 has `tags.%` for it. What has a key that is no number is a map.
    fn count_keys_of_maps(&mut self) {
        let Some(attributes) = &mut self.attributes else { return };
        let is_map = |prefix: &str| {
            let beginning = format!("{prefix}.");
            let keys = attributes
                .range(beginning.clone()..)
                .map(|(key, _)| key.as_str())
                .take_while(|key| key.starts_with(&beginning));
            let mut firsts = keys.filter_map(|key| key[beginning.len()..].split('.').next());
            firsts.any(|key| key != "#" && key.parse::<u64>().is_err())
        };
        let maps: Vec<String> = attributes
            .keys()
            .filter_map(|key| key.strip_suffix(".#"))
            .filter(|prefix| is_map(prefix))
            .map(str::to_owned)
            .collect();
        for prefix in maps {
            if let Some(count) = attributes.remove(&format!("{prefix}.#")) {
                attributes.insert(format!("{prefix}.%"), count);
            }
        }
    }

    fn object(self) -> Result<Object, String> {
        let mut attributes = self.attributes.unwrap_or_default();
        if let Some(id) = self.id.filter(|id| !id.is_empty()) {
            attributes.entry("id".to_owned()).or_insert(id);
        }
        let mut meta = self.meta.unwrap_or_default();
        let schema_version = match meta.remove("schema_version") {
            None | Some(serde_json::Value::Null) => 0,
            Some(serde_json::Value::Number(number)) => {
                number.as_u64().ok_or_else(|| format!("the schema version {number} is no whole number"))?
            }
            Some(serde_json::Value::String(text)) => {
                text.parse().map_err(|_| format!("the schema version {text:?} is no whole number"))?
            }
            Some(_) => return Err("the schema version is no whole number".to_owned()),
        };
        let private = if meta.is_empty() {
            Vec::new()
        } else {
            serde_json::to_vec(&meta).map_err(|error| error.to_string())?
        };
        Ok(Object {
            schema_version,
            attributes: flat_attributes(&attributes).into(),
            flat: true,
            sensitive: Vec::new(),
            status: if self.tainted.unwrap_or_default() { Status::Tainted } else { Status::Ready },
            private,
            dependencies: Arc::new([]),
            create_before_destroy: false,
            identity: None,
        })
    }
}

/// An output's value: texts, and lists and maps, of one type where their elements are. The nesting
/// is bounded by the reader of the file.
fn value(json: &serde_json::Value) -> Value {
    match json {
        serde_json::Value::Null => Value::null(Type::Dynamic),
        serde_json::Value::Bool(value) => Value::bool(*value),
        // Numbers were texts in this format, so others than small ones do not occur.
        serde_json::Value::Number(number) => {
            number.as_i64().map_or_else(|| Value::string(number.to_string()), Value::number)
        }
        serde_json::Value::String(text) => Value::string(text.as_str()),
        serde_json::Value::Array(elements) => {
            let values: Vec<Value> = elements.iter().map(value).collect();
            match common_type(&values) {
                Some(element) => Value::list(element, values),
                None => Value::tuple(values),
            }
        }
        serde_json::Value::Object(entries) => {
            let entries: Vec<(String, Value)> =
                entries.iter().map(|(name, entry)| (name.clone(), value(entry))).collect();
            let values: Vec<Value> = entries.iter().map(|(_, value)| value.clone()).collect();
            match common_type(&values) {
                Some(element) => Value::map(element, entries),
                None => Value::object(entries),
            }
        }
    }
}

fn common_type(values: &[Value]) -> Option<Type> {
    let Some(first) = values.first() else { return Some(Type::String) };
    let ty = first.ty();
    let fits = values.iter().all(|value| value.ty() == ty && !matches!(value.kind(), Kind::Null(_)));
    fits.then_some(ty)
}
