//! Providers with `for_each`, as a user has them.

mod support;

use support::Directory;

const MAIN: &str = r#"
variable "regions" {
  type    = map(string)
  default = { a = "one", b = "two" }
}

variable "used" {
  type    = list(string)
  default = ["a", "b"]
}

provider "random" {
  alias    = "by_region"
  for_each = var.regions
}

resource "random_id" "many" {
  for_each    = toset(var.used)
  provider    = random.by_region[each.key]
  byte_length = 2
}

module "m" {
  source    = "./m"
  for_each  = toset(var.used)
  providers = { random = random.by_region[each.key] }
}
"#;

const MODULE: &str = r#"
terraform {
  required_providers {
    random = { source = "hashicorp/random" }
  }
}

resource "random_id" "inside" {
  byte_length = 2
}
"#;

#[test]
fn each_instance_takes_care_of_its_own_objects() {
    let directory = Directory::new(MAIN);
    directory.write("m/main.tf", MODULE);
    directory.run(&["init"]).expect(0, &[]);
    directory.run(&["validate"]).expect(0, &["Success!"]);
    directory.run(&["plan", "-out=p"]).expect(0, &["Plan: 4 to add"]);
    directory.run(&["apply", "p"]).expect(0, &["4 added"]);
    // Written as OpenTofu writes it: each instance names its own.
    let state: serde_json::Value = serde_json::from_str(&directory.read("terraform.tfstate")).unwrap();
    let resources = state["resources"].as_array().unwrap();
    assert!(resources.iter().all(|resource| resource.get("provider").is_none()), "{resources:#?}");
    let named: Vec<&str> = resources
        .iter()
        .flat_map(|resource| resource["instances"].as_array().unwrap())
        .map(|instance| instance["provider"].as_str().unwrap())
        .collect();
    let address =
        |key: &str| format!("provider[\"registry.terraform.io/hashicorp/random\"].by_region[\"{key}\"]");
    assert_eq!(named, [&*address("a"), &*address("b"), &*address("a"), &*address("b")]);
    directory.run(&["plan"]).expect(0, &["No changes"]);
    directory.run(&["state", "mv", "random_id.many[\"b\"]", "random_id.many[\"c\"]"]).expect(0, &[]);
    assert!(directory.read("terraform.tfstate").contains("\"index_key\": \"c\""));
    directory.run(&["state", "mv", "random_id.many[\"c\"]", "random_id.many[\"b\"]"]).expect(0, &[]);
    directory.run(&["plan"]).expect(0, &["No changes"]);

    let (without_b, used_a) = ("-var=regions={a=\"one\"}", "-var=used=[\"a\"]");
    directory.run(&["plan", without_b, used_a]).expect(
        1,
        &["Provider instance not present", "random_id.many[\"b\"]", "by_region[\"b\"] is required"],
    );
    directory.run(&["apply", "-auto-approve", used_a]).expect(0, &["2 destroyed"]);
    directory.run(&["plan", without_b, used_a]).expect(0, &["No changes"]);
    directory.run(&["plan", without_b]).expect(1, &["Provider instance not present", "main.tf line 17"]);
    directory.run(&["destroy", "-auto-approve"]).expect(0, &["2 destroyed"]);
}

#[test]
fn keys_must_be_known_while_planning() {
    let directory =
        Directory::new(&MAIN.replace("[each.key]\n  byte_length", "[terraform_data.d.id]\n  byte_length"));
    directory.write("m/main.tf", MODULE);
    directory.write("more.tf", "resource \"terraform_data\" \"d\" {}\n");
    directory.run(&["init"]).expect(0, &[]);
    directory.run(&["validate"]).expect(0, &[]);
    directory
        .run(&["plan"])
        .expect(1, &["Invalid provider instance key", "main.tf line 19", "known only after apply"]);
}

#[test]
fn a_state_with_contradicting_providers_is_refused() {
    let directory = Directory::new("");
    let instance = |provider: &str| {
        format!("{{\"index_key\": \"x\", \"schema_version\": 0, \"attributes\": {{}}{provider}}}")
    };
    let named = ",\"provider\":\"provider[\\\"registry.terraform.io/hashicorp/random\\\"].y[\\\"a\\\"]\"";
    let state = |of_resource: &str, of_instance: &str| {
        format!(
            "{{\"version\": 4, \"terraform_version\": \"1.11.4\", \"serial\": 1, \"lineage\": \"l\", \"outputs\": {{}}, \
             \"resources\": [{{\"mode\": \"managed\", \"type\": \"random_id\", \"name\": \"r\"{of_resource}, \
             \"instances\": [{}]}}]}}",
            instance(of_instance)
        )
    };
    directory.write("terraform.tfstate", &state("", named));
    directory.run(&["state", "list"]).expect(0, &["random_id.r[\"x\"]"]);
    directory.write("terraform.tfstate", &state(named, named));
    directory
        .run(&["state", "list"])
        .expect(1, &["named both for the resource and for one of its instances"]);
    directory.write("terraform.tfstate", &state("", ""));
    directory.run(&["state", "list"]).expect(1, &["is no provider configuration"]);
}

#[test]
fn imports_name_an_instance() {
    let provider =
        "provider \"random\" {\n  alias    = \"by_region\"\n  for_each = toset([\"a\", \"b\"])\n}\n";
    let import = "import {\n  to       = random_id.one\n  id       = \"AAAA\"\n  provider = random.by_region[\"b\"]\n}\n";
    let directory = Directory::new(&format!("{provider}{import}"));
    directory.run(&["init"]).expect(0, &[]);
    directory.run(&["plan", "-generate-config-out=made.tf"]).expect(0, &["random_id.one will be imported"]);
    assert!(
        directory.read("made.tf").contains("provider    = random.by_region[\"b\"]"),
        "{}",
        directory.read("made.tf")
    );
    directory.run(&["apply", "-auto-approve"]).expect(0, &["1 imported"]);
    assert!(directory.read("terraform.tfstate").contains("by_region[\\\"b\\\"]"));

    // Beside a block that names the same configuration, and not beside another.
    let block = |rest: &str| {
        format!("{provider}{import}resource \"random_id\" \"one\" {{\n  byte_length = 3\n{rest}}}\n")
    };
    let directory = Directory::new(&block("  provider = random.by_region[\"b\"]\n"));
    directory.run(&["init"]).expect(0, &[]);
    directory.run(&["validate"]).expect(0, &["Success!"]);
    directory.write("main.tf", &block(""));
    directory.run(&["validate"]).expect(1, &["Invalid import provider argument"]);
    directory.write("main.tf", &block("").replace("[\"b\"]", "[var.none]"));
    directory.run(&["validate"]).expect(1, &["Reference to undeclared input variable", "var.none"]);
}
