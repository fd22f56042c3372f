//! Programs that are not what they should be, as shell scripts.
#![cfg(unix)]

use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use plumb_address::ProviderAddress;
use plumb_plugin::{LaunchOptions, LogLine, Plugin};
use plumb_state::Provider as _;

/// Writes a program and says what comes of starting it: headline, blank line, explanation.
async fn outcome(directory: &Path, script: &str) -> String {
    let program = directory.join("program");
    std::fs::write(&program, script).unwrap();
    std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o755)).unwrap();
    start(program).await
}

async fn start(program: PathBuf) -> String {
    let address = ProviderAddress::new("registry.terraform.io", "example", "odd");
    let shown = program.display().to_string();
    let options = LaunchOptions {
        handshake_timeout: Duration::from_millis(700),
        ..LaunchOptions::program(address, program, "1.11.4")
    };
    let plugin = Plugin::launch(options);
    let problems = plugin.schema().await.unwrap_err();
    let problem = problems.iter().next().unwrap();
    format!("{}\n\n{}", problem.summary, problem.detail).replace(&shown, "PROGRAM")
}

#[tokio::test]
async fn misbehaviour_is_explained() {
    let directory = tempfile::tempdir().unwrap();
    let cases = [
        (
            "#!/bin/sh\necho 'no license' >&2\nexit 3\n",
            "Failed to start provider plugin\n\nProvider example/odd (PROGRAM): it ended with exit code 3 before it \
             was ready.\n\nIts last log lines were:\n  no license\n\nRun the command again with TF_LOG=trace",
        ),
        (
            "#!/bin/sh\nkill -SEGV $$\n",
            "Failed to start provider plugin\n\nProvider example/odd (PROGRAM): it was ended by signal 11 \
             (segmentation fault) before it was ready.\n\nRun",
        ),
        (
            "#!/bin/sh\nsleep 60\n",
            "Failed to start provider plugin\n\nProvider example/odd (PROGRAM): it did not say that it is ready \
             within 0.7 seconds.\n\nRun",
        ),
        (
            "#!/bin/sh\nexec 1>&-\nsleep 60\n",
            "Unrecognized provider plugin\n\nProvider example/odd (PROGRAM): its first line of output is not a \
             plugin's handshake: \"\".\n\nThe program may not be a provider.",
        ),
        (
            "#!/bin/sh\necho Hello\nsleep 60\n",
            "Unrecognized provider plugin\n\nProvider example/odd (PROGRAM): its first line of output is not a \
             plugin's handshake: \"Hello\".\n\nThe program may not be a provider.",
        ),
        (
            "#!/bin/sh\necho '1|4|unix|/nowhere|grpc|'\nsleep 60\n",
            "Incompatible provider plugin\n\nProvider example/odd (PROGRAM): it speaks version \"4\" of the \
             provider protocol; versions 5 and 6 are spoken here.\n\nChoose another version",
        ),
        (
            "#!/bin/sh\necho '1|5|unix|/nowhere|grpc|'\nsleep 60\n",
            "Failed to start provider plugin\n\nProvider example/odd (PROGRAM): there is no connection to it: \
             unix|/nowhere: No such file or directory",
        ),
        (
            "#!/bin/sh\nhead -c 300000 /dev/zero\nsleep 60\n",
            "Unrecognized provider plugin\n\nProvider example/odd (PROGRAM): its first line of output is not a",
        ),
        (
            "#!/no/such/interpreter\n",
            "Failed to start provider plugin\n\nProvider example/odd (PROGRAM): the file is not a program for this \
             system.\n\nIt may be meant for another operating system",
        ),
        (
            "\u{7f}ELF, but not really\n",
            "Failed to start provider plugin\n\nProvider example/odd (PROGRAM): the file is not a program for this \
             system.",
        ),
    ];
    for (script, expected) in cases {
        let actual = outcome(directory.path(), script).await;
        assert!(actual.starts_with(expected), "{script}\n{actual}");
    }
}

#[tokio::test]
async fn files_that_cannot_be_run() {
    let directory = tempfile::tempdir().unwrap();
    let missing = start(directory.path().join("missing")).await;
    assert!(missing.contains("(PROGRAM): there is no such file.\n\nRun init"), "{missing}");
    let locked = directory.path().join("locked");
    std::fs::write(&locked, "#!/bin/sh\n").unwrap();
    let locked = start(locked).await;
    assert!(
        locked.contains("(PROGRAM): the file is not executable by the current user.\n\nMake"),
        "{locked}"
    );
}

/// A process that the script reported by its id.
fn reported_process(path: &Path) -> u32 {
    let began = Instant::now();
    loop {
        if let Some(id) = std::fs::read_to_string(path).ok().and_then(|text| text.trim().parse().ok()) {
            return id;
        }
        assert!(began.elapsed() < Duration::from_secs(10), "the script did not start");
        std::thread::sleep(Duration::from_millis(10));
    }
}

fn is_alive(id: u32) -> bool {
    let status = std::fs::read_to_string(format!("/proc/{id}/stat")).unwrap_or_default();
    !status.is_empty() && !status.contains(") Z ")
}

fn assert_ends(id: u32) {
    let began = Instant::now();
    while is_alive(id) {
        assert!(began.elapsed() < Duration::from_secs(5), "process {id} is still there");
        std::thread::sleep(Duration::from_millis(10));
    }
}

/// A program that says who it is and then keeps its caller waiting.
fn waiting_program(directory: &Path) -> (LaunchOptions, PathBuf) {
    let (program, report) = (directory.join("program"), directory.join("report"));
    std::fs::write(&program, format!("#!/bin/sh\necho $$ > {}\nexec sleep 60\n", report.display())).unwrap();
    std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o755)).unwrap();
    (LaunchOptions::program(ProviderAddress::implied("odd"), program, "1.11.4"), report)
}

#[tokio::test]
async fn no_process_outlives_its_handle() {
    let directory = tempfile::tempdir().unwrap();
    let (options, report) = waiting_program(directory.path());
    let plugin = Plugin::launch(options);
    let starting = tokio::spawn(async move { plugin.start().await });
    let path = report.clone();
    let id = tokio::task::spawn_blocking(move || reported_process(&path)).await.unwrap();
    assert!(is_alive(id));
    starting.abort();
    tokio::task::spawn_blocking(move || assert_ends(id)).await.unwrap();
}

#[test]
fn no_process_outlives_the_runtime() {
    let directory = tempfile::tempdir().unwrap();
    let (options, report) = waiting_program(directory.path());
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let plugin = Plugin::launch(options);
    let kept = plugin.clone();
    runtime.spawn(async move { kept.start().await });
    let id = reported_process(&report);
    assert!(is_alive(id));
    drop(runtime);
    assert_ends(id);
    drop(plugin);
}

#[tokio::test]
async fn log_lines_are_handed_on() {
    let directory = tempfile::tempdir().unwrap();
    let program = directory.path().join("program");
    let script = "#!/bin/sh\necho '{\"@level\":\"warn\",\"@message\":\"careful\",\"@module\":\"m\",\"n\":1}' >&2\nexit 1\n";
    std::fs::write(&program, script).unwrap();
    std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o755)).unwrap();
    let seen = Arc::new(Mutex::new(Vec::<String>::new()));
    let sink = seen.clone();
    let options = LaunchOptions {
        log_sink: Some(Arc::new(move |line| sink.lock().unwrap().push(line.to_owned()))),
        ..LaunchOptions::program(ProviderAddress::implied("odd"), program, "1.11.4")
    };
    assert!(Plugin::launch(options).start().await.is_err());
    let seen = seen.lock().unwrap();
    let first = LogLine::parse(&seen[0]);
    assert_eq!((&*first.message, &*first.module), ("careful", "m"));
    assert!(first.raw.contains("\"n\":1"));
}
