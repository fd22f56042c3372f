//! `apply` and `destroy`.

use std::sync::Arc;

use plumb_diagnostics::{Diagnostic, Diagnostics};
use plumb_plan::{Plan, PlanMode};

use super::operation::{
    Approved, carry_out, make_plan, plan_options, prepare, prepare_shell, require_configuration, show_plan,
    warn_of_state_option,
};
use super::{in_session, saved_plan};
use crate::arguments::{ApplyArguments, Switch};
use crate::exit::{CommandResult, Exit};
use crate::prompt::Prompt;
use crate::session::{Session, StatePlace};
use crate::shell::Shell;

pub(super) fn run(shell: &mut Shell, arguments: ApplyArguments, is_destroy: bool) -> CommandResult {
    prepare_shell(shell, &arguments.operation)?;
    let mut arguments = arguments;
    if is_destroy {
        if arguments.plan.is_some() {
            return Err(Diagnostic::error(
                "Destroy can't be called with a plan file",
                "If this plan was created using plan -destroy, apply it with: \"plumb apply PLAN\".",
            )
            .into());
        }
        arguments.plan_options.destroy = Switch(true);
    }
    let Some(path) = arguments.plan.clone() else {
        return in_session(shell, async |session| plan_and_apply(session, &arguments, is_destroy).await);
    };
    in_session(shell, async |session| saved_plan::apply(session, &arguments, &path).await)
}

async fn plan_and_apply(
    session: &Session<'_>,
    arguments: &ApplyArguments,
    is_destroy: bool,
) -> CommandResult {
    let operation = &arguments.operation;
    let options = plan_options(&arguments.plan_options, operation, &session.shell.sources)?;
    require_configuration(session, &options)?;
    let prompt = session.prompt(operation.input.0);
    if !arguments.auto_approve.0 && !prompt.is_allowed() {
        return Err(cannot_ask(session.shell.speaks_json()));
    }
    let place = StatePlace::of(&operation.state, Some(&arguments.state_output));
    warn_of_state_option(session, &place);
    let variables = &arguments.plan_options.variables;
    let mut prepared =
        prepare(session, &place, variables, &operation.lock, "OperationTypeApply", &prompt).await?;
    prepared.opened.settle(&arguments.not_created, &prompt).await?;
    let planned = make_plan(session, &prepared, options).await?;
    let failed = planned.diagnostics.has_errors();
    let must_approve = planned.plan.is_applyable() && !arguments.auto_approve.0;
    // Where planning has failed, what there is of the plan may explain why.
    if !failed || !planned.plan.changes.is_empty() || !planned.plan.outputs.is_empty() {
        let shown = show_plan(session, &planned.plan, &prepared.loaded.config, arguments.detail.detail());
        // Nobody can say yes to what was not shown.
        if must_approve {
            shown?;
        }
    }
    let goes_on_at_once = !failed && !must_approve;
    session.shell.report(if goes_on_at_once {
        planned.diagnostics.without_provisional()
    } else {
        planned.diagnostics
    });
    if failed {
        return Ok(Exit::Failure);
    }
    let command = if is_destroy { "destroy" } else { "apply" };
    if must_approve && !is_approved(session, &prompt, &planned.plan).await? {
        prepared.opened.close().await?;
        let name = if planned.plan.options.mode == PlanMode::Destroy { "Destroy" } else { "Apply" };
        session.shell.terminal.print_error(&format!("{name} cancelled.\n"));
        return Ok(Exit::Failure);
    }
    let approved = Approved {
        loaded: prepared.loaded,
        variables: prepared.variables,
        opened: prepared.opened,
        providers: prepared.providers,
        plan: Arc::new(planned.plan),
    };
    carry_out(session, approved, command).await
}

fn cannot_ask(is_json: bool) -> Diagnostics {
    let why = if is_json { "-json is set" } else { "-input=false is set" };
    Diagnostic::error(
        "Plan file or auto-approve required",
        format!(
            "Plumb cannot ask for interactive approval when {why}. You can either apply a saved plan file, or enable the \
             -auto-approve option."
        ),
    )
    .into()
}

async fn is_approved(session: &Session<'_>, prompt: &Prompt, plan: &Plan) -> Result<bool, Diagnostics> {
    let place = if session.is_default_workspace()? {
        String::new()
    } else {
        format!("\n  in workspace {:?}", session.workspace()?)
    };
    let (title, text) = match plan.options.mode {
        PlanMode::Destroy => (
            format!("\nDo you really want to destroy all resources{place}?"),
            "Plumb will destroy all your managed infrastructure, as shown above.\nThere is no undo. Only 'yes' will be \
             accepted to confirm.",
        ),
        PlanMode::RefreshOnly => (
            format!("\nWould you like to update the Plumb state to reflect these detected changes{place}?"),
            "Plumb will write these changes to the state without modifying any real infrastructure.\nThere is no undo. \
             Only 'yes' will be accepted to confirm.",
        ),
        PlanMode::Normal => (
            format!("\nDo you want to perform these actions{place}?"),
            "Plumb will perform the actions described above.\nOnly 'yes' will be accepted to approve.",
        ),
    };
    prompt.confirm(&title, text).await
}
