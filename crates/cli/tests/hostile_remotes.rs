//! Registries, servers of archives and repositories that are down, silent or malicious: each is named, soon, with
//! the call that asks for it, and leaves nothing behind.
#![allow(clippy::print_stderr, reason = "tests say what they skip")]

mod support;

use std::net::TcpListener;
use std::process::Command;
use std::time::{Duration, Instant};

use support::web_server::{Answer, WebServer};
use support::{Directory, Run, for_all};

/// So deep that whoever recurses without a bound falls over.
const DEEP: usize = 100_000;

/// Longer than any of this may take on a machine that is busy with other tests.
const PATIENCE: Duration = Duration::from_secs(60);

fn call(source: &str) -> String {
    format!("module \"a\" {{\n  source = \"{source}\"\n}}\n")
}

/// A directory whose registry is at an address.
fn with_registry(main: &str, address: &str) -> Directory {
    let directory = Directory::new(main);
    directory.write(
        "settings",
        &format!(
            "host \"registry.test\" {{\n  services = {{\n    \"modules.v1\" = \"{address}/v1/\"\n    \"providers.v1\" = \
             \"{address}/p/\"\n  }}\n}}\n"
        ),
    );
    directory
}

fn command(directory: &Directory, words: &[&str]) -> Command {
    let mut command = directory.command(words);
    if directory.exists("settings") {
        command.env("TF_CLI_CONFIG_FILE", directory.path().join("settings"));
    }
    command
        .env("TF_REGISTRY_CLIENT_TIMEOUT", "2")
        .env("TF_REGISTRY_DISCOVERY_RETRY", "0")
        .env("TF_PROVIDER_DOWNLOAD_RETRY", "0")
        .env("PLUMB_SERVER_TIMEOUT", "2")
        .env("TMPDIR", directory.path());
    command
}

/// Runs `init`, which must fail soon with these texts, and change nothing.
#[track_caller]
fn refused(case: &str, directory: &Directory, texts: &[&str]) -> Run {
    let before = directory.snapshot();
    let begun = Instant::now();
    let run = Run::with_input(command(directory, &["init", "-no-color"]), "");
    let took = begun.elapsed();
    assert!(took < PATIENCE, "{case} takes {took:?}");
    let said = format!("{case}: {}{}", run.stdout, run.stderr);
    assert!(run.code == 1 && run.stderr.contains("Error: ") && !run.says("crashed"), "{said}");
    for text in texts {
        assert!(run.says(text), "{text:?} is missing: {said}");
    }
    assert_eq!(directory.snapshot(), before, "{said}");
    run
}

/// Where nobody listens.
fn nobody() -> String {
    format!("http://{}", TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap())
}

#[test]
fn registries_of_modules_that_do_not_list_versions_are_named() {
    let access = "Error accessing remote module registry";
    let server = WebServer::start();
    let answers: Vec<(&str, Answer, &str, &str)> = vec![
        ("silent", Answer { stalls: true, ..Answer::default() }, access, "did not answer in time"),
        ("stuck", Answer { stalls: true, ..Answer::ok("{") }, access, "did not go on in time"),
        ("cut", Answer { breaks_off: true, ..Answer::ok("{") }, access, "has closed the connection"),
        ("endless", Answer { is_endless: true, ..Answer::ok(vec![b' '; 1 << 20]) }, access, "is larger than"),
        ("nonsense", Answer::raw("SSH-2.0-OpenSSH\r\n"), access, "invalid HTTP version"),
        ("mute", Answer::raw(""), access, "has closed the connection"),
        ("html", Answer::ok("<html></html>"), access, "whoever runs the registry"),
        ("half", Answer::ok("{\"modules\":[{"), access, "whoever runs the registry"),
        ("deep", Answer::ok("[".repeat(DEEP)), access, "whoever runs the registry"),
        ("deeper", Answer::ok(format!("{{\"x\":{}", "[".repeat(DEEP))), access, "whoever runs the registry"),
        ("null", Answer::ok("null"), access, "whoever runs the registry"),
        (
            "no-utf8",
            Answer::ok(b"{\"modules\":[{\"versions\":[{\"version\":\"\xff\"}]}]}".as_slice()),
            access,
            "",
        ),
        (
            "control",
            Answer::ok("{\"modules\":[{\"versions\":[{\"version\":\"\\u001b[2J\"}]}]}"),
            "Module has no versions",
            "",
        ),
        ("s400", Answer::status(400), access, "status 400"),
        ("s401", Answer::status(401), access, "requires authentication credentials"),
        ("s403", Answer::status(403), access, "requires authentication credentials"),
        ("s404", Answer::status(404), "Module not found", "Check the name"),
        ("s429", Answer::status(429), access, "status 429"),
        ("s500", Answer::status(500), access, "status 500"),
        ("s503", Answer::status(503), access, "status 503"),
        ("circle", moved("/v1/ns/circle/sys/versions"), access, "more than 10 redirects"),
        ("file", moved("file:///etc/passwd"), access, "must be an http or https URL"),
    ];
    for_all(&answers, |(name, answer, headline, text)| {
        server.say(&format!("/v1/ns/{name}/sys/versions"), answer.clone());
        let directory = with_registry(&call(&format!("registry.test/ns/{name}/sys")), &server.address);
        let run = refused(name, &directory, &[headline, "main.tf line 1", text]);
        assert!(!run.stdout.contains('\u{1b}') && !run.stderr.contains('\u{1b}'), "{name}");
    });
    let directory = with_registry(&call("registry.test/ns/a/sys"), &nobody());
    refused("down", &directory, &["main.tf line 1", "Connection refused", "then run the command again"]);
    let directory = Directory::new(&call("registry.invalid/ns/a/sys"));
    refused("no host", &directory, &["main.tf line 1", "registry.invalid", "Check the host's name"]);
}

fn moved(location: &str) -> Answer {
    Answer { headers: vec![format!("Location: {location}")], ..Answer::status(302) }
}

#[test]
fn registries_of_providers_that_do_not_serve_are_named() {
    let main = "terraform {\n  required_providers {\n    x = {\n      source = \"registry.test/a/NAME\"\n    }\n  }\n}\n";
    let server = WebServer::start();
    let query = "Failed to query available provider packages";
    let answers: Vec<(&str, Answer, &str)> = vec![
        ("silent", Answer { stalls: true, ..Answer::default() }, "did not answer in time"),
        ("deep", Answer::ok("[".repeat(DEEP)), "registry.test/a/deep"),
        ("html", Answer::ok("<html></html>"), "registry.test/a/html"),
        ("s401", Answer::status(401), "registry.test/a/s401"),
        ("s404", Answer::status(404), "registry.test/a/s404"),
        ("s503", Answer::status(503), "503"),
        ("none", Answer::ok("{\"versions\":[]}"), "registry.test/a/none"),
    ];
    for_all(&answers, |(name, answer, text)| {
        server.say(&format!("/p/a/{name}/versions"), answer.clone());
        let directory = with_registry(&main.replace("NAME", name), &server.address);
        refused(name, &directory, &[query, text]);
    });
    // Of what is listed, the package is not what it should be.
    let digest = "0".repeat(64);
    let package = |file: &str, list: &str| {
        let base = &server.address;
        Answer::ok(format!(
            "{{\"os\":\"linux\",\"arch\":\"amd64\",\"filename\":\"{file}\",\"download_url\":\"{base}/{file}\",\"shasum\":\
             \"{digest}\",\"shasums_url\":\"{base}/{list}\",\"shasums_signature_url\":\"{base}/signature\",\"protocols\":\
             [\"5.0\"],\"signing_keys\":{{\"gpg_public_keys\":[{{\"key_id\":\"1\",\"ascii_armor\":\"no key\"}}]}}}}"
        ))
    };
    let versions = "{\"versions\":[{\"version\":\"1.0.0\",\"protocols\":[\"5.0\"],\"platforms\":[{\"os\":\"linux\",\"arch\":\
                    \"amd64\"}]}]}";
    server.say("/list", Answer::ok(format!("{digest}  a.zip\n")));
    server.say("/other", Answer::ok(format!("{}  a.zip\n", "1".repeat(64))));
    server.say("/signature", Answer::ok("no signature"));
    for (name, file, list, text) in [
        ("unsigned", "a.zip", "list", "not signed with a valid signing key"),
        ("unlisted", "b.zip", "list", "checksum list has no SHA-256 hash for \"b.zip\""),
        ("mismatch", "a.zip", "other", "checksum list has unexpected SHA-256 hash"),
        ("gone", "a.zip", "nowhere", "404"),
    ] {
        server.say(&format!("/p/a/{name}/versions"), Answer::ok(versions));
        server.say(&format!("/p/a/{name}/1.0.0/download/linux/amd64"), package(file, list));
        let directory = with_registry(&main.replace("NAME", name), &server.address);
        refused(name, &directory, &[text]);
    }
}

#[test]
fn archives_that_do_not_arrive_leave_nothing() {
    let server = WebServer::start();
    let whole = gzip(&tar(&[("main.tf", b'0', "", "")]));
    let answers: Vec<(&str, Answer, &str)> = vec![
        ("silent", Answer { stalls: true, ..Answer::default() }, "did not answer in time"),
        ("stuck", Answer { stalls: true, ..Answer::ok(&whole[..20]) }, "did not go on in time"),
        ("cut", Answer { breaks_off: true, ..Answer::ok(&whole[..20]) }, "has closed the connection"),
        ("half", Answer::ok(&whole[..whole.len() / 2]), "look at what is really there"),
        ("empty", Answer::ok(""), "look at what is really there"),
        ("html", Answer::ok("<html></html>"), "look at what is really there"),
        ("huge", Answer::raw("HTTP/1.1 200 x\r\nContent-Length: 99999999999999\r\n\r\nx"), "is larger than"),
        ("chunks", Answer::raw("HTTP/1.1 200 x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"), "chunk"),
        ("s401", Answer::status(401), "~/.netrc"),
        ("s404", Answer::status(404), "status 404"),
        ("s500", Answer::status(500), "status 500"),
    ];
    for_all(&answers, |(name, answer, text)| {
        server.say(&format!("/{name}.tgz"), answer.clone());
        let directory = Directory::new(&call(&format!("{}/{name}.tgz", server.address)));
        refused(name, &directory, &["Failed to download module", "main.tf line 1", text]);
    });
    refused("down", &Directory::new(&call(&format!("{}/a.tgz", nobody()))), &["Connection refused"]);
    // Who is spoken to in TLS and does not know it.
    let encrypted = server.address.replace("http://", "https://");
    for source in [format!("{encrypted}/a.tgz"), format!("git::{encrypted}/a.git")] {
        refused(&source, &Directory::new(&call(&source)), &["Failed to download module", "main.tf line 1"]);
    }
}

#[test]
fn archives_that_lead_outside_or_make_no_sense_are_refused() {
    type Entry<'a> = (&'a str, u8, &'a str, &'a str);
    let deep = "d/".repeat(3000) + "x";
    let cases: Vec<(&str, Vec<Entry<'_>>, &str)> = vec![
        ("slip", vec![("../evil.tf", b'0', "", "x")], "not a path inside the package"),
        ("deep slip", vec![("a/../../../evil.tf", b'0', "", "x")], "not a path inside the package"),
        ("absolute", vec![("/evil.tf", b'0', "", "x")], "not a path inside the package"),
        ("nameless", vec![("", b'0', "", "x")], ""),
        ("itself", vec![(".", b'0', "", "x")], "not a path inside the package"),
        (
            "link to a file",
            vec![("x.tf", b'2', "/etc/passwd", "")],
            "leads out of the package to \"/etc/passwd\"",
        ),
        ("link upwards", vec![("x", b'2', "../../../..", "")], "leads out of the package"),
        (
            "through a link",
            vec![("d", b'2', "/tmp", ""), ("d/evil.tf", b'0', "", "x")],
            "leads out of the package",
        ),
        ("second name outside", vec![("p", b'1', "/etc/passwd", "")], "not a path inside the package"),
        ("second name of nothing", vec![("p", b'1', "nowhere", "")], "which is no file in it"),
        ("device", vec![("zero.tf", b'3', "", "")], "neither a file nor a directory"),
        ("pipe", vec![("pipe.tf", b'6', "", "")], "neither a file nor a directory"),
        ("file and directory", vec![("a", b'0', "", "x"), ("a/b", b'0', "", "x")], "main.tf line 1"),
        ("directory and file", vec![("a/b", b'0', "", "x"), ("a", b'0', "", "x")], "\"a\" twice"),
        ("too deep", vec![(&deep, b'0', "", "x")], "main.tf line 1"),
    ];
    for_all(&cases, |(name, entries, text)| {
        let mut all = vec![("main.tf", b'0', "", "")];
        all.extend(entries);
        for program in ["gzip", "bzip2", "xz"] {
            let Some(packed) = pack(program, &tar(&all)) else { continue };
            let ending = program.replace("gzip", "gz").replace("bzip2", "bz2");
            let directory = Directory::new("");
            std::fs::write(directory.path().join(format!("a.tar.{ending}")), packed).unwrap();
            directory.write("main.tf", &call(&format!("{}/a.tar.{ending}", directory.path().display())));
            refused(
                &format!("{name}, {program}"),
                &directory,
                &["Failed to download module", "main.tf line 1", text],
            );
        }
    });
}

#[test]
fn what_is_no_archive_is_not_waited_for() {
    let directory = Directory::new("");
    let here = directory.path().display().to_string();
    for name in ["pipe.zip", "pipe.tgz", "list", ".netrc"] {
        assert!(Command::new("mkfifo").arg(directory.path().join(name)).status().unwrap().success());
    }
    std::fs::write(directory.path().join("a.tgz"), gzip(&tar(&[("main.tf", b'0', "", "")]))).unwrap();
    for (source, text) in [
        (format!("{here}/pipe.zip"), "neither a directory nor an archive"),
        (format!("{here}/pipe.tgz"), "neither a directory nor an archive"),
        (format!("{here}/a.tgz?checksum=file:{here}/list"), "it is a pipe and no file"),
        (format!("{}/a.tgz", nobody()), "the file of logins"),
    ] {
        directory.write("main.tf", &call(&source));
        refused(&source, &directory, &["Failed to download module", "main.tf line 1", text]);
    }
}

/// A repository with one file.
fn repository() -> Directory {
    let directory = Directory::new("output \"x\" {\n  value = 1\n}\n");
    git(&directory, &["init", "--quiet"]);
    commit(&directory);
    directory
}

fn git(directory: &Directory, words: &[&str]) {
    let mut command = Command::new("git");
    command.args(["-c", "user.name=a", "-c", "user.email=a@example.com", "-c", "protocol.file.allow=always"]);
    assert!(
        command.args(words).current_dir(directory.path()).output().unwrap().status.success(),
        "{words:?}"
    );
}

fn commit(directory: &Directory) {
    git(directory, &["add", "--all"]);
    git(directory, &["commit", "--quiet", "--message=one"]);
}

#[test]
fn repositories_that_are_down_silent_or_refuse_are_named() {
    let server = WebServer::start();
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let silent = silent.local_addr().unwrap();
    let held = TcpListener::bind("127.0.0.1:0").unwrap();
    let hole = held.local_addr().unwrap();
    let stuck = Answer {
        stalls: true,
        headers: vec!["Content-Type: application/x-git-upload-pack-advertisement".to_owned()],
        ..Answer::ok("00")
    };
    server.say("/stuck.git/info/refs", stuck);
    for status in [401, 403, 404, 500] {
        server.say(&format!("/{status}.git/info/refs"), Answer::status(status));
    }
    let here = repository();
    let place = here.path().display().to_string();
    let given_up = "git clone was given up, for nothing came from the server for 2 seconds";
    let address = &server.address;
    let sources: Vec<(String, &str)> = vec![
        (format!("git::http://{silent}/a.git"), "Check the address"),
        (format!("git::git://{silent}/a.git"), "Check the address"),
        (format!("git::ssh://git@{silent}/a.git"), "Check the address"),
        (format!("git::http://{hole}/a.git"), given_up),
        (format!("git::git://{hole}/a.git"), given_up),
        (format!("git::{address}/stuck.git"), given_up),
        (format!("git::{address}/401.git"), "git clone failed"),
        (format!("git::{address}/403.git"), "403"),
        (format!("git::{address}/404.git"), "not found"),
        (format!("git::{address}/500.git"), "500"),
        (format!("git::file://{place}?ref=nowhere"), "git checkout failed"),
        (format!("git::file://{place}?ref={}", "0".repeat(40)), "git checkout failed"),
        (format!("git::file://{place}?ref={}&depth=1", "1".repeat(40)), "git clone failed"),
        (format!("git::file://{place}-gone"), "git clone failed"),
    ];
    for_all(&sources, |(source, text)| {
        let directory = Directory::new(&call(source));
        refused(source, &directory, &["Failed to download module", "main.tf line 1", text]);
    });
    drop(held);
}

#[test]
fn addresses_and_repositories_cannot_make_git_run_anything() {
    let scratch = Directory::new("");
    let evidence = scratch.path().join("evidence");
    let touch = format!("touch {}", evidence.display());
    let here = repository();
    let place = here.path().display();
    for source in [
        format!("git::ext::sh -c {touch}"),
        format!("git::ext://sh -c {touch}"),
        "git::fd::0".to_owned(),
        format!("git::ssh://-oProxyCommand={touch}/a"),
        format!("git::ssh://me@-oProxyCommand={touch}/a"),
        format!("git@-oProxyCommand={touch}:a/b"),
        format!("git::-u{touch}@h:a"),
        format!("git::--upload-pack={touch}"),
        format!("git::file://{place}?ref=--upload-pack={touch}"),
        format!("git::file://{place}?ref=v1\\n--upload-pack={touch}"),
        format!("git::file://{place}?depth=-1"),
        format!("git::file://{place}//../.."),
    ] {
        refused(&source, &Directory::new(&call(&source)), &["main.tf line"]);
        assert!(!evidence.exists(), "{source}");
    }
    // What a repository brings along is not run, and what it says of others is not followed to where commands are.
    let hooked = repository();
    hooked.write(".git/hooks/post-checkout", &format!("#!/bin/sh\n{touch}\n"));
    assert!(
        Command::new("chmod")
            .arg("+x")
            .arg(hooked.path().join(".git/hooks/post-checkout"))
            .status()
            .unwrap()
            .success()
    );
    hooked.write(".gitattributes", "* filter=evil\n");
    hooked.write("hooks/post-checkout", &format!("#!/bin/sh\n{touch}\n"));
    commit(&hooked);
    let directory = Directory::new(&call(&format!("git::file://{}", hooked.path().display())));
    Run::with_input(command(&directory, &["init"]), "").expect(0, &["- a in .terraform/modules/a"]);
    assert!(!evidence.exists());
    for url in [format!("ext::sh -c \"{touch}\""), format!("-u{touch}"), format!("file://{place}")] {
        let outer = repository();
        git(&outer, &["submodule", "add", "--quiet", &here.path().display().to_string(), "inner"]);
        outer.write(".gitmodules", &format!("[submodule \"inner\"]\n  path = inner\n  url = {url}\n"));
        commit(&outer);
        let directory = Directory::new(&call(&format!("git::file://{}", outer.path().display())));
        refused(&url, &directory, &["git submodule update failed", "main.tf line 1"]);
        assert!(!evidence.exists(), "{url}");
    }
    // A link out of the repository is no directory of it.
    let linked = repository();
    std::os::unix::fs::symlink("/etc", linked.path().join("out")).unwrap();
    commit(&linked);
    let source = format!("git::file://{}//out", linked.path().display());
    refused("link", &Directory::new(&call(&source)), &["Failed to expand subdir globs", "main.tf line 1"]);
}

#[test]
fn names_of_files_cannot_speak_to_the_terminal() {
    let packed = gzip(&tar(&[("a\u{1b}[2J\n.tf", b'0', "", "output {")]));
    let directory = Directory::new("");
    std::fs::write(directory.path().join("a.tgz"), packed).unwrap();
    directory.write("main.tf", &call(&format!("{}/a.tgz", directory.path().display())));
    let run = Run::with_input(command(&directory, &["init", "-no-color"]), "");
    assert!(run.code == 1 && run.stderr.contains("a\\u{1b}[2J\\n.tf"), "{}", run.stderr);
    assert!(!run.stderr.contains('\u{1b}') && !run.stdout.contains('\u{1b}'));
}

/// A `tar` of files, links and stranger things: name, kind, what it leads to, content.
fn tar(entries: &[(&str, u8, &str, &str)]) -> Vec<u8> {
    let mut packed = Vec::new();
    for (name, kind, target, content) in entries {
        if name.len() > 100 {
            packed.extend(header("././@LongLink", b'L', "", name.len()));
            packed.extend(padded(name.as_bytes()));
        }
        packed.extend(header(&name[..name.len().min(100)], *kind, target, content.len()));
        packed.extend(padded(content.as_bytes()));
    }
    packed.extend([0; 1024]);
    packed
}

fn header(name: &str, kind: u8, target: &str, size: usize) -> [u8; 512] {
    let mut header = [0; 512];
    let mut put = |at: usize, text: &str| header[at..at + text.len()].copy_from_slice(text.as_bytes());
    put(0, name);
    put(100, "0000644");
    put(108, "0000000");
    put(116, "0000000");
    put(124, &format!("{size:011o}"));
    put(136, "00000000000");
    put(148, "        ");
    put(157, target);
    put(257, "ustar\u{0}00");
    header[156] = kind;
    let sum: u32 = header.iter().map(|byte| u32::from(*byte)).sum();
    header[148..156].copy_from_slice(format!("{sum:06o}\u{0} ").as_bytes());
    header
}

fn padded(content: &[u8]) -> Vec<u8> {
    let mut padded = content.to_vec();
    padded.resize(content.len().next_multiple_of(512), 0);
    padded
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    pack("gzip", bytes).expect("gzip is everywhere")
}

/// What a program makes of it; `None` where there is none, which is said.
fn pack(program: &str, bytes: &[u8]) -> Option<Vec<u8>> {
    if support::find(program).is_none() {
        eprintln!("skipped: archives packed with {program}: it is not on PATH");
        return None;
    }
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), bytes).unwrap();
    let output = Command::new(program).arg("-c").stdin(file.reopen().unwrap()).output().unwrap();
    assert!(output.status.success(), "{program}: {output:?}");
    Some(output.stdout)
}
