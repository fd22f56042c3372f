//! What waits for the end of a deploy.

use plumb_deploy::{Outcome, Verdict};

use crate::support::{Deploy, explained, shells};

const CODE: &str = r#"
load("@plumb//ops", "files", "server")

def restart():
    server.shell("echo restart >> ROOT/log", name = "restart")

def deploy(host):
    one = files.write("ROOT/one", "1\n")
    at_end(restart, when = one)
    two = files.write("ROOT/two", "2\n")
    at_end(restart, when = [two])
    at_end(lambda: server.shell("echo last >> ROOT/log"), when = two.changed)
    server.shell("echo middle >> ROOT/log")
"#;

#[tokio::test]
async fn what_waits_for_the_end_is_done_once_if_something_has_changed() {
    for shell in shells() {
        let mut deploy = Deploy::new(shell);
        let plan = deploy.plan(CODE).await.unwrap();
        let titles: Vec<_> = plan.operations.iter().map(|of| (of.is_at_end, of.verdict())).collect();
        let now = (false, Verdict::Changes);
        assert_eq!(titles, [now, now, now, (true, Verdict::Changes), (true, Verdict::Changes)], "{plan:#?}");
        assert!(deploy.apply(CODE).await.unwrap().is_done());
        assert_eq!(deploy.read("log"), "middle\nrestart\nlast\n", "{shell}");
        assert!(deploy.apply(CODE).await.unwrap().is_done());
        assert_eq!(deploy.read("log"), "middle\nrestart\nlast\nmiddle\n", "{shell}");
        deploy.write("one", "otherwise\n");
        assert!(deploy.apply(CODE).await.unwrap().is_done());
        assert_eq!(deploy.read("log"), "middle\nrestart\nlast\nmiddle\nmiddle\nrestart\n", "{shell}");
    }
}

#[tokio::test]
async fn what_nobody_knows_before_decides_at_the_end() {
    let mut deploy = Deploy::new("sh");
    let code = r#"
load("@plumb//ops", "files", "server")

def deploy(host):
    server.shell("echo same > ROOT/made")
    line = files.line("ROOT/made", "same")
    at_end(lambda: files.write("ROOT/never", ""), when = line)
    out = server.shell("echo hello")
    at_end(lambda: files.write("ROOT/" + out.output().strip(), ""))
"#;
    let plan = deploy.plan(code).await.unwrap();
    assert!(plan.undecided.is_some(), "{plan:#?}");
    let applied = deploy.apply(code).await.unwrap();
    assert!(applied.is_done(), "{applied:#?}");
    assert!(deploy.is_there("hello") && !deploy.is_there("never"));
}

#[tokio::test]
async fn what_waits_for_the_end_is_done_where_something_failed_before() {
    for shell in shells() {
        let mut deploy = Deploy::new(shell);
        let code = CODE.replace("echo middle >> ROOT/log", "exit 4")
            + "    files.write(\"ROOT/after\", \"\")\n"
            + "    at_end(lambda: files.write(\"ROOT/unsaid\", \"\"))\n";
        let applied = deploy.apply(&code).await.unwrap();
        assert!(!applied.is_done());
        let (operation, failure) = applied.failure().unwrap();
        assert_eq!((&*operation.function, failure.status), ("server.shell", 4));
        // What had not been come to is not done, and neither is what was to wait for it.
        assert_eq!(deploy.read("log"), "restart\nlast\n", "{shell}: {applied:#?}");
        assert!(!deploy.is_there("after") && !deploy.is_there("unsaid"));
        let ends: Vec<_> = applied.plan.operations.iter().zip(&applied.outcomes).collect();
        let done = ends.iter().filter(|(of, outcome)| of.is_at_end && **outcome == Outcome::Changed).count();
        assert_eq!((done, applied.outcomes.len()), (2, applied.plan.operations.len()), "{applied:#?}");
        // Nothing has changed this time, and the first operation that fails leaves nothing to do.
        let applied = deploy.apply(&code).await.unwrap();
        assert!(!applied.is_done());
        assert_eq!(deploy.read("log"), "restart\nlast\n", "{shell}: {applied:#?}");
    }
}

#[tokio::test]
async fn what_cannot_wait_for_the_end_is_told() {
    let mut deploy = Deploy::new("sh");
    for (line, expected) in [
        ("    at_end(3)", "a function without arguments"),
        ("    at_end(lambda: 1, when = \"x\")", "a condition is True, False"),
        ("    inventory.host(\"x\")", "the deploy runs for one host alone"),
        ("    files.write(\"/x\", \"\", delegate_to = \"x\")", "the deploy runs for one host alone"),
    ] {
        let code = format!("load(\"@plumb//ops\", \"files\")\n\ndef deploy(host):\n{line}\n");
        let program = deploy.load(&code);
        let error = plumb_deploy::check(&program, &deploy.setting).expect_err(line);
        let told = explained(&plumb_deploy::DeployError::Code(error), &program);
        let flat = told.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(flat.contains(expected) && flat.contains("deploy.star line 4"), "{line}: {told}");
    }
    let once = "load(\"@plumb//ops\", \"files\")\n\ndef deploy(host):\n    files.write(\"ROOT/x\", \"\", run_once = True)\n";
    assert!(deploy.apply(once).await.unwrap().is_done() && deploy.is_there("x"), "one host is all hosts");
}
