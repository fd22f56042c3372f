//! `host_deploy` and `host_facts`: hosts in plans.

mod support;

use plumb_ssh_server::Server;
use support::Directory;

const CODE: &str = r#"
load("@plumb//ops", "files")

def deploy(host):
    root = host.data["root"] + "/out"
    files.directory(root, mode = "750")
    files.template(
        src = "app.j2",
        dest = root + "/app.conf",
        mode = "640",
        workers = host.data["workers"],
        token = host.data.get("token", ""),
    )

def undo(host):
    files.directory(host.data["root"] + "/out", present = False)
"#;

/// A deploy on this machine, with further arguments.
fn directory(code: &str, arguments: &str) -> Directory {
    let directory = Directory::new(&format!(
        "resource \"host_deploy\" \"app\" {{\n  deploy = \"app.star\"\n  data   = {{ root = path.cwd, workers = \
         var.workers }}\n{arguments}\n}}\n\nvariable \"workers\" {{\n  type    = number\n  default = 4\n}}\n"
    ));
    directory.write("app.star", code);
    directory.write("app.j2", "workers = {{ workers }}\ntoken = {{ token }}\n");
    directory.run(&["init"]).expect(0, &[]);
    directory
}

#[test]
fn a_host_is_made_as_the_code_says_and_drift_is_a_diff_in_the_next_plan() {
    let directory =
        directory(CODE, "  local = true\n  secrets = { token = \"hunter2secret\" }\n  undo = true");
    let planned = directory.run(&["plan", "-detailed-exitcode"]);
    let planned = planned.expect(
        2,
        &["host_deploy.app will be created", "files.template", "+ workers = 4", "1 to add, 0 to change"],
    );
    assert!(!planned.says("hunter2secret"), "{}", planned.stdout);
    assert!(planned.says("token = (sensitive)"), "{}", planned.stdout);
    assert!(!directory.exists("out"), "a plan changes nothing");
    let made = directory.run(&["apply", "-auto-approve"]).expect(0, &["1 added"]);
    assert!(!made.says("hunter2secret"), "{}{}", made.stdout, made.stderr);
    assert_eq!(directory.read("out/app.conf"), "workers = 4\ntoken = hunter2secret\n");
    directory.run(&["plan", "-detailed-exitcode"]).expect(0, &["No changes"]);

    directory.write("out/app.conf", "workers = 9\ntoken = hunter2secret\n");
    let drifted = directory.run(&["plan", "-detailed-exitcode"]);
    let drifted = drifted.expect(2, &["will be updated in-place", "- workers = 9", "+ workers = 4"]);
    assert!(!drifted.says("hunter2secret"), "{}", drifted.stdout);
    directory.run(&["apply", "-auto-approve"]).expect(0, &["1 changed"]);
    assert_eq!(directory.read("out/app.conf"), "workers = 4\ntoken = hunter2secret\n");
    directory.run(&["plan", "-detailed-exitcode"]).expect(0, &["No changes"]);

    directory.write("app.j2", "threads = {{ workers }}\n");
    directory.run(&["plan", "-detailed-exitcode"]).expect(2, &["- workers = 4", "+ threads = 4"]);
    directory.run(&["apply", "-auto-approve"]).expect(0, &["1 changed"]);
    let other = directory.run(&["plan", "-detailed-exitcode", "-var=workers=5"]);
    other.expect(2, &["workers = 4 -> 5", "- threads = 4", "+ threads = 5"]);
    directory.run(&["apply", "-auto-approve", "-var=workers=5"]).expect(0, &["1 changed"]);
    assert_eq!(directory.read("out/app.conf"), "threads = 5\n");
    directory.run(&["plan", "-detailed-exitcode", "-var=workers=5"]).expect(0, &["No changes"]);

    directory.run(&["destroy", "-auto-approve"]).expect(0, &["1 destroyed"]);
    assert!(!directory.exists("out"), "it was undone");
}

#[test]
fn saved_plans_are_carried_out() {
    let directory = directory(CODE, "  local = true");
    directory.run(&["plan", "-out=saved"]).expect(0, &["+ workers = 4"]);
    directory.run(&["apply", "saved"]).expect(0, &["1 added"]);
    directory.run(&["plan", "-out=saved", "-var=workers=6"]).expect(0, &["+ workers = 6"]);
    directory.run(&["apply", "saved"]).expect(0, &["1 changed"]);
    assert_eq!(directory.read("out/app.conf"), "workers = 6\ntoken = \n");
    directory.run(&["destroy", "-auto-approve"]).expect(0, &["1 destroyed"]);
    assert!(directory.exists("out/app.conf"), "nobody wanted it to be undone");
}

#[test]
fn what_a_host_gets_is_known_before_there_is_one() {
    let test = "what_a_host_gets_is_known_before_there_is_one";
    let Some(server) = Server::start(test) else { return };
    let arguments = format!(
        "  host = terraform_data.address.output\n  ssh = {{\n    port = {}\n    user = \"{}\"\n    private_key = \
         file(\"{}\")\n    host_key_checking = \"off\"\n  }}",
        server.port(),
        server.user(),
        server.key().display()
    );
    let directory = directory(CODE, &arguments);
    let main = directory.read("main.tf");
    directory.write("main.tf", &format!("{main}\nresource \"terraform_data\" \"address\" {{\n  input = \"127.0.0.1\"\n}}\n\n\
         data \"host_facts\" \"app\" {{\n  host = host_deploy.app.host\n  ssh = host_deploy.app.ssh\n  facts = \
         [\"users.users\"]\n}}\n\noutput \"kernel\" {{\n  value = data.host_facts.app.machine.kernel\n}}\n\noutput \
         \"home\" {{\n  value = data.host_facts.app.values[\"users.users\"].root.home\n}}\n"));
    let planned = directory.run(&["plan"]);
    planned.expect(0, &["+ operations", "files.template", "app.conf", "2 to add"]);
    let made = directory.run(&["apply", "-auto-approve"]);
    let made = made.expect(0, &["2 added", "kernel = \"Linux\"", "home = \"/root\""]);
    assert!(!made.says("PRIVATE KEY"), "{}", made.stdout);
    assert_eq!(directory.read("out/app.conf"), "workers = 4\ntoken = \n");
    directory.run(&["plan", "-detailed-exitcode"]).expect(0, &["No changes"]);
    directory.write("out/app.conf", "workers = 1\ntoken = \n");
    directory.run(&["plan", "-detailed-exitcode"]).expect(2, &["- workers = 1", "+ workers = 4"]);

    // Once it cannot be reached, what is known of it stays. The key goes with the server.
    let key = server.key().to_owned();
    let text = std::fs::read_to_string(&key).unwrap();
    drop(server);
    directory.write("user", &text);
    let main = directory.read("main.tf").replace(key.to_str().unwrap(), "user");
    directory.write("main.tf", &main);
    let unseen = directory.run(&["plan", "-refresh=true", "-target=host_deploy.app"]);
    unseen.expect(0, &["A host cannot be reached", "No changes"]);
}

#[test]
fn a_host_that_comes_up_late_is_waited_for() {
    let test = "a_host_that_comes_up_late_is_waited_for";
    let Some(server) = Server::start(test) else { return };
    let (program, config) = (server.program(), server.config());
    let (port, user, key) = (server.port(), server.user(), server.key().to_owned());
    let kept = tempfile::tempdir().unwrap();
    let key_copy = kept.path().join("key");
    std::fs::copy(&key, &key_copy).unwrap();
    signal_stop(&server);
    let arguments = format!(
        "  host = \"127.0.0.1\"\n  depends_on = [terraform_data.machine]\n  ssh = {{\n    port = {port}\n    user = \
         \"{user}\"\n    private_key_file = \"{}\"\n    host_key_checking = \"off\"\n  }}",
        key_copy.display()
    );
    let directory = directory(CODE, &arguments);
    let main = directory.read("main.tf");
    let command = format!(
        "(sleep 2; exec {} -D -E {}/log -o PidFile={}/pid -f {}) >/dev/null 2>&1 </dev/null &",
        program.display(),
        kept.path().display(),
        kept.path().display(),
        config.display()
    );
    directory.write(
        "main.tf",
        &format!("{main}\nresource \"terraform_data\" \"machine\" {{\n  provisioner \"local-exec\" {{\n    command = \"{command}\"\n  }}\n}}\n"),
    );
    directory.run(&["plan"]).expect(0, &["changes", "(known after apply)", "files.template"]);
    let made = directory.run(&["apply", "-auto-approve"]);
    let pid = std::fs::read_to_string(kept.path().join("pid")).unwrap_or_default();
    if !pid.trim().is_empty() {
        assert!(std::process::Command::new("kill").arg(pid.trim()).status().unwrap().success());
    }
    made.expect(0, &["2 added"]);
    assert_eq!(directory.read("out/app.conf"), "workers = 4\ntoken = \n");
    drop(server);
}

/// Ends the server that listens, and leaves its files.
fn signal_stop(server: &Server) {
    let id = server.process().to_string();
    assert!(std::process::Command::new("kill").arg(&id).status().unwrap().success());
    let is_gone = || std::net::TcpStream::connect(("127.0.0.1", server.port())).is_err();
    support::wait_until(is_gone, "the server does not end");
}

#[test]
fn what_fails_is_told_and_what_was_made_is_kept() {
    let code = r#"
load("@plumb//ops", "files", "server")

def deploy(host):
    files.directory(host.data["root"] + "/out")
    server.shell("echo out; echo why hunter2secret >&2; exit 7")
"#;
    let directory = directory(code, "  local = true\n  secrets = { token = \"hunter2secret\" }");
    let failed = directory.run(&["apply", "-auto-approve"]);
    let failed = failed
        .expect(1, &["An operation failed", "app.star:6", "status 7", "why (sensitive)", "host_deploy.app"]);
    assert!(!failed.says("hunter2secret"), "{}", failed.stderr);
    assert!(directory.exists("out"), "what came before was done");
    directory.run(&["plan"]).expect(0, &["is tainted", "must be replaced"]);
    directory.write("app.star", CODE);
    directory.run(&["apply", "-auto-approve"]).expect(0, &["1 added", "1 destroyed"]);
    directory.write("app.star", code);
    directory.run(&["apply", "-auto-approve"]).expect(1, &["An operation failed", "status 7"]);
    directory.write("app.star", CODE);
    directory.run(&["plan", "-detailed-exitcode"]).expect(0, &["No changes"]);
}

#[test]
fn mistakes_are_found_without_a_host() {
    let directory = directory("def deploy(host):\n    files.write()\n", "  host = \"127.0.0.1\"");
    directory.run(&["validate"]).expect(1, &["app.star:2", "`files`"]);
    directory.write("app.star", "def deploy(host):\n    pass\n");
    directory.run(&["validate"]).expect(0, &[]);
    let cases = [
        ("", "No host is named"),
        ("  local = true\n  host = \"a\"", "A host is in one place"),
        ("  local = true\n  ssh = { port = 22 }", "SSH does not lead there"),
        ("  local = true\n  undo = true", "The code does not say how it is undone"),
        ("  local = true\n  secrets = { workers = 1 }", "Something is said twice"),
        ("  container = { name = \"a\", engine = \"x\" }", "Unknown engine of containers"),
        ("  host = \"a\"\n  ssh = { host_key_checking = \"maybe\" }", "Unknown way to check keys of hosts"),
    ];
    for (arguments, headline) in cases {
        let directory = self::directory("def deploy(host):\n    pass\n", arguments);
        directory.run(&["plan"]).expect(1, &[headline]);
    }
}

#[test]
fn a_host_that_is_not_there_is_an_error_when_it_is_to_be_changed() {
    let directory = directory(CODE, "  host = \"127.0.0.1\"\n  ssh = { port = 1 }\n  wait_seconds = 1");
    directory.run(&["plan"]).expect(0, &["1 to add"]);
    let failed = directory.run(&["apply", "-auto-approve"]);
    failed.expect(1, &["A host cannot be reached", "It was waited for 1 seconds"]);
    directory.run(&["state", "list"]).expect(0, &[]);
    directory.run(&["plan"]).expect(0, &["1 to add, 0 to change, 0 to destroy"]);
}
