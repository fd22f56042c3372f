//! Downloads that are cut short, by a signal or by the end of the process: what is half there is taken for nothing,
//! and the next run is as if there had been none.

mod support;

use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use support::web_server::{Answer, WebServer};
use support::{Directory, Run, signal};

const MODULE: &str = "output \"x\" {\n  value = 1\n}\n";

fn archive() -> Vec<u8> {
    let scratch = Directory::new(MODULE);
    let packed =
        Command::new("tar").args(["czf", "-", "main.tf"]).current_dir(scratch.path()).output().unwrap();
    assert!(packed.status.success());
    packed.stdout
}

/// Starts a command and waits until it has got so far.
fn begun(directory: &Directory, words: &[&str], is_so: impl Fn() -> bool) -> Child {
    let mut command = directory.command(words);
    let child = command
        .env("TMPDIR", directory.path())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    support::wait_until(is_so, "nothing is asked for");
    child
}

/// Whether a directory has something of modules that are under way.
fn fetches(directory: &Directory) -> bool {
    let modules = std::fs::read_dir(directory.path().join(".terraform/modules"));
    modules
        .into_iter()
        .flatten()
        .flatten()
        .any(|entry| entry.file_name().to_string_lossy().starts_with(".fetching-"))
}

#[test]
fn an_interrupt_ends_a_download_at_once_and_leaves_nothing() {
    let server = WebServer::start();
    let whole = archive();
    server.say("/a.tgz", Answer { stalls: true, ..Answer::ok(&whole[..50]) });
    // What was there before stays.
    server.say("/before.tgz", Answer::ok(&whole[..]));
    for (words, name) in [(&["init"][..], "-INT"), (&["get", "-update"], "-TERM")] {
        let directory =
            Directory::new(&format!("module \"a\" {{\n  source = \"{}/before.tgz\"\n}}\n", server.address));
        directory.run(&["init"]).expect(0, &[]);
        directory
            .write("main.tf", &format!("module \"a\" {{\n  source = \"{}/a.tgz\"\n}}\n", server.address));
        let before = directory.snapshot();
        let child = begun(&directory, words, || fetches(&directory));
        std::thread::sleep(Duration::from_millis(300));
        let asked = Instant::now();
        signal(&child, name);
        let output = child.wait_with_output().unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(asked.elapsed() < Duration::from_secs(10), "{:?}", asked.elapsed());
        assert!(
            output.status.code() == Some(1) && said.contains("What was being fetched is given up"),
            "{said}"
        );
        assert_eq!(directory.snapshot(), before);
        assert!(!fetches(&directory));
    }
}

#[test]
fn an_interrupt_ends_git_and_what_it_has_started() {
    let hole = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = hole.local_addr().unwrap();
    let directory =
        Directory::new(&format!("module \"a\" {{\n  source = \"git::http://{address}/a.git\"\n}}\n"));
    let before = directory.snapshot();
    let child = begun(&directory, &["init"], || fetches(&directory));
    let (mut connection, _) = hole.accept().unwrap();
    signal(&child, "-INT");
    assert_eq!(child.wait_with_output().unwrap().status.code(), Some(1));
    assert_eq!(directory.snapshot(), before);
    // Whoever had connected is gone too.
    connection.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    let heard = std::io::copy(&mut connection, &mut std::io::sink());
    assert!(heard.is_ok(), "somebody is still connected: {heard:?}");
}

#[test]
fn what_a_killed_download_has_left_is_taken_for_nothing() {
    let server = WebServer::start();
    let whole = archive();
    server.say("/a.tgz", Answer { stalls: true, ..Answer::ok(&whole[..50]) });
    let directory =
        Directory::new(&format!("module \"a\" {{\n  source = \"{}/a.tgz\"\n}}\n", server.address));
    let mut child = begun(&directory, &["init"], || fetches(&directory));
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(
        !directory.exists(".terraform/modules/a") && !directory.exists(".terraform/modules/modules.json")
    );
    directory.run(&["plan"]).expect(1, &["Module not installed", "plumb init"]);
    server.say("/a.tgz", Answer::ok(whole));
    directory.run(&["init"]).expect(0, &["- a in .terraform/modules/a"]);
    assert_eq!(directory.read(".terraform/modules/a/main.tf"), MODULE);
    directory.run(&["validate"]).expect(0, &["The configuration is valid."]);
}

#[test]
fn half_a_provider_is_no_provider() {
    let server = WebServer::start();
    let main = "terraform {\n  required_providers {\n    x = {\n      source = \"registry.test/a/x\"\n    }\n  }\n}\n";
    let directory = Directory::new(main);
    directory.write(
        "settings",
        &format!(
            "host \"registry.test\" {{\n  services = {{ \"providers.v1\" = \"{}/p/\" }}\n}}\n",
            server.address
        ),
    );
    server.say("/p/a/x/versions", Answer { stalls: true, ..Answer::ok("{") });
    let before = directory.snapshot();
    let mut command = directory.command(&["init"]);
    command.env("TF_CLI_CONFIG_FILE", directory.path().join("settings"));
    let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    support::wait_until(
        || server.take_seen().iter().any(|seen| seen.contains("/versions")),
        "nothing is asked for",
    );
    signal(&child, "-INT");
    let output = child.wait_with_output().unwrap();
    assert!(output.status.code() == Some(1) && String::from_utf8_lossy(&output.stderr).contains("given up"));
    assert_eq!(directory.snapshot(), before);
    // An empty directory in a provider's place, as an unpacking that was cut short might leave, is none.
    let place = ".terraform/providers/registry.test/a/x/1.0.0/linux_amd64";
    std::fs::create_dir_all(directory.path().join(place)).unwrap();
    directory.write(
        ".terraform.lock.hcl",
        "provider \"registry.test/a/x\" {\n  version = \"1.0.0\"\n  hashes = [\n    \
         \"h1:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\",\n  ]\n}\n",
    );
    let mut command = directory.command(&["plan"]);
    command.env("TF_CLI_CONFIG_FILE", directory.path().join("settings"));
    let run = Run::with_input(command, "").expect(1, &["registry.test/a/x"]);
    assert!(run.stderr.contains("Error: ") && !run.says("crashed"), "{}", run.stderr);
}
