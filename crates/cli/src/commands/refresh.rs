//! `refresh`: what `apply -refresh-only -auto-approve` does.

use std::sync::Arc;

use plumb_plan::{PlanMode, PlanOptions};

use super::in_session;
use super::operation::{Approved, carry_out, make_plan, prepare, prepare_shell};
use crate::arguments::RefreshArguments;
use crate::exit::{CommandResult, Exit};
use crate::session::StatePlace;
use crate::shell::Shell;

pub(super) fn run(shell: &mut Shell, arguments: RefreshArguments) -> CommandResult {
    prepare_shell(shell, &arguments.operation)?;
    in_session(shell, async |session| {
        let operation = &arguments.operation;
        let place = StatePlace::of(&operation.state, Some(&arguments.state_output));
        let prompt = session.prompt(operation.input.0);
        let prepared =
            prepare(session, &place, &arguments.variables, &operation.lock, "OperationTypeRefresh", &prompt)
                .await?;
        let options = PlanOptions {
            mode: PlanMode::RefreshOnly,
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
        let approved = Approved {
            loaded: prepared.loaded,
            variables: prepared.variables,
            opened: prepared.opened,
            providers: prepared.providers,
            plan: Arc::new(planned.plan),
        };
        carry_out(session, approved, "refresh").await
    })
}
