//! Repositories of git and packages of languages, on this machine, in a directory of their own.

use std::process::Command;

use plumb_deploy::{Outcome, Verdict};

use crate::support::{Deploy, shells};

/// Runs a program in the directory of a deploy, and says what it wrote.
fn run(deploy: &Deploy, words: &[&str]) -> String {
    let mut command = Command::new(words[0]);
    command.args(&words[1..]).current_dir(deploy.directory.path());
    for (name, value) in [
        ("GIT_AUTHOR_NAME", "a"),
        ("GIT_AUTHOR_EMAIL", "a@b"),
        ("GIT_COMMITTER_NAME", "a"),
        ("GIT_COMMITTER_EMAIL", "a@b"),
        ("GIT_CONFIG_GLOBAL", "/dev/null"),
    ] {
        command.env(name, value);
    }
    let output = command.output().unwrap();
    assert!(output.status.success(), "{words:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).trim().to_owned()
}

fn has(program: &str) -> bool {
    Command::new(program).arg("--version").output().is_ok_and(|output| output.status.success())
}

/// Does it, and then has nothing left to do.
async fn settles(deploy: &mut Deploy, code: &str, expected: &[Outcome]) {
    let applied = deploy.apply(code).await.unwrap_or_else(|error| panic!("{error}"));
    assert!(applied.is_done(), "{:#?}", applied.outcomes);
    assert_eq!(applied.outcomes, expected, "{:#?}", applied.plan);
    let plan = deploy.plan(code).await.unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(plan.count(Verdict::Ok), expected.len(), "{:#?}", plan.operations);
}

fn commit(deploy: &Deploy, text: &str) -> String {
    deploy.write("origin/file", text);
    run(deploy, &["git", "-C", "origin", "add", "file"]);
    run(deploy, &["git", "-C", "origin", "commit", "-qm", text]);
    run(deploy, &["git", "-C", "origin", "rev-parse", "HEAD"])
}

const REPOSITORY: &str = r#"
load("@plumb//ops", "git")

def deploy(host):
    git.repo("ROOT/origin", "ROOT/clone", branch = "main", fetch_tags = True)
    git.config("user.name", "Joe 'Doe'", repo = "ROOT/clone")
    git.config("remote.origin.push", "a", repo = "ROOT/clone", multi_value = True)
    git.worktree("ROOT/tree", repo = "ROOT/clone", new_branch = "side")
    git.bare_repo("ROOT/bare.git")
"#;

#[tokio::test]
async fn a_repository_is_cloned_and_kept_as_new_as_it_is() {
    for shell in shells() {
        let mut deploy = Deploy::new(shell);
        run(&deploy, &["git", "init", "-q", "-b", "main", "origin"]);
        commit(&deploy, "one");
        use Outcome::{Changed, Ok};
        settles(&mut deploy, REPOSITORY, &[Changed, Changed, Changed, Changed, Changed]).await;
        assert_eq!(run(&deploy, &["git", "-C", "clone", "config", "user.name"]), "Joe 'Doe'");
        assert_eq!(deploy.read("tree/file"), "one");
        assert!(deploy.is_there("bare.git/HEAD"));

        let second = commit(&deploy, "two");
        run(&deploy, &["git", "-C", "origin", "tag", "v1"]);
        settles(&mut deploy, REPOSITORY, &[Changed, Ok, Ok, Ok, Ok]).await;
        assert_eq!(run(&deploy, &["git", "-C", "clone", "rev-parse", "HEAD"]), second);
        assert_eq!(run(&deploy, &["git", "-C", "clone", "tag"]), "v1");

        commit(&deploy, "three");
        let tag = REPOSITORY.replace("branch = \"main\"", "branch = \"v1\"");
        settles(&mut deploy, &tag, &[Changed, Ok, Ok, Ok, Ok]).await;
        assert_eq!(deploy.read("clone/file"), "two");
        settles(&mut deploy, REPOSITORY, &[Changed, Ok, Ok, Ok, Ok]).await;
        assert_eq!(deploy.read("clone/file"), "three");

        let gone = r#"
load("@plumb//ops", "git")

def deploy(host):
    git.worktree("ROOT/tree", present = False)
    git.config("remote.origin.push", repo = "ROOT/clone", present = False)
    git.bare_repo("ROOT/bare.git", present = False)
"#;
        settles(&mut deploy, gone, &[Changed, Changed, Changed]).await;
        assert!(!deploy.is_there("tree") && !deploy.is_there("bare.git"));
    }
}

#[tokio::test]
async fn a_change_that_is_nowhere_else_is_not_thrown_away() {
    let mut deploy = Deploy::new("sh");
    run(&deploy, &["git", "init", "-q", "-b", "main", "origin"]);
    commit(&deploy, "one");
    run(&deploy, &["git", "-C", "origin", "worktree", "add", "-q", "../tree"]);
    deploy.write("tree/file", "changed");
    let code = r#"
load("@plumb//ops", "git")

def deploy(host):
    git.worktree("ROOT/tree", present = False)
"#;
    let error = deploy.plan(code).await.unwrap_err();
    assert!(error.contains("that are nowhere else"), "{error}");
    let force = code.replace("False)", "False, force = True)");
    settles(&mut deploy, &force, &[Outcome::Changed]).await;
    assert!(!deploy.is_there("tree"));
}

#[tokio::test]
async fn packages_of_node_come_from_a_directory() {
    if !has("npm") {
        eprintln!("skipped: packages_of_node_come_from_a_directory needs npm");
        return;
    }
    let mut deploy = Deploy::new("sh");
    deploy.write("small/package.json", r#"{"name": "small", "version": "1.0.0"}"#);
    deploy.write("app/package.json", r#"{"name": "app", "version": "1.0.0"}"#);
    run(&deploy, &["npm", "install", "--prefix", "app", "--no-audit", "--offline", "./small"]);
    let code = r#"
load("@plumb//ops", "npm")

def deploy(host):
    npm.packages("small", directory = "ROOT/app", present = False)
"#;
    settles(&mut deploy, code, &[Outcome::Changed]).await;
    assert!(!deploy.is_there("app/node_modules/small"));
}
