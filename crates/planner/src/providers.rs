//! Providers in use: opened once, configured once.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use plumb_address::{AbsResourceInstance, Mode, ProviderAddress, ProviderConfigAddress};
use plumb_configuration::ResourceBlock;
use plumb_diagnostics::{Diagnostic, Diagnostics, did_you_mean};
use plumb_evaluator::{CellKey, Evaluator, Frame, ModuleNode, Phase, ProviderSchemas, Scope};
use plumb_schema::{ProviderSchema, Schema};
use plumb_source::Span;
use plumb_state::{Provider, ProviderDiagnostics, Provisioners};
use plumb_value::{Type, Value};
use tokio::sync::{Mutex as AsyncMutex, OnceCell};

use crate::orphans::provider_gone;
use crate::problems::{Place, provider_problems};

/// Makes provider instances.
pub trait ProviderSource: Send + Sync {
    /// A new instance that nobody has configured. Starting what it needs may wait until it is first
    /// asked something.
    ///
    /// # Errors
    /// Where the provider is not installed or may not be used.
    fn open(&self, address: &ProviderAddress) -> Result<Arc<dyn Provider>, Diagnostics>;

    /// What runs beside the making and destroying of objects; nothing where nobody says otherwise.
    fn provisioners(&self) -> Provisioners {
        Provisioners::default()
    }
}

/// Makes what stands in for a provider out of an instance that nobody has configured.
pub type StandIn = Box<dyn FnOnce(Arc<dyn Provider>) -> Arc<dyn Provider> + Send>;

/// Knows which objects are not asked about where they are configured to be.
pub trait StandIns: Send + Sync {
    /// What stands in for a provider configuration where it is about an object; `None` where nothing does.
    fn stand_in(&self, config: &ProviderConfigAddress, object: &AbsResourceInstance) -> Option<StandIn>;
}

type SchemaCell = OnceCell<Result<Arc<ProviderSchema>, Diagnostics>>;

/// An instance and what it was configured with.
struct Configured {
    /// `None` where configuring failed: that is reported once and not tried again.
    provider: Option<Arc<dyn Provider>>,
    config: Value,
}

/// The providers of one command. Planning and applying share it, so that what planning has
/// configured serves applying too.
pub struct Providers {
    shared: Arc<Shared>,
    stand_ins: Option<Arc<dyn StandIns>>,
}

/// What is in use, whoever stands in for some of it.
struct Shared {
    source: Arc<dyn ProviderSource>,
    provisioners: Provisioners,
    schemas: Mutex<HashMap<ProviderAddress, Arc<SchemaCell>>>,
    /// Instances opened for their schema, waiting to be configured.
    spares: Mutex<HashMap<ProviderAddress, Arc<dyn Provider>>>,
    /// Configurations to which an instance that is not yet configured had nothing to say.
    valid: Mutex<Vec<(Arc<dyn Provider>, Value)>>,
    configured: Mutex<HashMap<ProviderConfigAddress, Arc<AsyncMutex<Option<Configured>>>>>,
    /// Everything opened, to be stopped together.
    opened: Mutex<Vec<Arc<dyn Provider>>>,
    ends_when_done: AtomicBool,
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[async_trait]
impl ProviderSchemas for Providers {
    async fn provider_schema(&self, address: &ProviderAddress) -> Result<Arc<Schema>, Diagnostics> {
        Ok(self.schema(address).await?.provider.clone())
    }

    async fn object_type(&self, block: &ResourceBlock) -> Type {
        self.block_schema(block).await.map_or(Type::Dynamic, |schema| schema.block.implied_type())
    }
}

impl Providers {
    /// No providers yet.
    pub fn new(source: Arc<dyn ProviderSource>) -> Arc<Self> {
        let shared = Shared {
            provisioners: source.provisioners(),
            source,
            schemas: Mutex::default(),
            spares: Mutex::default(),
            valid: Mutex::default(),
            configured: Mutex::default(),
            opened: Mutex::default(),
            ends_when_done: AtomicBool::new(false),
        };
        Arc::new(Providers { shared: Arc::new(shared), stand_ins: None })
    }

    /// The same providers, with others in the place of some.
    pub fn with_stand_ins(&self, stand_ins: Arc<dyn StandIns>) -> Arc<Self> {
        Arc::new(Providers { shared: self.shared.clone(), stand_ins: Some(stand_ins) })
    }

    /// The instance to be asked about an object, configured as [`Providers::configured`] says, or what
    /// stands in for it.
    pub async fn for_object(
        &self,
        evaluator: &Arc<Evaluator>,
        address: &ProviderConfigAddress,
        object: &AbsResourceInstance,
        frame: &mut Frame,
    ) -> Option<Arc<dyn Provider>> {
        let stand_in = self.stand_ins.as_ref().and_then(|stand_ins| stand_ins.stand_in(address, object));
        let Some(make) = stand_in else {
            // What is configured has been found before: there are many objects for each.
            let is_known = lock(&self.shared.configured).contains_key(address);
            if !is_known && !evaluator.config().has_provider_instance(address) {
                evaluator.report(provider_gone(evaluator.config(), object, None, address));
                return None;
            }
            return self.configured(evaluator, address, frame).await;
        };
        match self.unconfigured(&address.provider).await {
            Ok(real) => Some(make(real)),
            Err(diagnostics) => {
                evaluator.report(diagnostics);
                None
            }
        }
    }

    /// What runs beside the making and destroying of objects.
    pub fn provisioners(&self) -> &Provisioners {
        &self.shared.provisioners
    }

    /// What a provider says about itself; asked once.
    ///
    /// # Errors
    /// Where the provider cannot be opened or cannot say.
    pub async fn schema(&self, address: &ProviderAddress) -> Result<Arc<ProviderSchema>, Diagnostics> {
        let cell = lock(&self.shared.schemas).entry(address.clone()).or_default().clone();
        cell.get_or_init(|| async {
            let provider = self.open(address)?;
            let schema = provider.schema().await?;
            lock(&self.shared.spares).insert(address.clone(), provider);
            Ok(schema)
        })
        .await
        .clone()
    }

    fn open(&self, address: &ProviderAddress) -> Result<Arc<dyn Provider>, Diagnostics> {
        if let Some(spare) = lock(&self.shared.spares).remove(address) {
            return Ok(spare);
        }
        let provider = self.shared.source.open(address)?;
        lock(&self.shared.opened).push(provider.clone());
        Ok(provider)
    }

    /// An instance that need not be configured, such as for validating.
    ///
    /// # Errors
    /// Where the provider cannot be opened.
    pub async fn unconfigured(&self, address: &ProviderAddress) -> Result<Arc<dyn Provider>, Diagnostics> {
        self.schema(address).await?;
        if let Some(spare) = lock(&self.shared.spares).get(address) {
            return Ok(spare.clone());
        }
        let provider = self.open(address)?;
        lock(&self.shared.spares).insert(address.clone(), provider.clone());
        Ok(provider)
    }

    /// What a provider has to say of a configuration for it, values of which need not be known.
    ///
    /// # Errors
    /// Where the provider cannot be opened.
    pub async fn validate_config(
        &self,
        address: &ProviderAddress,
        config: &Value,
    ) -> Result<ProviderDiagnostics, Diagnostics> {
        let provider = self.unconfigured(address).await?;
        let (_, problems) = provider.validate_provider_config(config.clone()).await;
        if problems.is_empty() && config.is_wholly_known() {
            lock(&self.shared.valid).push((provider, config.clone()));
        }
        Ok(problems)
    }

    /// Whether just this instance has found this configuration to be in order. Large providers take a
    /// tenth of a second to find that out, and would find the same once more.
    fn is_valid(&self, provider: &Arc<dyn Provider>, config: &Value) -> bool {
        let valid = lock(&self.shared.valid);
        valid.iter().any(|(asked, known)| Arc::ptr_eq(asked, provider) && known == config)
    }

    /// The schema of a type.
    ///
    /// # Errors
    /// Where the provider has no such type or cannot say.
    pub async fn type_schema(
        &self,
        address: &ProviderAddress,
        mode: Mode,
        kind: &str,
    ) -> Result<Arc<Schema>, Diagnostics> {
        let schema = self.schema(address).await?;
        schema.table(mode).get(kind).ok_or_else(|| no_such_type(&schema, address, mode, kind).into())
    }

    /// The schema for a block, or a diagnostic that points at it.
    ///
    /// # Errors
    /// Where the provider has no such type or cannot say.
    pub async fn block_schema(&self, block: &ResourceBlock) -> Result<Arc<Schema>, Diagnostics> {
        self.type_schema(&block.provider_config.provider, block.resource.mode, &block.resource.kind)
            .await
            .map_err(|diagnostics| diagnostics.or_at(block.header))
    }

    /// As [`Providers::block_schema`]; what is wrong is reported.
    pub async fn schema_of(&self, evaluator: &Evaluator, block: &ResourceBlock) -> Option<Arc<Schema>> {
        self.block_schema(block).await.map_err(|diagnostics| evaluator.report(diagnostics)).ok()
    }

    /// The instance for a provider configuration, configured. `None` where that failed, which is
    /// reported. An instance that was configured with the very same values is used again.
    pub async fn configured(
        &self,
        evaluator: &Arc<Evaluator>,
        address: &ProviderConfigAddress,
        frame: &mut Frame,
    ) -> Option<Arc<dyn Provider>> {
        let config = evaluator.value(CellKey::Provider(address.clone()), frame).await;
        if config.failed {
            return None;
        }
        let slot = lock(&self.shared.configured).entry(address.clone()).or_default().clone();
        let mut slot = slot.lock().await;
        if let Some(configured) = &*slot
            && configured.config == config.value
        {
            return configured.provider.clone();
        }
        let provider = self.configure(evaluator, address, &config.value).await;
        *slot = Some(Configured { provider: provider.clone(), config: config.value });
        provider
    }

    async fn configure(
        &self,
        evaluator: &Evaluator,
        address: &ProviderConfigAddress,
        config: &Value,
    ) -> Option<Arc<dyn Provider>> {
        let block = evaluator.config().provider_block(address);
        let place = match block {
            Some(block) => Place { body: Some(&block.body), header: block.span },
            None => Place::NOWHERE,
        };
        let provider = match self.open(&address.provider) {
            Ok(provider) => provider,
            Err(diagnostics) => {
                evaluator.report(diagnostics.or_at(place.header));
                return None;
            }
        };
        if evaluator.phase() == Phase::Import && !config.is_wholly_known() {
            evaluator.report(unknown_configuration(address).at(place.header));
            return None;
        }
        let plain = config.unmark_deep();
        // Nothing that was made of ephemeral values is to go on after the command.
        if !config.deep_marks().is_ephemeral() && provider.reuse_configured(&plain).await {
            return Some(provider);
        }
        let mut prepared = plain.clone();
        if !self.is_valid(&provider, &plain) {
            let problems;
            (prepared, problems) = provider.validate_provider_config(plain).await;
            let failed = problems.iter().any(|problem| problem.is_error);
            evaluator.report(provider_problems(problems, place, address));
            if failed {
                return None;
            }
        }
        let problems = provider.configure(prepared).await;
        let failed = problems.iter().any(|problem| problem.is_error);
        evaluator.report(provider_problems(problems, place, address));
        (!failed).then_some(provider)
    }

    /// The `provider_meta` of a module for a provider; the inner `None` where the module has none.
    /// The outer `None` where evaluating it failed, which is reported.
    pub async fn meta(
        &self,
        evaluator: &Arc<Evaluator>,
        node: &Arc<ModuleNode>,
        address: &ProviderAddress,
        frame: &mut Frame,
    ) -> Option<Option<Value>> {
        let config = evaluator.config().clone();
        let module = config.module(node.module);
        let mut blocks = module.settings.provider_meta.iter();
        let Some((name, body)) = blocks.find(|(name, _)| module.provider_address(name) == *address) else {
            return Some(None);
        };
        let place = body.span.unwrap_or(Span::NONE);
        let schema = match self.schema(address).await {
            Ok(schema) => schema,
            Err(diagnostics) => {
                evaluator.report(diagnostics.or_at(place));
                return None;
            }
        };
        let Some(schema) = &schema.provider_meta else {
            evaluator.report(
                Diagnostic::error(
                    format!("Provider {} doesn't support provider_meta", address.for_display()),
                    format!("The provider takes no settings of modules. Remove the provider_meta \"{name}\" block."),
                )
                .at(place),
            );
            return None;
        };
        let decoded = evaluator.decode(body, &schema.block, &Scope::module(node.clone()), frame).await;
        (!decoded.failed).then(|| Some(decoded.value.unmark_deep()))
    }

    /// From here on providers are ended as soon as a plan needs them no more: for commands that do nothing
    /// with them afterwards.
    pub fn end_when_done(&self) {
        self.shared.ends_when_done.store(true, Ordering::Relaxed);
    }

    pub(crate) fn ends_when_done(&self) -> bool {
        self.shared.ends_when_done.load(Ordering::Relaxed)
    }

    /// Ends the instances of a configuration. Who asks for the configuration again gets another one.
    pub(crate) async fn retire(&self, address: &ProviderConfigAddress) {
        let slots: Vec<_> = lock(&self.shared.configured)
            .extract_if(|configured, _| configured.whole() == *address)
            .map(|(_, slot)| slot)
            .collect();
        for slot in slots {
            let configured = slot.lock().await.take();
            let Some(provider) = configured.and_then(|configured| configured.provider) else { continue };
            lock(&self.shared.opened).retain(|opened| !Arc::ptr_eq(opened, &provider));
            lock(&self.shared.valid).retain(|(asked, _)| !Arc::ptr_eq(asked, &provider));
            provider.close().await;
        }
    }

    /// Asks every provider to bring calls under way to an end soon.
    pub async fn stop(&self) {
        let opened = lock(&self.shared.opened).clone();
        for provider in opened {
            provider.stop().await;
        }
    }
}

/// What is taken over must not come from just anywhere.
fn unknown_configuration(address: &ProviderConfigAddress) -> Diagnostic {
    Diagnostic::error(
        "Invalid provider configuration",
        format!(
            "The configuration of {address} depends on values that are not known until something has been applied, and \
             what is imported must come from where the configuration says. Apply first what it is made of, with -target \
             where nothing else is to change, or write the values down."
        ),
    )
}

fn no_such_type(schema: &ProviderSchema, address: &ProviderAddress, mode: Mode, kind: &str) -> Diagnostic {
    let what = match mode {
        Mode::Managed => "resource type",
        Mode::Data => "data source",
        Mode::Ephemeral => "ephemeral resource type",
    };
    let other = match mode {
        Mode::Managed if schema.data_sources.contains(kind) => {
            " There is a data source of that name: write data instead of resource."
        }
        Mode::Data if schema.resources.contains(kind) => {
            " There is a managed resource type of that name: write resource instead of data."
        }
        _ => "",
    };
    let hint = if other.is_empty() {
        did_you_mean(kind, schema.table(mode).names().map(|name| &**name))
    } else {
        other.to_owned()
    };
    // The headline is shorter for one of them.
    let headline = if mode == Mode::Ephemeral { "ephemeral resource" } else { what };
    Diagnostic::error(
        format!("Invalid {headline}"),
        format!("The provider {} does not support {what} \"{kind}\".{hint}", address.for_display()),
    )
}
