//! `test`, `validate` and `fmt` of code that describes hosts.

mod support;

use support::Directory;

const DEPLOY: &str = r#"
load("@plumb//ops", "files", "server")
load("@plumb//facts", "users")
load("motd.star", "greet")

def deploy(host):
    conf = files.template(src = "site.j2", dest = "/etc/site.conf", mode = "640", workers = host.facts.cpus)
    greet("/etc/motd", "Welcome, " + host.data["owner"])
    if "web" in host.groups and "www" in users.users():
        files.line("/etc/hosts", "10.0.0.1 web", when = conf)
"#;

const MOTD: &str = r#"
def _parse(said):
    return said.output.strip() or None

greeting = fact(lambda path: "cat %s 2>/dev/null" % quote(path), _parse)

def _greet(path: str, text: str):
    """Has a file greet whoever reads it."""
    now = greeting(path)
    if now != text:
        run("echo %s > %s" % (quote(text), quote(path)), summary = "greet", changes = [("text", now, text)])
        greeting.becomes(text, path)

greet = operation(_greet)
"#;

const TESTS: &str = r#"
load("../deploy.star", "deploy")
load("../motd.star", "greet")

WEB = {
    "host": {"cpus": 4},
    "users.users": {"www": {}},
    "motd.greeting": {"said": "Hello\n"},
}

def test_everything():
    web = plan(
        deploy,
        groups = ["web"],
        data = {"owner": "ops"},
        facts = WEB,
        files = {"/etc/site.conf": {"content": "workers = 2\n", "mode": "640"}, "/etc/hosts": ""},
    )
    assert_eq([one.name for one in web.changes], ["files.template", "greet", "files.line"])
    conf, motd, hosts = web.operations
    assert_eq(conf.changes[0].diff, "-workers = 2\n+workers = 4\n")
    assert_eq(conf.changes[0].path, "/etc/site.conf")
    assert_eq(motd.changes[0].attributes, {"text": ("Hello", "Welcome, ops")})
    assert_that("greet" in web.text)
    assert_eq(hosts.place, "deploy.star:10")

def test_by_arguments():
    facts = {"motd.greeting /a": "Hi", "motd.greeting": lambda path: "at " + path}
    assert_eq(plan(lambda host: greet("/a", "Hi"), facts = facts).changes, [])
    other = plan(lambda host: greet("/b", "Hi"), facts = facts)
    assert_eq(other.changes[0].changes[0].attributes["text"], ("at /b", "Hi"))

def test_again():
    again = plan(lambda host: greet("/a", "Hi"), facts = WEB, again = True)
    assert_eq(again.changes, [])
    assert_eq([one.verdict for one in again.operations], ["ok"])

def test_refusal():
    why = assert_fails(lambda: plan(lambda host: greet("/a", txt = "x")), "no argument `txt`")
    assert_that("Did you mean" in why)
"#;

fn directory(tests: &str) -> Directory {
    let directory = Directory::new("");
    std::fs::remove_file(directory.path().join("main.tf")).unwrap();
    directory.write("deploy.star", DEPLOY);
    directory.write("motd.star", MOTD);
    directory.write("site.j2", "workers = {{ workers }}\n");
    directory.write("tests/site_test.star", tests);
    directory
}

#[test]
fn deploys_are_tested_without_a_host() {
    let directory = directory(TESTS);
    let run = directory.run(&["test"]);
    let run = run.expect(0, &["tests/site_test.star... in progress", "run \"test_refusal\"... pass"]);
    assert!(run.says("Success! 4 passed, 0 failed."), "{}", run.stdout);
    let lines = directory.run(&["test", "-json"]);
    let lines = lines.expect(
        0,
        &["\"test_abstract\":{\"tests/site_test.star\":[\"test_everything\",\"test_by_arguments\""],
    );
    for line in lines.stdout.lines() {
        serde_json::from_str::<serde_json::Value>(line).unwrap_or_else(|why| panic!("{why}: {line}"));
    }
    directory.run(&["test", "-junit-xml=results.xml"]).expect(0, &[]);
    assert!(
        directory
            .read("results.xml")
            .contains("<testcase name=\"test_again\" classname=\"tests/site_test.star\"")
    );
    directory.write("other_test.star", "def test_x():\n    fail(\"no\")\n");
    directory.run(&["test", "-filter=tests/site_test.star"]).expect(0, &["4 passed"]);
    directory.run(&["test", "-filter=other_test.star"]).expect(1, &["0 passed, 1 failed", "no"]);
    directory.run(&["test", "-filter=othr_test.star"]).expect(0, &["Did you mean \"other_test.star\"?"]);
}

#[test]
fn what_does_not_hold_is_told_with_its_line_and_both_values() {
    let cases = [
        ("assert_eq(1 + 1, 3, \"sums\")", &["sums", "Found:    2", "Expected: 3"][..]),
        ("assert_eq(\"a\\nb\\n\", \"a\\nc\\n\")", &["-c", "+b"]),
        ("assert_that([], \"something\")", &["something.", "Found:    []"]),
        ("assert_fails(lambda: 1)", &["It did not fail"]),
        ("assert_fails(lambda: fail(\"x\"), \"y\")", &["for another reason", "Expected: y"]),
        ("fail(\"never\")", &["never"]),
    ];
    for (line, expected) in cases {
        let directory = directory(&format!("def test_it():\n    print(\"seen\")\n    {line}\n"));
        let run = directory.run(&["test"]);
        let run = run.expect(1, expected);
        assert!(
            run.says("on tests/site_test.star line 3") && run.says("    seen"),
            "{}{}",
            run.stdout,
            run.stderr
        );
        directory.run(&["test", "-json"]).expect(1, &["\"status\":\"fail\""]);
    }
}

#[test]
fn what_is_asked_and_not_given_is_named_with_how_to_give_it() {
    let head = "load(\"../deploy.star\", \"deploy\")\n\ndef test_it():\n";
    let cases = [
        ("plan(deploy)", &["host.facts.cpus: facts = {\"host\": {\"cpus\": ...}}"][..]),
        (
            "plan(deploy, data = {\"owner\": \"x\"}, groups = [\"web\"], facts = {\"host\": {\"cpus\": 1}})",
            &[
                "/etc/site.conf: files = {",
                "motd.greeting /etc/motd: facts =",
                "users.users: facts =",
                "it is planned here",
            ],
        ),
        ("plan(deploy, facts = {\"host\": {\"cpu\": 1}})", &["host.facts.cpu", "Did you mean \"cpus\"?"]),
        ("plan(deploy, files = {\"/x\": {\"mod\": \"1\"}})", &["/x has no `mod`", "Did you mean \"mode\"?"]),
        ("plan(deploy, facts = [])", &["facts are a dict"]),
    ];
    for (line, expected) in cases {
        let directory = directory(&format!("{head}    {line}\n"));
        directory.run(&["test"]).expect(1, expected);
        directory.run(&["test", "-json"]).expect(1, &["\"status\":\"error\""]);
    }
    let directory =
        directory("load(\"../motd.star\", \"greet\")\n\ndef test_it():\n    greet(\"/x\", \"y\")\n");
    directory.run(&["test"]).expect(1, &["a test has none", "on tests/site_test.star line 4"]);
    directory.write("deploy.star", "def deploy(host):\n    assert_eq(1, 1)\n");
    directory.run(&["deploy", "-plan", "@local", "deploy.star"]).expect(1, &["`assert_eq`"]);
}

#[test]
fn what_a_host_says_is_written_down_for_tests() {
    let directory = directory(
        "load(\"../deploy.star\", \"deploy\")\n\ndef test_recorded():\n    here = json.decode(local_file(\"../hosts/@local.json\").text)\n    \
         recorded = plan(deploy, data = {\"owner\": \"me\"}, **here)\n    \
         assert_eq(recorded.changes[0].changes[0].diff, \"-before\\n+workers = %d\\n\" % here[\"facts\"][\"host\"][\"cpus\"])\n    \
         assert_eq(recorded.changes[0].changes[0].attributes, {\"mode\": (\"600\", \"640\")})\n",
    );
    let root = directory.path().to_str().unwrap().to_owned();
    let code = DEPLOY.replace("/etc/", &format!("{root}/etc/"));
    directory.write("deploy.star", &code);
    directory.write("etc/site.conf", "before\n");
    let file = directory.path().join("etc/site.conf");
    std::fs::set_permissions(&file, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
    let planned =
        directory.run(&["deploy", "-plan", "-record=hosts", "-data", "owner=me", "@local", "deploy.star"]);
    planned.expect(0, &["+ workers ="]);
    std::fs::remove_file(file).unwrap();
    directory.run(&["test"]).expect(0, &["1 passed"]);
    let mode = std::fs::metadata(directory.path().join("hosts/@local.json")).unwrap().permissions();
    assert_eq!(std::os::unix::fs::PermissionsExt::mode(&mode) & 0o777, 0o600);
}

#[test]
fn mistakes_in_code_are_found_without_running_it() {
    let directory = directory(TESTS);
    directory.run(&["validate"]).expect(0, &["Success!"]);
    let cases = [
        ("files.write(\"/x\", \"y\", mod = \"644\")", "no argument `mod`. Did you mean \"mode\"?"),
        ("files.write(\"/x\", \"y\", mode = 644)", "`mode` of files.write is None | str, and this is int"),
        ("files.write(\"/x\")", "files.write has to be given text"),
        ("files.write(\"/x\", \"y\", dest = \"/z\")", "files.write is given `dest` twice"),
        ("hi(\"/x\", txt = \"x\", when = True)", "hi has no argument `txt`"),
        ("helper(1, 2, 3)", "helper takes 2 arguments without a name"),
        ("nothing()", "`nothing`"),
        ("x = 1 1", "cannot be read"),
    ];
    for (line, expected) in cases {
        let code = format!(
            "load(\"@plumb//ops\", \"files\")\nload(\"motd.star\", hi = \"greet\")\n\ndef helper(a, b = 1):\n    return a\n\n\
             def deploy(host):\n    if host.data[\"x\"]:\n        {line}\n"
        );
        directory.write("deploy.star", &code);
        directory.write("tests/site_test.star", "def test_it():\n    pass\n");
        let run = directory.run(&["validate"]);
        let run = run.expect(1, &[]);
        let said = format!("{}{}", run.stdout, run.stderr).split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(said.contains(expected) && said.contains("on deploy.star line 9"), "{line}: {said}");
        directory.run(&["validate", "-json"]).expect(1, &["\"valid\": false", "deploy.star"]);
    }
    directory
        .write("deploy.star", "load(\"motd.star\", \"greet\")\n\ndef deploy(greet):\n    greet(1, 2, 3)\n");
    directory.run(&["validate"]).expect(0, &["Success!"]);
    directory.write("tests/site_test.star", "def test_it():\n    plan(1, 2\n");
    directory.run(&["validate"]).expect(1, &["tests/site_test.star"]);
    directory.run(&["validate", "-no-tests"]).expect(0, &["Success!"]);
}

#[test]
fn code_is_laid_out() {
    let directory = directory("");
    directory.write("deploy.star", "def deploy( host ):\n  x=[1 ,\n 2 # two\n]\n");
    let laid_out = "def deploy(host):\n    x = [\n        1,\n        2,  # two\n    ]\n";
    directory.run(&["fmt", "-check"]).expect(3, &["deploy.star"]);
    directory.run(&["fmt", "-check", "-diff"]).expect(3, &["-def deploy( host ):", "+def deploy(host):"]);
    directory.run(&["fmt"]).expect(0, &["deploy.star"]);
    assert_eq!(directory.read("deploy.star"), laid_out.replace("[\n        1,", "[1,"));
    directory.run(&["fmt", "-check"]).expect(0, &[]);
    directory.write("deploy.star", "def deploy(:\n");
    directory.run(&["fmt", "-check"]).expect(2, &["on deploy.star line 1"]);
    assert_eq!(directory.read("deploy.star"), "def deploy(:\n");
}
