//! How deploys run on several hosts: what is left over, what is told and written down, what is done together.

mod site;

use site::Site;

const FAILS_ON_SOME: &str = r#"
load("@plumb//ops", "files", "server")

def deploy(host):
    files.write("%s/%s" % (host.data["root"], host.name), "x\n")
    server.shell("test ! -e %s/broken-%s" % (host.data["root"], host.name), name = "look")
"#;

#[test]
fn a_run_goes_on_with_what_was_left_over() {
    let site = Site::new(FAILS_ON_SOME);
    site.write("broken-web2", "");
    let nothing = site.deploy("web1,web2,web3", &["-yes", "-resume"]);
    nothing.expect(1, &["There is nothing to resume", "Run it without -resume"]);
    let first = site.deploy("web1,web2,web3", &["-yes", "-serial=1"]);
    first.expect(
        1,
        &["An operation failed", "1 failed", "1 not begun", "-resume it goes on with the 2 hosts"],
    );
    assert!(site.exists("web1") && !site.exists("web3"));
    let shown = site.deploy("web1,web2,web3", &["-plan", "-resume"]);
    shown.expect(0, &["Resuming with what was left over, noted", "failed: web2", "not begun: web3"]);
    assert!(!shown.output.contains("web1"), "{}", shown.output);
    let json = site.deploy("web1,web2,web3", &["-plan", "-resume", "-json"]);
    let resumed = json.lines("resumed");
    assert_eq!(resumed[0]["hosts"][0]["host"], "web2", "{}", json.output);
    assert_eq!(resumed[0]["hosts"][1]["left"], "not_begun", "{}", json.output);
    // Another inventory has left nothing over, and hosts that are gone are named.
    site.deploy("web4", &["-yes", "-resume"]).expect(1, &["There is nothing to resume"]);
    site.remove("broken-web2");
    let narrowed = site.deploy("web1,web2,web3", &["-yes", "-resume", "-limit=web3"]);
    narrowed.expect(0, &["not begun: web3", "Deploy complete: 1 changed"]);
    let resumed = site.deploy("web1,web2,web3", &["-yes", "-resume"]);
    resumed.expect(0, &["failed: web2", "Deploy complete: 1 changed by 1 operation, 0 unchanged."]);
    assert!(!resumed.output.contains("web3"), "{}", resumed.output);
    site.deploy("web1,web2,web3", &["-yes", "-resume"]).expect(1, &["There is nothing to resume"]);
    assert!(!site.exists(".terraform"), "nothing is left of the note");
}

#[test]
fn what_is_left_over_names_hosts_and_nothing_else() {
    let site = Site::new(FAILS_ON_SOME);
    site.write("broken-web2", "");
    site.write(
        "hosts.json",
        "{\"all\": {\"hosts\": {\"web1\": {}, \"web2\": {\"password\": \"hunter22\"}}}}",
    );
    site.deploy("hosts.json", &["-yes", "-data=token=hunter22"]).expect(1, &["An operation failed"]);
    let [file] = &*site.left_over() else { panic!("one file: {:?}", site.left_over()) };
    let text = site.read(file);
    assert!(text.contains("\"web2\": \"failed\"") && !text.contains("hunter22"), "{text}");
    site.write("hosts.json", "{\"all\": {\"hosts\": {\"web1\": {}}}}");
    site.deploy("hosts.json", &["-yes", "-resume"]).expect(1, &["left over are gone", "web2"]);
    site.deploy("hosts.json", &["-yes"]).expect(0, &[]);
    assert_eq!(site.left_over(), Vec::<String>::new());
}

#[test]
fn every_host_has_a_log_without_secrets() {
    let site = Site::new(
        r#"
load("@plumb//ops", "files", "server")

def deploy(host):
    key = secret("hunter22")
    files.write("%s/%s" % (host.data["root"], host.name), "key = %s\n" % key)
    server.shell("echo said by %s; printf 'hun'; sleep 0.2; echo ter22; echo odd >&2" % host.name)
    server.shell("echo unseen", name = "quiet", no_log = True)
    server.shell("exit 7", name = "the last", when = host.name == "web2")
"#,
    );
    site.deploy("web1,web2", &["-yes", "-log-dir=logs"]).expect(1, &["status 7"]);
    let (one, two) = (site.read("logs/web1.log"), site.read("logs/web2.log"));
    for expected in [
        "connected",
        "plan: 3 to change, 1 ok",
        "+ key = (sensitive)",
        "begin    files.write",
        "  | said by web1",
        "  | (sensitive)",
        "  ! odd",
        "changed  server.shell",
        "(status 0, ",
        "done: 3 changed",
    ] {
        assert!(one.contains(expected), "{expected}: {one}");
    }
    assert!(two.contains("failed   server.shell the last") && two.contains("(status 7, "), "{two}");
    assert!(two.contains("failed: 3 changed"), "{two}");
    for text in [&one, &two] {
        assert!(!text.contains("hunter22") && !text.contains("unseen"), "{text}");
    }
    assert_eq!(site.mode("logs/web1.log"), 0o600);
    // What is there stays, and what comes is written behind it.
    site.deploy("web1,web2", &["-yes", "-limit=web1", "-log-dir=logs"]).expect(0, &[]);
    let again = site.read("logs/web1.log");
    assert!(again.starts_with(&one) && again.len() > one.len(), "{again}");
    site.write("plain", "");
    site.deploy("web1,web2", &["-yes", "-log-dir=plain/logs"]).expect(1, &["Logs cannot be written"]);
}

#[test]
fn what_took_long_is_told() {
    let site = Site::new(
        r#"
load("@plumb//ops", "server")

def deploy(host):
    server.shell("true", name = "quick")
    server.shell("sleep %s" % ("1.2" if host.name == "web2" else "0.1"), name = "slow")
"#,
    );
    let told = site.deploy("web1,web2", &["-yes", "-times"]);
    told.expect(0, &["Slowest operations:", "server.shell slow on web2", "in all on 2 hosts"]);
    let before = |a: &str, b: &str| told.output.find(a) < told.output.find(b);
    assert!(before("server.shell slow on web2", "server.shell quick on"), "{}", told.output);
    let plain = site.deploy("web1,web2", &["-yes"]);
    assert!(!plain.output.contains("Slowest"), "{}", plain.output);
    let json = site.deploy("web1,web2", &["-yes", "-json"]);
    let times = json.lines("times");
    let first = &times[0]["operations"][0];
    assert_eq!((&first["title"], &first["hosts"]), (&"slow".into(), &2.into()), "{}", json.output);
    assert!(first["longest_ms"].as_u64().unwrap() >= 1100, "{first}");
    let results = json.lines("host_result");
    assert!(results[1]["operations"][1]["duration_ms"].as_u64().unwrap() >= 1100, "{}", json.output);
    assert!(results[1]["operations"][0]["duration_ms"].as_u64().unwrap() < 1000, "{}", json.output);
}

#[test]
fn keys_that_are_new_are_told_once() {
    let site = Site::new("def deploy(host):\n    pass\n");
    let first = site.deploy_as("web1,web2", &["-plan"], "accept-new");
    first.expect(0, &["web1, web2: its key (ssh-ed25519) was not known", "known_hosts"]);
    assert_eq!(first.output.matches("was not known").count(), 1, "{}", first.output);
    let again = site.deploy_as("web1,web2", &["-plan"], "accept-new");
    assert!(!again.output.contains("was not known"), "{}", again.output);
    site.remove(".ssh/known_hosts");
    let json = site.deploy_as("web1", &["-plan", "-json"], "accept-new");
    assert_eq!(json.lines("host_notice")[0]["host"], "web1", "{}", json.output);
}

const INVENTORY: &str = "[web]\nweb1 ssh_user=web1\nweb2 ssh_user=web2\nweb3 ssh_user=web3\n\n[lb]\nlb1 ssh_user=lb1\n\n[db]\ndb1 \
                         ssh_user=db1 address=10.0.0.5\n";

fn site_of_groups(code: &str) -> Site {
    let site = Site::new(code);
    site.write("hosts.ini", &(INVENTORY.to_owned() + &site.way()));
    site
}

#[test]
fn what_is_done_once_is_done_for_all() {
    let site = site_of_groups(
        r#"
load("@plumb//ops", "files", "server")

def deploy(host):
    root = host.data["root"]
    migrated = server.shell("echo $HOST_NAME | tee -a %s/migrations" % root, name = "migrate", run_once = True)
    for n in range(2):
        server.shell("echo %d >> %s/looped" % (n, root), run_once = True)
    files.write("%s/%s" % (root, host.name), "migrated by " + migrated.output(), when = migrated)
"#,
    );
    let planned = site.deploy("hosts.ini", &["-plan", "-limit=web"]);
    planned.expect(0, &["web1, web2, web3", "server.shell migrate (once for all hosts)"]);
    let json = site.deploy("hosts.ini", &["-plan", "-limit=web", "-json"]);
    assert_eq!(json.lines("host_plan")[1]["operations"][0]["once"], true, "{}", json.output);
    let done = site.deploy("hosts.ini", &["-yes", "-limit=web"]);
    // Three of them write a file, and one has done the rest.
    done.expect(0, &["Deploy complete: 3 changed by 6 operations, 0 unchanged."]);
    let by = site.read("migrations");
    assert_eq!(by.lines().count(), 1, "{by}");
    assert_eq!(site.read("looped"), "0\n1\n");
    for host in ["web1", "web2", "web3"] {
        assert_eq!(site.read(host), format!("migrated by {by}"));
    }
}

#[test]
fn what_failed_once_failed_for_all() {
    let site = site_of_groups(
        r#"
load("@plumb//ops", "server")

def deploy(host):
    server.shell("echo x >> %s/tries; echo why >&2; exit 5" % host.data["root"], name = "migrate", run_once = True)
    server.shell("touch %s/after" % host.data["root"])
"#,
    );
    let failed = site.deploy("hosts.ini", &["-yes", "-limit=web"]);
    failed.expect(1, &["status 5", "why", "for all hosts)", "3 failed"]);
    assert_eq!(site.read("tries"), "x\n");
    assert!(!site.exists("after"));
}

#[test]
fn what_is_delegated_is_done_on_that_host_one_after_the_other() {
    let site = site_of_groups(
        r#"
load("@plumb//ops", "files", "server")

def deploy(host):
    root = host.data["root"]
    added = files.line(root + "/backends", host.name, delegate_to = "lb1")
    server.shell("echo $HOST_NAME >> %s/reloads" % root, delegate_to = "lb1", run_once = True, when = added)
    server.shell("echo $HOST_NAME >> %s/own" % root)
    server.shell("echo here${HOST_NAME:+?} >> %s/here" % root, delegate_to = "@local", run_once = True)
"#,
    );
    let planned = site.deploy("hosts.ini", &["-plan", "-limit=web1"]);
    planned.expect(0, &["files.line", "(on lb1)", "(on lb1) (once for all hosts)"]);
    let done = site.deploy("hosts.ini", &["-yes", "-limit=web"]);
    done.expect(0, &["Deploy complete: 3 changed"]);
    let sorted = |name: &str| {
        let mut lines: Vec<String> = site.read(name).lines().map(str::to_owned).collect();
        lines.sort();
        lines
    };
    // Nobody has overwritten what another one added.
    assert_eq!(sorted("backends"), ["web1", "web2", "web3"]);
    assert_eq!(sorted("own"), ["web1", "web2", "web3"]);
    assert_eq!(site.read("reloads"), "lb1\n");
    assert_eq!(site.read("here"), "here\n");
    let again = site.deploy("hosts.ini", &["-yes", "-limit=web"]);
    again.expect(0, &["Deploy complete"]);
    assert_eq!(site.read("reloads"), "lb1\n", "there was nothing to reload");
    site.write("deploy.star", "load(\"@plumb//ops\", \"files\")\n\ndef deploy(host):\n    files.line(\"/x\", \"y\", delegate_to = \"lb2\")\n");
    site.deploy("hosts.ini", &["-plan", "-limit=web1"])
        .expect(1, &["no host `lb2`", "Did you mean \"lb1\"?"]);
}

#[test]
fn few_hosts_at_once_do_what_says_so() {
    let site = site_of_groups(
        r#"
load("@plumb//ops", "server")

def deploy(host):
    log = host.data["root"] + "/log"
    server.shell("echo began >> %s; sleep 0.3; echo ended >> %s" % (log, log), serial = True)
    server.shell("sleep 0.3", name = "two", parallel = 2)
"#,
    );
    let planned = site.deploy("hosts.ini", &["-plan", "-limit=web"]);
    planned.expect(0, &["(one host at a time)", "server.shell two (2 hosts at a time)"]);
    site.deploy("hosts.ini", &["-yes", "-limit=web"])
        .expect(0, &["Deploy complete: 3 changed by 6 operations"]);
    assert_eq!(site.read("log"), "began\nended\n".repeat(3));
    let wrong =
        "load(\"@plumb//ops\", \"server\")\n\ndef deploy(host):\n    server.shell(\"true\", serial = 0)\n";
    site.write("deploy.star", wrong);
    site.deploy("hosts.ini", &["-plan"]).expect(1, &["serial is True or a number of hosts from 1"]);
}

const ASKS: &str = r#"
load("@plumb//ops", "files")
load("@plumb//facts", "users")

name = fact("echo x >> ROOT/asked-$HOST_NAME; echo $HOST_NAME", lambda said: said.output.strip())

def deploy(host):
    root = host.data["root"]
    db = inventory.host("db1")
    lines = ["%s %s %s" % (h.name, h.facts.kernel, h.groups) for h in inventory.hosts("web")]
    lines.append("%s %s %s" % (db.data["address"], db.fact(name), db.fact(users.users)["root"]["uid"]))
    lines.append("%s %s" % (len(inventory.hosts()), inventory.groups()))
    lines.append("%s %s" % (name(), inventory.host(host.name).fact(name)))
    files.write("%s/%s" % (root, host.name), "\n".join(lines) + "\n")
"#;

#[test]
fn code_knows_of_other_hosts_whatever_it_asks_and_each_is_asked_once() {
    let site = site_of_groups("");
    let root = site.path();
    site.write("deploy.star", &ASKS.replace("ROOT", &root));
    site.deploy("hosts.ini", &["-yes", "-limit=web"])
        .expect(0, &["Deploy complete: 3 changed by 3 operations"]);
    for host in ["web1", "web2", "web3"] {
        let expected = format!(
            "web1 Linux [\"web\"]\nweb2 Linux [\"web\"]\nweb3 Linux [\"web\"]\n10.0.0.5 db1 0\n5 [\"db\", \"lb\", \"web\"]\n{host} {host}\n"
        );
        assert_eq!(site.read(host), expected);
    }
    assert_eq!(site.read("asked-db1"), "x\n");
    site.deploy("hosts.ini", &["-plan", "-limit=web"]).expect(0, &["No changes"]);
}

#[test]
fn who_depends_on_a_host_that_cannot_be_reached_fails_and_others_go_on() {
    let site = site_of_groups(
        r#"
load("@plumb//ops", "files")

def deploy(host):
    if host.name != "web2":
        print(inventory.host("db1").facts.kernel)
    files.write("%s/%s" % (host.data["root"], host.name), "x\n")
"#,
    );
    // Nobody listens there.
    site.write("hosts.ini", &(INVENTORY.replace("ssh_user=db1", "ssh_user=db1 ssh_port=1") + &site.way()));
    let run = site.deploy("hosts.ini", &["-yes", "-limit=web"]);
    run.expect(
        1,
        &[
            "db1, another host of which something has to be known, cannot be asked",
            "with web1, web3",
            "1 changed by 1 operation",
            "0 unchanged, 2 failed.",
        ],
    );
    assert!(site.exists("web2") && !site.exists("web1") && !site.exists("web3"));
    site.write("deploy.star", "def deploy(host):\n    inventory.hosts(\"wbe\")\n");
    site.deploy("hosts.ini", &["-plan"]).expect(1, &["in a group `wbe`", "Did you mean \"web\"?"]);
}
