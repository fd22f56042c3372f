//! Servers of states that are down, silent or say nonsense: each is named, soon, and nothing is written.

mod support;

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::time::{Duration, Instant};

use support::web_server::{Answer, WebServer};
use support::{Directory, Run, for_all};

const RESOURCE: &str = "resource \"terraform_data\" \"a\" {\n  input = 1\n}\n";

const OBJECT: &str = r#"{"mode":"managed","type":"terraform_data","name":"a","provider":"provider[\"terraform.io/builtin/terraform\"]","instances":[{"schema_version":0,"attributes":{"id":"x","input":null,"output":null,"triggers_replace":null},"sensitive_attributes":[]}]}"#;

const DEEP: usize = 100_000;

const PATIENCE: Duration = Duration::from_secs(60);

fn state(objects: &str) -> String {
    format!(
        "{{\"version\":4,\"terraform_version\":\"1.11.4\",\"serial\":1,\"lineage\":\"x\",\"outputs\":{{}},\"resources\":[{objects}]}}"
    )
}

fn http(address: &str, more: &str) -> Directory {
    Directory::new(&format!(
        "terraform {{\n  backend \"http\" {{\n    address        = \"{address}\"\n    retry_wait_min = 0\n    retry_max      = \
         0\n{more}  }}\n}}\n{RESOURCE}"
    ))
}

fn s3(endpoint: &str) -> Directory {
    Directory::new(&format!(
        "terraform {{\n  backend \"s3\" {{\n    bucket = \"b\"\n    key    = \"k\"\n    region = \"us-east-1\"\n    use_path_style \
         = true\n    skip_credentials_validation = true\n    skip_requesting_account_id = true\n    skip_metadata_api_check = \
         true\n    max_retries = 0\n    endpoints = {{\n      s3 = \"{endpoint}\"\n    }}\n  }}\n}}\n{RESOURCE}"
    ))
}

fn pg(port: u16) -> Directory {
    Directory::new(&format!(
        "terraform {{\n  backend \"pg\" {{\n    conn_str = \
         \"postgres://me:sesame@127.0.0.1:{port}/states?sslmode=disable\"\n  }}\n}}\n{RESOURCE}"
    ))
}

fn run(directory: &Directory, words: &[&str]) -> Run {
    let mut command = directory.command(words);
    command
        .env("PLUMB_SERVER_TIMEOUT", "2")
        .env("AWS_ACCESS_KEY_ID", "me")
        .env("AWS_SECRET_ACCESS_KEY", "sesame")
        .env("TMPDIR", directory.path());
    Run::with_input(command, "")
}

/// A command must fail soon with these texts, and change nothing.
#[track_caller]
fn refused(case: &str, directory: &Directory, words: &[&str], texts: &[&str]) {
    let before = directory.snapshot();
    let begun = Instant::now();
    let run = run(directory, words);
    let took = begun.elapsed();
    assert!(took < PATIENCE, "{case} takes {took:?}");
    let said = format!("{case}: {}{}", run.stdout, run.stderr);
    assert!(run.code == 1 && run.stderr.contains("Error: ") && !run.says("crashed"), "{said}");
    assert!(!run.says("sesame"), "{said}");
    for text in texts {
        assert!(run.says(text), "{text:?} is missing: {said}");
    }
    assert_eq!(directory.snapshot(), before, "{said}");
}

/// Where nobody listens.
fn nobody() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

#[test]
fn states_that_make_no_sense_are_refused() {
    let server = WebServer::start();
    let format = "Unsupported state file format";
    let answers: Vec<(&str, Answer, &str, &str)> = vec![
        ("html", Answer::ok("<html>"), format, "Nothing has been changed."),
        ("half", Answer::ok(&state(OBJECT).as_bytes()[..100]), format, "It may have been cut short"),
        (
            "newer",
            Answer::ok(state(OBJECT).replace("\"version\":4", "\"version\":9")),
            format,
            "format version 9",
        ),
        ("null", Answer::ok("null"), format, "JSON, but not a state"),
        ("bytes", Answer::ok(vec![0xff; 100]), format, "no UTF-8 text"),
        ("deep", Answer::ok("[".repeat(DEEP)), "Invalid state file", "Nothing has been changed."),
        ("twice", Answer::ok(state(&format!("{OBJECT},{OBJECT}"))), "Invalid state file", "recorded twice"),
        (
            "below",
            Answer::ok(state(OBJECT).replace("\"serial\":1", "\"serial\":-1")),
            "Invalid state file",
            "",
        ),
        (
            "nobodys",
            Answer::ok(state(&OBJECT.replace("provider[", "prov["))),
            "Invalid state file",
            "terraform_data.a",
        ),
        (
            "cut",
            Answer { breaks_off: true, ..Answer::ok("{") },
            "Failed to read state",
            "closed the connection",
        ),
        (
            "silent",
            Answer { stalls: true, ..Answer::default() },
            "Failed to read state",
            "did not answer in time",
        ),
        (
            "stuck",
            Answer { stalls: true, ..Answer::ok("{") },
            "Failed to read state",
            "did not answer in time",
        ),
        (
            "nonsense",
            Answer::raw("SSH-2.0-OpenSSH\r\n"),
            "Failed to read state",
            "Check that the server runs",
        ),
        ("s401", Answer::status(401), "Failed to read state", "TF_HTTP_USERNAME"),
        ("s403", Answer::status(403), "Failed to read state", "what this user may do"),
        ("s500", Answer::status(500), "Failed to read state", "response code 500"),
    ];
    for_all(&answers, |(name, answer, headline, text)| {
        let path = format!("/{name}");
        server.say(&path, Answer::ok(state("")));
        let directory = http(&format!("{}{path}", server.address), "");
        run(&directory, &["init"]).expect(0, &[]);
        server.say(&path, answer.clone());
        refused(name, &directory, &["plan"], &[headline, text, &format!("{}{path}", server.address)]);
    });
    let down = http(&format!("http://127.0.0.1:{}/x", nobody()), "");
    refused(
        "down",
        &down,
        &["init"],
        &["Failed to read state", "Connection refused", "Check that the server runs"],
    );
}

#[test]
fn who_does_not_speak_tls_is_named() {
    let server = WebServer::start();
    let address = server.address.replace("http://", "https://");
    for directory in [http(&format!("{address}/x"), ""), s3(&address)] {
        refused(&address, &directory, &["init"], &["Failed to read state", "Check"]);
    }
    let port = server.address.rsplit(':').next().unwrap();
    let main = format!(
        "terraform {{\n  backend \"pg\" {{\n    conn_str = \"postgres://me:sesame@127.0.0.1:{port}/states\"\n  }}\n}}\n"
    );
    refused("pg", &Directory::new(&main), &["init"], &["Failed to read state", "Check that the server runs"]);
}

#[test]
fn locks_that_make_no_sense_are_refused() {
    let server = WebServer::start();
    server.say("/state", Answer::ok(state("")));
    let nobody_knows = "the server has not said by whom";
    let answers: Vec<(&str, Answer, &str)> = vec![
        ("html", Answer { status: 423, ..Answer::ok("<html>") }, nobody_knows),
        ("deep", Answer { status: 423, ..Answer::ok("[".repeat(DEEP)) }, nobody_knows),
        ("bytes", Answer { status: 409, ..Answer::ok(vec![0xff; 10]) }, nobody_knows),
        ("s500", Answer::status(500), "response code 500"),
        ("silent", Answer { stalls: true, ..Answer::default() }, "did not answer in time"),
    ];
    for_all(&answers, |(name, answer, text)| {
        server.say(&format!("/{name}"), answer.clone());
        let lock = format!(
            "    lock_address   = \"{0}/{name}\"\n    unlock_address = \"{0}/{name}\"\n",
            server.address
        );
        let directory = http(&format!("{}/state", server.address), &lock);
        run(&directory, &["init"]).expect(0, &[]);
        refused(name, &directory, &["plan"], &["Error acquiring the state lock", text]);
    });
}

#[test]
fn buckets_that_do_not_answer_as_they_should_are_named() {
    let server = WebServer::start();
    let denied = "<Error><Code>AccessDenied</Code><Message>no</Message></Error>";
    let moved = "<Error><Code>PermanentRedirect</Code><Message>elsewhere</Message></Error>";
    let answers: Vec<(&str, Answer, &str)> = vec![
        ("silent", Answer { stalls: true, ..Answer::default() }, "did not answer in time"),
        ("stuck", Answer { stalls: true, ..Answer::ok("<") }, "did not answer in time"),
        ("html", Answer::ok("<html>"), "Restore s3://b/k from a backup"),
        ("deep", Answer::ok("[".repeat(DEEP)), "Restore s3://b/k from a backup"),
        ("s403", Answer { status: 403, ..Answer::ok(denied) }, "AccessDenied: no"),
        ("s301", Answer { status: 301, ..Answer::ok(moved) }, "PermanentRedirect: elsewhere"),
        ("s500", Answer::status(500), "the service answered with status 500"),
    ];
    for_all(&answers, |(name, answer, text)| {
        server.say(&format!("/{name}/b/k"), answer.clone());
        let directory = s3(&format!("{}/{name}", server.address));
        refused(name, &directory, &["init"], &["s3://b/k", text]);
    });
    let down = s3(&format!("http://127.0.0.1:{}", nobody()));
    refused("down", &down, &["init"], &["Failed to read state", "Connection refused", "Check the endpoint"]);
    let mut command = down.command(&["init"]);
    command.env("PLUMB_SERVER_TIMEOUT", "2");
    Run::with_input(command, "").expect(1, &["no keys were found", "Say who you are"]);
}

/// A server that hears the first message and then says this, again and again where that is wanted.
fn database(said: Vec<u8>, is_endless: bool, stays: bool) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let said = said.clone();
            std::thread::spawn(move || drop(speak(stream, &said, is_endless, stays)));
        }
    });
    port
}

fn speak(mut stream: TcpStream, said: &[u8], is_endless: bool, stays: bool) -> std::io::Result<()> {
    _ = stream.read(&mut [0; 4096])?;
    stream.write_all(said)?;
    if is_endless {
        loop {
            stream.write_all(said)?;
        }
    }
    while stays && stream.read(&mut [0; 4096])? > 0 {}
    Ok(())
}

fn message(kind: u8, body: &[u8]) -> Vec<u8> {
    let length = u32::try_from(body.len() + 4).unwrap();
    [&[kind], &length.to_be_bytes()[..], body].concat()
}

#[test]
fn databases_that_speak_nonsense_are_named() {
    let scram = |text: &str| {
        let offer = message(b'R', b"\0\0\0\x0aSCRAM-SHA-256\0\0");
        [offer, message(b'R', format!("\0\0\0\x0b{text}").as_bytes())].concat()
    };
    let cases: Vec<(&str, Vec<u8>, bool, bool, &str)> = vec![
        ("html", b"HTTP/1.1 400 Bad\r\n\r\n".to_vec(), false, false, "does not speak PostgreSQL's protocol"),
        ("mute", Vec::new(), false, false, "closed the connection"),
        ("silent", Vec::new(), false, true, "did not answer in time"),
        ("half", [message(b'R', &[0; 4]), b"Z\0".to_vec()].concat(), false, true, "did not answer in time"),
        ("huge", b"R\xff\xff\xff\xff".to_vec(), false, true, "does not speak PostgreSQL's protocol"),
        ("flood", message(b'N', b"SNOTICE\0\0"), true, false, "says much and does not answer"),
        ("stranger", message(b'R', &[0, 0, 0, 99]), false, true, "in a way that is not known here (99)"),
        ("proof", scram("r=x,s=!!!,i=1"), false, true, "proof makes no sense"),
        ("work", scram("r=x,s=YWFh,i=4000000000"), false, true, "proof makes no sense"),
        (
            "refused",
            message(b'E', b"SFATAL\0C28P01\0Mpassword authentication failed\0\0"),
            false,
            true,
            "Check user and password",
        ),
    ];
    for_all(&cases, |(name, said, is_endless, stays, text)| {
        let directory = pg(database(said.clone(), *is_endless, *stays));
        refused(
            name,
            &directory,
            &["init"],
            &["Failed to read state", "the database \"states\" at 127.0.0.1", text],
        );
    });
    refused(
        "down",
        &pg(nobody()),
        &["init"],
        &["Failed to read state", "Connection refused", "Check that the server runs"],
    );
}

#[test]
fn who_waits_for_a_server_can_be_interrupted() {
    let hole = TcpListener::bind("127.0.0.1:0").unwrap();
    let directory = http(&format!("http://{}/x", hole.local_addr().unwrap()), "");
    let child = directory
        .command(&["init"])
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    let _connection = hole.accept().unwrap();
    support::signal(&child, "-INT");
    std::thread::sleep(Duration::from_millis(500));
    let asked = Instant::now();
    support::signal(&child, "-INT");
    let output = child.wait_with_output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(asked.elapsed() < Duration::from_secs(30), "{:?}", asked.elapsed());
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(said.contains("Error: Interrupted") && said.contains("force-unlock"), "{said}");
    assert!(!directory.exists(".terraform/terraform.tfstate"));
}
