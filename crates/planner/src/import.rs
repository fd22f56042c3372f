//! Taking over objects that exist already.

use std::sync::Arc;

use plumb_address::{AbsResourceInstance, InstanceKey};
use plumb_configuration::{Config, ImportTarget, Repetition};
use plumb_diagnostics::Diagnostic;
use plumb_evaluator::{Evaluator, Frame, Scope};
use plumb_source::Span;
use plumb_state::Object;

use crate::refresh::{Failed, Live, Subject};
use crate::session::Session;

impl Session {
    /// Evaluates the `import` blocks: which identifier each address is to take over.
    pub(crate) async fn find_imports(&self, evaluator: &Arc<Evaluator>) {
        let config: Arc<Config> = evaluator.config().clone();
        let root = evaluator.root();
        for import in &config.root().imports {
            let scopes = match &import.for_each {
                None => vec![Scope::module(root.clone())],
                Some(for_each) => {
                    let repetition = Repetition::ForEach(for_each.clone());
                    let Some(scopes) = evaluator.scopes(&repetition, &Scope::module(root.clone())).await
                    else {
                        continue;
                    };
                    scopes
                }
            };
            for scope in scopes {
                let Some(address) = import_address(evaluator, &import.to, &scope).await else { continue };
                self.find_import(evaluator, address, import, &scope).await;
            }
        }
    }

    async fn find_import(
        &self,
        evaluator: &Arc<Evaluator>,
        address: AbsResourceInstance,
        import: &plumb_configuration::Import,
        scope: &Scope,
    ) {
        if self.recorded(&address).is_some() {
            return;
        }
        let outcome = evaluator.evaluate(&import.id, scope, &mut Frame::new()).await;
        if outcome.failed {
            return;
        }
        let span = import.id.span();
        let problem = match outcome.value.as_str() {
            Some(_) if outcome.value.deep_marks().is_sensitive() => {
                "The import ID must not be sensitive: it is shown in the plan."
            }
            Some("") => "The import ID value evaluates to an empty string; please provide a non-empty value.",
            Some(id) => {
                let mut imports = self.imports.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
                imports.insert(address, (id.into(), span));
                return;
            }
            None if !outcome.value.is_known() => {
                "The import block \"id\" argument depends on resource attributes that cannot be determined until apply."
            }
            None => "The import ID must be a string that is not null.",
        };
        evaluator.report(Diagnostic::error("Invalid import id argument", problem).at(span).on(&address));
    }

    /// Asks the provider for the object with an identifier.
    pub(crate) async fn import(
        &self,
        evaluator: &Evaluator,
        subject: &Subject<'_>,
        id: &str,
        span: Span,
    ) -> Result<Arc<Object>, Failed> {
        let _permit = self.permits.acquire().await;
        match import_object(evaluator, subject.provider, subject.address, subject.schema, id, span).await {
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
        id: &str,
        span: Span,
    ) -> Result<Live, Failed> {
        self.refresh(evaluator, subject, object).await?.live().ok_or_else(|| {
            evaluator.report(no_such_object(subject.address, id).at(span));
            Failed
        })
    }
}

fn no_such_object(address: &AbsResourceInstance, id: &str) -> Diagnostic {
    Diagnostic::error(
        "Cannot import non-existent remote object",
        format!(
            "While attempting to import an existing object to \"{address}\", the provider detected that no object exists \
             with the given id. Only pre-existing objects can be imported; check that the id \"{id}\" is correct and that \
             it is associated with the provider's configured region or endpoint, or use \"plumb apply\" to create a new \
             remote object for this resource."
        ),
    )
    .on(address)
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

/// Asks a provider for the object with an identifier; `None` where there is none, which is
/// reported. What comes back has still to be read.
pub async fn import_object(
    evaluator: &Evaluator,
    provider: &Arc<dyn plumb_state::Provider>,
    address: &AbsResourceInstance,
    schema: &plumb_schema::Schema,
    id: &str,
    span: Span,
) -> Option<Object> {
    let response = provider.import_resource_state(&address.resource.kind, id).await;
    let failed = response.diagnostics.iter().any(|problem| problem.is_error);
    let place = crate::problems::Place { body: None, header: span };
    evaluator.report(crate::problems::provider_problems(response.diagnostics, place, address));
    if failed {
        return None;
    }
    let found = response.imported.into_iter().find(|object| object.kind == address.resource.kind);
    let Some(found) = found else {
        evaluator.report(no_such_object(address, id).at(span));
        return None;
    };
    if found.state.is_null() {
        evaluator.report(no_such_object(address, id).at(span));
        return None;
    }
    match Object::encode(&found.state, &schema.block.implied_type(), schema.version) {
        Ok(object) => Some(Object { private: found.private, ..object }),
        Err(error) => {
            evaluator.report(
                Diagnostic::error("Object cannot be recorded", format!("{address}: {error}."))
                    .at(span)
                    .on(address),
            );
            None
        }
    }
}
