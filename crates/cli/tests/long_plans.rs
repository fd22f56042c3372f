//! Long plans and their output: what is shown, on request all of it; what comes of readers that go away
//! and of disks that are full; and that lines which are written together keep their order.

mod support;

use std::io::Read as _;
use std::process::{Command, Stdio};

use support::{Directory, Run, signal};

const COUNTED: &str =
    "resource \"terraform_data\" \"item\" {\n  count = 300\n  input = \"item ${count.index}\"\n}\n";

const DRAWN: &str = "# terraform_data.item[150] will be created";

#[test]
fn all_of_a_plan_is_shown_on_request() {
    let directory = Directory::new(COUNTED);
    let named = "299 more like it will be created: # terraform_data.item[1] to [299]";
    let note = "299 of 300 changes are summarised above; -full draws each of them.";
    let summary = "Plan: 300 to add, 0 to change, 0 to destroy.";
    let is_short = |run: Run| {
        let run = run.expect(0, &[named, note, summary]);
        assert!(!run.says(DRAWN), "{}", run.stdout);
    };
    let is_full = |run: Run| {
        let run = run.expect(0, &[DRAWN, summary]);
        assert_eq!(run.stdout.matches(" will be created\n").count(), 300);
        assert!(!run.says("summarised"), "{}", run.stdout);
    };
    is_short(directory.run(&["plan", "-out=saved"]));
    is_full(directory.run(&["plan", "-full"]));
    is_short(directory.run(&["show", "saved"]));
    is_full(directory.run(&["show", "-full", "saved"]));
    let json = directory.run(&["show", "-json", "saved"]).expect(0, &[]).stdout;
    assert_eq!(json.matches("\"actions\":[\"create\"]").count(), 300);
    let json = directory.run(&["plan", "-json"]).expect(0, &[]).stdout;
    assert_eq!(json.matches("\"type\":\"planned_change\"").count(), 300);
    is_full(directory.run(&["apply", "-auto-approve", "-full"]));
    let run = directory.run(&["destroy", "-auto-approve"]);
    let run = run.expect(0, &["299 more like it will be destroyed: # terraform_data.item[1] to [299]"]);
    assert!(!run.says("# terraform_data.item[150] will be destroyed"));
}

#[test]
fn the_option_is_explained_and_completed() {
    let directory = Directory::new("");
    for command in ["plan", "apply", "destroy", "show"] {
        directory
            .run(&[command, "-help"])
            .expect(0, &["-full Draw every change of a long plan, instead of one for all that are alike"]);
    }
    for shell in ["bash", "zsh", "fish"] {
        let script = directory.run(&["completion", shell]).expect(0, &[]).stdout;
        assert!(script.contains("--full") || script.contains("-l full"), "{shell}");
    }
}

/// Runs with a reader who reads a little and goes away.
fn read_a_little(directory: &Directory, arguments: &[&str]) -> (i32, String) {
    let mut command = directory.command(arguments);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut some = [0; 64];
    child.stdout.take().unwrap().read_exact(&mut some).unwrap();
    let output = child.wait_with_output().unwrap();
    (output.status.code().unwrap_or(-1), String::from_utf8(output.stderr).unwrap())
}

#[test]
fn readers_may_go_away() {
    // More than fits into the pipe.
    let directory = Directory::new(&COUNTED.replace("300", "3000"));
    directory.run(&["plan", "-out=saved"]).expect(0, &[]);
    let quietly = (0, String::new());
    assert_eq!(read_a_little(&directory, &["show", "-full", "saved"]), quietly);
    assert_eq!(read_a_little(&directory, &["show", "-json", "saved"]), quietly);
    // What is done goes on, and the exit code is the same as ever.
    assert_eq!(read_a_little(&directory, &["plan", "-full", "-detailed-exitcode"]).0, 2);
    assert_eq!(read_a_little(&directory, &["apply", "-auto-approve", "-full"]), quietly);
    assert_eq!(directory.run(&["state", "list"]).expect(0, &[]).stdout.lines().count(), 3000);
    assert_eq!(read_a_little(&directory, &["state", "list"]), quietly);
    assert_eq!(read_a_little(&directory, &["show"]), quietly);
}

#[cfg(target_os = "linux")]
#[test]
fn half_a_result_is_a_failure() {
    let directory = Directory::new(&format!("{COUNTED}output \"text\" {{\n  value = \"x\"\n}}\n"));
    directory.run(&["plan", "-out=saved"]).expect(0, &[]);
    let on_full_disk = |arguments: &[&str]| {
        let full = std::fs::File::options().write(true).open("/dev/full").unwrap();
        let output = directory.command(arguments).stdout(full).stderr(Stdio::piped()).output().unwrap();
        (output.status.code().unwrap_or(-1), String::from_utf8(output.stderr).unwrap())
    };
    let fails = |arguments: &[&str]| {
        let (code, text) = on_full_disk(arguments);
        assert!(code == 1 && text.contains("Failed to write output"), "{arguments:?}: {code}, {text}");
    };
    fails(&["show", "saved"]);
    fails(&["show", "-json", "saved"]);
    fails(&["plan"]);
    // Nobody sees what is done, and nobody has asked to.
    assert_eq!(on_full_disk(&["apply", "-auto-approve"]), (0, String::new()));
    for arguments in
        [&["state", "pull"][..], &["state", "list"], &["output"], &["output", "-json"], &["show"]]
    {
        fails(arguments);
    }
}

/// Runs with everything that is printed in one file, as on a terminal.
fn in_one_file(directory: &Directory, arguments: &[&str]) -> Command {
    let file = std::fs::File::create(directory.path().join("all")).unwrap();
    let mut command = directory.command(arguments);
    command.stdout(file.try_clone().unwrap()).stderr(file);
    command
}

#[test]
fn lines_that_are_written_together_keep_their_order() {
    let fails = "resource \"local_file\" \"bad\" {\n  filename = \"main.tf/${terraform_data.item[299].output}\"\n  content  = \"\"\n}\n";
    let directory = Directory::new(&format!("{COUNTED}{fails}"));
    assert_eq!(in_one_file(&directory, &["apply", "-auto-approve"]).status().unwrap().code(), Some(1));
    let all = directory.read("all");
    let at = |text: &str| all.find(text).unwrap_or_else(|| panic!("{text:?} is not in:\n{all}"));
    let planned = at("Plan: 301 to add");
    for number in 0..300 {
        let begun = at(&format!("terraform_data.item[{number}]: Creating...\n"));
        let done = at(&format!("terraform_data.item[{number}]: Creation complete after "));
        assert!(planned < begun && begun < done, "{number}");
    }
    assert!(at("terraform_data.item[299]: Creation complete") < at("local_file.bad: Creating...\n"));
    let last = all.rfind("Creation complete").unwrap().max(at("local_file.bad: Creating...\n"));
    assert!(last < at("Error: ") && at("Error: ") < at("Apply incomplete"), "{all}");
}

#[test]
fn an_interrupt_is_answered_behind_what_was_said_before() {
    let main = "resource \"time_sleep\" \"wait\" {\n  count = 8\n  create_duration = \"1s\"\n}\n";
    let directory = Directory::new(main);
    let mut child = in_one_file(&directory, &["apply", "-auto-approve"]).spawn().unwrap();
    support::wait_until(
        || directory.read("all").contains("time_sleep.wait[0]: Creating..."),
        "nothing begins",
    );
    signal(&child, "-INT");
    child.wait().unwrap();
    let all = directory.read("all");
    let at = |text: &str| all.rfind(text).unwrap_or_else(|| panic!("{text:?} is not in:\n{all}"));
    // What has begun was told before, and nothing begins after.
    assert!(at(": Creating...\n") < at("Interrupt received"), "{all}");
    assert!(at("Interrupt received") < at("Error: "), "{all}");
}

#[test]
fn an_interrupt_does_not_wait_for_a_reader() {
    let directory = Directory::new(&COUNTED.replace("300", "3000"));
    let mut command = directory.command(&["apply", "-auto-approve"]);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    // Nobody reads what is on standard output, and so everything comes to a halt.
    let journal = || {
        directory.left_of(".terraform.tfstate").iter().map(|name| directory.read(name).len()).sum::<usize>()
    };
    support::wait_until(|| journal() > 0, "nothing is begun");
    let mut before = 0;
    support::wait_until_of(
        &mut before,
        |before| {
            std::thread::sleep(std::time::Duration::from_millis(300));
            let now = journal();
            std::mem::replace(before, now) == now
        },
        "it goes on and on",
    );
    signal(&child, "-INT");
    let mut stderr = child.stderr.take().unwrap();
    let mut said = [0; 20];
    stderr.read_exact(&mut said).unwrap();
    signal(&child, "-INT");
    support::wait_until_of(&mut child, |child| child.try_wait().unwrap().is_some(), "it does not end");
    let mut rest = String::new();
    stderr.read_to_string(&mut rest).unwrap();
    assert!(rest.contains("Two interrupts received"), "{rest}");
}
