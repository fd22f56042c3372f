//! What many hosts cost, and how they are told of.

#![expect(clippy::print_stdout, reason = "what it measures is told")]

use std::io::Read as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use plumb_many_hosts::Hosts;

const DEPLOY: &str = r#"
load("@plumb//ops", "files")

def deploy(host):
    root = "%s/%s" % (host.data["root"], host.name)
    files.directory(root, mode = "750")
    for n in range(5):
        files.template(src = "app.j2", dest = "%s/%d.conf" % (root, n), mode = "640", n = n, host = host.name)
    files.line(root + "/profile", "export APP=1")
"#;

struct Run {
    output: String,
    status: i32,
    /// The most memory that it had at once.
    memory_bytes: u64,
    elapsed: Duration,
}

fn run(directory: &Path, hosts: &Hosts, count: usize, options: &[&str]) -> Run {
    let inventory = format!("web[0001:{count:04}]");
    let begun = Instant::now();
    let data = |name: &str, value: String| format!("-data={name}={value}");
    let mut child = Command::new(plumb_testkit::built("plumb").expect("plumb"))
        .current_dir(directory)
        .args(["deploy", "-no-color", "-parallel=1000"])
        .args(options)
        .arg(data("ssh_hostname", "127.0.0.1".to_owned()))
        .arg(data("ssh_port", hosts.port().to_string()))
        .arg(data("ssh_strict_host_key_checking", "off".to_owned()))
        .arg(data("root", directory.to_str().expect("a path").to_owned()))
        .args([&*inventory, "deploy.star"])
        .env_remove("SSH_AUTH_SOCK")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("plumb runs");
    let mut errors = child.stderr.take().expect("errors");
    let reading = std::thread::spawn(move || {
        let mut text = String::new();
        let _ = errors.read_to_string(&mut text);
        text
    });
    let (mut stdout, status_file) =
        (child.stdout.take().expect("output"), format!("/proc/{}/status", child.id()));
    let writing = std::thread::spawn(move || {
        let mut text = String::new();
        let _ = stdout.read_to_string(&mut text);
        text
    });
    let mut memory_bytes = 0;
    let status = loop {
        memory_bytes = memory_bytes.max(most_memory(&status_file));
        if let Some(status) = child.try_wait().expect("a status") {
            break status.code().unwrap_or(-1);
        }
        std::thread::sleep(Duration::from_millis(5));
    };
    let output = writing.join().expect("output") + &reading.join().expect("errors");
    Run { output, status, memory_bytes, elapsed: begun.elapsed() }
}

fn most_memory(status_file: &str) -> u64 {
    let text = std::fs::read_to_string(status_file).unwrap_or_default();
    let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kilobytes = line.and_then(|line| line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok());
    kilobytes.unwrap_or(0) * 1024
}

#[test]
fn a_thousand_hosts_take_little_and_are_told_of_in_a_few_lines() {
    let directory = tempfile::tempdir().expect("a directory");
    std::fs::write(directory.path().join("deploy.star"), DEPLOY).expect("the deploy");
    std::fs::write(directory.path().join("app.j2"), "{{ host }} {{ n }}\n".repeat(20)).expect("the template");
    let hosts = Hosts::start();
    let few = run(directory.path(), &hosts, 10, &["-plan"]);
    assert_eq!(few.status, 0, "{}", few.output);
    let connections = hosts.connections();
    let many = run(directory.path(), &hosts, 1000, &["-yes"]);
    assert_eq!(many.status, 0, "{}", many.output);
    assert_eq!(hosts.connections() - connections, 1000, "one for each host");
    let summary = many.output.lines().last().unwrap_or_default();
    assert_eq!(summary, "Deploy complete: 1000 changed by 7000 operations, 0 unchanged.");
    let lines = many.output.lines().count();
    assert!(lines < 1200, "a line for each host, and the plan once: {lines}");
    assert!(many.output.contains("web0001, web0002"), "{}", many.output);
    let of_each = (many.memory_bytes - few.memory_bytes) / 990;
    println!("1,000 hosts: {} KiB each, {:.1} s", of_each / 1024, many.elapsed.as_secs_f64());
    assert!(of_each < 1024 * 1024, "{of_each} bytes for each host");
    let text = std::fs::read_to_string(directory.path().join("web0777/4.conf")).expect("it is there");
    assert_eq!(text, "web0777 4\n".repeat(20));
    let again = run(directory.path(), &hosts, 1000, &["-yes"]);
    assert_eq!(again.status, 0, "{}", again.output);
    println!("again: {:.1} s", again.elapsed.as_secs_f64());
    assert!(again.output.lines().count() < 10, "{}", again.output);
}
