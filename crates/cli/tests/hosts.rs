//! `deploy`, `exec` and `fact` on this machine.

mod support;

use support::Directory;

const DEPLOY: &str = r#"
load("@plumb//ops", "files", "server")

def deploy(host):
    files.directory("ROOT/out", mode = "750")
    files.template(src = "app.j2", dest = "ROOT/out/app.conf", mode = "640", workers = 4)
    files.line("ROOT/profile", "export APP=1")
"#;

fn directory(code: &str) -> Directory {
    let directory = Directory::new("");
    let root = directory.path().to_str().unwrap().to_owned();
    directory.write("deploy.star", &code.replace("ROOT", &root));
    directory.write("app.j2", "workers = {{ workers }}\n");
    directory
}

#[test]
fn a_deploy_is_shown_and_done_and_then_there_is_nothing_to_do() {
    let directory = directory(DEPLOY);
    let planned = directory.run(&["deploy", "-plan", "-detailed-exitcode", "@local", "deploy.star"]);
    planned.expect(
        2,
        &["@local: 3 to change", "~ files.directory", "mode  750", "+ workers = 4", "+ export APP=1"],
    );
    assert!(!directory.exists("out"), "a plan changes nothing");
    directory.run(&["deploy", "-input=false", "@local", "deploy.star"]).expect(1, &["Nobody has agreed"]);
    assert!(!directory.exists("out"));
    let done = directory.run(&["deploy", "-yes", "@local", "deploy.star"]);
    done.expect(0, &["app.conf: changed", "Deploy complete: 1 changed by 3 operations, 0 unchanged."]);
    assert_eq!(directory.read("out/app.conf"), "workers = 4\n");
    let again = directory.run(&["deploy", "-yes", "@local", "deploy.star"]);
    again.expect(0, &["@local: 3 ok", "No changes. All hosts are as the deploy describes them."]);
    directory.write("out/app.conf", "workers = 5\n");
    let drifted = directory.run(&["deploy", "-plan", "@local", "deploy.star"]);
    drifted.expect(0, &["@local: 1 to change, 2 ok", "- workers = 5", "+ workers = 4"]);
    let without = directory.run(&["deploy", "-plan", "-diff=false", "@local", "deploy.star"]);
    let without = without.expect(0, &["change its content"]);
    assert!(!without.says("workers = 5"));
}

#[test]
fn what_fails_names_the_line_the_command_and_what_it_said() {
    let directory = directory(
        "load(\"@plumb//ops\", \"server\")\n\ndef deploy(host):\n    server.shell(\"echo out; echo why >&2; exit 7\")\n    server.shell(\"true\")\n",
    );
    let failed = directory.run(&["deploy", "-yes", "@local", "deploy.star"]);
    failed.expect(
        1,
        &[
            "An operation failed",
            "on deploy.star line 4",
            "status 7",
            "why",
            "Deploy incomplete: 0 changed by 0 operations",
        ],
    );
    let lines = directory.run(&["deploy", "-yes", "-json", "@local", "deploy.star"]);
    let lines = lines
        .expect(1, &["\"type\":\"host_result\"", "\"status\":7", "\"errors\":\"why\\n\"", "\"failed\":1"]);
    for line in lines.stdout.lines() {
        serde_json::from_str::<serde_json::Value>(line).unwrap_or_else(|why| panic!("{why}: {line}"));
    }
}

#[test]
fn mistakes_are_found_before_anything_is_connected_to() {
    let directory = directory("def deploy(host):\n    files.write(\"/x\", \"\")\n");
    // Nobody listens there.
    let run = directory.run(&["deploy", "-plan", "127.0.0.1:1", "deploy.star"]);
    run.expect(1, &["No such name", "on deploy.star line 2", "`files`"]);
    directory.write("deploy.star", "def deploy(host):\n    pass\n");
    directory.run(&["deploy", "deploy.star"]).expect(1, &["No inventory is named"]);
    directory.run(&["deploy", "@local", "none.star"]).expect(1, &["none.star"]);
    directory.run(&["deploy", "-serial=0", "@local", "deploy.star"]).expect(1, &["a wave without hosts"]);
    directory
        .run(&["deploy", "-fail-at=x", "@local", "deploy.star"])
        .expect(1, &["neither a number of hosts"]);
    directory.run(&["deploy", "-limit=none", "@local", "deploy.star"]).expect(1, &["none"]);
    directory.run(&["deploy", "-plan", "@local", "deploy.star"]).expect(0, &["no operations", "No changes"]);
    std::fs::remove_file(directory.path().join("main.tf")).unwrap();
    directory.run(&["-help"]).expect(0, &["plumb deploy -plan @local deploy.star"]);
}

#[test]
fn others_go_on_where_a_host_cannot_be_reached() {
    let directory = directory(DEPLOY);
    let run = directory.run(&["deploy", "-yes", "@local,127.0.0.1:1", "deploy.star"]);
    run.expect(
        1,
        &[
            "A host cannot be reached",
            "127.0.0.1",
            "Deploy incomplete: 1 changed by 3 operations",
            "1 failed",
        ],
    );
    assert_eq!(directory.read("out/app.conf"), "workers = 4\n");
}

fn names_in(directory: &Directory) -> Vec<String> {
    let names = std::fs::read_dir(directory.path().join("out")).unwrap();
    names.map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned()).collect()
}

#[test]
fn killed_at_any_instant_it_leaves_files_whole() {
    let code = r#"
load("@plumb//ops", "files")

def deploy(host):
    for n in range(12):
        files.put("new", "ROOT/out/%d" % n, mode = "600")
    for n in range(12, 64):
        files.write("ROOT/out/%d" % n, "after\n", mode = "600")
"#;
    let directory = directory(code);
    // What does not get smaller takes its time.
    let mut noise = 88_172_645_463_325_252_u64;
    let mut letter = || {
        noise ^= noise << 13;
        noise ^= noise >> 7;
        noise ^= noise << 17;
        char::from(b'!' + (noise % 90) as u8)
    };
    let new: String = (0..300_000).map(|_| letter()).collect();
    directory.write("new", &new);
    std::fs::create_dir(directory.path().join("out")).unwrap();
    // How long it takes differs from one machine to the next.
    let begun = std::time::Instant::now();
    directory.run(&["deploy", "-yes", "@local", "deploy.star"]).expect(0, &[]);
    let whole = begun.elapsed();
    let mut replaced = 0;
    for twelfth in 1..=12 {
        let delay = whole * twelfth / 12;
        (0..64).for_each(|n| directory.write(&format!("out/{n}"), "before"));
        let mut child = directory.command(&["deploy", "-yes", "@local", "deploy.star"]);
        let mut child = child.stdout(std::process::Stdio::null()).spawn().unwrap();
        std::thread::sleep(delay);
        let _ = child.kill();
        let _ = child.wait();
        // What was sent to the shell as a whole comes to its end there.
        let is_still = || {
            let look = || (0..64).map(|n| directory.read(&format!("out/{n}")).len()).collect::<Vec<_>>();
            let before = look();
            std::thread::sleep(std::time::Duration::from_millis(300));
            look() == before && names_in(&directory).iter().all(|name| !name.starts_with(".plumb-"))
        };
        support::wait_until(is_still, "the shell does not come to its end");
        for n in 0..64 {
            let text = directory.read(&format!("out/{n}"));
            let after = if n < 12 { &*new } else { "after\n" };
            assert!(text == "before" || text == after, "{delay:?}: out/{n} has {} bytes", text.len());
            replaced += usize::from(text == after);
        }
    }
    assert!(replaced > 0, "it was always killed before it began");
    directory.run(&["deploy", "-yes", "@local", "deploy.star"]).expect(0, &[]);
    assert!((0..12).all(|n| directory.read(&format!("out/{n}")) == new));
    assert!((12..64).all(|n| directory.read(&format!("out/{n}")) == "after\n"));
}

#[test]
fn commands_run_on_hosts_and_say_how_they_ended() {
    let directory = directory("");
    let run = directory.run(&["exec", "@local", "echo", "'a  b';", "echo -e >&2;", "exit 3"]);
    run.expect(1, &["@local: a  b", "@local: status 3"]);
    directory.run(&["exec", "@local", "true"]).expect(0, &[]);
    let json = directory.run(&["exec", "-json", "@local", "printf '\\377'"]);
    json.expect(0, &["{\"type\":\"host_exec\",\"host\":\"@local\",\"status\":0"]);
    directory.run(&["exec", "-timeout=1", "@local", "sleep 60"]).expect(1, &["status 124"]);
    directory.run(&["exec", "@local"]).expect(1, &["No command is named"]);
    directory.run(&["exec", "127.0.0.1:1", "true"]).expect(1, &["127.0.0.1"]);
}

#[test]
fn facts_of_hosts_are_told() {
    let directory = directory("");
    directory.run(&["fact", "@local"]).expect(0, &["\"kernel\": \"Linux\"", "\"user\""]);
    directory
        .run(&["fact", "-json", "@local", "users.users"])
        .expect(0, &["\"type\":\"host_fact\"", "\"root\""]);
    directory.run(&["fact", "@local", "users.user"]).expect(1, &["did you", "`users`"]);
    directory.run(&["fact", "@local", "nothing.here"]).expect(1, &["has no nothing"]);
    directory.run(&["fact", "@local", "users"]).expect(1, &["as in apt.installed"]);
}
