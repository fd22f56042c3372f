//! Ansible's names for what the vocabulary has names for.
//!
//! What is read from a form of Ansible's says it in its words; from then on there is one vocabulary.

use plumb_diagnostics::Diagnostic;
use plumb_source::Span;
use serde_json::Value;

use crate::builder::{Builder, Target};
use crate::data::Datum;
use crate::name::quoted;
use crate::sources::words;
use crate::vocabulary as ours;

/// Ansible's names and ours. Old ones are still in use.
const NAMES: [(&str, &str); 30] = [
    ("ansible_connection", ours::CONNECTION),
    ("ansible_host", ours::SSH_HOSTNAME),
    ("ansible_ssh_host", ours::SSH_HOSTNAME),
    ("ansible_docker_host", ours::CONTAINER),
    ("ansible_podman_host", ours::CONTAINER),
    ("ansible_port", ours::SSH_PORT),
    ("ansible_ssh_port", ours::SSH_PORT),
    ("ansible_user", ours::SSH_USER),
    ("ansible_ssh_user", ours::SSH_USER),
    ("ansible_password", ours::SSH_PASSWORD),
    ("ansible_ssh_pass", ours::SSH_PASSWORD),
    ("ansible_ssh_password", ours::SSH_PASSWORD),
    ("ansible_private_key_file", ours::SSH_KEY),
    ("ansible_ssh_private_key_file", ours::SSH_KEY),
    ("ansible_private_key_passphrase", ours::SSH_KEY_PASSPHRASE),
    ("ansible_ssh_private_key_passphrase", ours::SSH_KEY_PASSPHRASE),
    ("ansible_host_key_checking", ours::SSH_STRICT_HOST_KEY_CHECKING),
    ("ansible_ssh_host_key_checking", ours::SSH_STRICT_HOST_KEY_CHECKING),
    ("ansible_timeout", ours::SSH_CONNECT_TIMEOUT),
    ("ansible_ssh_timeout", ours::SSH_CONNECT_TIMEOUT),
    ("ansible_ssh_retries", ours::SSH_CONNECT_RETRIES),
    ("ansible_become", ours::SUDO),
    ("ansible_sudo", ours::SUDO),
    ("ansible_become_user", ours::SUDO_USER),
    ("ansible_sudo_user", ours::SUDO_USER),
    ("ansible_become_method", ours::BECOME_METHOD),
    ("ansible_become_password", ours::SUDO_PASSWORD),
    ("ansible_become_pass", ours::SUDO_PASSWORD),
    ("ansible_sudo_pass", ours::SUDO_PASSWORD),
    ("ansible_sudo_password", ours::SUDO_PASSWORD),
];

/// Arguments for `ssh`, some of which are settings of ours.
const ARGUMENTS: [&str; 3] = ["ansible_ssh_common_args", "ansible_ssh_extra_args", "ansible_ssh_args"];

const PRIORITY: &str = "ansible_group_priority";

/// Says something of a host or a group in Ansible's words.
pub(crate) fn set(builder: &mut Builder, target: Target, name: &str, datum: Datum) {
    if ARGUMENTS.contains(&name) {
        return set_arguments(builder, target, name, &datum);
    }
    if let (PRIORITY, Target::Group(group)) = (name, target) {
        let text = datum.value.as_str().and_then(|text| text.parse().ok());
        match datum.value.as_i64().or(text) {
            Some(priority) => builder.set_priority(group, priority),
            None => {
                let detail = format!("\"{PRIORITY}\" must be a whole number.");
                builder.report(Diagnostic::error("Invalid group priority", detail).at(datum.origin.span));
            }
        }
        return;
    }
    let Some(ours) = NAMES.iter().find(|(theirs, _)| *theirs == name).map(|(_, ours)| *ours) else {
        return builder.set(target, name, datum);
    };
    let datum = if ours == ours::CONNECTION { with_known_connection(datum) } else { datum };
    builder.set(target, ours, datum);
}

/// Connections go by several names.
fn with_known_connection(mut datum: Datum) -> Datum {
    if let Value::String(text) = &datum.value {
        let last = text.rsplit('.').next().unwrap_or_default();
        let known = match last {
            "smart" | "paramiko" | "paramiko_ssh" | "ssh" => "ssh",
            "docker" | "docker_api" => "docker",
            other => other,
        };
        datum.value = Value::String(known.to_owned());
    }
    datum
}

/// Says what arguments for `ssh` say, as far as that has names of ours.
fn set_arguments(builder: &mut Builder, target: Target, name: &str, datum: &Datum) {
    let text = datum.value.as_str().unwrap_or_default();
    let words = words::split(text, false).unwrap_or_default();
    let mut words = words.iter().map(|word| word.text.as_str());
    let mut unknown = Vec::new();
    while let Some(word) = words.next() {
        let (option, inside) = word.split_at_checked(2).unwrap_or((word, ""));
        let value = match option {
            "-o" | "-J" | "-F" | "-i" | "-p" | "-l" if inside.is_empty() => words.next().unwrap_or_default(),
            _ => inside,
        };
        let (setting, value) = match option {
            "-o" => value.split_once(['=', ' ']).unwrap_or((value, "")),
            "-J" => ("ProxyJump", value),
            "-F" => ("ConfigFile", value),
            "-i" => ("IdentityFile", value),
            "-p" => ("Port", value),
            "-l" => ("User", value),
            _ => (word, ""),
        };
        let Some((ours, value)) = option_of_ssh(setting, value.trim()) else {
            if !is_of_no_account(setting) {
                unknown.push(if option == "-o" { format!("-o {setting}") } else { word.to_owned() });
            }
            continue;
        };
        builder.set(target, ours, datum.with_value(Value::String(value)));
    }
    if !unknown.is_empty() {
        warn_of_arguments(builder, name, &unknown, datum.origin.span);
    }
}

/// The setting of ours that an option of `ssh` is.
fn option_of_ssh(option: &str, value: &str) -> Option<(&'static str, String)> {
    let ours = match option.to_ascii_lowercase().as_str() {
        "proxyjump" => ours::SSH_JUMP,
        "configfile" => ours::SSH_CONFIG_FILE,
        "identityfile" => ours::SSH_KEY,
        "port" => ours::SSH_PORT,
        "user" => ours::SSH_USER,
        "stricthostkeychecking" => ours::SSH_STRICT_HOST_KEY_CHECKING,
        "userknownhostsfile" => ours::SSH_KNOWN_HOSTS,
        "connecttimeout" => ours::SSH_CONNECT_TIMEOUT,
        "proxycommand" => return Some((ours::SSH_JUMP, jump_of_command(value)?)),
        _ => return None,
    };
    Some((ours, value.to_owned()))
}

/// The host that `ssh -W %h:%p user@host` goes through: the form that was usual before there was `ProxyJump`.
fn jump_of_command(command: &str) -> Option<String> {
    let words = words::split(command, false).ok()?;
    let mut words = words.iter().map(|word| word.text.as_str());
    if words.next()?.rsplit('/').next()? != "ssh" {
        return None;
    }
    let (mut host, mut port, mut passes) = (None, None, false);
    while let Some(word) = words.next() {
        match word {
            "-W" => passes = words.next()? == "%h:%p",
            "-W%h:%p" => passes = true,
            "-q" | "-A" | "-T" => {}
            "-p" => port = Some(words.next()?),
            _ if !word.starts_with('-') && host.is_none() => host = Some(word),
            _ => return None,
        }
    }
    let host = host.filter(|_| passes)?;
    Some(port.map_or_else(|| host.to_owned(), |port| format!("{host}:{port}")))
}

/// Options about how connections are kept and shown, which is not for an inventory to say.
fn is_of_no_account(option: &str) -> bool {
    let known = [
        "controlmaster",
        "controlpersist",
        "controlpath",
        "serveraliveinterval",
        "serveralivecountmax",
        "loglevel",
        "compression",
        "-c",
        "-q",
        "-t",
    ];
    known.contains(&option.to_ascii_lowercase().as_str())
}

fn warn_of_arguments(builder: &mut Builder, name: &str, unknown: &[String], at: Span) {
    let unknown: Vec<String> = unknown.iter().map(|word| quoted(word)).collect();
    let detail = format!(
        "\"{name}\" has arguments for ssh that are not understood here and have no effect: {}. Say it in an ssh_config \
         file, and name that with \"{}\".",
        unknown.join(", "),
        ours::SSH_CONFIG_FILE
    );
    builder.report(Diagnostic::warning("Arguments for ssh not understood", detail).at(at));
}
