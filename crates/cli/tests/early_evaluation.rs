//! Sources of modules and backends that are made of variables, as a user has them.

mod support;

use support::Directory;

const MAIN: &str = r#"
variable "which" {
  default = "a"
}

variable "place" {
  default = "one"
}

locals {
  directory = "./modules/${var.which}"
}

terraform {
  backend "local" {
    path = "states/${var.place}.tfstate"
  }
}

module "m" {
  source = local.directory
  inner  = "inner"
}

output "said" {
  value = module.m.said
}
"#;

fn directory() -> Directory {
    let directory = Directory::new(MAIN);
    let inner = "variable \"inner\" {}\nmodule \"i\" {\n  source = \"./${var.inner}\"\n}\n";
    directory
        .write("modules/a/main.tf", &format!("{inner}output \"said\" {{\n  value = module.i.said\n}}\n"));
    directory.write("modules/a/inner/main.tf", "output \"said\" {\n  value = \"inner of a\"\n}\n");
    directory.write("modules/b/main.tf", "variable \"inner\" {}\noutput \"said\" {\n  value = \"b\"\n}\n");
    directory
}

#[test]
fn modules_and_the_state_are_where_variables_say() {
    let directory = directory();
    directory.run(&["init"]).expect(0, &["- m in modules/a", "- m.i in modules/a/inner"]);
    directory.run(&["apply", "-auto-approve"]).expect(0, &["said = \"inner of a\""]);
    assert!(directory.exists("states/one.tfstate"));
    // The record is what it would be if the sources were written out.
    assert!(
        directory
            .read(".terraform/modules/modules.json")
            .contains(r#""Source":"./modules/a","Dir":"modules/a""#)
    );

    directory.run(&["plan", "-var=which=b"]).expect(1, &["Module source has changed", "main.tf line 21"]);
    directory.run(&["get", "-var=which=b"]).expect(0, &["- m in modules/b"]);
    directory.run(&["validate", "-var=which=b"]).expect(0, &["Success!"]);
    directory.run(&["plan", "-var=which=b"]).expect(0, &["\"inner of a\" -> \"b\""]);
    directory.run(&["plan"]).expect(1, &["Module source has changed"]);
}

#[test]
fn documentation_shows_what_is_written() {
    let directory = directory();
    directory.run(&["docs"]).expect(0, &["| local.directory |"]);
}

#[test]
fn variables_come_from_everywhere() {
    let directory = directory();
    directory.write("more.auto.tfvars", "which = \"b\"\n");
    directory.run(&["init"]).expect(0, &["- m in modules/b"]);
    directory.write("given.tfvars", "which = \"a\"\n");
    directory.run(&["init", "-var-file=given.tfvars"]).expect(0, &["- m in modules/a"]);
    directory.run(&["init", "-var-file=given.tfvars", "-var", "which=b"]).expect(0, &["- m in modules/b"]);
    std::fs::remove_file(directory.path().join("more.auto.tfvars")).unwrap();
    let mut command = directory.command(&["init"]);
    let run = support::Run::with_input(
        {
            command.env("TF_VAR_which", "b");
            command
        },
        "",
    );
    run.expect(0, &["- m in modules/b"]);
    directory.run(&["init", "-var-file=none.tfvars"]).expect(1, &["Failed to read variables file"]);
    directory.run(&["fmt", "-var=which=a"]).expect(1, &["flag provided but not defined: -var"]);
}

#[test]
fn another_state_wants_another_initialisation() {
    let directory = directory();
    directory.run(&["init"]).expect(0, &[]);
    directory.run(&["apply", "-auto-approve"]).expect(0, &[]);
    directory
        .run(&["plan", "-var=place=two"])
        .expect(1, &["Backend initialization required", "Backend configuration block has changed"]);
    directory.run(&["init", "-var=place=two"]).expect(1, &["Backend configuration changed"]);
    assert!(!directory.exists("states/two.tfstate"));
    directory.run(&["init", "-var=place=two", "-migrate-state", "-force-copy"]).expect(0, &[]);
    assert!(directory.exists("states/two.tfstate"));
    directory.run(&["output", "-var=place=two"]).expect(0, &["inner of a"]);
    directory.run(&["state", "pull", "-var=place=two"]).expect(0, &["inner of a"]);
    directory.run(&["workspace", "new", "-var=place=two", "other"]).expect(0, &["other"]);
    directory.run(&["output"]).expect(1, &["Backend initialization required"]);
    // What -backend-config says is still on top.
    directory
        .run(&["init", "-var=place=three", "-backend-config=path=states/four.tfstate", "-reconfigure"])
        .expect(0, &[]);
    directory.run(&["workspace", "select", "-var=place=three", "default"]).expect(0, &[]);
    directory.run(&["apply", "-auto-approve", "-var=place=three"]).expect(0, &[]);
    assert!(directory.exists("states/four.tfstate") && !directory.exists("states/three.tfstate"));
}

#[test]
fn a_saved_plan_knows_its_variables() {
    let directory = directory();
    let both = ["-var=which=b", "-var=place=two"];
    directory.run(&[&["init"][..], &both].concat()).expect(0, &[]);
    directory.run(&[&["plan", "-out=p"][..], &both].concat()).expect(0, &["+ said = \"b\""]);
    directory.run(&["show", "p"]).expect(0, &["+ said = \"b\""]);
    let applied = directory.run(&["apply", "p"]).expect(0, &["said = \"b\""]);
    assert!(!applied.says("Warning"), "{}", applied.stdout);
    assert!(directory.exists("states/two.tfstate") && !directory.exists("states/one.tfstate"));
}

#[test]
fn what_is_not_known_early_is_refused() {
    let directory = Directory::new(
        "variable \"none\" {}\nvariable \"secret\" {\n  sensitive = true\n  default = \"s\"\n}\n\
         terraform {\n  backend \"local\" {\n    path = var.none\n  }\n}\n",
    );
    // Nobody needs the backend.
    directory.run(&["init", "-backend=false"]).expect(0, &[]);
    directory.run(&["validate"]).expect(0, &["Success!"]);
    directory.run(&["init"]).expect(
        1,
        &["No value for required variable", "main.tf line 1", "backend.local.path needs the value"],
    );
    assert!(!directory.exists(".terraform/terraform.tfstate"));
    directory.run(&["init", "-var=none=here.tfstate"]).expect(0, &[]);
    directory.write("main.tf", &directory.read("main.tf").replace("var.none", "var.secret"));
    let run =
        directory.run(&["init", "-reconfigure"]).expect(1, &["Backend config contains sensitive values"]);
    assert!(run.says("main.tf line 8"), "{}", run.stderr);
    directory.write("main.tf", "module \"m\" {\n  source = data.a.b.c\n}\n");
    directory.run(&["init"]).expect(1, &["Dynamic value in static context", "main.tf line 2"]);
}
