//! Modules from registries and archives, beside Terraform.
#![allow(clippy::print_stderr, reason = "tests say what they skip")]

mod support;

use std::path::Path;
use std::process::Command;

use support::web_server::{Answer, WebServer};
use support::{Directory, Run, find};

const MODULE: &str = "output \"path\" {\n  value = path.module\n}\n";

/// A registry with a module of several versions, and the settings that lead to it.
struct Registry {
    server: WebServer,
    scratch: Directory,
}

impl Registry {
    fn start() -> Self {
        let registry = Registry { server: WebServer::start(), scratch: Directory::new(MODULE) };
        let Registry { server, scratch } = &registry;
        scratch.write("modules/sub/main.tf", MODULE);
        scratch.write(
            "settings",
            &format!(
                "host \"registry.test\" {{\n  services = {{ \"modules.v1\" = \"{0}/v1/\" }}\n}}\n\
                 host \"other.test\" {{\n  services = {{ \"providers.v1\" = \"{0}/v1/\" }}\n}}\n\
                 credentials \"registry.test\" {{\n  token = \"sesame\"\n}}\n",
                server.address
            ),
        );
        server.say("/a.tgz", Answer::ok(archive(scratch.path(), &["main.tf", "modules"])));
        registry.publish("ns/name/sys", &["1.0.0", "1.1.0", "2.0.0-beta1", "2.0.0"], "/a.tgz");
        registry
    }

    fn publish(&self, name: &str, versions: &[&str], location: &str) {
        let list: Vec<String> =
            versions.iter().map(|version| format!("{{\"version\":\"{version}\"}}")).collect();
        let list = format!("{{\"modules\":[{{\"versions\":[{}]}}]}}", list.join(","));
        self.server.say(&format!("/v1/{name}/versions"), Answer::ok(list));
        for version in versions {
            self.server.say(&format!("/v1/{name}/{version}/download"), Answer::elsewhere(location));
        }
    }

    fn plumb(&self, directory: &Directory, arguments: &[&str]) -> Run {
        self.run(directory, Path::new(env!("CARGO_BIN_EXE_plumb")), arguments)
    }

    fn run(&self, directory: &Directory, program: &Path, arguments: &[&str]) -> Run {
        let mut command = directory.program(program, arguments);
        command.env("TF_CLI_CONFIG_FILE", self.scratch.path().join("settings"));
        Run::with_input(command, "")
    }

    /// Runs both in directories of their own: exit code, and each error with its line; the record.
    fn check_alike(&self, main: &str, arguments: &[&str]) {
        let ours = Directory::new(main);
        let our_run = self.plumb(&ours, arguments);
        let Some(terraform) = find("terraform") else {
            eprintln!("skipped: the comparison of {main:?}: no terraform on PATH");
            return;
        };
        let theirs = Directory::new(main);
        let their_run = self.run(&theirs, &terraform, arguments);
        let said =
            format!("{main}\n{}{}\n{}{}", our_run.stdout, our_run.stderr, their_run.stdout, their_run.stderr);
        assert_eq!(our_run.code, their_run.code, "{said}");
        assert_eq!(headlines(&our_run), headlines(&their_run), "{said}");
        assert_eq!(record(&ours), record(&theirs), "{said}");
    }
}

/// Headlines of errors and warnings, and the lines of `main.tf` that they are about.
fn headlines(run: &Run) -> Vec<String> {
    let all = format!("{}{}", run.stdout, run.stderr);
    let mut found = Vec::new();
    for line in all.lines().map(|line| line.trim_start_matches(['│', '╷', '╵', ' '])) {
        if line.starts_with("Error: ") || line.starts_with("Warning: ") {
            found.push(line.trim().to_owned());
        } else if found.last().is_some_and(|last| !last.starts_with("line "))
            && let Some((_, rest)) = line.split_once("on main.tf line ")
        {
            let number: String = rest.chars().take_while(char::is_ascii_digit).collect();
            found.push(format!("line {number}"));
        }
    }
    found
}

/// What is recorded, without the root module, which is recorded or not where nothing else is.
fn record(directory: &Directory) -> Vec<String> {
    if !directory.exists(".terraform/modules/modules.json") {
        return Vec::new();
    }
    let text = directory.read(".terraform/modules/modules.json");
    let entries = text
        .trim_start_matches("{\"Modules\":[")
        .split("},")
        .map(|entry| entry.trim_matches(['{', '}', ']', '\n']).to_owned());
    entries.filter(|entry| !entry.starts_with("\"Key\":\"\"")).collect()
}

/// Some files packed by `tar`.
fn archive(directory: &Path, names: &[&str]) -> Vec<u8> {
    let output = Command::new("tar").arg("czf").arg("-").args(names).current_dir(directory).output().unwrap();
    assert!(output.status.success(), "{output:?}");
    output.stdout
}

fn call(name: &str, source: &str, version: &str) -> String {
    let version = if version.is_empty() { String::new() } else { format!("  version = \"{version}\"\n") };
    format!("module \"{name}\" {{\n  source = \"{source}\"\n{version}}}\n")
}

#[test]
fn versions_are_chosen_recorded_and_upgraded() {
    let registry = Registry::start();
    let source = "registry.test/ns/name/sys";
    let main = call("a", source, "~> 1.0") + &call("b", &format!("{source}//modules/sub"), "");
    let main = main + "output \"path\" {\n  value = module.b.path\n}\n";
    let directory = Directory::new(&main);
    registry.plumb(&directory, &["plan"]).expect(1, &["Module not installed"]);
    registry.plumb(&directory, &["init"]).expect(
        0,
        &[
            "Downloading registry.test/ns/name/sys 1.1.0 for a...",
            "Downloading registry.test/ns/name/sys 2.0.0 for b...",
            "- a in .terraform/modules/a",
            "- b in .terraform/modules/b/modules/sub",
        ],
    );
    let seen = registry.server.take_seen();
    assert!(seen.contains(&"/v1/ns/name/sys/versions Bearer sesame".to_owned()), "{seen:?}");
    assert!(seen.contains(&"/a.tgz".to_owned()), "the token goes to the registry alone: {seen:?}");
    registry.plumb(&directory, &["plan"]).expect(0, &["path = \".terraform/modules/b/modules/sub\""]);
    assert_eq!(
        record(&directory),
        [
            "\"Key\":\"a\",\"Source\":\"registry.test/ns/name/sys\",\"Version\":\"1.1.0\",\"Dir\":\".terraform/modules/a\"",
            "\"Key\":\"b\",\"Source\":\"registry.test/ns/name/sys//modules/sub\",\"Version\":\"2.0.0\",\
             \"Dir\":\".terraform/modules/b/modules/sub\"",
        ]
    );
    registry.publish("ns/name/sys", &["1.0.0", "1.2.0", "2.0.0"], "/a.tgz");
    registry.plumb(&directory, &["init"]).expect(0, &[]);
    assert_eq!(registry.server.take_seen(), [""; 0], "what is there is not asked for");
    registry
        .plumb(&directory, &["init", "-upgrade"])
        .expect(0, &["Downloading registry.test/ns/name/sys 1.2.0 for a..."]);
    // What cannot be fetched anew stays as it was.
    registry.publish("ns/name/sys", &[], "");
    registry.plumb(&directory, &["get", "-update"]).expect(1, &["Module has no versions"]);
    registry.plumb(&directory, &["plan"]).expect(0, &["path = \".terraform/modules/b/modules/sub\""]);
}

#[test]
fn either_tool_goes_on_from_what_the_other_installed() {
    let registry = Registry::start();
    let Some(terraform) = find("terraform") else {
        eprintln!("skipped: either_tool_goes_on_from_what_the_other_installed: no terraform on PATH");
        return;
    };
    let archive = format!("{}/a.tgz//modules/sub", registry.server.address);
    let local = registry.scratch.path().join("modules/sub").display().to_string();
    let main = call("a", "registry.test/ns/name/sys//modules/sub", "2.0.0-beta1")
        + &call("b", &archive, "")
        + &call("c", &local, "")
        + &call("d", "./local", "");
    let programs = [Path::new(env!("CARGO_BIN_EXE_plumb")), &terraform];
    for (first, second) in [(programs[0], programs[1]), (programs[1], programs[0])] {
        let directory = Directory::new(&main);
        directory.write("local/main.tf", MODULE);
        registry.run(&directory, first, &["init"]).expect(0, &[]);
        registry.server.take_seen();
        let before = record(&directory);
        registry.run(&directory, second, &["plan"]).expect(0, &["No changes"]);
        registry.run(&directory, second, &["init"]).expect(0, &[]);
        assert_eq!(record(&directory), before);
        assert_eq!(registry.server.take_seen(), [""; 0], "what is there is not asked for");
    }
}

#[test]
fn what_is_recorded_is_told_from_what_is_called() {
    let registry = Registry::start();
    let source = "registry.test/ns/name/sys";
    let installed = call("a", source, "1.0.0");
    for (main, code) in [
        (call("a", source, "1.1.0"), 1),
        (call("a", source, ""), 0),
        (call("a", &format!("{source}//modules/sub"), "1.0.0"), 1),
        (call("a", "./local", ""), 1),
        (call("b", source, "1.0.0"), 1),
        (call("a", "a/b", ""), 1),
        (call("a", "https://h.example/a.zip", "1.0.0"), 1),
    ] {
        let directory = Directory::new(&installed);
        directory.write("local/main.tf", MODULE);
        registry.plumb(&directory, &["init"]).expect(0, &[]);
        directory.write("main.tf", &main);
        let ours = registry.plumb(&directory, &["plan", "-no-color"]).expect(code, &[]);
        let Some(terraform) = find("terraform") else {
            eprintln!("skipped: the comparison of {main:?}: no terraform on PATH");
            continue;
        };
        let theirs = registry.run(&directory, &terraform, &["plan", "-no-color"]).expect(code, &[]);
        assert_eq!(headlines(&ours), headlines(&theirs), "{main}\n{}\n{}", ours.stderr, theirs.stderr);
    }
    let directory = Directory::new(&installed);
    registry.plumb(&directory, &["init"]).expect(0, &[]);
    std::fs::remove_dir_all(directory.path().join(".terraform/modules/a")).unwrap();
    registry.plumb(&directory, &["plan"]).expect(1, &["Module not installed", ".terraform/modules/a"]);
    registry.plumb(&directory, &["init"]).expect(0, &["- a in .terraform/modules/a"]);
}

#[test]
fn registries_fail_as_for_terraform() {
    let registry = Registry::start();
    registry.publish("ns/none/sys", &[], "");
    registry.publish("ns/nowhere/sys", &["1.0.0"], "");
    registry.publish("ns/bad/sys", &["1.0.0"], "ns/x/y");
    registry.publish("ns/odd/sys", &["1.0.0", "odd"], "/a.tgz");
    let server = &registry.server;
    server.say("/v1/ns/denied/sys/versions", Answer::status(401));
    server.say("/v1/ns/garbage/sys/versions", Answer::ok("{{{"));
    server.say("/v1/ns/empty/sys/versions", Answer::ok("{\"modules\":[]}"));
    for (source, version) in [
        ("registry.test/ns/unknown/sys", ""),
        ("registry.test/ns/none/sys", ""),
        ("registry.test/ns/denied/sys", ""),
        ("registry.test/ns/garbage/sys", ""),
        ("registry.test/ns/empty/sys", ""),
        ("registry.test/ns/odd/sys", ""),
        ("registry.test/ns/name/sys", "> 3.0"),
        ("registry.test/ns/name/sys", ">= 2.0.0-beta1"),
        ("registry.test/ns/name/sys", ">= 1.0, 2.0.0-beta1"),
        ("other.test/ns/name/sys", ""),
        ("./local", "1.0"),
        ("git::file:///x", "1.0"),
        ("a/b", ""),
        ("registry.test/ns/name/sys//../x", ""),
    ] {
        registry.check_alike(&call("a", source, version), &["init", "-no-color"]);
    }
    // Of what comes after the list of versions Terraform does not say where it is called.
    for (source, headline) in [
        ("registry.test/ns/nowhere/sys", "Error accessing remote module registry"),
        ("registry.test/ns/bad/sys", "Invalid package location from module registry"),
        ("registry.test/ns/name/sys//none", "Unreadable module subdirectory"),
    ] {
        let directory = Directory::new(&call("a", source, ""));
        let run = registry.plumb(&directory, &["init", "-no-color"]).expect(1, &[headline, "main.tf line 1"]);
        assert!(!run.says("sesame"), "{}", run.stderr);
        assert!(!directory.exists(".terraform/modules/a"));
    }
    let directory = Directory::new(&call("a", "registry.test/ns/name/sys", "x"));
    registry.plumb(&directory, &["init"]).expect(1, &["Invalid version constraint"]);
}

#[test]
fn registries_that_are_down_or_silent_are_given_up() {
    let registry = Registry::start();
    registry.server.say("/v1/ns/slow/sys/versions", Answer { stalls: true, ..Answer::default() });
    let gone = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let settings = registry.scratch.read("settings");
    let down = format!("host \"down.test\" {{\n  services = {{ \"modules.v1\" = \"http://{gone}/\" }}\n}}\n");
    registry.scratch.write("settings", &(settings + &down));
    for source in ["registry.test/ns/slow/sys", "down.test/ns/name/sys"] {
        let directory = Directory::new(&call("a", source, ""));
        let mut command = directory.command(&["init"]);
        command
            .env("TF_CLI_CONFIG_FILE", registry.scratch.path().join("settings"))
            .env("TF_REGISTRY_CLIENT_TIMEOUT", "1")
            .env("TF_REGISTRY_DISCOVERY_RETRY", "0");
        Run::with_input(command, "").expect(1, &["Error accessing remote module registry", "main.tf line 1"]);
        assert!(!directory.exists(".terraform/modules/modules.json"));
    }
}

#[test]
fn archives_come_and_fail_as_for_terraform() {
    let registry = Registry::start();
    let server = &registry.server;
    let whole = archive(registry.scratch.path(), &["main.tf", "modules"]);
    server.say("/page", Answer::elsewhere("/a.tgz"));
    server.say("/absolute", Answer::elsewhere(&format!("{}/a.tgz//modules/sub", server.address)));
    server.say("/loop", Answer::elsewhere(&format!("{}/loop", server.address)));
    server.say("/half.tgz", Answer::ok(&whole[..whole.len() / 2]));
    server.say("/broken.tgz", Answer { breaks_off: true, ..Answer::ok(&whole[..]) });
    server.say("/plain", Answer::ok(whole));
    for source in [
        "a.tgz",
        "a.tgz//modules/sub",
        "a.tgz//m*/sub",
        "plain?archive=tar.gz",
        "absolute",
        "loop",
        "none.tgz",
        "half.tgz",
        "broken.tgz",
        "plain",
        "a.tgz?checksum=sha256:0000000000000000000000000000000000000000000000000000000000000000",
        "a.tgz//../x",
    ] {
        registry.check_alike(&call("a", &format!("{}/{source}", server.address), ""), &["init", "-no-color"]);
    }
    for source in ["/nowhere/at/all", "/nowhere/at/all.zip", "foo::https://h.example/x"] {
        registry.check_alike(&call("a", source, ""), &["init", "-no-color"]);
    }
    let refused = call("a", &server.address.replace("http://", "http://me:secret@"), "");
    let directory = Directory::new(&refused);
    let run = registry.plumb(&directory, &["init"]).expect(1, &["Failed to download module"]);
    assert!(!run.says("secret"), "{}{}", run.stdout, run.stderr);
    for source in ["hg::https://h.example/x", "gcs::https://h.example/x"] {
        let directory = Directory::new(&call("a", source, ""));
        registry.plumb(&directory, &["init"]).expect(1, &["Module source not supported yet", "main.tf"]);
    }
}

#[test]
fn modules_of_a_package_stay_in_it() {
    let registry = Registry::start();
    let scratch = &registry.scratch;
    scratch.write(
        "out/main.tf",
        "module \"b\" {\n  source = \"../modules/sub\"\n}\nmodule \"c\" {\n  source = \"../../x\"\n}\n",
    );
    registry.server.say("/out.tgz", Answer::ok(archive(scratch.path(), &["out", "modules"])));
    let source = format!("{}/out.tgz//out", registry.server.address);
    let directory = Directory::new(&call("a", &source, ""));
    directory.write(".terraform/modules/x/main.tf", MODULE);
    let run = registry.plumb(&directory, &["init"]).expect(1, &["Local module path escapes module package"]);
    assert!(!run.says("module \"b\""), "{}", run.stderr);
}

#[test]
fn a_module_can_be_the_beginning_of_a_configuration() {
    let registry = Registry::start();
    for source in
        ["registry.test/ns/name/sys//modules", &format!("{}/a.tgz//modules", registry.server.address)]
    {
        let directory = Directory::new("");
        registry
            .plumb(&directory, &["init", &format!("-from-module={source}")])
            .expect(1, &["Can't populate non-empty directory"]);
        std::fs::remove_file(directory.path().join("main.tf")).unwrap();
        registry
            .plumb(&directory, &["init", &format!("-from-module={source}")])
            .expect(0, &["Copying configuration from"]);
        assert_eq!(directory.read("sub/main.tf"), MODULE);
        assert!(!directory.exists("main.tf"));
    }
    for (source, headline) in [
        ("registry.test/ns/unknown/sys", "Module not found"),
        ("a/b", "Invalid module source address"),
        ("/nowhere/at/all", "Failed to download module"),
        ("../nowhere", "Failed to download module"),
    ] {
        let directory = Directory::new("");
        std::fs::remove_file(directory.path().join("main.tf")).unwrap();
        registry.plumb(&directory, &["init", &format!("-from-module={source}")]).expect(1, &[headline]);
        assert_eq!(std::fs::read_dir(directory.path()).unwrap().count(), 0, "{source}");
    }
}
