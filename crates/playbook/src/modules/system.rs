//! Users, services, and the machine as a whole.

use super::{Arguments, Found, Operation, is_present};
use crate::code::{Expr, Level};
use crate::prelude::Helper;
use crate::scope::Used;

pub(super) fn operation(module: &str, arguments: &mut Arguments<'_>) -> Found {
    Some(match module {
        "service" | "sysvinit" => service(arguments, "services.service"),
        "systemd" | "systemd_service" => service(arguments, "systemd.service"),
        "user" => user(arguments),
        "group" => group(arguments),
        "authorized_key" => authorized_key(arguments),
        "cron" => cron(arguments),
        "hostname" => hostname(arguments),
        "sysctl" => sysctl(arguments),
        "mount" => mount(arguments),
        "modprobe" => modprobe(arguments),
        "timezone" => timezone(arguments),
        "locale_gen" => locale(arguments),
        "reboot" => reboot(arguments),
        "wait_for" => wait(arguments),
        _ => return None,
    })
}

fn service(arguments: &mut Arguments<'_>, function: &'static str) -> Result<Vec<Operation>, String> {
    let name = arguments.get(&["name", "service", "unit"])?;
    let daemon_reload = arguments.flag(&["daemon_reload", "daemon-reload"])?;
    let Some(name) = name else {
        if daemon_reload == Some(Expr::Bool(true)) {
            return Ok(vec![Operation::new("systemd.daemon_reload")]);
        }
        return Err("the argument `name` is missing".to_owned());
    };
    let enabled = arguments.flag(&["enabled"])?;
    let mut operation = Operation::new(function).of(name);
    let state = arguments.get(&["state"])?;
    operation = match state.as_ref().map(|state| (state, state.literal())) {
        None => operation.with("running", Expr::none()),
        Some((_, Some("started" | "running"))) => operation,
        Some((_, Some("stopped"))) => operation.with("running", Expr::Bool(false)),
        Some((_, Some("restarted"))) => operation.with("restarted", Expr::Bool(true)),
        Some((_, Some("reloaded"))) => operation.with("reloaded", Expr::Bool(true)),
        Some((_, Some(other))) => return Err(format!("the state `{other}` has no counterpart")),
        Some((state, None)) => {
            let is = |word: &str| {
                Expr::Code(format!("{} == \"{word}\"", state.at(Level::Union)), Level::Comparison)
            };
            let running = Expr::Code(format!("{} != \"stopped\"", state.at(Level::Union)), Level::Comparison);
            operation
                .with("running", running)
                .with("restarted", is("restarted"))
                .with("reloaded", is("reloaded"))
        }
    };
    operation = operation.maybe("enabled", enabled);
    if function == "systemd.service" {
        operation = operation.maybe("masked", arguments.flag(&["masked"])?);
        operation = operation.flag("daemon_reload", daemon_reload, false);
        match arguments.literal("scope")?.as_deref() {
            Some("user") => operation = operation.with("user_mode", Expr::Bool(true)),
            Some("global") => return Err("the scope `global` has no counterpart".to_owned()),
            _ => {}
        }
    }
    arguments.ignore(&["use", "no_block", "force", "pattern", "sleep", "arguments", "args", "runlevel"]);
    Ok(vec![operation])
}

fn user(arguments: &mut Arguments<'_>) -> Result<Vec<Operation>, String> {
    let name = arguments.need(&["name", "user"])?;
    let state = arguments.literal("state")?;
    let mut operation = Operation::new("server.user").of(name);
    operation = operation.maybe("present", is_present(state.as_deref()));
    operation = operation.maybe("uid", arguments.number(&["uid"])?);
    operation = operation.maybe("group", arguments.text(&["group"])?);
    operation = operation.maybe("groups", listed(arguments.get(&["groups"])?, arguments.used));
    operation = operation.flag("append", arguments.flag(&["append"])?, false);
    operation = operation.maybe("home", arguments.text(&["home"])?);
    operation = operation.maybe("shell", arguments.text(&["shell"])?);
    operation = operation.maybe("comment", arguments.text(&["comment"])?);
    operation = operation.maybe("password", arguments.text(&["password"])?);
    operation = operation.flag("system", arguments.flag(&["system"])?, false);
    operation = operation.flag("create_home", arguments.flag(&["create_home", "createhome"])?, true);
    operation = operation.flag("unique", arguments.flag(&["non_unique"])?.map(|not| not.negated()), true);
    if arguments.is_set(&["generate_ssh_key"])? {
        arguments.notes.push("`generate_ssh_key`: make a key with `ssh-keygen` in `server.shell`".to_owned());
    }
    let is_gone = state.as_deref() == Some("absent");
    let removed = arguments.flag(&["remove"])?.filter(|_| is_gone);
    operation = operation.flag("delete_home", removed, false);
    if arguments.literal("update_password").is_ok_and(|when| when.as_deref() == Some("on_create")) {
        arguments.notes.push("`update_password: on_create`: the password is always seen to".to_owned());
    }
    arguments.ignore(&["force", "ssh_key_bits", "ssh_key_file", "ssh_key_type", "ssh_key_comment"]);
    Ok(vec![operation])
}

/// Names with commas between them are a list.
fn listed(value: Option<Expr>, used: &mut Used) -> Option<Expr> {
    value.map(|value| match value {
        Expr::Text(text) => {
            let names = text.split(',').map(str::trim).filter(|name| !name.is_empty());
            Expr::List(names.map(Expr::text).collect())
        }
        list @ Expr::List(_) => list,
        Expr::Optional(value) => Expr::Optional(Box::new(names(*value, used))),
        other if other.is_none() => other,
        other => names(other, used),
    })
}

fn names(value: Expr, used: &mut Used) -> Expr {
    used.helpers.insert(Helper::Names);
    Expr::call(Helper::Names.name(), vec![value])
}

fn group(arguments: &mut Arguments<'_>) -> Result<Vec<Operation>, String> {
    let name = arguments.need(&["name"])?;
    let state = arguments.literal("state")?;
    let mut operation = Operation::new("server.group").of(name);
    operation = operation.maybe("present", is_present(state.as_deref()));
    operation = operation.maybe("gid", arguments.number(&["gid"])?);
    operation = operation.flag("system", arguments.flag(&["system"])?, false);
    arguments.ignore(&["local", "force"]);
    Ok(vec![operation])
}

fn authorized_key(arguments: &mut Arguments<'_>) -> Result<Vec<Operation>, String> {
    let user = arguments.need(&["user"])?;
    if arguments.literal("state")?.is_some_and(|state| state == "absent") {
        return Err(
            "a single key is not taken away: list those that are left, with `delete_keys = True`".to_owned()
        );
    }
    let Some(key) = arguments.text(&["key"])? else {
        return Err("the argument `key` is missing".to_owned());
    };
    let keys = if key.literal().is_some() { Expr::List(vec![key]) } else { key };
    let mut operation = Operation::new("server.user_authorized_keys").of(user).of(keys);
    operation = operation.flag("delete_keys", arguments.flag(&["exclusive"])?, false);
    if let Some(path) = arguments.text(&["path"])? {
        let (directory, name) = match path.literal().and_then(|path| path.rsplit_once('/')) {
            Some((directory, name)) => (Expr::text(directory), Expr::text(name)),
            None => (Expr::call("dirname", vec![path.clone()]), Expr::call("basename", vec![path])),
        };
        operation = operation.with("authorized_key_directory", directory);
        operation = operation.with("authorized_key_filename", name);
    }
    arguments.ignore(&["manage_dir", "comment", "follow"]);
    Ok(vec![operation])
}

fn cron(arguments: &mut Arguments<'_>) -> Result<Vec<Operation>, String> {
    let state = arguments.literal("state")?;
    let name = arguments.text(&["name"])?;
    let job = arguments.text(&["job", "value"])?;
    if arguments.has("env") || arguments.has("cron_file") {
        return Err("variables of crontabs and files in /etc/cron.d have no counterpart: write them with `files.line` and `files.write`".to_owned());
    }
    let job = match (job, &name) {
        (Some(job), _) => job,
        (None, Some(_)) if state.as_deref() == Some("absent") => Expr::text(""),
        _ => return Err("the argument `job` is missing".to_owned()),
    };
    let mut operation = Operation::new("crontab.crontab").of(job);
    if name.is_some() {
        // Those that are there already have been marked by Ansible.
        operation = operation.maybe("cron_name", name).with("cron_mark", Expr::text("#Ansible: "));
    }
    operation = operation.maybe("present", is_present(state.as_deref()));
    operation = operation.maybe("user", arguments.text(&["user"])?);
    let fields = [
        ("minute", "minute"),
        ("hour", "hour"),
        ("day_of_month", "day"),
        ("month", "month"),
        ("day_of_week", "weekday"),
    ];
    for (own, theirs) in fields {
        operation = operation.maybe(own, arguments.text(&[theirs])?);
    }
    let special = arguments.text(&["special_time"])?.map(|time| match time {
        Expr::Text(time) => Expr::text(format!("@{time}")),
        other => Expr::text("@").binary("+", &other, Level::Sum),
    });
    operation = operation.maybe("special_time", special);
    arguments.ignore(&["backup", "disabled"]);
    Ok(vec![operation])
}

fn hostname(arguments: &mut Arguments<'_>) -> Result<Vec<Operation>, String> {
    let name = arguments.need(&["name"])?;
    arguments.ignore(&["use"]);
    Ok(vec![Operation::new("server.hostname").of(name)])
}

fn sysctl(arguments: &mut Arguments<'_>) -> Result<Vec<Operation>, String> {
    let key = arguments.need(&["name", "key"])?;
    if arguments.literal("state")?.is_some_and(|state| state == "absent") {
        return Err("a setting is not taken away: take its line out with `files.line`".to_owned());
    }
    let value = arguments.need(&["value"])?;
    let file = arguments.text(&["sysctl_file"])?;
    let operation = Operation::new("server.sysctl").of(key).of(value).with("persist", Expr::Bool(true));
    let file = file.unwrap_or_else(|| Expr::text("/etc/sysctl.conf"));
    arguments.ignore(&["sysctl_set", "reload", "ignoreerrors"]);
    Ok(vec![operation.with("persist_file", file)])
}

fn mount(arguments: &mut Arguments<'_>) -> Result<Vec<Operation>, String> {
    let path = arguments.need(&["path", "name"])?;
    let device = arguments.text(&["src"])?;
    let kind = arguments.text(&["fstype"])?;
    let options = listed(arguments.text(&["opts"])?, arguments.used);
    let state = arguments.literal("state")?.ok_or("the argument `state` is missing")?;
    arguments.ignore(&["boot", "backup", "fstab", "dump", "passno"]);
    let place = Operation::new("files.directory").of(path.clone());
    let operation = Operation::new("server.mount").of(path);
    let (operation, is_mounted) = match state.as_str() {
        "mounted" => (operation.with("persist", Expr::Bool(true)), true),
        "ephemeral" => (operation, true),
        "unmounted" => (operation, false),
        "absent" => (operation.with("persist", Expr::Bool(true)), false),
        "present" => {
            return Err("a line of /etc/fstab alone is for `files.line`; `mounted` mounts it too".to_owned());
        }
        other => return Err(format!("the state `{other}` has no counterpart")),
    };
    if !is_mounted {
        return Ok(vec![operation.with("mounted", Expr::Bool(false))]);
    }
    let operation = operation.maybe("device", device).maybe("fs_type", kind);
    Ok(vec![place, operation.maybe("options", options)])
}

fn modprobe(arguments: &mut Arguments<'_>) -> Result<Vec<Operation>, String> {
    let name = arguments.need(&["name"])?;
    let state = arguments.literal("state")?;
    arguments.ignore(&["persistent"]);
    Ok(vec![Operation::new("server.modprobe").of(name).maybe("present", is_present(state.as_deref()))])
}

fn timezone(arguments: &mut Arguments<'_>) -> Result<Vec<Operation>, String> {
    let name = arguments.need(&["name"])?;
    arguments.ignore(&["hwclock"]);
    Ok(vec![Operation::new("server.timezone").of(name)])
}

fn locale(arguments: &mut Arguments<'_>) -> Result<Vec<Operation>, String> {
    let name = arguments.need(&["name"])?;
    let state = arguments.literal("state")?;
    Ok(vec![Operation::new("server.locale").of(name).maybe("present", is_present(state.as_deref()))])
}

fn reboot(_: &mut Arguments<'_>) -> Result<Vec<Operation>, String> {
    Err("nothing in the library starts a host again: do it with `plumb exec` between two deploys".to_owned())
}

fn wait(arguments: &mut Arguments<'_>) -> Result<Vec<Operation>, String> {
    let timeout = arguments.number(&["timeout"])?;
    let state = arguments.literal("state")?.unwrap_or_else(|| "started".to_owned());
    let path = arguments.text(&["path"])?;
    let port = arguments.number(&["port"])?;
    let host = arguments.text(&["host"])?;
    arguments.ignore(&["delay", "sleep", "connect_timeout", "msg"]);
    if let Some(path) = path {
        let test = if state == "absent" { "while" } else { "until" };
        let format = format!("{test} test -e %s; do sleep 1; done");
        let command = Expr::Format(format, vec![Expr::call("quote", vec![path])]);
        let operation = Operation::new("server.shell").of(command);
        return Ok(vec![operation.with("timeout", timeout.unwrap_or_else(|| Expr::atom("300")))]);
    }
    let port = port.ok_or("it waits for neither a port nor a path")?;
    if !matches!(state.as_str(), "started" | "present") {
        return Err(format!("the state `{state}` of a port has no counterpart"));
    }
    let is_other = host
        .as_ref()
        .is_some_and(|host| !matches!(host.literal(), Some("localhost" | "127.0.0.1" | "0.0.0.0")));
    if is_other {
        return Err("ports of other hosts are not waited for".to_owned());
    }
    Ok(vec![Operation::new("server.wait").with("port", port).maybe("timeout", timeout)])
}
