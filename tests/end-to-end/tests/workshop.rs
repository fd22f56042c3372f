//! `examples/aws-emulator` with its state in a bucket and its lock in a table, which were made first and
//! keep their own state themselves; Terraform and Plumb take turns on all of it.

use std::fs;
use std::path::{Path, PathBuf};

use plumb_end_to_end::{Setting, Tool, copy_configuration, example};

/// What states and locks are kept in.
const FOUNDATION: &str = r#"
terraform {
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "~> 5.100"
    }
  }
}

provider "aws" {
  skip_credentials_validation = true
  skip_requesting_account_id  = true
  skip_metadata_api_check     = true
  s3_use_path_style           = true
}

variable "name" {
  type = string
}

resource "aws_s3_bucket" "states" {
  bucket        = "${var.name}-states"
  force_destroy = true
}

resource "aws_dynamodb_table" "locks" {
  name         = "${var.name}-locks"
  billing_mode = "PAY_PER_REQUEST"
  hash_key     = "LockID"

  attribute {
    name = "LockID"
    type = "S"
  }
}

output "bucket" {
  value = aws_s3_bucket.states.bucket
}
"#;

const NO_CHANGES: [&str; 2] = ["plan", "-detailed-exitcode"];

/// A backend in the bucket and the table of that name.
fn backend(name: &str, key: &str) -> String {
    format!(
        "terraform {{\n  backend \"s3\" {{\n    bucket         = \"{name}-states\"\n    key            = \"{key}\"\n    \
         dynamodb_table = \"{name}-locks\"\n    use_lockfile   = true\n    use_path_style = true\n\n    \
         skip_credentials_validation = true\n    skip_requesting_account_id  = true\n    skip_metadata_api_check     = \
         true\n  }}\n}}\n"
    )
}

fn written(directory: PathBuf, files: &[(&str, &str)]) -> PathBuf {
    fs::create_dir_all(&directory).expect("a directory");
    for (name, text) in files {
        fs::write(directory.join(name), text).expect("a file");
    }
    directory
}

/// One tool makes bucket and table with its state on this machine, and moves the state there; the other one
/// finds it.
fn foundation(setting: &Setting, name: &str, (maker, finder): (&Tool, &Tool)) -> PathBuf {
    let values = format!("name = \"{name}\"\n");
    let files = [("main.tf", FOUNDATION), ("terraform.tfvars", values.as_str())];
    let made = written(setting.scratch.path().join(name), &files);
    maker.expect(0, &made, &["init"]);
    maker.expect(0, &made, &["apply", "-auto-approve"]);

    let block = backend(name, "foundation.tfstate");
    fs::write(made.join("backend.tf"), &block).expect("a file");
    maker.expect(1, &made, &["plan"]);
    maker.expect_with_input(0, &made, &["init", "-migrate-state"], "yes\n");
    maker.expect(0, &made, &NO_CHANGES);
    let left = fs::read_to_string(made.join("terraform.tfstate")).expect("the state of before");
    assert!(!left.contains("aws_s3_bucket"), "nobody goes on with the state that has moved: {left}");

    let files = [files[0], files[1], ("backend.tf", block.as_str())];
    let found = written(setting.scratch.path().join(format!("{name}-found")), &files);
    finder.expect(0, &found, &["init"]);
    finder.expect(0, &found, &NO_CHANGES);
    assert_eq!(finder.expect(0, &found, &["output", "-raw", "bucket"]), format!("{name}-states"));
    made
}

/// The state comes home, for what it is in is about to go.
fn is_taken_down(setting: &Setting, directory: &Path, tool: &Tool) {
    fs::remove_file(directory.join("backend.tf")).expect("the backend's file");
    tool.expect_with_input(0, directory, &["init", "-migrate-state"], "yes\n");
    tool.expect(0, directory, &NO_CHANGES);
    tool.expect(0, directory, &["destroy", "-auto-approve"]);
    let name = directory.file_name().expect("a name").to_string_lossy().into_owned();
    let buckets = setting.emulator.ask("s3", "").expect("an answer of the emulator");
    assert!(!buckets.contains(&format!("{name}-states")), "{buckets}");
}

/// What is kept in a bucket.
fn kept(setting: &Setting, name: &str) -> Vec<String> {
    let answer = setting.emulator.objects(&format!("{name}-states")).expect("an answer of the emulator");
    let keys = answer.split("<Key>").skip(1).filter_map(|text| text.split_once("</Key>"));
    keys.map(|(key, _)| key.to_owned()).collect()
}

fn workshop(setting: &Setting, name: &str, tool: &Tool) -> PathBuf {
    let directory = setting.scratch.path().join(format!("{name}-workshop"));
    copy_configuration(&example(), &directory).expect("a copy of the example");
    fs::write(directory.join("backend.tf"), backend("base", "workshop.tfstate")).expect("a file");
    tool.expect(0, &directory, &["init"]);
    directory
}

#[test]
fn a_workshop_stands_on_what_it_has_made_itself() {
    let Some(setting) = Setting::make("a_workshop_stands_on_what_it_has_made_itself") else { return };
    let (plumb, terraform) = (&setting.plumb, &setting.terraform);
    let base = foundation(&setting, "base", (plumb, terraform));
    let other = foundation(&setting, "other", (terraform, plumb));
    assert_eq!(kept(&setting, "base"), kept(&setting, "other"), "both keep the same objects");
    is_taken_down(&setting, &other, terraform);

    let (ours, theirs) = (workshop(&setting, "plumb", plumb), workshop(&setting, "terraform", terraform));
    let changed = "-var-file=changed.tfvars";
    // One makes it, the other one changes everything, and each finds what the other has left.
    plumb.expect(0, &ours, &["apply", "-auto-approve"]);
    terraform.expect(0, &theirs, &NO_CHANGES);
    let outputs = ["output", "-json"];
    assert_eq!(plumb.expect(0, &ours, &outputs), terraform.expect(0, &theirs, &outputs));
    plumb.expect(0, &ours, &["plan", changed, "-out=saved"]);
    terraform.expect(0, &theirs, &["apply", "-auto-approve", changed]);
    plumb.expect(0, &ours, &["plan", "-detailed-exitcode", changed]);
    let list = ["state", "list"];
    assert_eq!(plumb.expect(0, &ours, &list), terraform.expect(0, &theirs, &list));
    // What was planned before the other one was at work is worth nothing.
    plumb.expect(1, &ours, &["apply", "saved"]);

    // Workspaces are those of both.
    terraform.expect(0, &theirs, &["workspace", "new", "night"]);
    let night = ["-var=name=night", "-target=aws_cloudwatch_log_group.server"];
    let of_night = |words: &[&'static str]| [words, &night].concat();
    plumb.expect(0, &ours, &["workspace", "select", "night"]);
    plumb.expect(0, &ours, &of_night(&["apply", "-auto-approve"]));
    terraform.expect(0, &theirs, &of_night(&NO_CHANGES));
    plumb.expect(0, &ours, &["workspace", "select", "default"]);
    plumb.expect(1, &ours, &["workspace", "delete", "night"]);
    terraform.expect(0, &theirs, &of_night(&["destroy", "-auto-approve"]));
    terraform.expect(0, &theirs, &["workspace", "select", "default"]);
    plumb.expect(0, &ours, &["workspace", "delete", "night"]);
    assert_eq!(terraform.expect(0, &theirs, &["workspace", "list"]), "* default\n\n");

    plumb.expect(0, &ours, &["destroy", "-auto-approve", changed]);
    assert_eq!(terraform.expect(0, &theirs, &["state", "list"]), "");
    assert_eq!(kept(&setting, "base"), ["foundation.tfstate", "workshop.tfstate"], "no lock is left");
    is_taken_down(&setting, &base, plumb);
}
