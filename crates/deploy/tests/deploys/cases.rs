//! Deploys as data (see `DeployCase`), on this machine.
//!
//! Each case runs in each shell. `tests/operations` runs the same cases on systems of their own.

use plumb_deploy::{Outcome, Verdict};
use plumb_testkit::DeployCase;

use crate::support::{Deploy, shells};

/// What programs for users look at.
const OWN_ETC: &str = "mkdir etc && cd /etc && cp -a passwd group shadow gshadow login.defs default nsswitch.conf \
    pam.d security skel subuid subgid hosts hostname shells ROOT/etc 2>/dev/null; cd ROOT";

pub(crate) async fn run(text: &str, at_least: usize) {
    let cases = DeployCase::parse(text);
    assert!(cases.len() >= at_least, "{} cases", cases.len());
    let mut wrong = Vec::new();
    for case in &cases {
        for shell in shells() {
            if let Err(why) = hold(case, shell).await {
                wrong.push(format!("{} ({shell}): {why}", case.name));
            }
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n\n"));
}

fn may_mount() -> bool {
    let mounted =
        std::process::Command::new("unshare").args(["-m", "mount", "-t", "tmpfs", "none", "/mnt"]).output();
    mounted.is_ok_and(|output| output.status.success())
}

fn script(deploy: &Deploy, text: &str) -> String {
    let output = std::process::Command::new("sh")
        .env("LC_ALL", "C")
        .arg("-c")
        .arg(text.replace("ROOT", &deploy.root()))
        .current_dir(deploy.host_directory())
        .output()
        .unwrap();
    let said = [output.stdout, output.stderr].concat();
    String::from_utf8_lossy(&said).replace(&deploy.root(), "ROOT")
}

fn is_possible(case: &DeployCase) -> bool {
    let Some(needs) = case.section("needs") else { return true };
    let directory = tempfile::tempdir().unwrap();
    let tried = std::process::Command::new("sh").arg("-c").arg(needs).current_dir(directory.path()).output();
    tried.is_ok_and(|output| output.status.success())
}

async fn hold(case: &DeployCase, shell: &'static str) -> Result<(), String> {
    if !is_possible(case) {
        eprintln!("skipped: {} needs {}", case.name, case.section("needs").unwrap_or_default().trim());
        return Ok(());
    }
    let mut deploy = match case.section("etc") {
        Some(_) if !may_mount() => {
            eprintln!("skipped: {} needs the right to mount", case.name);
            return Ok(());
        }
        Some(_) => Deploy::with_own_etc(shell),
        None => Deploy::new(shell),
    };
    if case.section("etc").is_some() {
        script(&deploy, OWN_ETC);
    }
    if let Some(setup) = case.section("setup") {
        script(&deploy, &format!("umask 022; {setup}"));
    }
    let code = case.code();
    let first = attempt(&mut deploy, &code).await;
    match (case.section("fails"), first) {
        (None, Err(why)) => return Err(why),
        (Some(expected), Ok(())) => return Err(format!("it does not fail with {expected}")),
        (Some(expected), Err(why)) => {
            if !case.is_failure(&why, &deploy.root()) {
                return Err(format!("expected: {expected}\nfails with: {why}"));
            }
        }
        (None, Ok(())) => {
            let plan = deploy.plan(&code).await?;
            let left = plan.operations.iter().filter(|operation| operation.verdict() != Verdict::Ok);
            let left: Vec<String> = left
                .map(|operation| {
                    format!("{} {:?} {:?}", operation.function, operation.changes, operation.doubt)
                })
                .collect();
            if left.is_empty() == case.section("always").is_some() {
                return Err(format!("the second time: {left:#?}"));
            }
        }
    }
    let (look, expected) = case.look()?;
    std::fs::remove_file(deploy.host_directory().join("deploy.star")).unwrap();
    let said = script(&deploy, look);
    if said != expected {
        return Err(format!("expected: {expected}\nthere is: {said}"));
    }
    let left = script(&deploy, "find . -name '.plumb*'");
    if left.is_empty() { Ok(()) } else { Err(format!("left behind: {left}")) }
}

async fn attempt(deploy: &mut Deploy, code: &str) -> Result<(), String> {
    let applied = deploy.apply(code).await?;
    if applied.is_done() {
        return Ok(());
    }
    let failure = applied.outcomes.iter().find_map(|outcome| match outcome {
        Outcome::Failed(failure) => {
            Some(format!("{} ({}): {}{}", failure.summary, failure.status, failure.output, failure.errors))
        }
        _ => None,
    });
    Err(failure.unwrap_or_else(|| format!("not done, moved: {:?}", applied.moved)))
}
