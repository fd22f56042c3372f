//! Objects that are recorded and no longer wanted: destroyed, or forgotten.

use std::sync::Arc;

use futures::future::BoxFuture;
use futures::{FutureExt, StreamExt};
use plumb_address::{AbsResource, AbsResourceInstance, DeposedKey, InstanceKey, Mode, ProviderConfigAddress};
use plumb_configuration::{Config, Module, Removed, Repetition, ResourceBlock};
use plumb_diagnostics::Diagnostic;
use plumb_evaluator::{Evaluator, Frame, InstanceAddress, Outcome, Reported};
use plumb_plan::{Action, Change, ChangeReason, PlanMode};
use plumb_schema::Schema;
use plumb_state::{InstanceState, Object, PlanRequest, Provider, ResourceState};
use plumb_value::Value;

use crate::problems::Place;
use crate::protection::is_protected;
use crate::provisioners::refuse_unreachable;
use crate::refresh::{Failed, Live, Subject};
use crate::session::Session;

/// An object that is to go.
struct Doomed<'a> {
    address: &'a AbsResourceInstance,
    deposed: Option<&'a DeposedKey>,
    object: &'a Arc<Object>,
    provider: &'a ProviderConfigAddress,
    reason: Option<ChangeReason>,
    /// The block that declares it, where there is still one.
    block: Option<&'a ResourceBlock>,
}

impl<'a> Doomed<'a> {
    fn place(&self) -> Place<'a> {
        self.block.map_or(Place::NOWHERE, Place::of)
    }

    /// The block, where it does not let the object go. What is deposed already is to go either way:
    /// its successor is there.
    async fn protected_by(
        &self,
        evaluator: &Arc<Evaluator>,
        frame: &mut Frame,
    ) -> Result<Option<&'a ResourceBlock>, Failed> {
        let Some(block) = self.block.filter(|_| self.deposed.is_none()) else { return Ok(None) };
        let is_protected = is_protected(evaluator, block, self.address, true, frame).await?;
        Ok(is_protected.then_some(block))
    }
}

impl Session {
    /// The value of an instance while everything is destroyed: as recorded and, for managed
    /// objects, planned to go.
    pub(crate) async fn destroy_declared(
        &self,
        evaluator: &Arc<Evaluator>,
        at: &InstanceAddress,
        block: &ResourceBlock,
        frame: &mut Frame,
    ) -> Outcome {
        let Some(schema) = self.providers.schema_of(evaluator, block).await else { return Outcome::failed() };
        if at.address.resource.mode == Mode::Data && self.options.refresh.looks() {
            return self.plan_data(evaluator, at, block, frame).await;
        }
        let Some(object) = self.recorded(&at.address) else { return crate::objects::unknown_object(&schema) };
        if at.address.resource.mode == Mode::Data || !self.has_to_do_with(&at.address) {
            return self.left_alone(evaluator, at, &schema);
        }
        let Some(provider) = evaluator.provider_config_of(block, at, frame).await else {
            return Outcome::failed();
        };
        let doomed = Doomed {
            address: &at.address,
            deposed: None,
            object: &object,
            provider: &provider,
            reason: None,
            block: Some(block),
        };
        match self.destroy(evaluator, &doomed, frame).await {
            Ok(Some(value)) => Outcome::of(value),
            // It is gone already, and with it what it was.
            Ok(None) => crate::objects::unknown_object(&schema),
            Err(Failed) => Outcome::failed(),
        }
    }

    /// Whether this run looks at an object or lets it end.
    fn has_to_do_with(&self, address: &AbsResourceInstance) -> bool {
        self.targeting.includes(address) || self.targeting.looks_at(address)
    }

    /// Plans the end of everything recorded that the configuration no longer declares, and of
    /// every deposed object.
    pub(crate) async fn plan_orphans(&self, evaluator: &Arc<Evaluator>) {
        let work: Vec<BoxFuture<'_, ()>> = self
            .prior
            .resources
            .iter()
            .map(|(address, resource)| self.plan_orphans_of(evaluator, address, resource).boxed())
            .collect();
        self.side_by_side(work).await;
    }

    /// So many at once as provider calls may be; more would only wait.
    async fn side_by_side(&self, work: Vec<BoxFuture<'_, ()>>) {
        let at_once = self.options.parallelism.max(1);
        futures::stream::iter(work).buffer_unordered(at_once).for_each(|()| async {}).await;
    }

    async fn plan_orphans_of(
        &self,
        evaluator: &Arc<Evaluator>,
        address: &AbsResource,
        resource: &ResourceState,
    ) {
        let reasons = self.orphan_reasons(evaluator, address).await;
        let mut work: Vec<BoxFuture<'_, ()>> = Vec::new();
        for (key, instance) in resource.instances.iter() {
            let unwanted = reasons.of(key);
            let at = address.instance(key.clone());
            if (unwanted.is_some() || !instance.deposed.is_empty()) && self.has_to_do_with(&at) {
                work.push(self.plan_orphan(evaluator, at, resource, instance, unwanted).boxed());
            }
        }
        self.side_by_side(work).await;
    }

    /// Plans the end of an instance, if it is not wanted, and of everything deposed there.
    async fn plan_orphan(
        &self,
        evaluator: &Arc<Evaluator>,
        at: AbsResourceInstance,
        resource: &ResourceState,
        instance: &InstanceState,
        unwanted: Option<Option<ChangeReason>>,
    ) {
        let at = &at;
        let block = declared_block(evaluator.config(), &at.resource());
        // Who is in charge of a block is in charge of what is left of it. Which of several that was tells
        // the record alone, for the block is about the instances that are wanted.
        let provider = &match block {
            Some(block) if block.provider_instance.is_some() => {
                block.provider_config.with_key(instance.provider_key.clone())
            }
            Some(block) => block.provider_config.clone(),
            None => resource.provider_of(instance),
        };
        if let (Some(object), Some(reason)) = (&instance.current, unwanted) {
            let reason = self.reason_after_move(at, reason);
            let doomed = Doomed { address: at, deposed: None, object, provider, reason, block };
            let _ = self.destroy(evaluator, &doomed, &mut Frame::new()).await;
        }
        for (key, object) in &instance.deposed {
            let doomed = Doomed { address: at, deposed: Some(key), object, provider, reason: None, block };
            let _ = self.destroy(evaluator, &doomed, &mut Frame::new()).await;
        }
    }

    /// An object that was moved to where nothing is declared goes for that reason.
    fn reason_after_move(
        &self,
        at: &AbsResourceInstance,
        reason: Option<ChangeReason>,
    ) -> Option<ChangeReason> {
        match reason {
            Some(ChangeReason::DeleteBecauseNoResourceConfig) if self.moved.contains_key(at) => {
                Some(ChangeReason::DeleteBecauseNoMoveTarget)
            }
            reason => reason,
        }
    }

    /// Whether anything recorded of a resource is going to end although its block stays.
    pub(crate) async fn has_orphans(&self, evaluator: &Arc<Evaluator>, address: &AbsResource) -> bool {
        let Some(resource) = self.prior.resources.get(address) else { return false };
        if resource.instances.values().any(|instance| !instance.deposed.is_empty()) {
            return true;
        }
        let reasons = self.orphan_reasons(evaluator, address).await;
        resource.instances.keys().any(|key| reasons.of(key).is_some())
    }

    /// Plans the end of an object; its value as it is now, `None` where it is gone already.
    async fn destroy(
        &self,
        evaluator: &Arc<Evaluator>,
        doomed: &Doomed<'_>,
        frame: &mut Frame,
    ) -> Result<Option<Value>, Failed> {
        let address = doomed.address;
        if address.resource.mode != Mode::Managed {
            // What was only read needs no destroying; it is simply no longer recorded.
            self.record(address, doomed.deposed, doomed.provider, None);
            return Ok(None);
        }
        let schema = self.schema_of(evaluator, doomed).await?;
        if self.is_forgotten(evaluator, address) && self.plans_changes() {
            return Ok(self.forget(evaluator, doomed, &schema));
        }
        if doomed.deposed.is_none() && self.plans_changes() {
            let declared = doomed.block.map(|block| (&block.provisioners, &block.connection));
            let removed = removed_block(evaluator.config(), address);
            let removed = removed.map(|(_, removed)| (&removed.provisioners, &removed.connection));
            if let Some((provisioners, shared)) = declared.or(removed) {
                let shared = shared.as_ref();
                refuse_unreachable(
                    evaluator,
                    &self.providers,
                    provisioners,
                    shared,
                    address,
                    Action::Delete,
                )?;
            }
        }
        let provider =
            self.providers.for_object(evaluator, doomed.provider, address, frame).await.ok_or(Failed)?;
        let meta = self.meta_of(evaluator, doomed, frame).await?;
        let subject = Subject {
            address,
            deposed: doomed.deposed,
            provider: &provider,
            provider_config: doomed.provider,
            schema: &schema,
            place: doomed.place(),
            meta: meta.as_ref(),
        };
        let Some(live) = self.refresh(evaluator, &subject, doomed.object).await?.live() else {
            return Ok(None);
        };
        if !self.plans_changes() || !self.targeting.includes(address) {
            return Ok(Some(live.value));
        }
        let private = self.ask_destroy(evaluator, &subject, &provider, &live).await?;
        self.add(Change {
            address: address.clone(),
            previous_address: self.moved.get(address).cloned().map(Box::new),
            deposed: doomed.deposed.cloned(),
            provider: doomed.provider.clone(),
            action: Action::Delete,
            reason: doomed.reason,
            before: live.value.clone(),
            after: Value::null(schema.block.implied_type()),
            requires_replace: Vec::new(),
            planned_private: private,
            importing: None,
            generated_config: None,
            schema,
            dependencies: live.object.dependencies.clone(),
            create_before_destroy: live.object.create_before_destroy,
            unrefreshed: false,
        });
        if let Some(block) = doomed.protected_by(evaluator, frame).await? {
            // The change is shown all the same: it is why the plan is not one to apply.
            self.found().refused += 1;
            evaluator.report(prevented(address, block));
            return Err(Failed);
        }
        Ok(Some(live.value))
    }

    /// The `provider_meta` of the module that an object is in, if the module is still there.
    async fn meta_of(
        &self,
        evaluator: &Arc<Evaluator>,
        doomed: &Doomed<'_>,
        frame: &mut Frame,
    ) -> Result<Option<Value>, Failed> {
        let has_meta = |module: &plumb_configuration::Module| !module.settings.provider_meta.is_empty();
        if !evaluator.config().find(&doomed.address.module.config()).is_some_and(has_meta) {
            return Ok(None);
        }
        match evaluator.find_module(&doomed.address.module, frame).await {
            Ok(Some(node)) => {
                self.providers.meta(evaluator, &node, &doomed.provider.provider, frame).await.ok_or(Failed)
            }
            Ok(None) => Ok(None),
            Err(Reported) => Err(Failed),
        }
    }

    async fn ask_destroy(
        &self,
        evaluator: &Evaluator,
        subject: &Subject<'_>,
        provider: &Arc<dyn Provider>,
        live: &Live,
    ) -> Result<Vec<u8>, Failed> {
        let _permit = self.permits.acquire().await;
        let null = Value::null(subject.schema.block.implied_type());
        let response = provider
            .plan_resource_change(PlanRequest {
                identity: live.object.identity.clone(),
                kind: subject.address.resource.kind.clone(),
                prior: live.value.unmark_deep(),
                proposed: null.clone(),
                config: null,
                private: live.object.private.clone(),
                meta: subject.meta.cloned(),
            })
            .await;
        self.settle(evaluator, subject, response.diagnostics)?;
        if !response.planned.is_null() {
            evaluator.report(
                crate::problems::provider_bug(
                    "Provider produced invalid plan",
                    &subject.provider_config.provider.to_string(),
                    &format!("planned a non-null destroy value for {}:", subject.address),
                    &["the object is to be destroyed, so nothing of it may be left".to_owned()],
                )
                .at(subject.place.header)
                .on(subject.address),
            );
            return Err(Failed);
        }
        Ok(response.private)
    }

    /// Whether an object leaves the state only. Who destroys everything means these objects too.
    fn is_forgotten(&self, evaluator: &Evaluator, address: &AbsResourceInstance) -> bool {
        self.options.mode != PlanMode::Destroy
            && removed_block(evaluator.config(), address).is_some_and(|(_, removed)| !removed.destroy)
    }

    fn forget(&self, evaluator: &Evaluator, doomed: &Doomed<'_>, schema: &Arc<Schema>) -> Option<Value> {
        let before = match crate::values::decode(doomed.object, schema) {
            Ok(value) => value,
            Err(error) => {
                evaluator.report(Diagnostic::error(
                    "Recorded object cannot be read",
                    format!("What is recorded of {} does not fit its schema: {error}.", doomed.address),
                ));
                return None;
            }
        };
        self.add(Change {
            address: doomed.address.clone(),
            previous_address: self.moved.get(doomed.address).cloned().map(Box::new),
            deposed: doomed.deposed.cloned(),
            provider: doomed.provider.clone(),
            action: Action::Forget,
            reason: doomed.reason,
            before: before.clone(),
            after: Value::null(schema.block.implied_type()),
            requires_replace: Vec::new(),
            planned_private: Vec::new(),
            importing: None,
            generated_config: None,
            schema: schema.clone(),
            dependencies: doomed.object.dependencies.clone(),
            create_before_destroy: false,
            unrefreshed: false,
        });
        Some(before)
    }

    async fn schema_of(&self, evaluator: &Evaluator, doomed: &Doomed<'_>) -> Result<Arc<Schema>, Failed> {
        let resource = &doomed.address.resource;
        self.providers.type_schema(&doomed.provider.provider, resource.mode, &resource.kind).await.map_err(
            |diagnostics| {
                evaluator.report(diagnostics.or_at(doomed.place().header).or_on(doomed.address));
                Failed
            },
        )
    }

    /// Refuses objects that no block declares and whose provider configuration is gone with it: with
    /// any other they cannot be destroyed. That is seen before anything is asked or read.
    pub(crate) fn require_provider_configs(&self, evaluator: &Evaluator) {
        for (resource, recorded) in &self.prior.resources {
            // What was only read needs nobody to destroy it.
            if resource.resource.mode != Mode::Managed
                || declared_block(evaluator.config(), resource).is_some()
            {
                continue;
            }
            for (key, instance) in recorded.instances.iter() {
                let (at, provider) = (resource.instance(key.clone()), recorded.provider_of(instance));
                if evaluator.config().has_provider_instance(&provider) || self.is_forgotten(evaluator, &at) {
                    continue;
                }
                let gone =
                    |deposed| evaluator.report(provider_gone(evaluator.config(), &at, deposed, &provider));
                if instance.current.is_some() {
                    gone(None);
                }
                instance.deposed.keys().for_each(|key| gone(Some(key)));
            }
        }
    }

    /// Why instances of a resource are no longer wanted, as far as they are not.
    async fn orphan_reasons(&self, evaluator: &Arc<Evaluator>, address: &AbsResource) -> Reasons {
        if self.options.mode == PlanMode::Destroy {
            // Everything goes; what is declared is taken care of already.
            let module = evaluator.find_module(&address.module, &mut Frame::new()).await;
            let declared =
                declared_block(evaluator.config(), address).is_some() && matches!(module, Ok(Some(_)));
            return if declared { Reasons::None } else { Reasons::All(None) };
        }
        let Some(block) = declared_block(evaluator.config(), address) else {
            return Reasons::All(Some(ChangeReason::DeleteBecauseNoResourceConfig));
        };
        let node = match evaluator.find_module(&address.module, &mut Frame::new()).await {
            Ok(Some(node)) => node,
            Ok(None) => return Reasons::All(Some(ChangeReason::DeleteBecauseNoModule)),
            // The instances could not be found out, which is reported: better nothing than too much.
            Err(Reported) => return Reasons::None,
        };
        let Some(keys) = evaluator.resource_keys(&node, &address.resource, &mut Frame::new()).await else {
            return Reasons::None;
        };
        Reasons::Missing { keys, repetition: block.repetition.clone() }
    }
}

/// Which instances of a resource are no longer wanted.
enum Reasons {
    /// None of them, or nobody knows.
    None,
    /// All of them, for the same reason.
    All(Option<ChangeReason>),
    /// Those whose keys the configuration does not make.
    Missing { keys: Arc<plumb_evaluator::Keys>, repetition: Repetition },
}

impl Reasons {
    /// Whether an instance is to go, and why.
    fn of(&self, key: &InstanceKey) -> Option<Option<ChangeReason>> {
        match self {
            Reasons::None => None,
            Reasons::All(reason) => Some(*reason),
            Reasons::Missing { keys, repetition } => {
                if keys.find(key).is_some_and(|entry| entry.0 == *key) {
                    return None;
                }
                Some(Some(match (repetition, key) {
                    (Repetition::Count(_), InstanceKey::Int(_)) => ChangeReason::DeleteBecauseCountIndex,
                    (Repetition::ForEach(_), InstanceKey::String(_)) => ChangeReason::DeleteBecauseEachKey,
                    (Repetition::Enabled(_), InstanceKey::None) => ChangeReason::DeleteBecauseEnabledFalse,
                    _ => ChangeReason::DeleteBecauseWrongRepetition,
                }))
            }
        }
    }
}

/// The block that declares a recorded resource.
pub(crate) fn declared_block<'c>(config: &'c Config, address: &AbsResource) -> Option<&'c ResourceBlock> {
    config.find(&address.module.config())?.resources.get(&address.resource)
}

/// The `removed` block that speaks of an instance, and the module that it stands in.
pub fn removed_block<'a>(
    config: &'a Config,
    address: &AbsResourceInstance,
) -> Option<(&'a Module, &'a Removed)> {
    let path = address.module.config();
    config.modules.iter().find_map(|module| {
        let inside = path.0.strip_prefix(&*module.path.0)?;
        let removed = module.removed.iter().find(|removed| {
            let names: Vec<&Arc<str>> = removed.from.modules.iter().map(|(name, _)| name).collect();
            let begins =
                inside.len() >= names.len() && inside.iter().zip(&names).all(|(one, two)| one == *two);
            match &removed.from.resource {
                Some((resource, _)) => begins && inside.len() == names.len() && *resource == address.resource,
                None => begins,
            }
        })?;
        Some((module, removed))
    })
}

fn prevented(address: &AbsResourceInstance, block: &ResourceBlock) -> Diagnostic {
    let diagnostic = Diagnostic::error(
        "Instance cannot be destroyed",
        format!(
            "Resource {address} has lifecycle.prevent_destroy set, but the plan calls for this resource to be destroyed. \
             To avoid this error and continue with the plan, either disable lifecycle.prevent_destroy or reduce the scope \
             of the plan using the -target option."
        ),
    )
    .at(block.header)
    .on(address);
    match &block.lifecycle.prevent_destroy {
        Some(prevent) => diagnostic.note(prevent.span, "it is protected here"),
        None => diagnostic,
    }
}

/// What to say of an object whose provider configuration, or the instance of it, is not there.
pub(crate) fn provider_gone(
    config: &Config,
    address: &AbsResourceInstance,
    deposed: Option<&DeposedKey>,
    provider: &ProviderConfigAddress,
) -> Diagnostic {
    if config.provider_block(provider).is_none() {
        return provider_config_gone(address, deposed, provider);
    }
    let object = deposed.map_or_else(|| address.to_string(), |key| format!("{address} (deposed {key})"));
    let detail = if provider.key.is_some() {
        format!(
            "To work with {object} the provider instance {provider} is required, and the for_each of that configuration has no \
             such element. Where it was taken out: put it back until the object is destroyed or forgotten. What is made \
             with an instance of a provider can be destroyed with that alone, so the provider's for_each must keep an \
             element one apply longer than that of the resource or of the module that it is in."
        )
    } else {
        format!(
            "To work with {object} its provider configuration {provider} is required as it was recorded, without for_each. \
             Where for_each was added to it since: take it away again until the object is destroyed or forgotten, or let the \
             resource still declare the object, so that one of the new instances takes care of it."
        )
    };
    let diagnostic = Diagnostic::error("Provider instance not present", detail).on(address);
    match declared_block(config, &address.resource()) {
        Some(block) => diagnostic.at(block.header),
        None => diagnostic,
    }
}

fn provider_config_gone(
    address: &AbsResourceInstance,
    deposed: Option<&DeposedKey>,
    provider: &ProviderConfigAddress,
) -> Diagnostic {
    let which = deposed.map(|key| format!(", deposed {key}")).unwrap_or_default();
    Diagnostic::error(
        "Provider configuration not present",
        format!(
            "To work with {address} (orphan object{which}) its original provider configuration at {provider} is required, \
             but it has been removed. This occurs when a provider configuration is removed while objects created by that \
             provider still exist in the state. Re-add the provider configuration to destroy {address}, after which you \
             can remove the provider configuration again."
        ),
    )
    .on(address)
}
