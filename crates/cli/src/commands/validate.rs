//! `validate`.

mod code;

use plumb_diagnostics::Diagnostics;
use plumb_view::json::write_validation;

use super::in_session;
use crate::arguments::ValidateArguments;
use crate::exit::{CommandResult, Exit};
use crate::session::{Loaded, Session};
use crate::shell::Shell;

pub(super) fn run(shell: &mut Shell, arguments: &ValidateArguments) -> CommandResult {
    shell.dress(&arguments.colour);
    shell.enter(arguments.directory.as_deref())?;
    if !arguments.json.0 {
        return in_session(shell, async |session| {
            let diagnostics = check(session, arguments).await;
            conclude(session, diagnostics)
        });
    }
    shell.collect();
    let result = in_session(shell, async |session| {
        session.shell.report(check(session, arguments).await);
        Ok(Exit::Success)
    });
    let mut diagnostics = shell.take_collected();
    diagnostics.append(result.err().unwrap_or_default());
    let mut text = Vec::new();
    // Writing to memory does not fail.
    let _ = write_validation(&mut text, &diagnostics, &shell.sources);
    shell.terminal.print_bytes(&text);
    Ok(if diagnostics.has_errors() { Exit::Failure } else { Exit::Success })
}

async fn check(session: &Session<'_>, arguments: &ValidateArguments) -> Diagnostics {
    let mut diagnostics = check_configuration(session).await;
    let tests = (!arguments.no_tests.0).then_some(arguments.test_directory.as_str());
    if let Some(tests) = tests {
        diagnostics.append(check_tests(session, tests));
    }
    diagnostics.append(code::check(session, tests));
    diagnostics
}

/// What is wrong with test files and with the modules that they run.
fn check_tests(session: &Session<'_>, tests: &str) -> Diagnostics {
    let (files, mut diagnostics) = session.test_files(tests);
    for file in &files {
        for run in &file.runs {
            let module = session.module_of_run(file, run);
            diagnostics.append(module.map(|(_, problems)| problems).unwrap_or_default());
        }
    }
    diagnostics
}

async fn check_configuration(session: &Session<'_>) -> Diagnostics {
    let (loaded, mut diagnostics, can_be_evaluated) = if session.has_configuration() {
        session.load_to_evaluate()
    } else {
        // Nothing is wrong with nothing.
        (Loaded::nothing(), Diagnostics::new(), true)
    };
    if !can_be_evaluated {
        return diagnostics;
    }
    let providers = match session.providers(&loaded.config, None).await {
        Ok(providers) => providers,
        Err(more) => {
            diagnostics.append(more);
            return diagnostics;
        }
    };
    let environment = match session.evaluation(false, &providers) {
        Ok(environment) => environment,
        Err(more) => {
            diagnostics.append(more);
            return diagnostics;
        }
    };
    let more =
        plumb_planner::validate(loaded.config, loaded.index, environment, providers.providers.clone()).await;
    diagnostics.append(without_those_of(more, &diagnostics));
    diagnostics
}

/// What was found that is not known already, such as what evaluation finds after looking at the references.
pub(super) fn without_those_of(found: Diagnostics, known: &Diagnostics) -> Diagnostics {
    let is_known = |one: &plumb_diagnostics::Diagnostic| {
        known.iter().any(|other| other.summary == one.summary && other.subject == one.subject)
    };
    found.into_iter().filter(|diagnostic| !is_known(diagnostic)).collect()
}

fn conclude(session: &Session<'_>, diagnostics: Diagnostics) -> CommandResult {
    let (failed, warned) = (diagnostics.has_errors(), !diagnostics.is_empty());
    session.shell.report(diagnostics);
    if failed {
        return Ok(Exit::Failure);
    }
    let terminal = &session.shell.terminal;
    let success = terminal.style().success("Success!");
    let rest = if warned { ", but there were some validation warnings as shown above." } else { "." };
    terminal.line(format!("{success} The configuration is valid{rest}\n"));
    Ok(Exit::Success)
}
