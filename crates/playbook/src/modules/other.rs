//! Version control, containers, firewalls.

use super::{Arguments, Found, Operation, is_present};
use crate::code::Expr;

pub(super) fn operation(module: &str, arguments: &mut Arguments<'_>) -> Found {
    Some(match module {
        "git" => git(arguments),
        "git_config" => git_config(arguments),
        "ufw" => ufw(arguments),
        "iptables" => iptables(arguments),
        "docker_container" => container(arguments),
        "docker_image" => named(arguments, "docker.image"),
        "docker_network" => named(arguments, "docker.network"),
        "docker_volume" => named(arguments, "docker.volume"),
        "known_hosts" => known_hosts(arguments),
        _ => return None,
    })
}

fn git(arguments: &mut Arguments<'_>) -> Result<Vec<Operation>, String> {
    let src = arguments.need(&["repo", "name"])?;
    let dest = arguments.need(&["dest"])?;
    let mut operation = Operation::new("git.repo").with("src", src).with("dest", dest);
    let version = arguments.text(&["version"])?;
    operation = operation.maybe("branch", version.filter(|version| version.literal() != Some("HEAD")));
    if arguments.flag(&["update"])? == Some(Expr::Bool(false)) {
        operation = operation.with("pull", Expr::Bool(false));
    }
    operation = operation.maybe("depth", arguments.number(&["depth"])?);
    operation =
        operation.flag("ssh_keyscan", arguments.flag(&["accept_hostkey", "accept_newhostkey"])?, false);
    if arguments.is_set(&["force"])? {
        arguments.notes.push("`force`: what was changed in the working tree is not thrown away".to_owned());
    }
    arguments.ignore(&[
        "clone",
        "recursive",
        "single_branch",
        "track_submodules",
        "umask",
        "remote",
        "executable",
    ]);
    Ok(vec![operation])
}

fn git_config(arguments: &mut Arguments<'_>) -> Result<Vec<Operation>, String> {
    let name = arguments.need(&["name"])?;
    let value = arguments.need(&["value"])?;
    let mut operation = Operation::new("git.config").of(name).of(value);
    operation = operation.maybe("repo", arguments.text(&["repo"])?);
    match arguments.literal("scope")?.as_deref() {
        Some("system") => operation = operation.with("system", Expr::Bool(true)),
        Some("file") => return Err("the scope `file` has no counterpart".to_owned()),
        _ => {}
    }
    Ok(vec![operation])
}

/// There is no operation for it; its own command does nothing twice.
fn ufw(arguments: &mut Arguments<'_>) -> Result<Vec<Operation>, String> {
    let mut commands = Vec::new();
    let state = arguments.literal("state")?;
    let rule = arguments.literal("rule")?;
    let policy = arguments.literal("policy")?.or(arguments.literal("default")?);
    let direction = arguments.literal("direction")?;
    let logging = arguments.literal("logging")?;
    let turned = match direction.as_deref() {
        Some("in" | "incoming") => "in",
        Some("out" | "outgoing") => "out",
        _ => "",
    };
    if let Some(rule) = rule {
        let is_deleted = arguments.is_set(&["delete"])?;
        let mut format = format!("ufw {}{rule}", if is_deleted { "delete " } else { "" });
        if !turned.is_empty() {
            format.push_str(&format!(" {turned}"));
        }
        let mut values = Vec::new();
        let mut add = |word: &str, value: Option<Expr>| {
            if let Some(value) = value {
                format.push_str(&format!(" {word}%s").replace("  ", " "));
                values.push(value);
            }
        };
        add("", arguments.text(&["name", "app"])?);
        let from = arguments.text(&["from_ip", "from", "src"])?;
        let to = arguments.text(&["to_ip", "to", "dest"])?;
        let port = arguments.text(&["to_port", "port"])?;
        let from_port = arguments.text(&["from_port"])?;
        let proto = arguments.text(&["proto", "protocol"])?.filter(|proto| proto.literal() != Some("any"));
        add("on ", arguments.text(&["interface", "if"])?);
        let has_address = from.is_some() || to.is_some() || port.is_some();
        add("proto ", proto);
        if has_address {
            add("from ", Some(from.unwrap_or_else(|| Expr::text("any"))));
            add("port ", from_port);
            add("to ", Some(to.unwrap_or_else(|| Expr::text("any"))));
            add("port ", port);
        }
        add("comment ", arguments.text(&["comment"])?);
        commands.push(command(&format, &values));
    }
    if let Some(policy) = policy {
        let turned = match turned {
            "in" => " incoming",
            "out" => " outgoing",
            _ => "",
        };
        commands.push(Expr::text(format!("ufw default {policy}{turned}")));
    }
    if let Some(logging) = logging {
        commands.push(Expr::text(format!("ufw logging {}", if logging == "yes" { "on" } else { &logging })));
    }
    match state.as_deref() {
        Some("enabled") => commands.push(Expr::text("ufw --force enable")),
        Some("disabled") => commands.push(Expr::text("ufw disable")),
        Some("reloaded") => commands.push(Expr::text("ufw reload")),
        Some("reset") => commands.push(Expr::text("ufw --force reset")),
        _ => {}
    }
    arguments.ignore(&["insert", "insert_relative_to", "log", "route"]);
    if commands.is_empty() {
        return Err("it says nothing that is to be done".to_owned());
    }
    let commands = if commands.len() == 1 { commands.remove(0) } else { Expr::List(commands) };
    Ok(vec![Operation::new("server.shell").of(commands)])
}

/// A command with values in it, each quoted where it has to be.
fn command(format: &str, values: &[Expr]) -> Expr {
    let is_plain = |text: &&str| {
        !text.is_empty()
            && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"./:-_@,".contains(&byte))
    };
    let (mut text, mut rest, mut left) = (String::new(), format, Vec::new());
    for value in values {
        let Some((before, behind)) = rest.split_once("%s") else { break };
        text.push_str(before);
        match value.literal().filter(is_plain) {
            Some(plain) => text.push_str(plain),
            None => {
                text.push_str("%s");
                left.push(Expr::call("quote", vec![value.clone()]));
            }
        }
        rest = behind;
    }
    text.push_str(rest);
    if left.is_empty() { Expr::Text(text) } else { Expr::Format(text, left) }
}

/// A rule by the program itself, which says whether it is there.
fn iptables(arguments: &mut Arguments<'_>) -> Result<Vec<Operation>, String> {
    let chain = arguments.need(&["chain"])?;
    let state = arguments.literal("state")?;
    let program = match arguments.literal("ip_version")?.as_deref() {
        Some("ipv6") => "ip6tables",
        _ => "iptables",
    };
    let table = arguments.text(&["table"])?.unwrap_or_else(|| Expr::text("filter"));
    if let Some(policy) = arguments.text(&["policy"])? {
        let set = command(&format!("{program} -t %s -P %s %s"), &[table, chain, policy]);
        return Ok(vec![Operation::new("server.shell").of(set)]);
    }
    if arguments.is_set(&["flush"])? {
        let empty = command(&format!("{program} -t %s -F %s"), &[table, chain]);
        return Ok(vec![Operation::new("server.shell").of(empty)]);
    }
    let mut format = String::new();
    let mut values = Vec::new();
    let options = [
        ("protocol", "-p"),
        ("source", "-s"),
        ("destination", "-d"),
        ("in_interface", "-i"),
        ("out_interface", "-o"),
        ("match", "-m"),
        ("source_port", "--sport"),
        ("destination_port", "--dport"),
    ];
    for (name, option) in options {
        let words = match arguments.text(&[name])? {
            None => continue,
            Some(Expr::List(items)) => items,
            Some(one) => vec![one],
        };
        for word in words {
            format.push_str(&format!(" {option} %s"));
            values.push(word);
        }
    }
    if let Some(states) = arguments.get(&["ctstate"])? {
        format.push_str(" -m conntrack --ctstate %s");
        values.push(match states {
            Expr::List(items) => {
                Expr::text(items.iter().filter_map(Expr::literal).collect::<Vec<_>>().join(","))
            }
            other => other,
        });
    }
    let more = [
        ("comment", "-m comment --comment"),
        ("jump", "-j"),
        ("reject_with", "--reject-with"),
        ("to_ports", "--to-ports"),
        ("to_destination", "--to-destination"),
        ("to_source", "--to-source"),
        ("log_prefix", "--log-prefix"),
    ];
    for (name, option) in more {
        if let Some(value) = arguments.text(&[name])? {
            format.push_str(&format!(" {option} %s"));
            values.push(value);
        }
    }
    let is_inserted = arguments.literal("action")?.is_some_and(|action| action == "insert");
    arguments.ignore(&["rule_num", "wait", "numeric"]);
    let rule = |action: &str| {
        let mut all = vec![table.clone(), chain.clone()];
        all.extend(values.iter().cloned());
        command(&format!("{program} -t %s {action} %s{format}"), &all)
    };
    let operation = match state.as_deref() {
        Some("absent") => Operation::new("server.shell").of(rule("-D")).with("onlyif", rule("-C")),
        _ => {
            let action = if is_inserted { "-I" } else { "-A" };
            Operation::new("server.shell").of(rule(action)).with("unless", rule("-C"))
        }
    };
    Ok(vec![operation])
}

fn container(arguments: &mut Arguments<'_>) -> Result<Vec<Operation>, String> {
    let name = arguments.need(&["name"])?;
    let state = arguments.literal("state")?;
    let mut operation = Operation::new("docker.container").of(name);
    match state.as_deref() {
        Some("absent") => operation = operation.with("present", Expr::Bool(false)),
        Some("present" | "stopped") => operation = operation.with("start", Expr::Bool(false)),
        _ => {}
    }
    operation = operation.maybe("image", arguments.text(&["image"])?);
    operation = operation.maybe("ports", arguments.get(&["published_ports", "ports"])?);
    operation = operation.maybe("volumes", arguments.get(&["volumes"])?);
    let networks = arguments.get(&["networks"])?.map(|networks| match networks {
        Expr::List(items) => Expr::List(
            items
                .into_iter()
                .map(|item| match item {
                    Expr::Dict(entries) => entries
                        .into_iter()
                        .find(|(key, _)| key.literal() == Some("name"))
                        .map_or_else(Expr::none, |(_, name)| name),
                    other => other,
                })
                .collect(),
        ),
        other => other,
    });
    operation = operation.maybe("networks", networks);
    operation = operation.maybe("env_vars", arguments.get(&["env"])?);
    operation = operation.maybe("labels", arguments.get(&["labels"])?);
    operation = operation.maybe("restart_policy", arguments.text(&["restart_policy"])?);
    operation = operation.maybe("command", arguments.text(&["command"])?);
    for name in ["hostname", "user", "entrypoint"] {
        operation = operation.maybe(name, arguments.text(&[name])?);
    }
    operation = operation.maybe("memory", arguments.text(&["memory"])?);
    operation = operation.flag("privileged", arguments.flag(&["privileged"])?, false);
    operation = operation.flag("force", arguments.flag(&["recreate"])?, false);
    operation = operation.flag("pull_always", arguments.flag(&["pull"])?, false);
    arguments.ignore(&[
        "detach",
        "comparisons",
        "networks_cli_compatible",
        "network_mode_",
        "purge_networks",
    ]);
    Ok(vec![operation])
}

fn named(arguments: &mut Arguments<'_>, function: &'static str) -> Result<Vec<Operation>, String> {
    let name = arguments.need(&["name", "volume_name"])?;
    let state = arguments.literal("state")?;
    let name = match (function, arguments.text(&["tag"])?) {
        ("docker.image", Some(tag)) => match (name.literal(), tag.literal()) {
            (Some(name), Some(tag)) => Expr::text(format!("{name}:{tag}")),
            _ => Expr::Format("%s:%s".to_owned(), vec![name, tag]),
        },
        _ => name,
    };
    if arguments.literal("source")?.is_some_and(|source| source == "build") {
        return Err("images are built by `docker.build`".to_owned());
    }
    let mut operation = Operation::new(function).of(name);
    if function != "docker.image" {
        operation = operation.maybe("driver", arguments.text(&["driver"])?);
    }
    arguments.ignore(&["force_source", "force_tag", "pull"]);
    Ok(vec![operation.maybe("present", is_present(state.as_deref()))])
}

fn known_hosts(arguments: &mut Arguments<'_>) -> Result<Vec<Operation>, String> {
    let name = arguments.need(&["name", "host"])?;
    let state = arguments.literal("state")?;
    // A line of the file begins with the name, which the operation puts there itself.
    let without_name = |line: &str| {
        let rest = line.trim().split_once(char::is_whitespace).map(|(_, rest)| rest.trim().to_owned());
        rest.filter(|rest| rest.contains(' ')).unwrap_or_else(|| line.trim().to_owned())
    };
    let key = arguments.text(&["key"])?.map(|key| match key {
        Expr::Text(line) => Expr::List(vec![Expr::text(without_name(&line))]),
        other => other,
    });
    let mut operation = Operation::new("ssh.known_hosts").of(name).maybe("keys", key);
    operation = operation.maybe("path", arguments.text(&["path"])?);
    arguments.ignore(&["hash_host"]);
    Ok(vec![operation.maybe("present", is_present(state.as_deref()))])
}
