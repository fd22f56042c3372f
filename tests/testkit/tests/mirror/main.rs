//! Installing providers from network mirrors and registries, by `plumb` and by `terraform`.
//!
//! Both are pointed at one server on the loopback interface, whose authority they learn from
//! `SSL_CERT_FILE`. They have to write the same lock file, install the same files in the same places,
//! show the same tokens, and refuse the same packages.

#![expect(clippy::print_stdout, reason = "what was skipped is for people")]

mod packages;
mod server;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use plumb_testkit::{Installation, Program, Workspace, plumb, terraform};

use crate::packages::{Flaw, PACKAGES, PLATFORMS, offer_mirror, offer_registry};
use crate::server::Server;

/// What a tool has done.
#[derive(Debug, Default, PartialEq, Eq)]
struct Done {
    exit_code: Option<i32>,
    /// Content of the files that it has left, by path.
    files: BTreeMap<String, String>,
    /// What its errors are called.
    errors: Vec<String>,
    /// What the server was asked for, once each, with the tokens that were shown.
    asked: Vec<(String, String)>,
}

/// The server and both tools.
struct Bench {
    server: Server,
    tools: [Program; 2],
    scratch: tempfile::TempDir,
}

/// What is to be done by both.
#[derive(Clone, Copy, Default)]
struct Task<'a> {
    /// Commands, one after the other; the last one is compared.
    commands: &'a [&'a str],
    /// Files that are there before.
    files: &'a [(&'a str, &'a str)],
    /// What stands in the CLI configuration beside where to install from.
    settings: &'a str,
    /// More of the environment.
    environment: &'a [(&'a str, &'a str)],
    /// Whether packages come from the registry and not from the mirror.
    is_registry: bool,
    /// Whether there is a directory to cache packages in.
    has_cache: bool,
}

impl Bench {
    /// Everything that a test needs, or what is missing.
    fn start() -> Result<Bench, String> {
        let terraform = terraform().ok_or("no terraform on PATH")?;
        if !PLATFORMS.contains(&plumb_testkit::platform().as_str()) {
            return Err(format!("the packages are not for {}", plumb_testkit::platform()));
        }
        let plumb = plumb()?;
        let scratch = tempfile::tempdir().map_err(|problem| problem.to_string())?;
        let server = Server::start(&scratch.path().join("authority.pem"));
        Ok(Bench { server, tools: [terraform, plumb], scratch })
    }

    fn configuration(&self, task: &Task<'_>, version: &str) -> String {
        let host = if task.is_registry { format!("{}/", self.server.host()) } else { String::new() };
        format!(
            "terraform {{\n  required_providers {{\n    probe = {{\n      source = \"{host}testing/probe\"\n      \
             version = \"{version}\"\n    }}\n  }}\n}}\n"
        )
    }

    fn settings(&self, task: &Task<'_>) -> String {
        let text = task.settings.replace("HOST", &self.server.host());
        if task.is_registry {
            return text;
        }
        let url = format!("https://{}/mirror/", self.server.host());
        format!("provider_installation {{\n  network_mirror {{\n    url = {url:?}\n  }}\n}}\n{text}")
    }

    /// Has one tool do it.
    fn run(&self, tool: &Program, task: &Task<'_>) -> (Done, String) {
        let mut workspace = Workspace::new(&tool.path, Installation::Override).expect("a workspace");
        let settings = workspace.root().join("network.tfrc");
        fs::write(&settings, self.settings(task)).expect("the settings");
        workspace.set("TF_CLI_CONFIG_FILE", &settings.display().to_string());
        workspace.set("SSL_CERT_FILE", &self.scratch.path().join("authority.pem").display().to_string());
        let cache = workspace.root().join("cache");
        if task.has_cache {
            fs::create_dir_all(&cache).expect("the cache");
        }
        for (name, value) in task.environment {
            workspace.set(name, &value.replace("CACHE", &cache.display().to_string()));
        }
        workspace.write("main.tf", Some(&self.configuration(task, ">= 1.0.0"))).expect("the configuration");
        for (name, content) in task.files {
            let content = content.replace("HOST", &self.server.host());
            workspace.write(name, Some(&content)).expect("a file");
        }
        let mut finished = plumb_testkit::Finished::default();
        for command in task.commands {
            // What earlier commands have asked for is theirs.
            self.server.take_seen();
            let words: Vec<String> =
                command.split(' ').map(|word| word.replace("HOST", &self.server.host())).collect();
            finished = workspace.run(&tool.path, &words, "").expect("the tool runs");
        }
        let mut files = BTreeMap::new();
        describe(&workspace.directory(), &workspace.directory(), &mut files);
        describe(&workspace.root().join("cache"), &workspace.root().join("cache"), &mut files);
        let said = format!("{}{}", finished.stdout, finished.stderr);
        let errors = errors(&said);
        (Done { exit_code: finished.exit_code, files, errors, asked: self.server.take_seen() }, said)
    }

    /// Has both do it, and returns what `terraform` and `plumb` have done.
    #[track_caller]
    fn both(&self, name: &str, task: &Task<'_>) -> [Done; 2] {
        let [(expected, theirs), (found, ours)] = self.tools.each_ref().map(|tool| self.run(tool, task));
        assert_eq!(found.exit_code, expected.exit_code, "{name}: exit codes\n{theirs}\n{ours}");
        assert_eq!(found.files, expected.files, "{name}: files\n{theirs}\n{ours}");
        // Fewer requests are welcome; others, or other tokens, are not.
        let more: Vec<_> = found.asked.iter().filter(|asked| !expected.asked.contains(asked)).collect();
        assert!(more.is_empty(), "{name}: only plumb asks for {more:?}");
        [expected, found]
    }

    /// Both do it with success, and lock that version.
    #[track_caller]
    fn both_install(&self, name: &str, task: &Task<'_>, version: &str) -> Done {
        let [_, done] = self.both(name, task);
        assert_eq!(done.exit_code, Some(0), "{name}: {done:?}");
        let lock = &done.files[".terraform.lock.hcl"];
        assert!(lock.contains(&format!("version     = \"{version}\"")), "{name}: {lock}");
        done
    }

    /// Both refuse it, and nothing is installed.
    #[track_caller]
    fn both_refuse(&self, name: &str, task: &Task<'_>) {
        let [expected, done] = self.both(name, task);
        assert_eq!(done.exit_code, Some(1), "{name}: {done:?}");
        assert_eq!(done.errors, expected.errors, "{name}");
        let installed = done.files.keys().any(|path| path.contains("terraform-provider-probe"));
        assert!(!installed, "{name}: {:?}", done.files);
    }
}

/// What each error is called.
fn errors(said: &str) -> Vec<String> {
    // Terraform draws a line beside the errors of its CLI configuration.
    let lines = said.lines().map(|line| line.trim_start_matches(['│', ' ']));
    lines.filter(|line| line.starts_with("Error: ")).map(str::to_owned).collect()
}

/// Every file below a directory: its mode and text, or where a link leads to.
fn describe(root: &Path, directory: &Path, files: &mut BTreeMap<String, String>) {
    let Ok(entries) = fs::read_dir(directory) else { return };
    for path in entries.flatten().map(|entry| entry.path()) {
        let name = path.strip_prefix(root).unwrap_or(&path).display().to_string();
        let kind = fs::symlink_metadata(&path).expect("a file");
        if kind.is_symlink() {
            let target = fs::read_link(&path).expect("a link");
            files.insert(name, format!("leads to {}", last_parts(&target)));
        } else if kind.is_dir() {
            describe(root, &path, files);
        } else {
            let bytes = fs::read(&path).expect("a file");
            files.insert(name, format!("{}{}", mode(&kind), String::from_utf8_lossy(&bytes)));
        }
    }
}

/// The end of a path that is the same in every workspace.
fn last_parts(path: &Path) -> String {
    let parts: Vec<_> = path.iter().collect();
    parts[parts.len().saturating_sub(5)..].iter().collect::<PathBuf>().display().to_string()
}

#[cfg(unix)]
fn mode(metadata: &fs::Metadata) -> String {
    use std::os::unix::fs::PermissionsExt as _;

    // Only whether it can be run: the rest is up to whoever runs the test.
    if metadata.permissions().mode() & 0o100 == 0 { String::new() } else { "can be run: ".to_owned() }
}

fn bench(test: &str) -> Option<Bench> {
    match Bench::start() {
        Ok(bench) => Some(bench),
        Err(reason) => {
            println!("skipped: {test}: {reason}");
            None
        }
    }
}

/// A lock file with that version and those hashes.
fn lock(host: &str, version: &str, hashes: &[&str]) -> String {
    let hashes: String = hashes.iter().map(|hash| format!("    \"{hash}\",\n")).collect();
    format!(
        "# This file is maintained automatically by \"terraform init\".\n\
         # Manual edits may be lost in future updates.\n\n\
         provider \"{host}/testing/probe\" {{\n  version     = \"{version}\"\n  constraints = \">= 1.0.0\"\n  \
         hashes = [\n{hashes}  ]\n}}\n"
    )
}

const WRONG_HASH: &str = "h1:1111111111111111111111111111111111111111111=";
const INIT: &[&str] = &["init -input=false -no-color"];

#[test]
fn network_mirrors() {
    let Some(bench) = bench("network_mirrors") else { return };
    let init = Task { commands: INIT, ..Task::default() };
    let host = "registry.terraform.io";

    offer_mirror(&bench.server, Flaw::None);
    bench.both_install("newest", &init, "1.1.0");
    let old = lock(host, "1.0.0", &[PACKAGES[0].h1]);
    let files = [(".terraform.lock.hcl", &*old)];
    let locked = Task { files: &files, ..init };
    bench.both_install("locked", &locked, "1.0.0");
    bench.both_install("upgraded", &Task { commands: &["init -upgrade -no-color"], ..locked }, "1.1.0");
    bench.both_install(
        "locked for good",
        &Task { commands: &["init -lockfile=readonly -no-color"], ..locked },
        "1.0.0",
    );
    bench
        .both("a lock that may not grow", &Task { commands: &["init -lockfile=readonly -no-color"], ..init });
    bench.both_install("again", &Task { commands: &[INIT[0], INIT[0]], ..init }, "1.1.0");
    let wrong = lock(host, "1.0.0", &[WRONG_HASH]);
    let files = [(".terraform.lock.hcl", &*wrong)];
    bench.both_refuse("a hash that is not the locked one", &Task { files: &files, ..init });
    let missing = lock(host, "1.0.5", &[PACKAGES[0].h1]);
    let files = [(".terraform.lock.hcl", &*missing)];
    bench.both_refuse("a locked version that is gone", &Task { files: &files, ..init });

    let token = Task { settings: "credentials \"HOST\" {\n  token = \"let me in\"\n}\n", ..init };
    let done = bench.both_install("a token", &token, "1.1.0");
    assert!(done.asked.iter().any(|(_, token)| token == "Bearer let me in"), "{:?}", done.asked);

    let environment = [("TF_PLUGIN_CACHE_DIR", "CACHE")];
    // A directory that is not there is an error of the CLI configuration.
    bench.both("a cache that is not there", &Task { environment: &environment, ..init });
    let cached = Task { environment: &environment, has_cache: true, ..init };
    let done = bench.both_install("a cache", &cached, "1.1.0");
    let link = done
        .files
        .iter()
        .find(|(path, content)| path.contains(".terraform/") && content.starts_with("leads to"));
    assert!(link.is_some(), "{:?}", done.files);
    // What the lock file says nothing about is not taken from a cache, unless that is asked for.
    let twice = Task { commands: &[INIT[0], INIT[0]], ..cached };
    bench.both_install("a cache again", &twice, "1.1.0");
    let may_break = [environment[0], ("TF_PLUGIN_CACHE_MAY_BREAK_DEPENDENCY_LOCK_FILE", "1")];
    bench.both_install(
        "a cache that may break the lock file",
        &Task { environment: &may_break, ..twice },
        "1.1.0",
    );

    for (name, flaw) in [
        ("a hash that is not the announced one", Flaw::WrongHash),
        ("another package than announced", Flaw::ChangedArchive),
        ("no package for this platform", Flaw::NoPlatform),
        ("no such provider", Flaw::Gone),
    ] {
        offer_mirror(&bench.server, flaw);
        bench.both_refuse(name, &init);
    }
    offer_mirror(&bench.server, Flaw::NoHashes);
    bench.both_install("no hashes are told", &init, "1.1.0");
}

#[test]
fn registries() {
    let Some(bench) = bench("registries") else { return };
    let init = Task { commands: INIT, is_registry: true, ..Task::default() };

    offer_registry(&bench.server, Flaw::None);
    let done = bench.both_install("newest", &init, "1.1.0");
    let hashes = &done.files[".terraform.lock.hcl"];
    assert!(hashes.contains(PACKAGES[1].h1) && hashes.contains("zh:61d23440e4b2873b"), "{hashes}");
    let old = lock(&bench.server.host(), "1.0.0", &[PACKAGES[0].h1]);
    let files = [(".terraform.lock.hcl", &*old)];
    let locked = Task { files: &files, ..init };
    bench.both_install("locked by its content", &locked, "1.0.0");
    bench.both_install("upgraded", &Task { commands: &["init -upgrade -no-color"], ..locked }, "1.1.0");
    let wrong = lock(&bench.server.host(), "1.0.0", &[WRONG_HASH]);
    let files = [(".terraform.lock.hcl", &*wrong)];
    bench.both_refuse("a hash that is not the locked one", &Task { files: &files, ..init });

    let token = Task { settings: "credentials \"HOST\" {\n  token = \"let me in\"\n}\n", ..init };
    let done = bench.both_install("a token", &token, "1.1.0");
    assert!(done.asked.iter().any(|(_, token)| token == "Bearer let me in"), "{:?}", done.asked);

    for command in [
        "providers lock -platform=linux_arm64 -platform=darwin_arm64",
        "providers mirror -platform=linux_arm64 copy",
    ] {
        let [_, done] = bench.both(command, &Task { commands: &[command], ..init });
        assert_eq!(done.exit_code, Some(0), "{command}");
    }
    for (name, flaw) in [
        ("a sum that is not the announced one", Flaw::WrongHash),
        ("another package than announced", Flaw::ChangedArchive),
        ("sums that were changed", Flaw::ChangedSums),
        ("a key that has not signed", Flaw::OtherKey),
        ("no package for this platform", Flaw::NoPlatform),
        ("no such provider", Flaw::Gone),
    ] {
        offer_registry(&bench.server, flaw);
        bench.both_refuse(name, &init);
    }
}
