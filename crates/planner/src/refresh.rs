//! Looking at objects as they are now.

use std::sync::Arc;

use plumb_address::{AbsResourceInstance, DeposedKey, ProviderConfigAddress};
use plumb_diagnostics::Diagnostic;
use plumb_evaluator::Evaluator;
use plumb_plan::{Action, Change, PlanMode, Refresh};
use plumb_schema::{Schema, normalise_legacy};
use plumb_state::{Object, Provider, ReadRequest, RecordedIdentity, UpgradeRequest};
use plumb_value::{Marks, Path, Value};

use crate::problems::{Place, provider_bug, provider_problems};
use crate::session::Session;
use crate::values::{identity, schema_marked};

/// An object as it is now.
#[derive(Clone, Debug)]
pub(crate) struct Live {
    /// Marks on.
    pub(crate) value: Value,
    /// As it is recorded.
    pub(crate) object: Arc<Object>,
}

/// What looking at an object has found.
pub(crate) enum Seen {
    /// It is there.
    Live(Live),
    /// It is gone; what its provider stores beside it is left.
    Gone(Vec<u8>),
}

impl Seen {
    /// The object, if it is there.
    pub(crate) fn live(self) -> Option<Live> {
        match self {
            Seen::Live(live) => Some(live),
            Seen::Gone(_) => None,
        }
    }
}

/// What is recorded beside an object.
struct Beside {
    /// What its provider stores there.
    private: Vec<u8>,
    /// What tells it from all others.
    identity: Option<RecordedIdentity>,
}

/// What is looked at.
pub(crate) struct Subject<'a> {
    pub(crate) address: &'a AbsResourceInstance,
    pub(crate) deposed: Option<&'a DeposedKey>,
    pub(crate) provider: &'a Arc<dyn Provider>,
    pub(crate) provider_config: &'a ProviderConfigAddress,
    pub(crate) schema: &'a Arc<Schema>,
    pub(crate) place: Place<'a>,
    /// The module's `provider_meta`.
    pub(crate) meta: Option<&'a Value>,
}

impl Subject<'_> {
    fn provider_name(&self) -> String {
        self.provider_config.provider.to_string()
    }
}

/// A problem was reported; there is no answer.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Failed;

impl Session {
    /// Brings a recorded object to the current schema and, where that is wanted, looks at it. The
    /// outcome is recorded, and what differs is noted as drift.
    pub(crate) async fn refresh(
        &self,
        evaluator: &Evaluator,
        subject: &Subject<'_>,
        object: &Arc<Object>,
    ) -> Result<Seen, Failed> {
        if !self.looks_at(subject.address) {
            return self.recall(evaluator, subject, object).await;
        }
        let _permit = self.permits.acquire().await;
        let upgraded = self.upgrade(evaluator, subject, object).await?;
        self.look(evaluator, subject, object, upgraded).await
    }

    /// Brings a recorded object to the current schema, and asks nobody how it is now.
    pub(crate) async fn recall(
        &self,
        evaluator: &Evaluator,
        subject: &Subject<'_>,
        object: &Arc<Object>,
    ) -> Result<Seen, Failed> {
        let _permit = self.permits.acquire().await;
        let known = self.upgrade(evaluator, subject, object).await?;
        let beside = Beside { private: object.private.clone(), identity: object.identity.clone() };
        self.settle_on(evaluator, subject, object, &known, known.clone(), beside)
    }

    /// Looks at an object that is of the current schema. The outcome is recorded.
    pub(crate) async fn look(
        &self,
        evaluator: &Evaluator,
        subject: &Subject<'_>,
        object: &Arc<Object>,
        known: Value,
    ) -> Result<Seen, Failed> {
        let known_as = identity(&known);
        let known_as = known_as.as_ref().map(|(name, text)| (*name, text.as_str()));
        self.observer.refresh_start(subject.address, subject.deposed, known_as);
        let (value, beside) = self.read(evaluator, subject, &known, object).await?;
        let known_as = identity(&value);
        let known_as = known_as.as_ref().map(|(name, text)| (*name, text.as_str()));
        self.observer.refresh_complete(subject.address, known_as);
        self.settle_on(evaluator, subject, object, &known, value, beside)
    }

    fn settle_on(
        &self,
        evaluator: &Evaluator,
        subject: &Subject<'_>,
        object: &Arc<Object>,
        upgraded: &Value,
        value: Value,
        beside: Beside,
    ) -> Result<Seen, Failed> {
        self.note_drift(subject, upgraded, &value);
        if value.is_null() {
            self.record(subject.address, subject.deposed, subject.provider_config, None);
            return Ok(Seen::Gone(beside.private));
        }
        let object = self.refreshed_object(evaluator, subject, object, upgraded, &value, beside)?;
        self.record(subject.address, subject.deposed, subject.provider_config, Some(object.clone()));
        Ok(Seen::Live(Live { value, object }))
    }

    /// The value of an object that has just been encoded under the current schema.
    pub(crate) fn decoded(
        &self,
        evaluator: &Evaluator,
        subject: &Subject<'_>,
        object: &Object,
    ) -> Result<Value, Failed> {
        crate::values::decode(object, subject.schema).map_err(|error| {
            evaluator.report(
                Diagnostic::error("Recorded object cannot be read", format!("{}: {error}.", subject.address))
                    .at(subject.place.header)
                    .on(subject.address),
            );
            Failed
        })
    }

    /// Whether providers are asked how an object is now.
    pub(crate) fn looks_at(&self, address: &AbsResourceInstance) -> bool {
        self.options.refresh.looks() && self.targeting.looks_at(address)
    }

    /// Whether what is declared is looked at only where it changes.
    pub(crate) fn is_light(&self) -> bool {
        self.options.refresh == Refresh::Config && self.options.mode == PlanMode::Normal
    }

    /// The object under the current schema, marks on.
    pub(crate) async fn upgrade(
        &self,
        evaluator: &Evaluator,
        subject: &Subject<'_>,
        object: &Object,
    ) -> Result<Value, Failed> {
        if object.schema_version > subject.schema.version {
            evaluator.report(
                Diagnostic::error(
                    "Resource instance managed by newer provider version",
                    format!(
                        "The current state of {} was created by a newer provider version than is currently selected. \
                         Upgrade the {} provider to work with this state: it is recorded under schema version {}, and the \
                         selected provider knows versions up to {}.",
                        subject.address,
                        subject.provider_config.provider.for_display(),
                        object.schema_version,
                        subject.schema.version
                    ),
                )
                .at(subject.place.header)
                .on(subject.address),
            );
            return Err(Failed);
        }
        let response = subject
            .provider
            .upgrade_resource_state(UpgradeRequest {
                kind: subject.address.resource.kind.clone(),
                version: object.schema_version,
                json: object.attributes.clone(),
                flat: object.flat,
            })
            .await;
        self.settle(evaluator, subject, response.diagnostics)?;
        let value = self.conforming(evaluator, subject, response.state, "upgraded")?;
        Ok(schema_marked(&subject.schema.block, &value.with_marks_at(&object.sensitive)))
    }

    async fn read(
        &self,
        evaluator: &Evaluator,
        subject: &Subject<'_>,
        upgraded: &Value,
        object: &Object,
    ) -> Result<(Value, Beside), Failed> {
        let response = subject
            .provider
            .read_resource(ReadRequest {
                identity: object.identity.clone(),
                kind: subject.address.resource.kind.clone(),
                current: upgraded.unmark_deep(),
                private: object.private.clone(),
                meta: subject.meta.cloned(),
            })
            .await;
        self.settle(evaluator, subject, response.diagnostics)?;
        let value = self.conforming(evaluator, subject, response.state, "read")?;
        let value = normalise_legacy(&subject.schema.block, &value);
        let (_, marks) = upgraded.unmark_deep_with_paths();
        let value = schema_marked(&subject.schema.block, &value.with_marks_at(&marks));
        // A provider that does not say it leaves it as it is.
        let identity = response.identity.or_else(|| object.identity.clone());
        Ok((value, Beside { private: response.private, identity }))
    }

    /// Reports what a provider said; fails where any of it is an error.
    pub(crate) fn settle(
        &self,
        evaluator: &Evaluator,
        subject: &Subject<'_>,
        problems: Vec<plumb_state::ProviderDiagnostic>,
    ) -> Result<(), Failed> {
        if problems.is_empty() {
            return Ok(());
        }
        let failed = problems.iter().any(|problem| problem.is_error);
        evaluator.report(provider_problems(problems, subject.place, subject.address));
        if failed { Err(Failed) } else { Ok(()) }
    }

    /// A value that a provider returned as an existing object: it must be of the schema's type and
    /// wholly known.
    fn conforming(
        &self,
        evaluator: &Evaluator,
        subject: &Subject<'_>,
        value: Value,
        what: &str,
    ) -> Result<Value, Failed> {
        let problem = if !value.is_wholly_known() {
            "the object contains values that are not known".to_owned()
        } else {
            match plumb_schema::coerce(&subject.schema.block, &value) {
                Ok(_) => return Ok(value),
                Err((path, message)) => format!("{}{path}: {message}", subject.address),
            }
        };
        evaluator.report(
            provider_bug(
                "Provider produced invalid object",
                &subject.provider_name(),
                &format!("returned an invalid {what} object for {}:", subject.address),
                &[problem],
            )
            .at(subject.place.header)
            .on(subject.address),
        );
        Err(Failed)
    }

    /// The record of a refreshed object; the very same one where nothing about it has changed, its
    /// form included.
    fn refreshed_object(
        &self,
        evaluator: &Evaluator,
        subject: &Subject<'_>,
        object: &Arc<Object>,
        upgraded: &Value,
        value: &Value,
        beside: Beside,
    ) -> Result<Arc<Object>, Failed> {
        let Beside { private, identity } = beside;
        let same = !object.flat
            && object.schema_version == subject.schema.version
            && object.private == private
            && object.identity == identity
            && upgraded.same(value)
            && object.sensitive.len() == value.unmark_deep_with_paths().1.len();
        if same {
            return Ok(object.clone());
        }
        let encoded = Object::encode(value, &subject.schema.block.implied_type(), subject.schema.version);
        match encoded {
            Ok(encoded) => Ok(Arc::new(Object {
                status: object.status,
                private,
                dependencies: object.dependencies.clone(),
                create_before_destroy: object.create_before_destroy,
                identity,
                ..encoded
            })),
            Err(error) => {
                evaluator.report(
                    Diagnostic::error("Object cannot be recorded", format!("{}: {error}.", subject.address))
                        .at(subject.place.header)
                        .on(subject.address),
                );
                Err(Failed)
            }
        }
    }

    fn note_drift(&self, subject: &Subject<'_>, before: &Value, after: &Value) {
        // What is to be destroyed starts from what there is now, whatever it was before.
        let compares = self.options.refresh.looks() && self.options.mode != PlanMode::Destroy;
        // What is found for the first time has not drifted.
        if !compares || self.prior.instance(subject.address).is_none() {
            return;
        }
        let action = if after.is_null() {
            Action::Delete
        } else if !before.same(after) {
            Action::Update
        } else if self.moved.contains_key(subject.address) && !self.plans_changes() {
            // All that is left to do is to record where it is now.
            Action::NoOp
        } else {
            return;
        };
        let change = Change {
            address: subject.address.clone(),
            previous_address: self.moved.get(subject.address).cloned().map(Box::new),
            deposed: subject.deposed.cloned(),
            provider: subject.provider_config.clone(),
            action,
            reason: None,
            before: before.clone(),
            after: after.clone(),
            requires_replace: Vec::new(),
            planned_private: Vec::new(),
            importing: None,
            generated_config: None,
            schema: subject.schema.clone(),
            dependencies: Arc::new([]),
            create_before_destroy: false,
            unrefreshed: false,
        };
        self.found().drift.push(change);
    }
}

/// Marks at paths, as they are kept beside recorded objects.
pub(crate) fn marks_of(value: &Value) -> Vec<(Path, Marks)> {
    value.unmark_deep_with_paths().1
}
