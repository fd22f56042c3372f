//! A library of others that drives `terraform` in Python drives this program, and finds what it expects.

#![expect(clippy::print_stderr, reason = "what was skipped is for people")]

mod support;

use std::path::Path;
use std::process::Command;

use support::{Directory, Run, find};

const NAME: &str = "a_library_for_tests_of_modules_drives_the_program";

const MODULE: &str = r#"
terraform {
  backend "local" {}
}

variable "names" {
  type = set(string)
}

resource "terraform_data" "named" {
  for_each = var.names
  input    = each.key
}

module "inner" {
  source = "./inner"
}

output "names" {
  value = sort([for each in terraform_data.named : each.input])
}

output "secret" {
  value     = "sesame"
  sensitive = true
}
"#;

#[test]
fn a_library_for_tests_of_modules_drives_the_program() {
    let Some(python) = find("python3") else {
        eprintln!("skipped: {NAME}: no python3 on PATH");
        return;
    };
    let has_library = Command::new(&python).args(["-c", "import tftest"]).output().unwrap().status.success();
    if !has_library {
        eprintln!("skipped: {NAME}: python3 has no tftest; pip install tftest");
        return;
    }
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/client_library/drive.py");
    let drive = |program: &Path| {
        let directory = Directory::new("");
        directory.write("module/main.tf", MODULE);
        directory.write("module/inner/main.tf", "resource \"terraform_data\" \"inner\" {}\n");
        let arguments = [script.as_os_str(), program.as_os_str(), directory.path().as_os_str()];
        let arguments: Vec<&str> = arguments.into_iter().map(|argument| argument.to_str().unwrap()).collect();
        let mut command = directory.program(&python, &arguments);
        // Tools that choose between versions of Python look for their own under it.
        command.env("HOME", std::env::var_os("HOME").unwrap_or_default());
        Run::with_input(command, "").expect(0, &["driven"]);
    };
    drive(Path::new(env!("CARGO_BIN_EXE_plumb")));
    match find("terraform") {
        Some(terraform) => drive(&terraform),
        None => eprintln!("skipped: {NAME} (beside terraform): no terraform on PATH"),
    }
}
