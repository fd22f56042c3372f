//! What is there after a kill, and whether the next apply finishes the job.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::path::Path;
use std::time::{Duration, Instant};

use plumb_testkit::{Finished, Workspace};
use serde_json::Value as Json;

use crate::setting::{OBJECTS, PARALLELISM, Setting, address_of, words};

/// A provider whose tool is gone ends as soon as it has answered.
const PROVIDER_END_MAX: Duration = Duration::from_secs(20);

/// Where in the apply a kill was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    /// Nothing had begun.
    Before,
    /// Steps were being done.
    Within,
    /// A whole version was being written.
    Writing,
    /// All was done and written.
    After,
}

/// What one kill has shown.
pub(crate) struct Found {
    phase: Phase,
    open: usize,
    orphans: usize,
}

/// What all kills have shown.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    before: u64,
    pub(crate) within: u64,
    writing: u64,
    after: u64,
    asked: u64,
    open: usize,
    open_max: usize,
    orphans: usize,
}

impl Tally {
    pub(crate) fn add(&mut self, found: &Found) {
        match found.phase {
            Phase::Before => self.before += 1,
            Phase::Within => self.within += 1,
            Phase::Writing => self.writing += 1,
            Phase::After => self.after += 1,
        }
        self.asked += u64::from(found.open > 0);
        self.open += found.open;
        self.open_max = self.open_max.max(found.open);
        self.orphans += found.orphans;
    }

    pub(crate) fn kills(&self) -> u64 {
        self.before + self.within + self.writing + self.after
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            out,
            "{} kills: {} before the first step, {} between steps, {} while a version was written, {} after it. \
             {} left something open, {} intents in all, {} at most at once; {} of these objects were there",
            self.kills(),
            self.before,
            self.within,
            self.writing,
            self.after,
            self.asked,
            self.open,
            self.open_max,
            self.orphans
        )
    }
}

/// Checks what a kill has left behind, and goes on.
pub(crate) fn look_and_go_on(setting: &Setting, workspace: &mut Workspace, killed: &Finished) -> Found {
    wait_for_providers(killed);
    let phase = phase(&workspace.directory());
    let recorded = recorded(setting, workspace);
    for id in told(&killed.stdout) {
        assert!(
            recorded.values().any(|recorded| recorded == id),
            "{id} was said to be made, and is not recorded"
        );
    }
    let apply = setting.apply();
    let mut again = workspace.run(&setting.plumb, &apply, "").expect("plumb runs");
    let open = unresolved(&again);
    assert!(open.len() <= PARALLELISM, "{} open intents", open.len());
    let orphans = orphans(workspace, &recorded, &open, again.exit_code == Some(0));
    if !open.is_empty() {
        // Someone looks at what exists, as the message asks for.
        let mut command = apply;
        for address in &open {
            let Some(id) = orphans.get(address) else {
                command.push(format!("-not-created={address}"));
                continue;
            };
            let import = words(&["import", "-input=false", address, id]);
            let imported = workspace.run(&setting.plumb, &import, "").expect("plumb runs");
            assert_eq!(imported.exit_code, Some(0), "import: {}{}", imported.stdout, imported.stderr);
        }
        again = workspace.run(&setting.plumb, &command, "").expect("plumb runs");
    }
    assert_eq!(again.exit_code, Some(0), "the next apply goes on: {}{}", again.stdout, again.stderr);
    require_finished(setting, workspace);
    Found { phase, open: open.len(), orphans: orphans.len() }
}

/// Everything is there once, and nothing is left to do.
fn require_finished(setting: &Setting, workspace: &mut Workspace) {
    let made = existing(workspace);
    let names: BTreeSet<&String> = made.iter().map(|(name, _)| name).collect();
    assert_eq!(made.len(), OBJECTS, "exactly as many objects as were asked for: {made:?}");
    assert_eq!(names.len(), OBJECTS, "none of them twice: {made:?}");
    let plan =
        workspace.run(&setting.plumb, &words(&["plan", "-detailed-exitcode"]), "").expect("plumb runs");
    assert_eq!(plan.exit_code, Some(0), "and nothing is left to do: {}{}", plan.stdout, plan.stderr);
}

/// Waits until whatever the tool has asked for is done: objects may still be made after its end.
fn wait_for_providers(killed: &Finished) {
    let processes: BTreeSet<u64> =
        killed.requests.iter().filter_map(|request| request["process"].as_u64()).collect();
    let began = Instant::now();
    // A process that has ended, and that nobody has asked for its end, has no program any more.
    let runs = |process: &u64| std::fs::read_link(format!("/proc/{process}/exe")).is_ok();
    while processes.iter().any(runs) {
        assert!(began.elapsed() < PROVIDER_END_MAX, "a provider goes on without its tool");
        std::thread::sleep(Duration::from_millis(5));
    }
}

fn phase(directory: &Path) -> Phase {
    let path = |suffix: &str| directory.join(format!("terraform.tfstate{suffix}"));
    let begins_with = |byte: u8| std::fs::read(path("")).is_ok_and(|bytes| bytes.first() == Some(&byte));
    if path(".next.tmp").exists() || path(".next").exists() || begins_with(b'!') {
        Phase::Writing
    } else if path(".journal").exists() {
        Phase::Within
    } else if begins_with(b'{') {
        Phase::After
    } else {
        Phase::Before
    }
}

/// Identifiers that were said to be made.
fn told(said: &str) -> impl Iterator<Item = &str> {
    said.lines()
        .filter(|line| line.contains("Creation complete"))
        .filter_map(|line| line.split_once("[id=")?.1.strip_suffix(']'))
}

/// The identifier that the state has of each address.
fn recorded(setting: &Setting, workspace: &mut Workspace) -> BTreeMap<String, String> {
    let pulled = workspace.run(&setting.plumb, &words(&["state", "pull"]), "").expect("plumb runs");
    assert_eq!(pulled.exit_code, Some(0), "the state loads: {}{}", pulled.stdout, pulled.stderr);
    let state: Json = match &*pulled.stdout {
        "" => Json::Null,
        text => serde_json::from_str(text).expect("a state"),
    };
    let mut found = BTreeMap::new();
    for resource in state["resources"].as_array().into_iter().flatten() {
        for instance in resource["instances"].as_array().into_iter().flatten() {
            let name = resource["name"].as_str().unwrap_or_default();
            let key = instance["index_key"].as_u64().map(|key| format!("[{key}]")).unwrap_or_default();
            let id = instance["attributes"]["id"].as_str().unwrap_or_default();
            found.insert(format!("probe_thing.{name}{key}"), id.to_owned());
        }
    }
    found
}

/// Addresses whose end nobody knows, out of the message that asks about them.
fn unresolved(finished: &Finished) -> BTreeSet<String> {
    let text = format!("{}{}", finished.stdout, finished.stderr);
    let asked = text.split("-not-created='").skip(1);
    asked.filter_map(|rest| rest.split('\'').next()).map(str::to_owned).collect()
}

/// Name and identifier of every object that exists.
fn existing(workspace: &Workspace) -> Vec<(String, String)> {
    let objects = workspace.all_objects().expect("the objects can be listed");
    let described = |(file, object): (String, Json)| {
        let text = |name: &str| object.get(name).and_then(Json::as_str).map(str::to_owned);
        // The provider takes the name of the file first, and fills the file when the object is made.
        let own = file.strip_prefix("probe_thing.").and_then(|rest| rest.strip_suffix(".json"));
        let id = text("id").or_else(|| own.map(str::to_owned)).unwrap_or_default();
        (text("name").unwrap_or_else(|| id.clone()), id)
    };
    objects.into_iter().map(described).collect()
}

/// Objects that exist and are in no state, by the address that they were made for. Where the next
/// apply has gone on, it has made more of them, which are its own.
fn orphans(
    workspace: &Workspace,
    recorded: &BTreeMap<String, String>,
    open: &BTreeSet<String>,
    has_gone_on: bool,
) -> BTreeMap<String, String> {
    let mut orphans = BTreeMap::new();
    if has_gone_on {
        return orphans;
    }
    for (name, id) in existing(workspace) {
        let address = address_of(&name);
        if recorded.get(&address) != Some(&id) {
            assert!(open.contains(&address), "{id} exists, and is neither recorded nor asked about");
            orphans.insert(address, id);
        }
    }
    orphans
}
