//! Deploys as data: what there is, what is declared, and what there is then.
//!
//! ```text
//! ### the name of the case
//! # needs      a script that fails, in a directory like that of the case, where it cannot be tried
//! # setup      a script, in the directory of the case
//! # deploy     what stands in `deploy(host)`; `ROOT` is that directory
//! # then       a script, and behind `=>` what it says afterwards
//! # fails      what the deploy fails with, before or while it is carried out
//! # etc        the host has a directory /etc of its own, which is `etc` here
//! # always     it changes something each time
//! ```
//! Each case runs twice in each shell: the second time there is nothing left to do.

use plumb_deploy::{Outcome, Verdict};

use crate::support::{Deploy, shells};

struct Case<'a> {
    name: &'a str,
    sections: Vec<(&'a str, String)>,
}

impl Case<'_> {
    fn section(&self, name: &str) -> Option<&str> {
        self.sections.iter().find(|(of, _)| *of == name).map(|(_, text)| text.as_str())
    }

    fn code(&self) -> String {
        let body: String =
            self.section("deploy").unwrap().lines().map(|line| format!("    {line}\n")).collect();
        format!(
            "load(\"@plumb//ops\", \"crontab\", \"files\", \"server\", \"ssh\")\n\ndef deploy(host):\n{body}"
        )
    }
}

fn parsed(text: &str) -> Vec<Case<'_>> {
    let mut cases: Vec<Case<'_>> = Vec::new();
    for line in text.lines() {
        if let Some(name) = line.strip_prefix("### ") {
            cases.push(Case { name, sections: Vec::new() });
        } else if let Some(case) = cases.last_mut() {
            match line.strip_prefix("# ").filter(|name| SECTIONS.contains(name)) {
                Some(name) => case.sections.push((name, String::new())),
                None => {
                    if let Some((_, text)) = case.sections.last_mut() {
                        text.push_str(line);
                        text.push('\n');
                    }
                }
            }
        }
    }
    cases
}

const SECTIONS: [&str; 7] = ["needs", "setup", "deploy", "then", "fails", "always", "etc"];

/// What programs for users look at.
const OWN_ETC: &str = "mkdir etc && cd /etc && cp -a passwd group shadow gshadow login.defs default nsswitch.conf \
    pam.d security skel subuid subgid hosts hostname shells ROOT/etc 2>/dev/null; cd ROOT";

pub(crate) async fn run(text: &str, at_least: usize) {
    let cases = parsed(text);
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

fn is_possible(case: &Case<'_>) -> bool {
    let Some(needs) = case.section("needs") else { return true };
    let directory = tempfile::tempdir().unwrap();
    let tried = std::process::Command::new("sh").arg("-c").arg(needs).current_dir(directory.path()).output();
    tried.is_ok_and(|output| output.status.success())
}

async fn hold(case: &Case<'_>, shell: &'static str) -> Result<(), String> {
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
            let expected = expected.trim().replace("ROOT", &deploy.root());
            let words = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
            if !words(&why).contains(&words(&expected)) {
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
    let then = case.section("then").ok_or("nothing is looked at")?;
    let (look, expected) = then.split_once("=>\n").ok_or("what is expected?")?;
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
