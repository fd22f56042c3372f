//! `exec`: runs a command on hosts.

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use plumb_deploy::Setting;
use plumb_diagnostics::Diagnostic;
use plumb_host::{Event, Host, Reply, Request};
use serde_json::json;

use super::deploy::FAREWELL;
use super::many::Many;
use super::show::{grouped, lines_of, sentence};
use crate::arguments::ExecArguments;
use crate::commands::in_session;
use crate::exit::{CommandResult, Exit};
use crate::session::Session;
use crate::shell::Shell;

pub(crate) fn run(shell: &mut Shell, arguments: &ExecArguments) -> CommandResult {
    shell.dress(&arguments.hosts.colour);
    if arguments.hosts.json.0 {
        shell.keep_output_clean();
    }
    shell.say_farewell(FAREWELL);
    in_session(shell, async |session| exec(session, arguments).await)
}

async fn exec(session: &Session<'_>, arguments: &ExecArguments) -> CommandResult {
    let Some((inventory, command)) = arguments.words.split_first().filter(|(_, command)| !command.is_empty())
    else {
        let detail = "Say where, and then what: plumb exec INVENTORY COMMAND. For this machine, the inventory is @local.";
        return Err(Diagnostic::error("No command is named", detail).into());
    };
    let request = Request::foreign(&command.join(" "));
    let request = arguments.timeout.map_or(request.clone(), |seconds| request.within(seconds));
    let inventories = std::slice::from_ref(inventory);
    let many = Many::of(session, inventories, &arguments.hosts, &[], Path::new(""), None).await?;
    let (names, secrets, notices) = (many.names.clone(), many.secrets.clone(), many.notices.clone());
    let terminal = session.shell.terminal.clone();
    let as_json = arguments.hosts.json.0;
    let show = {
        let (names, secrets, terminal) = (names.clone(), secrets.clone(), terminal.clone());
        move |at: usize, line: &str| {
            let name = terminal.style().bold(&names[at]);
            terminal.line(format!("{name}: {}", secrets.hidden(line)));
        }
    };
    let work = move |at: usize, host: Host, setting: Setting| {
        let (request, show) = (request.clone(), show.clone());
        async move { one(at, host, &setting, request, !as_json, show).await }
    };
    let (mut problems, mut failed) = (Vec::new(), 0);
    let mut heard = |at: usize, result: Result<Result<Reply, String>, String>| {
        let (said, why) = match &result {
            Ok(Ok(reply)) => (Some(reply), None),
            Ok(Err(why)) | Err(why) => (None, Some(why.clone())),
        };
        failed += usize::from(said.is_none_or(|reply| reply.status != 0));
        if as_json {
            terminal.line(reported(&names[at], said, why.as_deref(), &secrets).to_string());
        } else if let Some(why) = why {
            problems.push((at, Diagnostic::error("A host cannot be spoken with", sentence(&why))));
        } else if let Some(reply) = said.filter(|reply| reply.status != 0) {
            let style = terminal.style();
            terminal.line(format!(
                "{}: {}",
                style.bold(&names[at]),
                style.red(&format!("status {}", reply.status))
            ));
        }
    };
    many.each(session, work, &mut heard).await?;
    notices.tell(&session.shell.terminal, arguments.hosts.json.0, &secrets);
    session.shell.report(grouped(problems.into_iter(), &names));
    Ok(if failed > 0 { Exit::Failure } else { Exit::Success })
}

fn reported(
    host: &str,
    reply: Option<&Reply>,
    why: Option<&str>,
    secrets: &plumb_deploy::Secrets,
) -> serde_json::Value {
    let text = |bytes: &[u8]| secrets.hidden(&String::from_utf8_lossy(bytes));
    json!({
        "type": "host_exec",
        "host": host,
        "status": reply.map(|reply| reply.status),
        "output": reply.map(|reply| text(&reply.output)),
        "errors": reply.map(|reply| text(&reply.errors)),
        "error": why.map(|why| secrets.hidden(why)),
    })
}

/// Runs it on one host, and shows whole lines as they come.
async fn one(
    at: usize,
    mut host: Host,
    setting: &Setting,
    request: Request,
    shows: bool,
    show: impl Fn(usize, &str) + Send + Sync + 'static,
) -> Result<Reply, String> {
    let begun: Arc<Mutex<[Vec<u8>; 2]>> = Arc::default();
    let mut observe = |_: usize, event: Event<'_>| {
        if !shows {
            return;
        }
        let mut begun = begun.lock().unwrap_or_else(PoisonError::into_inner);
        match event {
            Event::Wrote(stream, bytes) => {
                let side = &mut begun[usize::from(stream == plumb_host::Stream::Errors)];
                side.extend_from_slice(bytes);
                lines_of(side, false).iter().for_each(|line| show(at, line));
            }
            Event::Ended(_) => {
                let rest = begun.iter_mut().flat_map(|side| lines_of(side, true)).collect::<Vec<_>>();
                rest.iter().for_each(|line| show(at, line));
            }
        }
    };
    let login = plumb_deploy::login_of(setting);
    let replies = host.run(&login, &[request], &mut observe).await.map_err(|why| why.to_string())?;
    replies.into_iter().next().ok_or_else(|| "it did not answer".to_owned())
}
