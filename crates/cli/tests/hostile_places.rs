//! Places that cannot be written to, directories that are gone, streams that are closed, and text in no encoding:
//! each is said with what to do about it, and what was there stays to the byte.
#![allow(clippy::print_stderr, reason = "tests say what they skip")]

mod support;

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt as _;
use std::path::Path;
use std::process::Command;

use support::{Directory, Run, find, for_all};

const MAIN: &str = "variable \"x\" {\n  default = \"1\"\n}\n\nresource \"terraform_data\" \"a\" {\n  input = \
                    var.x\n}\n\noutput \"o\" {\n  value = var.x\n}\n";

const MODULE: &str = "module \"m\" {\n  source = \"./m\"\n}\n";

/// Nobody, as whom the program runs where the test is root's: nothing keeps root from writing.
const NOBODY: &str = "65534";

/// What writes something, in a directory where that has been done already, with exit code and texts.
const WRITERS: [(&str, i32, &[&str]); 24] = [
    ("init -upgrade", 0, &[]),
    ("get -update", 0, &[]),
    ("plan -out=p.tfplan", 1, LOCK),
    (
        "plan -lock=false -out=p.tfplan",
        1,
        &["Failed to write plan file", "p.tfplan", "Nothing has been changed."],
    ),
    ("plan -lock=false -generate-config-out=gen.tf", 0, &[]),
    ("apply -auto-approve -var=x=2", 1, LOCK),
    (
        "apply -auto-approve -lock=false -var=x=2",
        1,
        &["Failed to write state", "The user that runs this may not write there"],
    ),
    ("apply saved.tfplan", 1, LOCK),
    ("destroy -auto-approve", 1, LOCK),
    ("refresh", 1, LOCK),
    ("state mv terraform_data.a terraform_data.b", 1, LOCK),
    ("state rm terraform_data.a", 1, LOCK),
    ("state push -force pushed", 1, LOCK),
    ("taint terraform_data.a", 1, LOCK),
    ("import terraform_data.b x", 1, LOCK),
    ("workspace new w", 1, &["Failed to create state", "The user that runs this may not write there"]),
    (
        "workspace select other",
        1,
        &["Failed to write state", ".terraform/environment", "may not write there"],
    ),
    ("workspace delete other", 1, LOCK),
    ("fmt", 2, &["Cannot write file", "ugly.tf", "The user that runs this may not write there"]),
    ("docs -output-file=README.md", 1, &["Cannot write file", "README.md", "may not write there"]),
    ("test -junit-xml=results.xml", 1, &["Failed to write JUnit XML file", "results.xml"]),
    ("init -migrate-state -force-copy -backend-config=path=moved", 1, LOCK),
    ("output -json", 0, &[]),
    ("plan -lock=false", 0, &[]),
];

const LOCK: &[&str] =
    &["Error acquiring the state lock", "The user that runs this may not write there", "unchanged"];

/// A directory with a state, a saved plan, two workspaces and files that `fmt` would change.
fn prepared() -> Directory {
    let directory = Directory::new(&format!("{MAIN}{MODULE}terraform {{\n  backend \"local\" {{}}\n}}\n"));
    directory.write("m/main.tf", "output \"x\" {\n  value = 1\n}\n");
    directory.write("b.tf", "resource \"terraform_data\" \"b\" {}\n");
    directory.run(&["init"]).expect(0, &[]);
    directory.run(&["apply", "-auto-approve", "-target=terraform_data.a"]).expect(0, &["1 added"]);
    directory.run(&["workspace", "new", "other"]).expect(0, &[]);
    directory.run(&["workspace", "select", "default"]).expect(0, &[]);
    directory.run(&["plan", "-var=x=3", "-out=saved.tfplan"]).expect(0, &["Saved the plan"]);
    std::fs::copy(directory.path().join("terraform.tfstate"), directory.path().join("pushed")).unwrap();
    directory.write("ugly.tf", "locals {\n    a   =  1\n}\n");
    directory.write("a.tftest.hcl", "run \"a\" {\n  command = plan\n}\n");
    directory
}

fn shell(line: &str) {
    assert!(Command::new("sh").args(["-c", line]).status().unwrap().success(), "{line}");
}

/// The program as somebody who may not write here. `None` where that cannot be done, which is said.
fn as_nobody(directory: &Directory, words: &[&str], test: &str) -> Option<Command> {
    if !rustix::process::getuid().is_root() {
        return Some(directory.command(words));
    }
    let Some(setpriv) = find("setpriv") else {
        eprintln!("skipped: {test}: no setpriv on PATH");
        return None;
    };
    let mut all = vec!["--reuid", NOBODY, "--regid", NOBODY, "--clear-groups", env!("CARGO_BIN_EXE_plumb")];
    all.extend(words);
    let mut command = directory.program(&setpriv, &all);
    // Whoever cannot reach the program itself learns nothing.
    let mut probe = Command::new(&setpriv);
    probe.args([
        "--reuid",
        NOBODY,
        "--regid",
        NOBODY,
        "--clear-groups",
        env!("CARGO_BIN_EXE_plumb"),
        "version",
    ]);
    if !probe.env_clear().current_dir("/").output().is_ok_and(|output| output.status.success()) {
        eprintln!("skipped: {test}: nobody may run the program");
        return None;
    }
    command.env("TMPDIR", directory.path());
    Some(command)
}

#[test]
fn directories_that_may_not_be_written_to_stay_as_they_are() {
    let directory = prepared();
    let path = directory.path().display();
    shell(&format!("chmod -R a+rX,a-w '{path}'"));
    let before = directory.snapshot();
    for (line, code, texts) in WRITERS {
        let words: Vec<&str> = line.split(' ').collect();
        let Some(command) =
            as_nobody(&directory, &words, "directories_that_may_not_be_written_to_stay_as_they_are")
        else {
            break;
        };
        let run = Run::with_input(command, "");
        let said = format!("{line}: {}{}", run.stdout, run.stderr);
        assert!(
            run.code == code && (code == 0 || run.stderr.contains("Error: ")) && !run.says("crashed"),
            "{said}"
        );
        for text in texts {
            assert!(run.says(text), "{text:?} is missing: {said}");
        }
        assert!(!run.says("os error") && !run.says(".plumb-"), "{said}");
        assert_eq!(directory.snapshot(), before, "{said}");
    }
    shell(&format!("chmod -R u+w '{path}'"));
}

#[test]
fn modules_and_records_that_cannot_be_written_are_named() {
    let directory = Directory::new(MODULE);
    directory.write("m/main.tf", "output \"x\" {\n  value = 1\n}\n");
    let path = directory.path().display();
    shell(&format!("chmod -R a+rX,a-w '{path}'"));
    let before = directory.snapshot();
    if let Some(command) =
        as_nobody(&directory, &["init"], "modules_and_records_that_cannot_be_written_are_named")
    {
        Run::with_input(command, "").expect(
            1,
            &[
                "Failed to update module manifest",
                ".terraform/modules/modules.json",
                "may not write there: check who owns",
            ],
        );
    }
    assert_eq!(directory.snapshot(), before);
    shell(&format!("chmod -R u+w '{path}'"));
}

#[test]
fn a_working_directory_that_is_gone_is_said() {
    let scratch = Directory::new("");
    for words in ["plan", "init", "validate", "fmt", "workspace list", "output"] {
        let line =
            format!("mkdir gone && cd gone && rmdir ../gone && exec {} {words}", env!("CARGO_BIN_EXE_plumb"));
        Run::with_input(scratch.program(Path::new("/bin/sh"), &["-c", &line]), "")
            .expect(1, &["Failed to determine current working directory", "-chdir=DIR"]);
    }
    let line = format!(
        "mkdir gone && cd gone && rmdir ../gone && exec \"$0\" -chdir='{}' validate",
        scratch.path().display()
    );
    let arguments = ["-c", &line, env!("CARGO_BIN_EXE_plumb")];
    Run::with_input(scratch.program(Path::new("/bin/sh"), &arguments), "")
        .expect(0, &["The configuration is valid."]);
}

/// Runs a line of a shell in which `$0` is the program.
fn line(directory: &Directory, line: &str) -> Run {
    let bash = find("bash").expect("bash is everywhere");
    Run::with_input(directory.program(&bash, &["-c", line, env!("CARGO_BIN_EXE_plumb")]), "")
}

fn applied() -> Directory {
    let directory = Directory::new(MAIN);
    directory.run(&["init"]).expect(0, &[]);
    directory.run(&["apply", "-auto-approve"]).expect(0, &["1 added"]);
    directory
}

#[test]
fn results_that_cannot_be_written_are_failures() {
    if !Path::new("/dev/full").exists() {
        eprintln!("skipped: results_that_cannot_be_written_are_failures: no /dev/full");
        return;
    }
    let directory = applied();
    let commands = [
        "plan",
        "show",
        "show -json",
        "output",
        "output -json",
        "output -raw o",
        "state list",
        "state pull",
        "state show terraform_data.a",
        "version",
        "version -json",
        "graph",
        "docs",
        "inventory a",
        "validate -json",
        "providers",
        "providers schema -json",
        "metadata functions -json",
        "completion bash",
        "fmt -",
    ];
    for_all(&commands, |command| {
        let run = line(&directory, &format!("echo 'a = 1' | \"$0\" {command} >/dev/full"));
        assert!(
            run.code == 1 && run.says("Error: Failed to write output"),
            "{command}: {} {}",
            run.code,
            run.stderr
        );
        // A reader who has left has seen enough.
        let run =
            line(&directory, &format!("echo 'a = 1' | \"$0\" {command} | true; exit ${{PIPESTATUS[1]}}"));
        assert!(run.code == 0 && run.stderr.is_empty(), "{command}: {} {}", run.code, run.stderr);
    });
}

#[test]
fn closed_streams_are_no_reason_to_fail() {
    let directory = applied();
    for closed in ["<&-", ">&-", "2>&-", "<&- >&- 2>&-"] {
        for command in ["plan", "validate", "state list", "apply -auto-approve"] {
            let run = line(&directory, &format!("\"$0\" {command} {closed}"));
            assert!(run.code == 0 && !run.says("crashed"), "{command} {closed}: {} {}", run.code, run.stderr);
        }
    }
    // What was done is recorded although nobody could be told.
    line(&directory, "\"$0\" apply -auto-approve -var=x=2 >&- 2>&-").expect(0, &[]);
    directory.run(&["output", "-raw", "o"]).expect(0, &["2"]);
    line(&directory, "\"$0\" apply -auto-approve -var=x=3 | true").expect(0, &[]);
    directory.run(&["output", "-raw", "o"]).expect(0, &["3"]);
}

#[test]
fn what_is_typed_in_no_encoding_is_refused() {
    let directory = applied();
    let before = directory.snapshot();
    for (input, command, text) in [
        ("head -c 3000 /dev/urandom", "console", "Cannot read standard input"),
        ("printf '\\377\\n'", "fmt -", "Invalid character encoding"),
        ("printf '\\377\\n'", "state push -", "Unsupported state file format"),
        ("printf '\\377\\n'", "apply -var=x=9", "Failed to request interactive input"),
        ("printf '%100000s' | tr ' ' '('", "console", "Too deeply nested"),
        ("printf '%100000s' | tr ' ' '['", "fmt -", "Argument or block definition required"),
        ("printf '%100000s' | tr ' ' '['", "state push -", "Invalid state file"),
    ] {
        let run = line(&directory, &format!("{input} | \"$0\" {command}"));
        assert!(
            (1..=2).contains(&run.code) && run.says(&format!("Error: {text}")),
            "{command}: {}",
            run.stderr
        );
        assert_eq!(directory.snapshot(), before, "{command}");
    }
}

#[test]
fn arguments_and_variables_in_no_encoding_are_refused() {
    let directory = applied();
    let before = directory.snapshot();
    let bytes = |text: &'static [u8]| OsStr::from_bytes(text);
    for words in [
        [bytes(b"plan"), bytes(b"-var=x=\xff")],
        [bytes(b"plan"), bytes(b"-out=\xff")],
        [bytes(b"fmt"), bytes(b"\xff.tf")],
        [bytes(b"-chdir=\xff"), bytes(b"plan")],
        [bytes(b"workspace"), bytes(b"\xff")],
    ] {
        let mut command = directory.command(&[]);
        command.args(words);
        Run::with_input(command, "")
            .expect(1, &["Error: Invalid character encoding", "is not encoded as UTF-8"]);
        assert_eq!(directory.snapshot(), before);
    }
    for name in ["TF_VAR_x", "TF_CLI_ARGS", "TF_CLI_ARGS_plan", "TF_DATA_DIR", "TF_WORKSPACE", "TF_LOG"] {
        let mut command = directory.command(&["plan"]);
        command.env(name, bytes(b"a\xffb"));
        Run::with_input(command, "").expect(1, &["Error: Invalid character encoding", name]);
        assert_eq!(directory.snapshot(), before);
    }
    // What is not meant for us is not our business, and nothing has to be there.
    let mut command = directory.command(&["plan"]);
    command.env("OTHER", bytes(b"\xff")).env_remove("HOME");
    Run::with_input(command, "").expect(0, &["No changes."]);
    for (name, text) in [
        ("TF_CLI_ARGS", "a quote in it is not closed"),
        ("TF_WORKSPACE", "Invalid workspace name set using TF_WORKSPACE"),
        ("TF_REATTACH_PROVIDERS", "Invalid provider reattachment"),
        ("TF_ENCRYPTION", "Argument or block definition required"),
    ] {
        let mut command = directory.command(&["plan"]);
        command.env(name, if name == "TF_CLI_ARGS" { "\"-x".to_owned() } else { "[".repeat(100_000) });
        Run::with_input(command, "").expect(1, &[text]);
    }
}

#[test]
fn plans_that_are_not_whole_are_refused() {
    let directory = applied();
    directory.run(&["plan", "-var=x=2", "-out=p"]).expect(0, &["1 to change"]);
    let whole = std::fs::read(directory.path().join("p")).unwrap();
    let shown = directory.run(&["show", "p"]).stdout;
    let state = directory.read("terraform.tfstate");
    let spoilt = directory.path().join("q");
    let steps: Vec<usize> = (0..12).map(|step| step * whole.len() / 12).collect();
    for at in &steps {
        std::fs::write(&spoilt, &whole[..*at]).unwrap();
        directory.run(&["apply", "q"]).expect(1, &["Failed to load \"q\" as a plan file"]);
        assert_eq!(directory.read("terraform.tfstate"), state);
    }
    for at in steps {
        let mut bytes = whole.clone();
        bytes[at] ^= 0x10;
        std::fs::write(&spoilt, bytes).unwrap();
        let run = directory.run(&["show", "q"]);
        // Some bytes of an archive, such as times, say nothing.
        let is_refused = run.code == 1
            && (run.says("Error: Failed to load \"q\" as a plan file")
                || run.says("Error: Failed to read the given file as a state or plan file"));
        assert!(is_refused || (run.code == 0 && run.stdout == shown), "{at}: {}{}", run.stdout, run.stderr);
    }
    let elsewhere = Directory::new(MAIN);
    elsewhere.run(&["init"]).expect(0, &[]);
    std::fs::copy(directory.path().join("p"), elsewhere.path().join("p")).unwrap();
    let before = elsewhere.snapshot();
    elsewhere
        .run(&["apply", "p"])
        .expect(1, &["Saved plan does not match the given state", "Make a new plan"]);
    assert_eq!(elsewhere.snapshot(), before);
}
