//! Providers that run already: `TF_REATTACH_PROVIDERS` names them, and neither tool starts or ends one.

#![expect(clippy::print_stdout, reason = "what was skipped is for people")]

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use plumb_testkit::{Finished, Installation, Program, Workspace, plumb, provider_server, terraform};
use serde_json::{Value as Json, json};

/// What every plugin wants to be told before it serves.
const COOKIE: (&str, &str) =
    ("TF_PLUGIN_MAGIC_COOKIE", "d602bf8f470bc67ca7faa0386276bbdd4330efaf76d1a219cb4d6991ca9872b2");

const CONFIGURATION: &str = r#"
terraform {
  required_providers {
    probe = { source = "testing/probe" }
  }
}

resource "probe_thing" "one" {
  name = "web"
}

resource "probe_thing" "two" {
  name = "after ${probe_thing.one.id}"
}
"#;

/// A provider that somebody else has started.
struct Running {
    process: Child,
    /// What the tool is told of it.
    described: Json,
}

impl Running {
    /// Starts one that speaks that version of the protocol.
    fn start(server: &Path, protocol: u32, objects: &Path, log: &Path) -> Running {
        let mut command = Command::new(server);
        command
            .env_clear()
            .env(COOKIE.0, COOKIE.1)
            .env("PLUGIN_PROTOCOL_VERSIONS", protocol.to_string())
            .env("PROBE_OBJECTS", objects)
            .env("PROBE_LOG", log)
            // Gone with the workspace: a server that is killed leaves its socket behind.
            .env("PLUGIN_UNIX_SOCKET_DIR", objects.parent().expect("the workspace"))
            .stdout(Stdio::piped())
            .stderr(Stdio::null());
        let mut process = command.spawn().expect("the provider starts");
        let mut line = String::new();
        let stdout = process.stdout.take().expect("its output");
        BufReader::new(stdout).read_line(&mut line).expect("a handshake");
        let parts: Vec<&str> = line.trim().split('|').collect();
        assert_eq!(parts[1], protocol.to_string(), "{line}");
        let described = json!({
            "Protocol": "grpc",
            "ProtocolVersion": protocol,
            "Pid": process.id(),
            "Test": true,
            "Addr": {"Network": parts[2], "String": parts[3]},
        });
        Running { process, described }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // It is this test's alone.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Runs a command of a tool with a provider that runs already, which goes on afterwards.
fn run(workspace: &mut Workspace, tool: &Program, protocol: u32, command: &str) -> Finished {
    let server = provider_server().expect("the provider server");
    let log = workspace.next_requests();
    let mut running = Running::start(&server, protocol, &workspace.objects(), &log);
    let named = json!({"registry.terraform.io/testing/probe": running.described});
    workspace.set("TF_REATTACH_PROVIDERS", &named.to_string());
    let words: Vec<String> = command.split(' ').map(str::to_owned).collect();
    let finished = workspace.run(&tool.path, &words, "").expect("the tool runs");
    assert!(running.process.try_wait().expect("its state").is_none(), "{} has ended it", tool.name);
    let own = u64::from(running.process.id());
    let strangers = finished.requests.iter().filter(|request| request["process"].as_u64() != Some(own));
    assert_eq!(strangers.count(), 0, "{} has started another one", tool.name);
    finished
}

#[test]
fn providers_that_run_already_are_used() {
    let Some(terraform) = terraform() else {
        println!("skipped: providers_that_run_already_are_used: no terraform on PATH");
        return;
    };
    let tools = [terraform, plumb().expect("plumb")];
    for protocol in [5, 6] {
        let results = tools.each_ref().map(|tool| {
            // Nothing is installed where it could be found.
            let mut workspace = Workspace::new(&tool.path, Installation::Override).expect("a workspace");
            workspace.set("TF_CLI_CONFIG_FILE", "/dev/null");
            workspace.write("main.tf", Some(CONFIGURATION)).expect("the configuration");
            let mut exit_codes = Vec::new();
            for (command, is_used) in [
                ("init -input=false", false),
                ("validate", true),
                ("plan -detailed-exitcode", true),
                ("apply -auto-approve", true),
                ("plan -detailed-exitcode", true),
            ] {
                let finished = run(&mut workspace, tool, protocol, command);
                assert!(
                    !is_used || !finished.requests.is_empty(),
                    "{} {command}: {}",
                    tool.name,
                    finished.stderr
                );
                exit_codes.push((command, finished.exit_code));
            }
            // What runs already has no version that could be locked.
            let lock = workspace.directory().join(".terraform.lock.hcl").exists();
            let made: Vec<String> =
                workspace.all_objects().expect("objects").into_iter().map(|(name, _)| name).collect();
            exit_codes
                .push(("destroy", run(&mut workspace, tool, protocol, "destroy -auto-approve").exit_code));
            (exit_codes, lock, made)
        });
        let [expected, found] = results;
        assert_eq!(found, expected, "protocol {protocol}");
        assert_eq!(found.2.len(), 2, "{found:?}");
    }
}
