//! Plans made from captured documents: what the peer's own plan says, as our structures.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use plumb_address::{
    AbsResourceInstance, ConfigModule, DeposedKey, InstanceKey, Mode, ModuleInstance, ProviderAddress,
    ProviderConfigAddress, Target,
};
use plumb_configuration::{Config, NoInstalledModules};
use plumb_plan::{
    Action, Change, ChangeReason, ChangeRecord, ModuleOutputs, OutputChange, Plan, PlanMode, PlanOptions,
    StepGraph, VariableValue,
};
use plumb_schema::{Attribute, Block, NestedBlock, NestedType, Nesting, Schema};
use plumb_source::{MemoryFiles, SourceMap};
use plumb_state::{CheckResult, CheckStatus, Object, Output, State, Status};
use plumb_value::{Marks, Path as ValuePath, PathStep, Type, Value, json};
use serde_json::Value as Json;

pub(crate) struct Case {
    pub(crate) document: Json,
    pub(crate) plan: Plan,
    pub(crate) config: Config,
    pub(crate) schemas: BTreeMap<(String, Mode, String), Arc<Schema>>,
}

impl Case {
    pub(crate) fn load(name: &str) -> Case {
        let directory = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/captured").join(name);
        let read = |file: &str| -> Json {
            let text = std::fs::read_to_string(directory.join(file)).expect("the capture is there");
            serde_json::from_str(&text).expect("the capture is JSON")
        };
        let document = read("plan.json");
        let schemas = schemas(&read("schemas.json"));
        let config = config(&directory);
        let plan = Plan { module_outputs: module_outputs(&document, &config), ..plan(&document, &schemas) };
        Case { document, plan, config, schemas }
    }

    pub(crate) fn schema(&self, provider: &ProviderAddress, mode: Mode, kind: &str) -> Option<Arc<Schema>> {
        self.schemas.get(&(provider.to_string(), mode, kind.to_owned())).cloned()
    }
}

fn config(directory: &Path) -> Config {
    let mut files = MemoryFiles::new();
    for part in ["config", "mod", "mod/inner"] {
        if let Ok(text) = std::fs::read_to_string(directory.join(part).join("main.tf")) {
            files.insert(Path::new("/").join(part).join("main.tf"), text);
        }
    }
    let (config, diagnostics) =
        plumb_configuration::load(&files, &SourceMap::new(), Path::new("/config"), &NoInstalledModules);
    assert!(!diagnostics.has_errors(), "{diagnostics:?}");
    config
}

fn schemas(document: &Json) -> BTreeMap<(String, Mode, String), Arc<Schema>> {
    let mut all = BTreeMap::new();
    for (provider, entry) in document.as_object().expect("providers") {
        for (key, mode) in [("resource_schemas", Mode::Managed), ("data_source_schemas", Mode::Data)] {
            for (kind, schema) in entry[key].as_object().into_iter().flatten() {
                let schema = Schema {
                    version: schema["version"].as_u64().unwrap_or(0),
                    block: block(&schema["block"]),
                };
                all.insert((provider.clone(), mode, kind.clone()), Arc::new(schema));
            }
        }
    }
    all
}

fn block(document: &Json) -> Block {
    Block {
        attributes: attributes(&document["attributes"]),
        blocks: members(&document["block_types"])
            .map(|(name, nested)| {
                let nesting = nesting(&nested["nesting_mode"]);
                let nested =
                    NestedBlock { block: block(&nested["block"]), nesting, min_items: 0, max_items: 0 };
                (name, nested)
            })
            .collect(),
        ..Block::default()
    }
}

fn attributes(document: &Json) -> BTreeMap<Arc<str>, Attribute> {
    let attribute = |document: &Json| {
        let flag = |name: &str| document[name].as_bool().unwrap_or(false);
        let nested = document.get("nested_type").map(|nested| {
            let attributes = attributes(&nested["attributes"]);
            Box::new(NestedType { attributes, nesting: nesting(&nested["nesting_mode"]) })
        });
        let ty = match &nested {
            Some(nested) => nested.implied_type(),
            None => json::decode_type(&document["type"].to_string()).expect("a type"),
        };
        Attribute {
            nested,
            sensitive: flag("sensitive"),
            write_only: flag("write_only"),
            ..Attribute::new(ty)
        }
    };
    members(document).map(|(name, document)| (name, attribute(document))).collect()
}

fn members(document: &Json) -> impl Iterator<Item = (Arc<str>, &Json)> {
    document.as_object().into_iter().flatten().map(|(name, value)| (name.as_str().into(), value))
}

fn nesting(document: &Json) -> Nesting {
    match document.as_str() {
        Some("single") => Nesting::Single,
        Some("group") => Nesting::Group,
        Some("set") => Nesting::Set,
        Some("map") => Nesting::Map,
        _ => Nesting::List,
    }
}

/// A value of a type from its known part and the shapes of what is unknown and what is sensitive.
fn value(known: &Json, unknown: &Json, sensitive: &Json, ty: &Type) -> Value {
    let marks = if sensitive == &Json::Bool(true) { Marks::SENSITIVE } else { Marks::NONE };
    if unknown == &Json::Bool(true) {
        // The shape of sensitivity tells what kind of thing an unknown one is.
        let ty = match (ty, sensitive) {
            (Type::Dynamic, Json::Object(_)) => Type::object::<&str>([]),
            (Type::Dynamic, Json::Array(_)) => Type::tuple([]),
            (ty, _) => ty.clone(),
        };
        return Value::unknown(ty).with_marks(marks);
    }
    let part = |name: &str, ty: &Type| value(&known[name], &unknown[name], &sensitive[name], ty);
    let names = || {
        let unknown = unknown.as_object().into_iter().flatten().filter(|(_, shape)| has_unknown(shape));
        known.as_object().into_iter().flatten().chain(unknown).map(|(name, _)| name.clone())
    };
    let elements = |element: &dyn Fn(usize) -> Type| -> Vec<Value> {
        let known = known.as_array().map_or(&[][..], Vec::as_slice);
        (0..known.len()).map(|at| value(&known[at], &unknown[at], &sensitive[at], &element(at))).collect()
    };
    let built = match (known, ty) {
        (Json::Null, ty) if !has_unknown(unknown) => Value::null(ty.clone()),
        (Json::Bool(value), _) => Value::bool(*value),
        (Json::Number(number), _) => {
            json::decode(&number.to_string(), &Type::Number).expect("a number that is in JSON")
        }
        (Json::String(text), _) => Value::string(text.as_str()),
        (_, Type::List(element)) => Value::list((**element).clone(), elements(&|_| (**element).clone())),
        (_, Type::Set(element)) => Value::set((**element).clone(), elements(&|_| (**element).clone())),
        (_, Type::Map(element)) => {
            Value::map((**element).clone(), names().map(|name| (name.clone(), part(&name, element))))
        }
        (_, Type::Object(object)) => {
            Value::object(object.attributes().iter().map(|(name, ty)| (name.clone(), part(name, ty))))
        }
        (Json::Array(_), _) => Value::tuple(elements(&|_| Type::Dynamic)),
        _ => Value::object(names().map(|name| (name.clone(), part(&name, &Type::Dynamic)))),
    };
    built.with_marks(marks)
}

fn has_unknown(shape: &Json) -> bool {
    match shape {
        Json::Bool(value) => *value,
        Json::Array(values) => values.iter().any(has_unknown),
        Json::Object(values) => values.values().any(has_unknown),
        _ => false,
    }
}

const NOTHING: Json = Json::Null;

fn change(document: &Json, schemas: &BTreeMap<(String, Mode, String), Arc<Schema>>) -> Change {
    let text = |name: &str| document[name].as_str();
    let address = text("address").expect("every change has an address");
    let provider = text("provider_name").expect("every change has a provider");
    let mode = if text("mode") == Some("data") { Mode::Data } else { Mode::Managed };
    let kind = text("type").expect("every change has a type").to_owned();
    let schema = schemas.get(&(provider.to_owned(), mode, kind)).expect("the schema was captured").clone();
    let inner = &document["change"];
    let ty = schema.block.implied_type();
    Change {
        address: instance(address),
        previous_address: text("previous_address").map(instance).map(Box::new),
        deposed: text("deposed").map(|key| DeposedKey(key.into())),
        provider: provider_config(provider),
        action: action(&inner["actions"]),
        reason: text("action_reason").map(reason),
        before: value(&inner["before"], &NOTHING, &inner["before_sensitive"], &ty),
        after: value(&inner["after"], &inner["after_unknown"], &inner["after_sensitive"], &ty),
        requires_replace: inner["replace_paths"].as_array().into_iter().flatten().map(path).collect(),
        planned_private: Vec::new(),
        importing: inner["importing"]["id"].as_str().map(|id| plumb_plan::ImportKey::Id(id.into())),
        generated_config: inner["generated_config"].as_str().map(Arc::from),
        schema,
        dependencies: Arc::new([]),
        create_before_destroy: false,
        unrefreshed: false,
    }
}

fn instance(text: &str) -> AbsResourceInstance {
    match Target::parse(text).expect("a captured address can be read") {
        Target::Instance(instance) => instance,
        Target::Resource(resource) => resource.instance(InstanceKey::None),
        Target::Module(_) => panic!("{text} is no resource"),
    }
}

fn provider_config(text: &str) -> ProviderConfigAddress {
    let provider = ProviderAddress::parse(text).expect("a captured provider can be read");
    ProviderConfigAddress::new(ConfigModule::root(), provider, None)
}

fn path(document: &Json) -> ValuePath {
    let steps = document.as_array().into_iter().flatten().map(|step| match step {
        Json::String(name) => PathStep::Attribute(name.as_str().into()),
        other => PathStep::Index(value(other, &NOTHING, &NOTHING, &Type::Dynamic)),
    });
    ValuePath(steps.collect())
}

fn action(document: &Json) -> Action {
    use Action::*;
    let names: Vec<&str> = document.as_array().into_iter().flatten().filter_map(Json::as_str).collect();
    let all = [NoOp, Create, Read, Update, Delete, DeleteThenCreate, CreateThenDelete, Forget];
    all.into_iter().find(|action| action.names() == names).expect("a known action")
}

fn reason(name: &str) -> ChangeReason {
    use ChangeReason::*;
    let all = [
        ReplaceBecauseTainted,
        ReplaceByRequest,
        ReplaceByTriggers,
        ReplaceBecauseCannotUpdate,
        DeleteBecauseNoResourceConfig,
        DeleteBecauseWrongRepetition,
        DeleteBecauseCountIndex,
        DeleteBecauseEachKey,
        DeleteBecauseNoModule,
        DeleteBecauseNoMoveTarget,
        ReadBecauseConfigUnknown,
        ReadBecauseDependencyPending,
        ReadBecauseCheckNested,
    ];
    all.into_iter().find(|reason| reason.name() == name).expect("a known reason")
}

fn plan(document: &Json, schemas: &BTreeMap<(String, Mode, String), Arc<Schema>>) -> Plan {
    let changes = |name: &str| -> Vec<Change> {
        document[name].as_array().into_iter().flatten().map(|one| change(one, schemas)).collect()
    };
    let drift = changes("resource_drift");
    let only_looks = !drift.is_empty() && document.get("resource_changes").is_none();
    let mode = if only_looks { PlanMode::RefreshOnly } else { PlanMode::Normal };
    Plan {
        options: PlanOptions { mode, ..PlanOptions::default() },
        changes: changes("resource_changes"),
        drift,
        outputs: members(&document["output_changes"]).map(|(name, one)| output(name, one)).collect(),
        module_outputs: Vec::new(),
        planned: Vec::new(),
        prior_state: Arc::new(state(&document["prior_state"], schemas)),
        previous_state: Arc::default(),
        checks: document["checks"].as_array().into_iter().flatten().map(check).collect(),
        steps: StepGraph::default(),
        variables: members(&document["variables"])
            .map(|(name, one)| {
                let value = value(&one["value"], &NOTHING, &NOTHING, &Type::Dynamic);
                (
                    name.clone(),
                    VariableValue { value, given: None, is_default: false, ephemeral: false, name },
                )
            })
            .collect(),
        record: ChangeRecord {
            timestamp: document["timestamp"].as_str().unwrap_or_default().to_owned(),
            ..ChangeRecord::default()
        },
        errored: false,
    }
}

/// Outputs of the module instances in which there are resources. None of the captured ones is null.
fn module_outputs(document: &Json, config: &Config) -> Vec<ModuleOutputs> {
    let mut found = Vec::new();
    let mut modules = vec![&document["planned_values"]["root_module"]];
    while let Some(module) = modules.pop() {
        modules.extend(module["child_modules"].as_array().into_iter().flatten());
        let Some(address) = module["address"].as_str() else { continue };
        let module = ModuleInstance::parse(address).expect("an address");
        let outputs = config.find(&module.config()).map(|module| &module.outputs);
        found.push(ModuleOutputs {
            module,
            names: outputs
                .into_iter()
                .flat_map(|outputs| outputs.iter())
                .map(|(name, _)| name.clone())
                .collect(),
        });
    }
    found
}

fn output(name: Arc<str>, document: &Json) -> OutputChange {
    OutputChange {
        name,
        action: action(&document["actions"]),
        before: value(&document["before"], &NOTHING, &NOTHING, &Type::Dynamic),
        after: value(&document["after"], &document["after_unknown"], &NOTHING, &Type::Dynamic),
        sensitive: document["after_sensitive"] == Json::Bool(true),
    }
}

fn state(document: &Json, schemas: &BTreeMap<(String, Mode, String), Arc<Schema>>) -> State {
    let mut state = State::default();
    for (name, output) in members(&document["values"]["outputs"]) {
        let ty = json::decode_type(&output["type"].to_string()).expect("a type");
        let value = value(&output["value"], &NOTHING, &NOTHING, &ty);
        state.outputs.insert(name, Output { value, sensitive: output["sensitive"] == Json::Bool(true) });
    }
    let mut modules = vec![&document["values"]["root_module"]];
    while let Some(module) = modules.pop() {
        modules.extend(module["child_modules"].as_array().into_iter().flatten());
        for resource in module["resources"].as_array().into_iter().flatten() {
            record(&mut state, resource, schemas);
        }
    }
    state
}

fn record(state: &mut State, document: &Json, schemas: &BTreeMap<(String, Mode, String), Arc<Schema>>) {
    let text = |name: &str| document[name].as_str().expect("every resource has it");
    let mode = if text("mode") == "data" { Mode::Data } else { Mode::Managed };
    let schema = &schemas[&(text("provider_name").to_owned(), mode, text("type").to_owned())];
    let ty = schema.block.implied_type();
    let value = value(&document["values"], &NOTHING, &document["sensitive_values"], &ty);
    let object = Object::encode(&value, &ty, schema.version).expect("captured values fit their schema");
    let dependencies = document["depends_on"].as_array().into_iter().flatten().filter_map(Json::as_str);
    let dependencies = dependencies.filter_map(|one| Target::parse(one).ok()?.config());
    let status = if document["tainted"] == Json::Bool(true) { Status::Tainted } else { Status::Ready };
    let object = Object { dependencies: dependencies.collect(), status, ..object };
    state.update_instance(&instance(text("address")), &provider_config(text("provider_name")), |instance| {
        instance.current = Some(Arc::new(object));
    });
}

fn check(document: &Json) -> CheckResult {
    let status = |document: &Json| match document["status"].as_str() {
        Some("pass") => CheckStatus::Pass,
        Some("fail") => CheckStatus::Fail,
        Some("error") => CheckStatus::Error,
        _ => CheckStatus::Unknown,
    };
    let display = |document: &Json| document["address"]["to_display"].as_str().unwrap_or_default().into();
    let kind = document["address"]["kind"].as_str().unwrap_or_default();
    CheckResult {
        object_kind: if kind == "output_value" { "output" } else { kind }.into(),
        config_address: display(document),
        status: status(document),
        objects: document["instances"]
            .as_array()
            .into_iter()
            .flatten()
            .map(|one| (display(one), status(one), Vec::new()))
            .collect(),
    }
}
