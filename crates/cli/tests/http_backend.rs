//! The `http` backend against a server of the test: states, locks, crashes, moves and secrets.

mod support;

#[path = "support/state_server.rs"]
mod state_server;

use std::process::Stdio;

use state_server::StateServer;
use support::{Directory, signal};

const RESOURCES: &str = r#"
resource "terraform_data" "first" {
  input = "one"
}

output "first" {
  value = terraform_data.first.output
}
"#;

/// A directory whose state is with the server.
fn initialised(server: &StateServer, more: &str) -> Directory {
    let directory = Directory::new(&format!("{}{RESOURCES}", server.block(more)));
    directory.run(&["init"]).expect(0, &["Successfully configured the backend \"http\"!"]);
    directory
}

/// Nothing of the state is left in the directory.
#[track_caller]
fn nothing_is_here(directory: &Directory) {
    let left: Vec<String> = directory.left_of("terraform.tfstate");
    assert!(left.is_empty(), "{left:?}");
    assert!(!directory.exists("errored.tfstate"));
}

fn lock_id(server: &StateServer) -> String {
    let lock = server.lock().expect("a lock");
    let lock: serde_json::Value = serde_json::from_str(&lock).unwrap();
    lock["ID"].as_str().unwrap().to_owned()
}

#[test]
fn states_live_with_the_server() {
    let server = StateServer::start();
    let directory = initialised(&server, "");
    directory.run(&["apply", "-auto-approve"]).expect(0, &["1 added", "first = \"one\""]);
    assert!(server.state().contains("\"serial\": 1") && server.lock().is_none());
    nothing_is_here(&directory);
    directory.run(&["plan", "-detailed-exitcode"]).expect(0, &["No changes."]);
    assert_eq!(directory.run(&["state", "list"]).stdout, "terraform_data.first\n");
    assert_eq!(directory.run(&["state", "pull"]).stdout, server.state());
    let writes = server.with(|held| held.log.iter().rfind(|line| line.starts_with("POST")).cloned());
    assert!(writes.unwrap().starts_with("POST /state?ID="), "a write names the lock");
    directory.run(&["workspace", "new", "other"]).expect(1, &["workspaces not supported"]);
    directory.run(&["destroy", "-auto-approve"]).expect(0, &["1 destroyed"]);
    nothing_is_here(&directory);
}

#[test]
fn one_lock_is_heeded() {
    let server = StateServer::start();
    let directory = initialised(&server, "");
    let theirs = r#"{"ID":"their-lock","Operation":"OperationTypeApply","Who":"them@there"}"#;
    server.with(|held| held.lock = Some(theirs.into()));
    directory.run(&["apply", "-auto-approve"]).expect(
        1,
        &["Error acquiring the state lock", "HTTP remote state already locked: ID=their-lock", "them@there"],
    );
    directory.run(&["apply", "-auto-approve", "-lock=false"]).expect(0, &["1 added"]);
    assert_eq!(server.lock().as_deref(), Some(theirs), "a lock of others stays");
    directory.run(&["force-unlock", "-force", "their-lock"]).expect(0, &["successfully unlocked"]);
    assert_eq!(server.lock(), None);
    directory.run(&["plan"]).expect(0, &["No changes."]);
}

#[test]
fn what_cannot_be_written_is_kept() {
    let server = StateServer::start();
    let directory = initialised(&server, "retry_max = 0");
    server.with(|held| held.refuses_writes = Some(507));
    directory.run(&["apply", "-auto-approve"]).expect(
        1,
        &["Failed to write state", "Unexpected HTTP response code 507", "plumb state push ./errored.tfstate"],
    );
    assert!(directory.read("errored.tfstate").contains("terraform_data"));
    assert!(server.state().is_empty() && server.lock().is_none());
    // Nobody has to push anything: the journal is here too.
    server.with(|held| held.refuses_writes = None);
    directory.run(&["plan", "-detailed-exitcode"]).expect(0, &["No changes."]);
    assert!(server.state().contains("terraform_data"));
    directory.run(&["state", "push", "-force", "errored.tfstate"]).expect(0, &[]);
    directory.run(&["plan", "-detailed-exitcode"]).expect(0, &["No changes."]);
}

#[test]
fn whatever_is_killed_nothing_is_lost() {
    let server = StateServer::start();
    let directory = initialised(&server, "");
    let sleep = "\nresource \"time_sleep\" \"slow\" {\n  create_duration = \"60s\"\n  depends_on = [terraform_data.first]\n}\n";
    directory.write("slow.tf", sleep);
    directory.run(&["init"]).expect(0, &[]);
    let journal = || {
        let left = directory.left_of("terraform.tfstate.http-");
        left.into_iter().find(|name| name.ends_with(".journal"))
    };
    let mut command = directory.command(&["apply", "-auto-approve"]);
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let has_begun = || {
        journal().is_some_and(|name| {
            let text = directory.read(&name);
            text.contains("\"kind\":\"result\"") && text.contains("terraform_data.first")
        })
    };
    support::wait_until(has_begun, "the run has not begun");
    signal(&child, "-KILL");
    child.wait().unwrap();
    assert!(server.state().is_empty(), "nothing was written yet");
    // The lock outlives its holder: a server cannot know that it has died.
    directory.run(&["plan"]).expect(1, &["Error acquiring the state lock"]);
    directory.run(&["force-unlock", "-force", &lock_id(&server)]).expect(0, &[]);
    directory.write("slow.tf", "");
    let list = directory.run(&["state", "list"]).stdout;
    assert!(list.contains("terraform_data.first"), "{list}");
    directory.run(&["apply", "-auto-approve"]).expect(0, &["0 added, 0 changed, 0 destroyed"]);
    assert!(server.state().contains("terraform_data"));
    nothing_is_here(&directory);
}

#[test]
fn states_move_in_and_out() {
    let server = StateServer::start();
    let directory = Directory::new(RESOURCES);
    directory.run(&["init"]).expect(0, &[]);
    directory.run(&["apply", "-auto-approve"]).expect(0, &["1 added"]);
    directory.write("backend.tf", &server.block(""));
    directory.run(&["plan"]).expect(
        1,
        &["Backend initialization required", "Initial configuration of the requested backend \"http\""],
    );
    directory.run(&["init", "-input=false"]).expect(1, &["Cannot ask about existing state"]);
    assert!(!directory.exists(".terraform/terraform.tfstate"), "nothing was configured");
    directory.run(&["init", "-force-copy"]).expect(0, &["Successfully configured the backend \"http\"!"]);
    assert!(server.state().contains("terraform_data"));
    assert!(!directory.read("terraform.tfstate").contains("terraform_data"), "two copies would part");
    assert!(directory.read("terraform.tfstate.backup").contains("terraform_data"));
    directory.run(&["plan", "-detailed-exitcode"]).expect(0, &["No changes."]);

    directory.write("backend.tf", "");
    directory.run(&["plan"]).expect(1, &["Unsetting the previously set backend \"http\""]);
    directory.run(&["init"]).expect(1, &["Backend configuration changed", "-migrate-state"]);
    directory
        .run_with_input(&["init", "-migrate-state"], "yes\n")
        .expect(0, &["Successfully unset the backend \"http\""]);
    assert!(directory.read("terraform.tfstate").contains("terraform_data"));
    directory.run(&["plan", "-detailed-exitcode"]).expect(0, &["No changes."]);
}

#[test]
fn several_workspaces_do_not_fit_into_one_state() {
    let server = StateServer::start();
    let directory = Directory::new(RESOURCES);
    directory.run(&["init"]).expect(0, &[]);
    directory.run(&["workspace", "new", "other"]).expect(0, &[]);
    directory.run(&["apply", "-auto-approve"]).expect(0, &["1 added"]);
    directory.write("backend.tf", &server.block(""));
    directory.run(&["init", "-input=false"]).expect(1, &["Backend does not support workspaces", "other"]);
    directory.run_with_input(&["init"], "yes\nyes\n").expect(0, &["copy only your current workspace"]);
    assert_eq!(directory.run(&["workspace", "show"]).stdout, "default\n");
    directory.run(&["plan", "-detailed-exitcode"]).expect(0, &["No changes."]);
}

#[test]
fn what_was_given_stays_secret() {
    let server = StateServer::start();
    server.with(|held| held.authorization = Some("Basic bWU6b3BlbiBzZXNhbWU=".to_owned()));
    let block = server.block("    username = \"me\"");
    let directory = Directory::new(&format!("{block}{RESOURCES}"));
    let output = directory.run(&["init"]).expect(1, &["HTTP remote state endpoint requires auth"]);
    assert!(!output.says("sesame"));
    let wrong = directory.run(&["init", "-reconfigure", "-backend-config=password=wrong sesame"]);
    assert!(wrong.code == 1 && !wrong.says("sesame"), "{}{}", wrong.stdout, wrong.stderr);

    directory.write("secret.tfbackend", "password = \"open sesame\"\n");
    directory.run(&["init", "-reconfigure", "-backend-config=secret.tfbackend"]).expect(0, &[]);
    let mode = std::os::unix::fs::MetadataExt::mode(
        &std::fs::metadata(directory.path().join(".terraform/terraform.tfstate")).unwrap(),
    );
    assert_eq!(mode & 0o777, 0o600, "for its owner alone");
    directory.run(&["init"]).expect(0, &[]);
    let traced = {
        let mut command = directory.command(&["apply", "-auto-approve"]);
        support::Run::with_input(
            {
                command.env("TF_LOG", "trace");
                command
            },
            "",
        )
    };
    assert!(traced.code == 0 && !traced.says("sesame") && !traced.says("bWU6b3Blbi"), "{}", traced.stderr);
    directory.run(&["plan", "-out=plan"]).expect(0, &["No changes."]);
    let plan = std::fs::read(directory.path().join("plan")).unwrap();
    assert!(!plan.windows(6).any(|window| window == b"sesame"));
}

#[test]
fn wrong_arguments_are_told_where_they_are() {
    let check = |body: &str, texts: &[&str]| {
        let directory =
            Directory::new(&format!("terraform {{\n  backend \"http\" {{\n    {body}\n  }}\n}}\n"));
        directory.run(&["init"]).expect(1, texts);
    };
    check("", &["Error: address argument is required", "main.tf line 2"]);
    check("address = \"ftp://host\"", &["Error: address must be HTTP or HTTPS", "main.tf line 3"]);
    check("adress = \"x\"", &["Unsupported argument", "Did you mean \"address\"?", "main.tf line 3"]);
    check(
        "retry_max = \"many\"",
        &["Incorrect attribute value type", "a number is required", "main.tf line 3"],
    );
    check("lock_address {}", &["Unsupported block type", "main.tf line 3"]);
    let directory = Directory::new("terraform {\n  backend \"http\" {}\n}\n");
    directory
        .run(&["init", "-backend-config=adress=x"])
        .expect(1, &["Invalid backend configuration argument", "Did you mean \"address\"?"]);
}

#[test]
fn outputs_are_read_from_there() {
    let server = StateServer::start();
    initialised(&server, "").run(&["apply", "-auto-approve"]).expect(0, &["1 added"]);
    let reader = Directory::new(&format!(
        "data \"terraform_remote_state\" \"other\" {{\n  backend = \"http\"\n  config  = {{ address = \"{}\" }}\n}}\n\noutput \
         \"read\" {{\n  value = data.terraform_remote_state.other.outputs.first\n}}\n",
        server.address()
    ));
    reader.run(&["init"]).expect(0, &[]);
    reader.run(&["apply", "-auto-approve"]).expect(0, &["read = \"one\""]);
}

#[test]
fn terraform_goes_on_with_it() {
    const NAME: &str = "terraform_goes_on_with_it";
    let server = StateServer::start();
    let directory = initialised(&server, "retry_max = 1");
    directory.run(&["apply", "-auto-approve"]).expect(0, &["1 added"]);
    let Some(run) = directory.run_terraform(NAME, &["plan", "-detailed-exitcode", "-no-color"]) else {
        return;
    };
    run.expect(0, &["No changes."]);
    let record = directory.read(".terraform/terraform.tfstate");
    let terraform = |arguments: &[&str]| directory.run_terraform(NAME, arguments).unwrap();
    terraform(&["init", "-no-color"]).expect(0, &[]);
    assert_eq!(directory.read(".terraform/terraform.tfstate"), record, "nothing to initialise anew");
    directory.write("more.tf", "resource \"terraform_data\" \"second\" {}\n");
    terraform(&["apply", "-auto-approve", "-no-color"]).expect(0, &["1 added"]);
    directory.run(&["plan", "-detailed-exitcode"]).expect(0, &["No changes."]);
    directory.run(&["destroy", "-auto-approve"]).expect(0, &["2 destroyed"]);
    terraform(&["plan", "-detailed-exitcode", "-no-color"]).expect(2, &["2 to add"]);
}

#[test]
fn both_heed_the_locks_of_either() {
    const NAME: &str = "both_heed_the_locks_of_either";
    let server = StateServer::start();
    let directory = initialised(&server, "retry_max = 0");
    let sleep = "\nresource \"time_sleep\" \"slow\" {\n  create_duration = \"60s\"\n}\n";
    let holder = initialised(&server, "");
    holder.write("slow.tf", sleep);
    holder.run(&["init"]).expect(0, &[]);
    let mut child = {
        let mut command = holder.command(&["apply", "-auto-approve"]);
        command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
    };
    support::wait_until(|| server.lock().is_some(), "nothing is locked");
    if let Some(run) = directory.run_terraform(NAME, &["apply", "-auto-approve", "-no-color"]) {
        run.expect(1, &["Error acquiring the state lock", &lock_id(&server), "OperationTypeApply"]);
    }
    directory.run(&["apply", "-auto-approve"]).expect(1, &["Error acquiring the state lock"]);
    signal(&child, "-KILL");
    child.wait().unwrap();
}
