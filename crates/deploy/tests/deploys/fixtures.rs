//! What modules plan, from arguments and what a host says.
//!
//! `fixtures/*.fixture` has one module each: first what all its deploys load, then `given` with a part of a
//! script and what a host answers it, and `case`s: what each `does` and what it `plans`. What a case is given
//! goes before what all are given. `PLUMB_UPDATE_FIXTURES=1` writes down what is planned now, to be read.
//!
//! Beside what it plans, of each case is seen that the same code behind itself has nothing left to do (unless it
//! has `# each time` in it), and that no shell finds its scripts wrong.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use plumb_deploy::{Action, DeployError, FactKey, HostPlan, Known, Verdict, settle_with};
use plumb_host::{Answer, Content, Entry, EntryKind, Question};

use crate::support::{Deploy, shells};

/// What a host says to a question.
#[derive(Clone, Debug)]
pub(crate) struct Given {
    key: String,
    status: u32,
    text: String,
}

#[derive(Debug, Default)]
pub(crate) struct Case {
    pub(crate) name: String,
    pub(crate) given: Vec<Given>,
    does: String,
    plans: String,
}

#[derive(Debug, Default)]
pub(crate) struct Fixture {
    head: String,
    pub(crate) given: Vec<Given>,
    pub(crate) cases: Vec<Case>,
}

impl Fixture {
    pub(crate) fn read(text: &str) -> Self {
        let mut fixture = Fixture::default();
        let mut part = "head";
        for line in text.lines() {
            if let Some(name) = line.strip_prefix("case ") {
                fixture.cases.push(Case { name: name.to_owned(), ..Case::default() });
                part = "case";
            } else if let Some(key) = line.strip_prefix("given") {
                let (status, key) = key.split_once(' ').expect("a part of a script");
                let status = status.trim_matches(['[', ']']).parse().unwrap_or(0);
                let given = Given { key: key.to_owned(), status, text: String::new() };
                fixture.givens().push(given);
                part = "given";
            } else if line == "does" || line == "plans" {
                part = if line == "does" { "does" } else { "plans" };
            } else {
                let text = match part {
                    "head" => &mut fixture.head,
                    "given" => &mut fixture.givens().last_mut().expect("a question").text,
                    "does" => &mut fixture.cases.last_mut().expect("a case").does,
                    "plans" => &mut fixture.cases.last_mut().expect("a case").plans,
                    _ => {
                        assert!(line.is_empty(), "what is `{line}`?");
                        continue;
                    }
                };
                text.push_str(line);
                text.push('\n');
            }
        }
        fixture
    }

    fn givens(&mut self) -> &mut Vec<Given> {
        match self.cases.last_mut() {
            Some(case) => &mut case.given,
            None => &mut self.given,
        }
    }

    fn text(&self) -> String {
        let mut text = self.head.trim_end().to_owned() + "\n\n";
        for given in &self.given {
            given.write(&mut text);
        }
        for case in &self.cases {
            let _ = writeln!(text, "case {}", case.name);
            for given in &case.given {
                given.write(&mut text);
            }
            let _ = write!(text, "does\n{}plans\n{}\n", case.does, case.plans);
        }
        text.trim_end().to_owned() + "\n"
    }
}

impl Given {
    fn write(&self, text: &mut String) {
        let status = if self.status == 0 { String::new() } else { format!("[{}]", self.status) };
        let said = self.text.trim_end_matches('\n');
        let end = if said.is_empty() { "" } else { "\n" };
        let _ = write!(text, "given{status} {}\n{said}{end}", self.key);
    }

    /// Puts what lies beside the code there.
    pub(crate) fn write_local(&self, deploy: &Deploy) {
        if let Some(name) = self.key.strip_prefix("local ") {
            deploy.write(name, &self.text);
        }
    }

    /// What is said to a script of which it has a part.
    fn said(given: Option<&Given>) -> Answer {
        let (status, output) = given.map_or((127, ""), |given| (given.status, given.text.as_str()));
        Answer::Script { status, output: output.to_owned().into(), errors: "".into() }
    }

    pub(crate) fn is_of(&self, script: &str) -> bool {
        script.contains(&self.key)
    }

    /// What a host answers that is as all these say.
    pub(crate) fn answer(given: &[&Given], question: &Question) -> Answer {
        match question {
            Question::Script(text) => Given::said(given.iter().copied().find(|given| given.is_of(text))),
            Question::Path(path, _) => {
                let is_it = |given: &&&Given| {
                    let mut words = given.key.split(' ');
                    words.next() == Some("path") && words.next() == Some(path)
                };
                Answer::Path(given.iter().find(is_it).map_or_else(Entry::absent, |given| given.entry()))
            }
        }
    }

    fn entry(&self) -> Entry {
        let mut entry = Entry::absent();
        let mut words = self.key.split(' ').skip(2);
        entry.kind = match words.next() {
            None => EntryKind::File,
            Some("directory") => EntryKind::Directory,
            Some("link") => EntryKind::Link,
            Some(other) => panic!("what is {other}?"),
        };
        entry.target = words.next().map(str::to_owned);
        entry.user = "root".to_owned();
        entry.group = "root".to_owned();
        entry.mode = if entry.kind == EntryKind::File { 0o644 } else { 0o755 };
        let content = Content::new(self.text.clone());
        entry.sha256 = Some(content.sha256().to_owned());
        entry.size = content.bytes().len() as u64;
        entry.content = Some(content.bytes().clone());
        entry
    }
}

/// What a case came to.
struct Seen {
    planned: String,
    scripts: BTreeSet<String>,
    wrong: Option<String>,
}

fn code(head: &str, does: &str, times: usize) -> String {
    let body: String = does.lines().map(|line| format!("    {line}\n")).collect();
    format!("{head}\ndef deploy(host):\n{}", body.repeat(times))
}

fn see(fixture: &Fixture, case: &Case) -> Seen {
    let deploy = Deploy::new("sh");
    let given: Vec<&Given> = case.given.iter().chain(&fixture.given).collect();
    given.iter().for_each(|given| given.write_local(&deploy));
    let mut scripts = BTreeSet::new();
    let mut unanswered = BTreeSet::new();
    let mut plan = |times: usize| -> Result<HostPlan, String> {
        let program = deploy.load(&code(&fixture.head, &case.does, times));
        let mut answer = |key: &FactKey| {
            if let Question::Script(text) = &key.question {
                scripts.insert(text.clone());
                let is_machine = text.trim_start().starts_with("say()");
                if !is_machine && !given.iter().any(|given| given.is_of(text)) {
                    unanswered.insert(text.trim().lines().next().unwrap_or_default().to_owned());
                }
            }
            Given::answer(&given, &key.question)
        };
        let planned = settle_with(&program, &deploy.setting, &mut Known::new(), &mut answer);
        planned.map_err(|error| match error {
            DeployError::Code(diagnostic) => format!("{} {}", diagnostic.summary, diagnostic.detail),
            other => other.to_string(),
        })
    };
    let once = plan(1);
    let mut wrong = None;
    if once.is_ok() && !case.does.contains("# each time") {
        match plan(2) {
            Err(error) => wrong = Some(format!("once it is done there is an error: {error}")),
            Ok(twice) => {
                let again = twice.operations[twice.operations.len() / 2..].iter();
                let left = again.filter(|operation| operation.verdict() == Verdict::Changes);
                let left: Vec<_> = left.flat_map(|operation| &operation.changes).collect();
                if !left.is_empty() {
                    wrong = Some(format!("once it is done there is still something to do: {left:#?}"));
                }
            }
        }
    }
    let mut planned = String::new();
    match &once {
        Err(error) => {
            let _ = writeln!(planned, "error: {}", error.trim());
        }
        Ok(plan) => {
            for operation in &plan.operations {
                for change in &operation.changes {
                    if let Action::Run { shown, .. } | Action::Restart { shown, .. } = &change.action {
                        scripts.insert(shown.clone());
                    }
                }
            }
            write_plan(&mut planned, plan);
        }
    }
    for question in unanswered {
        let _ = writeln!(planned, "not answered: {question}");
    }
    let planned = deploy.setting.secrets.hidden(&planned);
    Seen { planned, scripts, wrong }
}

fn write_plan(text: &mut String, plan: &HostPlan) {
    for line in &plan.printed {
        let _ = writeln!(text, "says {line}");
    }
    for operation in &plan.operations {
        let verdict = match operation.verdict() {
            _ if operation.is_left_out => "left out",
            Verdict::Ok => "ok",
            Verdict::Changes => "changes",
            Verdict::MayChange => "may change",
        };
        let _ = writeln!(text, "{verdict} {}: {}", operation.function, operation.title);
        if let Some(doubt) = &operation.doubt {
            let _ = writeln!(text, "  ({})", doubt.why);
        }
        for change in &operation.changes {
            let _ = writeln!(text, "  {}", change.summary);
            for attribute in &change.attributes {
                let side = |value: &Option<String>| value.clone().unwrap_or_else(|| "-".to_owned());
                let (before, after) = (side(&attribute.before), side(&attribute.after));
                let _ = writeln!(text, "    {}: {before} => {after}", attribute.name);
            }
            match &change.action {
                Action::Run { shown, .. } => write_script(text, shown),
                Action::Restart { restart, shown } => {
                    let (delay, interval, patience) = (restart.delay, restart.interval, restart.patience);
                    let _ = writeln!(text, "    after {delay:?}, every {interval:?}, for {patience:?}");
                    write_script(text, shown);
                }
                Action::Rsync(rsync) => {
                    let source = rsync.source.file_name().unwrap_or_default().display();
                    let _ = writeln!(text, "    > {source} {} {}", rsync.destination, rsync.flags.join(" "));
                }
                Action::Fetch(fetch) => {
                    let _ = writeln!(text, "    < {fetch:?}");
                }
                Action::Write(file) => {
                    let _ = writeln!(text, "    > {} {:o}", file.path, file.mode);
                    let content = String::from_utf8_lossy(file.content.bytes());
                    for line in content.lines() {
                        let _ = writeln!(text, "    | {line}");
                    }
                }
            }
        }
    }
}

fn write_script(text: &mut String, script: &str) {
    for line in script.lines() {
        let _ = writeln!(text, "    $ {line}");
    }
}

/// What shells find wrong about scripts.
fn misspelt(scripts: &BTreeMap<String, String>) -> Vec<String> {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("script");
    let whole = |scripts: &mut dyn Iterator<Item = &String>| {
        scripts.fold(String::new(), |text, script| text + "f() {\n" + script + "\n}\n")
    };
    let finds = |shell: &str, text: &str| {
        std::fs::write(&file, text).unwrap();
        let mut command = std::process::Command::new(if shell == "ash" { "busybox" } else { shell });
        if shell == "ash" {
            command.arg("ash");
        }
        let output = command.arg("-n").arg(&file).output().unwrap();
        (!output.status.success()).then(|| String::from_utf8_lossy(&output.stderr).into_owned())
    };
    let mut wrong = Vec::new();
    for shell in shells() {
        if finds(shell, &whole(&mut scripts.keys())).is_none() {
            continue;
        }
        for (script, case) in scripts {
            if let Some(why) = finds(shell, &whole(&mut std::iter::once(script))) {
                wrong.push(format!("{case}: {shell} says {why} of\n{script}"));
            }
        }
    }
    wrong
}

#[test]
fn modules_plan_what_their_fixtures_say() {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/deploys/fixtures");
    let is_updated = std::env::var_os("PLUMB_UPDATE_FIXTURES").is_some();
    let only = std::env::var("PLUMB_FIXTURES").unwrap_or_default();
    let mut files: Vec<PathBuf> =
        std::fs::read_dir(directory).unwrap().map(|file| file.unwrap().path()).collect();
    files.sort();
    let (mut wrong, mut scripts) = (Vec::new(), BTreeMap::new());
    for file in files {
        let module = file.file_stem().unwrap().to_string_lossy().into_owned();
        if !module.contains(&only) {
            continue;
        }
        let mut fixture = Fixture::read(&std::fs::read_to_string(&file).unwrap());
        let seen: Vec<Seen> = fixture.cases.iter().map(|case| see(&fixture, case)).collect();
        for (case, seen) in fixture.cases.iter_mut().zip(seen) {
            let name = format!("{module}: {}", case.name);
            wrong.extend(seen.wrong.map(|why| format!("{name}: {why}")));
            let expected = case.plans.trim_end();
            if !is_updated && expected != seen.planned.trim_end() {
                wrong.push(format!("{name}: expected\n{expected}\nand there is\n{}", seen.planned));
            }
            case.plans = seen.planned;
            scripts.extend(seen.scripts.into_iter().map(|script| (script, name.clone())));
        }
        if is_updated {
            std::fs::write(&file, fixture.text()).unwrap();
        }
    }
    wrong.extend(misspelt(&scripts));
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}
