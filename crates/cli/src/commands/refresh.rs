//! `refresh`: the state is brought up to date without any change.
//!
//! A whole plan is made, and what it starts from is recorded: the objects as they are, and the outputs
//! as the configuration has them. What the plan would do is of no interest.

use plumb_plan::PlanOptions;

use super::in_session;
use super::operation::{make_plan, prepare, prepare_shell, show_outputs, warn_of_state_option};
use crate::arguments::RefreshArguments;
use crate::exit::{CommandResult, Exit};
use crate::session::StatePlace;
use crate::shell::Shell;

pub(super) fn run(shell: &mut Shell, arguments: RefreshArguments) -> CommandResult {
    prepare_shell(shell, &arguments.operation)?;
    in_session(shell, async |session| {
        let operation = &arguments.operation;
        let place = StatePlace::of(&operation.state, Some(&arguments.state_output));
        warn_of_state_option(session, &place);
        let prompt = session.prompt(operation.input.0);
        let mut prepared =
            prepare(session, &place, &arguments.variables, &operation.lock, "OperationTypeRefresh", &prompt)
                .await?;
        let options = PlanOptions {
            refresh: arguments.refresh,
            targets: arguments.target.clone(),
            parallelism: operation.parallelism,
            ..PlanOptions::default()
        };
        let planned = make_plan(session, &prepared, options).await?;
        let failed = planned.diagnostics.has_errors();
        session.shell.report(planned.diagnostics);
        if failed {
            return Ok(Exit::Failure);
        }
        let refreshed = &planned.plan.prior_state;
        prepared.opened.write(refreshed).await?;
        prepared.opened.close().await?;
        show_outputs(session.shell, &refreshed.outputs);
        Ok(Exit::Success)
    })
}
