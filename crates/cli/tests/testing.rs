//! `plumb test` as users meet it: what is printed, written and left behind.

mod support;

use support::Directory;

const MAIN: &str = r#"
variable "name" {
  default = "x"
}

resource "terraform_data" "it" {
  input = var.name
}

output "name" {
  value = terraform_data.it.output
}

output "secret" {
  value     = sensitive("hush-${var.name}")
  sensitive = true
}
"#;

const GOOD: &str = r#"
run "one" {
  assert {
    condition     = output.name == "x"
    error_message = "It is ${output.name}."
  }
}
"#;

fn with(tests: &[(&str, &str)]) -> Directory {
    let directory = Directory::new(MAIN);
    for (name, text) in tests {
        directory.write(name, text);
    }
    directory
}

#[test]
fn what_passes_is_told_in_few_words_and_leaves_nothing_behind() {
    let directory = with(&[("tests/a.tftest.hcl", GOOD)]);
    let run = directory.run(&["test", "-no-color"]);
    assert_eq!(run.code, 0, "{}{}", run.stdout, run.stderr);
    assert_eq!(
        run.stdout,
        "tests/a.tftest.hcl... in progress\n  run \"one\"... pass\ntests/a.tftest.hcl... tearing down\n\
         tests/a.tftest.hcl... pass\n\nSuccess! 1 passed, 0 failed.\n"
    );
    assert_eq!(run.stderr, "");
    assert!(!directory.exists("terraform.tfstate"));
}

#[test]
fn secrets_are_not_in_what_is_said_of_an_assertion() {
    let directory = with(&[(
        "a.tftest.hcl",
        r#"
run "one" {
  assert {
    condition     = output.secret == "other"
    error_message = "It is ${output.secret}."
  }
}

run "two" {
  variables {
    name = run.one.secret
  }

  assert {
    condition     = var.name == "other"
    error_message = "It is not the other."
  }
}
"#,
    )]);
    for arguments in [&["test"][..], &["test", "-json"], &["test", "-junit-xml=out.xml"]] {
        let run = directory.run(arguments);
        assert_eq!(run.code, 1);
        let said = format!("{}{}", run.stdout, run.stderr);
        assert!(said.contains("Test assertion failed") && !said.contains("hush"), "{said}");
    }
    assert!(!directory.read("out.xml").contains("hush"));
}

#[test]
fn results_are_written_for_programs() {
    let directory = with(&[
        ("a.tftest.hcl", GOOD),
        (
            "b.tftest.hcl",
            "run \"wrong <&> \\\"quoted\\\"\" {\n  assert {\n    condition = output.name == \"]]>\"\n    error_message = \"no ]]> \
             here\"\n  }\n}\nrun \"broken\" {\n  variables {\n    name = var.none\n  }\n}\nrun \"after\" {\n}\n",
        ),
    ]);
    let run = directory.run(&["test", "-junit-xml=out.xml"]);
    assert_eq!(run.code, 1);
    // A run whose name is no name is refused before anything is run.
    assert!(run.stderr.contains("Invalid run block name"), "{}", run.stderr);
    assert!(!directory.exists("out.xml"));
    let text = directory.read("b.tftest.hcl").replace("wrong <&> \\\"quoted\\\"", "wrong");
    directory.write("b.tftest.hcl", &text);
    let run = directory.run(&["test", "-junit-xml=out.xml"]);
    assert_eq!(run.code, 1);
    let written = directory.read("out.xml");
    for part in [
        "<testsuite name=\"a.tftest.hcl\" tests=\"1\" skipped=\"0\" failures=\"0\" errors=\"0\">",
        "<testsuite name=\"b.tftest.hcl\" tests=\"3\" skipped=\"1\" failures=\"1\" errors=\"1\">",
        "<failure message=\"1 of 1 assertions failed, including: no ]]&gt; here\">",
        "]]]]><![CDATA[> here",
        "<error message=\"Encountered an error\">",
        "<skipped message=\"Testcase skipped due to a previous testcase error\">",
    ] {
        assert!(written.contains(part), "{part}\n{written}");
    }
    let run = directory.run(&["test", "-filter=a.tftest.hcl", "-junit-xml=none/out.xml"]);
    assert_eq!(run.code, 1);
    assert!(run.stderr.contains("Failed to write JUnit XML file"), "{}", run.stderr);
}

#[test]
fn what_runs_make_is_shown_where_that_is_asked_for() {
    let planned =
        format!("{GOOD}run \"two\" {{\n  command = plan\n  variables {{\n    name = \"y\"\n  }}\n}}\n");
    let directory = with(&[("a.tftest.hcl", &planned)]);
    let run = directory.run(&["test", "-no-color", "-verbose"]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    for part in [
        "# terraform_data.it:",
        "name = \"x\"",
        "terraform_data.it will be updated in-place",
        "\"x\" -> \"y\"",
    ] {
        assert!(run.stdout.contains(part), "{part}\n{}", run.stdout);
    }
    let run = directory.run(&["test", "-json", "-verbose"]);
    let kinds: Vec<String> = run
        .stdout
        .lines()
        .map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap())
        .map(|message| message["type"].as_str().unwrap().to_owned())
        .collect();
    let expected = [
        "version",
        "test_abstract",
        "test_file",
        "test_run",
        "test_run",
        "test_state",
        "test_run",
        "test_run",
        "test_plan",
        "test_file",
        "test_run",
        "test_file",
        "test_summary",
    ];
    assert_eq!(kinds, expected);
}

#[test]
fn what_cannot_be_run_is_refused_clearly() {
    let directory = with(&[("a.tftest.json", r#"{"run": {"a": {"comand": "plan"}}}"#)]);
    for arguments in [&["test"][..], &["validate"], &["init"]] {
        let run = directory.run(arguments);
        assert_eq!(run.code, 1, "{arguments:?}");
        assert!(run.stderr.contains("Extraneous JSON object property"), "{}", run.stderr);
        assert!(run.stderr.contains("Did you mean \"command\"?"), "{}", run.stderr);
    }
    assert_eq!(directory.run(&["plan"]).code, 0);
    let directory = with(&[("a.tftest.hcl", GOOD)]);
    let run = directory.run(&["test", "-cloud-run=app.example.com/a/b/c"]);
    assert_eq!(run.code, 1);
    assert!(run.stderr.contains("Remote test runs not supported"), "{}", run.stderr);
    let run = directory.run(&["test", "-filter=b.tftest.hcl"]);
    assert_eq!(run.code, 0);
    assert!(run.stdout.contains("Unknown test file") && run.stdout.contains("Success! 0 passed, 0 failed."));
}

#[test]
fn runs_go_side_by_side_where_they_may() {
    let slow = r#"
resource "terraform_data" "it" {
  provisioner "local-exec" {
    command = "sleep 2"
  }
}
output "id" {
  value = terraform_data.it.id
}
"#;
    let directory = Directory::new(slow);
    directory.write(
        "a.tftest.hcl",
        r#"
test {
  parallel = true
}
run "one" {
  state_key = "one"
}
run "two" {
  state_key = "two"
}
run "three" {
  state_key = "three"
}
run "after" {
  state_key = "one"
  assert {
    condition     = output.id == run.one.id
    error_message = "It is another object."
  }
}
"#,
    );
    let since = std::time::Instant::now();
    let run = directory.run(&["test", "-no-color"]);
    assert_eq!(run.code, 0, "{}{}", run.stdout, run.stderr);
    assert!(since.elapsed() < std::time::Duration::from_secs(6), "they have waited for each other");
    assert!(run.stdout.contains("Success! 4 passed, 0 failed."), "{}", run.stdout);
}

#[cfg(unix)]
mod interrupts {
    use super::support::{Directory, begun, signal};

    const SLOW: &str = r#"
resource "terraform_data" "first" {
}

resource "terraform_data" "slow" {
  depends_on = [terraform_data.first]

  provisioner "local-exec" {
    command = "echo begun > begun; sleep 3; echo ended > ended"
  }
}
"#;
    const RUNS: &str = "run \"slow\" {\n}\n\nrun \"next\" {\n}\n";

    fn directory() -> Directory {
        let directory = Directory::new(SLOW);
        directory.write("a.tftest.hcl", RUNS);
        directory
    }

    #[test]
    fn the_first_lets_what_runs_end_and_destroys_what_was_made() {
        let directory = directory();
        let run = begun(&directory, &["test", "-no-color"], ("begun", "begun"));
        signal(&run, "-INT");
        let output = run.wait_with_output().unwrap();
        let stdout = String::from_utf8(output.stdout).unwrap();
        assert_eq!(output.status.code(), Some(1), "{stdout}");
        assert!(directory.exists("ended"), "{stdout}");
        for part in ["run \"slow\"... fail", "run \"next\"... skip", "a.tftest.hcl... tearing down"] {
            assert!(stdout.contains(part), "{part}\n{stdout}");
        }
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert!(!stderr.contains("left the following resources"), "{stderr}");
    }

    #[test]
    fn the_second_ends_at_once_and_names_what_is_left() {
        let directory = directory();
        let run = begun(&directory, &["test", "-no-color"], ("begun", "begun"));
        signal(&run, "-INT");
        std::thread::sleep(std::time::Duration::from_millis(200));
        signal(&run, "-INT");
        let output = run.wait_with_output().unwrap();
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(1), "{stderr}");
        assert!(!directory.exists("ended"), "{stderr}");
        let words = stderr.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(words.contains("may not have performed the expected cleanup operations"), "{stderr}");
        assert!(!words.contains("journal"), "{stderr}");
        assert!(stderr.contains("  - terraform_data.first"), "{stderr}");
    }
}
