//! What all tests of shells need.

#![expect(clippy::print_stdout, reason = "a test that cannot run says so")]

use std::path::Path;
use std::process::{Command, Stdio};

use plumb_host::{Local, Login, Reply, Request, Shell, ShellError};

/// Shells that hosts have as `sh`, as far as this machine has them.
const SHELLS: [&[&str]; 4] = [&["dash"], &["bash", "--posix"], &["busybox", "ash"], &["ksh"]];

/// Does something with each shell that is there, as the `sh` of a host.
pub(crate) fn with_each(test: &str, work: impl AsyncFn(&Local)) {
    let directory = tempfile::tempdir().expect("a directory");
    for shell in SHELLS {
        if !has(shell[0]) {
            skipped(test, &format!("there is no {}", shell[0]));
            continue;
        }
        let named = directory.path().join(shell[0]);
        let host = as_sh(&named, shell);
        run(work(&host));
    }
}

/// Says that a test, or a part of it, cannot run here.
pub(crate) fn skipped(test: &str, why: &str) {
    println!("skipped: {test}: {why}");
}

/// A host whose `sh` is that program.
fn as_sh(directory: &Path, shell: &[&str]) -> Local {
    std::fs::create_dir(directory).expect("a directory");
    let program = format!("#!/bin/sh\nexec {} \"$@\"\n", shell.join(" "));
    write_program(&directory.join("sh"), &program);
    let path = format!("PATH={}:{}", directory.display(), std::env::var("PATH").unwrap_or_default());
    Local::through(shell[0], ["env", &path, "sh", "-c"])
}

/// Writes a program.
pub(crate) fn write_program(path: &Path, text: &str) {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::write(path, text).expect("a file");
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o755)).expect("a mode");
}

/// Whether a program is there.
pub(crate) fn has(program: &str) -> bool {
    let found =
        Command::new("sh").args(["-c", &format!("command -v {program}")]).stdout(Stdio::null()).status();
    found.is_ok_and(|status| status.success())
}

/// Waits for it, on a runtime of its own.
pub(crate) fn run<T>(work: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(work)
}

/// Opens a shell as who has logged in.
pub(crate) async fn open(host: &Local) -> Shell {
    Shell::open(host, &Login::Own).await.expect("a shell")
}

/// Has something done, and looks at nothing while it is.
pub(crate) async fn ask(shell: &mut Shell, requests: &[Request]) -> Result<Vec<Reply>, ShellError> {
    shell.run(requests, &mut |_, _| {}).await
}

/// One trusted text, and what it wrote on its standard output.
pub(crate) async fn output(shell: &mut Shell, text: &str) -> Vec<u8> {
    let replies = ask(shell, &[Request::trusted(text)]).await.expect("a reply");
    replies[0].output.to_vec()
}
