//! The `pg` backend against a real server, and beside terraform: states, locks and workspaces.

#![expect(clippy::print_stderr, reason = "what was skipped is for people")]

mod support;

#[path = "support/database_server.rs"]
mod database_server;

use std::process::Stdio;

use database_server::DatabaseServer;
use support::{Directory, signal};

const RESOURCES: &str = r#"
resource "terraform_data" "first" {
  input = terraform.workspace
}

output "first" {
  value = terraform_data.first.output
}
"#;

fn initialised(server: &DatabaseServer, schema: &str) -> Directory {
    let directory = Directory::new(&format!("{}{RESOURCES}", server.block(schema, "")));
    directory.run(&["init"]).expect(0, &["Successfully configured the backend \"pg\"!"]);
    directory
}

#[test]
fn states_live_in_the_database() {
    let Some(server) = DatabaseServer::start("states_live_in_the_database") else { return };
    let directory = initialised(&server, "quoted \\\"schema\\\"");
    directory.run(&["apply", "-auto-approve"]).expect(0, &["1 added", "first = \"default\""]);
    assert!(directory.left_of("terraform.tfstate").is_empty());
    directory.run(&["plan", "-detailed-exitcode"]).expect(0, &["No changes."]);
    directory.run(&["workspace", "new", "other"]).expect(0, &["Created and switched"]);
    directory.run(&["apply", "-auto-approve"]).expect(0, &["first = \"other\""]);
    assert_eq!(directory.run(&["workspace", "list"]).stdout, "  default\n* other\n\n");
    directory.run(&["workspace", "select", "default"]).expect(0, &[]);
    directory.run(&["workspace", "delete", "other"]).expect(1, &["Workspace is not empty"]);
    directory.run(&["workspace", "delete", "-force", "other"]).expect(0, &["Deleted workspace"]);
    assert_eq!(directory.run(&["workspace", "list"]).stdout, "* default\n\n");
    directory.run(&["destroy", "-auto-approve"]).expect(0, &["1 destroyed"]);
}

#[test]
fn terraform_goes_on_with_it() {
    const NAME: &str = "terraform_goes_on_with_it";
    let Some(server) = DatabaseServer::start(NAME) else { return };
    let directory = initialised(&server, "one");
    directory.run(&["apply", "-auto-approve"]).expect(0, &["1 added"]);
    let record = directory.read(".terraform/terraform.tfstate");
    let Some(run) = directory.run_terraform(NAME, &["init", "-no-color"]) else { return };
    run.expect(0, &[]);
    assert_eq!(directory.read(".terraform/terraform.tfstate"), record, "nothing to initialise anew");
    let terraform = |arguments: &[&str]| directory.run_terraform(NAME, arguments).unwrap();
    terraform(&["plan", "-detailed-exitcode", "-no-color"]).expect(0, &["No changes."]);
    directory.write("more.tf", "resource \"terraform_data\" \"second\" {}\n");
    terraform(&["apply", "-auto-approve", "-no-color"]).expect(0, &["1 added"]);
    directory.run(&["plan", "-detailed-exitcode"]).expect(0, &["No changes."]);
    directory.run(&["workspace", "new", "ours"]).expect(0, &[]);
    terraform(&["workspace", "new", "theirs"]).expect(0, &[]);
    assert_eq!(directory.run(&["workspace", "list"]).stdout, "  default\n  ours\n* theirs\n\n");
    assert_eq!(terraform(&["workspace", "list"]).stdout, "  default\n  ours\n* theirs\n\n");
    directory.run(&["apply", "-auto-approve"]).expect(0, &["2 added"]);
    terraform(&["destroy", "-auto-approve", "-no-color"]).expect(0, &["2 destroyed"]);
    directory.run(&["plan", "-detailed-exitcode"]).expect(2, &["2 to add"]);

    // What terraform has made is used as well.
    let other = Directory::new(&format!("{}{RESOURCES}", server.block("two", "")));
    other.run_terraform(NAME, &["init", "-no-color"]).unwrap().expect(0, &[]);
    other.run_terraform(NAME, &["apply", "-auto-approve", "-no-color"]).unwrap().expect(0, &["1 added"]);
    other.run(&["plan", "-detailed-exitcode"]).expect(0, &["No changes."]);
}

#[test]
fn both_heed_the_locks_of_either() {
    const NAME: &str = "both_heed_the_locks_of_either";
    let Some(server) = DatabaseServer::start(NAME) else { return };
    let other = initialised(&server, "three");
    // The first time the row is not there yet, and the lock of creation stands for it.
    for has_row in [false, true] {
        let holder = initialised(&server, "three");
        holder.write("slow.tf", "resource \"time_sleep\" \"slow\" {\n  create_duration = \"600s\"\n}\n");
        holder.run(&["init"]).expect(0, &[]);
        let mut command = holder.command(&["apply", "-auto-approve"]);
        let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        let is_at_work =
            || holder.left_of("terraform.tfstate.pg-").iter().any(|name| name.ends_with(".journal"));
        support::wait_until(is_at_work, "nothing is locked");
        other.run(&["apply", "-auto-approve"]).expect(1, &["Error acquiring the state lock", "ocked"]);
        if let Some(run) = other.run_terraform(NAME, &["apply", "-auto-approve", "-no-color"]) {
            run.expect(1, &["Error acquiring the state lock"]);
        }
        signal(&child, "-KILL");
        child.wait().unwrap();
        // The lock ends with its session.
        let free = || other.run(&["plan", "-lock-timeout=10s"]).code == 0;
        support::wait_until(free, "the lock outlives its holder");
        if !has_row {
            other.run(&["apply", "-auto-approve"]).expect(0, &["1 added"]);
        }
    }
    other.run(&["force-unlock", "-force", "x"]).expect(1, &["Failed to unlock state", "pg_locks"]);
}

#[test]
fn whoever_loses_the_lock_stops() {
    let Some(server) = DatabaseServer::start("whoever_loses_the_lock_stops") else { return };
    let directory = initialised(&server, "four");
    directory.write(
        "slow.tf",
        "resource \"time_sleep\" \"slow\" {\n  create_duration = \"5s\"\n}\n\nresource \"local_file\" \"after\" {\n  filename = \
         \"after.txt\"\n  content  = time_sleep.slow.id\n}\n",
    );
    directory.run(&["init"]).expect(0, &[]);
    let mut command = directory.command(&["apply", "-auto-approve"]);
    let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let is_at_work = || {
        let left = directory.left_of("terraform.tfstate.pg-");
        left.iter().any(|name| directory.read(name).contains("terraform_data.first"))
    };
    support::wait_until(is_at_work, "the run has not begun");
    // With the server every session ends, and with it every lock.
    drop(server);
    let output = child.wait_with_output().unwrap();
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.code() == Some(1) && text.contains("State lock lost"), "{text}");
    assert!(!directory.exists("after.txt"), "nothing begins without the lock");
    assert!(directory.read("errored.tfstate").contains("terraform_data"));
    assert!(!directory.left_of("terraform.tfstate.pg-").is_empty(), "the journal stays");
}

#[test]
fn states_move_in_and_passwords_go_nowhere() {
    let Some(server) = DatabaseServer::start("states_move_in_and_passwords_go_nowhere") else { return };
    let directory = Directory::new(RESOURCES);
    directory.run(&["init"]).expect(0, &[]);
    directory.run(&["apply", "-auto-approve"]).expect(0, &["1 added"]);
    directory.run(&["workspace", "new", "other"]).expect(0, &[]);
    directory.run(&["apply", "-auto-approve"]).expect(0, &["1 added"]);
    directory.write("backend.tf", "terraform {\n  backend \"pg\" {}\n}\n");
    let address = server.address("wrong%20sesame");
    let wrong = directory.run(&["init", &format!("-backend-config=conn_str={address}"), "-force-copy"]);
    assert!(
        wrong.code == 1 && wrong.says("password authentication failed") && !wrong.says("sesame"),
        "{}",
        wrong.stderr
    );
    let given = format!("-backend-config=conn_str={}", server.address("open%20sesame"));
    directory.run(&["init", &given, "-force-copy"]).expect(0, &["Successfully configured"]);
    let mut command = directory.command(&["plan", "-detailed-exitcode"]);
    command.env("TF_LOG", "trace");
    let planned = support::Run::with_input(command, "").expect(0, &["No changes."]);
    assert!(!planned.says("sesame"));
    assert_eq!(directory.run(&["workspace", "list"]).stdout, "  default\n* other\n\n");
    let reader = Directory::new(&format!(
        "data \"terraform_remote_state\" \"it\" {{\n  backend   = \"pg\"\n  workspace = \"other\"\n  config    = {{ conn_str = \
         \"{}\" }}\n}}\n\noutput \"read\" {{\n  value = data.terraform_remote_state.it.outputs.first\n}}\n",
        server.address("open%20sesame")
    ));
    reader.run(&["init"]).expect(0, &[]);
    reader.run(&["apply", "-auto-approve"]).expect(0, &["read = \"other\""]);
}

#[test]
fn wrong_arguments_are_told_where_they_are() {
    #[track_caller]
    fn check(body: &str, texts: &[&str]) {
        let directory = Directory::new(&format!("terraform {{\n  backend \"pg\" {{\n    {body}\n  }}\n}}\n"));
        let run = directory.run(&["init"]).expect(1, texts);
        assert!(!run.says("secret"));
    }
    check("conn_string = \"x\"", &["Unsupported argument", "Did you mean \"conn_str\"?", "main.tf line 3"]);
    check("conn_str = var.x", &["Undefined variable", "main.tf line 3"]);
    check("skip_table_creation = \"maybe\"", &["a bool is required", "main.tf line 3"]);
    check(
        "conn_str = \"postgres://127.0.0.1:1/x\"",
        &["the database \"x\" at 127.0.0.1:1", "Connection refused"],
    );
}
