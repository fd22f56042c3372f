//! A configuration in memory whose resources have values that are made up here.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use plumb_configuration::{Config, Given, NoInstalledModules, load};
use plumb_diagnostics::Diagnostics;
use plumb_evaluator::{
    CellKey, Environment, Evaluator, Frame, Index, InstanceAddress, Objects, Outcome, Phase, ProviderSchemas,
    Scope,
};
use plumb_schema::{Attribute, Block, NestedBlock, Nesting, Schema};
use plumb_source::{MemoryFiles, SourceMap};
use plumb_value::{Type, Value};

/// Resources have an `id`, which is their address, and whatever `name` and `any` say. Those of a
/// type that ends in `_later` have an `id` that nobody knows.
pub(crate) struct Fake {
    schema: Arc<Schema>,
    /// Addresses in the order in which they were asked for.
    pub(crate) asked: Mutex<Vec<String>>,
}

fn optional(ty: Type) -> Attribute {
    Attribute { optional: true, ..Attribute::new(ty) }
}

/// What every resource looks like.
pub(crate) fn schema() -> Schema {
    let inner = |nesting, min_items, max_items| {
        let attributes = [("port".into(), Attribute { required: true, ..Attribute::new(Type::Number) })]
            .into_iter()
            .collect();
        NestedBlock { block: Block { attributes, ..Block::default() }, nesting, min_items, max_items }
    };
    Schema {
        version: 0,
        block: Block {
            attributes: [
                ("id".into(), Attribute { computed: true, ..Attribute::new(Type::String) }),
                ("name".into(), optional(Type::String)),
                ("any".into(), optional(Type::Dynamic)),
                ("tags".into(), optional(Type::map(Type::String))),
            ]
            .into_iter()
            .collect(),
            blocks: [
                ("rule".into(), inner(Nesting::List, 0, 3)),
                ("only".into(), inner(Nesting::Single, 0, 0)),
                ("named".into(), inner(Nesting::Map, 0, 0)),
                ("some".into(), inner(Nesting::Set, 0, 0)),
            ]
            .into_iter()
            .collect(),
            ..Block::default()
        },
    }
}

#[async_trait]
impl ProviderSchemas for Fake {
    async fn provider_schema(&self, _: &plumb_address::ProviderAddress) -> Result<Arc<Schema>, Diagnostics> {
        Ok(self.schema.clone())
    }

    async fn object_type(&self, _: &plumb_configuration::ResourceBlock) -> plumb_value::Type {
        self.schema.block.implied_type()
    }
}

#[async_trait]
impl Objects for Fake {
    fn schemas(&self) -> &dyn ProviderSchemas {
        self
    }

    async fn instance(
        &self,
        evaluator: &Arc<Evaluator>,
        instance: &InstanceAddress,
        frame: &mut Frame,
    ) -> Outcome {
        let config = evaluator.config().clone();
        let Some(block) = config.module(instance.module.module).resources.get(&instance.address.resource)
        else {
            return Outcome::failed();
        };
        let scope =
            Scope::instance(instance.module.clone(), instance.key.clone(), instance.each_value.clone());
        if evaluator.value(CellKey::Gate(instance.module.id), frame).await.failed {
            return Outcome::failed();
        }
        for reference in &block.depends_on {
            if evaluator.depend(reference, &scope, frame).await.failed {
                return Outcome::failed();
            }
        }
        let decoded = evaluator.decode(&block.body, &self.schema.block, &scope, frame).await;
        if decoded.failed {
            return Outcome::failed();
        }
        let address = instance.address.to_string();
        self.asked.lock().unwrap_or_else(PoisonError::into_inner).push(address.clone());
        let is_later = block.resource.kind.ends_with("_later");
        let mut attributes: BTreeMap<Arc<str>, Value> = decoded
            .value
            .entries()
            .unwrap_or_default()
            .into_iter()
            .map(|(name, value)| (name.clone(), value.clone()))
            .collect();
        let id =
            if is_later { Value::unknown(Type::String).refine_not_null() } else { Value::string(address) };
        attributes.insert("id".into(), id);
        Outcome::of(Value::object(attributes))
    }
}

/// A configuration that was read, and what is needed to evaluate it.
pub(crate) struct Bench {
    pub(crate) sources: Arc<SourceMap>,
    pub(crate) config: Arc<Config>,
    pub(crate) index: Arc<Index>,
    pub(crate) objects: Arc<Fake>,
}

/// Reads a configuration; what is wrong with its references is handed back too.
pub(crate) fn read(files: &[(&str, &str)]) -> (Bench, Diagnostics) {
    let files =
        files.iter().fold(MemoryFiles::new(), |files, (path, text)| files.with(path, text.as_bytes()));
    let sources = Arc::new(SourceMap::new());
    let (config, diagnostics) = load(&files, &sources, Path::new("."), &NoInstalledModules);
    assert!(!diagnostics.has_errors(), "{diagnostics:#?}");
    let (index, found) = Index::new(&config);
    let objects = Arc::new(Fake { schema: Arc::new(schema()), asked: Mutex::default() });
    (Bench { sources, config: Arc::new(config), index: Arc::new(index), objects }, found)
}

/// Reads a configuration without cycles.
pub(crate) fn bench(files: &[(&str, &str)]) -> Bench {
    let (bench, diagnostics) = read(files);
    assert!(diagnostics.is_empty(), "{diagnostics:#?}");
    bench
}

impl Bench {
    pub(crate) fn evaluator(&self, phase: Phase, variables: &[(&str, Value)]) -> Arc<Evaluator> {
        let environment = Environment {
            files: Arc::new(MemoryFiles::new()),
            workspace: "default".into(),
            now_ms: None,
            plan_time_ms: Some(0),
            random: None,
            call_provider: None,
        };
        let given = |value: &Value| Given::told(value.clone(), "by the test");
        let variables = variables.iter().map(|(name, value)| (Arc::from(*name), given(value))).collect();
        Evaluator::new(
            self.config.clone(),
            self.index.clone(),
            phase,
            environment,
            self.objects.clone(),
            variables,
        )
    }

    pub(crate) fn asked(&self) -> Vec<String> {
        self.objects.asked.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// What an output of the root module comes to: its value, or the summaries of what is wrong.
pub(crate) async fn output(evaluator: &Arc<Evaluator>, name: &str) -> Result<String, Vec<String>> {
    let outcome = evaluator.value(CellKey::Output(0, name.into()), &mut Frame::new()).await;
    let diagnostics = evaluator.take_diagnostics();
    if outcome.failed || diagnostics.has_errors() {
        Err(diagnostics.iter().map(|diagnostic| diagnostic.summary.clone()).collect())
    } else {
        Ok(format!("{:?}", outcome.value))
    }
}
