//! One plan makes machines and sets them up, and what is changed on them by hand is in the next.

#![expect(clippy::print_stdout, reason = "a test that cannot run says so")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

const MAIN: &str = r#"
terraform {
  required_providers {
    probe = { source = "testing/probe" }
  }
}

resource "probe_machine" "web" {
  count = 2
  name  = "web${count.index}"
}

resource "host_deploy" "web" {
  count = 2

  host = probe_machine.web[count.index].ip
  ssh = {
    port              = probe_machine.web[count.index].port
    user              = probe_machine.web[count.index].user
    private_key_file  = probe_machine.web[count.index].key
    host_key_checking = "off"
  }
  name   = probe_machine.web[count.index].name
  deploy = "web.star"
  data   = { greeting = "Welcome" }
}
"#;

/// What the provider of the testkit has, and what makes it.
const SCHEMA: &str = r#"{
  "resources": {
    "probe_machine": {
      "program": ["./machine"],
      "attributes": {
        "id": {"type": "string", "computed": true, "generated": "id"},
        "name": {"type": "string", "required": true, "requires_replace": true},
        "ip": {"type": "string", "computed": true},
        "port": {"type": "number", "computed": true},
        "user": {"type": "string", "computed": true},
        "key": {"type": "string", "computed": true},
        "process": {"type": "number", "computed": true}
      }
    }
  }
}"#;

const CODE: &str = r#"
load("@plumb//ops", "files", "server")

def deploy(host):
    server.user("web", home = "/srv/web")
    files.directory("/etc/web", user = "web", mode = "750")
    files.write("/etc/web/motd", "%s to %s\n" % (host.data["greeting"], host.name), mode = "644")
"#;

/// Starts a machine, which goes on when this ends, or ends it.
const MACHINE: &str = r#"#!/usr/bin/env python3
import json, os, signal, subprocess, sys

machine = json.load(sys.stdin)
if sys.argv[1] == "delete":
    os.kill(int(machine["process"]), signal.SIGTERM)
    sys.exit()
directory = os.path.dirname(os.path.abspath(__file__))
with open(f"{directory}/{machine['name']}.log", "w") as log:
    targets = subprocess.Popen(
        ["sh", "-c", "mkfifo $1 && exec TARGETS 1 <>$1", "sh", f"{directory}/{machine['name']}.held"],
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=log, start_new_session=True,
    )
with open(f"{directory}/processes", "a") as processes:
    processes.write(f"{targets.pid}\n")
told = json.loads(targets.stdout.readline())
if "error" in told:
    sys.exit(told["error"])
found = told["targets"][0]
print(json.dumps({name: found[name] for name in ("ip", "port", "user", "key")} | {"process": targets.pid}))
"#;

/// The machines, which end with this.
struct Machines {
    directory: tempfile::TempDir,
    plumb: PathBuf,
}

impl Machines {
    fn write(&self, name: &str, text: &str) {
        fs::write(self.directory.path().join(name), text).unwrap();
    }

    #[track_caller]
    fn plumb(&self, arguments: &[&str], code: i32, texts: &[&str]) -> String {
        let mut command = Command::new(&self.plumb);
        command.args(arguments).current_dir(self.directory.path()).stdin(Stdio::null());
        let at = |name: &str| self.directory.path().join(name);
        command.env("TF_CLI_CONFIG_FILE", at("cli.tfrc")).env("CHECKPOINT_DISABLE", "1");
        command.env("PROBE_SCHEMA", at("schema.json")).env("PROBE_OBJECTS", at("objects"));
        let said = said(&command.output().unwrap());
        assert!(said.starts_with(&format!("{code}\n")), "{said}");
        for text in texts {
            assert!(said.contains(text), "{text:?} is not in:\n{said}");
        }
        said
    }

    /// Runs a command on one of them, as somebody would who has nothing to do with Plumb.
    #[track_caller]
    fn by_hand(&self, at: usize, command: &str) -> String {
        let state = self.plumb(&["show", "-json"], 0, &[]);
        let state: Value =
            serde_json::from_str(state.split_once('\n').unwrap().1.lines().next().unwrap()).unwrap();
        let resources = state["values"]["root_module"]["resources"].as_array().unwrap();
        let address = format!("probe_machine.web[{at}]");
        let machine = &resources.iter().find(|one| one["address"] == address.as_str()).unwrap()["values"];
        let text = |name: &str| machine[name].as_str().unwrap().to_owned();
        let mut ssh = Command::new("ssh");
        ssh.args(["-F", "none", "-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null"]);
        ssh.args(["-i", &text("key"), "-p", &machine["port"].to_string(), "-l", &text("user"), &text("ip")]);
        let output = ssh.arg(command).stdin(Stdio::null()).output().unwrap();
        assert!(output.status.success(), "{}", said(&output));
        String::from_utf8(output.stdout).unwrap()
    }

    fn processes(&self) -> Vec<String> {
        let text = fs::read_to_string(self.directory.path().join("processes")).unwrap_or_default();
        text.lines().map(str::to_owned).collect()
    }
}

impl Drop for Machines {
    fn drop(&mut self) {
        for id in self.processes() {
            // One that has ended by itself is what is wanted.
            let _ = Command::new("kill").arg(id).stderr(Stdio::null()).status();
        }
    }
}

fn said(output: &Output) -> String {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    format!("{}\n{}{}", output.status.code().unwrap_or(-1), text(&output.stdout), text(&output.stderr))
}

/// Why there can be no machines here.
fn missing(targets: &Path) -> Option<String> {
    let output = Command::new(targets).arg("1").stdin(Stdio::null()).output().unwrap();
    (!output.status.success()).then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

#[test]
fn machines_are_made_and_set_up_in_one_plan_and_drift_is_in_the_next() {
    let test = "machines_are_made_and_set_up_in_one_plan_and_drift_is_in_the_next";
    let targets = plumb_testkit::built("plumb-targets").unwrap();
    if let Some(why) = missing(&targets) {
        println!("skipped: {test}: {why}");
        return;
    }
    let plumb = plumb_testkit::built("plumb").unwrap();
    let machines = Machines { directory: tempfile::tempdir().unwrap(), plumb };
    machines.write("main.tf", MAIN);
    machines.write("web.star", CODE);
    machines.write("machine", &MACHINE.replace("TARGETS", targets.to_str().unwrap()));
    machines.write("schema.json", SCHEMA);
    let machine = machines.directory.path().join("machine");
    assert!(Command::new("chmod").arg("+x").arg(machine).status().unwrap().success());
    let providers = machines.directory.path().join("providers");
    fs::create_dir(&providers).unwrap();
    let server = plumb_testkit::provider_server().unwrap();
    std::os::unix::fs::symlink(server, providers.join("terraform-provider-probe")).unwrap();
    let installation = format!(
        "provider_installation {{\n  dev_overrides {{\n    \"testing/probe\" = {providers:?}\n  }}\n  direct {{}}\n}}\n"
    );
    machines.write("cli.tfrc", &installation);

    // What a machine gets is known before there is one.
    machines.plumb(&["plan"], 0, &["files.directory /etc/web", "Plan: 4 to add"]);
    machines.plumb(&["apply", "-auto-approve"], 0, &["4 added"]);
    assert_eq!(machines.by_hand(1, "cat /etc/web/motd"), "Welcome to web1\n");
    machines.plumb(&["plan", "-detailed-exitcode"], 0, &["No changes"]);

    machines.by_hand(0, "echo Go away >/etc/web/motd; chmod 777 /etc/web");
    let drift = [
        "host_deploy.web[0] will be updated",
        "- Go away",
        "+ Welcome to web0",
        "Plan: 0 to add, 1 to change",
    ];
    machines.plumb(&["plan", "-detailed-exitcode"], 2, &drift);
    machines.plumb(&["apply", "-auto-approve"], 0, &["1 changed"]);
    assert_eq!(machines.by_hand(0, "cat /etc/web/motd; stat -c %a /etc/web"), "Welcome to web0\n750\n");
    machines.plumb(&["plan", "-detailed-exitcode"], 0, &["No changes"]);
    // What has ended has no command line, also where nobody has taken note of that yet.
    let running = |id: &String| fs::read(format!("/proc/{id}/cmdline")).is_ok_and(|line| !line.is_empty());
    assert!(machines.processes().iter().all(running));
    machines.plumb(&["destroy", "-auto-approve"], 0, &["4 destroyed"]);
    let begun = Instant::now();
    while machines.processes().iter().any(running) {
        assert!(begun.elapsed() < Duration::from_secs(20), "machines end with their resources");
        std::thread::sleep(Duration::from_millis(50));
    }
}
