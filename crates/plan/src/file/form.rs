//! How a plan lies in `plan.json`.
//!
//! Field for field what [`crate::Plan`] has, with addresses as text and values by place. What a
//! reader does not know is an error: a plan must not be applied half understood.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::ChangeRecord;

/// The first thing to be read, in every version of the format.
#[derive(Serialize, Deserialize)]
pub(super) struct HeaderForm {
    pub(super) format: u64,
    #[serde(default)]
    pub(super) version: String,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PlanForm {
    pub(super) options: OptionsForm,
    pub(super) record: ChangeRecord,
    pub(super) errored: bool,
    pub(super) changes: Vec<ChangeForm>,
    pub(super) drift: Vec<ChangeForm>,
    pub(super) outputs: Vec<OutputForm>,
    /// Module instance, names.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) module_outputs: Vec<(String, Vec<String>)>,
    pub(super) planned: Vec<PlannedForm>,
    pub(super) checks: Vec<CheckForm>,
    pub(super) steps: Vec<StepForm>,
    pub(super) variables: BTreeMap<String, VariableForm>,
    /// Types of values, each once.
    pub(super) types: Vec<Box<RawValue>>,
    /// Provider configurations, each once.
    pub(super) providers: Vec<String>,
    /// Resources that others depend on, each once.
    pub(super) resources: Vec<String>,
    /// Lists of such resources, each once: many changes share theirs.
    pub(super) dependencies: Vec<Vec<u32>>,
    /// Paths of the configuration's files.
    pub(super) files: Vec<String>,
    /// Entries that not every plan has and this one does, so that none can get lost unseen.
    pub(super) entries: Vec<String>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct OptionsForm {
    pub(super) mode: String,
    pub(super) refresh: bool,
    /// Whether only what changes was looked at.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(super) light: bool,
    pub(super) targets: Vec<String>,
    pub(super) excludes: Vec<String>,
    pub(super) replace: Vec<String>,
    pub(super) parallelism: usize,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ChangeForm {
    pub(super) address: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) previous_address: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) deposed: Option<String>,
    pub(super) provider: u32,
    pub(super) actions: Vec<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) reason: Option<String>,
    pub(super) before: ValueForm,
    pub(super) after: ValueForm,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) requires_replace: Vec<PathForm>,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub(super) private: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) importing: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) importing_identity: Option<(u64, String)>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) generated_config: Option<String>,
    pub(super) dependencies: u32,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(super) create_before_destroy: bool,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(super) unrefreshed: bool,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct OutputForm {
    pub(super) name: String,
    pub(super) actions: Vec<String>,
    pub(super) before: ValueForm,
    pub(super) after: ValueForm,
    pub(super) sensitive: bool,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PlannedForm {
    pub(super) address: String,
    pub(super) provider: u32,
    pub(super) value: ValueForm,
}

#[derive(Serialize, Deserialize, PartialEq, Eq, PartialOrd, Ord)]
#[serde(deny_unknown_fields)]
pub(super) struct CheckForm {
    pub(super) kind: String,
    pub(super) address: String,
    pub(super) status: String,
    /// Address, status, messages.
    pub(super) objects: Vec<(String, String, Vec<String>)>,
}

/// Kind, change, steps before.
pub(super) type StepForm = (String, Option<u32>, Vec<u32>);

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct VariableForm {
    /// None for variables that must not be stored.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) value: Option<ValueForm>,
    /// None where it is the value.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) given: Option<ValueForm>,
    pub(super) is_default: bool,
    pub(super) ephemeral: bool,
}

/// A value: its bytes in `values.msgpack`, its type, and where marks are.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ValueForm {
    /// Position in the table of types.
    #[serde(rename = "type")]
    pub(super) ty: u32,
    /// Offset and length in bytes.
    pub(super) at: (u64, u64),
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) sensitive: Vec<PathForm>,
}

pub(super) type PathForm = Vec<StepOfPathForm>;

/// One step of a path.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum StepOfPathForm {
    /// To an attribute of an object.
    Attribute(String),
    /// To an element of a map.
    Key(String),
    /// To an element of a list or tuple.
    Index(i64),
    /// To an element of a set, which is named by itself.
    Element(ValueForm),
}
