//! `terraform_remote_state`: the outputs of another state.
//!
//! Responsible for checking the configuration and for putting the object together. Where states
//! are and how they are read is not known here: the caller brings [`RemoteStates`].

use std::collections::BTreeMap;
use std::sync::Arc;

use async_trait::async_trait;
use plumb_value::{Type, Value};

use super::schema::remote_state_type;
use crate::framework::{Problem, Problems, problem, problem_at, quoted};

/// The data source.
pub(super) const KIND: &str = "terraform_remote_state";

/// Reads states other than the one at work.
#[async_trait]
pub trait RemoteStates: Send + Sync {
    /// Checks where to read from, without going there. The configuration is wholly known, and an
    /// object.
    async fn check(&self, backend: &str, config: &Value) -> Result<(), RemoteStateError>;

    /// The outputs of a state's root module, without marks; `None` where there is no such state.
    async fn outputs(
        &self,
        request: RemoteStateRequest,
    ) -> Result<Option<BTreeMap<Arc<str>, Value>>, RemoteStateError>;
}

/// Which state to read.
#[derive(Clone, Debug, PartialEq)]
pub struct RemoteStateRequest {
    /// The kind of backend, such as `local`.
    pub backend: Arc<str>,
    /// The backend's configuration: an object, wholly known.
    pub config: Value,
    /// The workspace.
    pub workspace: Arc<str>,
}

/// Why a state could not be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RemoteStateError {
    /// There is no such kind of backend.
    UnknownBackend,
    /// The configuration does not fit the backend; says how, to go on from "is not valid: ".
    InvalidConfig(String),
    /// The state could not be reached or read.
    Failed {
        /// Headline.
        summary: String,
        /// Explanation.
        detail: String,
    },
}

/// Backends that earlier versions of Terraform had.
const REMOVED: [&str; 5] = ["artifactory", "etcd", "etcdv3", "manta", "swift"];

impl RemoteStateError {
    fn into_problem(self, backend: &str) -> Problem {
        const INVALID: &str = "Invalid backend configuration";
        let name = quoted(backend);
        match self {
            RemoteStateError::UnknownBackend if REMOVED.contains(&backend) => problem_at(
                "backend",
                INVALID,
                format!("The {name} backend is not supported in Terraform v1.3 or later."),
            ),
            RemoteStateError::UnknownBackend => {
                problem_at("backend", INVALID, format!("There is no backend type named {name}."))
            }
            RemoteStateError::InvalidConfig(reason) => problem_at(
                "config",
                INVALID,
                format!("The given configuration is not valid for backend {name}: {reason}."),
            ),
            RemoteStateError::Failed { summary, detail } => problem(summary, detail),
        }
    }
}

pub(super) async fn validate(states: &dyn RemoteStates, config: &Value) -> Problems {
    let mut problems = Problems::new();
    let attribute = |name| config.part(name).cloned().unwrap_or_else(|| Value::null(Type::Dynamic));
    let (backend, settings) = (attribute("backend"), attribute("config"));
    match backend.as_str() {
        Some(backend) if settings.is_wholly_known() => {
            let checked = match settings_of(&settings) {
                Some(settings) => states.check(canonical(backend), &settings).await,
                None => Err(RemoteStateError::InvalidConfig("an object is required".to_owned())),
            };
            problems.extend(checked.err().map(|error| error.into_problem(backend)));
        }
        _ if !may_be_object(&settings) => problems.push(problem_at(
            "config",
            "Invalid backend configuration",
            "The configuration must be an object value.",
        )),
        _ => {}
    }
    if !may_be_object(&attribute("defaults")) {
        problems.push(problem_at(
            "defaults",
            "Invalid default values",
            "Defaults must be given in an object value.",
        ));
    }
    problems
}

pub(super) async fn read(states: &dyn RemoteStates, config: &Value) -> Result<Value, Problem> {
    let attribute = |name| config.part(name).cloned().unwrap_or_else(|| Value::null(Type::Dynamic));
    let (backend, settings) = (attribute("backend"), attribute("config"));
    let (defaults, workspace) = (attribute("defaults"), attribute("workspace"));
    let name = backend.as_str().unwrap_or_default();
    let invalid = || RemoteStateError::InvalidConfig("an object is required".to_owned());
    let request = RemoteStateRequest {
        backend: canonical(name).into(),
        config: settings_of(&settings).ok_or_else(|| invalid().into_problem(name))?,
        workspace: workspace.as_text().cloned().unwrap_or_else(|| "default".into()),
    };
    let found = states.outputs(request).await.map_err(|error| error.into_problem(name))?;
    let Some(found) = found else {
        return Err(problem_at(
            "workspace",
            "Unable to find remote state",
            "No stored state was found for the given workspace in the given backend.",
        ));
    };
    let mut outputs: BTreeMap<Arc<str>, Value> = BTreeMap::new();
    for (name, value) in defaults.entries().unwrap_or_default() {
        outputs.insert(name.clone(), value.clone());
    }
    outputs.extend(found);
    // In the order of the attributes' names.
    Ok(Value::object_of(
        remote_state_type().clone(),
        [backend.clone(), settings.clone(), defaults.clone(), Value::object(outputs), workspace.clone()],
    ))
}

/// The old name of the local backend is taken still.
fn canonical(backend: &str) -> &str {
    if backend == "_local" { "local" } else { backend }
}

/// A backend's configuration as an object: nothing is an empty one, and a map will do.
fn settings_of(settings: &Value) -> Option<Value> {
    if settings.is_null() {
        return Some(Value::object::<&str>([]));
    }
    let entries = settings.entries()?;
    Some(Value::object(entries.into_iter().map(|(name, value)| (name.clone(), value.clone()))))
}

fn may_be_object(value: &Value) -> bool {
    matches!(value.ty(), Type::Dynamic | Type::Object(_) | Type::Map(_))
}
