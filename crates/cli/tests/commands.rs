//! Commands beside the main way: states, outputs, the console, layout, workspaces.

mod support;

use support::Directory;

const MAIN: &str = r#"resource "terraform_data" "a" {
  count = 2
  input = "a${count.index}"
}

output "text" {
  value = "plain"
}

output "list" {
  value = [1, true, "x"]
}

output "secret" {
  value     = "hidden"
  sensitive = true
}
"#;

fn applied() -> Directory {
    let directory = Directory::new(MAIN);
    directory.run(&["apply", "-auto-approve"]).expect(0, &["Apply complete! Resources: 2 added"]);
    directory
}

#[test]
fn outputs_in_every_form() {
    let directory = applied();
    directory.run(&["output"]).expect(0, &["text = \"plain\"", "secret = <sensitive>"]);
    assert_eq!(directory.run(&["output", "text"]).stdout, "\"plain\"\n");
    assert_eq!(directory.run(&["output", "-raw", "text"]).stdout, "plain");
    assert_eq!(directory.run(&["output", "-raw", "secret"]).stdout, "hidden");
    assert_eq!(directory.run(&["output", "-json", "list"]).stdout, "[1,true,\"x\"]\n");
    directory.run(&["output", "-raw", "list"]).expect(1, &["Unsupported value for raw output"]);
    directory.run(&["output", "-raw"]).expect(1, &["Output name required"]);
    directory.run(&["output", "txt"]).expect(1, &["not found", "Did you mean \"text\"?"]);
    directory.run(&["output", "-json"]).expect(0, &["\"sensitive\": true"]);
}

#[test]
fn states_are_listed_and_changed() {
    let directory = applied();
    assert_eq!(directory.run(&["state", "list"]).stdout, "terraform_data.a[0]\nterraform_data.a[1]\n");
    directory
        .run(&["state", "show", "terraform_data.a[0]"])
        .expect(0, &["# terraform_data.a[0]:", "input = \"a0\""]);
    directory.run(&["state", "show", "terraform_data.a[7]"]).expect(1, &["terraform_data.a[7]"]);
    directory.run(&["state", "list", "terraform_data.b"]).expect(1, &["Unknown resource"]);
    directory
        .run(&["state", "mv", "-dry-run", "terraform_data.a[0]", "terraform_data.b"])
        .expect(0, &["Would move"]);
    directory
        .run(&["state", "mv", "terraform_data.a[0]", "terraform_data.b"])
        .expect(0, &["Successfully moved 1 object(s)."]);
    directory.run(&["state", "mv", "terraform_data.b", "terraform_data.a[1]"]).expect(1, &["already"]);
    directory
        .run(&["state", "mv", "-state-out=other.tfstate", "terraform_data.b", "terraform_data.c"])
        .expect(0, &["Successfully moved"]);
    assert_eq!(directory.run(&["state", "list", "-state=other.tfstate"]).stdout, "terraform_data.c\n");
    assert_eq!(directory.run(&["state", "list"]).stdout, "terraform_data.a[1]\n");
    directory.run(&["taint", "terraform_data.a[1]"]).expect(0, &["has been marked as tainted"]);
    directory.run(&["plan", "-target=terraform_data.a[1]"]).expect(0, &["is tainted, so must be replaced"]);
    directory.run(&["untaint", "terraform_data.a[1]"]).expect(0, &["has been successfully untainted"]);
    directory.run(&["untaint", "terraform_data.a[1]"]).expect(1, &["is not currently tainted"]);
    directory.run(&["taint", "-allow-missing", "terraform_data.z"]).expect(0, &["No such resource instance"]);
    let pulled = directory.run(&["state", "pull"]).stdout;
    directory.run(&["state", "rm", "terraform_data.a"]).expect(0, &["Removed terraform_data.a[1]"]);
    directory.run(&["state", "rm", "terraform_data.a"]).expect(1, &["Invalid target address"]);
    directory.write("old.json", &pulled);
    directory.run(&["state", "push", "old.json"]).expect(1, &["serial"]);
    directory.run(&["state", "push", "-force", "old.json"]).expect(0, &[]);
    assert_eq!(directory.run(&["state", "list"]).stdout, "terraform_data.a[1]\n");
}

#[test]
fn the_console_prints_the_last_value() {
    let directory = applied();
    let cases = [
        ("1 + 2\n", "3\n"),
        ("1\nupper(\"a\")\n", "\"A\"\n"),
        ("{\n  a = 1\n}\n", "{\n  \"a\" = 1\n}\n"),
        ("terraform_data.a[1].input\n", "\"a1\"\n"),
        ("[for x in terraform_data.a : x.output]\n", "[\n  \"a0\",\n  \"a1\",\n]\n"),
    ];
    for (input, expected) in cases {
        assert_eq!(directory.run_with_input(&["console"], input).expect(0, &[]).stdout, expected, "{input}");
    }
    directory.run_with_input(&["console"], "terraform_data.b\n").expect(1, &["undeclared resource"]);
    directory.run_with_input(&["console"], "max(\n").expect(1, &["Error:"]);
}

#[test]
fn files_are_laid_out() {
    let directory = Directory::new("locals {\na=1\nlong = 2\n}\n");
    directory.write("sub/x.tf", "a=1\n");
    let check = directory.run(&["fmt", "-check", "-diff"]).expect(3, &["main.tf", "-a=1"]);
    assert!(!check.stdout.contains("x.tf"));
    assert_eq!(directory.run(&["fmt", "-recursive"]).stdout, "main.tf\nsub/x.tf\n");
    assert_eq!(directory.read("main.tf"), "locals {\n  a    = 1\n  long = 2\n}\n");
    directory.run(&["fmt", "-check", "-recursive"]).expect(0, &[]);
    assert_eq!(directory.run_with_input(&["fmt", "-"], "b=[1,2]\n").stdout, "b = [1, 2]\n");
    directory.write("main.tf", "locals {\n");
    directory.run(&["fmt"]).expect(2, &["main.tf line 1"]);
}

#[test]
fn files_of_every_program_are_laid_out_but_none_in_json() {
    let directory = Directory::new("");
    let names = ["a.tf", "a.tofu", "a.plumb", "a.tfvars", "a.tftest.hcl", "a.tofutest.hcl", "a.tfmock.hcl"];
    for name in names.into_iter().chain(["a.tf.json", "a.hcl"]) {
        directory.write(name, "a=1\n");
    }
    let mut laid_out = names.map(|name| format!("{name}\n"));
    laid_out.sort();
    assert_eq!(directory.run(&["fmt"]).expect(0, &[]).stdout, laid_out.concat());
    for name in names {
        assert_eq!(directory.read(name), "a = 1\n", "{name}");
    }
    directory.run(&["fmt", "a.tf.json"]).expect(2, &["Unsupported file type", ".tofutest.hcl"]);
    assert_eq!(directory.read("a.tf.json"), "a=1\n");
}

#[test]
fn workspaces_part_states() {
    let directory = applied();
    assert_eq!(directory.run(&["workspace", "show"]).stdout, "default\n");
    directory.run(&["workspace", "new", "dev"]).expect(0, &["Created and switched to workspace \"dev\"!"]);
    directory.run(&["workspace", "new", "dev"]).expect(1, &["already exists"]);
    directory.run(&["workspace", "list"]).expect(0, &["* dev"]);
    directory.run(&["plan", "-detailed-exitcode"]).expect(2, &["Plan: 2 to add"]);
    directory.run(&["apply", "-auto-approve"]).expect(0, &[]);
    directory.run(&["workspace", "delete", "dev"]).expect(1, &["is your active workspace"]);
    directory.run(&["workspace", "select", "defalt"]).expect(1, &["Did you mean \"default\"?"]);
    directory.run(&["workspace", "select", "default"]).expect(0, &["Switched to workspace \"default\"."]);
    directory
        .run(&["workspace", "delete", "dev"])
        .expect(1, &["Workspace is not empty", "terraform_data.a[0]"]);
    directory.run(&["workspace", "delete", "-force", "dev"]).expect(0, &["Deleted workspace \"dev\"!"]);
    directory.run(&["workspace", "select", "-or-create", "x"]).expect(0, &["Created and switched"]);
}

#[test]
fn graphs_versions_and_help() {
    let directory = Directory::new(
        "resource \"terraform_data\" \"a\" {}\nresource \"terraform_data\" \"b\" {\n  input = terraform_data.a.id\n}\n",
    );
    directory.run(&["graph"]).expect(0, &["\"terraform_data.b\" -> \"terraform_data.a\";"]);
    let drawn = ["flowchart RL", "n0[\"terraform_data.a\"]", "n1[\"terraform_data.b\"]", "n1 --> n0"];
    directory.run(&["graph", "-type=mermaid"]).expect(0, &drawn);
    directory.run(&["graph", "-type=mermaind"]).expect(1, &["Did you mean \"mermaid\"?"]);
    directory.run(&["providers"]).expect(0, &["provider[terraform.io/builtin/terraform]"]);
    directory.run(&["providers", "schema", "-json"]).expect(0, &["\"terraform_data\""]);
    directory.run(&["version"]).expect(0, &["Plumb v", "Terraform v1.11.4"]);
    directory
        .run(&["version", "-json"])
        .expect(0, &["\"terraform_version\": \"1.11.4\"", "\"plumb_version\""]);
    directory.run(&["-help"]).expect(0, &["What to do next here", "plumb init"]);
    directory.run(&[]).expect(1, &["What to do next here"]);
    directory.run(&["plan", "-help"]).expect(0, &["-detailed-exitcode", "-refresh=false"]);
    directory.run(&["plam"]).expect(1, &["Did you mean \"plan\"?"]);
    for shell in ["bash", "zsh", "fish"] {
        directory.run(&["completion", shell]).expect(0, &["plumb"]);
    }
}

#[test]
fn states_move_with_their_backend() {
    let directory = applied();
    directory.write(
        "backend.tf",
        "terraform {\n  backend \"local\" {\n    path = \"elsewhere.tfstate\"\n  }\n}\n",
    );
    directory.run(&["plan"]).expect(1, &["Backend initialization required", "plumb init"]);
    directory
        .run_with_input(&["init"], "yes\n")
        .expect(0, &["Do you want to copy existing state", "Successfully configured the backend \"local\"!"]);
    directory.run(&["plan", "-detailed-exitcode"]).expect(0, &["No changes."]);
    directory
        .write("backend.tf", "terraform {\n  backend \"local\" {\n    path = \"third.tfstate\"\n  }\n}\n");
    directory.run(&["init"]).expect(1, &["Backend configuration changed"]);
    directory.run(&["init", "-migrate-state", "-force-copy"]).expect(0, &[]);
    directory.run(&["plan", "-detailed-exitcode"]).expect(0, &["No changes."]);
    if let Some(run) =
        directory.run_terraform("states_move_with_their_backend", &["plan", "-detailed-exitcode"])
    {
        run.expect(0, &["No changes."]);
    }
    directory.write("backend.tf", "terraform {\n  backend \"gcs\" {}\n}\n");
    directory.run(&["init"]).expect(1, &["Backend not supported yet", "backend.tf line 2"]);
}

#[test]
fn objects_are_imported() {
    let directory = Directory::new("resource \"terraform_data\" \"a\" {\n  input = \"x\"\n}\n");
    directory
        .run(&["import", "terraform_data.b", "id-1"])
        .expect(1, &["does not exist in the configuration"]);
    directory.run(&["import", "terraform_data.a", "id-1"]).expect(0, &["Import successful!"]);
    directory.run(&["state", "show", "terraform_data.a"]).expect(0, &["id-1"]);
    directory.run(&["import", "terraform_data.a", "id-2"]).expect(1, &["Resource already managed"]);
}
