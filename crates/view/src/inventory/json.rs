//! For programs.

use std::collections::HashSet;
use std::path::Path;
use std::sync::Arc;

use plumb_inventory::{Host, HostKeyChecking, Inventory, Level, SshWay, Way};
use plumb_source::SourceMap;
use serde_json::{Map, Value, json};

use super::level;

/// Version of the form; its first number grows when readers have to be changed.
const FORMAT_VERSION: &str = "1.0";

/// Hosts of an inventory, and the groups that they are in.
pub fn inventory_json(inventory: &Inventory, hosts: &[Arc<Host>], sources: &SourceMap) -> String {
    let chosen: HashSet<&str> = hosts.iter().map(|host| host.name()).collect();
    let used: HashSet<&str> = hosts.iter().flat_map(|host| host.groups()).collect();
    let mut groups = Map::new();
    for group in inventory.groups().filter(|group| used.contains(group.name())) {
        let members: Vec<&str> = group.hosts().filter(|name| chosen.contains(name)).collect();
        let children: Vec<&str> = group.children().filter(|name| used.contains(name)).collect();
        groups.insert(group.name().to_owned(), json!({ "hosts": members, "children": children }));
    }
    let hosts: Vec<Value> = hosts.iter().map(|host| host_json(host, sources)).collect();
    json!({ "format_version": FORMAT_VERSION, "hosts": hosts, "groups": groups }).to_string()
}

fn host_json(host: &Host, sources: &SourceMap) -> Value {
    let mut data = Map::new();
    let mut origins = Map::new();
    for (name, (at, datum)) in host.data() {
        data.insert(name.to_owned(), datum.shown(name));
        let mut origin = Map::new();
        origin.insert("level".to_owned(), level(at).into());
        if let Level::Group(group) = at {
            origin.insert("group".to_owned(), group.into());
        }
        origin.insert("source".to_owned(), (*datum.origin.source).into());
        let file = sources.get(datum.origin.span.file).filter(|file| *file.path == *datum.origin.source);
        if let Some(file) = file {
            origin.insert("line".to_owned(), file.line_number(datum.origin.span.start).into());
        }
        origins.insert(name.to_owned(), origin.into());
    }
    let mut whole = Map::new();
    whole.insert("name".to_owned(), host.name().into());
    whole.insert("way".to_owned(), way_json(host));
    if let Some(sudo) = host.sudo() {
        whole.insert("sudo".to_owned(), json!({ "user": sudo.user.as_deref().unwrap_or("root") }));
    }
    whole.insert("groups".to_owned(), host.groups().collect::<Vec<_>>().into());
    whole.insert("data".to_owned(), data.into());
    whole.insert("origins".to_owned(), origins.into());
    whole.into()
}

fn way_json(host: &Host) -> Value {
    match host.way() {
        Way::Local => json!({ "kind": "local" }),
        Way::Container { engine, name } => json!({ "kind": engine.program(), "container": name }),
        Way::Chroot { directory } => json!({ "kind": "chroot", "directory": text(directory) }),
        Way::Ssh(way) => ssh_json(host.name(), way),
    }
}

/// What is stated, and the name to connect to.
fn ssh_json(name: &str, way: &SshWay) -> Value {
    let mut out = Map::new();
    let mut put = |key: &str, value: Option<Value>| {
        if let Some(value) = value {
            out.insert(key.to_owned(), value);
        }
    };
    let paths = |paths: &[std::path::PathBuf]| {
        let paths: Vec<String> = paths.iter().map(|path| text(path)).collect();
        (!paths.is_empty()).then(|| Value::from(paths))
    };
    let jumps: Vec<String> = way.jumps.iter().map(ToString::to_string).collect();
    put("kind", Some("ssh".into()));
    put("hostname", Some(way.hostname.as_deref().unwrap_or(name).into()));
    put("port", way.port.map(Value::from));
    put("user", way.user.as_deref().map(Value::from));
    put("identity_files", paths(&way.identity_files));
    put("jumps", (!jumps.is_empty()).then(|| Value::from(jumps)));
    put("config_file", way.config_file.as_deref().map(|path| text(path).into()));
    put("known_hosts", paths(&way.known_hosts));
    put("host_key_checking", way.host_key_checking.map(|checking| checking_name(checking).into()));
    put("connect_retries", way.connect_retries.map(Value::from));
    put("connect_retry_delay_seconds", way.connect_retry_delay.map(|delay| delay.as_secs_f64().into()));
    put("connect_timeout_seconds", way.connect_timeout.map(|timeout| timeout.as_secs_f64().into()));
    out.into()
}

fn checking_name(checking: HostKeyChecking) -> &'static str {
    match checking {
        HostKeyChecking::Strict => "strict",
        HostKeyChecking::AcceptNew => "accept-new",
        HostKeyChecking::Off => "off",
    }
}

fn text(path: &Path) -> String {
    path.display().to_string()
}
