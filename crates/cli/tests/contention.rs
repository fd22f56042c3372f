//! Two real programs want one state at once, one of each: who holds a lock keeps it, whoever waits gets it, and
//! what a killed one has left behind is shown and broken by either.

#![expect(clippy::print_stderr, reason = "what was skipped is for people")]

mod support;

#[path = "support/database_server.rs"]
mod database_server;
#[path = "support/object_server.rs"]
mod object_server;

use std::process::{Child, Command, Stdio};
use std::time::Duration;

use database_server::DatabaseServer;
use object_server::ObjectServer;
use support::{Directory, Run, find, signal, wait_until, wait_until_of};

/// An apply of this is at work until the file `go` is there, and never outlives its directory.
const SLOW: &str = r#"
resource "terraform_data" "quick" {}

resource "terraform_data" "slow" {
  depends_on = [terraform_data.quick]

  provisioner "local-exec" {
    command = "touch begun; until [ -e go ] || [ ! -e main.tf ]; do sleep 0.05; done"
  }
}
"#;

/// One of the two programs.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Tool {
    Plumb,
    Terraform,
}

/// Who holds, and who comes too late.
const SIDES: [(Tool, Tool); 2] = [(Tool::Plumb, Tool::Terraform), (Tool::Terraform, Tool::Plumb)];

impl Tool {
    fn command(self, directory: &Directory, arguments: &[&str]) -> Command {
        let mut command = match self {
            Tool::Plumb => directory.command(arguments),
            Tool::Terraform => directory.program(&find("terraform").unwrap(), arguments),
        };
        command.env("AWS_ACCESS_KEY_ID", "test").env("AWS_SECRET_ACCESS_KEY", "open-sesame");
        command.env("TF_CLI_ARGS", "-no-color");
        command
    }

    fn run(self, directory: &Directory, arguments: &[&str]) -> Run {
        Run::with_input(self.command(directory, arguments), "")
    }

    fn start(self, directory: &Directory, arguments: &[&str]) -> Child {
        let mut command = self.command(directory, arguments);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
    }
}

/// How the lock of a backend behaves.
struct Place<'a> {
    /// The backend block, for a state of that name.
    block: &'a dyn Fn(&str) -> String,
    /// Whether it says who holds it.
    names_the_holder: bool,
    /// Whether it stays when its holder is killed.
    outlives_its_holder: bool,
}

fn initialised(tool: Tool, block: &str) -> Directory {
    let directory = Directory::new(&format!("{block}{SLOW}"));
    tool.run(&directory, &["init"]).expect(0, &[]);
    directory
}

/// An apply that holds the lock until it is let go or killed.
struct Holder(Child);

impl Holder {
    fn start(tool: Tool, directory: &Directory) -> Self {
        let holder = Holder(tool.start(directory, &["apply", "-auto-approve"]));
        wait_until(|| directory.exists("begun"), "the holder has not begun");
        holder
    }

    fn kill(&mut self) {
        signal(&self.0, "-KILL");
        self.0.wait().unwrap();
    }

    fn let_go(mut self, directory: &Directory) {
        directory.write("go", "");
        assert!(self.0.wait().unwrap().success());
    }
}

impl Drop for Holder {
    fn drop(&mut self) {
        if self.0.try_wait().unwrap().is_none() {
            self.kill();
        }
    }
}

/// The identifier of the lock that a refusal names.
fn identifier(refusal: &Run) -> String {
    let (_, lock) = refusal.stderr.split_once("Lock Info:").expect("who holds it");
    let (_, text) = lock.split_once("ID:").expect("an identifier");
    text.split_whitespace().next().unwrap().to_owned()
}

/// All that may change the state is refused, and changes nothing.
fn is_refused(place: &Place<'_>, late: Tool, directory: &Directory) -> Run {
    let mut texts = vec!["Error acquiring the state lock"];
    if place.names_the_holder {
        texts.extend(["Lock Info:", "Who:", "OperationTypeApply", "Created:"]);
    }
    for arguments in [
        &["plan"][..],
        &["apply", "-auto-approve"],
        &["destroy", "-auto-approve"],
        &["state", "rm", "terraform_data.quick"],
        &["taint", "terraform_data.quick"],
        &["import", "terraform_data.slow", "x"],
    ] {
        if arguments[0] == "state" || arguments[0] == "taint" {
            // These say it in fewer words.
            late.run(directory, arguments).expect(1, &["rror acquiring the state lock"]);
        } else {
            late.run(directory, arguments).expect(1, &texts);
        }
    }
    late.run(directory, &["plan", "-lock-timeout=1s"]).expect(1, &texts)
}

/// Whoever comes too late is refused, waits if asked to, and goes on where the other one ended.
fn a_live_lock_is_heeded(place: &Place<'_>, (holder, late): (Tool, Tool)) {
    let block = (place.block)(&format!("live-{holder:?}"));
    let held = initialised(holder, &block);
    let other = initialised(late, &block);
    let running = Holder::start(holder, &held);
    let refusal = is_refused(place, late, &other);
    if place.names_the_holder {
        assert_eq!(identifier(&late.run(&other, &["plan"])), identifier(&refusal));
    }
    late.run(&other, &["plan", "-lock=false"]).expect(0, &[]);

    let mut waiting = late.start(&other, &["plan", "-detailed-exitcode", "-lock-timeout=60s"]);
    std::thread::sleep(Duration::from_millis(1500));
    assert!(waiting.try_wait().unwrap().is_none(), "{late:?} does not wait for {holder:?}");
    running.let_go(&held);
    wait_until_of(&mut waiting, |child| child.try_wait().unwrap().is_some(), "it waits for ever");
    let output = waiting.wait_with_output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{late:?} finds what {holder:?} has made: {said}");
}

/// What a killed holder has left is told to whoever comes next, and either breaks it.
fn a_dead_lock_is_broken(place: &Place<'_>, (holder, late): (Tool, Tool), breaker: Tool) {
    let block = (place.block)(&format!("dead-{holder:?}-{breaker:?}"));
    let held = initialised(holder, &block);
    let other = initialised(late, &block);
    let mut running = Holder::start(holder, &held);
    running.kill();
    if place.outlives_its_holder {
        let id = identifier(&is_refused(place, late, &other));
        breaker
            .run(&other, &["force-unlock", "-force", "00000000-0000-0000-0000-000000000000"])
            .expect(1, &["Failed to unlock state"]);
        assert_eq!(identifier(&late.run(&other, &["plan"])), id, "nothing has become of it");
        breaker.run(&other, &["force-unlock", "-force", &id]).expect(0, &["successfully unlocked"]);
    } else {
        late.run(&other, &["plan", "-lock-timeout=10s"]).expect(0, &[]);
    }
    other.write("go", "");
    late.run(&other, &["apply", "-auto-approve"]).expect(0, &["Apply complete!"]);
    late.run(&other, &["plan", "-detailed-exitcode"]).expect(0, &["No changes."]);

    // The killed one comes back, to a state that has gone on without it, and takes it as it is.
    held.write("go", "");
    holder.run(&held, &["apply", "-auto-approve"]).expect(0, &["Apply complete!"]);
    for (tool, directory) in [(holder, &held), (late, &other)] {
        tool.run(directory, &["plan", "-detailed-exitcode"]).expect(0, &["No changes."]);
    }
}

fn check(test: &str, place: &Place<'_>) {
    if find("terraform").is_none() {
        eprintln!("skipped: {test}: no terraform on PATH");
        return;
    }
    for sides in SIDES {
        a_live_lock_is_heeded(place, sides);
        a_dead_lock_is_broken(place, sides, sides.1);
        if place.outlives_its_holder {
            a_dead_lock_is_broken(place, sides, sides.0);
        }
    }
}

#[test]
fn one_at_a_time_in_a_directory() {
    let states = tempfile::tempdir().unwrap();
    let path = states.path().display().to_string();
    let block = |name: &str| {
        format!("terraform {{\n  backend \"local\" {{\n    path = \"{path}/{name}\"\n  }}\n}}\n")
    };
    let place = Place { block: &block, names_the_holder: true, outlives_its_holder: false };
    check("one_at_a_time_in_a_directory", &place);
}

#[test]
fn one_at_a_time_with_a_lock_file_in_a_bucket() {
    const NAME: &str = "one_at_a_time_with_a_lock_file_in_a_bucket";
    let Some(server) = ObjectServer::start(NAME) else { return };
    let block = |name: &str| server.block(name, "use_lockfile = true");
    check(NAME, &Place { block: &block, names_the_holder: true, outlives_its_holder: true });
}

#[test]
fn one_at_a_time_with_an_item_of_a_table() {
    const NAME: &str = "one_at_a_time_with_an_item_of_a_table";
    let Some(server) = ObjectServer::start(NAME) else { return };
    let block = |name: &str| server.block(name, "dynamodb_table = \"locks\"");
    check(NAME, &Place { block: &block, names_the_holder: true, outlives_its_holder: true });
}

#[test]
fn one_at_a_time_in_a_database() {
    const NAME: &str = "one_at_a_time_in_a_database";
    let Some(server) = DatabaseServer::start(NAME) else { return };
    let block = |name: &str| server.block(name, "");
    check(NAME, &Place { block: &block, names_the_holder: false, outlives_its_holder: false });
}
