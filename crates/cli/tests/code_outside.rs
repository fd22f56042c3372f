//! Code that uses this machine: secrets, programs that plan operations, inventories; and following its runs.

#![expect(clippy::print_stderr, reason = "what is skipped is said")]

mod support;

use std::os::unix::fs::PermissionsExt as _;
use std::process::Command;

use support::{Directory, Run, find};

fn directory(code: &str) -> Directory {
    let directory = Directory::new("");
    let root = directory.path().to_str().unwrap().to_owned();
    directory.write("deploy.star", &code.replace("ROOT", &root));
    directory
}

/// Writes a program into a directory that is looked for programs first.
fn program(directory: &Directory, name: &str, text: &str) {
    directory.write(name, text);
    let path = directory.path().join(name);
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o755)).unwrap();
}

fn run(directory: &Directory, arguments: &[&str], variables: &[(&str, &str)]) -> Run {
    let mut command = directory.command(arguments);
    let path = std::env::var("PATH").unwrap_or_default();
    command.env("PATH", format!("{}/bin:{path}", directory.path().display()));
    command.envs(variables.iter().copied());
    let output = command.output().unwrap();
    Run {
        code: output.status.code().unwrap_or(-1),
        stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
        stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}

fn expect_hidden(run: &Run, secrets: &[&str]) {
    for secret in secrets {
        assert!(!run.says(secret), "{secret}:\n{}{}", run.stdout, run.stderr);
    }
}

const SECRETS: &str = r#"
load("@plumb//ops", "files")

def deploy(host):
    db = secrets.file("db.sops.yaml")
    lines = [
        secrets.env("TOKEN"),
        db["password"],
        secrets.file("db.sops.yaml", "replica.password"),
        secrets.command(["keeper", "show", "it's mine"]),
        secrets.env("NOT_THERE", default = "nobody"),
    ]
    files.write("ROOT/out", "\n".join(lines) + "\n", mode = "600")
"#;

const SOPS: &str = r#"#!/bin/sh
[ "$1 $2 $3" = "--decrypt --output-type json" ] || { echo "unexpected: $*" >&2; exit 1; }
case $4 in
*db.sops.yaml) echo '{"password": "hunter22", "replica": {"password": "hunter33"}}';;
*) echo "Failed to get the data key" >&2; exit 128;;
esac
"#;

#[test]
fn secrets_come_from_files_variables_and_programs_and_are_shown_nowhere() {
    let directory = directory(SECRETS);
    program(&directory, "bin/sops", SOPS);
    program(&directory, "bin/keeper", "#!/bin/sh\necho run >>keeper.log\necho \"from $1 $2\"\n");
    let variables = [("TOKEN", "token-of-mine")];
    let planned = run(&directory, &["deploy", "-plan", "@local", "deploy.star"], &variables);
    let planned = planned.expect(0, &["create", "(sensitive)"]);
    expect_hidden(&planned, &["hunter22", "hunter33", "token-of-mine", "from show"]);
    run(&directory, &["deploy", "-yes", "-json", "@local", "deploy.star"], &variables).expect(0, &[]);
    assert_eq!(directory.read("out"), "token-of-mine\nhunter22\nhunter33\nfrom show it's mine\nnobody\n");
    assert_eq!(directory.read("keeper.log"), "run\nrun\n", "once for each command of ours");
    let without = run(&directory, &["deploy", "-plan", "@local", "deploy.star"], &[]);
    without.expect(1, &["the variable TOKEN is not set", "deploy.star line 7"]);
}

#[test]
fn errors_of_secrets_name_the_file_and_the_key() {
    let cases = [
        (
            "secrets.file(\"db.sops.yaml\", \"replica.pasword\")",
            "db.sops.yaml has no `replica.pasword`: there is no `pasword`. Did you mean \"password\"?",
        ),
        (
            "secrets.file(\"other.sops.yaml\")",
            "other.sops.yaml cannot be decrypted by `sops`: exit status: 128: Failed to get the data key",
        ),
        ("secrets.command([\"no-such-keeper\"])", "there is no program `no-such-keeper` on this machine"),
        ("secrets.command([\"false\"])", "`false` has not given a secret: exit status: 1"),
        ("secrets.age(\"x.age\", identity = \"key.txt\")", "x.age cannot be decrypted by `age`"),
    ];
    for (call, expected) in cases {
        let directory = directory(&format!("def deploy(host):\n    {call}\n"));
        program(&directory, "bin/sops", SOPS);
        let failed = run(&directory, &["deploy", "-plan", "@local", "deploy.star"], &[]);
        let failed = failed.expect(1, &[expected, "deploy.star line 2"]);
        expect_hidden(&failed, &["hunter22", "hunter33"]);
    }
}

#[test]
fn files_for_age_are_decrypted() {
    let (Some(age), Some(keygen)) = (find("age"), find("age-keygen")) else {
        eprintln!("skipped: files_for_age_are_decrypted: no age on PATH");
        return;
    };
    let directory = directory(
        "load(\"@plumb//ops\", \"files\")\n\ndef deploy(host):\n    files.write(\"ROOT/out\", secrets.age(\"secret.age\"))\n",
    );
    let made = Command::new(keygen).output().unwrap();
    let key = String::from_utf8(made.stdout).unwrap();
    directory.write(".config/sops/age/keys.txt", &key);
    let recipient = key.lines().find_map(|line| line.split("public key: ").nth(1)).unwrap();
    directory.write("plain", "open sesame\n");
    let encrypted = Command::new(age)
        .args(["-r", recipient, "-o", "secret.age", "plain"])
        .current_dir(directory.path())
        .status();
    assert!(encrypted.unwrap().success());
    let done = run(&directory, &["deploy", "-yes", "@local", "deploy.star"], &[]).expect(0, &["(sensitive)"]);
    expect_hidden(&done, &["sesame"]);
    assert_eq!(directory.read("out"), "open sesame\n");
    std::fs::remove_file(directory.path().join(".config/sops/age/keys.txt")).unwrap();
    run(&directory, &["deploy", "-yes", "@local", "deploy.star"], &[])
        .expect(1, &["secret.age cannot be decrypted by `age`", "keys.txt"]);
}

#[test]
fn tests_make_secrets_up() {
    let directory = directory(SECRETS);
    directory.write(
        "some_test.star",
        "load(\"deploy.star\", \"deploy\")\n\nSECRETS = {\n    \"secrets.env\": \"made up\",\n    \
         \"secrets.file db.sops.yaml\": {\"password\": \"a\", \"replica\": {\"password\": \"b\"}},\n    \"secrets.command\": \"c\",\n}\n\n\
         def test_it():\n    assert_eq(len(plan(deploy, facts = SECRETS, files = {}).changes), 1)\n\n\
         def test_missing():\n    assert_fails(lambda: plan(deploy, files = {}), \"secrets.file db.sops.yaml: facts =\")\n",
    );
    run(&directory, &["test"], &[]).expect(0, &["2 passed"]);
}

const THING: &str = r#"#!/usr/bin/env python3
import json, sys

request = json.load(sys.stdin)
named, answers = request["arguments"]["named"], request["answers"]
wanted = "size = %d\n" % named["size"]
if "now" not in answers:
    reply = {"ask": {
        "now": {"path": named["path"], "content": True},
        "kernel": {"script": "uname -s", "family": "kernel"},
    }}
elif answers["kernel"]["output"].strip() != "Linux":
    reply = {"error": "only Linux has such things"}
else:
    changes = [{"file": named["path"], "content": wanted, "mode": "640"}]
    if answers["now"]["content"] != wanted:
        changes.append({
            "run": "echo %d >> %s.log" % (named["size"], named["path"]),
            "summary": "note the size",
            "attributes": {"size": [None, str(named["size"])]},
        })
    reply = {"title": "thing of " + request["host"]["name"], "changes": changes, "obscures": ["things"]}
print(json.dumps(reply))
"#;

const USES_THING: &str = r#"
thing = program("ops/thing.py")

def deploy(host):
    thing(path = "ROOT/thing.conf", size = 3)
"#;

#[test]
fn a_program_in_any_language_plans_an_operation() {
    if find("python3").is_none() {
        eprintln!("skipped: a_program_in_any_language_plans_an_operation: no python3 on PATH");
        return;
    }
    let directory = directory(USES_THING);
    program(&directory, "ops/thing.py", THING);
    let planned = run(&directory, &["deploy", "-plan", "@local", "deploy.star"], &[]);
    planned.expect(0, &["~ thing thing of @local", "create", "mode 640", "+ size = 3", "note the size"]);
    assert!(!directory.exists("thing.conf"));
    run(&directory, &["deploy", "-yes", "@local", "deploy.star"], &[])
        .expect(0, &["1 changed by 1 operation"]);
    assert_eq!(directory.read("thing.conf"), "size = 3\n");
    assert_eq!(directory.read("thing.conf.log"), "3\n");
    run(&directory, &["deploy", "-yes", "@local", "deploy.star"], &[]).expect(0, &["@local: 1 ok"]);
    let test = format!(
        "load(\"deploy.star\", \"deploy\")\n\ndef test_it():\n    p = plan(deploy, facts = {{\"thing.kernel\": {{\"said\": \"Linux\"}}}}, \
         files = {{\"{0}/thing.conf\": \"size = 2\\n\"}})\n    assert_eq(p.changes[0].changes[0].diff, \"-size = 2\\n+size = 3\\n\")\n",
        directory.path().display()
    );
    directory.write("thing_test.star", &test);
    run(&directory, &["test"], &[]).expect(0, &["1 passed"]);
    directory.write("thing_test.star", &test.replace("{\"said\": \"Linux\"}", "{\"said\": \"Plan 9\"}"));
    run(&directory, &["test"], &[]).expect(1, &["ops/thing.py: only Linux has such things"]);
}

#[test]
fn programs_that_do_not_keep_to_the_protocol_are_named() {
    let cases = [
        ("#!/bin/sh\necho no >&2\nexit 3\n", "ops/thing.py has not planned anything: exit status: 3: no"),
        ("#!/bin/sh\necho hello\n", "ops/thing.py answers with what is none of what it may say"),
        ("#!/bin/sh\necho '{\"chnges\": []}'\n", "unknown field `chnges`"),
        ("#!/bin/sh\necho '{\"error\": \"not today\"}'\n", "ops/thing.py: not today"),
        (
            "#!/bin/sh\necho '{\"ask\": {\"x\": {\"script\": \"true\"}}}'\n",
            "asks for something new again and again",
        ),
        ("#!/no/such/interpreter\n", "ops/thing.py"),
    ];
    for (text, expected) in cases {
        let directory = directory(USES_THING);
        program(&directory, "ops/thing.py", text);
        run(&directory, &["deploy", "-plan", "@local", "deploy.star"], &[])
            .expect(1, &[expected, "deploy.star line 5"]);
    }
    let directory = directory(USES_THING);
    run(&directory, &["deploy", "-plan", "@local", "deploy.star"], &[]).expect(1, &["there is no program"]);
}

#[test]
fn an_inventory_is_code() {
    let directory = directory("");
    directory.write(
        "hosts.star",
        "load(\"sites.star\", \"SITES\")\n\ndef inventory():\n    hosts = []\n    for site in SITES:\n        hosts += [\n            \
         {\"name\": \"web%d.%s\" % (n, site), \"groups\": [\"web\", site], \"port\": 80 + n, \"key\": secrets.env(\"KEY\")}\n            \
         for n in range(2)\n        ]\n    return hosts\n",
    );
    directory.write("sites.star", "SITES = [\"a\", \"b\"]\n");
    let variables = [("KEY", "hush-hush")];
    let shown = run(&directory, &["inventory", "-limit", "web:&b", "hosts.star"], &variables);
    let shown = shown.expect(
        0,
        &["web0.b  ssh web0.b", "groups: b, web", "port = 81", "what hosts.star says", "2 hosts."],
    );
    expect_hidden(&shown, &["hush-hush"]);
    let json = run(&directory, &["inventory", "-json", "hosts.star"], &variables).expect(0, &["web1.a"]);
    expect_hidden(&json, &["hush-hush"]);
    run(&directory, &["inventory", "hosts.star"], &[]).expect(1, &["KEY", "hosts.star line 7"]);
    let cases = [
        ("def inventory():\n    return 1 + \"a\"\n", "hosts.star line 2"),
        ("def inventory():\n    return [5]\n", "what hosts.star says"),
        ("def inventory():\n    return lambda: 1\n", "inventory() returns"),
        ("hosts = 1\n", "there is no function `inventory()`"),
        (
            "load(\"@plumb//facts\", \"users\")\n\ndef inventory():\n    return users.users()\n",
            "hosts.star line 4",
        ),
        ("def inventory(:\n", "hosts.star line 1"),
    ];
    for (text, expected) in cases {
        directory.write("hosts.star", text);
        run(&directory, &["inventory", "hosts.star"], &[]).expect(1, &[expected]);
    }
    directory.write(
        "hosts.star",
        "def inventory():\n    return {\"all\": {\"hosts\": {\"here\": {\"connection\": \"local\"}}}}\n",
    );
    run(&directory, &["exec", "hosts.star", "echo hi"], &[]).expect(0, &["here: hi"]);
}

#[test]
fn runs_of_the_code_are_traced() {
    let code = r#"
load("@plumb//ops", "files")
load("@plumb//facts", "users")

def deploy(host):
    print("on", host.name)
    files.write("ROOT/a", "x")
    if "root" in users.users():
        files.write("ROOT/b", "x")
"#;
    let directory = directory(code);
    let traced = run(&directory, &["deploy", "-plan", "-trace", "@local", "deploy.star"], &[]);
    traced.expect(
        0,
        &[
            "@local: run 1 of the code",
            "deploy.star:6: prints on @local",
            "deploy.star:7: waits for what there is at",
            "deploy.star:8: waits for what `cat /etc/passwd` says",
            "deploy.star:8: stopped behind 1 operation",
            "asks what the machine is",
            "@local: run 3 of the code",
            "came to its end with 2 operations, and everything is known",
        ],
    );
    let lines = run(&directory, &["deploy", "-plan", "-trace", "-json", "@local", "deploy.star"], &[]);
    let lines = lines.expect(0, &["\"type\":\"host_trace\"", "\"end\":\"settled\""]);
    for line in lines.stdout.lines() {
        serde_json::from_str::<serde_json::Value>(line).unwrap_or_else(|why| panic!("{why}: {line}"));
    }
    let without =
        run(&directory, &["deploy", "-plan", "@local", "deploy.star"], &[]).expect(0, &["on @local"]);
    assert!(!without.says("run 1 of the code"));
}

#[test]
fn deploys_in_plans_have_secrets_and_programs_too() {
    let directory = directory(
        "load(\"@plumb//ops\", \"files\")\n\ndef deploy(host):\n    files.write(\"ROOT/out\", secrets.command([\"keeper\"]) + \"\\n\")\n",
    );
    directory.write(
        "main.tf",
        "resource \"host_deploy\" \"app\" {\n  deploy = \"deploy.star\"\n  local  = true\n}\n",
    );
    program(&directory, "bin/keeper", "#!/bin/sh\necho hunter44\n");
    run(&directory, &["init"], &[]).expect(0, &[]);
    let planned = run(&directory, &["plan"], &[]).expect(0, &["+ (sensitive)", "1 to add"]);
    expect_hidden(&planned, &["hunter44"]);
    let applied = run(&directory, &["apply", "-auto-approve"], &[]).expect(0, &["1 added"]);
    expect_hidden(&applied, &["hunter44"]);
    assert_eq!(directory.read("out"), "hunter44\n");
    assert!(!directory.read("terraform.tfstate").contains("hunter44"));
    run(&directory, &["plan", "-detailed-exitcode"], &[]).expect(0, &["No changes"]);
}
