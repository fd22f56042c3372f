//! `fact`: what is known of hosts.

use std::path::Path;

use plumb_deploy::{Known, OwnLibrary, Setting, fact_code, globals, machine_facts, settle};
use plumb_diagnostics::{Diagnostic, Diagnostics};
use plumb_host::Host;
use plumb_starlark::{Limits, Loader, Program};
use serde_json::{Value, json};

use super::deploy::{FAREWELL, translated};
use super::many::Many;
use super::show::{grouped, sentence};
use crate::arguments::FactArguments;
use crate::commands::in_session;
use crate::exit::{CommandResult, Exit};
use crate::session::Session;
use crate::shell::Shell;

pub(crate) fn run(shell: &mut Shell, arguments: &FactArguments) -> CommandResult {
    shell.dress(&arguments.hosts.colour);
    if arguments.hosts.json.0 {
        shell.keep_output_clean();
    }
    shell.say_farewell(FAREWELL);
    in_session(shell, async |session| fact(session, arguments).await)
}

async fn fact(session: &Session<'_>, arguments: &FactArguments) -> CommandResult {
    let Some((inventory, asked)) = arguments.words.split_first() else {
        return Err(
            Diagnostic::error("No inventory is named", "Say where: plumb fact INVENTORY FACT.").into()
        );
    };
    let program = program(session, asked)?;
    let inventories = std::slice::from_ref(inventory);
    let many = Many::of(session, inventories, &arguments.hosts, &[], Path::new(""), None).await?;
    let (names, secrets, notices) = (many.names.clone(), many.secrets.clone(), many.notices.clone());
    let terminal = session.shell.terminal.clone();
    let (mut problems, mut failed) = (Vec::new(), 0);
    let work = move |_: usize, host: Host, setting: Setting| {
        let program = program.clone();
        async move { one(&program, host, &setting).await }
    };
    let heard = |at: usize, result: Result<Result<Value, String>, String>| {
        let name = &names[at];
        let (value, why) = match result {
            Ok(Ok(value)) => (Some(value), None),
            Ok(Err(why)) | Err(why) => (None, Some(secrets.hidden(&why))),
        };
        failed += usize::from(value.is_none());
        if arguments.hosts.json.0 {
            let line = json!({ "type": "host_fact", "host": name, "value": value, "error": why });
            terminal.line(secrets.hidden(&line.to_string()));
        } else if let Some(why) = why {
            problems.push((at, Diagnostic::error("A fact cannot be found out", sentence(&why))));
        } else if let Some(value) = value {
            let text = serde_json::to_string_pretty(&value).unwrap_or_default();
            terminal.line(secrets.hidden(&format!("{}: {text}", terminal.style().bold(name))));
        }
    };
    many.each(session, work, heard).await?;
    notices.tell(&session.shell.terminal, arguments.hosts.json.0, &secrets);
    session.shell.report(grouped(problems.into_iter(), &names));
    Ok(if failed > 0 { Exit::Failure } else { Exit::Success })
}

/// Code that says a fact as JSON: what is asked for is called as code calls it.
fn program(session: &Session<'_>, asked: &[String]) -> Result<Program, Diagnostics> {
    if asked.is_empty() {
        return load(session, &machine_facts());
    }
    let code = fact_code(asked).map_err(|why| Diagnostics::from(Diagnostic::error("No such fact", why)))?;
    load(session, &code)
}

fn load(session: &Session<'_>, code: &str) -> Result<Program, Diagnostics> {
    let (library, globals) = (OwnLibrary, globals());
    let mut loader = Loader::new(&*session.files, &library, &globals, Limits::default());
    loader.load_text("what was asked", code).map_err(|diagnostic| {
        Diagnostics::from(translated(&diagnostic, loader.sources(), &session.shell.sources))
    })
}

async fn one(program: &Program, mut host: Host, setting: &Setting) -> Result<Value, String> {
    let plan = settle(program, setting, &mut host, &mut Known::new()).await;
    let plan = plan.map_err(|error| error.explained(program))?;
    let said = plan.printed.last().ok_or_else(|| "nothing was found out".to_owned())?;
    serde_json::from_str(said).map_err(|why| why.to_string())
}
