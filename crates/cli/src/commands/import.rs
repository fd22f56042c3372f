//! `import`.

use plumb_address::{AbsResourceInstance, Mode, ProviderConfigAddress};
use plumb_configuration::ResourceBlock;
use plumb_diagnostics::{Diagnostic, Diagnostics};
use plumb_evaluator::{Evaluator, Frame};
use plumb_planner::{Place, import_object, provider_problems};
use plumb_schema::Schema;
use plumb_source::Span;
use plumb_state::{Object, Provider, ReadRequest};
use std::sync::Arc;

use super::operation::prepare_shell;
use super::{address, in_session};
use crate::arguments::ImportArguments;
use crate::exit::{CommandResult, Exit};
use crate::session::{InputRequest, Loaded, Session, StatePlace};
use crate::shell::Shell;

pub(super) fn run(shell: &mut Shell, arguments: &ImportArguments) -> CommandResult {
    prepare_shell(shell, &arguments.operation)?;
    let target = address(AbsResourceInstance::parse(&arguments.address), &arguments.address)?;
    if target.resource.mode != Mode::Managed {
        return Err(Diagnostic::error(
            "A managed resource address is required",
            "Importing into a data resource is not allowed: what it reads is read again each time.",
        )
        .into());
    }
    shell.enter(arguments.config.as_deref())?;
    in_session(shell, async |session| import(session, arguments, &target).await)
}

async fn import(
    session: &Session<'_>,
    arguments: &ImportArguments,
    target: &AbsResourceInstance,
) -> CommandResult {
    let operation = &arguments.operation;
    let loaded = session.load()?;
    let block = block_for(&loaded, target)?;
    let place = StatePlace::of(&operation.state, Some(&arguments.state_output));
    let backend = session.backend(Some(&loaded.config), &place)?;
    let mut opened =
        session.open_state(session.store(&backend)?, &operation.lock, "OperationTypeImport").await?;
    let providers = session.providers(&loaded.config, Some(&opened.state)).await?;
    let prompt = session.prompt(operation.input.0);
    let request = InputRequest { arguments: &arguments.variables.given, prompt: &prompt };
    let variables = session.suitable_inputs(&loaded.config, request).await?;
    let evaluator = session.recorded_evaluator(&loaded, &providers, opened.state.clone(), variables)?;
    require_instance(&evaluator, target).await?;
    let schema = providers.providers.block_schema(block).await?;
    let configured =
        providers.providers.configured(&evaluator, &block.provider_config, &mut Frame::new()).await;
    let Some(provider) = configured else { return Err(evaluator.take_diagnostics()) };

    let terminal = &session.shell.terminal;
    let style = terminal.style();
    say(session, &style.success(&format!("{target}: Importing from ID {:?}...", arguments.id)));
    let found = import_object(&evaluator, &provider, target, &schema, &arguments.id, Span::NONE).await;
    let Some(found) = found else { return Err(evaluator.take_diagnostics()) };
    say(
        session,
        &style
            .success(&format!("{target}: Import prepared!\n  Prepared {} for import", target.resource.kind)),
    );
    // A wrong identifier is the more likely mistake, so that is what is said first.
    if opened.state.instance(target).is_some_and(|instance| instance.current.is_some()) {
        return Err(Diagnostic::error(
            "Resource already managed by Plumb",
            format!(
                "Plumb is already managing a remote object for {target}. To import to this address you must first remove \
                 the existing object from the state."
            ),
        )
        .into());
    }
    say(session, &style.bold(&format!("{target}: Refreshing state... [id={}]", arguments.id)));
    let Some(object) = look_at(&evaluator, &provider, target, &schema, found).await else {
        return Err(evaluator.take_diagnostics());
    };
    session.shell.report(evaluator.take_diagnostics());

    let mut state = opened.state.clone();
    let keeper: &ProviderConfigAddress = &block.provider_config;
    state.update_instance(target, keeper, |instance| instance.current = Some(Arc::new(object)));
    opened.write(&state).await?;
    opened.forget_open(target).await?;
    opened.close().await?;
    say(
        session,
        &format!(
            "\n{}\n\nThe resources that were imported are shown above. These resources are now in\nyour state and will \
             henceforth be managed by Plumb.\n",
            style.success("Import successful!")
        ),
    );
    Ok(Exit::Success)
}

/// Refuses an instance that the configuration does not have: the next plan would only destroy it.
async fn require_instance(
    evaluator: &Arc<Evaluator>,
    target: &AbsResourceInstance,
) -> Result<(), Diagnostics> {
    let mut frame = Frame::new();
    let keys = match evaluator.find_module(&target.module, &mut frame).await {
        Ok(Some(node)) => evaluator.resource_keys(&node, &target.resource, &mut frame).await,
        _ => None,
    };
    // What depends on values that are not known yet shows when it is planned.
    let is_there = keys.as_ref().is_some_and(|keys| keys.unknown || keys.find(&target.key).is_some());
    let found = evaluator.take_diagnostics();
    if found.has_errors() {
        return Err(found);
    }
    if is_there {
        return Ok(());
    }
    Err(Diagnostic::error(
        "Configuration for import target does not exist",
        format!(
            "The configuration has no instance {target}, so the next plan would destroy what is imported there. Change the \
             count or for_each of {} so that it is among the instances.",
            target.config()
        ),
    )
    .into())
}

fn say(session: &Session<'_>, text: &str) {
    if !session.shell.speaks_json() {
        session.shell.terminal.line(text);
    }
}

fn block_for<'a>(loaded: &'a Loaded, target: &AbsResourceInstance) -> Result<&'a ResourceBlock, Diagnostics> {
    let module = target.module.config();
    let found = loaded.config.find(&module).and_then(|module| module.resources.get(&target.resource));
    found.ok_or_else(|| {
        let place = if module.is_root() { "the root module".to_owned() } else { format!("module {module}") };
        Diagnostic::error(
            format!("Resource address {:?} does not exist in the configuration", target.to_string()),
            format!(
                "Before importing this resource, please create its configuration in {place}. For example:\n\nresource {:?} \
                 {:?} {{\n  # (resource arguments)\n}}",
                target.resource.kind, target.resource.name
            ),
        )
        .into()
    })
}

/// What the object is now. `None` where that cannot be said, which is reported.
async fn look_at(
    evaluator: &Evaluator,
    provider: &Arc<dyn Provider>,
    target: &AbsResourceInstance,
    schema: &Schema,
    found: Object,
) -> Option<Object> {
    let ty = schema.block.implied_type();
    let current = match found.decode(&ty) {
        Ok(value) => value.unmark_deep(),
        Err(error) => {
            evaluator.report(Diagnostic::error("Object cannot be read", format!("{target}: {error}.")));
            return None;
        }
    };
    let request = ReadRequest {
        kind: target.resource.kind.clone(),
        current,
        private: found.private.clone(),
        meta: None,
    };
    let response = provider.read_resource(request).await;
    let failed = response.diagnostics.iter().any(|problem| problem.is_error);
    evaluator.report(provider_problems(response.diagnostics, Place::NOWHERE, target));
    if failed {
        return None;
    }
    if response.state.is_null() {
        evaluator.report(Diagnostic::error(
            "Cannot import non-existent remote object",
            format!(
                "While attempting to import an existing object to {target}, the provider detected that no object exists \
                 with the given id. Only pre-existing objects can be imported; check that the id is correct and that it \
                 is associated with the provider's configured region or endpoint, or use \"plumb apply\" to create a new \
                 remote object for this resource."
            ),
        ));
        return None;
    }
    let marked = plumb_planner::schema_marked(&schema.block, &response.state);
    match Object::encode(&marked, &ty, schema.version) {
        Ok(object) => Some(Object { private: response.private, ..object }),
        Err(error) => {
            evaluator.report(Diagnostic::error("Object cannot be recorded", format!("{target}: {error}.")));
            None
        }
    }
}
