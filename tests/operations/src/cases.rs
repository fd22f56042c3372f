//! Many cases in one deploy: each is a host of the inventory, and all of these are one system, but for
//! those that change the system itself, which have one of their own.

use std::collections::HashMap;
use std::ops::Deref;
use std::path::Path;
use std::process::{Command, Stdio};

use plumb_targets::{BusyBox, Debian, Target, Unavailable};
use plumb_testkit::DeployCase;
use serde_json::Value;

use crate::{Ended, inventory_line, plumb};

/// Where the cases of a system are.
const PLACE: &str = "/srv/cases";
/// A fact that is asked before anything else, so that no mistake of one case is told before there are
/// connections: that would be one of the code, and nothing would be done anywhere.
const CONNECTED: &str = "load(\"@plumb//facts\", \"server\")\n";

/// A system, whatever it is made of.
pub type System = Box<dyn Deref<Target = Target> + Send + Sync>;

/// A Debian with these packages; nothing, which is said, where there can be none.
pub fn debian(test: &str, packages: &[&str]) -> Option<System> {
    let made = Debian::with(packages).map_err(|why| plumb_targets::skip(test, &why));
    made.ok().map(|system| Box::new(system) as System)
}

/// A BusyBox; nothing, which is said, where there can be none.
pub fn busybox(test: &str) -> Option<System> {
    BusyBox::start(test).map(|system| Box::new(system) as System)
}

/// A BusyBox that has programs for users as well; nothing, which is said, where there can be none.
pub fn busybox_with_users(test: &str) -> Option<System> {
    BusyBox::start_with_users(test).map(|system| Box::new(system) as System)
}

/// A case, and where it is.
struct Placed<'a> {
    case: &'a DeployCase,
    host: String,
    system: usize,
}

impl Placed<'_> {
    fn root(&self) -> String {
        format!("{PLACE}/{}", self.host)
    }

    fn fails(&self) -> bool {
        self.case.section("fails").is_some()
    }

    /// What a script says in its directory.
    fn script(&self, target: &Target, text: &str) -> String {
        let text = text.replace("ROOT", &self.root());
        let output = target.shell(&format!("cd {} && export LC_ALL=C && umask 022\n{text}", self.root()));
        (output.stdout + &output.stderr).replace(&self.root(), "ROOT")
    }
}

/// Holds the cases of a file against systems that `start` starts: that each does what it says, and then
/// nothing more. Where none can be started, that has been said.
#[track_caller]
pub fn hold(start: impl Fn() -> Option<System>, file: &str, at_least: usize) {
    let cases = cases(file);
    let Some(first) = start() else { return };
    let (mut systems, mut placed) = (vec![first], Vec::new());
    for (number, case) in cases.iter().enumerate() {
        if !is_possible(case, &systems[0]) {
            continue;
        }
        let is_alone = case.section("etc").is_some();
        let system = if is_alone { systems.len() } else { 0 };
        if is_alone {
            systems.push(start().expect("as the first one"));
        }
        placed.push(Placed { case, host: format!("case-{number}"), system });
    }
    assert!(placed.len() >= at_least, "{} cases are possible", placed.len());
    let wrong = Table::of(&systems, placed).hold();
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n\n"));
}

/// The same one after the other on one system, each as the one before has left it; the system as the last one
/// has left it.
#[track_caller]
pub fn follow(system: System, file: &str) -> System {
    let cases = cases(file);
    let systems = [system];
    let mut wrong = Vec::new();
    for (number, case) in cases.iter().enumerate().filter(|(_, case)| is_possible(case, &systems[0])) {
        let placed = Placed { case, host: format!("case-{number}"), system: 0 };
        wrong.extend(Table::of(&systems, vec![placed]).hold());
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n\n"));
    let [system] = systems;
    system
}

fn cases(file: &str) -> Vec<DeployCase> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(file);
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    DeployCase::parse(&text)
}

fn is_possible(case: &DeployCase, target: &Target) -> bool {
    let Some(needs) = case.section("needs") else { return true };
    let tried = target.shell(&format!("d=$(mktemp -d) && cd \"$d\" && {{ {needs}\n}}"));
    if tried.status != 0 {
        let kind = target.name().split('-').next().unwrap_or_default();
        let why = Unavailable(format!("it needs {}", needs.trim()));
        plumb_targets::skip(&format!("{} on a {kind}", case.name), &why);
    }
    tried.status == 0
}

struct Table<'a> {
    systems: &'a [System],
    placed: Vec<Placed<'a>>,
    directory: tempfile::TempDir,
}

impl<'a> Table<'a> {
    fn of(systems: &'a [System], placed: Vec<Placed<'a>>) -> Self {
        Table { systems, placed, directory: tempfile::tempdir().expect("a directory") }
    }

    fn hold(&self) -> Vec<String> {
        self.set_up();
        let done = self.deploy("all.ini", &["-yes"], |_| true);
        let planned = self.deploy("again.ini", &["-plan"], |placed| !placed.fails());
        let (done, planned) = (Report::of(&done), Report::of(&planned));
        let wrong = self.placed.iter().filter_map(|placed| {
            let outcome = came_out(placed, &done).and_then(|()| has_nothing_left(placed, &planned));
            let why = outcome.and_then(|()| self.is_there(placed)).err()?;
            Some(format!("{} on {}: {why}", placed.case.name, self.systems[placed.system].name()))
        });
        wrong.collect()
    }

    /// Sets up all cases there, and what is there here as well: files are put from the directory of a case,
    /// and brought to it.
    fn set_up(&self) {
        for placed in &self.placed {
            let target = &self.systems[placed.system];
            target.must(&format!("mkdir -p {}", placed.root()));
            if placed.case.section("etc").is_some() {
                target.must(&format!("ln -s /etc {}/etc", placed.root()));
            }
            if let Some(setup) = placed.case.section("setup") {
                placed.script(target, setup);
            }
        }
        self.bring_here();
        let mut code = String::from(CONNECTED);
        let mut table = String::new();
        for placed in &self.placed {
            let (host, name) = (&placed.host, placed.host.replace('-', "_"));
            let text = placed.case.code().replace("ROOT", &placed.root());
            self.write(&format!("{host}/case.star"), &text);
            code.push_str(&format!("load(\"{host}/case.star\", {name} = \"deploy\")\n"));
            table.push_str(&format!("    {host:?}: {name},\n"));
        }
        code.push_str(&format!("\nCASES = {{\n{table}}}\n\n"));
        code.push_str("def deploy(host):\n    server.hostname()\n    CASES[host.name](host)\n");
        self.write("deploy.star", &code);
        self.write("marker", "");
    }

    /// What is there of the cases that share a system. The others put nothing.
    fn bring_here(&self) {
        let shared = self.placed.iter().filter(|placed| placed.system == 0);
        let names: Vec<_> = shared.map(|placed| placed.host.as_str()).collect();
        if !names.is_empty() {
            let packed =
                self.systems[0].must(&format!("cd {PLACE} && tar -cf - {} | base64", names.join(" ")));
            piped(&["sh", "-c", "base64 -d | tar -xf -"], self.directory.path(), packed.as_bytes());
        }
    }

    fn write(&self, name: &str, text: &str) {
        crate::write(&self.directory.path().join(name), text);
    }

    fn deploy(&self, inventory: &str, options: &[&str], wanted: impl Fn(&Placed<'_>) -> bool) -> Ended {
        let (mut known, mut hosts) = (String::new(), String::new());
        for placed in self.placed.iter().filter(|placed| wanted(placed)) {
            let server = self.systems[placed.system].ssh();
            known.push_str(&server.known_hosts_line());
            hosts.push_str(&inventory_line(&placed.host, server, &self.directory.path().join("known_hosts")));
        }
        self.write("known_hosts", &known);
        self.write(inventory, &hosts);
        let words = [&["deploy", "-no-color", "-json"], options, &[inventory, "deploy.star"]].concat();
        plumb(self.directory.path(), &words, &[])
    }

    /// Whether what a case looks at afterwards is as it says.
    fn is_there(&self, placed: &Placed<'_>) -> Result<(), String> {
        let target = &self.systems[placed.system];
        self.bring_over(placed, target);
        let (look, expected) = placed.case.look()?;
        let said = placed.script(target, look);
        if said != expected {
            return Err(format!("expected: {expected}\nthere is: {said}"));
        }
        let left = placed.script(target, "find . -name '.plumb*'");
        if left.is_empty() { Ok(()) } else { Err(format!("left behind: {left}")) }
    }

    /// Puts what a case brought here to the rest of it.
    fn bring_over(&self, placed: &Placed<'_>, target: &Target) {
        if placed.case.section("deploy").is_some_and(|text| text.contains("files.get(")) {
            let pack = "find . -type f -newer ../marker ! -name case.star -print0 | tar -cf - --null -T -";
            let packed = piped(&["sh", "-c", pack], &self.directory.path().join(&placed.host), b"");
            target.run(&["tar", "-xf", "-", "-C", &placed.root()], &packed);
        }
    }
}

/// Runs a program of this machine with that as its input; what it wrote.
fn piped(words: &[&str], directory: &Path, input: &[u8]) -> Vec<u8> {
    let mut command = Command::new(words[0]);
    command.args(&words[1..]).current_dir(directory).stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut child = command.spawn().unwrap_or_else(|error| panic!("{words:?}: {error}"));
    let mut stdin = child.stdin.take().expect("its input");
    std::io::Write::write_all(&mut stdin, input).unwrap_or_else(|error| panic!("{words:?}: {error}"));
    drop(stdin);
    let output = child.wait_with_output().expect("it ends");
    assert!(output.status.success(), "{words:?}: {}", output.status);
    output.stdout
}

/// What a run said of each host.
struct Report {
    hosts: HashMap<String, Value>,
    /// What went wrong, one thing each, with the name of the host in it.
    problems: Vec<String>,
}

impl Report {
    fn of(ended: &Ended) -> Self {
        let objects = ended.stdout.lines().map(|line| {
            serde_json::from_str::<Value>(line).unwrap_or_else(|error| panic!("{error}: {line}"))
        });
        let hosts =
            objects.filter_map(|object| Some((object["host"].as_str()?.to_owned(), object))).collect();
        let problems = ended.stderr.split("\nError: ").map(str::to_owned).collect();
        Report { hosts, problems }
    }

    /// What went wrong with a host.
    fn problem(&self, host: &str) -> Option<&str> {
        let is_of = |problem: &&String| {
            problem.split_whitespace().any(|word| word.trim_end_matches([',', ':']) == host)
        };
        self.problems.iter().find(is_of).map(String::as_str)
    }
}

fn came_out(placed: &Placed<'_>, report: &Report) -> Result<(), String> {
    match (placed.fails(), report.problem(&placed.host)) {
        (false, Some(problem)) => Err(problem.to_owned()),
        (true, None) => Err("it does not fail".to_owned()),
        (true, Some(problem)) if !placed.case.is_failure(problem, &placed.root()) => {
            Err(format!("it fails with {problem}"))
        }
        (true, Some(_)) => Ok(()),
        (false, None) => match report.hosts.get(&placed.host) {
            Some(said) if said["result"] == "done" => {
                let is_same = placed.case.section("same").is_none() || said["changed"] == 0;
                if is_same { Ok(()) } else { Err(format!("it changes something: {said}")) }
            }
            said => Err(format!("it is not done: {said:?}")),
        },
    }
}

fn has_nothing_left(placed: &Placed<'_>, report: &Report) -> Result<(), String> {
    if placed.fails() {
        return Ok(());
    }
    let Some(plan) = report.hosts.get(&placed.host) else {
        return Err(format!("no second plan: {}", report.problem(&placed.host).unwrap_or_default()));
    };
    let operations = plan["operations"].as_array().expect("operations");
    let left: Vec<_> = operations.iter().filter(|operation| operation["verdict"] != "ok").collect();
    if left.is_empty() == placed.case.section("always").is_some() || !plan["undecided"].is_null() {
        return Err(format!("the second time: {left:#?} {}", plan["undecided"]));
    }
    Ok(())
}
