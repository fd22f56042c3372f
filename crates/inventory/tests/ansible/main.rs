//! What Ansible reads, we read as it does: each directory of `cases` has an inventory, and beside it what
//! `ansible-inventory --list` makes of it. `capture.py` captures that anew.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::time::Duration;

use plumb_diagnostics::{Diagnostics, TextStyle, render_all_text};
use plumb_inventory::{Code, Host, Inventory, Processes, States, World, read};
use plumb_source::{DiskFiles, SourceMap};
use serde_json::{Map, Value};

/// Ansible's names in the cases, and ours.
const NAMES: [(&str, &str); 12] = [
    ("ansible_host", "ssh_hostname"),
    ("ansible_ssh_host", "ssh_hostname"),
    ("ansible_port", "ssh_port"),
    ("ansible_ssh_port", "ssh_port"),
    ("ansible_user", "ssh_user"),
    ("ansible_ssh_user", "ssh_user"),
    ("ansible_ssh_private_key_file", "ssh_key"),
    ("ansible_connection", "connection"),
    ("ansible_become", "sudo"),
    ("ansible_become_user", "sudo_user"),
    ("ansible_become_password", "sudo_password"),
    ("ansible_group_priority", ""),
];

/// Ansible has no code of ours.
struct NoCode;

impl Code for NoCode {
    fn inventory(&self, _: &Path) -> Result<String, Diagnostics> {
        Err(Diagnostics::new())
    }
}

struct NoState;

impl States for NoState {
    fn state(&self) -> Result<plumb_state::State, Diagnostics> {
        Err(Diagnostics::new())
    }
}

fn read_case(case: &Path) -> Inventory {
    let sources = SourceMap::new();
    let files = DiskFiles::new(case.to_owned(), Some("/home/me".into()));
    let never = || false;
    let programs = Processes {
        working_directory: case.to_owned(),
        timeout: Duration::from_secs(60),
        is_interrupted: &never,
    };
    let world = World {
        files: &files,
        sources: &sources,
        programs: &programs,
        code: &NoCode,
        states: &NoState,
        ssh_config: None,
    };
    let (inventory, diagnostics) = read(&[inventory_of(case)], &[], world);
    let shown = render_all_text(diagnostics.iter(), &sources, &TextStyle::PLAIN);
    assert!(!diagnostics.has_errors(), "{}: {shown}", case.display());
    inventory
}

fn inventory_of(case: &Path) -> String {
    let entries = std::fs::read_dir(case).expect("a directory");
    let mut names: Vec<String> =
        entries.map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names.into_iter().find(|name| name.starts_with("inventory")).expect("an inventory")
}

/// What is said of a host, in Ansible's JSON.
fn data(host: &Host) -> Map<String, Value> {
    host.data().into_iter().map(|(name, (_, datum))| (name.to_owned(), datum.value.clone())).collect()
}

fn in_our_words(values: &Map<String, Value>) -> Map<String, Value> {
    let renamed = values.iter().filter_map(|(name, value)| {
        let ours = NAMES.iter().find(|(theirs, _)| theirs == name).map_or(name.as_str(), |(_, ours)| *ours);
        (!ours.is_empty()).then(|| (ours.to_owned(), value.clone()))
    });
    let mut sorted: Vec<(String, Value)> = renamed.collect();
    sorted.sort_by(|one, other| one.0.cmp(&other.0));
    sorted.into_iter().collect()
}

fn names(value: Option<&Value>) -> BTreeSet<String> {
    let names = value.and_then(Value::as_array).into_iter().flatten();
    names.map(|name| name.as_str().expect("a name").to_owned()).collect()
}

fn owned<'a>(names: impl Iterator<Item = &'a str>) -> BTreeSet<String> {
    names.map(str::to_owned).collect()
}

/// What is not as Ansible has it.
fn differences(case: &Path) -> Vec<String> {
    let expected = std::fs::read_to_string(case.join("expected.json")).expect("what Ansible says");
    let expected: Map<String, Value> = serde_json::from_str(&expected).expect("JSON");
    let inventory = read_case(case);
    let mut found = Vec::new();
    let mut compare = |what: &str, ours: String, theirs: String| {
        if ours != theirs {
            let name = case.file_name().unwrap_or_default().to_string_lossy();
            found.push(format!("{name}: {what}:\n  ours   {ours}\n  theirs {theirs}"));
        }
    };
    let groups: BTreeMap<&String, &Value> = expected.iter().filter(|(name, _)| *name != "_meta").collect();
    let mut hosts = BTreeSet::new();
    for (name, group) in &groups {
        let ours = inventory.group(name);
        let members = ours.map(|group| owned(group.hosts())).unwrap_or_default();
        compare(
            &format!("hosts of {name}"),
            format!("{members:?}"),
            format!("{:?}", names(group.get("hosts"))),
        );
        let children = ours.map(|group| owned(group.children())).unwrap_or_default();
        compare(
            &format!("children of {name}"),
            format!("{children:?}"),
            format!("{:?}", names(group.get("children"))),
        );
        hosts.extend(names(group.get("hosts")));
    }
    compare(
        "hosts",
        format!("{:?}", owned(inventory.hosts().iter().map(|host| host.name()))),
        format!("{hosts:?}"),
    );
    let of_hosts = expected["_meta"]["hostvars"].as_object().expect("an object");
    for host in inventory.hosts() {
        let theirs = of_hosts.get(host.name()).and_then(Value::as_object).cloned().unwrap_or_default();
        let ours = Value::Object(data(host)).to_string();
        compare(&format!("data of {}", host.name()), ours, Value::Object(in_our_words(&theirs)).to_string());
    }
    found
}

#[test]
fn inventories_are_read_as_ansible_reads_them() {
    let cases = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/ansible/cases");
    let entries = std::fs::read_dir(cases).expect("cases");
    let mut cases: Vec<PathBuf> = entries.map(|entry| entry.expect("an entry").path()).collect();
    cases.sort();
    assert!(cases.len() >= 30, "the cases are somewhere else");
    let found: Vec<String> = cases.iter().flat_map(|case| differences(case)).collect();
    assert!(found.is_empty(), "{}", found.join("\n"));
}
