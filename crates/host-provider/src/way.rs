//! How a host of a configuration is reached.

use std::path::{Path, PathBuf};
use std::time::Duration;

use plumb_deploy::Secrets;
use plumb_host::Secret;
use plumb_inventory::{Engine, HostKeyChecking, Jump, SshWay, Way};
use plumb_source::Files;
use plumb_value::Value;

use crate::fields::Fields;
use crate::problem::{Problem, Problems, problem, problem_at};

/// Attributes that each say where a host is.
pub(crate) const PLACES: [&str; 4] = ["host", "local", "container", "chroot"];

/// A host, and the way to it.
#[derive(Clone, Debug)]
pub struct Reached {
    /// Its name.
    pub name: String,
    /// The way.
    pub way: Way,
    /// Private keys for it that are in no file.
    pub keys: Vec<Secret>,
}

/// Whether something of the way to a host is not known yet.
pub(crate) fn is_open(object: Fields<'_>) -> bool {
    PLACES.into_iter().chain(["ssh", "name"]).any(|name| object.is_open(name))
}

/// What is wrong with the way that is stated, as far as that can be told.
pub(crate) fn check(object: Fields<'_>) -> Problems {
    let is_said = |name: &&str| match object.0.part(name) {
        Some(value) if value.is_known() => !value.is_null() && value.as_bool() != Some(false),
        Some(_) => true,
        None => false,
    };
    let said: Vec<&str> = PLACES.iter().copied().filter(|name| is_said(name)).collect();
    let is_open = PLACES.iter().any(|name| object.is_open(name));
    let mut problems = Problems::new();
    match said.as_slice() {
        [] => problems.push(problem(
            "No host is named",
            "One of these says where the host is: host, the name or address of a server of SSH; container; chroot; or \
             local = true for this machine.",
        )),
        [place] if *place != "host" && object.get("ssh").is_some() => problems.push(problem_at(
            "ssh",
            "SSH does not lead there",
            format!("The argument ssh belongs to host, and here {place} says where the host is. Leave one of them out."),
        )),
        [_] => {}
        several if is_open && several.len() > 1 => {}
        several => problems.push(problem_at(
            several[1],
            "A host is in one place",
            format!("Only one of {} may be given: {} are.", PLACES.join(", "), several.join(" and ")),
        )),
    }
    problems.extend(engine(object).err());
    problems.extend(object.object("ssh").and_then(|ssh| host_key_checking(ssh).err()));
    problems
}

/// The way to a host of which everything is known. Secrets on it are hidden from now on.
pub(crate) fn reached(object: Fields<'_>, files: &dyn Files, secrets: &Secrets) -> Result<Reached, Problem> {
    let name = name(object);
    let (way, keys) = if let Some(host) = object.text("host") {
        let (way, keys) = over_ssh(object.object("ssh"), &host, files, secrets)?;
        (Way::Ssh(Box::new(way)), keys)
    } else if let Some(container) = object.object("container") {
        let name = container.text("name").unwrap_or_default();
        (Way::Container { engine: engine(object)?, name }, Vec::new())
    } else if let Some(directory) = object.text("chroot") {
        (Way::Chroot { directory: path(&directory, files) }, Vec::new())
    } else {
        (Way::Local, Vec::new())
    };
    Ok(Reached { name, way, keys })
}

/// What the host is called: where it is, unless something else is said.
pub(crate) fn name(object: Fields<'_>) -> String {
    let of_container = || object.object("container")?.text("name");
    let place = object.text("name").or_else(|| object.text("host")).or_else(of_container);
    place.or_else(|| object.text("chroot")).unwrap_or_else(|| "@local".to_owned())
}

fn engine(object: Fields<'_>) -> Result<Engine, Problem> {
    let said = object.object("container").and_then(|container| container.text("engine"));
    match said.as_deref() {
        None | Some("docker") => Ok(Engine::Docker),
        Some("podman") => Ok(Engine::Podman),
        Some(other) => {
            let detail = format!("There is no engine {other:?} that is known here: docker and podman are.");
            Err(problem_at("container", "Unknown engine of containers", detail))
        }
    }
}

fn over_ssh(
    ssh: Option<Fields<'_>>,
    host: &str,
    files: &dyn Files,
    secrets: &Secrets,
) -> Result<(SshWay, Vec<Secret>), Problem> {
    let mut way = SshWay { hostname: Some(host.to_owned()), ..SshWay::default() };
    let Some(ssh) = ssh else { return Ok((way, Vec::new())) };
    let secret = |name: &str| {
        let text = ssh.text(name)?;
        secrets.add(&text);
        Some(Secret::new(text))
    };
    let seconds = |name: &str| ssh.number(name).map(Duration::from_secs);
    way.port = port(ssh)?;
    way.user = ssh.text("user");
    way.identity_files = ssh.text("private_key_file").iter().map(|file| path(file, files)).collect();
    way.key_passphrase = secret("private_key_passphrase");
    way.password = secret("password");
    way.config_file = ssh.text("config_file").map(|file| path(&file, files));
    way.known_hosts = ssh.text("known_hosts_file").iter().map(|file| path(file, files)).collect();
    way.host_key_checking = host_key_checking(ssh)?;
    way.connect_timeout = seconds("connect_timeout_seconds");
    way.jumps = ssh.elements("jumps").iter().map(jump).collect::<Result<_, _>>()?;
    Ok((way, secret("private_key").into_iter().collect()))
}

fn jump(value: &Value) -> Result<Jump, Problem> {
    let fields = Fields(value);
    let hostname = fields.text("host").unwrap_or_default();
    Ok(Jump { hostname, port: port(fields)?, user: fields.text("user") })
}

fn port(fields: Fields<'_>) -> Result<Option<u16>, Problem> {
    let Some(said) = fields.get("port") else { return Ok(None) };
    let port =
        said.as_number().and_then(plumb_value::Number::to_u64).and_then(|port| u16::try_from(port).ok());
    match port.filter(|port| *port > 0) {
        Some(port) => Ok(Some(port)),
        None => Err(problem_at("ssh", "No such port", "A port is a whole number from 1 to 65535.")),
    }
}

fn host_key_checking(ssh: Fields<'_>) -> Result<Option<HostKeyChecking>, Problem> {
    let Some(said) = ssh.text("host_key_checking") else { return Ok(None) };
    match said.as_str() {
        "strict" => Ok(Some(HostKeyChecking::Strict)),
        "accept-new" => Ok(Some(HostKeyChecking::AcceptNew)),
        "off" => Ok(Some(HostKeyChecking::Off)),
        other => {
            let detail =
                format!("host_key_checking is \"strict\", \"accept-new\" or \"off\", and not {other:?}.");
            Err(problem_at("ssh", "Unknown way to check keys of hosts", detail))
        }
    }
}

/// A path as people write it: from the working directory, or from their home.
fn path(said: &str, files: &dyn Files) -> PathBuf {
    match (said.strip_prefix("~/"), files.home_directory()) {
        (Some(rest), Some(home)) => home.join(rest),
        _ => files.working_directory().join(Path::new(said)),
    }
}
