//! One plan makes machines and sets them up, and what is changed on them by hand is in the next.

#![expect(clippy::print_stdout, reason = "a test that cannot run says so")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::Value;

const MAIN: &str = r#"
resource "terraform_data" "machines" {
  input = "${path.cwd}/machines.json"

  provisioner "local-exec" {
    command = "./start"
  }
}

data "local_file" "machines" {
  filename = terraform_data.machines.output
}

locals {
  machines = jsondecode(data.local_file.machines.content).targets
}

resource "host_deploy" "web" {
  count = 2

  host = local.machines[count.index].ip
  ssh = {
    port              = local.machines[count.index].port
    user              = local.machines[count.index].user
    private_key_file  = local.machines[count.index].key
    host_key_checking = "off"
  }
  name   = "web${count.index}"
  deploy = "web.star"
  data   = { greeting = "Welcome" }
}
"#;

const CODE: &str = r#"
load("@plumb//ops", "files", "server")

def deploy(host):
    server.user("web", home = "/srv/web")
    files.directory("/etc/web", user = "web", mode = "750")
    files.write("/etc/web/motd", "%s to %s\n" % (host.data["greeting"], host.name), mode = "644")
"#;

const START: &str = r#"#!/bin/sh
mkfifo hold || exit 1
TARGETS 2 <>hold >said 2>log &
echo $! >pid
until [ -s said ]; do sleep 0.1; kill -0 $! || exit 1; done
! grep '"error"' said || exit 1
mv said machines.json
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
    fn plumb(&self, arguments: &[&str], code: i32, texts: &[&str]) {
        let mut command = Command::new(&self.plumb);
        command.args(arguments).current_dir(self.directory.path());
        command.env("TF_CLI_CONFIG_FILE", "/dev/null").env("CHECKPOINT_DISABLE", "1").stdin(Stdio::null());
        let said = said(&command.output().unwrap());
        assert!(said.starts_with(&format!("{code}\n")), "{said}");
        for text in texts {
            assert!(said.contains(text), "{text:?} is not in:\n{said}");
        }
    }

    /// Runs a command on one of them, as somebody would who has nothing to do with Plumb.
    #[track_caller]
    fn by_hand(&self, at: usize, command: &str) -> String {
        let text = fs::read_to_string(self.directory.path().join("machines.json")).unwrap();
        let machines: Value = serde_json::from_str(&text).unwrap();
        let machine = &machines["targets"][at];
        let text = |name: &str| machine[name].as_str().unwrap().to_owned();
        let mut ssh = Command::new("ssh");
        ssh.args(["-F", "none", "-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null"]);
        ssh.args(["-i", &text("key"), "-p", &machine["port"].to_string(), "-l", &text("user"), &text("ip")]);
        let output = ssh.arg(command).stdin(Stdio::null()).output().unwrap();
        assert!(output.status.success(), "{}", said(&output));
        String::from_utf8(output.stdout).unwrap()
    }
}

impl Drop for Machines {
    fn drop(&mut self) {
        if let Ok(id) = fs::read_to_string(self.directory.path().join("pid")) {
            // One that has ended by itself is what is wanted.
            let _ = Command::new("kill").arg(id.trim()).stderr(Stdio::null()).status();
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
    machines.write("start", &START.replace("TARGETS", targets.to_str().unwrap()));
    let start = machines.directory.path().join("start");
    assert!(Command::new("chmod").arg("+x").arg(start).status().unwrap().success());

    machines.plumb(&["init"], 0, &[]);
    // What a machine gets is known before there is one.
    machines.plumb(&["plan"], 0, &["files.directory /etc/web", "Plan: 3 to add"]);
    machines.plumb(&["apply", "-auto-approve"], 0, &["3 added"]);
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
}
