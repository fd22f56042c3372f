//! Taking over objects that exist already.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, MutexGuard, PoisonError};

use plumb_address::{AbsResourceInstance, ConfigResource, InstanceKey};
use plumb_configuration::{Config, Import, ImportBy, ImportTarget, Repetition};
use plumb_diagnostics::Diagnostic;
use plumb_evaluator::{Evaluator, Frame, Scope};
use plumb_expression::{Expression, Subject as Referent};
use plumb_plan::ImportKey;
use plumb_source::Span;
use plumb_state::Object;

use crate::identities::{self, Sought};
use crate::orphans::declared_block;
use crate::refresh::{Failed, Live, Subject};
use crate::session::Session;

/// What `import` blocks ask for.
#[derive(Default)]
pub(crate) struct Imports {
    wanted: HashMap<AbsResourceInstance, Wanted>,
    /// Blocks of which nobody can tell what is to be taken over: nothing of them is planned, lest
    /// something is made that is there already.
    unclear: HashSet<ConfigResource>,
}

/// An object to take over.
#[derive(Clone)]
pub(crate) struct Wanted {
    /// What evaluates to what it is known by, in its surroundings.
    by: ImportBy,
    scope: Scope,
    /// Where the address is written.
    to: Span,
}

/// Something is wrong with an import that has nothing to do with how things are: no plan is of use.
/// It has been reported.
pub(crate) struct Hopeless;

impl Imports {
    /// What is to be taken over at an address.
    pub(crate) fn wanted(&self, address: &AbsResourceInstance) -> Option<Wanted> {
        self.wanted.get(address).cloned()
    }
}

impl Session {
    pub(crate) fn imports(&self) -> MutexGuard<'_, Imports> {
        self.imports.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Finds out which addresses take over objects. Identifiers may depend on objects that are
    /// planned, and even taken over, themselves: they are evaluated when their turn comes.
    pub(crate) async fn find_imports(&self, evaluator: &Arc<Evaluator>) -> Result<(), Hopeless> {
        let config: Arc<Config> = evaluator.config().clone();
        // What can be told at once goes first: finding the others may need to plan its objects.
        let (later, at_once): (Vec<&Import>, Vec<&Import>) =
            config.root().imports.iter().partition(|import| depends_on_objects(import));
        let mut outcome = Ok(());
        for import in at_once.into_iter().chain(later) {
            let found = self.find_import(evaluator, import).await;
            outcome = outcome.and(found);
        }
        outcome?;
        self.require_instances(evaluator).await;
        Ok(())
    }

    async fn find_import(&self, evaluator: &Arc<Evaluator>, import: &Import) -> Result<(), Hopeless> {
        let resource = import.to.resource();
        if declared_block(evaluator.config(), &resource).is_none() {
            evaluator.report(no_configuration(&resource).at(import.to.span()));
            // A block for it could still come to the root module, and to no other.
            return if resource.module.is_root() { Ok(()) } else { Err(Hopeless) };
        }
        let root = Scope::module(evaluator.root());
        let scopes = match &import.for_each {
            None => vec![root],
            Some(for_each) => {
                let Some(scopes) = evaluator.scopes(&Repetition::ForEach(for_each.clone()), &root).await
                else {
                    self.imports().unclear.insert(resource.config());
                    return Ok(());
                };
                scopes
            }
        };
        for scope in scopes {
            let Some(address) = import_address(evaluator, &import.to, &scope).await else {
                self.imports().unclear.insert(resource.config());
                continue;
            };
            // What is wrong with one is wrong with all.
            self.want(evaluator, address, import, scope).await?;
        }
        Ok(())
    }

    async fn want(
        &self,
        evaluator: &Arc<Evaluator>,
        address: AbsResourceInstance,
        import: &Import,
        scope: Scope,
    ) -> Result<(), Hopeless> {
        if let Some(problem) = wrong_key(evaluator.config(), &address) {
            evaluator.report(
                Diagnostic::error("Invalid import 'to' expression", problem)
                    .at(import.to.span())
                    .on(&address),
            );
            return Err(Hopeless);
        }
        if let Some(first) = self.imports().wanted.get(&address) {
            evaluator.report(twice(&address).at(import.to.span()).note(first.to, "imported here already"));
            return Err(Hopeless);
        }
        if self.recorded(&address).is_some() {
            return Ok(());
        }
        let wanted = Wanted { by: import.by.clone(), scope, to: import.to.span() };
        if !refers_to_objects(wanted.by.expression())
            && wanted.evaluate(evaluator, &address, &mut Frame::new()).await.is_err()
        {
            return Err(Hopeless);
        }
        self.imports().wanted.insert(address, wanted);
        Ok(())
    }

    /// Refuses imports to instances that their blocks do not have.
    async fn require_instances(&self, evaluator: &Arc<Evaluator>) {
        let mut wanted: Vec<(AbsResourceInstance, Span)> =
            self.imports().wanted.iter().map(|(address, wanted)| (address.clone(), wanted.to)).collect();
        wanted.sort();
        for (address, to) in wanted {
            if self.targeting.includes(&address) && !is_declared(evaluator, &address).await {
                evaluator.report(no_configuration(&address).at(to));
                self.imports().unclear.insert(address.config());
            }
        }
    }

    /// Whether it cannot be told what of an instance's block is to be taken over.
    pub(crate) fn imports_unclearly(&self, address: &AbsResourceInstance) -> bool {
        let imports = self.imports();
        !imports.unclear.is_empty() && imports.unclear.contains(&address.config())
    }

    /// What the provider of an object is to be asked for.
    pub(crate) async fn import_key(
        &self,
        evaluator: &Evaluator,
        subject: &Subject<'_>,
        sought: &Sought,
        span: Span,
    ) -> Result<ImportKey, Failed> {
        let kind = &subject.address.resource.kind;
        let schema = match sought {
            Sought::Id(_) => None,
            Sought::Identity(_) => match subject.provider.identity_schema(kind).await {
                Ok(schema) => schema,
                Err(problems) => {
                    let place = crate::problems::Place { body: None, header: span };
                    evaluator.report(crate::problems::provider_problems(problems, place, subject.address));
                    return Err(Failed);
                }
            },
        };
        let provider = subject.provider_config.provider.for_display();
        identities::key(sought, kind, &provider, schema.as_deref()).map_err(|diagnostics| {
            for diagnostic in diagnostics {
                evaluator.report(diagnostic.at(span).on(subject.address));
            }
            Failed
        })
    }

    /// Asks the provider for the object that is known by that.
    pub(crate) async fn import(
        &self,
        evaluator: &Evaluator,
        subject: &Subject<'_>,
        key: &ImportKey,
        span: Span,
    ) -> Result<Arc<Object>, Failed> {
        let _permit = self.permits.acquire().await;
        let id = match key {
            ImportKey::Id(id) => id,
            ImportKey::Identity((_, identity)) => identity,
        };
        self.observer.import_start(subject.address, id);
        match import_object(evaluator, subject, key, span).await {
            Some(object) => Ok(Arc::new(object)),
            None => Err(Failed),
        }
    }

    /// Looks at an object that has just been found. It must be there.
    pub(crate) async fn refresh_imported(
        &self,
        evaluator: &Evaluator,
        subject: &Subject<'_>,
        object: &Arc<Object>,
        key: &ImportKey,
        span: Span,
    ) -> Result<Live, Failed> {
        let _permit = self.permits.acquire().await;
        let value = self.decoded(evaluator, subject, object)?;
        self.look(evaluator, subject, object, value).await?.live().ok_or_else(|| {
            evaluator.report(no_such_object(subject.address, key).at(span));
            Failed
        })
    }
}

fn no_such_object(address: &AbsResourceInstance, key: &ImportKey) -> Diagnostic {
    let (noun, key) = match key {
        ImportKey::Id(_) => ("id", key.for_display()),
        ImportKey::Identity(_) => ("identity", key.for_display()),
    };
    Diagnostic::error(
        "Cannot import non-existent remote object",
        format!(
            "While attempting to import an existing object to \"{address}\", the provider detected that no object exists \
             with the given {noun}. Only pre-existing objects can be imported; check that the {noun} {key} is correct and that \
             it is associated with the provider's configured region or endpoint, or use \"plumb apply\" to create a new \
             remote object for this resource."
        ),
    )
    .on(address)
}

impl Wanted {
    /// What it is known by, and where that is written. What is wrong with it is reported.
    pub(crate) async fn evaluate(
        &self,
        evaluator: &Arc<Evaluator>,
        address: &AbsResourceInstance,
        frame: &mut Frame,
    ) -> Result<(Sought, Span), Failed> {
        evaluate_sought(&self.by, &self.scope, evaluator, address, frame).await
    }
}

/// What an object is known by, and where that is written. What is wrong with it is reported.
pub(crate) async fn evaluate_sought(
    by: &ImportBy,
    scope: &Scope,
    evaluator: &Arc<Evaluator>,
    address: &AbsResourceInstance,
    frame: &mut Frame,
) -> Result<(Sought, Span), Failed> {
    let expression = by.expression();
    let outcome = evaluator.evaluate(expression, scope, frame).await;
    if outcome.failed {
        return Err(Failed);
    }
    let span = expression.span();
    let sought = match by {
        ImportBy::Id(_) => identities::identifier(&outcome.value),
        ImportBy::Identity(_) => identities::identity(&outcome.value),
    };
    sought.map(|sought| (sought, span)).map_err(|diagnostic| {
        evaluator.report(diagnostic.at(span).on(address));
        Failed
    })
}

/// Whether finding the addresses of an import may need something to be planned.
fn depends_on_objects(import: &Import) -> bool {
    let key = match &import.to {
        ImportTarget::Keyed(_, key, _) => Some(key),
        ImportTarget::Static(..) => None,
    };
    import.for_each.iter().chain(key).any(|expression| refers_to_objects(expression))
}

/// Whether anything that an expression refers to may be made of objects.
fn refers_to_objects(expression: &Expression) -> bool {
    expression.all_references().iter().any(|reference| {
        matches!(reference.subject, Referent::Resource(..) | Referent::Module(..) | Referent::Local(_))
            || matches!(reference.subject, Referent::EachKey | Referent::EachValue)
    })
}

pub(crate) async fn is_declared(evaluator: &Arc<Evaluator>, address: &AbsResourceInstance) -> bool {
    let frame = &mut Frame::new();
    let Ok(node) = evaluator.find_module(&address.module, frame).await else { return true };
    let Some(node) = node else { return false };
    // Where nobody knows the keys, that is reported already.
    let Some(keys) = evaluator.resource_keys(&node, &address.resource, frame).await else { return true };
    keys.find(&address.key).is_some_and(|entry| entry.0 == address.key)
}

pub(crate) fn no_configuration(target: impl std::fmt::Display) -> Diagnostic {
    Diagnostic::error(
        "Configuration for import target does not exist",
        format!(
            "The configuration for the given import target {target} does not exist. What is imported must be declared: \
             add a resource block, or an instance to the one that there is."
        ),
    )
}

fn twice(address: &AbsResourceInstance) -> Diagnostic {
    Diagnostic::error(
        format!("Duplicate import configuration for {:?}", address.to_string()),
        format!(
            "There is another import block for {address}. A resource instance can take over one object only."
        ),
    )
}

/// What is wrong with the key of an address, if its block can have no such key.
fn wrong_key(config: &Config, address: &AbsResourceInstance) -> Option<&'static str> {
    let block = declared_block(config, &address.resource())?;
    match (&address.key, &block.repetition) {
        (InstanceKey::String(_), Repetition::Count(_) | Repetition::Single | Repetition::Enabled(_)) => {
            Some("The target resource does not use for_each.")
        }
        (InstanceKey::Int(_), Repetition::ForEach(_) | Repetition::Single | Repetition::Enabled(_)) => {
            Some("The target resource does not use count.")
        }
        _ => None,
    }
}

async fn import_address(
    evaluator: &Arc<Evaluator>,
    target: &ImportTarget,
    scope: &Scope,
) -> Option<AbsResourceInstance> {
    match target {
        ImportTarget::Static(address, _) => Some(address.clone()),
        ImportTarget::Keyed(resource, key, span) => {
            let outcome = evaluator.evaluate(key, scope, &mut Frame::new()).await;
            if outcome.failed {
                return None;
            }
            let key = InstanceKey::from_value(&outcome.value);
            if key.is_none() {
                evaluator.report(
                    Diagnostic::error(
                        "Invalid import address",
                        "The key of the instance must be a known string or whole number.",
                    )
                    .at(*span),
                );
            }
            Some(resource.instance(key?))
        }
    }
}

/// Asks a provider for the object that is known by that; `None` where there is none, which is
/// reported. What comes back has still to be read.
async fn import_object(
    evaluator: &Evaluator,
    subject: &Subject<'_>,
    key: &ImportKey,
    span: Span,
) -> Option<Object> {
    let Subject { address, schema, provider, .. } = subject;
    let kind = &address.resource.kind;
    let response = match key {
        ImportKey::Id(id) => provider.import_resource_state(kind, id).await,
        ImportKey::Identity(identity) => provider.import_by_identity(kind, identity.clone()).await,
    };
    let failed = response.diagnostics.iter().any(|problem| problem.is_error);
    let place = crate::problems::Place { body: None, header: span };
    evaluator.report(crate::problems::provider_problems(response.diagnostics, place, address));
    if failed {
        return None;
    }
    let found = response.imported.into_iter().find(|object| object.kind == address.resource.kind);
    let Some(found) = found else {
        evaluator.report(no_such_object(address, key).at(span));
        return None;
    };
    if found.state.is_null() {
        evaluator.report(no_such_object(address, key).at(span));
        return None;
    }
    match Object::encode(&found.state, &schema.block.implied_type(), schema.version) {
        Ok(object) => Some(Object { private: found.private, identity: found.identity, ..object }),
        Err(error) => {
            evaluator.report(
                Diagnostic::error("Object cannot be recorded", format!("{address}: {error}."))
                    .at(span)
                    .on(*address),
            );
            None
        }
    }
}
