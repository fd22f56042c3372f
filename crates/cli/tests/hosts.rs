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

/// A deploy of three pieces, of which each begins once the one before it is done.
const PIECES: &str = r#"
load("@plumb//ops", "files", "server")

def deploy(host):
    root = "ROOT/%s" % host.name
    server.shell("touch %s-began; sleep SECONDS; echo x > %s-first" % (root, root), name = "first")
    files.line(root + "-second", "x")
    server.shell("touch %s-third" % root, name = "third")
"#;

/// Two hosts at a server of OpenSSH, in whose deploys something has begun.
fn under_way(
    server: &plumb_ssh_server::Server,
    directory: &Directory,
    options: &[&str],
) -> std::process::Child {
    directory.write("known_hosts", &format!("[127.0.0.1]:{} {}\n", server.port(), server.host_key()));
    let host = serde_json::json!({
        "ssh_hostname": "127.0.0.1", "ssh_port": server.port(), "ssh_user": server.user(),
        "ssh_key": server.key(), "ssh_known_hosts": directory.path().join("known_hosts"),
    });
    let inventory = serde_json::json!({ "all": { "hosts": { "one": host, "two": host } } });
    directory.write("hosts.json", &inventory.to_string());
    let all = [&["deploy", "-yes"], options, &["hosts.json", "deploy.star"]].concat();
    let mut command = directory.command(&all);
    command.stdout(std::process::Stdio::piped()).stderr(std::process::Stdio::piped());
    let child = command.spawn().unwrap();
    let have_begun = || directory.exists("one-began") && directory.exists("two-began");
    support::wait_until(have_begun, "the deploys do not begin");
    child
}

fn ended(child: std::process::Child) -> support::Run {
    support::Run::ended(child.wait_with_output().unwrap())
}

#[test]
fn an_interrupt_lets_what_was_sent_come_to_its_end_and_begins_nothing_else() {
    let test = "an_interrupt_lets_what_was_sent_come_to_its_end_and_begins_nothing_else";
    let Some(server) = plumb_ssh_server::Server::start(test) else { return };
    let directory = directory(&PIECES.replace("SECONDS", "2"));
    let child = under_way(&server, &directory, &[]);
    support::signal(&child, "-INT");
    let run = ended(child);
    let run = run.expect(
        1,
        &[
            "Interrupt received",
            "one: server.shell first: changed",
            "two: server.shell first: changed",
            "A host was stopped in the middle of its deploy",
            "with one, two",
            "1 operation changed something there; what follows was not begun. It would go on with files.line",
            "0 unchanged, 2 unfinished after 2 operations.",
            "-resume it goes on with the 2 hosts",
        ],
    );
    assert!(!run.says("third: changed") && !directory.exists("one-third"), "{}", run.stdout);
    assert_eq!(directory.read("one-first"), "x\n");
    assert!(!directory.exists("one-second") && !directory.exists("two-second"));
    let resumed = directory.run(&["deploy", "-yes", "-resume", "hosts.json", "deploy.star"]);
    resumed.expect(0, &["unfinished: one, two", "Deploy complete: 2 changed"]);
    assert!(directory.exists("one-third") && directory.exists("two-third"));
}

#[test]
fn a_second_interrupt_waits_for_nobody() {
    let Some(server) = plumb_ssh_server::Server::start("a_second_interrupt_waits_for_nobody") else { return };
    for options in [&[][..], &["-json"]] {
        let directory = directory(&PIECES.replace("SECONDS", "60"));
        let child = under_way(&server, &directory, options);
        let begun = std::time::Instant::now();
        support::signal(&child, "-INT");
        std::thread::sleep(std::time::Duration::from_millis(500));
        support::signal(&child, "-INT");
        let run = ended(child);
        let elapsed = begun.elapsed();
        assert!(elapsed < std::time::Duration::from_secs(4), "{elapsed:?}: {}{}", run.stdout, run.stderr);
        assert!(!run.says("journal") && !run.says("force-unlock"), "{}", run.stderr);
        let run =
            run.expect(1, &["What was begun on hosts goes on there to its end", "A host was not waited for"]);
        if options.is_empty() {
            assert!(run.says("2 unfinished"), "{}", run.stdout);
        } else {
            assert!(run.says("\"result\":\"cut_off\"") && run.says("\"unfinished\":2"), "{}", run.stdout);
        }
    }
}

#[test]
fn an_interrupt_while_hosts_are_looked_at_ends_at_once() {
    let listener = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let directory = directory(DEPLOY);
    // Somebody who takes connections and says nothing.
    let silent = format!("127.0.0.1:{}", listener.local_addr().unwrap().port());
    let mut command = directory.command(&["deploy", "-yes", &silent, "deploy.star"]);
    command.stdout(std::process::Stdio::piped()).stderr(std::process::Stdio::piped());
    let child = command.spawn().unwrap();
    let _connection = listener.accept().unwrap();
    let begun = std::time::Instant::now();
    support::signal(&child, "-INT");
    let run = ended(child).expect(1, &["Interrupted", "Nothing was done on any host"]);
    assert!(begun.elapsed() < std::time::Duration::from_secs(4), "{}", run.stderr);
}
