//! What goes wrong is explained, with its place, and loses nothing.

mod support;

use std::time::{Duration, Instant};

use support::{Directory, signal};

const JOURNAL: &str = "terraform.tfstate.journal";

#[test]
fn mistakes_are_shown_where_they_are() {
    // Configuration, texts of the message.
    let cases: [(&str, &[&str]); 9] = [
        ("resource \"terraform_data\" \"a\" {\n", &["Unclosed configuration block", "main.tf line 1"]),
        (
            "variable \"region\" {\n  default = 1\n}\noutput \"a\" {\n  value = var.regoin\n}\n",
            &["undeclared input variable", "main.tf line 5", "Did you mean \"region\"?"],
        ),
        ("locals {\n  a = local.b\n  b = local.a\n}\n", &["Cycle", "main.tf line 2", "main.tf line 3"]),
        ("resource \"terraform_data\" \"a\" {\n  count = \"x\"\n}\n", &["main.tf line 2", "count"]),
        (
            "resource \"local_file\" \"a\" {\n  contents = \"x\"\n  filename = \"x\"\n}\n",
            &["Unsupported argument", "main.tf line 2", "Did you mean \"content\"?"],
        ),
        ("resource \"local_fil\" \"a\" {}\n", &["local_fil", "Did you mean \"local_file\"?"]),
        ("output \"a\" {\n  value = \"a\" + 1\n}\n", &["Invalid operand", "main.tf line 2"]),
        (
            "terraform {\n  required_version = \"< 1.0\"\n}\n",
            &["Unsupported Terraform Core version", "main.tf line 2"],
        ),
        ("module \"m\" {\n  source = \"./nowhere\"\n}\n", &["Module not installed", "main.tf line 1"]),
    ];
    for (main, texts) in cases {
        let directory = Directory::new(main);
        directory.run(&["plan", "-input=false"]).expect(1, texts);
        assert!(!directory.exists("terraform.tfstate"), "{main}");
    }
    // Validation for programs is one document, whatever is wrong.
    let directory = Directory::new("output \"a\" {\n  value = var.b\n}\n");
    let run = directory.run(&["validate", "-json"]).expect(1, &["\"valid\": false", "\"error_count\": 1"]);
    assert!(run.stderr.is_empty() && run.stdout.starts_with('{'));
}

#[test]
fn validation_tells_everything_at_once_and_initialising_nothing_of_it() {
    let directory = Directory::new(
        "output \"a\" {\n  value = var.nothing\n}\noutput \"b\" {\n  value = upper()\n}\noutput \"c\" {\n  value = foo\n}\n\
         resource \"terraform_data\" \"a\" {\n  inptu = 1\n}\n",
    );
    directory.run(&["init"]).expect(0, &["successfully initialized"]);
    directory.run(&["validate"]).expect(
        1,
        &[
            "undeclared input variable",
            "Not enough function arguments",
            "Invalid reference",
            "Did you mean \"input\"?",
        ],
    );
    let directory = Directory::new("locals {\n  a = local.b\n  b = local.a\n}\n");
    directory.run(&["init"]).expect(0, &["successfully initialized"]);
    directory.run(&["validate"]).expect(1, &["Cycle"]);
    let directory = Directory::new("");
    std::fs::write(directory.path().join("more.tf.json"), "{\n  \"output\": {,}\n}\n").unwrap();
    for command in ["init", "validate", "plan", "apply", "destroy"] {
        directory.run(&[command]).expect(1, &["Invalid object property name", "more.tf.json line 2"]);
    }
    let directory = Directory::new("provider \"terraform\" {\n  version = \"new\"\n}\n");
    directory.run(&["init"]).expect(1, &["Invalid version constraint", "main.tf line 2"]);
}

#[test]
fn plugins_must_be_installed_first() {
    let directory = Directory::new("resource \"aws_instance\" \"a\" {}\n");
    for command in ["plan", "validate"] {
        directory.run(&[command]).expect(
            1,
            &["Inconsistent dependency lock file", "provider registry.terraform.io/hashicorp/aws: required by this configuration but no version is selected", "plumb init"],
        );
    }
    directory.run(&["init", "-plugin-dir=nowhere"]).expect(1, &["hashicorp/aws"]);
}

#[test]
fn directories_without_configuration() {
    let directory = Directory::new("");
    std::fs::remove_file(directory.path().join("main.tf")).unwrap();
    directory.run(&["plan"]).expect(1, &["No configuration files"]);
    directory.run(&["init"]).expect(0, &["initialized in an empty directory!"]);
    directory.run(&["state", "list"]).expect(1, &["No state file was found"]);
    directory.run(&["-chdir=nowhere", "plan"]).expect(1, &["-chdir"]);
}

#[test]
fn damaged_states_are_left_alone() {
    for text in ["{\"version\": 4, \"ser", "{\"version\": 99}", "nonsense"] {
        let directory = Directory::new("resource \"terraform_data\" \"a\" {}\n");
        directory.write("terraform.tfstate", text);
        directory
            .run(&["apply", "-auto-approve"])
            .expect(1, &["terraform.tfstate", "Nothing has been changed."]);
        assert_eq!(directory.read("terraform.tfstate"), text);
    }
}

#[test]
fn options_that_contradict_each_other() {
    let directory = Directory::new("");
    let cases: [(&[&str], &str); 7] = [
        (&["plan", "-destroy", "-refresh-only"], "mutually-exclusive"),
        (&["plan", "-refresh-only", "-refresh=false"], "nothing to do"),
        (&["apply", "-refresh-only", "-refresh=config"], "only at what changes"),
        (&["plan", "-replace=a"], "-replace"),
        (&["plan", "-parallelism=0"], "Invalid parallelism value"),
        (&["plan", "-lock-timeout=soon"], "length of time"),
        (&["destroy", "p"], "Destroy can't be called with a plan file"),
    ];
    for (arguments, text) in cases {
        directory.run(arguments).expect(1, &[text]);
    }
}

const SLOW: &str = "resource \"time_sleep\" \"slow\" {\n  create_duration = \"30s\"\n}\nresource \"terraform_data\" \"after\" {\n  \
                    input = time_sleep.slow.id\n}\nresource \"terraform_data\" \"quick\" {}\n";

/// Starts an apply and waits until it has begun.
fn begun(directory: &Directory) -> std::process::Child {
    support::begun(directory, &["apply", "-auto-approve"], ("terraform.tfstate.journal", "terraform_data"))
}

#[test]
fn locked_states_are_refused_by_name() {
    let directory = Directory::new(SLOW);
    let mut child = begun(&directory);
    directory.run(&["plan"]).expect(
        1,
        &["Error acquiring the state lock", "Lock Info:", "Operation: OperationTypeApply", "-lock-timeout"],
    );
    directory.run(&["force-unlock", "-force", "wrong"]).expect(1, &["Failed to unlock state"]);
    child.kill().unwrap();
    child.wait().unwrap();
}

#[test]
fn interrupts_stop_gracefully() {
    let directory = Directory::new(SLOW);
    let child = begun(&directory);
    signal(&child, "-TERM");
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&output.stderr).contains("Interrupt received."));
    assert_eq!(directory.run(&["state", "list"]).stdout, "terraform_data.quick\n");
    assert!(!directory.exists("terraform.tfstate.journal"));
}

#[test]
fn a_second_interrupt_waits_for_nothing() {
    // Nobody reads from the pipe, so whoever opens it to write waits for ever.
    let directory = Directory::new(
        "resource \"local_file\" \"stuck\" {\n  filename = \"pipe\"\n  content  = \"x\"\n}\n\nresource \"terraform_data\" \
         \"quick\" {}\n",
    );
    let pipe = directory.path().join("pipe");
    assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let arguments = ["apply", "-auto-approve"];
    let child = support::begun(&directory, &arguments, (JOURNAL, "local_file.stuck"));
    support::wait_until(|| directory.read(JOURNAL).contains("\"kind\":\"result\""), "nothing is recorded");
    signal(&child, "-INT");
    std::thread::sleep(Duration::from_millis(300));
    let asked = Instant::now();
    signal(&child, "-INT");
    let output = child.wait_with_output().unwrap();
    assert!(asked.elapsed() < Duration::from_secs(5), "{:?}", asked.elapsed());
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    let last = text.rsplit("Error: ").next().unwrap_or_default();
    assert_eq!(output.status.code(), Some(1), "{text}");
    assert!(last.starts_with("Interrupted") && last.contains("- create local_file.stuck"), "{text}");
    assert!(directory.exists(JOURNAL) && directory.exists("terraform.tfstate"));
    directory
        .run(&["plan"])
        .expect(0, &["Interrupted while a change was under way", "create of local_file.stuck"]);
    assert_eq!(directory.run(&["state", "list"]).stdout, "terraform_data.quick\n");
}

#[test]
fn nothing_is_lost_when_killed() {
    let directory = Directory::new(SLOW);
    let mut child = begun(&directory);
    child.kill().unwrap();
    child.wait().unwrap();
    directory.run(&["state", "list"]).expect(0, &["terraform_data.quick", "Recovered an interrupted run"]);
    directory.run(&["plan"]).expect(0, &["Recovered an interrupted run", "Plan: 2 to add"]);
    // The plan has written down what was recovered.
    let run = directory.run(&["plan"]).expect(0, &["Plan: 2 to add"]);
    assert!(!run.stdout.contains("Recovered"));
}
