//! The hosts that a command is for.

use std::sync::Arc;
use std::time::Duration;

use plumb_deploy::{Secrets, Setting};
use plumb_diagnostics::{Diagnostic, Diagnostics};
use plumb_executor::Stop;
use plumb_inventory::{Host, Inventory, Processes, States, World, read};
use plumb_state::State;
use plumb_view::hosts::names_text;
use serde_json::{Map, Value};

use super::leftover::Left;
use super::outside::InventoryCode;
use crate::arguments::HostOptions;
use crate::session::{Session, StatePlace};

/// How long a program may take to say which hosts there are; those that ask a cloud take their time.
const PROGRAM_TIMEOUT: Duration = Duration::from_secs(120);

/// The word for the state of the directory.
const STATE: &str = "@terraform";

/// Reads inventories, with what is said of all hosts on top. Secrets that code comes by are taken in.
pub(super) async fn read_all(
    session: &Session<'_>,
    words: &[String],
    data: &[String],
    secrets: &Secrets,
) -> Result<Inventory, Diagnostics> {
    let is_interrupted = || session.stop.asked() > Stop::No;
    let programs = Processes {
        working_directory: session.files.working_directory(),
        timeout: PROGRAM_TIMEOUT,
        is_interrupted: &is_interrupted,
    };
    let ssh_config = session.shell.environment.home().map(|home| home.join(".ssh/config"));
    let states = Recorded(recorded(session, words).await?);
    let world = World {
        files: &*session.files,
        sources: &session.shell.sources,
        programs: &programs,
        code: &InventoryCode { session, secrets },
        states: &states,
        ssh_config: ssh_config.as_ref(),
    };
    session.shell.checked(read(words, data, world))
}

/// Hosts of inventories.
pub(super) struct Chosen {
    /// Those that the command is for.
    pub(super) hosts: Vec<Arc<Host>>,
    /// All that there are.
    pub(super) all: Vec<Arc<Host>>,
}

/// Reads inventories, and chooses among their hosts; among those that are left over, if that is wanted.
pub(super) async fn chosen(
    session: &Session<'_>,
    words: &[String],
    options: &HostOptions,
    secrets: &Secrets,
    only: Option<&Left>,
) -> Result<Chosen, Diagnostics> {
    let inventory = read_all(session, words, &options.data, secrets).await?;
    let mut hosts = session.shell.checked(inventory.select(&options.limit, &session.shell.sources))?;
    if let Some(left) = only {
        check_known(left, &inventory)?;
        hosts.retain(|host| left.hosts.contains_key(host.name()));
        if hosts.is_empty() {
            let detail = "None of the hosts that -limit names is left over by the last run.";
            return Err(Diagnostic::error("There is nothing to resume", detail).into());
        }
    }
    let mut problems = Diagnostics::new();
    for host in &hosts {
        problems.append(host.problems().clone());
    }
    let all = inventory.hosts().to_vec();
    session.shell.checked((Chosen { hosts, all }, problems))
}

/// Hosts that are left over are still hosts of the inventory.
fn check_known(left: &Left, inventory: &Inventory) -> Result<(), Diagnostics> {
    let names: Vec<&str> = left.hosts.keys().map(String::as_str).collect();
    let gone: Vec<&str> = names.into_iter().filter(|name| inventory.host(name).is_none()).collect();
    if gone.is_empty() {
        return Ok(());
    }
    let detail = format!(
        "The inventory has these hosts no more, which the last run has left over: {}. Run the deploy without -resume; what \
         is done already is not done again.",
        names_text(gone.into_iter())
    );
    Err(Diagnostic::error("Hosts that are left over are gone", detail).into())
}

/// The state of the directory, where an inventory is read from that.
async fn recorded(session: &Session<'_>, inventories: &[String]) -> Result<Option<State>, Diagnostics> {
    let words = inventories.iter().flat_map(|inventory| inventory.split(','));
    let is_wanted =
        |word: &str| word.strip_prefix(STATE).is_some_and(|rest| rest.is_empty() || rest.starts_with('#'));
    if !words.map(str::trim).any(is_wanted) {
        return Ok(None);
    }
    let backend = session.backend_of_directory(&StatePlace::default())?;
    Ok(Some(session.read_state(&session.store(&backend)?).await?))
}

struct Recorded(Option<State>);

impl States for Recorded {
    fn state(&self) -> Result<State, Diagnostics> {
        let missing =
            || Diagnostic::error("No state", "The state of this directory has not been read.").into();
        self.0.clone().ok_or_else(missing)
    }
}

/// What a deploy runs with for a host.
pub(super) fn setting(base: &Setting, host: &Host) -> Setting {
    let mut data = Map::new();
    for (name, (_, datum)) in host.data() {
        if datum.is_hidden() {
            hide(&datum.value, &base.secrets);
        }
        data.insert(name.to_owned(), datum.value.clone());
    }
    become_as_said(host, &mut data, &base.secrets);
    base.of(host.name(), host.groups().map(str::to_owned).collect(), data)
}

/// As whom everything is done, as operations have it: inventories write it in many ways (`sudo=yes`, a password
/// of digits).
fn become_as_said(host: &Host, data: &mut Map<String, Value>, secrets: &Secrets) {
    let sudo = host.sudo();
    if data.contains_key("sudo") {
        data.insert("sudo".to_owned(), sudo.is_some().into());
    }
    let Some(sudo) = sudo else { return };
    if let Some(user) = sudo.user {
        data.insert("sudo_user".to_owned(), user.into());
    }
    if let Some(password) = sudo.password {
        secrets.add(password.reveal());
        data.insert("sudo_password".to_owned(), password.reveal().into());
    }
}

fn hide(value: &Value, secrets: &Secrets) {
    match value {
        Value::String(text) => secrets.add(text),
        Value::Array(items) => items.iter().for_each(|item| hide(item, secrets)),
        Value::Object(entries) => entries.values().for_each(|value| hide(value, secrets)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}
