//! The `s3` backend against an emulator, and beside terraform: states, locks, workspaces and keys.

#![expect(clippy::print_stderr, reason = "what was skipped is for people")]

mod support;

#[path = "support/object_server.rs"]
mod object_server;

use std::path::Path;
use std::process::{Command, Stdio};

use object_server::ObjectServer;
use support::{Directory, Run, find, signal};

const RESOURCES: &str = r#"
resource "terraform_data" "first" {
  input = terraform.workspace
}

output "first" {
  value = terraform_data.first.output
}
"#;

const BOTH_LOCKS: &str = "use_lockfile = true\n    dynamodb_table = \"locks\"";

/// The program with the keys of the emulator.
fn with_keys(mut command: Command) -> Command {
    command.env("AWS_ACCESS_KEY_ID", "test").env("AWS_SECRET_ACCESS_KEY", "open-sesame");
    command
}

fn plumb(directory: &Directory, arguments: &[&str]) -> Run {
    Run::with_input(with_keys(directory.command(arguments)), "")
}

/// Terraform in the same way; `None` where there is none, which is said.
fn terraform(test: &str, directory: &Directory, arguments: &[&str]) -> Option<Run> {
    let Some(program) = find("terraform") else {
        eprintln!("skipped: {test}: no terraform on PATH");
        return None;
    };
    Some(Run::with_input(with_keys(directory.program(&program, arguments)), ""))
}

fn initialised(server: &ObjectServer, key: &str, more: &str) -> Directory {
    let directory = Directory::new(&format!("{}{RESOURCES}", server.block(key, more)));
    plumb(&directory, &["init"]).expect(0, &["Successfully configured the backend \"s3\"!"]);
    directory
}

#[test]
fn states_live_in_the_bucket() {
    let Some(server) = ObjectServer::start("states_live_in_the_bucket") else { return };
    let directory = initialised(&server, "a/one.tfstate", BOTH_LOCKS);
    plumb(&directory, &["apply", "-auto-approve"]).expect(0, &["1 added", "first = \"default\""]);
    let state = server.object("a/one.tfstate").expect("a state");
    assert!(state.contains("\"serial\": 1"), "{state}");
    assert_eq!(server.object("a/one.tfstate.tflock"), None, "the lock is gone");
    assert_eq!(server.item("states/a/one.tfstate"), None, "the other one too");
    let digest = server.item("states/a/one.tfstate-md5").expect("a digest");
    assert_eq!(digest["Digest"]["S"].as_str().map(str::len), Some(32));
    assert!(directory.left_of("terraform.tfstate").is_empty());
    plumb(&directory, &["plan", "-detailed-exitcode"]).expect(0, &["No changes."]);

    plumb(&directory, &["workspace", "new", "other"]).expect(0, &["Created and switched"]);
    assert!(server.object("env%3A/other/a/one.tfstate").is_some(), "others see it in their lists");
    plumb(&directory, &["apply", "-auto-approve"]).expect(0, &["first = \"other\""]);
    assert_eq!(plumb(&directory, &["workspace", "list"]).stdout, "  default\n* other\n\n");
    plumb(&directory, &["workspace", "select", "default"]).expect(0, &[]);
    plumb(&directory, &["workspace", "delete", "other"]).expect(1, &["Workspace is not empty"]);
    plumb(&directory, &["workspace", "delete", "-force", "other"]).expect(0, &["Deleted workspace"]);
    assert_eq!(server.object("env%3A/other/a/one.tfstate"), None);
    assert_eq!(server.item("states/env:/other/a/one.tfstate-md5"), None);
    plumb(&directory, &["plan", "-detailed-exitcode"]).expect(0, &["No changes."]);
}

#[test]
fn terraform_goes_on_with_it() {
    const NAME: &str = "terraform_goes_on_with_it";
    let Some(server) = ObjectServer::start(NAME) else { return };
    let directory = initialised(&server, "two.tfstate", BOTH_LOCKS);
    plumb(&directory, &["apply", "-auto-approve"]).expect(0, &["1 added"]);
    let record = directory.read(".terraform/terraform.tfstate");
    let Some(run) = terraform(NAME, &directory, &["init", "-no-color"]) else { return };
    run.expect(0, &[]);
    assert_eq!(directory.read(".terraform/terraform.tfstate"), record, "nothing to initialise anew");
    let terraform = |arguments: &[&str]| terraform(NAME, &directory, arguments).unwrap();
    terraform(&["plan", "-detailed-exitcode", "-no-color"]).expect(0, &["No changes."]);
    directory.write("more.tf", "resource \"terraform_data\" \"second\" {}\n");
    terraform(&["apply", "-auto-approve", "-no-color"]).expect(0, &["1 added"]);
    plumb(&directory, &["plan", "-detailed-exitcode"]).expect(0, &["No changes."]);
    plumb(&directory, &["workspace", "new", "ours"]).expect(0, &[]);
    terraform(&["workspace", "new", "theirs"]).expect(0, &[]);
    assert_eq!(plumb(&directory, &["workspace", "list"]).stdout, "  default\n  ours\n* theirs\n\n");
    let list = terraform(&["workspace", "list"]);
    assert_eq!(list.stdout, "  default\n  ours\n* theirs\n\n");
    plumb(&directory, &["apply", "-auto-approve"]).expect(0, &["2 added"]);
    terraform(&["plan", "-detailed-exitcode", "-no-color"]).expect(0, &["No changes."]);
    terraform(&["destroy", "-auto-approve", "-no-color"]).expect(0, &["2 destroyed"]);
    plumb(&directory, &["plan", "-detailed-exitcode"]).expect(2, &["2 to add"]);
}

/// A run that holds the lock and ends with the test.
struct Holder(std::process::Child);

impl Drop for Holder {
    fn drop(&mut self) {
        signal(&self.0, "-KILL");
        self.0.wait().unwrap();
    }
}

#[test]
fn both_heed_the_locks_of_either() {
    const NAME: &str = "both_heed_the_locks_of_either";
    let Some(server) = ObjectServer::start(NAME) else { return };
    for (key, locks, is_locked) in [
        (
            "file",
            "use_lockfile = true",
            (|server| server.object("file.tflock").is_some()) as fn(&ObjectServer) -> bool,
        ),
        ("table", "dynamodb_table = \"locks\"", |server| server.item("states/table").is_some()),
    ] {
        let holder = initialised(&server, key, locks);
        holder.write("slow.tf", "resource \"time_sleep\" \"slow\" {\n  create_duration = \"600s\"\n}\n");
        plumb(&holder, &["init"]).expect(0, &[]);
        let mut command = with_keys(holder.command(&["apply", "-auto-approve"]));
        let child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        let running = Holder(child);
        support::wait_until(|| is_locked(&server), "nothing is locked");
        let other = initialised(&server, key, locks);
        let refused = plumb(&other, &["apply", "-auto-approve"])
            .expect(1, &["Error acquiring the state lock", "Lock Info:", "OperationTypeApply", key]);
        let id = refused.stderr.split("ID:").nth(1).unwrap().split_whitespace().next().unwrap().to_owned();
        if let Some(run) = terraform(NAME, &other, &["apply", "-auto-approve", "-no-color"]) {
            run.expect(1, &["Error acquiring the state lock", &id, "OperationTypeApply"]);
        }
        drop(running);
        plumb(&other, &["force-unlock", "-force", "another"]).expect(1, &["Failed to unlock state", &id]);
        match terraform(NAME, &other, &["force-unlock", "-force", &id]) {
            Some(run) => run.expect(0, &["successfully unlocked"]),
            None => plumb(&other, &["force-unlock", "-force", &id]).expect(0, &["successfully unlocked"]),
        };
        assert!(!is_locked(&server));
        plumb(&other, &["apply", "-auto-approve"]).expect(0, &["1 added"]);
    }
}

#[test]
fn locks_of_terraform_are_read_and_broken() {
    let Some(server) = ObjectServer::start("locks_of_terraform_are_read_and_broken") else { return };
    let directory = initialised(&server, "three", BOTH_LOCKS);
    let lock = r#"{"ID":"their-lock","Operation":"OperationTypeApply","Info":"","Who":"them@there","Version":"1.11.4","Created":"2026-01-02T03:04:05Z","Path":"states/three"}"#;
    server.put("three.tflock", lock);
    plumb(&directory, &["plan"]).expect(1, &["Error acquiring the state lock", "them@there", "their-lock"]);
    assert_eq!(server.item("states/three"), None, "one lock alone is not kept");
    plumb(&directory, &["plan", "-lock=false"]).expect(0, &["1 to add"]);
    plumb(&directory, &["force-unlock", "-force", "their-lock"]).expect(0, &["successfully unlocked"]);
    assert_eq!(server.object("three.tflock"), None);

    let item = serde_json::json!({
        "TableName": "locks",
        "Item": { "LockID": { "S": "states/three" }, "Info": { "S": lock } },
    });
    server.table("PutItem", &item.to_string());
    plumb(&directory, &["plan"]).expect(1, &["Error acquiring the state lock", "them@there"]);
    assert_eq!(server.object("three.tflock"), None, "one lock alone is not kept");
    plumb(&directory, &["force-unlock", "-force", "their-lock"]).expect(0, &["successfully unlocked"]);
    plumb(&directory, &["plan"]).expect(0, &["1 to add"]);
}

#[test]
fn what_the_table_does_not_know_is_not_taken_for_the_state() {
    let Some(server) = ObjectServer::start("what_the_table_does_not_know_is_not_taken_for_the_state") else {
        return;
    };
    let directory = initialised(&server, "four", "dynamodb_table = \"locks\"");
    plumb(&directory, &["apply", "-auto-approve"]).expect(0, &["1 added"]);
    let state = server.object("four").unwrap();
    server.put("four", &state.replace("\"serial\": 1", "\"serial\": 7"));
    plumb(&directory, &["plan"]).expect(
        1,
        &["state data in S3 does not have the expected content", "states/four-md5", "following value"],
    );
    server.put("four", &state);
    plumb(&directory, &["plan", "-detailed-exitcode"]).expect(0, &["No changes."]);
}

#[test]
fn workspaces_move_in_and_out() {
    let Some(server) = ObjectServer::start("workspaces_move_in_and_out") else { return };
    let directory = Directory::new(RESOURCES);
    plumb(&directory, &["init"]).expect(0, &[]);
    plumb(&directory, &["apply", "-auto-approve"]).expect(0, &["1 added"]);
    plumb(&directory, &["workspace", "new", "other"]).expect(0, &[]);
    plumb(&directory, &["apply", "-auto-approve"]).expect(0, &["1 added"]);
    directory.write("backend.tf", &server.block("five", "use_lockfile = true"));
    plumb(&directory, &["init", "-force-copy"]).expect(0, &["Successfully configured"]);
    assert!(server.object("five").is_some() && server.object("env%3A/other/five").is_some());
    plumb(&directory, &["plan", "-detailed-exitcode"]).expect(0, &["No changes."]);
    // Another prefix is another place.
    directory.write("backend.tf", &server.block("five", "workspace_key_prefix = \"all\""));
    plumb(&directory, &["plan"]).expect(1, &["Backend configuration block has changed"]);
    plumb(&directory, &["init"]).expect(1, &["Backend configuration changed", "-migrate-state"]);
    plumb(&directory, &["init", "-migrate-state", "-force-copy"]).expect(0, &["Successfully configured"]);
    assert!(server.object("all/other/five").is_some());
    directory.write("backend.tf", "");
    plumb(&directory, &["init", "-force-copy"]).expect(0, &["Successfully unset the backend \"s3\""]);
    plumb(&directory, &["plan", "-detailed-exitcode"]).expect(0, &["No changes."]);
    assert!(directory.exists("terraform.tfstate.d/other/terraform.tfstate"));
}

#[test]
fn addresses_come_from_the_environment_and_answers_from_people() {
    let Some(server) = ObjectServer::start("addresses_come_from_the_environment_and_answers_from_people")
    else {
        return;
    };
    let block = "terraform {\n  backend \"s3\" {\n    use_path_style = true\n  }\n}\n";
    let directory = Directory::new(&format!("{block}{RESOURCES}"));
    let command = |arguments: &[&str]| {
        let mut command = with_keys(directory.command(arguments));
        command.env("AWS_ENDPOINT_URL_S3", server.endpoint()).env("AWS_REGION", "eu-west-1");
        command
    };
    Run::with_input(command(&["init"]), "states\nseven\n")
        .expect(0, &["The name of the S3 bucket", "Successfully"]);
    Run::with_input(command(&["apply", "-auto-approve"]), "").expect(0, &["1 added"]);
    assert!(server.object("seven").is_some());
    // What was answered stays.
    Run::with_input(command(&["init", "-input=false"]), "").expect(0, &[]);
    let given = [
        "init",
        "-input=false",
        "-reconfigure",
        "-backend-config=bucket=states",
        "-backend-config=key=seven",
    ];
    Run::with_input(command(&given), "").expect(0, &["Successfully"]);
    Run::with_input(command(&["plan", "-detailed-exitcode"]), "").expect(0, &["No changes."]);
    let endpoints = format!("-backend-config=endpoints={{ s3 = \"{}\" }}", server.endpoint());
    let mut given: Vec<&str> = given.to_vec();
    given.extend([endpoints.as_str(), "-backend-config=region=us-east-1"]);
    plumb(&directory, &given).expect(0, &["Successfully"]);
    plumb(&directory, &["plan", "-detailed-exitcode"]).expect(0, &["No changes."]);
}

#[test]
fn wrong_arguments_are_told_where_they_are() {
    #[track_caller]
    fn check(body: &str, texts: &[&str]) {
        let directory = Directory::new(&format!("terraform {{\n  backend \"s3\" {{\n{body}\n  }}\n}}\n"));
        plumb(&directory, &["init", "-input=false"]).expect(1, texts);
    }
    check("", &["Error: Missing Required Value", "\"bucket\"", "\"key\"", "main.tf line 2"]);
    let fine = "bucket = \"b\"\nkey = \"k\"\n";
    check(fine, &["Error: Missing region value", "main.tf line 2"]);
    check(&format!("{fine}region = \"moon-1\""), &["Error: Invalid region value", "main.tf line 5"]);
    check(
        "bucket = \"b\"\nkey = \"/k\"\nregion = \"us-east-1\"",
        &["Error: Invalid Value", "main.tf line 4"],
    );
    check(
        &format!("{fine}bukket = 1"),
        &["Unsupported argument", "Did you mean \"bucket\"?", "main.tf line 5"],
    );
    check(
        &format!("{fine}assume_role {{}}"),
        &["Unsupported block type", "use the equals sign", "main.tf line 5"],
    );
    check(
        &format!("{fine}assume_role = {{}}"),
        &["Incorrect attribute value type", "\"role_arn\" is required"],
    );
    check(&format!("{fine}max_retries = \"x\""), &["a number is required", "main.tf line 5"]);
}

#[test]
fn outputs_are_read_from_there() {
    let Some(server) = ObjectServer::start("outputs_are_read_from_there") else { return };
    plumb(&initialised(&server, "eight", ""), &["apply", "-auto-approve"]).expect(0, &["1 added"]);
    let endpoint = server.endpoint();
    let reader = Directory::new(&format!(
        "data \"terraform_remote_state\" \"other\" {{\n  backend = \"s3\"\n  config = {{\n    bucket = \"states\"\n    key = \
         \"eight\"\n    region = \"us-east-1\"\n    use_path_style = true\n    endpoints = {{ s3 = \"{endpoint}\" }}\n  \
         }}\n}}\n\noutput \"read\" {{\n  value = data.terraform_remote_state.other.outputs.first\n}}\n"
    ));
    plumb(&reader, &["init"]).expect(0, &[]);
    plumb(&reader, &["apply", "-auto-approve"]).expect(0, &["read = \"default\""]);
    assert!(Path::new(&reader.path().join("terraform.tfstate")).exists());
}
