//! The way through: init, plan, apply, plan again, destroy; saved plans and variables.

mod support;

use support::Directory;

const MAIN: &str = r#"
variable "name" {
  default = "world"
}

resource "terraform_data" "greeting" {
  input = "Hello, ${var.name}!"
}

resource "local_file" "greeting" {
  filename = "${path.module}/greeting.txt"
  content  = terraform_data.greeting.output
}

output "greeting" {
  value = terraform_data.greeting.output
}
"#;

#[test]
fn from_nothing_to_nothing() {
    let directory = Directory::new(MAIN);
    directory
        .run(&["init"])
        .expect(0, &["Initializing the backend...", "Plumb has been successfully initialized!"]);
    directory.run(&["validate"]).expect(0, &["Success! The configuration is valid."]);
    directory
        .run(&["plan"])
        .expect(0, &["Plan: 2 to add, 0 to change, 0 to destroy.", "didn't use the -out option"]);
    directory.run(&["apply", "-auto-approve"]).expect(
        0,
        &["Apply complete! Resources: 2 added, 0 changed, 0 destroyed.", "greeting = \"Hello, world!\""],
    );
    assert_eq!(directory.read("greeting.txt"), "Hello, world!");
    directory.run(&["plan", "-detailed-exitcode"]).expect(0, &["No changes. Your infrastructure matches"]);
    directory
        .run(&["plan", "-detailed-exitcode", "-var", "name=you"])
        .expect(2, &["Plan: 1 to add, 1 to change"]);
    directory.run(&["destroy", "-auto-approve"]).expect(0, &["Destroy complete! Resources: 2 destroyed."]);
    assert!(!directory.exists("greeting.txt"));
    directory.run(&["state", "list"]).expect(0, &[]);
}

#[test]
fn plans_are_saved_applied_and_refused_when_stale() {
    let directory = Directory::new(MAIN);
    directory.run(&["plan", "-out=one"]).expect(0, &["Saved the plan to: one", "plumb apply \"one\""]);
    directory.run(&["plan", "-out", "two", "-var=name=you"]).expect(0, &["Saved the plan to: two"]);
    assert_eq!(mode(&directory, "one"), 0o600);
    directory.run(&["show", "one"]).expect(0, &["Plan: 2 to add"]);
    let json = directory.run(&["show", "-json", "one"]).expect(0, &["\"format_version\":\"1.2\""]).stdout;
    assert!(json.ends_with("}\n"));
    directory.write("main.tf", &format!("{MAIN}# a remark\n"));
    directory.run(&["apply", "-strict", "one"]).expect(1, &["main.tf"]);
    directory
        .run(&["apply", "two", "-var=name=me"])
        .expect(1, &["Can't change variable when applying a saved plan"]);
    directory
        .run(&["apply", "-destroy", "one"])
        .expect(0, &["The option -destroy changes how", "Apply complete! Resources: 2 added", "main.tf"]);
    directory.run(&["apply", "two"]).expect(1, &["Saved plan is stale"]);
    directory.run(&["apply", "main.tf"]).expect(1, &["Failed to load \"main.tf\" as a plan file"]);
    directory.run(&["apply", "nowhere"]).expect(1, &["nowhere"]);
}

#[cfg(unix)]
fn mode(directory: &Directory, name: &str) -> u32 {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::metadata(directory.path().join(name)).unwrap().permissions().mode() & 0o777
}

#[test]
fn people_are_asked() {
    let directory = Directory::new(MAIN);
    directory
        .run_with_input(&["apply"], "no\n")
        .expect(1, &["Do you want to perform these actions?", "Apply cancelled."]);
    directory.run_with_input(&["apply"], "").expect(1, &["Failed to request interactive input"]);
    directory.run(&["apply", "-input=false"]).expect(1, &["Plan file or auto-approve required"]);
    directory.run_with_input(&["apply"], "yes\n").expect(0, &["Apply complete! Resources: 2 added"]);
    directory
        .run_with_input(&["destroy"], "y\n")
        .expect(1, &["Do you really want to destroy all resources?", "Destroy cancelled."]);
    directory.run_with_input(&["destroy"], "yes\n").expect(0, &["Destroy complete! Resources: 2 destroyed."]);
}

#[test]
fn variables_come_from_everywhere_in_their_order() {
    let directory = Directory::new("variable \"v\" {}\noutput \"v\" { value = var.v }\n");
    let value = |arguments: &[&str], environment: Option<&str>| {
        let mut whole = vec!["apply", "-auto-approve", "-input=false"];
        whole.extend(arguments);
        let mut command = directory.command(&whole);
        command.envs(environment.map(|value| ("TF_VAR_v", value)));
        let output = command.output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        directory.run(&["output", "-raw", "v"]).stdout
    };
    directory.run(&["plan", "-input=false"]).expect(1, &["No value for required variable", "main.tf line 1"]);
    assert_eq!(value(&[], Some("environment")), "environment");
    directory.write("terraform.tfvars", "v = \"tfvars\"");
    assert_eq!(value(&[], Some("environment")), "tfvars");
    directory.write("a.auto.tfvars", "v = \"a\"");
    directory.write("b.auto.tfvars.json", "{\"v\": \"b\"}");
    assert_eq!(value(&[], None), "b");
    directory.write("given.tfvars", "v = \"given\"");
    assert_eq!(value(&["-var-file=given.tfvars"], None), "given");
    assert_eq!(value(&["-var-file=given.tfvars", "-var", "v=last"], None), "last");
    assert_eq!(value(&["-var", "v=first", "-var-file=given.tfvars"], None), "given");
    let asked = Directory::new(
        "variable \"v\" {\n  description = \"Say something\"\n}\noutput \"v\" { value = var.v }\n",
    );
    asked.run_with_input(&["plan"], "answer\n").expect(0, &["var.v", "Say something", "+ v = \"answer\""]);
}

#[test]
fn the_environment_and_chdir_are_heeded() {
    let directory = Directory::new("");
    directory.write(
        "below/main.tf",
        "output \"where\" {\n  value = basename(path.cwd) == \"below\" ? \"below\" : \"above\"\n}\n",
    );
    directory.run(&["-chdir=below", "apply", "-auto-approve"]).expect(0, &["where = \"above\""]);
    assert!(directory.exists("below/terraform.tfstate"));
    let output = directory
        .command(&["-chdir=below", "plan"])
        .env("TF_CLI_ARGS_plan", "-detailed-exitcode -destroy")
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(2));
    let output = directory
        .command(&["-chdir=below", "workspace", "show"])
        .env("TF_WORKSPACE", "other")
        .output()
        .unwrap();
    assert_eq!(String::from_utf8_lossy(&output.stdout), "other\n");
}

#[test]
fn key_lines_are_those_of_terraform() {
    const LINES: [&str; 4] = [
        "Plan: 1 to add, 0 to change, 0 to destroy.",
        "Changes to Outputs:",
        "  # terraform_data.a will be created",
        "  + resource \"terraform_data\" \"a\" {",
    ];
    let main = "resource \"terraform_data\" \"a\" {\n  input = 1\n}\noutput \"a\" {\n  value = terraform_data.a.id\n}\n";
    let directory = Directory::new(main);
    let ours = directory.run(&["plan", "-no-color"]).expect(0, &LINES);
    if let Some(init) = directory.run_terraform("key_lines_are_those_of_terraform", &["init"]) {
        init.expect(0, &[]);
        let theirs = directory.run_terraform("", &["plan", "-no-color"]).unwrap().expect(0, &LINES);
        assert!(LINES.iter().all(|line| ours.stdout.contains(line) && theirs.stdout.contains(line)));
        // Either tool goes on from what the other has done.
        directory
            .run(&["apply", "-auto-approve"])
            .expect(0, &["Apply complete! Resources: 1 added, 0 changed, 0 destroyed."]);
        directory.run_terraform("", &["plan", "-detailed-exitcode"]).unwrap().expect(0, &["No changes."]);
        directory
            .run_terraform("", &["destroy", "-auto-approve"])
            .unwrap()
            .expect(0, &["Destroy complete! Resources: 1 destroyed."]);
        directory.run(&["plan", "-detailed-exitcode"]).expect(2, &LINES);
    }
}

#[test]
fn configuration_is_generated_for_what_is_imported() {
    let imports = r#"
variable "id" {
  default = "x-1"
}

import {
  to = terraform_data.first
  id = var.id
}

import {
  to = random_uuid.second
  id = "4d6e9a4c-8c39-4b0c-9d2f-0d2c8f0f6c11"
}
"#;
    let directory = Directory::new(imports);
    directory.run(&["init"]).expect(0, &["successfully initialized"]);
    directory.run(&["plan"]).expect(1, &["Configuration for import target does not exist", "main.tf line 7"]);
    directory
        .run(&["plan", "-generate-config-out=../elsewhere.tf"])
        .expect(1, &["Invalid file for generated configuration"]);
    directory.run(&["plan", "-generate-config-out=generated.tf", "-out=saved"]).expect(
        0,
        &[
            "# terraform_data.first will be imported # (config will be generated)",
            "2 to import, 0 to add, 0 to change, 0 to destroy",
            "written it to generated.tf",
        ],
    );
    directory.run(&["show", "saved"]).expect(0, &["(config will be generated)"]);
    let json: serde_json::Value =
        serde_json::from_str(&directory.run(&["show", "-json", "saved"]).expect(0, &[]).stdout).unwrap();
    assert_eq!(
        json["resource_changes"][1]["change"]["generated_config"],
        "resource \"terraform_data\" \"first\" {\n  input            = null\n  triggers_replace = null\n}"
    );
    assert_eq!(
        directory.read("generated.tf"),
        "# __generated__ by Plumb\n# Please review these resources and move them into your main configuration files.\n\n\
         # __generated__ by Plumb from \"x-1\"\nresource \"terraform_data\" \"first\" {\n  input            = null\n  \
         triggers_replace = null\n}\n\n# __generated__ by Plumb from \"4d6e9a4c-8c39-4b0c-9d2f-0d2c8f0f6c11\"\nresource \
         \"random_uuid\" \"second\" {\n  keepers = null\n}\n"
    );
    directory.run(&["plan", "-generate-config-out=generated.tf"]).expect(1, &["already exists"]);
    directory.run(&["apply", "saved"]).expect(0, &["2 imported"]);
    directory.run(&["plan", "-detailed-exitcode"]).expect(0, &["No changes"]);
    // With nothing left to generate there is no file.
    directory.run(&["plan", "-generate-config-out=more.tf"]).expect(0, &["No changes"]);
    assert!(!directory.path().join("more.tf").exists());
}

#[test]
fn generated_configuration_that_is_refused_stays_to_be_changed() {
    let directory = Directory::new("import {\n  to = random_pet.a\n  id = \"quiet-mole\"\n}\n");
    directory.run(&["init"]).expect(0, &[]);
    // Such objects cannot be imported.
    directory.run(&["plan", "-generate-config-out=a.tf"]).expect(1, &["Error"]);
    assert!(!directory.path().join("a.tf").exists());
}
