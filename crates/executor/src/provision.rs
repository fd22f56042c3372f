//! What runs beside the making and the destroying of objects.
//!
//! Responsible for evaluating what provisioners are to do, for running them one after the other, and
//! for what may be shown of what they write. What becomes of the object is for those who run them.

use std::sync::Arc;

use plumb_address::{AbsResourceInstance, InstanceKey};
use plumb_configuration::{Body, ModuleId, Provisioner};
use plumb_diagnostics::Diagnostic;
use plumb_evaluator::{Frame, ModuleNode, Scope};
use plumb_planner::{Place, provider_problems};
use plumb_schema::Block;
use plumb_state::{ProvisionOutput, ProvisionRequest, connection_schema};
use plumb_value::{Marks, Value};

use crate::Observer;
use crate::run::{Failed, Run};

/// The provisioners of a block, and of which object they are to run.
pub(crate) struct Provisioning<'a> {
    pub(crate) address: &'a AbsResourceInstance,
    pub(crate) provisioners: &'a [Provisioner],
    /// Connection settings that hold for all of them.
    pub(crate) connection: Option<&'a Body>,
    /// Where their expressions stand, with the object as `self`.
    pub(crate) scope: Scope,
    pub(crate) when_destroy: bool,
}

impl Run {
    /// Runs provisioners until one fails that must not.
    pub(crate) async fn provision(
        self: &Arc<Self>,
        work: &Provisioning<'_>,
        frame: &mut Frame,
    ) -> Result<(), Failed> {
        let wanted = work.provisioners.iter().filter(|one| one.when_destroy == work.when_destroy);
        for provisioner in wanted {
            self.provision_one(work, provisioner, frame).await?;
        }
        Ok(())
    }

    /// Runs what goes before the destruction of an object, which may refer to the object alone. So it
    /// waits for nothing, and needs no more of its module than where that lies.
    pub(crate) async fn provision_before_destroying(
        self: &Arc<Self>,
        address: &AbsResourceInstance,
        object: &Value,
    ) -> Result<(), Failed> {
        let config = self.evaluator.config().clone();
        let module = config.find(&address.module.config());
        let declared = module.and_then(|module| Some((module, module.resources.get(&address.resource)?)));
        let removed = plumb_planner::removed_block(&config, address);
        let (module, provisioners, connection) = match (declared, removed) {
            (Some((module, block)), _) => (module.id, &block.provisioners, &block.connection),
            (None, Some((module, removed))) => (module.id, &removed.provisioners, &removed.connection),
            (None, None) => return Ok(()),
        };
        let work = Provisioning {
            address,
            provisioners,
            connection: connection.as_ref(),
            scope: lone_scope(address, module).with_self(object.clone()),
            when_destroy: true,
        };
        self.provision(&work, &mut Frame::new()).await
    }

    async fn provision_one(
        self: &Arc<Self>,
        work: &Provisioning<'_>,
        provisioner: &Provisioner,
        frame: &mut Frame,
    ) -> Result<(), Failed> {
        let (address, kind) = (work.address, &provisioner.kind);
        let Some(program) = self.providers.provisioners().get(kind) else {
            self.report(
                Diagnostic::error(
                    "Missing required provisioner plugin",
                    format!("There is no provisioner of type \"{kind}\"."),
                )
                .at(provisioner.span)
                .on(address),
            );
            return Err(Failed);
        };
        let config = self.evaluate_for(work, provisioner, &provisioner.body, program.schema(), frame).await?;
        let schema = connection_schema();
        let connection = match provisioner.connection_over(work.connection) {
            Some(body) => self.evaluate_for(work, provisioner, &body, schema, frame).await?,
            None => Value::null(schema.implied_type()),
        };
        let marks = config.deep_marks();
        self.observer.provision_start(address, kind);
        let problems = program
            .provision(ProvisionRequest {
                config: config.unmark_deep(),
                connection,
                is_secret: !marks.is_empty(),
                output: shown(&self.observer, address, kind, marks),
            })
            .await;
        let failed = problems.iter().any(|problem| problem.is_error);
        if failed {
            self.observer.provision_errored(address, kind);
        } else {
            self.observer.provision_complete(address, kind);
        }
        // Who wants to go on does not want to hear of it again: it has been written already.
        if !(failed && provisioner.continue_on_failure) {
            let place = Place { body: Some(&provisioner.body), header: provisioner.span };
            self.report(provider_problems(problems, place, address));
        }
        if failed && !provisioner.continue_on_failure { Err(Failed) } else { Ok(()) }
    }

    async fn evaluate_for(
        self: &Arc<Self>,
        work: &Provisioning<'_>,
        provisioner: &Provisioner,
        body: &Body,
        schema: &Block,
        frame: &mut Frame,
    ) -> Result<Value, Failed> {
        let decoded = self.evaluator.decode(body, schema, &work.scope, frame).await;
        if decoded.failed {
            return Err(Failed);
        }
        if !decoded.value.is_wholly_known() {
            self.report(
                Diagnostic::error(
                    "Configuration contains unknown value",
                    format!(
                        "A \"{}\" provisioner of {} still has arguments that are not known, although everything that \
                         it refers to has been applied. This is a bug in the provider of what it refers to, or in Plumb.",
                        provisioner.kind, work.address
                    ),
                )
                .at(provisioner.span)
                .on(work.address),
            );
            return Err(Failed);
        }
        Ok(decoded.value)
    }
}

/// The place of an instance whose module may be gone.
fn lone_scope(address: &AbsResourceInstance, module: ModuleId) -> Scope {
    let node = ModuleNode {
        // No cell has it: nothing may be asked for from here.
        id: u32::MAX,
        module,
        address: address.module.clone(),
        parent: None,
        key: InstanceKey::None,
        each_value: None,
        unknown_key: None,
    };
    Scope::instance(Arc::new(node), address.key.clone(), None)
}

/// Passes on what a provisioner writes, or that it has written something which must not be shown.
fn shown(
    observer: &Arc<dyn Observer>,
    address: &AbsResourceInstance,
    kind: &Arc<str>,
    marks: Marks,
) -> ProvisionOutput {
    let (observer, address, kind) = (observer.clone(), address.clone(), kind.clone());
    let why = match (marks.is_sensitive(), marks.is_ephemeral()) {
        (true, true) => "sensitive, ephemeral",
        (true, false) => "sensitive",
        (false, true) => "ephemeral",
        (false, false) => "",
    };
    let instead = (!why.is_empty()).then(|| format!("(output suppressed due to {why} value in config)"));
    Arc::new(move |text: &str| {
        observer.provision_output(&address, &kind, instead.as_deref().unwrap_or(text));
    })
}
