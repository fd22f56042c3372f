//! Programs that run beside the making and destroying of objects: what becomes of them, and of the
//! objects, when a run ends before its time.
#![cfg(unix)]

mod support;

use std::process::Child;

use support::{Directory, begun, signal, wait_until};

/// Writes down its own number, and starts something that goes on for long.
const LONG: &str = r#"
resource "terraform_data" "a" {
  provisioner "local-exec" {
    command = "sleep 600 & echo $! > pid; wait; echo ended"
  }
}
"#;

/// A run whose provisioner has begun, and the number of a program that this one has started.
fn provisioning() -> (Directory, Child, String) {
    let directory = Directory::new(LONG);
    let run = begun(&directory, &["apply", "-auto-approve"], ("pid", "\n"));
    let program = directory.read("pid").trim().to_owned();
    assert!(is_running(&program));
    (directory, run, program)
}

/// Whether this system tells of its processes; a test that needs that is named where it does not.
#[expect(clippy::print_stderr, reason = "a test that cannot run says so")]
fn has_processes(test: &str) -> bool {
    let has_processes = std::path::Path::new("/proc/self/stat").exists();
    if !has_processes {
        eprintln!("skipped: {test}: no /proc");
    }
    has_processes
}

fn is_running(program: &str) -> bool {
    let status = std::fs::read_to_string(format!("/proc/{program}/stat"));
    // One that has ended may wait for somebody to ask how.
    status.is_ok_and(|text| !text.contains(") Z "))
}

#[test]
fn a_first_interrupt_lets_a_program_come_to_its_end() {
    if !has_processes("a_first_interrupt_lets_a_program_come_to_its_end") {
        return;
    }
    let (directory, run, program) = provisioning();
    signal(&run, "-INT");
    std::thread::sleep(std::time::Duration::from_millis(200));
    assert!(is_running(&program));
    assert!(std::process::Command::new("kill").arg(&program).status().unwrap().success());
    let output = run.wait_with_output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(text.contains("terraform_data.a (local-exec): ended"), "{text}");
    assert!(!directory.read("terraform.tfstate").contains("tainted"));
}

#[test]
fn a_second_interrupt_ends_a_program_with_all_that_it_has_started() {
    if !has_processes("a_second_interrupt_ends_a_program_with_all_that_it_has_started") {
        return;
    }
    let (directory, run, program) = provisioning();
    signal(&run, "-INT");
    std::thread::sleep(std::time::Duration::from_millis(200));
    signal(&run, "-INT");
    assert!(!run.wait_with_output().unwrap().status.success());
    wait_until(|| !is_running(&program), "the program goes on");
    directory.run(&["plan"]).expect(0, &["terraform_data.a is tainted, so must be replaced"]);
}

#[test]
fn an_object_whose_provisioner_a_crash_cut_off_is_known_and_tainted() {
    let directory = Directory::new(LONG);
    let run = begun(&directory, &["apply", "-auto-approve"], ("pid", "\n"));
    let program = directory.read("pid").trim().to_owned();
    signal(&run, "-KILL");
    wait_alone(run);
    assert!(std::process::Command::new("kill").arg(&program).status().unwrap().success());
    directory
        .run(&["plan"])
        .expect(0, &["Recovered an interrupted run", "terraform_data.a is tainted, so must be replaced"]);
}

/// What a killed run has started still holds its output, so only its own end is waited for.
fn wait_alone(mut run: Child) {
    drop((run.stdout.take(), run.stderr.take()));
    run.wait().unwrap();
}

#[test]
fn saved_plans_run_provisioners() {
    let directory = Directory::new(
        "variable \"word\" {}\nresource \"terraform_data\" \"a\" {\n  provisioner \"local-exec\" {\n    command = \"echo \
         the word is ${var.word}\"\n  }\n}\n",
    );
    directory.run(&["plan", "-var=word=this", "-out=plan"]).expect(0, &["Plan: 1 to add"]);
    directory.write("main.tf", "");
    directory.run(&["apply", "plan"]).expect(0, &["terraform_data.a (local-exec): the word is this"]);
}

#[test]
fn secrets_are_neither_in_the_output_nor_in_the_error() {
    let directory = Directory::new(
        "resource \"terraform_data\" \"a\" {\n  provisioner \"local-exec\" {\n    command = \"echo \
         ${sensitive(\"hush-hush\")}; exit 3\"\n  }\n}\n",
    );
    let run = directory.run(&["apply", "-auto-approve"]).expect(
        1,
        &[
            "(output suppressed due to sensitive value in config)",
            "local-exec provisioner error",
            "exit status 3",
        ],
    );
    assert!(!run.says("hush-hush"));
}

#[test]
fn removed_blocks_run_provisioners_before_the_destruction() {
    let directory = Directory::new("resource \"terraform_data\" \"a\" {\n  count = 2\n  input = \"x\"\n}\n");
    directory.run(&["apply", "-auto-approve"]).expect(0, &["2 added"]);
    directory.write(
        "main.tf",
        "removed {\n  from = terraform_data.a\n  lifecycle {\n    destroy = true\n  }\n  provisioner \"local-exec\" {\n    \
         when    = destroy\n    command = \"echo bye ${self.input}${count.index}\"\n  }\n}\n",
    );
    directory.run(&["apply", "-auto-approve"]).expect(0, &["bye x0", "bye x1", "2 destroyed"]);
}
