//! What OpenTofu adds to the life of objects: `enabled`, `prevent_destroy` that is worked out, and what is
//! deprecated.

mod support;

use support::Directory;

const MODULE: &str = r#"
resource "terraform_data" "inside" {
  input = "inside"
}

output "input" {
  value = terraform_data.inside.input
}
"#;

const ENABLED: &str = r#"
variable "on" {
  type    = bool
  default = true
}

resource "terraform_data" "one" {
  input = "one"
  lifecycle {
    enabled = var.on
  }
}

module "m" {
  source = "./m"
  lifecycle {
    enabled = var.on
  }
}

resource "terraform_data" "user" {
  input = try(terraform_data.one.input, "nothing")
}

output "module" {
  value = module.m != null ? module.m.input : "off"
}
"#;

const COUNTED: &str = r#"
resource "terraform_data" "one" {
  count = 1
  input = "one"
}

module "m" {
  source = "./m"
  count  = 1
}

resource "terraform_data" "user" {
  input = terraform_data.one[0].input
}

output "module" {
  value = module.m[0].input
}
"#;

#[test]
fn what_is_disabled_goes_and_comes_again() {
    let directory = Directory::new(ENABLED);
    directory.write("m/main.tf", MODULE);
    directory.run(&["init"]).expect(0, &[]);
    directory.run(&["validate"]).expect(0, &[]);
    directory
        .run(&["apply", "-auto-approve"])
        .expect(0, &["3 added, 0 changed, 0 destroyed", "module = \"inside\""]);
    directory.run(&["plan", "-detailed-exitcode"]).expect(0, &[]);
    let off = "-var=on=false";
    directory.run(&["plan", off]).expect(
        0,
        &[
            "# (because enabled is false)",
            "0 to add, 1 to change, 2 to destroy",
            "~ module = \"inside\" -> \"off\"",
        ],
    );
    directory.run(&["plan", off, "-json"]).expect(0, &["\"reason\":\"delete_because_enabled_false\""]);
    directory.run(&["plan", off, "-out=off"]).expect(0, &[]);
    directory.run(&["apply", "off"]).expect(0, &["0 added, 1 changed, 2 destroyed", "module = \"off\""]);
    directory.run(&["plan", off, "-detailed-exitcode"]).expect(0, &["No changes."]);
    assert_eq!(directory.run(&["state", "list"]).expect(0, &[]).stdout, "terraform_data.user\n");
    directory.run(&["apply", "-auto-approve"]).expect(0, &["2 added, 1 changed, 0 destroyed"]);
    directory.run(&["destroy", "-auto-approve", off]).expect(0, &["3 destroyed"]);
}

#[test]
fn enabled_takes_the_place_of_count_without_any_change() {
    let directory = Directory::new(COUNTED);
    directory.write("m/main.tf", MODULE);
    directory.run(&["init"]).expect(0, &[]);
    directory.run(&["apply", "-auto-approve"]).expect(0, &["3 added"]);
    directory.write("main.tf", ENABLED);
    directory.run(&["plan"]).expect(
        0,
        &[
            "terraform_data.one[0] has moved to terraform_data.one",
            "module.m[0].terraform_data.inside has moved to module.m.terraform_data.inside",
            "Plan: 0 to add, 0 to change, 0 to destroy.",
        ],
    );
    directory.run(&["apply", "-auto-approve"]).expect(0, &["0 added, 0 changed, 0 destroyed"]);
    // Resources go back by themselves, as with Terraform; a module needs a moved block there.
    let back = "\nmoved {\n  from = module.m\n  to   = module.m[0]\n}\n";
    directory.write("main.tf", &format!("{COUNTED}{back}"));
    directory.run(&["apply", "-auto-approve"]).expect(0, &["0 added, 0 changed, 0 destroyed"]);
}

#[test]
fn what_makes_no_sense_for_enabled_is_refused_where_it_stands() {
    let cases = [
        ("null", "Invalid enabled argument"),
        ("12", "bool required"),
        ("sensitive(true)", "Sensitive values"),
        ("terraform_data.other.id == \"x\"", "won't be known until the apply phase"),
        ("each.key == \"x\"", "Reference to \"each\" in context without for_each"),
    ];
    for (value, says) in cases {
        let main = format!(
            "resource \"terraform_data\" \"other\" {{}}\nresource \"terraform_data\" \"one\" {{\n  lifecycle {{\n    \
             enabled = {value}\n  }}\n}}\n"
        );
        let directory = Directory::new(&main);
        directory.run(&["plan"]).expect(1, &[says, "main.tf line 4"]);
    }
    let main = "resource \"terraform_data\" \"one\" {\n  lifecycle {\n    enabled = false\n  }\n}\n\
                output \"id\" {\n  value = terraform_data.one.id\n}\n";
    Directory::new(main).run(&["plan"]).expect(
        1,
        &["Attempt to get attribute from null value", "terraform_data.one is null", "main.tf line 7"],
    );
    let main = "resource \"terraform_data\" \"one\" {\n  for_each = {}\n  lifecycle {\n    enabled = false\n  }\n}\n";
    Directory::new(main)
        .run(&["validate"])
        .expect(1, &["Invalid combination of \"enabled\" and \"for_each\""]);
}

#[test]
fn disabled_modules_and_data_in_json() {
    let directory = Directory::new("");
    directory.write("m/main.tf", MODULE);
    directory.write("here.txt", "here");
    directory.write(
        "more.tf.json",
        r#"{
          "variable": {"on": {"default": false}},
          "module": {"m": {"source": "./m", "lifecycle": {"enabled": "${var.on}"}}},
          "data": {"local_file": {"here": {"filename": "here.txt", "lifecycle": {"enabled": "${var.on}"}}}},
          "output": {"text": {"value": "${try(data.local_file.here.content, \"none\")}"}}
        }"#,
    );
    directory.run(&["init"]).expect(0, &[]);
    directory.run(&["apply", "-auto-approve"]).expect(0, &["0 added", "text = \"none\""]);
    directory.run(&["apply", "-auto-approve", "-var=on=true"]).expect(0, &["1 added", "text = \"here\""]);
    directory.run(&["apply", "-auto-approve"]).expect(0, &["1 destroyed", "text = \"none\""]);
}

const PROTECTED: &str = r#"
variable "protect" {
  type    = any
  default = true
}

variable "size" {
  default = 2
}

resource "terraform_data" "late" {
  count = var.size > 2 ? 1 : 0
}

resource "terraform_data" "one" {
  count            = var.size
  triggers_replace = "a"
  lifecycle {
    prevent_destroy = var.protect
  }
}
"#;

#[test]
fn objects_are_protected_as_variables_say() {
    let directory = Directory::new(PROTECTED);
    directory.run(&["apply", "-auto-approve"]).expect(0, &["2 added"]);
    let protected = ["Instance cannot be destroyed", "it is protected here", "prevent_destroy = var.protect"];
    directory.run(&["plan", "-var=size=1"]).expect(1, &protected);
    directory.run(&["plan", "-destroy"]).expect(1, &protected);
    directory.run(&["plan", "-replace=terraform_data.one[0]"]).expect(1, &protected);
    for (value, says) in [
        ("-var=protect=null", "is null"),
        ("-var=protect=\"maybe\"", "has an unsuitable value"),
        ("-var=protect=12", "has an unsuitable value"),
    ] {
        directory.run(&["plan", "-var=size=1", value]).expect(
            1,
            &[
                "Invalid value for prevent_destroy",
                "terraform_data.one[1]",
                says,
                "prevent_destroy = var.protect",
            ],
        );
    }
    // Null would matter only if anything were destroyed; what is no boolean is wrong anyway.
    directory.run(&["plan", "-var=protect=null"]).expect(0, &["No changes."]);
    directory.run(&["plan", "-var=protect=\"maybe\""]).expect(1, &["Invalid value for prevent_destroy"]);
    directory
        .write("main.tf", &PROTECTED.replace("var.protect\n", "length(terraform_data.late[*].id) > 0\n"));
    directory.run(&["plan", "-var=size=1"]).expect(0, &["1 to destroy"]);
    directory.write("main.tf", &PROTECTED.replace("var.protect\n", "sensitive(var.protect)\n"));
    directory.run(&["plan"]).expect(1, &["Invalid value for prevent_destroy", "sensitive"]);
    directory.write("main.tf", PROTECTED);
    directory
        .run(&["apply", "-auto-approve", "-var=size=1", "-var=protect=false"])
        .expect(0, &["1 destroyed"]);
    directory.run(&["destroy", "-auto-approve", "-var=protect=false"]).expect(0, &["1 destroyed"]);
}

#[test]
fn what_protects_may_not_be_known_in_time() {
    let main = r#"
resource "terraform_data" "late" {
  triggers_replace = timestamp()
}

resource "terraform_data" "one" {
  input = 1
  lifecycle {
    prevent_destroy = terraform_data.late.id != "x"
  }
}
"#;
    let directory = Directory::new(main);
    directory.run(&["apply", "-auto-approve"]).expect(0, &["2 added"]);
    directory.run(&["plan"]).expect(0, &["1 to add, 0 to change, 1 to destroy"]);
    directory
        .run(&["plan", "-replace=terraform_data.one"])
        .expect(1, &["Invalid value for prevent_destroy", "not known until apply", "-exclude"]);
    directory.run(&["plan", "-destroy"]).expect(1, &["Instance cannot be destroyed"]);
}

#[test]
fn users_of_what_is_deprecated_are_told() {
    let directory = Directory::new(
        r#"
variable "root" {
  default    = 1
  deprecated = "Leave it alone."
}

module "a" {
  source = "./m"
  old    = 1
}

module "b" {
  source = "./m"
  count  = 2
  old    = 2
}

output "first" {
  value = module.a.out
}

output "second" {
  value = module.a.out
}

output "third" {
  value = module.b[*].out
}
"#,
    );
    directory.write(
        "m/main.tf",
        r#"
variable "old" {
  default    = 0
  deprecated = "Use new."
}

output "out" {
  value      = var.old
  deprecated = "Use result."
}
"#,
    );
    directory.run(&["init"]).expect(0, &[]);
    let run = directory.run(&["validate"]).expect(
        0,
        &[
            "Variable marked as deprecated by the module author",
            "Variable \"old\" is marked as deprecated with the following message: Use new. (and 1 more similar warning \
             elsewhere: main.tf line 15)",
            "Value derived from a deprecated source",
            "This value is derived from module.a.out, which is deprecated with the following message: Use result. (and 1 \
             more similar warning elsewhere: main.tf line 23)",
            "derived from module.b.out",
        ],
    );
    assert!(!run.says("Deprecated variable used from the root module"), "{}", run.stdout);
    directory.run(&["plan", "-var=root=2"]).expect(
        0,
        &[
            "Deprecated variable used from the root module",
            "\"root\" is deprecated with the following message: Leave it",
        ],
    );
    directory.write("terraform.tfvars", "root = 3\n");
    directory.run(&["plan"]).expect(0, &["Deprecated variable used from the root module", "main.tf line 2"]);

    // Who wants to hear less of it says so: of modules from elsewhere, or of all.
    std::fs::rename(directory.path().join("m"), directory.path().join("elsewhere")).unwrap();
    let main =
        directory.read("main.tf").replacen("./m", &format!("{}/elsewhere", directory.path().display()), 1);
    directory.write("main.tf", &main.replace("./m", "./elsewhere"));
    directory.run(&["init"]).expect(0, &[]);
    let said = |level: &str| directory.run(&["plan", &format!("-deprecation=module:{level}")]);
    said("all").expect(0, &["derived from module.a.out", "derived from module.b.out"]);
    let run = said("local").expect(0, &["derived from module.b.out", "used from the root module"]);
    assert!(!run.says("derived from module.a.out"), "{}", run.stdout);
    assert!(!said("none").expect(0, &["Changes to Outputs"]).says("deprecated"));
    said("some").expect(1, &["it must be module:all, module:local or module:none"]);
}
