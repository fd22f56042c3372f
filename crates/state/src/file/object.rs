//! One recorded object in the form that instances of state files have.
//!
//! Responsible for that form in whole files and in the lines of a journal alike.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use plumb_address::{ConfigResource, DeposedKey, InstanceKey, ProviderConfigAddress};
use plumb_value::{Marks, Path, PathStep, Value};
use serde::Deserialize;
use serde_json::value::RawValue;

use super::text::{JsonText, compact_bounded};
use crate::{Digest, Object, Status};

/// An instance as it is in a file. What is null there is as if it were not there.
#[derive(Deserialize)]
#[serde(expecting = "an object")]
pub(super) struct InstanceForm<'a> {
    index_key: Option<serde_json::Value>,
    status: Option<String>,
    deposed: Option<String>,
    provider: Option<String>,
    schema_version: Option<u64>,
    #[serde(default, borrow, deserialize_with = "even_null")]
    attributes: Option<&'a RawValue>,
    attributes_flat: Option<BTreeMap<String, String>>,
    sensitive_attributes: Option<Vec<Vec<StepForm>>>,
    identity_schema_version: Option<u64>,
    #[serde(default, borrow)]
    identity: Option<&'a RawValue>,
    private: Option<String>,
    dependencies: Option<Vec<String>>,
    create_before_destroy: Option<bool>,
}

/// Keeps a null, which an option alone would take for an absent value.
fn even_null<'de: 'a, 'a, D: serde::Deserializer<'de>>(source: D) -> Result<Option<&'a RawValue>, D::Error> {
    <&RawValue>::deserialize(source).map(Some)
}

#[derive(Deserialize)]
#[serde(expecting = "an object")]
struct StepForm {
    #[serde(rename = "type")]
    kind: String,
    value: serde_json::Value,
}

impl InstanceForm<'_> {
    /// Which instance it is.
    pub(super) fn key(&self) -> Result<InstanceKey, String> {
        match &self.index_key {
            None | Some(serde_json::Value::Null) => Ok(InstanceKey::None),
            Some(serde_json::Value::String(text)) => Ok(InstanceKey::String(text.as_str().into())),
            Some(serde_json::Value::Number(number)) => number
                .as_i64()
                .map(InstanceKey::Int)
                .ok_or_else(|| format!("the index_key {number} is no whole number")),
            Some(_) => Err("the index_key is neither a whole number nor a string".to_owned()),
        }
    }

    /// Who takes care of it, where the resource does not say so for all of them.
    pub(super) fn provider(&self) -> Option<&str> {
        self.provider.as_deref().filter(|provider| !provider.is_empty())
    }

    /// Which object of the instance it is, where it is not the current one.
    pub(super) fn deposed_key(&self) -> Option<DeposedKey> {
        self.deposed.as_deref().filter(|key| !key.is_empty()).map(|key| DeposedKey(key.into()))
    }

    /// The object.
    pub(super) fn object(self, blocks: &mut KnownBlocks) -> Result<Object, String> {
        let status = match self.status.as_deref() {
            None | Some("") => Status::Ready,
            Some("tainted") => Status::Tainted,
            Some(other) => return Err(format!("the status {other:?} is not known")),
        };
        let (attributes, flat) = match (self.attributes_flat, self.attributes) {
            (Some(flat), _) => (flat_attributes(&flat), true),
            (None, Some(raw)) => (compact_bounded(raw.get())?, false),
            (None, None) => ("{}".to_owned(), false),
        };
        let private = self.private.unwrap_or_default();
        let private =
            STANDARD.decode(private).map_err(|error| format!("private is not valid base64: {error}"))?;
        let dependencies = blocks.list(self.dependencies.unwrap_or_default())?;
        let version = self.identity_schema_version.unwrap_or_default();
        let identity = self.identity.map(|raw| compact_bounded(raw.get())).transpose()?;
        let identity = identity.map(|text| (version, text.into()));
        Ok(Object {
            schema_version: self.schema_version.unwrap_or_default(),
            attributes: attributes.into(),
            flat,
            sensitive: read_paths(self.sensitive_attributes.unwrap_or_default())?,
            status,
            private,
            dependencies,
            create_before_destroy: self.create_before_destroy.unwrap_or_default(),
            identity,
        })
    }
}

/// Blocks that objects of one file depend on. The same few are named over and over, and all instances
/// of a resource name the same ones, so each is kept once and shared.
#[derive(Default)]
pub(super) struct KnownBlocks {
    blocks: HashMap<String, ConfigResource>,
    lists: HashMap<Vec<String>, Arc<[ConfigResource]>>,
}

impl KnownBlocks {
    fn list(&mut self, texts: Vec<String>) -> Result<Arc<[ConfigResource]>, String> {
        if let Some(list) = self.lists.get(&texts) {
            return Ok(list.clone());
        }
        let list: Result<Arc<[ConfigResource]>, String> = texts.iter().map(|text| self.block(text)).collect();
        let list = list?;
        self.lists.insert(texts, list.clone());
        Ok(list)
    }

    fn block(&mut self, text: &str) -> Result<ConfigResource, String> {
        if let Some(block) = self.blocks.get(text) {
            return Ok(block.clone());
        }
        let block = ConfigResource::parse(text)
            .map_err(|error| format!("the dependency {text:?} is no resource: {error}"))?;
        self.blocks.insert(text.to_owned(), block.clone());
        Ok(block)
    }
}

/// A flat map of texts as JSON without blanks.
pub(super) fn flat_attributes(flat: &BTreeMap<String, String>) -> String {
    let mut text = JsonText::compact();
    text.open('{');
    for (key, value) in flat {
        text.string_field(key, value);
    }
    text.close('}');
    text.finish()
}

fn read_paths(paths: Vec<Vec<StepForm>>) -> Result<Vec<(Path, Marks)>, String> {
    paths
        .into_iter()
        .map(|steps| {
            let steps: Result<Vec<PathStep>, String> = steps.iter().map(read_step).collect();
            Ok((Path(steps?), Marks::SENSITIVE))
        })
        .collect()
}

fn read_step(step: &StepForm) -> Result<PathStep, String> {
    let unknown =
        || format!("sensitive_attributes has a step of type {:?} that is not understood", step.kind);
    match (step.kind.as_str(), &step.value) {
        ("get_attr", serde_json::Value::String(name)) => Ok(PathStep::Attribute(name.as_str().into())),
        ("index", serde_json::Value::Object(key)) => match key.get("value") {
            Some(serde_json::Value::String(text)) => Ok(PathStep::Index(Value::string(text.as_str()))),
            Some(serde_json::Value::Number(number)) => {
                number.as_i64().map(|number| PathStep::Index(Value::number(number))).ok_or_else(unknown)
            }
            _ => Err(unknown()),
        },
        _ => Err(unknown()),
    }
}

/// Where an object stands in a state.
#[derive(Clone, Copy)]
pub(super) struct Slot<'a> {
    pub(super) key: &'a InstanceKey,
    pub(super) deposed: Option<&'a DeposedKey>,
    /// Who takes care of it, where the resource does not say so for all of them.
    pub(super) provider: Option<&'a ProviderConfigAddress>,
}

/// Writes an object as an instance of a file, with what tells it from others of its resource.
pub(super) fn write_instance(text: &mut JsonText, slot: Slot<'_>, object: &Object) {
    text.open('{');
    match slot.key {
        InstanceKey::None => {}
        InstanceKey::Int(number) => text.literal_field("index_key", number),
        InstanceKey::String(name) => text.string_field("index_key", name),
    }
    if object.status == Status::Tainted {
        text.string_field("status", "tainted");
    }
    if let Some(key) = slot.deposed {
        text.string_field("deposed", &key.0);
    }
    if let Some(provider) = slot.provider {
        text.string_field("provider", &provider.to_string());
    }
    text.literal_field("schema_version", object.schema_version);
    text.key(if object.flat { "attributes_flat" } else { "attributes" });
    text.raw(&object.attributes);
    text.key("sensitive_attributes");
    write_paths(text, &object.sensitive);
    if let Some((version, identity)) = &object.identity {
        text.literal_field("identity_schema_version", version);
        text.key("identity");
        text.raw(identity);
    }
    if !object.private.is_empty() {
        text.string_field("private", &STANDARD.encode(&object.private));
    }
    if !object.dependencies.is_empty() {
        text.key("dependencies");
        text.open('[');
        for dependency in object.dependencies.iter() {
            text.string(&dependency.to_string());
        }
        text.close(']');
    }
    if object.create_before_destroy {
        text.literal_field("create_before_destroy", true);
    }
    text.close('}');
}

fn write_paths(text: &mut JsonText, paths: &[(Path, Marks)]) {
    text.open('[');
    for (path, _) in paths.iter().filter(|(_, marks)| marks.is_sensitive()) {
        text.open('[');
        for step in &path.0 {
            // Only what a file can name: a step to an element of a set is none, and what is in
            // front of it says it all.
            if !write_step(text, step) {
                break;
            }
        }
        text.close(']');
    }
    text.close(']');
}

fn write_step(text: &mut JsonText, step: &PathStep) -> bool {
    let index = |text: &mut JsonText| {
        text.open('{');
        text.string_field("type", "index");
        text.key("value");
        text.open('{');
        text.key("value");
    };
    match step {
        PathStep::Attribute(name) => {
            text.open('{');
            text.string_field("type", "get_attr");
            text.string_field("value", name);
        }
        PathStep::Index(key) => {
            let number = key.as_number().and_then(plumb_value::Number::to_i64);
            if let Some(name) = key.as_str() {
                index(text);
                text.string(name);
                text.string_field("type", "string");
            } else if let Some(number) = number {
                index(text);
                text.literal(number);
                text.string_field("type", "number");
            } else {
                return false;
            }
            text.close('}');
        }
    }
    text.close('}');
    true
}

impl Object {
    /// The object alone, as JSON without blanks. Whatever says the same has the same text.
    pub fn to_json(&self) -> String {
        let mut text = JsonText::compact();
        let slot = Slot { key: &InstanceKey::None, deposed: None, provider: None };
        write_instance(&mut text, slot, self);
        text.finish()
    }

    /// Reads what [`Object::to_json`] wrote.
    pub fn from_json(json: &str) -> Result<Object, String> {
        let form: InstanceForm<'_> = serde_json::from_str(json).map_err(|error| error.to_string())?;
        form.object(&mut KnownBlocks::default())
    }

    /// Names what the object says, so that two records can be told apart without their content.
    pub fn digest(&self) -> Digest {
        Digest::of(self.to_json().as_bytes())
    }
}

/// The same for objects that are shared.
pub(crate) fn digest_of(object: Option<&Arc<Object>>) -> Option<Digest> {
    object.map(|object| object.digest())
}
