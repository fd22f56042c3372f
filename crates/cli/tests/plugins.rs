//! Plugins that hang, flood or vanish, and what is left of them when the program ends.
#![cfg(unix)]

mod support;

use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use support::{Directory, wait_until_of};

const MAIN: &str = "terraform {
  required_providers {
    odd = {
      source = \"testing/odd\"
    }
  }
}

resource \"odd_thing\" \"a\" {}
";

/// A directory with blanks in its name, where a script is the provider. The script's `$REPORT` is a
/// file to say in who it is.
fn directory(script: &str) -> Directory {
    let directory = Directory::new(MAIN);
    let place = directory.path().join("with blanks");
    directory.write(
        "with blanks/terraform-provider-odd",
        &format!("#!/bin/sh\necho $$ > \"$REPORT\"\n{script}\n"),
    );
    let program = place.join("terraform-provider-odd");
    std::fs::set_permissions(program, std::fs::Permissions::from_mode(0o755)).unwrap();
    directory.write(
        "cli.tfrc",
        &format!("provider_installation {{\n  dev_overrides {{\n    \"testing/odd\" = {place:?}\n  }}\n  direct {{}}\n}}\n"),
    );
    directory.write("temporary files/keep", "");
    directory
}

fn report(directory: &Directory) -> PathBuf {
    directory.path().join("report")
}

fn command(directory: &Directory, arguments: &[&str]) -> Command {
    let mut command = directory.command(arguments);
    command
        .env("TF_CLI_CONFIG_FILE", directory.path().join("cli.tfrc"))
        .env("REPORT", report(directory))
        .env("TMPDIR", directory.path().join("temporary files"))
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

fn reported(path: &Path) -> u32 {
    let began = Instant::now();
    loop {
        if let Some(id) = std::fs::read_to_string(path).ok().and_then(|text| text.trim().parse().ok()) {
            return id;
        }
        assert!(began.elapsed() < Duration::from_secs(20), "the plugin was not started");
        std::thread::sleep(Duration::from_millis(10));
    }
}

fn signal(child: &Child, name: &str) {
    let sent = Command::new("kill").args([format!("-{name}"), child.id().to_string()]).status().unwrap();
    assert!(sent.success());
}

fn is_alive(id: u32) -> bool {
    let status = std::fs::read_to_string(format!("/proc/{id}/stat")).unwrap_or_default();
    !status.is_empty() && !status.contains(") Z ")
}

fn assert_ends(id: u32) {
    let began = Instant::now();
    while is_alive(id) {
        assert!(began.elapsed() < Duration::from_secs(10), "process {id} is still there");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// A server of the testing language's standard library that accepts connections and never answers.
fn silent_server(directory: &Directory) -> std::os::unix::net::UnixListener {
    std::os::unix::net::UnixListener::bind(directory.path().join("socket")).unwrap()
}

/// Interrupts a command that a plugin keeps waiting, and then once more.
#[track_caller]
fn interrupted_twice(mut child: Child) -> Output {
    std::thread::sleep(Duration::from_millis(300));
    signal(&child, "INT");
    std::thread::sleep(Duration::from_millis(700));
    assert!(child.try_wait().unwrap().is_none(), "one interrupt lets what runs come to its end");
    signal(&child, "INT");
    wait_until_of(&mut child, |child| child.try_wait().unwrap().is_some(), "it goes on waiting");
    child.wait_with_output().unwrap()
}

#[track_caller]
fn assert_says(output: &Output, parts: &[&str]) {
    assert_eq!(output.status.code(), Some(1));
    let said = String::from_utf8_lossy(&output.stderr).replace(['\n', '│', '|'], " ");
    let said = said.split_whitespace().collect::<Vec<_>>().join(" ");
    for part in parts {
        assert!(said.contains(part), "{part}: {said}");
    }
}

#[track_caller]
fn assert_nothing_is_left(directory: &Directory) {
    let left = std::fs::read_dir(directory.path().join("temporary files")).unwrap().count();
    assert_eq!(left, 1, "nothing but what was there before");
}

#[test]
fn a_plugin_that_never_answers_is_named() {
    let directory = directory(
        "echo 'waiting for a far away host' >&2\necho \"1|6|unix|${REPORT%report}socket|grpc|\"\nexec sleep 600",
    );
    let listener = silent_server(&directory);
    let child = command(&directory, &["plan"]).spawn().unwrap();
    let (connection, _) = listener.accept().unwrap();
    let plugin = reported(&report(&directory));
    let output = interrupted_twice(child);
    drop(connection);
    assert_says(
        &output,
        &[
            "Plugin did not respond",
            "testing/odd",
            "has not answered GetProviderSchema for",
            "waiting for a far away host",
        ],
    );
    assert_ends(plugin);
    assert_nothing_is_left(&directory);
}

#[test]
fn a_plugin_that_is_never_ready_is_named() {
    let directory = directory("echo 'unpacking' >&2\nexec sleep 600");
    let child = command(&directory, &["plan"]).spawn().unwrap();
    let plugin = reported(&report(&directory));
    let output = interrupted_twice(child);
    assert_says(
        &output,
        &["Failed to start provider plugin", "testing/odd", "did not say that it is ready within"],
    );
    assert_ends(plugin);
    assert_nothing_is_left(&directory);
}

#[test]
fn a_provider_of_someone_else_that_never_answers_is_named() {
    let directory = Directory::new(MAIN);
    directory.write("temporary files/keep", "");
    let listener = silent_server(&directory);
    let reattach = format!(
        "{{\"registry.terraform.io/testing/odd\": {{\"Protocol\": \"grpc\", \"ProtocolVersion\": 6, \"Pid\": {}, \
         \"Test\": true, \"Addr\": {{\"Network\": \"unix\", \"String\": {:?}}}}}}}",
        std::process::id(),
        directory.path().join("socket"),
    );
    let mut command = command(&directory, &["plan"]);
    command.env("TF_CLI_CONFIG_FILE", "/dev/null").env("TF_REATTACH_PROVIDERS", reattach);
    let child = command.spawn().unwrap();
    let (connection, _) = listener.accept().unwrap();
    let output = interrupted_twice(child);
    drop(connection);
    assert_says(
        &output,
        &["Plugin did not respond", "testing/odd", "has not answered GetProviderSchema for"],
    );
    assert!(directory.exists("socket"), "it is theirs");
    assert_nothing_is_left(&directory);
}

#[test]
fn nothing_is_left_of_a_program_that_was_killed() {
    let directory = directory("echo \"1|6|unix|${REPORT%report}socket|grpc|\"\nexec sleep 600");
    let listener = silent_server(&directory);
    let mut child = command(&directory, &["plan"]).spawn().unwrap();
    let (_connection, _) = listener.accept().unwrap();
    let plugin = reported(&report(&directory));
    let temporary = directory.path().join("temporary files");
    let began = Instant::now();
    while std::fs::read_dir(&temporary).unwrap().count() > 1 && began.elapsed() < Duration::from_secs(5) {
        std::thread::sleep(Duration::from_millis(20));
    }
    child.kill().unwrap();
    child.wait().unwrap();
    assert_eq!(std::fs::read_dir(&temporary).unwrap().count(), 1, "no socket stays behind");
    // A plugin ends when its connection does; this one is no real plugin.
    let _ = Command::new("kill").arg(plugin.to_string()).status();
}

#[test]
fn a_flood_of_log_lines_neither_blocks_nor_fills_the_memory() {
    // 64 MiB in lines, then a line of 8 MiB without an end, then a crash.
    let flood = "yes 'a line that says nothing at all, again and again and again' | head -c 67108864 >&2\n\
                 head -c 8388608 /dev/zero | tr '\\0' x >&2\necho >&2\necho 'panic: out of words' >&2\nexit 2";
    let directory = directory(flood);
    let mut limited = Command::new("sh");
    let plain = command(&directory, &["plan"]);
    limited
        .args(["-c", "ulimit -v 4194304; exec \"$0\" plan"])
        .arg(plain.get_program())
        .current_dir(directory.path());
    limited.env_clear().envs(plain.get_envs().filter_map(|(name, value)| Some((name, value?))));
    let output = limited.output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(said.contains("panic: out of words"), "{said}");
    assert!(said.len() < 20_000, "{}", said.len());
}

#[test]
fn logs_go_where_they_are_asked_for() {
    let line = "{\"@level\":\"debug\",\"@message\":\"hello\",\"@module\":\"m\"}";
    let directory = directory(&format!("echo '{line}' >&2\nexit 1"));
    let quiet = command(&directory, &["plan"]).env("TF_LOG", "WARN").output().unwrap();
    assert!(!String::from_utf8_lossy(&quiet.stderr).contains("[DEBUG]"));
    let log = directory.path().join("log");
    let mut command = command(&directory, &["plan"]);
    // What the program itself is given is nobody's business but its own.
    command.env("TF_LOG", "trace").env("TF_LOG_PATH", &log).env("TF_TOKEN_example_com", "very-secret-token");
    let output = command.output().unwrap();
    let logged = std::fs::read_to_string(log).unwrap();
    assert!(logged.contains("[DEBUG]") && logged.contains("hello"), "{logged}");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(!said.contains("[DEBUG]"), "{said}");
    assert!(!logged.contains("very-secret-token") && !said.contains("very-secret-token"));
}
