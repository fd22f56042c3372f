//! Modules in buckets, against an emulator and beside terraform.

#![expect(clippy::print_stderr, reason = "what was skipped is for people")]

mod support;

#[path = "support/object_server.rs"]
mod object_server;

use object_server::ObjectServer;
use support::{Directory, Run, find};

const KEYS: &str = "aws_access_key_id=test&aws_access_key_secret=open-sesame&region=us-east-1";

fn calling(source: &str) -> Directory {
    Directory::new(&format!(
        "module \"called\" {{\n  source = \"{source}\"\n}}\n\noutput \"said\" {{\n  value = module.called.said\n}}\n"
    ))
}

fn says(text: &str) -> String {
    format!("output \"said\" {{\n  value = \"{text}\"\n}}\n")
}

/// A server with a module as objects, and with one in an archive.
fn filled(test: &str) -> Option<ObjectServer> {
    let server = ObjectServer::start(test)?;
    server.put("tree/main.tf", &says("whole"));
    server.put("tree/inner/main.tf", &says("inner"));
    server.put("tree2/main.tf", &says("another"));
    Some(server)
}

/// Runs the program with keys from the environment.
fn with_keys(directory: &Directory, arguments: &[&str]) -> Run {
    let mut command = directory.command(arguments);
    command.env("AWS_ACCESS_KEY_ID", "test").env("AWS_SECRET_ACCESS_KEY", "open-sesame");
    Run::with_input(command, "")
}

#[test]
fn modules_come_from_buckets() {
    let Some(server) = filled("modules_come_from_buckets") else { return };
    let base = format!("s3::{}/states/tree", server.endpoint());
    for (source, said) in [(base.clone(), "whole"), (format!("{base}//inner"), "inner")] {
        let directory = calling(&source);
        with_keys(&directory, &["init"]).expect(0, &["Downloading s3::http", "successfully initialized"]);
        with_keys(&directory, &["apply", "-auto-approve"]).expect(0, &[&format!("said = \"{said}\"")]);
        // What is there is not fetched again.
        directory.run(&["init"]).expect(0, &["successfully initialized"]);
    }
}

#[test]
fn keys_in_addresses_are_used_and_not_shown() {
    const NAME: &str = "keys_in_addresses_are_used_and_not_shown";
    let Some(server) = filled(NAME) else { return };
    let source = format!("s3::{}/states/tree//inner?{KEYS}", server.endpoint());
    let directory = calling(&source);
    let mut command = directory.command(&["init"]);
    command.env("TF_LOG", "trace");
    let run = Run::with_input(command, "").expect(0, &["successfully initialized"]);
    assert!(!run.says("sesame"), "{}{}", run.stdout, run.stderr);
    directory.run(&["apply", "-auto-approve"]).expect(0, &["said = \"inner\""]);
    let record = directory.read(".terraform/modules/modules.json");

    // Terraform records the same, and takes what is there.
    let Some(run) = directory.run_terraform(NAME, &["init", "-no-color"]) else { return };
    let run = run.expect(0, &[]);
    assert!(!run.says("Downloading"), "{}", run.stdout);
    let theirs = calling(&source);
    theirs.run_terraform(NAME, &["init", "-no-color"]).unwrap().expect(0, &[]);
    let entries = |text: &str| serde_json::from_str::<serde_json::Value>(text).unwrap()["Modules"].clone();
    assert_eq!(entries(&record), entries(&theirs.read(".terraform/modules/modules.json")));
}

#[test]
fn archives_in_buckets_are_unpacked() {
    let Some(python) = find("python3") else {
        eprintln!("skipped: archives_in_buckets_are_unpacked: no python3 on PATH");
        return;
    };
    let Some(server) = filled("archives_in_buckets_are_unpacked") else { return };
    let packing = Directory::new(&says("packed"));
    packing.write("inner/main.tf", &says("packed inside"));
    let arguments = ["-m", "zipfile", "-c", "module.zip", "main.tf", "inner"];
    Run::with_input(packing.program(&python, &arguments), "").expect(0, &[]);
    server.put_bytes("module.zip", &std::fs::read(packing.path().join("module.zip")).unwrap());
    let directory = calling(&format!("s3::{}/states/module.zip//inner?{KEYS}", server.endpoint()));
    directory.run(&["init"]).expect(0, &["successfully initialized"]);
    directory.run(&["apply", "-auto-approve"]).expect(0, &["said = \"packed inside\""]);
    // A wrong checksum leaves nothing behind.
    let sum = "00000000000000000000000000000000";
    let wrong = calling(&format!("s3::{}/states/module.zip?{KEYS}&checksum=md5:{sum}", server.endpoint()));
    wrong.run(&["init"]).expect(1, &["Failed to download module", sum, "main.tf line 1"]);
    assert!(!wrong.exists(".terraform/modules/called"));
}

#[test]
fn what_is_not_there_is_told() {
    let Some(server) = filled("what_is_not_there_is_told") else { return };
    let endpoint = server.endpoint();
    for (path, texts) in [
        (format!("{endpoint}/states/none?{KEYS}"), ["Failed to download module", "has no object \"none\""]),
        (format!("{endpoint}/states/none.zip?{KEYS}"), ["Failed to download module", "\"none.zip\""]),
        (
            format!("{endpoint}/nothing/a.zip?{KEYS}"),
            ["Failed to download module", "\"nothing\" does not exist"],
        ),
        (format!("http://127.0.0.1:1/b/a.zip?{KEYS}"), ["Failed to download module", "Connection refused"]),
        (format!("{endpoint}/states?{KEYS}"), ["Invalid module source address", "does not name a bucket"]),
    ] {
        let run = calling(&format!("s3::{path}")).run(&["init"]).expect(1, &texts);
        assert!(!run.says("sesame"), "{}", run.stderr);
    }
    // Others stay refused by name.
    for (source, kind) in [
        ("gcs::https://www.googleapis.com/b", "Google Cloud Storage"),
        ("hg::http://h.example/x", "Mercurial"),
    ] {
        calling(source).run(&["init"]).expect(1, &["Module source not supported yet", kind]);
    }
}
