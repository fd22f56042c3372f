//! Instructions of every command grow in proportion to the work: what is only looked through again
//! and again allocates nothing. Needs valgrind, which counts them.

#![expect(clippy::print_stdout, reason = "what was skipped and the figures are for people")]

use std::path::Path;
use std::process::Command;

use plumb_growth::{Growth, configuration};

/// Smaller than where allocations are counted, for counting takes its time.
const SIZES: [usize; 3] = [64, 128, 256];

#[test]
fn no_command_executes_more_than_in_proportion() {
    if Command::new("valgrind").arg("--version").output().is_err() {
        println!("skipped: instructions: no valgrind on PATH");
        return;
    }
    let plumb = plumb_testkit::plumb().expect("the program under test");
    let commands: [&[&str]; 5] = [
        &["validate"],
        // In full: some of these are long enough to be summarised, and some are not.
        &["plan", "-full"],
        &["apply", "-auto-approve"],
        &["plan", "-out=saved"],
        &["show", "-json", "saved"],
    ];
    let mut counted = [[0; 3]; 5];
    for (at, size) in SIZES.into_iter().enumerate() {
        let directory = tempfile::tempdir().expect("a directory");
        for (path, text) in configuration(size) {
            let path = directory.path().join(path);
            std::fs::create_dir_all(path.parent().expect("a directory")).expect("made");
            std::fs::write(path, text).expect("written");
        }
        let initialised =
            Command::new(&plumb.path).arg("init").current_dir(&directory).output().expect("it runs");
        assert!(initialised.status.success(), "{}", String::from_utf8_lossy(&initialised.stderr));
        for (command, counts) in commands.iter().zip(&mut counted) {
            counts[at] = instructions(&plumb.path, command, directory.path());
        }
    }
    let mut refused = Vec::new();
    for (command, counts) in commands.iter().zip(counted) {
        let growth = Growth(counts);
        let line = format!("instructions of {}: {growth}", command.join(" "));
        println!("{line}");
        if !growth.is_linear() {
            refused.push(line);
        }
    }
    assert!(refused.is_empty(), "cost grows faster than the work:\n{}", refused.join("\n"));
}

/// How many instructions a command executes.
fn instructions(program: &Path, arguments: &[&str], directory: &Path) -> u64 {
    let ended = Command::new("valgrind")
        .args(["--tool=cachegrind", "--cache-sim=no", "--cachegrind-out-file=/dev/null"])
        .arg(program)
        .args(arguments)
        .current_dir(directory)
        .output()
        .expect("valgrind runs");
    let said = String::from_utf8_lossy(&ended.stderr);
    assert!(ended.status.success(), "{arguments:?}: {said}");
    // How many blanks are in between depends on its version.
    let count = said.lines().find_map(|line| {
        let (name, count) = line.rsplit_once(':')?;
        name.split_whitespace().skip(1).eq(["I", "refs"]).then(|| count.trim().replace(',', ""))
    });
    count.and_then(|count| count.parse().ok()).unwrap_or_else(|| panic!("no count: {said}"))
}
