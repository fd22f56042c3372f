//! What depends on what, and what becomes of it.

use plumb_deploy::{Known, Outcome, Verdict, apply, settle};

use crate::support::{Deploy, explained, shells};

fn names(outcomes: &[Outcome]) -> Vec<&'static str> {
    let name = |outcome: &Outcome| match outcome {
        Outcome::Ok => "ok",
        Outcome::Changed => "changed",
        Outcome::LeftOut => "left out",
        Outcome::Failed(_) => "failed",
        Outcome::NotBegun => "not begun",
    };
    outcomes.iter().map(name).collect()
}

#[tokio::test]
async fn what_a_command_may_change_is_planned_again_behind_it() {
    for shell in shells() {
        let mut deploy = Deploy::new(shell);
        let code = r#"
load("@plumb//ops", "files", "server")

def deploy(host):
    files.write("ROOT/before", "x\n")
    server.shell("printf 'made\\n' > ROOT/made")
    files.line("ROOT/made", "added")
    last = files.write("ROOT/last", "x\n")
    files.write("ROOT/conditional", "x\n", when = last)
"#;
        let plan = deploy.plan(code).await.unwrap();
        let verdicts: Vec<Verdict> = plan.operations.iter().map(plumb_deploy::Operation::verdict).collect();
        use Verdict::{Changes, MayChange};
        assert_eq!(verdicts, [Changes, Changes, MayChange, MayChange, MayChange], "{plan:#?}");
        let applied = deploy.apply(code).await.unwrap();
        assert_eq!(names(&applied.outcomes), ["changed"; 5], "{shell}");
        assert_eq!(deploy.read("made"), "made\nadded\n");
        let again = deploy.apply(code).await.unwrap();
        // The command runs each time, and undoes what comes behind it.
        assert_eq!(names(&again.outcomes), ["ok", "changed", "changed", "ok", "left out"], "{shell}");
    }
}

#[tokio::test]
async fn code_that_looks_too_early_goes_on_once_it_is_not() {
    let mut deploy = Deploy::new("sh");
    let code = r#"
load("@plumb//ops", "files", "server")

ask = fact(lambda path: "cat %s" % path)

def deploy(host):
    server.shell("echo 7 > ROOT/version", creates = "ROOT/version")
    version = ask("ROOT/version").output.splitlines()[0]
    files.write("ROOT/copy", version)
"#;
    let plan = deploy.plan(code).await.unwrap();
    assert_eq!(plan.operations.len(), 1, "{plan:#?}");
    assert!(plan.undecided.is_some());
    deploy.apply(code).await.unwrap();
    assert_eq!(deploy.read("copy"), "7");
    // Where nothing before it would change that, it is an error.
    let early = deploy.plan(&code.replace("/version\").output", "/nothing\").output")).await;
    assert!(early.is_err());
}

#[tokio::test]
async fn code_may_go_on_by_what_was_done() {
    let mut deploy = Deploy::new("sh");
    let code = r#"
load("@plumb//ops", "files", "server")

def deploy(host):
    version = server.shell("echo 7; echo noise >&2")
    files.write("ROOT/version", "version " + version.output())
    if version.status() == 0 and version.changed:
        files.write("ROOT/branch", version.errors())
"#;
    let plan = deploy.plan(code).await.unwrap();
    assert_eq!(plan.operations.len(), 1);
    let (_, why) = plan.undecided.clone().unwrap();
    assert!(why.contains("the output of server.shell"), "{why}");
    let applied = deploy.apply(code).await.unwrap();
    assert!(applied.is_done(), "{applied:#?}");
    assert_eq!(deploy.read("version"), "version 7\n");
    assert_eq!(deploy.read("branch"), "noise\n");
}

#[tokio::test]
async fn a_branch_on_what_nobody_knows_yet_is_taken_once_it_is_known() {
    let mut deploy = Deploy::new("sh");
    let code = r#"
load("@plumb//ops", "files", "server")

def deploy(host):
    server.shell("rm -f ROOT/new; true")
    new = files.write("ROOT/old", "x\n")
    if new.changed:
        files.write("ROOT/yes", "x\n")
    else:
        files.write("ROOT/no", "x\n")
"#;
    deploy.write("old", "x\n");
    let plan = deploy.plan(code).await.unwrap();
    assert!(plan.undecided.is_some(), "{plan:#?}");
    let applied = deploy.apply(code).await.unwrap();
    assert!(applied.is_done(), "{applied:#?}");
    assert!(deploy.is_there("no") && !deploy.is_there("yes"));
}

#[tokio::test]
async fn a_host_that_has_moved_since_it_was_planned_is_left_alone() {
    let mut deploy = Deploy::new("sh");
    let code = r#"
load("@plumb//ops", "files")

def deploy(host):
    files.write("ROOT/one", "1\n")
    files.line("ROOT/two", "2")
"#;
    deploy.write("two", "1\n");
    let program = deploy.load(code);
    let mut known = Known::new();
    let plan = settle(&program, &deploy.setting, &mut deploy.host, &mut known).await.unwrap();
    deploy.write("two", "somebody else was here\n");
    let applied = apply(&program, &deploy.setting, &mut deploy.host, &mut known, plan, &mut |_| {}).await;
    let applied = applied.unwrap();
    assert_eq!(applied.moved, [format!("what there is at {}", deploy.path("two"))]);
    assert!(!applied.is_done() && !deploy.is_there("one"));
    assert_eq!(deploy.read("two"), "somebody else was here\n");
}

#[tokio::test]
async fn what_fails_stops_the_host_unless_it_is_ignored() {
    for shell in shells() {
        let mut deploy = Deploy::new(shell);
        let code = r#"
load("@plumb//ops", "files", "server")

def deploy(host):
    server.shell(["echo said; echo why >&2; exit 7", "touch ROOT/never"], ignore_errors = True)
    files.write("ROOT/one", "1\n")
    server.shell(["touch ROOT/first", "exit 3", "touch ROOT/second"], name = "three commands")
    files.write("ROOT/two", "2\n")
"#;
        let applied = deploy.apply(code).await.unwrap();
        assert_eq!(names(&applied.outcomes), ["failed", "changed", "failed"], "{shell}: {applied:#?}");
        let Outcome::Failed(failure) = &applied.outcomes[0] else { panic!("{applied:#?}") };
        assert_eq!((failure.status, &*failure.output, &*failure.errors), (7, "said\n", "why\n"));
        let (operation, failure) = applied.failure().unwrap();
        assert_eq!((&*operation.title, failure.status), ("three commands", 3));
        assert!(deploy.is_there("one") && deploy.is_there("first"));
        assert!(!deploy.is_there("second") && !deploy.is_there("two") && !deploy.is_there("never"));
    }
}

#[tokio::test]
async fn what_is_planned_anew_is_not_begun_behind_a_failure() {
    let mut deploy = Deploy::new("sh");
    let code = r#"
load("@plumb//ops", "files", "server")

def deploy(host):
    server.shell("exit 3")
    files.write("ROOT/left-out", "", when = False)
    files.write("ROOT/after", "x\n")
"#;
    let applied = deploy.apply(code).await.unwrap();
    assert_eq!(names(&applied.outcomes), ["failed", "left out"], "{applied:#?}");
    assert!(!applied.is_done() && !deploy.is_there("after"));
}

#[tokio::test]
async fn commands_have_their_surroundings() {
    for shell in shells() {
        let mut deploy = Deploy::new(shell);
        let code = r#"
load("@plumb//ops", "server")

def deploy(host):
    server.shell("printf '%s' \"$VALUE\" > out; pwd > where", chdir = "ROOT", env = {"VALUE": "it's $1 \"odd\"\n"})
    server.shell("echo x >> ROOT/tries; [ $(wc -l < ROOT/tries) -ge 3 ]", retries = 5)
    server.shell("sleep 30", timeout = 1, ignore_errors = True)
    server.shell("(unclosed", ignore_errors = True)
    server.shell("cat; echo still > ROOT/still")
"#;
        let applied = deploy.apply(code).await.unwrap();
        assert_eq!(
            names(&applied.outcomes),
            ["changed", "changed", "failed", "failed", "changed"],
            "{applied:#?}"
        );
        assert_eq!(deploy.read("out"), "it's $1 \"odd\"\n");
        assert_eq!(deploy.read("tries"), "x\nx\nx\n");
        assert_eq!(deploy.read("still"), "still\n");
    }
}

#[tokio::test]
async fn tags_choose_what_is_done() {
    let mut deploy = Deploy::new("sh");
    deploy.setting.tags = std::sync::Arc::new(vec!["web".to_owned()]);
    let code = r#"
load("@plumb//ops", "files")

def deploy(host):
    files.write("ROOT/one", "", tags = "web")
    files.write("ROOT/two", "", tags = ["db", "other"])
    files.write("ROOT/three", "")
    files.write("ROOT/four", "", tags = "always")
"#;
    let applied = deploy.apply(code).await.unwrap();
    assert_eq!(names(&applied.outcomes), ["changed", "left out", "left out", "changed"]);
}

#[tokio::test]
async fn secrets_are_seen_nowhere_and_arrive() {
    let mut deploy = Deploy::new("sh");
    let code = r#"
load("@plumb//ops", "files", "server")

def deploy(host):
    key = secret("hunter22")
    files.write("ROOT/key", "key = %s\n" % key, mode = "600")
    server.shell("echo %s; tr '\\0' ' ' < /proc/$$/cmdline > ROOT/line; exit 1" % key)
"#;
    let applied = deploy.apply(code).await.unwrap();
    assert_eq!(deploy.read("key"), "key = hunter22\n");
    let line = deploy.read("line");
    assert!(!line.contains("hunter22"), "{line}");
    let (_, failure) = applied.failure().unwrap();
    let shown = deploy.setting.secrets.hidden(&format!("{} {:?}", failure.output, failure.command));
    assert!(!shown.contains("hunter22") && shown.contains("(sensitive)"), "{shown}");
}

#[tokio::test]
async fn mistakes_in_code_say_what_where_and_what_else() {
    let mut deploy = Deploy::new("sh");
    let cases = [
        ("    files.write(\"/x\", \"\", mod = \"644\")", "no argument `mod`. Did you mean \"mode\"?"),
        ("    files.write(\"/x\", \"\", mode = 644)", "does not match the type annotation"),
        ("    files.write(\"/x\", \"\", mode = \"999\")", "`999` is no mode"),
        ("    files.write(\"x\", \"\")", "`x` is no path on a host"),
        ("    files.write(\"/x\", \"\", sudo = 1)", "sudo cannot be the int 1"),
        ("    files.write(\"/x\", \"\", env = {\"A-B\": \"\"})", "which no variable can be called"),
        ("    files.put(\"none\", \"/x\")", "none cannot be read: No such file or directory"),
        ("    files.template(\"broken.j2\", \"/x\", a = 1)", "broken.j2:2: undefined value"),
        (
            "    files.template(\"named.j2\", \"/x\", a = 1)",
            "in `{{ a }} {{ range(2) }} {{ b.c }}`. The template is not given `b`.",
        ),
        ("    fail(\"not today\")", "not today"),
        (
            "    files.write(\"/x\", \"\")\n    for _ in range(1000000000):\n        pass",
            "seems to go on for ever",
        ),
        (
            "    files.write(\"/x\", \"\")\n    x = []\n    for _ in range(100000000):\n        x.append(\"abc\" * 1000)",
            "without end",
        ),
        ("    f = lambda g: g(g)\n    f(f)", "stack overflow"),
        ("    x = 1 / 0", "ivi"),
        ("    undefined()", "`undefined`"),
    ];
    deploy.write("broken.j2", "first\n{{ absent }}\n");
    deploy.write("named.j2", "{{ a }} {{ range(2) }} {{ b.c }}\n{{ elsewhere }}\n");
    for (line, expected) in cases {
        let code = format!("load(\"@plumb//ops\", \"files\")\n\ndef deploy(host):\n{line}\n");
        let error = deploy.plan(&code).await.expect_err(line);
        let flat = error.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(flat.contains(expected), "{line}: {error}");
        assert!(error.contains("deploy.star line"), "{line}: {error}");
    }
    for (code, expected) in [
        ("load(\"@plumb//ops\", \"file\")\n", "Did you mean \"files\"?"),
        ("load(\"none.star\", \"x\")\n", "none.star: No such file or directory"),
        ("load(\"deploy.star\", \"x\")\n", "in a ring"),
        ("def deploy(host)\n", "Code that cannot be read"),
        ("x = 1\n", "there is no function `deploy(host)`"),
    ] {
        let error = deploy.plan(code).await.expect_err(code);
        assert!(error.contains(expected), "{code}: {error}");
    }
}

#[tokio::test]
async fn code_that_asks_without_end_is_stopped() {
    let mut deploy = Deploy::new("sh");
    let code = r#"
number = fact(lambda n: "echo %d" % (n + 1), lambda said: int(said.output.strip()))

def deploy(host):
    n = 0
    for _ in range(1000):
        n = number(n)
"#;
    let program = deploy.load(code);
    let error = settle(&program, &deploy.setting, &mut deploy.host, &mut Known::new()).await.unwrap_err();
    let told = explained(&error, &program);
    assert!(told.contains("`echo 2"), "{told}");
}
